package io.posthorn.server.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.posthorn.live.Authority;
import io.posthorn.live.Credentials;
import io.posthorn.live.Pem;
import io.posthorn.server.config.Config;
import io.posthorn.server.config.InvalidConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificatesTest {

    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    private static final Duration DAY = Duration.ofDays(1);

    @TempDir private Path directory;

    private Authority.Issued issued(Instant from, Duration life) {
        return Authority.named("test", from, Duration.ofDays(3_650))
                .issue(List.of("sip.example.com"), from, life);
    }

    private void files(Authority.Issued certificate, Authority.Issued key) throws IOException {
        Files.writeString(directory.resolve("server.pem"), Pem.text(certificate.chain()));
        Files.writeString(directory.resolve("server.key"), Pem.text(key.key()));
        may("rw-------");
    }

    private void may(String permissions) throws IOException {
        Files.setPosixFilePermissions(
                directory.resolve("server.key"), PosixFilePermissions.fromString(permissions));
    }

    private Credentials read() {
        var tls =
                new Config.Tls(
                        List.of(),
                        List.of(),
                        List.of(),
                        directory.resolve("server.pem").toString(),
                        directory.resolve("server.key").toString(),
                        "",
                        false,
                        50);
        return Certificates.ofServer(Config.DEFAULT.with(tls), directory, NOW);
    }

    private void refused(String... said) {
        assertThatThrownBy(this::read)
                .isInstanceOf(InvalidConfig.class)
                .hasMessageContainingAll(said);
    }

    @Test
    void filesOfOnesOwnAreShown() throws IOException {
        var ours = issued(NOW.minus(DAY), DAY.multipliedBy(60));
        files(ours, ours);
        assertThat(read().names()).contains("sip.example.com");
    }

    @Test
    void anExpiredCertificateIsRefusedWithTheDay() throws IOException {
        var old = issued(NOW.minus(DAY.multipliedBy(10)), DAY);
        files(old, old);
        refused("server.pem", "expired on 2026-11-12", "put a new one there");
    }

    @Test
    void aCertificateOfTomorrowMakesOneLookAtTheClock() throws IOException {
        var early = issued(NOW.plus(DAY), DAY.multipliedBy(60));
        files(early, early);
        refused("is not valid before 2026-11-22", "clock");
    }

    @Test
    void theKeyMustBeThatOfTheCertificate() throws IOException {
        files(issued(NOW, DAY.multipliedBy(60)), issued(NOW, DAY.multipliedBy(60)));
        refused("server.key", "is not the key of");
    }

    @Test
    void aKeyThatEverybodyMayReadIsNone() throws IOException {
        var ours = issued(NOW, DAY.multipliedBy(60));
        files(ours, ours);
        may("rw-r--r--");
        refused("can be read by everybody", "chmod 600");
    }

    @Test
    void whatIsNoPemIsSaid() throws IOException {
        var ours = issued(NOW, DAY.multipliedBy(60));
        files(ours, ours);
        Files.writeString(directory.resolve("server.pem"), "hello");
        refused("server.pem");
    }

    @Test
    void ofTheMakingOfPosthornOneIsKeptAsLongAsItWillDo() {
        var first = Certificates.ofServer(Config.DEFAULT, directory, NOW);
        var again = Certificates.ofServer(Config.DEFAULT, directory, NOW.plus(DAY));
        var later =
                Certificates.ofServer(Config.DEFAULT, directory, NOW.plus(DAY.multipliedBy(350)));
        assertThat(again.fingerprint()).isEqualTo(first.fingerprint());
        assertThat(later.fingerprint()).isNotEqualTo(first.fingerprint());
        assertThat(later.until()).isAfter(NOW.plus(DAY.multipliedBy(700)));
    }
}
