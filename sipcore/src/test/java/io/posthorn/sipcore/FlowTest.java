package io.posthorn.sipcore;

import static io.posthorn.sipcore.CoreGround.ALICE;
import static io.posthorn.sipcore.CoreGround.BOB;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.sip.auth.Account;
import io.posthorn.sip.wire.SipRequest;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Devices behind NATs and edge proxies: RFC 5626, RFC 3327, RFC 3581. */
class FlowTest {

    /** A contact that leads nowhere from the core. */
    private static final String PRIVATE = "<sip:bob@192.168.1.2:5060;transport=tcp>";

    @AutoClose private final CoreGround ground = new CoreGround();
    private final CoreGround.Peer alice = ground.peer("alice", "alice");
    private final CoreGround.Peer bob = ground.byTcp("bob", "bob");

    private int code(String to) {
        return alice.asks(alice.request("MESSAGE", to, ALICE)).code();
    }

    @Test
    void outboundIsAppliedAndItsTimerSaid() {
        var ok = bob.asks(bob.flow(BOB, 1, 1, 600));
        assertThat(ok.code()).isEqualTo(200);
        assertThat(ok.header("Require")).contains("outbound");
        assertThat(ok.header("Flow-Timer")).contains("120");
        assertThat(bob.registers(BOB).header("Flow-Timer")).isEmpty();
    }

    @Test
    void withoutTheOptionOrAnInstanceAFlowIdMeansNothing() {
        var plain = bob.asks(bob.flow(BOB, 1, 1, 600).with("Supported", "gruu"));
        assertThat(plain.header("Require")).isEmpty();
        var nameless = bob.registration(BOB, 600).with("Supported", "outbound");
        assertThat(bob.asks(nameless.with("Contact", bob.contact + ";reg-id=1")).header("Require"))
                .isEmpty();
    }

    @Test
    void anEdgeThatKeepsNoFlowsIsToldOfAndSoAreSeveralContacts() {
        var passed =
                bob.flow(BOB, 1, 1, 600).with("Via", "SIP/2.0/TCP 10.9.9.9;branch=z9hG4bKedge");
        assertThat(bob.asks(passed).code()).isEqualTo(439);
        assertThat(bob.asks(passed.with("Path", "<sip:edge@10.9.9.9;lr>")).code()).isEqualTo(439);
        var several = bob.flow(BOB, 1, 1, 600).withAdded("Contact", "<sip:other@10.9.9.8>");
        assertThat(bob.asks(several).code()).isEqualTo(400);
        assertThat(ground.sipCore.devices(BOB)).isZero();
    }

    @Test
    void aDeviceBehindANatIsReachedOverItsConnectionAtTheBeginningAndInTheDialog() {
        bob.contact = PRIVATE;
        bob.asks(bob.flow(BOB, 1, 1, 600));
        alice.registers(ALICE);

        var ok = alice.asks(alice.request("INVITE", BOB, ALICE));
        assertThat(ok.code()).isEqualTo(200);
        var remote = ok.contact().orElseThrow().uri();
        assertThat(remote).contains("192.168.1.2");
        bob.arrived.clear();

        var bye = inDialog("BYE", remote, ok.header("To").orElseThrow(), ok);
        assertThat(alice.asks(bye).code()).isEqualTo(200);
        assertThat(bob.last().method()).isEqualTo("BYE");
    }

    @Test
    void whoGotTheFlowOfAnotherGetsNothingOfHisDialogs() {
        var nat = ground.peer("nat", "bob");
        nat.contact = "<sip:bob@192.168.1.2:5060>";
        nat.asks(nat.flow(BOB, 1, 1, 600));
        alice.registers(ALICE);
        var ok = alice.asks(alice.request("INVITE", BOB, ALICE));
        assertThat(ok.code()).isEqualTo(200);

        nat.asks(nat.flow(BOB, 1, 1, 0));
        var mallory = new Account("mallory", "mallory's", nat.world.entropy());
        var asked = nat.flow(CoreGround.MALLORY, 2, 1, 600);
        assertThat(mallory.asked(asked, nat.answer(asked))).isTrue();
        var again = nat.flow(CoreGround.MALLORY, 2, 1, 600);
        assertThat(nat.answer(mallory.signed(again)).code()).isEqualTo(200);
        nat.arrived.clear();

        var remote = ok.contact().orElseThrow().uri();
        var info = inDialog("INFO", remote, ok.header("To").orElseThrow(), ok);
        assertThat(alice.asks(info).code()).isEqualTo(430);
        assertThat(nat.arrived).isEmpty();
    }

    private SipRequest inDialog(
            String method, String uri, String to, io.posthorn.sip.wire.SipResponse ok) {
        var request =
                alice.request(method, uri, ALICE)
                        .with("To", to + (to.contains("tag=") ? "" : ";tag=b"))
                        .with("Call-ID", ok.callId())
                        .without("Route");
        for (var route : ok.values("Record-Route").reversed())
            request = request.withAdded("Route", route);
        return request;
    }

    @Test
    void whoCallsFromBehindANatIsReachedOverHisConnectionToo() {
        bob.contact = PRIVATE;
        bob.asks(bob.registration(BOB, 600));
        alice.registers(ALICE);
        assertThat(bob.asks(bob.request("INVITE", ALICE, BOB)).code()).isEqualTo(200);

        var invite = alice.last();
        var info =
                alice.request("INFO", "sip:bob@192.168.1.2:5060;transport=tcp", ALICE)
                        .with("To", invite.header("From").orElseThrow())
                        .with("Call-ID", invite.callId())
                        .without("Route");
        for (var route : invite.values("Record-Route")) info = info.withAdded("Route", route);
        assertThat(alice.asks(info).code()).isEqualTo(200);
        assertThat(bob.last().method()).isEqualTo("INFO");
        // Of another dialog the same route opens nothing.
        assertThat(alice.asks(info.with("Call-ID", "another")).code()).isEqualTo(481);
    }

    @Test
    void aFlowThatEndedIsSaidInTheDialogAndTheDeviceIsNoMore() {
        bob.contact = PRIVATE;
        bob.asks(bob.flow(BOB, 1, 1, 600));
        alice.registers(ALICE);
        var ok = alice.asks(alice.request("INVITE", BOB, ALICE));
        var remote = ok.contact().orElseThrow().uri();
        bob.crash();

        var bye = inDialog("BYE", remote, ok.header("To").orElseThrow(), ok);
        assertThat(alice.asks(bye).code()).isEqualTo(430);
        assertThat(code(BOB)).isEqualTo(480);
        assertThat(ground.sipCore.devices(BOB)).isZero();
    }

    @Test
    void ofSeveralFlowsOfOneDeviceTheLatestIsTriedThenTheNext() {
        var other = ground.byTcp("other", "bob");
        bob.contact = PRIVATE;
        other.contact = PRIVATE;
        bob.asks(bob.flow(BOB, 1, 1, 600));
        other.asks(other.flow(BOB, 1, 2, 600));
        alice.registers(ALICE);
        assertThat(ground.sipCore.devices(BOB)).isEqualTo(2);

        assertThat(code(BOB)).isEqualTo(200);
        assertThat(other.arrived).hasSize(1);
        assertThat(bob.arrived).isEmpty();

        // Whoever keeps the flow says that it failed: the other one.
        other.answers = ok -> ok.withStatus(430, "Flow Failed");
        assertThat(code(BOB)).isEqualTo(200);
        assertThat(bob.arrived).hasSize(1);
        assertThat(ground.sipCore.devices(BOB)).isEqualTo(1);

        bob.answers = ok -> ok.withStatus(430, "Flow Failed");
        assertThat(code(BOB)).isEqualTo(480);
    }

    @Test
    void aNewFlowTakesThePlaceOfTheSameAndKeepsTheGruu() {
        bob.contact = PRIVATE;
        var first = bob.asks(bob.flow(BOB, 1, 1, 600)).contact().orElseThrow();
        var again = ground.byTcp("again", "bob");
        again.contact = PRIVATE;
        var second = again.asks(again.flow(BOB, 1, 1, 600).with("Call-ID", "anew"));
        assertThat(second.values("Contact")).hasSize(1);
        alice.registers(ALICE);
        assertThat(code(first.params().get("pub-gruu").orElseThrow())).isEqualTo(200);
        assertThat(again.arrived).hasSize(1);
        assertThat(bob.arrived).isEmpty();
    }

    @Test
    void twoBehindDifferentNatsWithTheSameAddressAreNotMixedUp() {
        var mallory = ground.byTcp("mallory", "mallory");
        mallory.contact = PRIVATE;
        bob.contact = PRIVATE;
        bob.asks(bob.registration(BOB, 600));
        mallory.registers(CoreGround.MALLORY);
        alice.registers(ALICE);

        var ok = alice.asks(alice.request("INVITE", BOB, ALICE));
        var remote = ok.contact().orElseThrow().uri();
        var bye = inDialog("BYE", remote, ok.header("To").orElseThrow(), ok);
        assertThat(alice.asks(bye).code()).isEqualTo(200);
        assertThat(bob.last().method()).isEqualTo("BYE");
        assertThat(mallory.arrived).isEmpty();

        // Our server names the device by its contact, and says of whom.
        var called =
                alice.request("MESSAGE", remote, ALICE)
                        .with("To", "<" + BOB + ">")
                        .with("Route", "<sip:" + CoreGround.PASS + "@" + ground.core + ":5060;lr>");
        assertThat(alice.asks(called).code()).isEqualTo(200);
        assertThat(bob.last().method()).isEqualTo("MESSAGE");
        assertThat(mallory.arrived).isEmpty();
    }

    @Test
    void requestsPassTheEdgeByWhichADeviceRegistered() {
        var edge = ground.peer("edge", "");
        var path = "<sip:token@" + edge.host + ":5060;lr;ob>";
        var passed =
                bob.flow(BOB, 1, 1, 600)
                        .with("Via", "SIP/2.0/UDP " + edge.host + ";branch=z9hG4bKedge")
                        .with("Path", path);
        var ok = bob.asks(passed);
        assertThat(ok.values("Path")).containsExactly(path);
        assertThat(ok.header("Require")).contains("outbound");
        assertThat(ok.header("Service-Route")).contains("<sip:orig@" + ground.core + ":5060;lr>");
        alice.registers(ALICE);
        assertThat(code(BOB)).isEqualTo(200);
        assertThat(edge.last().values("Route")).containsExactly(path);
        assertThat(edge.last().uri()).startsWith("sip:bob@");
        assertThat(bob.arrived).isEmpty();

        // The edge knows no more of the flow: the device is not registered any more.
        edge.answers = a -> a.withStatus(430, "Flow Failed");
        assertThat(code(BOB)).isEqualTo(480);
        assertThat(ground.sipCore.devices(BOB)).isZero();
    }

    @Test
    void aConnectionOfSeveralUsersIsOfEachOfThemAndOfNobodyElse() {
        bob.registers(BOB);
        var shared = bob.request("MESSAGE", ALICE, BOB);
        alice.registers(ALICE);
        assertThat(bob.answer(shared).code()).isEqualTo(200);
        assertThat(bob.answer(bob.request("MESSAGE", BOB, ALICE)).code()).isEqualTo(403);
    }

    @Test
    void whatPassedAnUntrustedProxyProvesNothingOfTheNextRequest() {
        var proxy = ground.byTcp("proxy", "bob");
        var passed =
                proxy.registration(BOB, 600)
                        .with("Via", "SIP/2.0/UDP 10.9.9.9;branch=z9hG4bKclient");
        assertThat(proxy.asks(passed).code()).isEqualTo(200);
        assertThat(proxy.answer(proxy.request("MESSAGE", ALICE, BOB)).code()).isEqualTo(407);
    }

    @Test
    void aUsersRouteLeadsThroughOurServersOnly() {
        alice.registers(ALICE);
        bob.registers(BOB);
        var elsewhere = ground.peer("elsewhere", "");
        var request =
                alice.request("MESSAGE", BOB, ALICE)
                        .withAdded("Route", "<sip:" + elsewhere.host + ":5060;lr>");
        assertThat(alice.asks(request).code()).isEqualTo(200);
        assertThat(elsewhere.arrived).isEmpty();
        assertThat(bob.arrived).hasSize(1);
        assertThat(List.copyOf(bob.arrived.getFirst().values("Route"))).isEmpty();
    }
}
