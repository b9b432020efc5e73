package io.posthorn.ladders.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.live.LiveWorld;
import io.posthorn.server.Ports;
import io.posthorn.strand.MemoryRecorder;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.time.Instant;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server, a receiver and a sender, each a process. */
@Timeout(180)
class ThreeTerminalsTest {

    private static final String ALICE = "sip:alice@example.com";
    private static final String BOB = "sip:bob@example.net";

    /** Takes seconds to send. */
    private static final int LONG = 400_000_000;

    @TempDir private Path directory;

    private String core = "";

    /** What runs while Alice sends. */
    private record Running(Terminal server, Terminal bob) implements AutoCloseable {
        @Override
        public void close() {
            bob.close();
            server.close();
        }
    }

    private Running start() throws IOException {
        var config = Files.writeString(directory.resolve("posthorn.toml"), settings());
        var server = Terminal.run("up", "--config", config.toString(), "--data", data());
        server.until("ready");
        return new Running(server, receive());
    }

    private Terminal receive() {
        var bob =
                Terminal.run(
                        "receive",
                        "--as",
                        BOB,
                        "--into",
                        in().toString(),
                        "--core",
                        core,
                        "--data",
                        data());
        bob.until("ready");
        return bob;
    }

    private String settings() {
        var recorder = new MemoryRecorder(Instant::now, MemoryRecorder.Mode.BRIEF, 0);
        try (var world = LiveWorld.start(directory, recorder)) {
            core = "127.0.0.1:" + Ports.free(world, InetAddress.getLoopbackAddress());
            var function = "127.0.0.1:" + Ports.free(world, InetAddress.getLoopbackAddress());
            return """
            [core]
            listen = ["%1$s"]
            participating = "sip:%2$s"
            [participating]
            listen = ["%2$s"]
            core = "sip:%1$s"
            [msrp]
            listen = "127.0.0.1:0"
            """
                    .formatted(core, function);
        }
    }

    private String data() {
        return directory.resolve("data").toString();
    }

    private Path in() {
        return directory.resolve("in");
    }

    private Terminal send(Path file) {
        return Terminal.run(
                "send",
                "--as",
                ALICE,
                "--to",
                BOB,
                "--file",
                file.toString(),
                "--core",
                core,
                "--data",
                data());
    }

    private Path file(int size) throws IOException {
        var bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return Files.write(directory.resolve("content-" + size + ".bin"), bytes);
    }

    private static String asked(String... command) {
        var terminal = Terminal.run(command);
        assertThat(terminal.end()).isZero();
        return terminal.printed();
    }

    /** Sends, and returns when the first bytes have arrived. */
    private Terminal sendUntilItArrives(Path file) throws IOException, InterruptedException {
        try (var watch = directory.getFileSystem().newWatchService()) {
            in().register(watch, StandardWatchEventKinds.ENTRY_CREATE);
            var sender = send(file);
            assertThat(watch.poll(60, TimeUnit.SECONDS)).isNotNull();
            return sender;
        }
    }

    @Test
    void filesArriveByteForByteAndTheLadderExplainsIt() throws IOException {
        try (var running = start()) {
            for (int size : new int[] {0, 20_000_000}) {
                var file = file(size);
                assertThat(send(file).end()).isZero();
                var name = in().resolve(file.getFileName());
                running.bob().until("received " + name);
                assertThat(Files.mismatch(file, name)).isEqualTo(-1);
            }
            assertThat(asked("sessions", "--data", data()))
                    .contains("lmm originating", "lmm terminating", "delivered");
            assertThat(asked("ladder", "4", "--data", data()))
                    .contains("alice", "OPF", "core", "TPF", "bob", "8.3.2.1.1 steps 1-6");
            assertThat(asked("session", "4", "--data", data()))
                    .contains("step 6", "(OMA CPM Conv 8.3.2.1.1)");

            running.server().terminate();
            running.server().end();
            assertThat(directory.resolve("data/control")).doesNotExist();
        }
    }

    @Test
    void aKilledReceiverIsNoDelivery() throws IOException, InterruptedException {
        try (var running = start()) {
            var file = file(LONG);
            var sender = sendUntilItArrives(file);
            running.bob().kill();
            assertThat(sender.end()).isEqualTo(1);
            assertThat(sender.printed()).contains("not sent: ");
            assertThat(in().resolve(file.getFileName())).doesNotExist();

            try (var again = receive()) {
                assertThat(send(file(1000)).end()).isZero();
                again.until("received ");
            }
        }
    }

    @Test
    void aKilledServerIsNoDeliveryEither() throws IOException, InterruptedException {
        try (var running = start()) {
            var file = file(LONG);
            var sender = sendUntilItArrives(file);
            running.server().kill();
            assertThat(sender.end()).isEqualTo(1);
            assertThat(sender.printed()).contains("not sent: ");
            running.bob().until("not received");
            assertThat(in().resolve(file.getFileName())).doesNotExist();
        }
    }
}
