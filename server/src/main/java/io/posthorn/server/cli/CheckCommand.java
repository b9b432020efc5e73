package io.posthorn.server.cli;

import io.posthorn.server.config.ConfigFile;
import java.nio.file.Path;
import picocli.CommandLine.Command;
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
}
