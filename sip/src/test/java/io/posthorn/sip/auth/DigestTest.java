package io.posthorn.sip.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.sip.auth.Authenticator.Asker;
import io.posthorn.sip.auth.Authenticator.Verdict;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.strand.Entropy;
import io.posthorn.strand.sim.Simulation;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Both sides of Digest, and one against the examples of the standard. */
class DigestTest {

    private static final String REALM = "example.net";
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    private static final Secrets USERS =
            (name, realm, algorithm) ->
                    name.equals("bob") && realm.equals(REALM)
                            ? Optional.of(algorithm.secret("bob", REALM, "zanzibar"))
                            : Optional.empty();

    private final Simulation simulation = new Simulation(7);
    private final Entropy entropy = simulation.node("core").entropy();
    private final InetAddress here = simulation.address("phone");
    private final Authenticator core =
            new Authenticator(USERS, entropy, Duration.ofMinutes(5), false);
    private final Account bob = new Account("bob", "zanzibar", entropy);

    @AfterEach
    void close() {
        simulation.close();
    }

    private static SipRequest request(String method) {
        return SipRequest.of(method, "sip:example.net")
                .with("Via", "SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK1")
                .with("From", "<sip:bob@example.net>;tag=1")
                .with("To", "<sip:bob@example.net>")
                .with("Call-ID", "c1")
                .with("CSeq", "1 " + method);
    }

    private Verdict ask(SipRequest request, Instant now) {
        return core.check(request, Asker.REGISTRAR, REALM, here, now);
    }

    private SipResponse refused(SipRequest request, Instant now) {
        assertThat(ask(request, now)).isInstanceOf(Verdict.Unknown.class);
        return ((Verdict.Unknown) ask(request, now)).answer();
    }

    private SipRequest answered(SipRequest request) {
        assertThat(bob.asked(request, refused(request, NOW))).isTrue();
        return bob.signed(request);
    }

    // RFC 7616 section 3.9.1: the values of its example, both algorithms.
    @Test
    void digestsAreThoseOfTheStandard() {
        var nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
        var cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
        for (var algorithm : Algorithm.values()) {
            var secret = algorithm.secret("Mufasa", "http-auth@example.org", "Circle of Life");
            assertThat(
                            algorithm.response(
                                    secret, nonce, "00000001", cnonce, "GET", "/dir/index.html"))
                    .isEqualTo(
                            algorithm == Algorithm.MD5
                                    ? "8ca523f5e9506fed4657c9700eebdbec"
                                    : "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
        }
    }

    @Test
    void whoKnowsThePasswordIsKnown() {
        var signed = answered(request("REGISTER"));
        assertThat(ask(signed, NOW)).isEqualTo(new Verdict.Known("bob", REALM));
    }

    @Test
    void theNextRequestNeedsNoChallenge() {
        assertThat(ask(answered(request("MESSAGE")), NOW)).isInstanceOf(Verdict.Known.class);
        for (int i = 0; i < 100; i++)
            assertThat(ask(bob.signed(request("MESSAGE")), NOW)).isInstanceOf(Verdict.Known.class);
    }

    @Test
    void whatTheRegistrarAskedIsToldToNobodyElse() {
        assertThat(ask(answered(request("REGISTER")), NOW)).isInstanceOf(Verdict.Known.class);
        assertThat(bob.signed(request("MESSAGE")).header("Authorization")).isEmpty();
        assertThat(bob.signed(request("REGISTER")).header("Authorization")).isPresent();
    }

    @Test
    void whatWasOverheardIsOfNoUse() {
        var signed = answered(request("REGISTER"));
        assertThat(ask(signed, NOW)).isInstanceOf(Verdict.Known.class);
        assertThat(refused(signed, NOW).header("WWW-Authenticate").orElse("")).contains("stale");
        var moved =
                request("MESSAGE").with("Authorization", signed.header("Authorization").orElse(""));
        assertThat(ask(moved, NOW)).isInstanceOf(Verdict.Unknown.class);
        var elsewhere = bob.signed(request("REGISTER")).withUri("sip:example.com");
        assertThat(ask(elsewhere, NOW)).isInstanceOf(Verdict.Unknown.class);
    }

    @Test
    void countsMayChangeTheirOrderOnTheWay() {
        var first = answered(request("REGISTER"));
        var second = bob.signed(request("REGISTER"));
        var third = bob.signed(request("REGISTER"));
        for (var next : new SipRequest[] {third, first, second})
            assertThat(ask(next, NOW)).isInstanceOf(Verdict.Known.class);
        assertThat(ask(second, NOW)).isInstanceOf(Verdict.Unknown.class);
    }

    @Test
    void anOldNonceIsStaleAndAnsweredAnew() {
        var signed = answered(request("REGISTER"));
        var later = NOW.plus(Duration.ofMinutes(6));
        var refusal = refused(signed, later);
        assertThat(refusal.header("WWW-Authenticate").orElse("")).contains("stale=true");
        assertThat(bob.asked(signed, refusal)).isTrue();
        assertThat(ask(bob.signed(signed), later)).isInstanceOf(Verdict.Known.class);
    }

    @Test
    void aNonceOfALifeBeforeIsAnsweredAnew() {
        var signed = answered(request("REGISTER"));
        var restarted = new Authenticator(USERS, entropy, Duration.ofMinutes(5), false);
        var verdict = restarted.check(signed, Asker.REGISTRAR, REALM, here, NOW);
        assertThat(bob.asked(signed, ((Verdict.Unknown) verdict).answer())).isTrue();
        assertThat(restarted.check(bob.signed(signed), Asker.REGISTRAR, REALM, here, NOW))
                .isInstanceOf(Verdict.Known.class);
    }

    @Test
    void aWrongPasswordIsNotTriedTwice() {
        var mistaken = new Account("bob", "tanganyika", entropy);
        assertThat(mistaken.asked(request("REGISTER"), refused(request("REGISTER"), NOW))).isTrue();
        var first = mistaken.signed(request("REGISTER"));
        var refusal = refused(first, NOW);
        assertThat(refusal.header("WWW-Authenticate").orElse("")).doesNotContain("stale");
        assertThat(mistaken.asked(first, refusal)).isFalse();
    }

    @Test
    void guessingGetsSlowerAndAnUnknownUserIsRefusedAlike() {
        for (var name : new String[] {"bob", "nobody"}) {
            var guard = new Authenticator(USERS, entropy, Duration.ofMinutes(5), false);
            var last = Duration.ZERO;
            for (int i = 0; i < 12; i++) {
                var guesser = new Account(name, "guess" + i, entropy);
                var asked = guard.check(request("REGISTER"), Asker.REGISTRAR, REALM, here, NOW);
                guesser.asked(request("REGISTER"), ((Verdict.Unknown) asked).answer());
                var guess = guesser.signed(request("REGISTER"));
                var verdict = guard.check(guess, Asker.REGISTRAR, REALM, here, NOW);
                var refused = (Verdict.Unknown) verdict;
                assertThat(refused.answer().code()).isEqualTo(401);
                assertThat(refused.delay()).isGreaterThanOrEqualTo(last);
                last = refused.delay();
            }
            assertThat(last).isEqualTo(Duration.ofSeconds(8));
        }
    }

    /** What comes of a wrong password for {@code name} at {@code guard}. */
    private SipResponse guess(Authenticator guard, String name) {
        var guesser = new Account(name, "guess", entropy);
        guesser.asked(request("REGISTER"), refused(request("REGISTER"), guard));
        return refused(guesser.signed(request("REGISTER")), guard);
    }

    private SipResponse refused(SipRequest request, Authenticator guard) {
        var verdict = guard.check(request, Asker.REGISTRAR, REALM, here, NOW);
        return ((Verdict.Unknown) verdict).answer();
    }

    @Test
    void anAccountOfOnesOwnIsNoLicenceToGuess() {
        var own = answered(request("REGISTER"));
        assertThat(ask(own, NOW)).isInstanceOf(Verdict.Known.class);
        for (int i = 0; i < 20; i++) {
            assertThat(guess(core, "alice").code()).isEqualTo(401);
            assertThat(ask(bob.signed(own), NOW)).isInstanceOf(Verdict.Known.class);
        }
        assertThat(guess(core, "alice").code()).isEqualTo(503);
    }

    @Test
    void oneWhoGuessesLocksOutNobodyElseBehindHisAddressUntilHeGuessesAtAll() {
        var own = answered(request("REGISTER"));
        for (int i = 0; i < 25; i++) guess(core, "alice");
        assertThat(ask(own, NOW)).isInstanceOf(Verdict.Known.class);
        for (int i = 0; i < 180; i++) guess(core, "user" + i);
        assertThat(refused(bob.signed(own), NOW).code()).isEqualTo(503);
        var later = NOW.plus(Duration.ofSeconds(61));
        assertThat(ask(bob.signed(own), later)).isInstanceOf(Verdict.Known.class);
    }

    @Test
    void whatComesFromATrustedAddressIsAlwaysLookedAt() {
        var guard =
                new Authenticator(USERS, entropy, Duration.ofMinutes(5), false, 20, here::equals);
        for (int i = 0; i < 250; i++) assertThat(guess(guard, "bob").code()).isEqualTo(401);
    }

    @Test
    void md5IsOfferedOnlyIfSwitchedOnAndLast() {
        assertThat(refused(request("REGISTER"), NOW).fields("WWW-Authenticate")).hasSize(1);
        var both = new Authenticator(USERS, entropy, Duration.ofMinutes(5), true);
        var verdict = both.check(request("REGISTER"), Asker.REGISTRAR, REALM, here, NOW);
        var offered = ((Verdict.Unknown) verdict).answer().fields("WWW-Authenticate");
        assertThat(offered).hasSize(2);
        assertThat(offered.getFirst()).contains("algorithm=SHA-256");
        assertThat(offered.getLast()).contains("algorithm=MD5");
        // RFC 8760 section 2.3: a nonce of its own for each.
        assertThat(offered.getFirst().split("nonce=")[1].substring(0, 20))
                .isNotEqualTo(offered.getLast().split("nonce=")[1].substring(0, 20));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Digest",
                "Digest ",
                "Basic Ym9iOnphbnppYmFy",
                "Digest username",
                "Digest username=",
                "Digest username=\"bob",
                "Digest username=\"bob\", username=\"bob\", realm=\"example.net\"",
                "Digest username=\"bob\" realm=\"example.net\"",
                "Digest ,,,",
                "Digest realm=\"example.net\", nonce=\"x\", nonce=\"y\"",
                "Digest username=\"bob\", realm=\"example.net\", nonce=\"?\", uri=\"sip:example.net\","
                        + " response=\"0\", cnonce=\"c\", qop=auth, nc=00000001, algorithm=SHA-256",
                "Digest username=\"bob\", realm=\"example.net\", nonce=\"eA\", uri=\"sip:example.net\","
                        + " response=\"0\", cnonce=\"c\", qop=auth, nc=zzzzzzzz, algorithm=SHA-256",
                "Digest username=\"bob\", realm=\"example.net\", nonce=\"eA\", uri=\"sip:example.net\","
                        + " response=\"0\", algorithm=MD5"
            })
    void badCredentialsAreAskedForAgain(String credentials) {
        var refusal = refused(request("REGISTER").with("Authorization", credentials), NOW);
        assertThat(refusal.code()).isEqualTo(401);
        assertThat(refusal.header("WWW-Authenticate").orElse("")).startsWith("Digest realm=");
    }

    @Test
    void credentialsWithoutEndAreAskedForAgain() {
        var huge = "Digest username=\"" + "b".repeat(64 << 10) + "\"";
        assertThat(refused(request("REGISTER").with("Authorization", huge), NOW).code())
                .isEqualTo(401);
    }

    @Test
    void aPasswordIsNeverShown() {
        assertThat(bob.toString()).isEqualTo("bob");
        assertThat(new String(answered(request("REGISTER")).bytes(), UTF_8))
                .doesNotContain("zanzibar");
    }
}
