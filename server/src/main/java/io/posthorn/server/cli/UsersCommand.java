package io.posthorn.server.cli;

import io.posthorn.live.DataDirectory;
import io.posthorn.live.LiveWorld;
import io.posthorn.server.users.Users;
import io.posthorn.strand.MemoryRecorder;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "users",
        description = {
            "Who may use the embedded core. A running server knows of a change at once.",
            "As long as there is no user, whoever may read the data directory is whoever he says."
        },
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Examples:",
            "  posthorn users add sip:bob@example.net --generate     makes a password and prints it",
            "  posthorn users add sip:bob@example.net                asks for a password",
            "  posthorn users passwd sip:bob@example.net --password-file secret",
            "  posthorn users remove sip:bob@example.net             and ends his registrations",
            "  posthorn users list"
        })
final class UsersCommand {

    @Spec private CommandSpec spec;
    @Mixin private DataOption data;

    /** Where a password comes from. */
    static final class PasswordOptions {
        @Option(
                names = "--password-file",
                paramLabel = "FILE",
                description = "its first line is the password (default: asks for it)")
        private @Nullable Path file;

        @Option(names = "--generate", description = "makes a password, and prints it")
        private boolean generate;

        @Option(names = "--md5", description = "for clients that know nothing better than MD5 too")
        private boolean md5;
    }

    @Command(
            name = "list",
            description = "Prints their addresses.",
            mixinStandardHelpOptions = true)
    int list() {
        users().addresses().forEach(spec.commandLine().getOut()::println);
        return Exit.DONE;
    }

    @Command(name = "add", description = "Adds a user.", mixinStandardHelpOptions = true)
    int add(
            @Parameters(paramLabel = "SIP-URI", description = "the user's address") String address,
            @Mixin PasswordOptions password) {
        var aor = Users.address(address);
        if (users().addresses().contains(aor))
            throw new Failed(
                    Exit.FAILED,
                    "there is a user "
                            + aor
                            + "; change the password with 'posthorn users passwd'");
        return put(aor, password);
    }

    @Command(name = "passwd", description = "Changes a password.", mixinStandardHelpOptions = true)
    int passwd(
            @Parameters(paramLabel = "SIP-URI", description = "the user's address") String address,
            @Mixin PasswordOptions password) {
        var aor = Users.address(address);
        if (!users().addresses().contains(aor)) throw unknown(aor);
        return put(aor, password);
    }

    @Command(
            name = "remove",
            description = "Removes a user, and ends all registrations of the user.",
            mixinStandardHelpOptions = true)
    int remove(
            @Parameters(paramLabel = "SIP-URI", description = "the user's address")
                    String address) {
        var aor = Users.address(address);
        if (!users().remove(aor)) throw unknown(aor);
        data.tell("users");
        return Exit.DONE;
    }

    private static Failed unknown(String aor) {
        return new Failed(Exit.FAILED, "there is no user " + aor + "; see 'posthorn users list'");
    }

    private int put(String aor, PasswordOptions options) {
        var password =
                options.generate
                        ? generated()
                        : options.file == null ? asked(aor) : ClientOptions.firstLine(options.file);
        if (password.isEmpty()) throw new Failed(Exit.FAILED, "an empty password is none");
        users().put(aor, password, options.md5);
        data.tell("users");
        if (options.generate) spec.commandLine().getOut().println(password);
        return Exit.DONE;
    }

    private Users users() {
        DataDirectory.make(data.path());
        return Users.in(data.path(), null);
    }

    private String generated() {
        try (var world =
                LiveWorld.start(
                        data.path(),
                        new MemoryRecorder(LiveWorld.time(), MemoryRecorder.Mode.BRIEF, 1 << 10))) {
            return world.entropy().hex(96);
        }
    }

    private String asked(String aor) {
        var console = System.console();
        if (console == null || !console.isTerminal())
            throw new Failed(
                    Exit.FAILED,
                    "no terminal to ask for a password: give --password-file FILE or --generate");
        var first = console.readPassword("Password of %s: ", aor);
        var again = console.readPassword("Once more: ");
        if (first == null || !Arrays.equals(first, again))
            throw new Failed(Exit.FAILED, "the two are not the same");
        return new String(first);
    }
}
