package io.posthorn.ladders.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.cpm.client.Outbound;
import io.posthorn.cpm.client.Registered;
import io.posthorn.cpm.client.Sending;
import io.posthorn.live.LiveWorld;
import io.posthorn.server.ClientNode;
import io.posthorn.server.Ports;
import io.posthorn.server.users.Development;
import io.posthorn.strand.MemoryRecorder;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A hundred devices, of which fifty stand still, and a server with little memory. As it is, a tenth
 * of the message and of the memory; all of it with {@code -Dposthorn.fanout=full}, which also waits
 * until the devices that stand still are given up, and prints what it took.
 */
@Timeout(900)
class FanOutTest {

    private static final boolean FULL = "full".equals(System.getProperty("posthorn.fanout"));
    private static final int MIB = 1 << 20;
    private static final int SIZE = FULL ? 100_000_000 : 10_000_000;
    private static final int HEAP = FULL ? 256 : 64;
    private static final int DIRECT = FULL ? 512 : 128;
    private static final int DEVICES = 100;
    private static final int MOVING = 50;
    private static final Duration PATIENCE = Duration.ofMinutes(FULL ? 6 : 2);

    private static final String ALICE = "sip:alice@example.com";

    @TempDir private Path directory;

    private String core = "";
    private String function = "";

    @Test
    void halfOfAHundredDevicesStandStillAndTheOthersGetEverything() throws IOException {
        var content = new byte[SIZE];
        new Random(1).nextBytes(content);
        var sum = new CRC32C();
        sum.update(content);
        var file = Files.write(directory.resolve("content.bin"), content);
        try (var world = world();
                var bob = new Household(bob(world), directory, SIZE, DEVICES, MOVING);
                var server = server(world, bob.uri());
                var alice =
                        ClientNode.start(
                                world,
                                InetAddress.getLoopbackAddress(),
                                ALICE,
                                "test",
                                core,
                                password())) {
            register(alice);
            var began = Instant.now();
            var outcome = send(alice, file);
            assertThat(outcome.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join())
                    .isInstanceOf(Sending.Outcome.Sent.class);
            report("sender answered", began, server);
            var got = bob.arrived(MOVING, PATIENCE);
            assertThat(got).allMatch(one -> one.checksum() == sum.getValue());
            assertThat(got).extracting(Household.Got::device).doesNotHaveDuplicates();
            assertThat(bob.bound()).isEqualTo(DEVICES);
            report("all devices have it", began, server);
            if (FULL) {
                bob.dismissed(DEVICES - MOVING, PATIENCE);
                report("the others given up", began, server);
                System.out.println(jcmd(server.pid(), "VM.native_memory", "summary"));
            }
            assertThat(server.runs()).isTrue();
            assertThat(peak(server)).isLessThan((HEAP + DIRECT) * (long) MIB + 200 * MIB);
        }
    }

    private static LiveWorld world() {
        return LiveWorld.start(
                Path.of("").toAbsolutePath(),
                new MemoryRecorder(LiveWorld.time(), MemoryRecorder.Mode.BRIEF, 1 << 20));
    }

    /** At home with another core: our core's way to him leads straight to the function. */
    private String bob(LiveWorld world) {
        function = "127.0.0.1:" + Ports.free(world, InetAddress.getLoopbackAddress());
        return "sip:bob@" + function;
    }

    /** Our registrar lets nobody have so many devices: another one tells of them. */
    private Terminal server(LiveWorld world, String registrations) throws IOException {
        core = "127.0.0.1:" + Ports.free(world, InetAddress.getLoopbackAddress());
        var settings =
                """
                [core]
                listen = ["%1$s"]
                participating = "sip:%2$s"
                domains = ["example.com"]
                [participating]
                listen = ["%2$s"]
                core = "%3$s"
                trusted = ["127.0.0.1"]
                [msrp]
                listen = "127.0.0.1:0"
                """
                        .formatted(core, function, registrations);
        var config = Files.writeString(directory.resolve("posthorn.toml"), settings);
        var options =
                new ArrayList<>(
                        List.of("-Xmx" + HEAP + "m", "-XX:MaxDirectMemorySize=" + DIRECT + "m"));
        if (FULL)
            options.addAll(List.of("-XX:TieredStopAtLevel=4", "-XX:NativeMemoryTracking=summary"));
        var data = directory.resolve("data").toString();
        var server = Terminal.run(options, "up", "--config", config.toString(), "--data", data);
        server.until("ready");
        return server;
    }

    /** What the server gave to everybody who may read its data. */
    private String password() {
        return Development.find(directory.resolve("data")).orElseThrow().password();
    }

    private static void register(ClientNode alice) {
        var answer = new CompletableFuture<Registered>();
        alice.client().register(answer::complete);
        assertThat(answer.orTimeout(20, TimeUnit.SECONDS).join().ok()).isTrue();
    }

    private CompletableFuture<Sending.Outcome> send(ClientNode alice, Path file) {
        var end = new CompletableFuture<Sending.Outcome>();
        alice.client()
                .send(
                        Outbound.file("sip:bob@" + function, file, "application/octet-stream"),
                        end::complete);
        return end;
    }

    // ---- what it took

    private static void report(String when, Instant began, Terminal server) throws IOException {
        if (!FULL) return;
        System.out.printf(
                "%s: %.1f s, CPU of the server %s, resident %d MiB, peak %d MiB%n%s",
                when,
                Duration.between(began, Instant.now()).toMillis() / 1000.0,
                ProcessHandle.of(server.pid())
                        .flatMap(process -> process.info().totalCpuDuration())
                        .orElse(Duration.ZERO),
                status(server, "VmRSS:") / MIB,
                status(server, "VmHWM:") / MIB,
                jcmd(server.pid(), "GC.heap_info"));
    }

    /** The most memory that the server ever had, in bytes; 0 where the system does not tell. */
    private static long peak(Terminal server) throws IOException {
        return status(server, "VmHWM:");
    }

    private static long status(Terminal server, String field) throws IOException {
        var status = Path.of("/proc", Long.toString(server.pid()), "status");
        if (!Files.isReadable(status)) return 0;
        for (var line : Files.readAllLines(status))
            if (line.startsWith(field)) return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
        return 0;
    }

    private static String jcmd(long pid, String... command) throws IOException {
        var line = new ArrayList<String>();
        line.add(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString());
        line.add(Long.toString(pid));
        line.addAll(List.of(command));
        var process = new ProcessBuilder(line).redirectErrorStream(true).start();
        return new String(process.getInputStream().readAllBytes());
    }
}
