package io.posthorn.bench;

import java.io.PrintWriter;
import java.util.Collection;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "codecs",
        description =
                "What reading and writing one message costs, by JMH; about two minutes for all.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  posthorn bench codecs",
            "  posthorn bench codecs SipBench",
            "  posthorn bench codecs decode --seconds 5"
        })
final class CodecsCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Parameters(
            arity = "0..1",
            paramLabel = "PATTERN",
            description = "a regular expression that names what is measured (default: all)",
            defaultValue = "io.posthorn.bench.codec")
    private String pattern;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            description = "of each of five measurements (default: ${DEFAULT-VALUE})",
            defaultValue = "1")
    private int seconds;

    @Override
    public Integer call() throws RunnerException {
        var options =
                new OptionsBuilder()
                        .include(pattern)
                        .addProfiler(GCProfiler.class)
                        .measurementTime(org.openjdk.jmh.runner.options.TimeValue.seconds(seconds))
                        .verbosity(VerboseMode.SILENT)
                        .shouldFailOnError(true)
                        .build();
        print(spec.commandLine().getOut(), new Runner(options).run());
        return 0;
    }

    private static void print(PrintWriter out, Collection<RunResult> results) {
        for (var result : results) {
            var time = result.getPrimaryResult();
            var bytes = result.getSecondaryResults().get("gc.alloc.rate.norm");
            out.printf(
                    Locale.ROOT,
                    "%-28s %,10.0f ns  +- %,6.0f  %,8.0f bytes of heap%n",
                    result.getParams().getBenchmark().replaceFirst(".*\\.(\\w+)\\.", "$1."),
                    time.getScore(),
                    time.getScoreError(),
                    bytes == null ? 0 : bytes.getScore());
        }
        out.flush();
    }
}
