package io.posthorn.msrp.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** MSRP over TLS: who may carry a session, and what is said of who may not. RFC 8122, RFC 4975. */
class TlsTest {

    private static final String OTHER = "sha-256 " + "AB:".repeat(31) + "AB";

    private final Field field = new Field(4).with(settings -> settings.withTls(2_955));

    private Field.Party secure(String name) {
        var box = new Box();
        var world = field.world(name);
        var track = world.recorder().open("test", Map.of());
        var session = field.node(name).open(true, world.loops().getFirst(), track, box, box);
        return new Field.Party(name, session, box);
    }

    private static Media media(
            Field.Party party, String setup, boolean offered, List<String> fingerprints) {
        var path = List.of(party.session().uri());
        return new Media(path, setup, offered, true, fingerprints, 0);
    }

    /** Alice offers and says {@code print} of herself. */
    private void join(Field.Party alice, List<String> print, Field.Party bob, String answer) {
        var offer = media(alice, "actpass", true, print);
        var answered = media(bob, answer, false, bob.session().fingerprints());
        bob.session().start(answered, offer);
        alice.session().start(offer, answered);
    }

    private void send(Field.Party from) {
        from.session().send(Field.text("m1"), GrowingSource.whole(Field.random(300_000, 1)));
    }

    @ParameterizedTest
    @CsvSource({"active", "passive"})
    void whoeverDialsTheCertificatesAreThoseOfTheFingerprints(String answer) {
        field.simulation.network().doubtfulCertificate("alice", "is self-signed");
        field.simulation.network().doubtfulCertificate("bob", "is self-signed");
        var alice = secure("alice");
        var bob = secure("bob");
        assertThat(alice.session().uri()).startsWith("msrps://10.0.0.1:2955/");
        join(alice, alice.session().fingerprints(), bob, answer);
        send(alice);
        field.until(() -> alice.box().has(MsrpEvent.Delivered.class));
        assertThat(bob.box().letter().bytes.size()).isEqualTo(300_000);
        field.nothingStays();
    }

    @Test
    void whoDialsSomebodyElseSaysWhatIsWrong() {
        var alice = secure("alice");
        var bob = secure("bob");
        var offer = media(alice, "actpass", true, alice.session().fingerprints());
        var answered = media(bob, "passive", false, List.of(OTHER));
        bob.session().start(answered, offer);
        alice.session().start(offer, answered);
        field.pass(Field.SECOND);
        assertThat(alice.box().lost())
                .contains("tls 10.0.0.2:2955", "certificate is not that of a=fingerprint");
        field.pass(Duration.ofSeconds(30));
        field.nothingStays();
    }

    @Test
    void whoIsDialledBySomebodyElseSaysWhatIsWrong() {
        var alice = secure("alice");
        var bob = secure("bob");
        join(alice, List.of(OTHER), bob, "passive");
        field.pass(Field.SECOND);
        assertThat(bob.box().lost()).contains("promised AB:AB:AB:AB…");
        assertThat(alice.box().lost()).contains("403");
        field.nothingStays();
    }

    /** RFC 4975 section 14.4. */
    @Test
    void aCertificateThatNobodyKnowsAndNobodyAnnouncedIsRefused() {
        field.simulation.network().doubtfulCertificate("alice", "is self-signed");
        var alice = secure("alice");
        var bob = secure("bob");
        join(alice, List.of(), bob, "passive");
        field.pass(Field.SECOND);
        assertThat(bob.box().lost()).contains("without a=fingerprint", "is self-signed");
        field.nothingStays();
    }

    @Test
    void aCertificateOfAnAuthorityNeedsNoFingerprint() {
        var alice = secure("alice");
        var bob = secure("bob");
        join(alice, List.of(), bob, "active");
        send(alice);
        field.until(() -> alice.box().has(MsrpEvent.Delivered.class));
        field.nothingStays();
    }

    @Test
    void aSessionOverTlsIsNotCarriedByPlainTcp() {
        var alice = secure("alice");
        var bob = secure("bob");
        var plain = field.party("bob");
        var offer =
                new Media(List.of("msrps://10.0.0.9:9/x;tcp"), "active", true, true, List.of(), 0);
        bob.session().start(media(bob, "passive", false, List.of()), offer);
        var raw = field.dial("alice", plain.session());
        raw.say(
                "MSRP d93kswow SEND\r\nTo-Path: "
                        + bob.session().uri()
                        + "\r\nFrom-Path: msrps://10.0.0.9:9/x;tcp\r\nMessage-ID: 12\r\n"
                        + "Byte-Range: 1-0/0\r\n-------d93kswow$\r\n");
        assertThat(raw.heard()).contains("403");
        assertThat(raw.closed).isNotNull();
        assertThat(bob.box().lost()).contains("the session is TLS");
        plain.session().close();
        alice.session().close();
        field.pass(Field.SECOND);
        field.nothingStays();
    }

    /** RFC 6714 section 5: a middlebox gives its own address in SDP and leaves the path alone. */
    @Test
    void withCemaTheAddressOfSdpIsDialledAndThePathStays() {
        var alice = secure("alice");
        var box = field.listenTls("box");
        var path = List.of("msrps://192.0.2.7:9999/behind;tcp");
        var print = Objects.requireNonNull(field.world("box").net().identity()).fingerprint();
        var there = new Media(path, "passive", false, true, List.of(print), 0, "10.0.0.2:7000");
        alice.session().start(media(alice, "active", true, alice.session().fingerprints()), there);
        field.pass(Field.SECOND);
        assertThat(box.heard()).contains("To-Path: msrps://192.0.2.7:9999/behind;tcp\r\n");
        alice.session().close();
        field.pass(Field.SECOND);
        field.nothingStays();
    }

    private void showsAnother(String name) {
        field.simulation.network().certificate(name, name, "another");
    }

    private String shown(String name) {
        return Objects.requireNonNull(field.world(name).net().identity()).fingerprint();
    }

    @ParameterizedTest
    @CsvSource({"active", "passive"})
    void whatSdpPromisedIsShownThoughAnotherCertificateHasCome(String answer) {
        var alice = secure("alice");
        var bob = secure("bob");
        showsAnother("alice");
        showsAnother("bob");
        join(alice, alice.session().fingerprints(), bob, answer);
        send(alice);
        field.until(() -> alice.box().has(MsrpEvent.Delivered.class));
        field.nothingStays();
    }

    /** RFC 8122 section 5.1. */
    @Test
    void asLongAsTheOldCertificateIsWaitedForBothArePromised() {
        var old = shown("bob");
        var first = secure("bob");
        showsAnother("bob");
        var second = secure("bob");
        assertThat(first.session().fingerprints()).containsExactly(old);
        assertThat(second.session().fingerprints()).containsExactly(old, shown("bob"));

        var toFirst = secure("alice");
        join(toFirst, toFirst.session().fingerprints(), first, "passive");
        field.pass(Field.SECOND);
        assertThat(first.box().has(MsrpEvent.Bound.class)).isTrue();

        assertThat(secure("bob").session().fingerprints()).containsExactly(shown("bob"));
        var toSecond = secure("alice");
        join(toSecond, toSecond.session().fingerprints(), second, "passive");
        field.pass(Field.SECOND);
        assertThat(second.box().has(MsrpEvent.Bound.class)).isTrue();
    }

    @Test
    void aSessionThatIsOverWaitsForNoCertificate() {
        var gone = secure("bob");
        showsAnother("bob");
        showsAnotherStill();
        gone.session().close();
        field.pass(Field.SECOND);
        assertThat(secure("bob").session().fingerprints()).containsExactly(shown("bob"));
    }

    private void showsAnotherStill() {
        var between = secure("bob");
        field.simulation.network().certificate("bob", "bob", "yet another");
        assertThat(between.session().fingerprints()).hasSize(2);
        between.session().close();
    }
}
