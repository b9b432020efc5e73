package io.posthorn.bench;

import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "setup",
        description = {
            "Calls through the originating participating function alone, from INVITE to BYE over UDP,",
            "without a message: what the signalling of a back-to-back user agent costs."
        },
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  posthorn bench setup --rate 1000 --calls 10000",
            "  posthorn bench setup --rate 100 --calls 1000 --held 2000"
        })
final class SetupCommand implements Callable<Integer> {

    /** Ours: keeps a core busy, and not so many that it refuses some. */
    private static final int WARM_UP_PARALLEL = 32;

    @Spec private CommandSpec spec;
    @Mixin private LoadOptions load;
    @Mixin private ServerOptions options;

    @Option(
            names = "--rate",
            paramLabel = "R",
            description = "calls begun each second (default: ${DEFAULT-VALUE})",
            defaultValue = "1000")
    private int rate;

    @Option(
            names = "--calls",
            paramLabel = "N",
            description = "how many calls (default: ${DEFAULT-VALUE})",
            defaultValue = "5000")
    private int count;

    @Option(
            names = "--held",
            paramLabel = "H",
            description =
                    "measures the heap of H calls that stay open too; takes more than a minute",
            defaultValue = "0")
    private int held;

    @Override
    public Integer call() throws InterruptedException {
        load.atLeast(1, "--rate", rate);
        load.atLeast(1, "--calls", count);
        load.atLeast(0, "--held", held);
        try (var scene = new FunctionScene(options, Peer.Sending.standard().udp())) {
            var calls =
                    scene.load(0, new Send.Then.Leave(), WARM_UP_PARALLEL, Receive.Expects.NOTHING);
            var measurement = new Measurement(scene.server(), calls, load);
            var runs = measurement.open(count, rate);
            var report =
                    new Report("setup", load.json())
                            .title(title())
                            .calls(runs, "call")
                            .resident(scene.server().peakResident());
            if (held > 0) hold(scene, measurement, report);
            return report.failures(measurement.ledgers()).print(spec.commandLine().getOut());
        }
    }

    private void hold(FunctionScene scene, Measurement measurement, Report report)
            throws InterruptedException {
        var unused = scene.load(0, new Send.Then.Leave(), 1, Receive.Expects.CONNECTION);
        report.held(
                scene.scene()
                        .heapPerHeldCall(
                                scene.server(),
                                scene.way(),
                                held,
                                Duration.ofSeconds(35),
                                measurement.another()),
                held);
    }

    private String title() {
        return String.format(Locale.ROOT, "setup: %,d calls at %,d/s", count, rate);
    }
}
