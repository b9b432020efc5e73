package io.posthorn.sip.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.posthorn.sip.wire.SipParser;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.strand.Net;
import io.posthorn.strand.Target;
import io.posthorn.strand.sim.Simulation;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SipTransactionsTest {

    private static final Duration LIFE = Duration.ofSeconds(32);

    private final Simulation s = new Simulation(7);
    private final Peer alice = new Peer(s, "alice");
    private final Peer bob = new Peer(s, "bob");

    @AfterEach
    void close() {
        s.close();
    }

    private void seconds(double n) {
        s.pass(Duration.ofMillis((long) (n * 1_000)));
    }

    private void invite(String transport) {
        alice.send(0, alice.request("INVITE", bob.uri(transport), "call"));
    }

    /** Everything that may still repeat has ended, on both sides. */
    private void nothingIsLeft() {
        s.pass(LIFE.plusSeconds(10));
        assertThat(alice.sip.open()).isZero();
        assertThat(bob.sip.open()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"udp", "tcp"})
    void anInviteIsAnsweredOnce(String transport) {
        bob.answering(180, 200);
        invite(transport);
        seconds(1);
        assertThat(alice.heard).containsExactly(180, 200);
        assertThat(bob.requests).hasSize(1);
        assertThat(alice.responses.getLast().to().tag()).isPresent();
        assertThat(alice.responses.getFirst().to().tag())
                .isEqualTo(alice.responses.getLast().to().tag());
        nothingIsLeft();
        assertThat(bob.ends).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"udp", "tcp"})
    void aRefusalIsAcknowledgedBelow(String transport) {
        bob.answering(486);
        invite(transport);
        seconds(1);
        assertThat(alice.heard).containsExactly(486);
        nothingIsLeft();
        assertThat(bob.acks).isEmpty();
        assertThat(bob.ends).isEqualTo(1);
    }

    @Test
    void aCallerHearsOfItWhenThePeerCrashedWhileItRang() {
        bob.answering(180);
        invite("tcp");
        seconds(1);
        s.crash("bob");
        seconds(31);
        assertThat(alice.heard).containsExactly(180);
        seconds(10);
        assertThat(alice.heard).containsExactly(180, 503);
        seconds(40);
        assertThat(alice.sip.open()).isZero();
    }

    @Test
    void aSocketAtEveryAddressNeedsAnAdvertisedHost() {
        var everywhere = new InetSocketAddress("0.0.0.0", 5070);
        assertThatThrownBy(() -> bob.sip.listen(Net.Kind.UDP, everywhere))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void nothingGoesToManyAtOnce() {
        alice.send(0, alice.request("MESSAGE", bob.uri("udp") + ";maddr=224.0.1.75", "many"));
        seconds(1);
        assertThat(alice.heard).containsExactly(503);
        var other = "sip:bob@unknown.example:5060;transport=udp;maddr=";
        alice.send(
                0,
                alice.request("MESSAGE", other + bob.udp.getAddress().getHostAddress(), "maddr"));
        seconds(1);
        assertThat(bob.requests).hasSize(1);
    }

    @Test
    void aHundredIsSentAfter200Milliseconds() {
        invite("udp");
        seconds(0.19);
        assertThat(alice.heard).isEmpty();
        seconds(0.05);
        assertThat(alice.heard).containsExactly(100);
        assertThat(alice.responses.getFirst().to().tag()).isEmpty();
        bob.answer(200);
        seconds(1);
        assertThat(alice.heard).containsExactly(100, 200);
        nothingIsLeft();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void aLossyNetworkDelaysButLosesNothing(long seed) {
        try (var lossy = new Simulation(seed)) {
            lossy.network().loss(0.4).duplicate(0.2).reorder(0.2);
            var a = new Peer(lossy, "a");
            var b = new Peer(lossy, "b").answering(180, 486);
            a.send(0, a.request("INVITE", b.uri("udp"), "one"));
            a.send(1, a.request("MESSAGE", b.uri("udp"), "two"));
            lossy.pass(Duration.ofSeconds(40));
            assertThat(a.heard).filteredOn(code -> code >= 200).hasSize(2);
            assertThat(b.requests).hasSizeLessThanOrEqualTo(2);
            lossy.network().loss(0);
            lossy.pass(Duration.ofSeconds(80));
            assertThat(a.sip.open() + b.sip.open()).isZero();
            assertThat(lossy.unreleased()).isZero();
        }
    }

    @Test
    void sevenCopiesOfAMessageAreOneRequest() {
        bob.answers = _ -> s.network().cut("alice", "bob");
        alice.send(0, alice.request("MESSAGE", bob.uri("udp"), "call"));
        seconds(20);
        assertThat(bob.requests).hasSize(1);
        bob.answer(200);
        s.network().heal();
        seconds(5);
        assertThat(alice.heard).containsExactly(200);
        assertThat(bob.requests).hasSize(1);
        nothingIsLeft();
    }

    @ParameterizedTest
    @ValueSource(strings = {"INVITE", "MESSAGE"})
    void noAnswerOverUdpIs408(String method) {
        s.network().cut("alice", "bob");
        alice.send(1, alice.request(method, bob.uri("udp"), "call"));
        seconds(31.9);
        assertThat(alice.heard).isEmpty();
        seconds(0.2);
        assertThat(alice.heard).containsExactly(408);
        assertThat(alice.sip.open()).isZero();
    }

    @Test
    void aRefusalThatIsNeverAcknowledgedEndsWithTimerH() {
        bob.answers = _ -> s.network().cut("alice", "bob");
        invite("udp");
        seconds(0.1);
        bob.answer(486);
        seconds(31.9);
        assertThat(bob.ends).isZero();
        seconds(0.2);
        assertThat(bob.ends).isEqualTo(1);
        assertThat(bob.sip.open()).isZero();
    }

    @Test
    void acceptedSendsA2xxAgainEachTimeItsUserDoes() {
        bob.answering(200);
        invite("udp");
        seconds(1);
        bob.answer(200);
        seconds(1);
        assertThat(alice.heard).containsExactly(200, 200);
        bob.answer(486);
        seconds(1);
        assertThat(alice.heard).containsExactly(200, 200);
        nothingIsLeft();
        bob.answer(200);
        seconds(1);
        assertThat(alice.strays).isEmpty();
    }

    @Test
    void a2xxWithoutATransactionIsStray() {
        bob.answering(200);
        invite("udp");
        seconds(32.5);
        assertThat(alice.sip.open()).isZero();
        var late = SipResponse.to(bob.received.getFirst(), 200).bytes();
        bob.world
                .net()
                .datagrams(
                        bob.loop(0), new InetSocketAddress(bob.udp.getAddress(), 0), (_, _) -> {})
                .send(alice.udp, late);
        seconds(1);
        assertThat(alice.strays).hasSize(1);
    }

    @Test
    void aCancelWaitsForTheFirstProvisionalResponse() {
        invite("udp");
        seconds(0.05);
        alice.on(0, () -> alice.last().cancel("SIP;cause=200"));
        seconds(0.1);
        assertThat(bob.cancels).isEmpty();
        bob.answer(180);
        seconds(0.1);
        assertThat(bob.cancels).hasSize(1);
        assertThat(bob.cancels.getFirst().header("Reason")).contains("SIP;cause=200");
        assertThat(bob.requests).hasSize(1);
        bob.answer(487);
        seconds(1);
        assertThat(alice.heard).containsExactly(180, 487);
        nothingIsLeft();
    }

    @ParameterizedTest
    @ValueSource(strings = {"udp", "tcp"})
    void aCancelAfterAProvisionalResponseLeavesAtOnce(String transport) {
        bob.answering(180);
        invite(transport);
        seconds(1);
        alice.on(0, () -> alice.last().cancel(null));
        seconds(0.1);
        assertThat(bob.cancels).hasSize(1);
        bob.answer(487);
        nothingIsLeft();
        assertThat(alice.heard).containsExactly(180, 487);
    }

    @Test
    void noCancelAfterAFinalResponse() {
        bob.answering(200);
        invite("udp");
        seconds(0.05);
        alice.on(0, () -> alice.last().cancel(null));
        seconds(5);
        assertThat(bob.cancels).isEmpty();
        nothingIsLeft();
    }

    @Test
    void aCancelThatNobodyEndsBecomes408() {
        bob.answering(180);
        invite("udp");
        seconds(1);
        alice.on(0, () -> alice.last().cancel(null));
        seconds(33);
        assertThat(alice.heard).containsExactly(180, 408);
        assertThat(alice.sip.open()).isZero();
    }

    @Test
    void aConnectionThatIsRefusedIs503() {
        var nobody = "sip:x@" + bob.udp.getAddress().getHostAddress() + ":5999;transport=tcp";
        alice.send(0, alice.request("INVITE", nobody, "call"));
        seconds(6);
        assertThat(alice.heard).containsExactly(503);
        assertThat(alice.sip.open()).isZero();
    }

    @Test
    void theNextTargetIsTriedWhenTheFirstRefuses() {
        s.name(
                "sip:example.net;transport=tcp",
                List.of(
                        new Target(
                                new InetSocketAddress(bob.tcp.getAddress(), 5999),
                                Net.Kind.TCP,
                                "example.net"),
                        new Target(bob.tcp, Net.Kind.TCP, "example.net")));
        bob.answering(200);
        alice.send(0, alice.request("OPTIONS", "sip:example.net;transport=tcp", "call"));
        seconds(6);
        assertThat(alice.heard).containsExactly(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"INVITE", "OPTIONS"})
    void whatOneServerCannotIsAskedOfTheNextAndThatIsRemembered(String method) {
        var carol = new Peer(s, "carol");
        s.name(
                "example.org",
                List.of(
                        new Target(bob.udp, Net.Kind.UDP, "example.org"),
                        new Target(carol.udp, Net.Kind.UDP, "example.org")));
        bob.answering(503);
        carol.answering(200);
        alice.send(0, alice.request(method, "sip:example.org", "call"));
        seconds(1);
        assertThat(alice.heard).containsExactly(200);
        assertThat(bob.requests).hasSize(1);

        alice.send(0, alice.request(method, "sip:example.org", "call-2"));
        seconds(1);
        assertThat(alice.heard).containsExactly(200, 200);
        assertThat(bob.requests).hasSize(1); // for half a minute it is the last that is asked
        seconds(31);
        alice.send(0, alice.request(method, "sip:example.org", "call-3"));
        seconds(1);
        assertThat(bob.requests).hasSize(2);

        carol.answering(503);
        alice.heard.clear();
        alice.send(0, alice.request(method, "sip:example.org", "call-4"));
        seconds(1);
        assertThat(alice.heard).containsExactly(503);
        nothingIsLeft();
    }

    @Test
    void whoTakesBigRequestsByUdpOnlyHasNotFailed() {
        var carol = new Peer(s, "carol").answering(200);
        var withoutTcp = new InetSocketAddress(bob.udp.getAddress(), 5999);
        bob.sip.listen(Net.Kind.UDP, withoutTcp);
        bob.answering(200);
        s.name(
                "example.org",
                List.of(
                        new Target(withoutTcp, Net.Kind.UDP, "example.org"),
                        new Target(carol.udp, Net.Kind.UDP, "example.org")));
        var big = alice.request("OPTIONS", "sip:example.org", "big");
        alice.send(0, big.with("Subject", "x".repeat(2_000)));
        seconds(6);
        alice.send(0, alice.request("OPTIONS", "sip:example.org", "small"));
        seconds(1);
        assertThat(alice.heard).containsExactly(200, 200);
        assertThat(bob.requests).hasSize(2);
        assertThat(carol.requests).isEmpty();
    }

    /** RFC 3261 section 17.1.1.3: by the branch of what was refused. */
    @ParameterizedTest
    @CsvSource({"UDP, 200", "TCP, 503"})
    void aRepeatedRefusalIsAcknowledgedWhileTheNextServerIsAsked(Net.Kind kind, int heard) {
        var carol = new Peer(s, "carol").answering(200);
        var second = kind == Net.Kind.UDP ? carol.udp : carol.tcp;
        s.name(
                "example.org",
                List.of(
                        new Target(bob.udp, Net.Kind.UDP, "example.org"),
                        new Target(second, kind, "example.org")));
        if (kind == Net.Kind.TCP) s.network().cut("alice", "carol");
        s.network().duplicate(1).delay(Duration.ofMillis(1), Duration.ofMillis(90));
        bob.answering(503);
        alice.send(0, alice.request("INVITE", "sip:example.org", "call"));
        seconds(0.4);
        // Whoever looks at what is under way meanwhile sees it with its Via.
        assertThat(alice.last().request().via().branch()).isPresent();
        seconds(6);
        assertThat(alice.heard.stream().distinct()).containsExactly(heard);
        assertThat(bob.acks).isEmpty();
        nothingIsLeft();
    }

    /** RFC 3261 section 17.1.1.3, by a peer that has not heard the first ACK. */
    @Test
    void eachCopyOfARefusalGetsTheSameAck() {
        var carol = s.node("carol");
        var at = new InetSocketAddress(s.address("carol"), 5060);
        var came = new ArrayList<SipRequest>();
        var socket =
                carol.net()
                        .datagrams(
                                carol.loops().getFirst(),
                                at,
                                (_, bytes) -> came.add((SipRequest) SipParser.parse(bytes)));
        var near = "<sip:" + at.getAddress().getHostAddress() + ":5060;transport=udp;lr>";
        alice.send(
                0,
                alice.request("INVITE", "sip:bob@example.net", "call")
                        .withAdded("Route", near)
                        .withAdded("Route", "<sip:far.example.net;lr>")
                        .withBody("text/plain", new byte[100]));
        seconds(0.1);
        var invite = came.removeFirst();
        var to = invite.to().withTag("busy").toString();
        var busy = SipResponse.to(invite, 486).with("To", to).bytes();
        for (int i = 0; i < 3; i++) {
            socket.send(alice.udp, busy);
            seconds(10);
        }
        assertThat(came).hasSize(3);
        var ack = came.getFirst();
        assertThat(ack.method()).isEqualTo("ACK");
        assertThat(ack.uri()).isEqualTo("sip:bob@example.net");
        assertThat(ack.fields("Via")).isEqualTo(invite.fields("Via"));
        assertThat(ack.fields("Route")).containsExactly(near, "<sip:far.example.net;lr>");
        assertThat(ack.to().tag()).contains("busy");
        assertThat(ack.cseq().toString()).isEqualTo("1 ACK");
        assertThat(came).extracting(SipRequest::toString).containsOnly(ack.toString());
        assertThat(alice.heard).containsExactly(486);
        nothingIsLeft();
        socket.close();
    }

    @ParameterizedTest
    @CsvSource({"udp, INVITE, 200", "udp, INVITE, 486", "udp, MESSAGE, 200", "udp, MESSAGE, 404"})
    @CsvSource({"tcp, INVITE, 200", "tcp, INVITE, 486", "tcp, MESSAGE, 200", "tcp, MESSAGE, 404"})
    void aTransactionKnowsItsRequestUntilItIsAnswered(String transport, String method, int code) {
        alice.send(0, alice.request(method, bob.uri(transport), "call"));
        seconds(0.3);
        var asked = bob.requests.getFirst();
        assertThat(asked.request()).isSameAs(bob.received.getFirst());
        bob.answer(code);
        seconds(0.1);
        assertThatThrownBy(asked::request).isInstanceOf(IllegalStateException.class);
        assertThat(alice.heard).endsWith(code);
        nothingIsLeft();
        assertThatThrownBy(asked::request).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aNameThatNobodyKnowsIs503() {
        alice.send(0, alice.request("OPTIONS", "sip:nowhere.invalid", "call"));
        alice.send(1, alice.request("OPTIONS", "tel:+4912345", "call"));
        seconds(1);
        assertThat(alice.heard).containsExactly(503, 503);
        assertThat(alice.sip.open()).isZero();
    }

    @Test
    void theTopmostRouteSaysWhereARequestGoes() {
        bob.answering(200);
        alice.send(
                0,
                alice.request("OPTIONS", "sip:carol@192.0.2.7", "call")
                        .with("Route", "<" + bob.uri("tcp") + ";lr>, <sip:192.0.2.9;lr>"));
        seconds(1);
        assertThat(alice.heard).containsExactly(200);
        assertThat(bob.requests.getFirst().from().kind()).isEqualTo(Net.Kind.TCP);
    }

    @Test
    void aBigRequestGoesByTcp() {
        bob.answering(200);
        alice.send(
                0,
                alice.request("MESSAGE", bob.uri("udp"), "call")
                        .withBody("text/plain", new byte[1_200]));
        seconds(1);
        assertThat(alice.heard).containsExactly(200);
        assertThat(bob.requests.getFirst().from().kind()).isEqualTo(Net.Kind.TCP);
        assertThat(alice.last().request().via().transport()).isEqualTo("TCP");
    }

    @Test
    void aBigRequestGoesByUdpIfNobodyListensOnTcp() {
        var udpOnly = new SipTransactions(s.node("carol"), SipSettings.standard());
        var at = new InetSocketAddress(s.address("carol"), 5060);
        var heard = new Peer(s, "dave").answering(202);
        udpOnly.user(heard);
        udpOnly.listen(Net.Kind.UDP, at);
        var uri = "sip:carol@" + at.getAddress().getHostAddress();
        alice.send(
                0, alice.request("MESSAGE", uri, "call").withBody("text/plain", new byte[1_200]));
        seconds(7);
        assertThat(alice.heard).containsExactly(202);
        assertThat(heard.requests.getFirst().from().kind()).isEqualTo(Net.Kind.UDP);
    }

    @Test
    void connectionsAreUsedAgain() {
        bob.answering(200);
        for (int i = 0; i < 20; i++)
            alice.send(0, alice.request("OPTIONS", bob.uri("tcp"), "call" + i));
        seconds(1);
        alice.send(0, alice.request("OPTIONS", bob.uri("tcp"), "again"));
        seconds(1);
        assertThat(alice.heard).hasSize(21).containsOnly(200);
        assertThat(bob.sip.connections()).isEqualTo(1);
    }

    @Test
    void anIdleConnectionThatDiedIsReplaced() {
        bob.answering(200);
        alice.send(0, alice.request("OPTIONS", bob.uri("tcp"), "one"));
        seconds(1);
        s.network().resetAfterBytes("alice", "bob", 1);
        alice.send(0, alice.request("OPTIONS", bob.uri("tcp"), "two"));
        seconds(1);
        assertThat(alice.heard).containsExactly(200, 200);
    }

    @Test
    void aRequestGoesAlongTheFlowThatIsNamed() {
        bob.answering(200);
        alice.answering(202);
        alice.send(0, alice.request("REGISTER", bob.uri("tcp"), "one"));
        seconds(1);
        var flow = bob.requests.getFirst().from();
        bob.send(1, bob.request("MESSAGE", "sip:alice@192.0.2.99", "two"), flow);
        seconds(1);
        assertThat(bob.heard).containsExactly(202);
        assertThat(bob.sip.connections()).isEqualTo(1);
    }

    @Test
    void aFlowThatHasEndedIs503() {
        bob.answering(200);
        alice.send(0, alice.request("REGISTER", bob.uri("tcp"), "one"));
        seconds(1);
        var flow = bob.requests.getFirst().from();
        s.network().reset("alice", "bob");
        seconds(1);
        assertThat(flow.open()).isFalse();
        bob.send(1, bob.request("MESSAGE", "sip:alice@192.0.2.99", "two"), flow);
        seconds(1);
        assertThat(bob.heard).containsExactly(503);
        assertThat(bob.sip.connections()).isZero();
    }

    @Test
    void anAnswerFindsItsWayAfterItsConnectionEnded() {
        bob.answering(180);
        invite("tcp");
        seconds(1);
        s.network().reset("alice", "bob");
        seconds(1);
        bob.answer(200);
        seconds(1);
        assertThat(alice.heard).containsExactly(180, 200);
        nothingIsLeft();
    }

    @Test
    void aConnectionThatEndsBeforeAnyAnswerIs503() {
        invite("tcp");
        seconds(0.05);
        s.network().reset("alice", "bob");
        seconds(1);
        assertThat(alice.heard).containsExactly(503);
        assertThat(alice.sip.open()).isZero();
    }

    @Test
    void theAckOfA2xxReachesTheUser() {
        bob.answering(200);
        invite("udp");
        seconds(1);
        SipRequest ack =
                alice.request("ACK", bob.uri("udp"), "call").with("To", "<sip:bob@x>;tag=b");
        alice.sip.sendAck(alice.loop(1), ack, null);
        seconds(1);
        assertThat(bob.acks).hasSize(1);
        assertThat(bob.acks.getFirst().via().branch().orElseThrow()).startsWith("z9hG4bK");
    }

    /** On one loop, by one flow: what is sent after the ACK comes after it. */
    @ParameterizedTest
    @ValueSource(strings = {"udp", "tcp"})
    void whatFollowsAnAckDoesNotOvertakeIt(String transport) {
        bob.answers =
                bye -> {
                    assertThat(bob.acks).hasSize(1);
                    bye.respond(SipResponse.to(bye.request(), 200));
                };
        var ack = alice.request("ACK", bob.uri(transport), "call");
        alice.on(1, () -> alice.sip.sendAck(alice.loop(1), ack, null));
        alice.send(1, alice.request("BYE", bob.uri(transport), "call"));
        seconds(1);
        assertThat(alice.heard).containsExactly(200);
        nothingIsLeft();
    }

    @Test
    void allOfACallMeetsOnTheLoopOfItsCallId() {
        bob.answering(200);
        for (int i = 0; i < 40; i++)
            alice.send(
                    i % 2, alice.request("OPTIONS", bob.uri(i % 3 == 0 ? "tcp" : "udp"), "c" + i));
        seconds(2);
        assertThat(alice.heard).hasSize(40).containsOnly(200);
        for (int i = 0; i < 40; i++)
            assertThat(bob.requests.get(i).loop())
                    .isSameAs(Transactions.home(bob.world, bob.received.get(i).callId()));
        assertThat(bob.requests.stream().map(t -> t.loop().number()).distinct()).hasSize(2);
    }

    @Test
    void aLateRequestGetsItsHundredAndNever408() {
        alice.send(0, alice.request("MESSAGE", bob.uri("udp"), "call"));
        seconds(3.4);
        assertThat(alice.heard).isEmpty();
        seconds(0.2);
        bob.answer(408);
        seconds(40);
        assertThat(alice.heard).startsWith(100).endsWith(408).containsOnlyOnce(408);
        assertThat(bob.ends).isEqualTo(1);
        nothingIsLeft();
    }

    @Test
    void aUserThatThrowsIsA500() {
        bob.answers =
                _ -> {
                    throw new IllegalStateException("a bug, on purpose");
                };
        alice.send(0, alice.request("MESSAGE", bob.uri("udp"), "call"));
        seconds(1);
        assertThat(alice.heard).containsExactly(500);
    }

    /** Requests both ways over everything that breaks; the hash of all that happened. */
    private static long storm(long seed) {
        try (var broken = new Simulation(seed)) {
            broken.network().loss(0.1).duplicate(0.1).reorder(0.1);
            var a = new Peer(broken, "a").answering(180, 200);
            var b = new Peer(broken, "b").answering(180, 486);
            for (int i = 0; i < 30; i++) {
                broken.network().resetAfterBytes("a", "b", 300 + 97L * i + seed);
                var from = i % 5 == 0 ? b : a;
                var to = i % 5 == 0 ? a : b;
                var method = i % 3 == 0 ? "MESSAGE" : "INVITE";
                from.send(i % 2, from.request(method, to.uri(i % 4 == 0 ? "udp" : "tcp"), "c" + i));
                broken.pass(Duration.ofMillis(20L * (seed % 7)));
            }
            broken.pass(Duration.ofSeconds(60));
            a.cancelAll();
            b.cancelAll();
            broken.pass(Duration.ofSeconds(120));
            for (var peer : List.of(a, b))
                assertThat(peer.finalsOf)
                        .allSatisfy(finals -> assertThat(finals).isNotEmpty())
                        .allSatisfy(f -> assertThat(f.size() == 1 || f.getLast() == 200).isTrue());
            assertThat(a.sip.open() + b.sip.open()).as("seed " + seed).isZero();
            assertThat(broken.unreleased()).isZero();
            return broken.traceHash();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void stormsEndAndTheSameSeedIsTheSameStorm(long seed) {
        assertThat(storm(seed)).isEqualTo(storm(seed));
    }

    /** RFC 3261 section 21.5.4; what runs goes on. */
    @Test
    void noCallBeginsWhileMoreComesThanCanBeRead() {
        s.network().behind("bob", Overload.PATIENCE.plusMillis(1));
        bob.answering(200);
        invite("udp");
        alice.send(0, alice.request("BYE", bob.uri("udp"), "other"));
        var known = alice.request("INVITE", bob.uri("udp"), "again");
        alice.send(0, known.with("To", "<sip:bob@example.net>;tag=b"));
        seconds(1);
        assertThat(alice.finalsOf).containsExactly(List.of(503), List.of(200), List.of(200));
        var later = alice.responses.getFirst().header("Retry-After").orElseThrow();
        assertThat(Integer.parseInt(later)).isBetween(5, 30);
        assertThat(bob.received).extracting(SipRequest::method).containsExactly("BYE", "INVITE");
        assertThat(bob.acks).isEmpty();
        assertThat(bob.sip.refusedInOverload()).isEqualTo(1);
        nothingIsLeft();
    }

    @Test
    void aCallBeginsWhenAllIsReadInTime() {
        s.network().behind("bob", Overload.PATIENCE);
        bob.answering(200);
        invite("udp");
        seconds(1);
        assertThat(alice.finalsOf).containsExactly(List.of(200));
        assertThat(bob.sip.refusedInOverload()).isZero();
    }
}
