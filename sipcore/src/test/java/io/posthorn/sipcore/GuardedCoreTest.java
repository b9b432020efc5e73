package io.posthorn.sipcore;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.sip.auth.Account;
import io.posthorn.sip.auth.Secrets;
import io.posthorn.sip.transaction.SipSettings;
import io.posthorn.sip.transaction.SipTransactions;
import io.posthorn.sip.transaction.Transactions;
import io.posthorn.sip.transport.Flow;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.strand.Net;
import io.posthorn.strand.World;
import io.posthorn.strand.sim.Simulation;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A core whose users have passwords: each identity header, kind of peer and method. */
class GuardedCoreTest {

    private static final String ALICE = "sip:alice@example.com";
    private static final String BOB = "sip:bob@example.net";
    private static final String PASS = "as-0123456789abcdef";
    private static final Secrets USERS =
            (name, realm, algorithm) ->
                    List.of("alice", "bob", "mallory").contains(name)
                            ? Optional.of(algorithm.secret(name, realm, name + "'s"))
                            : Optional.empty();

    private final Simulation simulation = new Simulation(7);
    private final String core = simulation.address("core").getHostAddress();
    private final SipCore sipCore = core();
    private final Peer bob = new Peer("bob", "bob");
    private final Peer alice = new Peer("alice", "alice");
    private final Peer mallory = new Peer("mallory", "mallory");
    private final Peer stranger = new Peer("stranger", "");

    @BeforeEach
    void register() {
        assertThat(bob.registers(BOB)).isEqualTo(200);
        assertThat(alice.registers(ALICE)).isEqualTo(200);
        assertThat(mallory.registers("sip:mallory@example.com")).isEqualTo(200);
    }

    @AfterEach
    void end() {
        simulation.pass(Duration.ofSeconds(60));
        assertThat(sipCore.open()).isZero();
        simulation.close();
    }

    private SipCore core() {
        var world = simulation.node("core");
        var transactions = new SipTransactions(world, SipSettings.standard());
        var neighbour = simulation.address("neighbour").getHostAddress();
        var access =
                new SipCore.Access(USERS, false, Duration.ofMinutes(5), PASS, List.of(neighbour));
        var made =
                new SipCore(
                        world,
                        transactions,
                        new SipCore.Settings(
                                core,
                                5060,
                                List.of("example.com", "example.net"),
                                Duration.ofDays(7),
                                List.of(),
                                access));
        for (var kind : List.of(Net.Kind.UDP, Net.Kind.TCP))
            transactions.listen(kind, new InetSocketAddress(core, 5060));
        return made;
    }

    // ---- registering

    @Test
    void onlyTheUserHimselfRegisters() {
        assertThat(stranger.registers(BOB)).isEqualTo(401);
        assertThat(mallory.registers(BOB)).isEqualTo(403);
        assertThat(new Peer("wrong", "bob", "guess").registers(BOB)).isEqualTo(401);
        assertThat(new Peer("nobody", "nobody").registers("sip:nobody@example.net")).isEqualTo(401);
        assertThat(sipCore.devices(BOB)).isEqualTo(1);
    }

    @Test
    void aUserMayGiveHisNameWithItsDomain() {
        assertThat(new Peer("other", "bob", "bob's").registers(BOB)).isEqualTo(200);
    }

    // ---- the matrix

    @ParameterizedTest
    @ValueSource(
            strings = {"INVITE", "MESSAGE", "SUBSCRIBE", "REFER", "INFO", "PUBLISH", "OPTIONS"})
    void whoHasNoPasswordGetsNothingThrough(String method) {
        for (var claim : List.of(ALICE, BOB, "sip:anonymous@anonymous.invalid"))
            assertThat(stranger.asks(stranger.request(method, BOB, claim))).isEqualTo(407);
        for (var claim : List.of("sip:carol@example.org", "tel:+15550100"))
            assertThat(stranger.asks(stranger.request(method, BOB, claim))).isEqualTo(403);
        assertThat(bob.arrived).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "INVITE,From",
        "INVITE,P-Preferred-Identity",
        "MESSAGE,From",
        "MESSAGE,P-Preferred-Identity",
        "SUBSCRIBE,From",
        "SUBSCRIBE,P-Preferred-Identity",
        "REFER,From",
        "REFER,P-Preferred-Identity"
    })
    void aUserMayNotSayThatHeIsAnother(String method, String header) {
        var from = header.equals("From") ? ALICE : "sip:mallory@example.com";
        var request = mallory.request(method, BOB, from);
        if (!header.equals("From")) request = request.with(header, "<" + ALICE + ">");
        assertThat(mallory.asks(request)).isEqualTo(403);
        assertThat(bob.arrived).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "P-Asserted-Identity",
                "P-Asserted-Service",
                "P-Served-User",
                "P-Preferred-Service"
            })
    void whatAUserAssertsIsNotBelieved(String header) {
        for (var method : List.of("INVITE", "MESSAGE", "REFER")) {
            bob.arrived.clear();
            var request =
                    mallory.request(method, BOB, "sip:mallory@example.com")
                            .with(header, "<" + ALICE + ">");
            assertThat(mallory.asks(request)).isEqualTo(200);
            var arrived = bob.arrived.getFirst();
            assertThat(arrived.fields("P-Asserted-Identity"))
                    .containsExactly("<sip:mallory@example.com>");
            assertThat(arrived.header("P-Served-User")).isEmpty();
            assertThat(arrived.header("P-Asserted-Service").orElse("")).doesNotContain("carol");
        }
    }

    @Test
    void anAnonymousUserIsAssertedAsHimself() {
        var request =
                alice.request("MESSAGE", BOB, "sip:anonymous@anonymous.invalid")
                        .with("Privacy", "none");
        assertThat(alice.asks(request)).isEqualTo(200);
        assertThat(bob.arrived.getFirst().fields("P-Asserted-Identity"))
                .containsExactly("<" + ALICE + ">");
    }

    @Test
    void aToTagOpensNoDoor() {
        for (var method : List.of("MESSAGE", "BYE", "INFO", "INVITE", "NOTIFY", "REFER")) {
            var inDialog = stranger.request(method, BOB, ALICE).with("To", "<" + BOB + ">;tag=x");
            assertThat(stranger.asks(inDialog)).as(method).isEqualTo(481);
            var routed = inDialog.with("Route", "<sip:0000@" + core + ":5060;lr>");
            assertThat(stranger.asks(routed)).as(method).isEqualTo(481);
        }
        assertThat(bob.arrived).isEmpty();
    }

    @Test
    void aDialogsOwnRouteIsItsKey() {
        assertThat(alice.asks(alice.request("INVITE", BOB, ALICE))).isEqualTo(200);
        var route = bob.arrived.getFirst().values("Record-Route").getFirst();
        var callId = bob.arrived.getFirst().callId();
        bob.arrived.clear();
        var contact = "sip:bob@" + bob.host + ":5060";
        var bye =
                alice.request("BYE", contact, ALICE)
                        .with("To", "<" + BOB + ">;tag=x")
                        .with("Call-ID", callId)
                        .with("Route", route);
        assertThat(alice.asks(bye)).isEqualTo(200);
        assertThat(bob.arrived).hasSize(1);
        // Of another dialog it opens nothing.
        assertThat(alice.asks(bye.with("Call-ID", "another"))).isEqualTo(481);
    }

    @Test
    void whatTheApplicationServersRouteIsGuessedByNobody() {
        for (var user : List.of("odi-orig-0", "odi-term-0", "as-guess", "orig", "")) {
            var route = "<sip:" + (user.isEmpty() ? "" : user + "@") + core + ":5060;lr>";
            var request =
                    stranger.request("MESSAGE", BOB, ALICE)
                            .with("P-Asserted-Identity", "<" + ALICE + ">")
                            .with("Route", route);
            assertThat(stranger.asks(request)).isEqualTo(407);
        }
        assertThat(bob.arrived).isEmpty();
    }

    @Test
    void anApplicationServerWithItsPassIsBelieved() {
        var request =
                stranger.request("MESSAGE", BOB, "sip:list@example.com")
                        .with("P-Asserted-Identity", "<" + ALICE + ">")
                        .with("Route", "<sip:" + PASS + "@" + core + ":5060;lr>");
        assertThat(stranger.asks(request)).isEqualTo(200);
        assertThat(bob.arrived.getFirst().fields("P-Asserted-Identity"))
                .containsExactly("<" + ALICE + ">");
    }

    @Test
    void aListedNeighbourIsBelieved() {
        var neighbour = new Peer("neighbour", "");
        var request =
                neighbour
                        .request("MESSAGE", BOB, "sip:carol@example.org")
                        .with("P-Asserted-Identity", "<sip:carol@example.org>");
        assertThat(neighbour.asks(request)).isEqualTo(200);
        assertThat(bob.arrived.getFirst().fields("P-Asserted-Identity"))
                .containsExactly("<sip:carol@example.org>");
    }

    @Test
    void registrationsAreToldToNobodyElse() {
        var own = mallory.request("SUBSCRIBE", BOB, "sip:mallory@example.com").with("Event", "reg");
        assertThat(mallory.asks(own)).isEqualTo(403);
        assertThat(stranger.asks(stranger.request("SUBSCRIBE", BOB, BOB).with("Event", "reg")))
                .isEqualTo(407);
        var himself = bob.request("SUBSCRIBE", BOB, BOB).with("Event", "reg").with("Expires", "0");
        assertThat(bob.asks(himself)).isEqualTo(200);
    }

    @Test
    void aConnectionThatRegisteredNeedsNoFurtherPassword() {
        var phone = new Peer("phone", "bob", "bob's", "tcp");
        assertThat(phone.registers(BOB)).isEqualTo(200);
        phone.account = null;
        assertThat(phone.asks(phone.request("MESSAGE", ALICE, BOB))).isEqualTo(200);
        assertThat(phone.asks(phone.request("MESSAGE", ALICE, ALICE))).isEqualTo(403);
        var other = new Peer("other", "", "", "tcp");
        assertThat(other.asks(other.request("MESSAGE", ALICE, BOB))).isEqualTo(407);
    }

    @Test
    void aSenderWithoutRegistrationIsToldSo() {
        var absent = new Peer("absent", "bob", "bob's");
        assertThat(bob.unregisters(BOB)).isEqualTo(200);
        assertThat(absent.asks(absent.request("MESSAGE", ALICE, BOB))).isEqualTo(403);
    }

    // ---- who takes part

    private final class Peer implements Transactions.User {
        final String host;
        final List<SipRequest> arrived = new ArrayList<>();
        @Nullable Account account;
        private final World world;
        private final SipTransactions sip;
        private final String transport;
        private int cseq;

        Peer(String node, String username) {
            this(node, username, username + "'s");
        }

        Peer(String node, String username, String password) {
            this(node, username, password, "udp");
        }

        Peer(String node, String username, String password, String transport) {
            this.transport = transport;
            world = simulation.node(node);
            host = simulation.address(node).getHostAddress();
            if (!username.isEmpty()) account = new Account(username, password, world.entropy());
            sip = new SipTransactions(world, SipSettings.standard());
            sip.user(this);
            for (var kind : List.of(Net.Kind.UDP, Net.Kind.TCP))
                sip.listen(kind, new InetSocketAddress(host, 5060));
        }

        @Override
        public void request(Transactions.ServerTransaction transaction) {
            arrived.add(transaction.request());
            transaction.respond(
                    SipResponse.to(transaction.request(), 200)
                            .with("Contact", "<sip:peer@" + host + ":5060>"));
        }

        @Override
        public void ack(SipRequest ack, Flow from) {}

        @Override
        public void strayAnswer(SipResponse response, Flow from) {}

        SipRequest request(String method, String to, String from) {
            return SipRequest.of(method, to)
                    .with("From", "<" + from + ">;tag=" + world.entropy().hex(32))
                    .with("To", "<" + to + ">")
                    .with("Call-ID", world.entropy().hex(64))
                    .with("CSeq", ++cseq + " " + method)
                    .with("Contact", "<sip:peer@" + host + ":5060>")
                    .with("Route", "<sip:" + core + ":5060;transport=" + transport + ";lr>");
        }

        int registers(String aor) {
            return binds(aor, 600);
        }

        int unregisters(String aor) {
            return binds(aor, 0);
        }

        private int binds(String aor, int seconds) {
            var request =
                    request("REGISTER", "sip:" + aor.split("@", 2)[1], aor)
                            .with("To", "<" + aor + ">")
                            .with("Call-ID", "registration-of-" + host)
                            .with("Contact", "<" + aor.split("@", 2)[0] + "@" + host + ":5060>")
                            .with("Expires", Integer.toString(seconds));
            return asks(request);
        }

        /** The code of the final answer, after the challenge if there is one. */
        int asks(SipRequest request) {
            var known = account;
            var sent = known == null ? request : known.signed(request);
            var answer = answer(sent);
            if (known == null || !known.asked(sent, answer)) return answer.code();
            cseq = (int) request.cseq().number() + 1;
            return answer(known.signed(request.with("CSeq", cseq + " " + request.method()))).code();
        }

        private SipResponse answer(SipRequest request) {
            var answers = new ArrayList<SipResponse>();
            var loop = world.loops().getFirst();
            loop.execute(() ->
                    sip.send(
                            loop,
                            request,
                            null,
                            (response, from) -> {
                                if (!response.provisional()) answers.add(response);
                            }));
            simulation.pass(Duration.ofSeconds(9));
            assertThat(answers).as(request.toString()).isNotEmpty();
            return answers.getFirst();
        }
    }
}
