package io.posthorn.ladders.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import io.posthorn.live.ControlSocket;
import io.posthorn.live.LiveWorld;
import io.posthorn.server.Ports;
import io.posthorn.strand.MemoryRecorder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kamailio is the core, Posthorn its application server, configured as the page says. Each has a
 * loopback address of its own, as on a machine of its own.
 */
@Timeout(120)
class BehindKamailioTest {

    private static final Path PAGE = Path.of("../doc/behind-kamailio.md");
    private static final Path TABLES = Path.of("/usr/share/kamailio/dbtext/kamailio");

    private static final String ALICE = "sip:alice@example.com";
    private static final String BOB = "sip:bob@example.net";

    @TempDir private Path directory;

    private InetSocketAddress core = new InetSocketAddress(0);
    private String transport = "";
    private int tls;
    private Path settings = Path.of("");
    private Path kamailio = Path.of("");

    @BeforeAll
    static void kamailioIsInstalled() {
        if (Kamailio.program().isPresent()) return;
        var missing =
                "kamailio is not on the PATH (Debian: kamailio and kamailio-presence-modules)";
        if ("true".equals(System.getenv("CI"))) fail(missing);
        else abort(missing);
    }

    // ---- the page

    private void configured(String over) throws IOException {
        transport = over;
        var page = Files.readString(PAGE);
        var recorder = new MemoryRecorder(Instant::now, MemoryRecorder.Mode.BRIEF, 0);
        try (var world = LiveWorld.start(directory, recorder)) {
            var cores = InetAddress.ofLiteral("127.0.0.2");
            var ours = InetAddress.ofLiteral("127.0.0.3");
            core = new InetSocketAddress(cores, Ports.free(world, cores));
            tls = Ports.free(world, cores);
            var at = Ports.host(ours) + ":" + Ports.free(world, ours);
            var secure = over.equals("tls");
            if (secure) certified(page);
            var block = secure ? "toml tls" : "toml";
            settings = written(page, block, "posthorn.toml", at);
            kamailio = written(page, "kamailio", "kamailio.cfg", at);
        }
        var tables = Files.createDirectory(directory.resolve("dbtext"));
        try (var all = Files.list(TABLES)) {
            for (var table : all.toList()) Files.copy(table, tables.resolve(table.getFileName()));
        }
    }

    /** The fenced block, with our addresses in place of the page's. */
    private Path written(String page, String language, String name, String posthorn)
            throws IOException {
        var block = Pattern.compile("(?ms)^```" + language + "\n(.*?)^```$").matcher(page);
        assertThat(block.find()).as("```" + language + " on the page").isTrue();
        var text =
                block.group(1)
                        .replace("192.0.2.10:5060", hostPort())
                        .replace("192.0.2.10:5061", core.getAddress().getHostAddress() + ":" + tls)
                        .replace("192.0.2.20:5071", "127.0.0.3:" + tls)
                        .replace("192.0.2.20:2865", "127.0.0.3:0")
                        .replace("/etc/kamailio/cert.pem", directory + "/kamailio.pem")
                        .replace("/etc/kamailio/key.pem", directory + "/kamailio.key")
                        .replace("/etc/kamailio", directory.toString())
                        .replace("/etc/posthorn", directory.toString())
                        .replace("192.0.2.10", core.getAddress().getHostAddress())
                        .replace("192.0.2.20:5070", posthorn)
                        .replace("192.0.2.20:2855", "127.0.0.3:0")
                        .replace("192.0.2.20", "127.0.0.3")
                        .replace("/var/lib/kamailio", directory.toString());
        assertThat(text).doesNotContain("192.0.2.");
        return Files.writeString(directory.resolve(name), text);
    }

    /** Runs what the page says about certificates. */
    private void certified(String page) throws IOException {
        var script = written(page, "sh", "certificates.sh", "");
        var openssl =
                new ProcessBuilder("sh", "-e", script.toString())
                        .directory(directory.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(directory.resolve("certificates.log").toFile())
                        .start();
        assertThat(openssl.onExit().join().exitValue()).isZero();
    }

    private String hostPort() {
        return core.getAddress().getHostAddress() + ":" + core.getPort();
    }

    // ---- who takes part

    private Kamailio core(String... options) {
        return Kamailio.start(kamailio, core, List.of(options));
    }

    /** Is not ready yet. */
    private Terminal posthorn() {
        return Terminal.run(
                "up", "--config", "" + settings, "--data", directory.resolve("data").toString());
    }

    private Terminal bob(String device) throws IOException {
        var bob = client("receive", BOB, "builder", "--into", "" + directory.resolve(device));
        bob.until("ready");
        return bob;
    }

    private Terminal send(Path file) throws IOException {
        return client("send", ALICE, "wonderland", "--to", BOB, "--file", file.toString());
    }

    private Terminal client(String command, String address, String password, String... more)
            throws IOException {
        var secret = Files.writeString(directory.resolve("password-" + command), password);
        var line = new ArrayList<>(List.of(command, "--as", address));
        var secure = transport.equals("tls");
        var at = secure ? core.getAddress().getHostAddress() + ":" + tls : hostPort();
        line.addAll(List.of("--core", at + ";transport=" + transport));
        if (secure) line.addAll(List.of("--tls-ca", directory.resolve("ca.pem").toString()));
        // Over TLS the core comes back by the client's connection, whose address the kernel picks.
        line.addAll(List.of("--address", transport.equals("tls") ? "127.0.0.1" : "127.0.0.4"));
        line.addAll(List.of("--password-file", secret.toString()));
        line.addAll(List.of(more));
        return Terminal.run(line.toArray(String[]::new));
    }

    private Path file(int size) throws IOException {
        var bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return Files.write(directory.resolve("content-" + size + ".bin"), bytes);
    }

    private void arrives(Path file, Terminal bob, String device, Kamailio core) throws IOException {
        var alice = send(file);
        assertThat(alice.end()).as(() -> alice.printed() + "\n" + core.printed()).isZero();
        var got = directory.resolve(device).resolve(file.getFileName());
        bob.until("received " + got);
        assertThat(Files.mismatch(file, got)).isEqualTo(-1);
    }

    // ---- what happens

    /** Posthorn was the application server of so many messages, on both sides. */
    private void served(int messages) {
        var calls = sessions();
        // The last BYE may be on its way.
        for (int i = 0; i < 1_000 && !calls.matches("(?s)(.*delivered){" + messages + "}.*"); i++)
            calls = sessions();
        assertThat(calls.lines().filter(call -> call.contains("lmm originating")))
                .hasSize(messages);
        assertThat(calls.lines().filter(call -> call.contains("lmm terminating")))
                .hasSize(messages)
                .allMatch(call -> call.contains("delivered"));
    }

    private String sessions() {
        return ControlSocket.ask(directory.resolve("data/control"), "sessions");
    }

    @Test
    void aMessageArrivesOverUdpAndAgainAfterTheCoreBeganAnew() throws IOException {
        configured("udp");
        try (var server = posthorn()) {
            try (var first = core("-A", "WITH_REG_EVENT")) {
                server.until("ready");
                try (var bob = bob("phone")) {
                    arrives(file(5_000_000), bob, "phone", first);
                }
            }
            try (var second = core("-A", "WITH_REG_EVENT");
                    var bob = bob("tablet")) {
                arrives(file(1_000_000), bob, "tablet", second);
            }
            served(2);
        }
    }

    @Test
    void aMessageArrivesOverTcpWithoutTheRegistrationEvent() throws IOException {
        configured("tcp");
        try (var server = posthorn();
                var core = core("-A", "WITH_TCP")) {
            server.until("ready");
            try (var bob = bob("phone")) {
                arrives(file(5_000_000), bob, "phone", core);
            }
            served(1);
            server.terminate();
            server.end();
            demonstrates(core);
        }
    }

    @Test
    void aMessageArrivesOverTls() throws IOException {
        configured("tls");
        try (var server = posthorn();
                var core = core("-A", "WITH_TLS", "-A", "WITH_REG_EVENT")) {
            server.until("ready");
            try (var bob = bob("phone")) {
                arrives(file(5_000_000), bob, "phone", core);
            }
            served(1);
        }
    }

    private void demonstrates(Kamailio core) throws IOException {
        var secrets = Files.writeString(directory.resolve("passwords"), "wonderland\nbuilder\n");
        var demo = Terminal.run("demo", "--config", "" + settings, "--password-file", "" + secrets);
        assertThat(demo.end()).as(() -> demo.printed() + "\n" + core.printed()).isZero();
        assertThat(demo.printed())
                .contains("Alice", "OPF", "core", "TPF", "Bob", "8.3.2.1.1 steps 1-6")
                .contains("delivered: 5,000,000 bytes");
    }
}
