package io.posthorn.server.cli;

import io.posthorn.server.config.InvalidConfig;
import io.posthorn.strand.Unavailable;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IVersionProvider;

/** The command {@code posthorn}. */
@Command(
        name = "posthorn",
        description = "An OMA Converged IP Messaging system: the messaging servers behind RCS.",
        mixinStandardHelpOptions = true,
        versionProvider = Posthorn.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            DemoCommand.class,
            UpCommand.class,
            SendCommand.class,
            ReceiveCommand.class,
            SessionsCommand.class,
            SessionCommand.class,
            LadderCommand.class,
            CountsCommand.class,
            UsersCommand.class,
            TlsCommand.class,
            CheckCommand.class,
            HelpCommand.class
        },
        footer = {
            "",
            "Examples:",
            "  posthorn demo                    one message, end to end, and its ladder",
            "  posthorn up                      run the server",
            "  posthorn receive --as sip:bob@example.net --into in",
            "  posthorn send --as sip:alice@example.com --to sip:bob@example.net --file photo.jpg",
            "  posthorn ladder 1                why the first call went where it went",
            "",
            "posthorn simulate, a program of its own, runs random histories in the simulation.",
            "",
            "Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 the server is not there."
        })
public final class Posthorn {

    Posthorn() {}

    /** Runs the command line and returns its exit code. */
    public static int run(String... args) {
        return run(new PrintWriter(System.out, true), new PrintWriter(System.err, true), args);
    }

    static int run(PrintWriter out, PrintWriter err, String... args) {
        var line = new CommandLine(new Posthorn());
        line.setOut(out);
        line.setErr(err);
        line.setUsageHelpWidth(100);
        line.setExecutionExceptionHandler(Posthorn::failed);
        line.setParameterExceptionHandler(Posthorn::misused);
        if (args.length == 0) {
            line.usage(line.getErr());
            return Exit.USAGE;
        }
        return line.execute(args);
    }

    private static int failed(Exception why, CommandLine line, CommandLine.ParseResult parsed)
            throws Exception {
        switch (why) {
            case Failed failed -> {
                say(line, failed);
                return failed.code();
            }
            case InvalidConfig wrong -> say(line, wrong);
            case Unavailable failed -> say(line, failed);
            default -> throw why;
        }
        return Exit.FAILED;
    }

    private static int misused(CommandLine.ParameterException why, String[] args) {
        var line = why.getCommandLine();
        say(line, why);
        say(
                line,
                "try 'posthorn "
                        + (line.getParent() == null ? "" : line.getCommandName() + " ")
                        + "--help'");
        return Exit.USAGE;
    }

    private static void say(CommandLine line, Exception why) {
        say(line, String.valueOf(why.getMessage()));
    }

    private static void say(CommandLine line, String text) {
        line.getErr().println("posthorn: " + text);
    }

    /** The version in the manifest of our jar. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            var version = Posthorn.class.getPackage().getImplementationVersion();
            return new String[] {"posthorn " + (version == null ? "(not packaged)" : version)};
        }
    }
}
