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
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A core whose users have passwords, a network, and peers that say what a test wants. */
final class CoreGround implements AutoCloseable {

    static final String ALICE = "sip:alice@example.com";
    static final String BOB = "sip:bob@example.net";
    static final String MALLORY = "sip:mallory@example.com";
    static final String PASS = "as-0123456789abcdef";
    static final Secrets USERS =
            (name, realm, algorithm) ->
                    List.of("alice", "bob", "mallory").contains(name)
                            ? Optional.of(algorithm.secret(name, realm, name + "'s"))
                            : Optional.empty();

    final Simulation simulation = new Simulation(7);
    final String core = host("core");
    final SipCore sipCore;

    CoreGround(FilterCriteria... filters) {
        this(SipCore.Limits.USUAL, filters);
    }

    CoreGround(SipCore.Limits limits, FilterCriteria... filters) {
        var world = simulation.node("core");
        var transactions = new SipTransactions(world, SipSettings.standard());
        var access =
                new SipCore.Access(
                        USERS, false, Duration.ofMinutes(5), PASS, List.of(host("neighbour")));
        sipCore =
                new SipCore(
                        world,
                        transactions,
                        new SipCore.Settings(
                                core,
                                5060,
                                List.of("example.com", "example.net"),
                                Duration.ofDays(7),
                                List.of(filters),
                                limits,
                                access));
        for (var kind : List.of(Net.Kind.UDP, Net.Kind.TCP))
            transactions.listen(kind, new InetSocketAddress(core, 5060));
    }

    String host(String node) {
        return simulation.address(node).getHostAddress();
    }

    /** Nothing is under way any more. */
    @Override
    public void close() {
        simulation.pass(Duration.ofSeconds(70));
        assertThat(sipCore.open()).isZero();
        simulation.close();
    }

    Peer peer(String node, String username) {
        return new Peer(node, username, "udp");
    }

    /** Registers over TCP, and reads what comes over its connection. */
    Peer byTcp(String node, String username) {
        return new Peer(node, username, "tcp");
    }

    static String instance(int n) {
        return String.format("urn:uuid:00000000-0000-4000-8000-%012d", n);
    }

    /** One machine with one account, or none. */
    final class Peer implements Transactions.User {
        final String host;
        final World world;
        final SipTransactions sip;
        final List<SipRequest> arrived = new ArrayList<>();
        final List<SipRequest> acks = new ArrayList<>();
        final @Nullable Account account;

        UnaryOperator<SipResponse> answers = ok -> ok;
        boolean silent;

        String contact;
        private final String node;
        private final String transport;
        private int cseq;

        private Peer(String node, String username, String transport) {
            this.node = node;
            this.transport = transport;
            world = simulation.node(node);
            host = host(node);
            contact = "<sip:" + (username.isEmpty() ? "peer" : username) + "@" + host + ":5060>";
            account =
                    username.isEmpty()
                            ? null
                            : new Account(username, username + "'s", world.entropy());
            sip = new SipTransactions(world, SipSettings.standard());
            sip.user(this);
            for (var kind : List.of(Net.Kind.UDP, Net.Kind.TCP))
                sip.listen(kind, new InetSocketAddress(host, 5060));
        }

        @Override
        public void request(Transactions.ServerTransaction transaction) {
            arrived.add(transaction.request());
            var answer =
                    answers.apply(
                            SipResponse.to(transaction.request(), 200).with("Contact", contact));
            if (!silent) transaction.respond(withRoutes(transaction.request(), answer));
        }

        private static SipResponse withRoutes(SipRequest request, SipResponse answer) {
            var whole = answer;
            for (var route : request.values("Record-Route"))
                whole = whole.withAdded("Record-Route", route);
            return whole;
        }

        @Override
        public void ack(SipRequest ack, Flow from) {
            acks.add(ack);
        }

        @Override
        public void strayAnswer(SipResponse response, Flow from) {}

        SipRequest last() {
            assertThat(arrived).as("what arrived at " + node).isNotEmpty();
            return arrived.getLast();
        }

        SipRequest request(String method, String to, String from) {
            return SipRequest.of(method, to)
                    .with("From", "<" + from + ">;tag=" + world.entropy().hex(32))
                    .with("To", "<" + to + ">")
                    .with("Call-ID", world.entropy().hex(64))
                    .with("CSeq", ++cseq + " " + method)
                    .with("Contact", contact)
                    .with("Route", "<sip:" + core + ":5060;transport=" + transport + ";lr>");
        }

        /** A REGISTER for {@code seconds}, to be changed before it is asked. */
        SipRequest registration(String aor, int seconds) {
            return request("REGISTER", "sip:" + aor.split("@", 2)[1], aor)
                    .with("To", "<" + aor + ">")
                    .with("Call-ID", "registration-of-" + node)
                    .with("Expires", Integer.toString(seconds));
        }

        /** The same with RFC 5626: this flow of that instance. */
        SipRequest flow(String aor, int instance, int flow, int seconds) {
            return registration(aor, seconds)
                    .with("Supported", "path, outbound, gruu")
                    .with(
                            "Contact",
                            contact
                                    + ";+sip.instance=\"<"
                                    + instance(instance)
                                    + ">\";reg-id="
                                    + flow);
        }

        SipResponse registers(String aor) {
            var answer = asks(registration(aor, 600));
            assertThat(answer.code()).as(node + " registers").isEqualTo(200);
            return answer;
        }

        /** The final answer, after the challenge if there is one. */
        SipResponse asks(SipRequest request) {
            var known = account;
            var sent = known == null ? request : known.signed(request);
            var answer = answer(sent);
            if (known == null || !known.asked(sent, answer)) return answer;
            cseq = (int) request.cseq().number() + 1;
            return answer(known.signed(request.with("CSeq", cseq + " " + request.method())));
        }

        /** Does not wait for an answer. */
        void send(SipRequest request) {
            var loop = world.loops().getFirst();
            loop.execute(() -> sip.send(loop, request, null, (_, _) -> {}));
            simulation.pass(Duration.ofMillis(100));
        }

        /** The answer to exactly this. */
        SipResponse answer(SipRequest request) {
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
            simulation.pass(Duration.ofSeconds(1));
            if (answers.isEmpty()) simulation.pass(Duration.ofSeconds(40));
            assertThat(answers).as(request.toString()).isNotEmpty();
            return answers.getFirst();
        }

        /** The device is cut off; its connections end. */
        void crash() {
            simulation.crash(node);
            simulation.pass(Duration.ofSeconds(1));
        }
    }
}
