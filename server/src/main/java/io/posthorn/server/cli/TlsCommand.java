package io.posthorn.server.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "tls",
        description = "The certificates of the running server.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND")
final class TlsCommand {

    @Spec private CommandSpec spec;

    @Command(
            name = "reload",
            description =
                    "Makes the server read its certificate files again: new connections get the new"
                            + " certificate, those that are there stay.",
            mixinStandardHelpOptions = true,
            footer = {"", "Example:", "  posthorn tls reload --data /var/lib/posthorn"})
    int reload(@Mixin DataOption data) {
        data.ask("tls");
        spec.commandLine().getOut().println("read again");
        return Exit.DONE;
    }
}
