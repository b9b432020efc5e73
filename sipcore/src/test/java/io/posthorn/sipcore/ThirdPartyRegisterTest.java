package io.posthorn.sipcore;

import static io.posthorn.sipcore.CoreGround.BOB;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.sip.wire.Multipart;
import io.posthorn.sip.wire.SipParser;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.sipcore.FilterCriteria.Told;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** What application servers hear of registrations: 3GPP TS 24.229 section 5.4.1.7. */
class ThirdPartyRegisterTest {

    private static final String SERVER = "10.0.0.3";

    @AutoClose private final CoreGround ground = new CoreGround(filter(Told.REQUEST));
    private final CoreGround.Peer server = ground.peer("server", "");
    private final CoreGround.Peer bob = ground.peer("bob", "bob");

    private static FilterCriteria filter(Told told) {
        return new FilterCriteria(
                List.of("REGISTER"), List.of(), "sip:pass@" + SERVER + ":5060", told);
    }

    @Test
    void aRegistrationIsToldWithTheClientsRequest() {
        assertThat(server.host).isEqualTo(SERVER);
        bob.registers(BOB);

        var told = server.last();
        assertThat(told.uri()).isEqualTo("sip:" + SERVER + ":5060");
        assertThat(told.values("Route")).containsExactly("<sip:pass@" + SERVER + ":5060;lr>");
        assertThat(told.from().uri()).isEqualTo("sip:" + ground.core + ":5060");
        assertThat(told.to().uri()).isEqualTo(BOB);
        assertThat(told.contact().orElseThrow().uri()).isEqualTo("sip:" + ground.core + ":5060");
        assertThat(told.header("Expires")).contains("600");
        assertThat(told.contentType()).contains("message/sip");
        var original = (SipRequest) SipParser.parse(told.body());
        assertThat(original.method()).isEqualTo("REGISTER");
        assertThat(original.header("Contact").orElseThrow()).startsWith(bob.contact);
        assertThat(original.header("Authorization")).isEmpty();
    }

    @Test
    void refreshAndEndAreToldInTheSameCallOneAfterTheOther() {
        bob.registers(BOB);
        bob.registers(BOB);
        assertThat(bob.asks(bob.registration(BOB, 0)).code()).isEqualTo(200);

        assertThat(server.arrived)
                .extracting(r -> r.header("Expires").orElseThrow())
                .containsExactly("600", "600", "0");
        assertThat(server.arrived)
                .extracting(SipRequest::callId)
                .containsOnly(server.last().callId());
        assertThat(server.arrived).extracting(r -> r.cseq().number()).containsExactly(1L, 2L, 3L);

        bob.registers(BOB); // begins anew
        assertThat(server.last().callId()).isNotEqualTo(server.arrived.getFirst().callId());
    }

    @Test
    void anEndThatNobodyAskedForIsToldWithoutABody() {
        bob.registers(BOB);
        ground.simulation.pass(Duration.ofSeconds(601));
        assertThat(server.last().header("Expires")).contains("0");
        assertThat(server.last().bodyLength()).isZero();

        bob.registers(BOB);
        ground.sipCore.deregister(BOB);
        ground.simulation.pass(Duration.ofSeconds(1));
        assertThat(server.last().header("Expires")).contains("0");
    }

    @Test
    void asLongAsOneDeviceIsLeftTheUserIs() {
        bob.registers(BOB);
        var tablet = ground.peer("tablet", "bob");
        tablet.asks(tablet.registration(BOB, 3_000));
        bob.asks(bob.registration(BOB, 0));
        assertThat(Integer.parseInt(server.last().header("Expires").orElseThrow()))
                .isBetween(2_900, 3_000);
    }

    @Test
    void aServerThatFailsOrIsSilentCostsTheUserNothing() {
        server.answers = ok -> ok.withStatus(500, "Server Internal Error");
        bob.registers(BOB);
        assertThat(ground.sipCore.devices(BOB)).isEqualTo(1);
        server.silent = true;
        bob.registers(BOB);
        bob.registers(BOB);
        bob.registers(BOB);
        ground.simulation.pass(Duration.ofSeconds(40));
        assertThat(ground.sipCore.devices(BOB)).isEqualTo(1);
        // While one was under way the others became one: the last word.
        assertThat(server.arrived).extracting(r -> r.cseq().number()).containsOnly(1L, 2L, 3L);
    }

    @Test
    void theAnswerGoesWithItWhereItIsWanted() {
        try (var other = new CoreGround(filter(Told.REQUEST_AND_RESPONSE))) {
            var asked = other.peer("server", "");
            other.peer("bob", "bob").registers(BOB);
            var told = asked.last();
            var parts =
                    Multipart.parse(told.header("Content-Type").orElseThrow(), told.body()).parts();
            assertThat(parts)
                    .extracting(Multipart.Part::contentType)
                    .containsExactly("message/sip", "message/sip");
            var answer = (SipResponse) SipParser.parse(parts.getLast().content());
            assertThat(answer.code()).isEqualTo(200);
        }
        try (var other = new CoreGround(filter(Told.NOTHING))) {
            var asked = other.peer("server", "");
            other.peer("bob", "bob").registers(BOB);
            assertThat(asked.last().bodyLength()).isZero();
        }
    }

    @Test
    void whoeverMatchesNoCriteriaIsNotToldOf() {
        var cpm = new FilterCriteria(List.of("REGISTER"), List.of("oma.cpm"), "sip:" + SERVER);
        try (var other = new CoreGround(cpm)) {
            var asked = other.peer("server", "");
            other.peer("bob", "bob").registers(BOB);
            assertThat(asked.arrived).isEmpty();
        }
    }
}
