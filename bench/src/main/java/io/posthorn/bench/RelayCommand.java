package io.posthorn.bench;

import io.posthorn.msrp.session.FailureReport;
import io.posthorn.server.config.ByteSize;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "relay",
        description = {
            "Large messages through the originating participating function alone, which keeps nothing:",
            "what the relaying of MSRP costs. Each chunk is answered (Failure-Report: yes)."
        },
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  posthorn bench relay --runs 5",
            "  posthorn bench relay --chunk 2KiB --size 100MB --messages 4"
        })
final class RelayCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;
    @Mixin private LoadOptions load;
    @Mixin private ServerOptions options;

    @Option(
            names = "--messages",
            paramLabel = "N",
            description = "how many messages (default: ${DEFAULT-VALUE})",
            defaultValue = "4")
    private int messages;

    @Option(
            names = "--size",
            paramLabel = "SIZE",
            description = "bytes of each (default: ${DEFAULT-VALUE})",
            defaultValue = "500MB")
    private ByteSize size;

    @Option(
            names = "--chunk",
            paramLabel = "SIZE",
            description = "bytes of body in one SEND (default: ${DEFAULT-VALUE})",
            defaultValue = "64KiB")
    private ByteSize chunk;

    @Option(
            names = "--window",
            paramLabel = "W",
            description = "SENDs that may be unanswered (default: ${DEFAULT-VALUE})",
            defaultValue = "8")
    private int window;

    @Option(
            names = "--parallel",
            paramLabel = "C",
            description = "messages at a time (default: ${DEFAULT-VALUE})",
            defaultValue = "1")
    private int parallel;

    @Option(names = "--unanswered", description = "Failure-Report: no, so that no SEND is answered")
    private boolean unanswered;

    @Override
    public Integer call() {
        load.atLeast(1, "--messages", messages);
        load.atLeast(1, "--window", window);
        load.atLeast(1, "--parallel", parallel);
        int bytes = load.atLeast(1, "--chunk", (int) Math.min(chunk.bytes(), 1 << 20));
        var sending = Peer.Sending.standard().chunks(bytes, window).udp();
        try (var scene = new FunctionScene(options, sending)) {
            var calls =
                    scene.load(
                            size.bytes(),
                            new Send.Then.Deliver(
                                    scene.scene().pattern(),
                                    unanswered ? FailureReport.NO : FailureReport.YES),
                            parallel,
                            Receive.Expects.MESSAGE);
            var measurement = new Measurement(scene.server(), calls, load);
            var runs = measurement.closed(messages, size.bytes());
            return new Report("relay", load.json())
                    .title(title())
                    .calls(runs, "message")
                    .resident(scene.server().peakResident())
                    .failures(measurement.ledgers())
                    .print(spec.commandLine().getOut());
        }
    }

    private String title() {
        return String.format(
                Locale.ROOT,
                "relay: %,d messages of %s in chunks of %s%s, %d at a time",
                messages,
                size,
                chunk,
                unanswered ? ", none answered" : "",
                parallel);
    }
}
