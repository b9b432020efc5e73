package io.posthorn.server.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "ladder",
        description =
                "Draws what passed in a call and those it is joined to, beside the steps of the standard.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  posthorn ladder 2",
            "  posthorn ladder 2 --mermaid > ladder.mmd"
        })
final class LadderCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;
    @Mixin private DataOption data;

    @Parameters(
            paramLabel = "ID",
            description = "a number of 'posthorn sessions', or a Conversation-ID")
    private String id;

    @Option(names = "--mermaid", description = "as a Mermaid sequence diagram")
    private boolean mermaid;

    @Option(names = "--steps", description = "each step of the standard on a line of its own")
    private boolean steps;

    private String question() {
        if (mermaid) return "mermaid";
        return steps ? "steps" : "ladder";
    }

    @Override
    public Integer call() {
        spec.commandLine().getOut().print(data.ask(question() + " " + id));
        spec.commandLine().getOut().flush();
        return Exit.DONE;
    }
}
