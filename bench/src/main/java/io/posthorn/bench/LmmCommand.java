package io.posthorn.bench;

import io.posthorn.msrp.session.FailureReport;
import io.posthorn.server.config.ByteSize;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "lmm",
        description = {
            "Large messages from Alice to Bob's devices, through core, originating and terminating",
            "participating function, as any client would send them."
        },
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  posthorn bench lmm --messages 2000 --size 64KiB --parallel 16",
            "  posthorn bench lmm --messages 4 --size 1GB --parallel 1 --devices 3 --runs 5",
            "  posthorn bench lmm --messages 100 --size 1KiB --parallel 4 --held 1000",
            "  posthorn bench lmm --messages 100 --size 1MB --core 127.0.0.1:5060 --pid 4711"
        })
final class LmmCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;
    @Mixin private LoadOptions load;
    @Mixin private ServerOptions options;

    @Option(
            names = "--messages",
            paramLabel = "N",
            required = true,
            description = "how many messages")
    private int messages;

    @Option(
            names = "--size",
            paramLabel = "SIZE",
            required = true,
            description = "bytes of each, for example 64KiB, 1MB or 1GB")
    private ByteSize size;

    @Option(
            names = "--parallel",
            paramLabel = "C",
            description = "messages at a time (default: ${DEFAULT-VALUE})",
            defaultValue = "1")
    private int parallel;

    @Option(
            names = "--devices",
            paramLabel = "D",
            description = "devices of Bob (default: ${DEFAULT-VALUE})",
            defaultValue = "1")
    private int devices;

    @Option(
            names = "--held",
            paramLabel = "H",
            description =
                    "measures the heap of H calls that stay open too; takes more than a minute",
            defaultValue = "0")
    private int held;

    @CommandLine.ArgGroup(exclusive = false)
    private @Nullable Running running;

    static final class Running {
        @Option(
                names = "--core",
                paramLabel = "HOST:PORT",
                required = true,
                description = "measures a server that runs already: its core")
        private String core;

        @Option(
                names = "--pid",
                paramLabel = "P",
                required = true,
                description = "and its process, on this machine")
        private long pid;

        @Option(
                names = "--password-file",
                paramLabel = "FILE",
                description = "whose first line is the password of alice and bob (default: none)")
        private @Nullable Path passwordFile;

        Server server() {
            return Server.running(core, pid, passwordFile == null ? null : first(passwordFile));
        }

        private static String first(Path file) {
            try (var lines = Files.lines(file)) {
                return lines.findFirst().orElse("");
            } catch (IOException | UncheckedIOException e) {
                throw new Failed(Failed.FAILED, "cannot read " + file + ": " + e.getMessage());
            }
        }
    }

    @Override
    public Integer call() throws InterruptedException {
        load.atLeast(1, "--messages", messages);
        load.atLeast(1, "--parallel", parallel);
        load.atLeast(1, "--devices", devices);
        load.atLeast(0, "--held", held);
        try (var scene = new Scene()) {
            var given = running;
            var server = scene.server(given == null ? options::start : _ -> given.server());
            return measure(scene, server);
        }
    }

    private int measure(Scene scene, Server server) throws InterruptedException {
        var alice = scene.device(Peers.ALICE, server, Peer.Sending.standard());
        alice.register(server.core());
        var way =
                new Send.Way(
                        alice,
                        Peers.BOB,
                        List.of("<sip:" + server.core() + ";lr>"),
                        Send.Identity.PREFERRED);
        var then = new Send.Then.Deliver(scene.pattern(), FailureReport.YES);
        var calls = new Load(scene.sending(way, size.bytes(), then), parallel, devices);
        for (int i = 0; i < devices; i++) {
            var device = scene.device(Peers.BOB, server, Peer.Sending.standard());
            device.onCall(
                    new Receive(device, scene.pattern(), Receive.Expects.MESSAGE, calls::ledger));
            device.register(server.core());
        }
        var measurement = new Measurement(server, calls, load);
        var runs = measurement.closed(messages, size.bytes());
        var report =
                new Report("lmm", load.json())
                        .title(title())
                        .calls(runs, "message")
                        .resident(server.peakResident());
        if (held > 0)
            report.held(
                    scene.heapPerHeldCall(
                            server, way, held, Duration.ofSeconds(35), measurement.another()),
                    held);
        return report.failures(measurement.ledgers()).print(spec.commandLine().getOut());
    }

    private String title() {
        return String.format(
                Locale.ROOT,
                "lmm: %,d messages of %s to %d device%s, %d at a time",
                messages,
                size,
                devices,
                devices == 1 ? "" : "s",
                parallel);
    }
}
