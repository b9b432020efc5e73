package io.posthorn.sipcore;

import static io.posthorn.sipcore.CoreGround.ALICE;
import static io.posthorn.sipcore.CoreGround.BOB;
import static io.posthorn.sipcore.CoreGround.MALLORY;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.strand.Net;
import io.posthorn.strand.Target;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Who may say what of himself: each header that names somebody, from each kind of peer, in each
 * method. Mallory and strangers say that they are Alice; what Bob gets, and what they are answered,
 * follows from a few rules, which are written down in {@link #expected} and {@link #reaches}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class IdentityMatrixTest {

    /** Where a name can stand. */
    enum Header {
        FROM("From"),
        PREFERRED_IDENTITY("P-Preferred-Identity"),
        ASSERTED_IDENTITY("P-Asserted-Identity"),
        PREFERRED_SERVICE("P-Preferred-Service"),
        ASSERTED_SERVICE("P-Asserted-Service"),
        SERVED_USER("P-Served-User"),
        REMOTE_PARTY_ID("Remote-Party-ID"),
        CONTACT("Contact"),
        REFERRED_BY("Referred-By"),
        HISTORY_INFO("History-Info");

        final String field;

        Header(String field) {
            this.field = field;
        }

        SipRequest forged(SipRequest request) {
            return switch (this) {
                case FROM -> request.with(field, "<" + ALICE + ">;tag=forged");
                case PREFERRED_SERVICE, ASSERTED_SERVICE ->
                        request.with(field, "urn:urn-7:3gpp-service.ims.icsi.alice");
                case HISTORY_INFO -> request.with(field, "<" + ALICE + ">;index=1");
                default -> request.with(field, "<" + ALICE + ">");
            };
        }
    }

    /** Who sends. */
    enum Sender {
        STRANGER,
        USER_BY_UDP,
        USER_BY_TCP,
        /** Says over Mallory's registered connection that he is Alice, in everything. */
        ON_THE_FLOW_OF_ANOTHER,
        LISTED_SERVER,
        TRUSTED_CORE,
        UNTRUSTED_PROXY;

        boolean trusted() {
            return this == LISTED_SERVER || this == TRUSTED_CORE;
        }

        boolean user() {
            return this == USER_BY_UDP || this == USER_BY_TCP;
        }
    }

    /** What is asked. */
    enum Method {
        REGISTER,
        INVITE,
        MESSAGE,
        SUBSCRIBE,
        REFER,
        NOTIFY,
        PUBLISH,
        OPTIONS,
        BYE,
        UPDATE,
        INFO,
        CANCEL,
        ACK;

        boolean inDialog() {
            return switch (this) {
                case NOTIFY, BYE, UPDATE, INFO, ACK -> true;
                default -> false;
            };
        }
    }

    record Cell(Sender sender, Method method, Header header) {}

    static Stream<Cell> cells() {
        return Stream.of(Sender.values())
                .flatMap(sender ->
                        Stream.of(Method.values())
                                .flatMap(method ->
                                        Stream.of(Header.values())
                                                .map(header -> new Cell(sender, method, header))));
    }

    // ---- the rules

    /**
     * What the sender is answered; empty: an ACK is answered by nobody.
     *
     * <p>A CANCEL of nothing is 481, whoever sends it (RFC 3261 section 9.2). Outside of dialogs
     * strangers are asked for a password, also those who say to be a proxy; users may say who they
     * are and nothing else, whatever connection they use. In dialogs who has its route may go on,
     * under the name of its beginning.
     */
    private static OptionalInt expected(Cell cell) {
        var sender = cell.sender();
        var method = cell.method();
        if (method == Method.ACK) return OptionalInt.empty();
        if (method == Method.CANCEL) return OptionalInt.of(481);
        if (method == Method.REGISTER) return OptionalInt.of(registered(cell));
        if (method.inDialog()) return OptionalInt.of(known(cell) ? 200 : 481);
        if (sender.trusted()) return OptionalInt.of(200);
        if (sender.user()) return OptionalInt.of(claims(cell.header()) ? 403 : 200);
        return OptionalInt.of(sender == Sender.ON_THE_FLOW_OF_ANOTHER ? 403 : 407);
    }

    /** Only the user himself, whoever else is trusted: with From and To of one name. */
    private static int registered(Cell cell) {
        if (!cell.sender().user()) return 401;
        return claims(cell.header()) ? 403 : 200;
    }

    /** What a user must be, to say so. */
    private static boolean claims(Header header) {
        return header == Header.FROM || header == Header.PREFERRED_IDENTITY;
    }

    /** Whether its route is of this dialog; who is trusted needs none. */
    private static boolean known(Cell cell) {
        if (cell.sender() == Sender.TRUSTED_CORE) return true;
        return cell.sender().user() && cell.header() != Header.FROM;
    }

    /** Whether it comes to Bob. */
    private static boolean reaches(Cell cell) {
        return switch (cell.method()) {
            case REGISTER, CANCEL -> false;
            case ACK -> known(cell);
            default -> expected(cell).orElse(0) == 200;
        };
    }

    // ---- the table

    private final CoreGround ground =
            new CoreGround(new SipCore.Limits(16, Duration.ofSeconds(120), 100_000));
    private final CoreGround.Peer bob = ground.peer("bob", "bob");
    private final CoreGround.Peer alice = ground.peer("alice", "alice");
    private final CoreGround.Peer stranger = ground.peer("stranger", "");
    private final CoreGround.Peer byUdp = ground.peer("mallory", "mallory");
    private final CoreGround.Peer byTcp = ground.byTcp("mallory-too", "mallory");
    private final CoreGround.Peer server = ground.peer("server", "");
    private final CoreGround.Peer neighbour = ground.peer("neighbour", "");
    private final CoreGround.Peer proxy = ground.byTcp("proxy", "");
    private final CoreGround.Peer abroad = ground.peer("abroad.example", "");

    IdentityMatrixTest() {
        bob.asks(bob.registration(BOB, 600_000));
        alice.asks(alice.registration(ALICE, 600_000));
        byUdp.asks(byUdp.registration(MALLORY, 600_000));
        byTcp.asks(byTcp.registration(MALLORY, 600_000));
    }

    @AfterAll
    void end() {
        ground.close();
    }

    private CoreGround.Peer peer(Sender sender) {
        return switch (sender) {
            case STRANGER -> stranger;
            case USER_BY_UDP -> byUdp;
            case USER_BY_TCP, ON_THE_FLOW_OF_ANOTHER -> byTcp;
            case LISTED_SERVER -> server;
            case TRUSTED_CORE -> neighbour;
            case UNTRUSTED_PROXY -> proxy;
        };
    }

    @ParameterizedTest
    @MethodSource("cells")
    void nothingWrongGetsThrough(Cell cell) {
        var peer = peer(cell.sender());
        var sent = cell.header().forged(request(cell, peer));
        bob.arrived.clear();
        bob.acks.clear();
        alice.arrived.clear();
        var code = code(cell, peer, sent);

        assertThat(code).as(sent.toString()).isEqualTo(expected(cell));
        var got = cell.method() == Method.ACK ? bob.acks : bob.arrived;
        assertThat(got).as(sent.toString()).hasSize(reaches(cell) ? 1 : 0);
        assertThat(alice.arrived).isEmpty();
        if (!got.isEmpty()) checked(cell, got.getFirst());
    }

    /** Who is trusted is believed; of all others Bob hears who they are, and of nobody else. */
    private static void checked(Cell cell, SipRequest arrived) {
        assertThat(arrived.header("P-Served-User")).isEmpty();
        assertThat(arrived.header("P-Preferred-Identity").filter(_ -> !cell.sender().trusted()))
                .isEmpty();
        if (cell.sender().trusted()) {
            if (cell.header() == Header.ASSERTED_IDENTITY)
                assertThat(arrived.header("P-Asserted-Identity")).contains("<" + ALICE + ">");
            return;
        }
        var asserted = arrived.header("P-Asserted-Identity");
        assertThat(asserted).isIn(Optional.of("<" + MALLORY + ">"), Optional.<String>empty());
        if (!cell.method().inDialog()) assertThat(asserted).isPresent();
        // A contact is where to reach somebody, and no name; a service may be preferred.
        var left = arrived.without("Contact").without("Record-Route");
        if (cell.header() == Header.PREFERRED_SERVICE) {
            assertThat(left.header("P-Preferred-Service")).isEmpty();
            left = left.without("P-Asserted-Service");
        }
        assertThat(left.toString()).doesNotContain("alice");
    }

    private SipRequest request(Cell cell, CoreGround.Peer peer) {
        var name =
                switch (cell.sender()) {
                    case USER_BY_UDP, USER_BY_TCP -> MALLORY;
                    default -> ALICE;
                };
        var method = cell.method().name();
        var request =
                switch (cell.method()) {
                    case REGISTER -> peer.registration(name, 600_000);
                    case NOTIFY, BYE, UPDATE, INFO, ACK -> inDialog(cell, peer, method, name);
                    default -> peer.request(method, BOB, name);
                };
        if (cell.sender() == Sender.LISTED_SERVER && !cell.method().inDialog())
            request = request.with("Route", "<sip:" + CoreGround.PASS + "@" + ground.core + ";lr>");
        if (cell.sender() == Sender.UNTRUSTED_PROXY)
            request =
                    request.with("Via", "SIP/2.0/TCP 10.9.9.9;branch=z9hG4bKclient")
                            .with("Record-Route", "<sip:10.9.9.9;lr>");
        return cell.method() == Method.CANCEL ? request.without("Contact") : request;
    }

    /** In a dialog of Mallory's with Bob, if he is the sender; else in one that is made up. */
    private SipRequest inDialog(Cell cell, CoreGround.Peer peer, String method, String name) {
        if (!cell.sender().user())
            return peer.request(method, "sip:bob@" + bob.host + ":5060", name)
                    .with("To", "<" + BOB + ">;tag=made-up");
        var invite = peer.request("INVITE", BOB, name);
        var ok = peer.asks(invite);
        assertThat(ok.code()).isEqualTo(200);
        var request =
                peer.request(method, "sip:bob@" + bob.host + ":5060", name)
                        .with("From", ok.header("From").orElseThrow())
                        .with("To", ok.header("To").orElseThrow())
                        .with("Call-ID", ok.callId())
                        .without("Route");
        for (var route : ok.values("Record-Route").reversed())
            request = request.withAdded("Route", route);
        return request;
    }

    private OptionalInt code(Cell cell, CoreGround.Peer peer, SipRequest sent) {
        if (cell.method() == Method.ACK) {
            var loop = peer.world.loops().getFirst();
            loop.execute(() -> peer.sip.sendAck(loop, sent, null));
            ground.simulation.pass(Duration.ofSeconds(1));
            return OptionalInt.empty();
        }
        boolean unasked = cell.sender() == Sender.ON_THE_FLOW_OF_ANOTHER;
        SipResponse answer = unasked ? peer.answer(sent) : peer.asks(sent);
        return OptionalInt.of(answer.code());
    }

    // ---- what no table has

    @Test
    void whatWasTakenAwayIsCounted() {
        var before = ground.sipCore.counts();
        var said = byUdp.request("MESSAGE", BOB, MALLORY);
        for (var name : Identity.ASSERTED) said = said.with(name, "<" + ALICE + ">");
        assertThat(byUdp.asks(said).code()).isEqualTo(200);
        var after = ground.sipCore.counts();
        for (var name : Identity.ASSERTED)
            assertThat(after.get("stripped " + name))
                    .isEqualTo(before.getOrDefault("stripped " + name, 0L) + 1);
    }

    @Test
    void aCallIsCancelledByNobodyElse() {
        bob.silent = true;
        var invite = alice.request("INVITE", BOB, ALICE);
        var loop = alice.world.loops().getFirst();
        var signed = alice.account == null ? invite : alice.account.signed(invite);
        var answers = new ArrayList<Integer>();
        loop.execute(() ->
                alice.sip.send(loop, signed, null, (response, _) -> answers.add(response.code())));
        ground.simulation.pass(Duration.ofSeconds(1));
        var cancel =
                SipRequest.of("CANCEL", signed.uri())
                        .with("From", signed.header("From").orElseThrow())
                        .with("To", signed.header("To").orElseThrow())
                        .with("Call-ID", signed.callId())
                        .with("CSeq", signed.cseq().number() + " CANCEL")
                        .with("Route", "<sip:" + ground.core + ":5060;lr>");
        assertThat(stranger.answer(cancel).code()).isEqualTo(481);
        assertThat(answers).doesNotContain(487);
        bob.silent = false;
        ground.simulation.pass(Duration.ofSeconds(200));
    }

    @ParameterizedTest
    @EnumSource
    void nobodyRelaysAbroadWithoutAPassword(Method method) {
        var victim = "sip:victim@abroad.example:5060";
        var routed = "<sip:" + ground.core + ":5060;lr>";
        for (var peer : List.of(stranger, proxy)) {
            for (var from : List.of(ALICE, "sip:anonymous@anonymous.invalid", "sip:x@elsewhere")) {
                var plain = peer.request(method.name(), victim, from);
                ask(method, peer, plain);
                ask(method, peer, plain.with("To", "<" + victim + ">;tag=x"));
                // Past us, in each of the ways that a URI and a route have.
                var local = peer.request(method.name(), BOB, from);
                ask(method, peer, local.withAdded("Route", "<sip:abroad.example:5060;lr>"));
                ask(
                        method,
                        peer,
                        peer.request(
                                        method.name(),
                                        "sip:bob@example.net;maddr=" + abroad.host,
                                        from)
                                .with("Route", routed));
            }
        }
        assertThat(abroad.arrived).isEmpty();
        assertThat(abroad.acks).isEmpty();
    }

    private void ask(Method method, CoreGround.Peer peer, SipRequest request) {
        if (method == Method.ACK) {
            var loop = peer.world.loops().getFirst();
            loop.execute(() -> peer.sip.sendAck(loop, request, null));
            ground.simulation.pass(Duration.ofSeconds(1));
        } else {
            assertThat(peer.answer(request).code()).as(request.toString()).isGreaterThan(399);
        }
    }

    @Test
    void aUserReachesOtherDomainsWithoutWhatIsForOurServers() {
        ground.simulation.name(
                "abroad.example",
                List.of(
                        new Target(
                                new InetSocketAddress(abroad.host, 5060),
                                Net.Kind.UDP,
                                "abroad.example")));
        var asked =
                byUdp.request("MESSAGE", "sip:victim@abroad.example", MALLORY)
                        .with("P-Preferred-Service", "urn:urn-7:3gpp-service.ims.icsi.oma.cpm.msg")
                        .with("Privacy", "id");
        assertThat(byUdp.asks(asked).code()).isEqualTo(200);
        var arrived = abroad.arrived.removeLast();
        for (var name : Identity.ASSERTED) assertThat(arrived.header(name)).as(name).isEmpty();
        assertThat(arrived.header("P-Preferred-Service")).isEmpty();
    }
}
