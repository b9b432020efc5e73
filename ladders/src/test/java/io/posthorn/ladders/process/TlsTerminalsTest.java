package io.posthorn.ladders.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.live.LiveWorld;
import io.posthorn.server.Ports;
import io.posthorn.strand.MemoryRecorder;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Users with passwords, a receiver and a sender that come over TLS from IPv6 with nothing but the
 * server's authority in its data directory; and one who does not know that authority.
 */
@Timeout(120)
class TlsTerminalsTest {

    @TempDir private Path directory;

    private String core = "";

    private String settings() throws IOException {
        var recorder = new MemoryRecorder(Instant::now, MemoryRecorder.Mode.BRIEF, 0);
        var six = InetAddress.ofLiteral("::1");
        var four = InetAddress.getLoopbackAddress();
        try (var world = LiveWorld.start(directory, recorder)) {
            core = "[::1]:" + Ports.free(world, six);
            var plain = "127.0.0.1:" + Ports.free(world, four);
            var function = "127.0.0.1:" + Ports.free(world, four);
            var text =
                    """
                    [core]
                    listen = ["%1$s"]
                    participating = "sip:%2$s"
                    [participating]
                    listen = ["%2$s"]
                    core = "sip:%1$s"
                    [msrp]
                    listen = "127.0.0.1:0"
                    tls = "required"
                    [tls]
                    core = ["%3$s"]
                    msrp = ["[::1]:0"]
                    """
                            .formatted(plain, function, core);
            return Files.writeString(directory.resolve("posthorn.toml"), text).toString();
        }
    }

    private String data() {
        return directory.resolve("data").toString();
    }

    private String password(String user) throws IOException {
        var file = directory.resolve(user.replaceAll("\\W", "-"));
        Files.writeString(file, "secret of " + user + "\n");
        var add =
                Terminal.run(
                        "users",
                        "--data",
                        data(),
                        "add",
                        "sip:" + user,
                        "--password-file",
                        file.toString());
        assertThat(add.end()).isZero();
        return file.toString();
    }

    private Terminal send(String password, Path file, String... more) {
        var command =
                new java.util.ArrayList<>(
                        java.util.List.of(
                                "send",
                                "--as",
                                "sip:alice@example.com",
                                "--to",
                                "sip:bob@example.net",
                                "--file",
                                file.toString(),
                                "--password-file",
                                password,
                                "--tls",
                                "--core",
                                core));
        command.addAll(java.util.List.of(more));
        return Terminal.run(command.toArray(String[]::new));
    }

    @Test
    void aUserRegistersOverTlsFromIpv6AndSends() throws IOException {
        var settings = settings();
        var alice = password("alice@example.com");
        var bob = password("bob@example.net");
        var bytes = new byte[300_000];
        new Random(1).nextBytes(bytes);
        var file = Files.write(directory.resolve("photo.jpg"), bytes);
        try (var server = Terminal.run("up", "--config", settings, "--data", data())) {
            server.until("ready");
            assertThat(
                            PosixFilePermissions.toString(
                                    Files.getPosixFilePermissions(
                                            Path.of(data(), "tls", "ca.key"))))
                    .isEqualTo("rw-------");
            try (var receiver =
                    Terminal.run(
                            "receive",
                            "--as",
                            "sip:bob@example.net",
                            "--into",
                            directory.resolve("in").toString(),
                            "--password-file",
                            bob,
                            "--tls",
                            "--core",
                            core,
                            "--data",
                            data())) {
                receiver.until("ready");
                var sent = send(alice, file, "--data", data());
                sent.until("sent 300,");
                receiver.until("photo.jpg");
            }
            assertThat(Files.readAllBytes(directory.resolve("in").resolve("photo.jpg")))
                    .isEqualTo(bytes);

            var stranger = send(alice, file, "--data", directory.resolve("else").toString());
            stranger.until("certificate is not vouched for by an authority that is trusted here");
            assertThat(stranger.end()).isEqualTo(1);
            Terminal.run("counts", "--data", data())
                    .until("Received fatal alert: certificate_unknown");
            var reload = Terminal.run("tls", "reload", "--data", data());
            reload.until("read again");
        }
    }
}
