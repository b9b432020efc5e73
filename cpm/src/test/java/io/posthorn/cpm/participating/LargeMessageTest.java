package io.posthorn.cpm.participating;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.cpm.call.MediaTls;
import io.posthorn.cpm.call.PathMode;
import io.posthorn.cpm.client.ClientSettings;
import io.posthorn.cpm.client.Outbound;
import io.posthorn.cpm.client.Receiving;
import io.posthorn.cpm.client.Sending;
import io.posthorn.cpm.policy.AgentVersion;
import io.posthorn.cpm.policy.Anonymity;
import io.posthorn.cpm.policy.Checks;
import io.posthorn.cpm.policy.Originators;
import io.posthorn.cpm.policy.Warnings;
import io.posthorn.sip.dialog.Leg;
import io.posthorn.sip.dialog.LegEvent;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.strand.World;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LargeMessageTest {

    private static final Duration MINUTES = Duration.ofMinutes(3);

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2_047, 2_048, 70_000, 400_000})
    void arrivesByteForByte(int size) {
        try (var town = new Town(size + 1).functions()) {
            town.device("bob");
            var bytes = Town.bytes(size);
            town.sends(town.alice(), bytes);

            town.s.until(() -> !town.outcomes.isEmpty(), Duration.ofMinutes(2));

            assertThat(town.outcomes)
                    .as(town::story)
                    .singleElement()
                    .isInstanceOf(Sending.Outcome.Sent.class);
            assertThat(town.received).singleElement().extracting("bytes").isEqualTo((long) size);
            assertThat(town.file("bob", "photo.jpg")).isEqualTo(bytes);
            town.leavesNothing();
        }
    }

    @Test
    void bothDevicesGetIt() {
        try (var town = new Town(2).functions()) {
            town.device("phone");
            town.device("tablet");
            var bytes = Town.bytes(100_000);
            town.sends(town.alice(), bytes);

            town.s.until(() -> town.received.size() + town.outcomes.size() == 3, MINUTES);

            assertThat(town.outcomes).singleElement().isInstanceOf(Sending.Outcome.Sent.class);
            assertThat(town.file("phone", "photo.jpg")).isEqualTo(bytes);
            assertThat(town.file("tablet", "photo.jpg")).isEqualTo(bytes);
            town.leavesNothing();
        }
    }

    @Test
    void oneDeviceIsEnough() {
        try (var town = new Town(3).functions()) {
            town.device("phone");
            town.receiving = new Receiving(Town.INTO, 486, -1);
            town.device("tablet");
            town.sends(town.alice(), Town.bytes(1_000));

            town.s.until(() -> !town.outcomes.isEmpty(), MINUTES);

            assertThat(town.outcomes).singleElement().isInstanceOf(Sending.Outcome.Sent.class);
            assertThat(town.file("phone", "photo.jpg")).isEqualTo(Town.bytes(1_000));
            town.leavesNothing();
        }
    }

    /** What a certificate is shown for is over as soon as it is known that nobody will dial. */
    @ParameterizedTest
    @CsvSource({"486, phone", "486, tablet", "200, phone", "200, tablet", "180, none"})
    void aDeviceThatFailedHoldsNoSessionWhileAnotherTakes(int says, String late) {
        try (var town = new Town(26)) {
            town.receiving = new Receiving(Town.INTO, 0, 50_000);
            town.atTerminating = LargeMessageTest::ringingBriefly;
            town.functions().device("phone");
            var tablet = town.node("tablet");
            tablet.agent().onInvite(leg -> fails(tablet.world(), leg, says));
            town.know("tablet", "urn:uuid:00000000-0000-4000-8000-000000000001");
            var alice = town.alice();
            town.has(Town.bytes(400_000));
            if (!late.equals("none")) town.s.network().stall(late, Duration.ofSeconds(1));
            town.sends(alice, Town.bytes(400_000));
            town.s.until(() -> !town.s.disk("phone").files().isEmpty(), MINUTES);
            town.s.pass(Duration.ofSeconds(5));

            assertThat(town.outcomes).isEmpty();
            assertThat(town.node("tpf").msrp().open().sessions()).isEqualTo(2);

            town.s.until(() -> !town.outcomes.isEmpty(), MINUTES);
            town.leavesNothing();
        }
    }

    private static Settings ringingBriefly(Settings s) {
        var usual = s.patience();
        var brief =
                new Settings.Patience(
                        Duration.ofSeconds(3),
                        usual.answer(),
                        usual.registrations(),
                        usual.longest());
        return new Settings(
                s.checks(),
                s.release(),
                s.core(),
                s.names(),
                s.trust(),
                s.media(),
                s.sessions(),
                brief,
                s.devices(),
                s.repeats());
    }

    /** A 200 of it has no SDP. */
    private static void fails(World world, Leg leg, int code) {
        var response = SipResponse.to(leg.invite(), code);
        if (code < 200) leg.progress(response);
        else leg.answer(response);
        leg.inbox(
                world.recorder().open("tablet", Map.of()),
                event -> {
                    if (event instanceof LegEvent.Bye(_, var bye))
                        bye.answer(SipResponse.to(bye.request(), 200));
                    return true;
                });
    }

    @Test
    void pathsOfOneUriServeToo() {
        try (var town = new Town(4)) {
            town.atOriginating =
                    settings -> settings.with(new Settings.Media(PathMode.TERMINATE, 4L << 30));
            town.atTerminating =
                    settings -> settings.with(new Settings.Media(PathMode.TERMINATE, 4L << 30));
            town.functions().device("bob");
            town.sends(town.alice(), Town.bytes(10_000));

            town.s.until(() -> !town.outcomes.isEmpty(), MINUTES);

            assertThat(town.file("bob", "photo.jpg")).isEqualTo(Town.bytes(10_000));
            town.leavesNothing();
        }
    }

    private static Settings.Media media(MediaTls tls) {
        return new Settings.Media(PathMode.PREPEND, 4L << 30, tls);
    }

    /** What Alice sees of a message over TLS to Bob, whose certificate nobody vouches for. */
    private Sending.Outcome overTls(Town town) {
        town.s.network().doubtfulCertificate("alice", "is self-signed");
        town.s.network().doubtfulCertificate("bob", "is self-signed");
        town.atAlice = ClientSettings::withTls;
        town.functions().device("bob");
        town.sends(town.alice(), Town.bytes(100_000));
        town.s.until(() -> !town.outcomes.isEmpty(), MINUTES);
        return town.outcomes.getFirst();
    }

    @Test
    void overTlsWhereTheSenderWantsIt() {
        try (var town = new Town(21)) {
            assertThat(overTls(town)).isInstanceOf(Sending.Outcome.Sent.class);
            assertThat(town.file("bob", "photo.jpg")).isEqualTo(Town.bytes(100_000));
            town.leavesNothing();
        }
    }

    @Test
    void overTlsAsFarAsItIsNotSwitchedOff() {
        try (var town = new Town(22)) {
            town.atTerminating = settings -> settings.with(media(MediaTls.OFF));
            // Bob's function must not dial him over TLS: his certificate would not do.
            assertThat(overTls(town)).isInstanceOf(Sending.Outcome.Sent.class);
            town.leavesNothing();
        }
    }

    @Test
    void withoutTlsNothingPassesWhereItIsRequired() {
        try (var town = new Town(23)) {
            town.atTerminating = settings -> settings.with(media(MediaTls.REQUIRED));
            town.functions().device("bob");
            town.sends(town.alice(), Town.bytes(1_000));
            town.s.until(() -> !town.outcomes.isEmpty(), MINUTES);
            assertThat(town.outcomes.getFirst())
                    .asString()
                    .contains("488", "MSRP over TLS is required here");
            town.leavesNothing();
        }
    }

    /** RFC 8122 section 6.2: the certificate is not the one that SDP promised. */
    @Test
    void whoIsNotWhoSdpSaidGetsNothingAndIsToldWhy() {
        try (var town = new Town(24)) {
            town.s.network().doubtfulCertificate("alice", "is self-signed");
            town.atAlice = ClientSettings::withTls;
            town.functions().device("bob");
            town.passing = LargeMessageTest::withAnotherFingerprint;
            town.sends(town.alice(), Town.bytes(1_000));
            town.s.until(() -> !town.outcomes.isEmpty(), MINUTES);
            assertThat(town.outcomes.getFirst()).isInstanceOf(Sending.Outcome.Failed.class);
            town.s.pass(java.time.Duration.ofSeconds(1));
            assertThat(town.s.recorder("opf").ended().toString())
                    .contains("certificate is not that of a=fingerprint: shown ", ", promised ");
            town.leavesNothing();
        }
    }

    private static SipRequest withAnotherFingerprint(SipRequest invite) {
        var said = new String(invite.body(), StandardCharsets.UTF_8);
        var other = "a=fingerprint:sha-256 " + "AB:".repeat(31) + "AB";
        var changed = said.replaceFirst("a=fingerprint:\\S+ [0-9A-F:]+", other);
        var type = invite.header("Content-Type").orElseThrow();
        return invite.withBody(type, changed.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void neverOverwrites() {
        try (var town = new Town(5).functions()) {
            town.device("bob");
            var alice = town.alice();
            town.sends(alice, Town.bytes(1_000));
            town.s.until(() -> town.outcomes.size() == 1, MINUTES);
            alice.send(Outbound.text(Town.BOB, "Grüße"), town.outcomes::add);
            town.s.until(() -> town.outcomes.size() == 2, MINUTES);
            alice.send(Outbound.file(Town.BOB, Town.FILE, "image/jpeg"), town.outcomes::add);
            town.s.until(() -> town.outcomes.size() == 3, MINUTES);

            assertThat(town.file("bob", "photo.jpg")).isEqualTo(Town.bytes(1_000));
            assertThat(town.file("bob", "photo-1.jpg")).isEqualTo(Town.bytes(1_000));
            assertThat(new String(town.file("bob", "message.txt"), StandardCharsets.UTF_8))
                    .isEqualTo("Grüße");
            town.leavesNothing();
        }
    }

    @Test
    void aBarredOriginatorIsRefusedBeforeAnythingGoesOn() {
        try (var town = new Town(6)) {
            town.atOriginating =
                    settings ->
                            settings.with(
                                    checks(
                                            Originators.listed(List.of(Town.ALICE), List.of()),
                                            AgentVersion.ANY,
                                            Anonymity.ALLOWED));
            assertRefused(town, 403, "Service not authorised");
            assertThat(town.s.recorder("tpf").ended()).isEmpty();
        }
    }

    @Test
    void theTerminatingFunctionRefusesTheReleaseThatItDoesNotServe() {
        try (var town = new Town(7)) {
            var old = new AgentVersion(Pattern.compile("CPM-client/OMA9"), "https://x.example/");
            town.atTerminating =
                    settings -> settings.with(checks(_ -> true, old, Anonymity.ALLOWED));
            assertRefused(town, 403, "132 Version not supported");
        }
    }

    @Test
    void anonymityThatIsForbiddenIsRefused() {
        try (var town = new Town(8)) {
            town.atAlice = ClientSettings::hidden;
            town.atOriginating =
                    settings ->
                            settings.with(checks(_ -> true, AgentVersion.ANY, Anonymity.FORBIDDEN));
            assertRefused(town, 403, "Anonymity not allowed");
        }
    }

    @Test
    void whoHidesIsNotShownToTheDevice() {
        try (var town = new Town(9)) {
            town.atAlice = ClientSettings::hidden;
            town.functions().device("bob");
            town.sends(town.alice(), Town.bytes(10));

            town.s.until(() -> !town.received.isEmpty(), MINUTES);

            assertThat(town.received).singleElement().extracting("from").isEqualTo("");
        }
    }

    @Test
    void aUserWithoutDevicesIsUnavailable() {
        try (var town = new Town(10).functions()) {
            town.sends(town.alice(), Town.bytes(10));
            assertFailed(town, 480, "");
        }
    }

    @Test
    void aDeviceThatRefusesIsPassedOn() {
        try (var town = new Town(11)) {
            town.receiving = new Receiving(Town.INTO, 486, -1);
            assertRefused(town, 486, "");
        }
    }

    @Test
    void whatIsAnnouncedAboveTheLimitIsRefused() {
        try (var town = new Town(12)) {
            town.atOriginating =
                    settings -> settings.with(new Settings.Media(PathMode.PREPEND, 1_000));
            assertRefused(town, 403, "133 Size exceeded");
        }
    }

    @Test
    void aRequestWithoutServiceIsRefused() {
        try (var town = new Town(13)) {
            town.passing =
                    invite ->
                            invite.without("Accept-Contact")
                                    .with("Contact", "<sip:alice@10.0.0.9>");
            assertRefused(town, 403, "Function not allowed");
        }
    }

    @Test
    void anOfferOfAnotherTypeIsRefused() {
        try (var town = new Town(14)) {
            town.passing =
                    invite ->
                            invite.withBody(
                                    "application/sdp",
                                    new String(invite.body(), StandardCharsets.UTF_8)
                                            .replace(
                                                    "accept-types:message/cpim",
                                                    "accept-types:application/x-nope")
                                            .getBytes(StandardCharsets.UTF_8));
            assertRefused(town, 488, "Media type not available");
        }
    }

    @Test
    void anIntervalTooShortIsRaisedAndServed() {
        try (var town = new Town(15)) {
            town.passing = invite -> invite.with("Session-Expires", "30;refresher=uac");
            town.functions().device("bob");
            town.sends(town.alice(), Town.bytes(10));

            town.s.until(() -> !town.outcomes.isEmpty(), MINUTES);

            assertThat(town.outcomes).singleElement().isInstanceOf(Sending.Outcome.Sent.class);
            town.leavesNothing();
        }
    }

    @Test
    void aCallerThatCancelsStopsTheRinging() {
        try (var town = new Town(20).functions()) {
            var seen = new ArrayList<LegEvent>();
            var bob = town.node("bob");
            bob.agent()
                    .onInvite(leg -> {
                        leg.inbox(bob.world().recorder().open("bob", Map.of()), seen::add);
                        leg.progress(SipResponse.to(leg.invite(), 180));
                    });
            town.know("bob", "urn:uuid:00000000-0000-4000-8000-000000000001");
            town.sends(town.alice(), Town.bytes(10));
            town.s.pass(Duration.ofSeconds(1));

            Objects.requireNonNull(town.calling).cancel(null);
            assertFailed(town, 487, "");

            assertThat(seen).singleElement().isInstanceOf(LegEvent.Cancelled.class);
        }
    }

    @Test
    void aDeviceThatOnlyRingsIsGivenUp() {
        try (var town = new Town(21).functions()) {
            town.node("bob")
                    .agent()
                    .onInvite(leg -> leg.progress(SipResponse.to(leg.invite(), 180)));
            town.know("bob", "urn:uuid:00000000-0000-4000-8000-000000000001");
            town.sends(town.alice(), Town.bytes(10));

            town.s.until(() -> !town.outcomes.isEmpty(), Duration.ofSeconds(40));

            assertFailed(town, 408, "");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void theSameSeedTellsTheSameStory(long seed) {
        assertThat(story(seed)).isEqualTo(story(seed));
    }

    private static long story(long seed) {
        try (var town = new Town(seed).functions()) {
            town.device("phone");
            town.device("tablet");
            town.sends(town.alice(), Town.bytes(50_000));
            town.s.until(() -> town.received.size() + town.outcomes.size() == 3, MINUTES);
            town.leavesNothing();
            return town.s.traceHash();
        }
    }

    @Test
    void aDeviceThatVanishesFailsTheMessage() {
        try (var town = new Town(16).functions()) {
            town.device("bob");
            town.sends(town.alice(), Town.bytes(400_000));
            town.s.until(() -> !town.s.disk("bob").files().isEmpty(), MINUTES);
            town.s.crash("bob");
            town.nodes.remove("bob");

            town.s.until(() -> !town.outcomes.isEmpty(), MINUTES);

            assertThat(town.outcomes).singleElement().isInstanceOf(Sending.Outcome.Failed.class);
            town.leavesNothing();
        }
    }

    @Test
    void aDeviceThatStallsFailsTheMessageWithinAMinute() {
        try (var town = new Town(17)) {
            town.receiving = new Receiving(Town.INTO, 0, 50_000);
            town.functions().device("bob");
            town.sends(town.alice(), Town.bytes(400_000));

            town.s.until(() -> !town.outcomes.isEmpty(), Duration.ofSeconds(90));

            assertThat(town.outcomes).singleElement().isInstanceOf(Sending.Outcome.Failed.class);
            town.leavesNothing();
        }
    }

    @Test
    void aSenderThatVanishesLeavesNothingAtTheDevice() {
        try (var town = new Town(18).functions()) {
            town.device("bob");
            town.sends(town.alice(), Town.bytes(400_000));
            town.s.until(() -> !town.s.disk("bob").files().isEmpty(), MINUTES);
            town.s.crash("alice");
            town.nodes.remove("alice");

            town.s.until(() -> !town.failures.isEmpty(), MINUTES);

            town.leavesNothing();
            assertThat(town.s.disk("bob").files()).isEmpty();
            assertThat(town.received).isEmpty();
        }
    }

    @Test
    void aDiskThatIsFullRefusesTheMessage() {
        try (var town = new Town(19).functions()) {
            town.device("bob");
            town.s.disk("bob").fullAfter(10_000);
            town.sends(town.alice(), Town.bytes(400_000));

            assertFailed(town, 0, "");
            assertThat(town.s.disk("bob").files()).isEmpty();
        }
    }

    @Test
    void aSenderThatGivesUpBeforeTheAnswerCancels() {
        try (var town = new Town(22).functions()) {
            var seen = new ArrayList<LegEvent>();
            var bob = town.node("bob");
            bob.agent()
                    .onInvite(leg -> {
                        leg.inbox(bob.world().recorder().open("bob", Map.of()), seen::add);
                        leg.progress(SipResponse.to(leg.invite(), 180));
                    });
            town.know("bob", "urn:uuid:00000000-0000-4000-8000-000000000001");
            var alice = town.alice();
            var id = town.sends(alice, Town.bytes(10));
            town.s.pass(Duration.ofSeconds(1));

            alice.abort(id);
            assertFailed(town, 487, "given up by the sender");

            assertThat(seen).singleElement().isInstanceOf(LegEvent.Cancelled.class);
        }
    }

    @Test
    void aSenderThatGivesUpInMidMessageLeavesNothingAtTheDevice() {
        try (var town = new Town(23).functions()) {
            town.s.network().delay(Duration.ofMillis(20), Duration.ofMillis(50));
            town.device("bob");
            var alice = town.alice();
            var id = town.sends(alice, Town.bytes(4_000_000));
            town.s.until(() -> !town.s.disk("bob").files().isEmpty(), MINUTES);

            alice.abort(id);
            assertFailed(town, 487, "given up by the sender");

            assertThat(town.s.disk("bob").files()).isEmpty();
            assertThat(town.s.recorder("alice").ended().toString()).contains(" #");
        }
    }

    @Test
    void whoGivesUpTooLateHearsThatItArrived() {
        try (var town = new Town(24).functions()) {
            town.device("bob");
            var alice = town.alice();
            var id = town.sends(alice, Town.bytes(1_000));
            town.s.until(() -> !town.received.isEmpty(), MINUTES);

            alice.abort(id);
            town.s.until(() -> !town.outcomes.isEmpty(), MINUTES);
            alice.abort(id);

            assertThat(town.outcomes).singleElement().isInstanceOf(Sending.Outcome.Sent.class);
            town.leavesNothing();
        }
    }

    @Test
    void aDeviceThatLeavesEndsTheCallOfWhatItHas() {
        try (var town = new Town(25)) {
            town.functions();
            var bob = town.device("bob");
            town.receiving = new Receiving(Town.INTO, 0, 100);
            town.device("tablet");
            town.sends(town.alice(), Town.bytes(1_000));
            town.s.until(() -> !town.received.isEmpty(), MINUTES);
            town.s.network().stall("tpf", Duration.ofSeconds(2));

            bob.unregister(_ -> {});
            town.s.pass(Duration.ofSeconds(3));

            assertThat(bob.calls().open()).isZero();
            town.leavesNothing();
        }
    }

    private static Checks checks(Originators who, AgentVersion agents, Anonymity anonymity) {
        return new Checks(who, agents, anonymity, new Warnings("pf", Warnings.Numbers.RCS));
    }

    private static void assertRefused(Town town, int code, String words) {
        town.functions().device("bob");
        town.sends(town.alice(), Town.bytes(10_000));
        assertFailed(town, code, words);
    }

    /**
     * @param code 0: any
     */
    private static void assertFailed(Town town, int code, String words) {
        town.s.until(() -> !town.outcomes.isEmpty(), MINUTES);
        assertThat(town.outcomes)
                .as(town::story)
                .singleElement()
                .isInstanceOfSatisfying(
                        Sending.Outcome.Failed.class,
                        failed -> {
                            if (code != 0) assertThat(failed.code()).isEqualTo(code);
                            assertThat(failed.why()).contains(words);
                        });
        town.leavesNothing();
        assertThat(town.received).isEmpty();
    }
}
