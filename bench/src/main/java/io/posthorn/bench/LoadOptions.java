package io.posthorn.bench;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How often, and how it is told. */
final class LoadOptions {

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--warm-up",
            paramLabel = "SECONDS",
            description =
                    "CPU time that the server spends on the same before it counts (default: ${DEFAULT-VALUE})",
            defaultValue = "10")
    private int warmUp;

    @Option(
            names = "--runs",
            paramLabel = "R",
            description =
                    "does it R times on the same server, and tells the median of each figure (default: ${DEFAULT-VALUE})",
            defaultValue = "1")
    private int runs;

    @Option(names = "--json", description = "the figures as one line of JSON")
    private boolean json;

    int warmUp() {
        return atLeast(0, "--warm-up", warmUp);
    }

    int runs() {
        return atLeast(1, "--runs", runs);
    }

    boolean json() {
        return json;
    }

    int atLeast(int least, String option, int value) {
        if (value >= least) return value;
        throw new ParameterException(
                spec.commandLine(), option + " must be at least " + least + ", not " + value);
    }
}
