package io.posthorn.ladders.storm;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code posthorn simulate}. */
@Command(
        name = "posthorn simulate",
        description = {
            "Runs random histories in the simulation: users, devices and messages while links, machines"
                    + " and",
            "disks fail. After each a ledger: nobody was told what is not so, and nothing is left over."
        },
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  posthorn simulate --seeds 1000               seeds 1 to 1000",
            "  posthorn simulate --from 5000 --seeds 100    seeds 5000 to 5099",
            "  posthorn simulate --seed 42                  one seed, and what passed in it",
            "  posthorn simulate --seeds 100 --large        some messages are above 2 GiB",
            "",
            "Exit codes: 0 every ledger holds, 1 one does not, 2 wrong usage."
        })
public final class Main implements Callable<Integer> {

    private static final int ENOUGH = 20;

    @Spec private CommandSpec spec;

    @Option(
            names = "--seeds",
            paramLabel = "N",
            defaultValue = "1000",
            description = "how many histories (default: ${DEFAULT-VALUE})")
    private long seeds;

    @Option(
            names = "--from",
            paramLabel = "N",
            defaultValue = "1",
            description = "the first seed (default: ${DEFAULT-VALUE})")
    private long from;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "this one alone; prints what was drawn and the ladder of each message")
    private @Nullable Long seed;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "histories side by side (default: one for each processor)")
    private @Nullable Integer threads;

    @Option(names = "--large", description = "lets some messages have a little more than 2 GiB")
    private boolean large;

    Main() {}

    public static void main(String[] args) {
        // What goes wrong goes wrong on purpose: no line for each.
        if (System.getProperty("posthorn.log") == null) System.setProperty("posthorn.log", "OFF");
        // A machine that crashes leaves its buffers to the garbage collector.
        System.setProperty("io.netty.allocator.type", "unpooled");
        System.setProperty("io.netty.maxDirectMemory", "0");
        var words = args.length > 0 && args[0].equals("simulate") ? 1 : 0;
        var line = new CommandLine(new Main());
        line.setUsageHelpWidth(100);
        System.exit(line.execute(java.util.Arrays.copyOfRange(args, words, args.length)));
    }

    @Override
    public Integer call() {
        if (seeds < 1 || threads != null && threads < 1)
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--seeds and --threads begin at 1");
        var out = spec.commandLine().getOut();
        return seed == null ? many(out) : one(out, seed);
    }

    private int one(PrintWriter out, long number) {
        try (var storm = new Storm(number, large)) {
            var findings = storm.run();
            out.println("seed " + number);
            storm.drawn().forEach(line -> out.println("    " + line));
            out.print(new Story(storm).text());
            findings.forEach(line -> out.println("  * " + line));
            out.println(findings.isEmpty() ? "the ledger holds" : "the ledger does not hold");
            out.flush();
            return findings.isEmpty() ? 0 : 1;
        }
    }

    private int many(PrintWriter out) {
        int side = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
        int failures;
        try (var bar = bar()) {
            failures =
                    new Storms(
                                    large,
                                    _ -> {
                                        if (bar != null) bar.step();
                                    },
                                    failure -> {
                                        out.println(failure.text());
                                        out.flush();
                                    },
                                    ENOUGH)
                            .run(from, seeds, side);
        }
        if (failures == 0) {
            out.println("every ledger holds: seeds " + from + " to " + (from + seeds - 1));
        } else if (failures >= ENOUGH) {
            out.println("stopped after " + failures + " failures");
        } else {
            out.println(failures + " of " + seeds + " seeds failed");
        }
        out.flush();
        return failures == 0 ? 0 : 1;
    }

    private @Nullable ProgressBar bar() {
        var console = System.console();
        if (console == null || !console.isTerminal()) return null;
        return new ProgressBarBuilder()
                .setTaskName("seeds")
                .setInitialMax(seeds)
                .setStyle(ProgressBarStyle.COLORFUL_UNICODE_BLOCK)
                .setUpdateIntervalMillis(200)
                .showSpeed()
                .build();
    }
}
