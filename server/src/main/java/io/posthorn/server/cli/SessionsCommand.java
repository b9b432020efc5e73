package io.posthorn.server.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "sessions",
        description = "Lists the calls that run, and those that ended.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example:", "  posthorn sessions"})
final class SessionsCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;
    @Mixin private DataOption data;

    @Override
    public Integer call() {
        spec.commandLine().getOut().print(data.ask("sessions"));
        spec.commandLine().getOut().flush();
        return Exit.DONE;
    }
}
