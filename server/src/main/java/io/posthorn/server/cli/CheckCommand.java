package io.posthorn.server.cli;

import io.posthorn.live.DataDirectory;
import io.posthorn.live.LiveWorld;
import io.posthorn.server.config.Config;
import io.posthorn.server.config.ConfigFile;
import io.posthorn.server.tls.Certificates;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "check",
        description = "Checks things before they are used.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND")
final class CheckCommand {

    @Spec private CommandSpec spec;

    @Command(
            name = "config",
            description = "Reads a configuration as 'up' does, and says what is wrong with it.",
            mixinStandardHelpOptions = true,
            footer = {"", "Example:", "  posthorn check config --config posthorn.toml"})
    int config(
            @Option(
                            names = "--config",
                            paramLabel = "FILE",
                            required = true,
                            description = "the configuration")
                    Path file) {
        ConfigFile.read(file);
        spec.commandLine().getOut().println(file + " is fine");
        return Exit.DONE;
    }

    @Command(
            name = "tls",
            description =
                    "Reads the certificates as 'up' does, and says whom they are for or what is wrong.",
            mixinStandardHelpOptions = true,
            footer = {"", "Example:", "  posthorn check tls --config posthorn.toml"})
    int tls(
            @Option(names = "--config", paramLabel = "FILE", description = "the configuration")
                    @Nullable Path file,
            @Mixin DataOption data) {
        var config = file == null ? Config.DEFAULT : ConfigFile.read(file);
        var now = LiveWorld.time().get();
        DataDirectory.make(data.path());
        var credentials = Certificates.ofServer(config, data.path(), now);
        spec.commandLine().getOut().println(Certificates.words(credentials));
        return Exit.DONE;
    }
}
