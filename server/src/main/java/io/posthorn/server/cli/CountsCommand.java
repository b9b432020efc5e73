package io.posthorn.server.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "counts",
        description =
                "Says what was refused since the start, and what was taken from whom nobody believes.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example:", "  posthorn counts"})
final class CountsCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;
    @Mixin private DataOption data;

    @Override
    public Integer call() {
        spec.commandLine().getOut().print(data.ask("counts"));
        spec.commandLine().getOut().flush();
        return Exit.DONE;
    }
}
