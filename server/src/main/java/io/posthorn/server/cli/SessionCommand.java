package io.posthorn.server.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "session",
        description =
                "Shows one call: who, when, and which steps of the standard it took or left out.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example:", "  posthorn session 2"})
final class SessionCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;
    @Mixin private DataOption data;

    @Parameters(
            paramLabel = "ID",
            description = "a number of 'posthorn sessions', or a Conversation-ID")
    private String id;

    @Override
    public Integer call() {
        spec.commandLine().getOut().print(data.ask("session " + id));
        spec.commandLine().getOut().flush();
        return Exit.DONE;
    }
}
