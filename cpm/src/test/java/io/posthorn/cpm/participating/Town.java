package io.posthorn.cpm.participating;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.cpm.call.Calls;
import io.posthorn.cpm.client.ClientSettings;
import io.posthorn.cpm.client.CpmClient;
import io.posthorn.cpm.client.Inbox;
import io.posthorn.cpm.client.Outbound;
import io.posthorn.cpm.client.Receiving;
import io.posthorn.cpm.client.Sending;
import io.posthorn.cpm.policy.Device;
import io.posthorn.cpm.policy.Registrations;
import io.posthorn.cpm.policy.Service;
import io.posthorn.custody.WindowedSpools;
import io.posthorn.msrp.session.MsrpNode;
import io.posthorn.msrp.session.MsrpSettings;
import io.posthorn.sip.dialog.DialogUserAgent;
import io.posthorn.sip.dialog.Leg;
import io.posthorn.sip.dialog.LegEvent;
import io.posthorn.sip.dialog.Notifier;
import io.posthorn.sip.dialog.NotifierEvent;
import io.posthorn.sip.dialog.Question;
import io.posthorn.sip.dialog.Settings.IntervalCheck;
import io.posthorn.sip.dialog.SipUserAgent;
import io.posthorn.sip.dialog.Subscription;
import io.posthorn.sip.dialog.SubscriptionEvent;
import io.posthorn.sip.transaction.SipSettings;
import io.posthorn.sip.transaction.SipTransactions;
import io.posthorn.sip.transport.Flow;
import io.posthorn.sip.wire.FeatureTags;
import io.posthorn.sip.wire.Params;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.strand.Lane;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Net;
import io.posthorn.strand.Track;
import io.posthorn.strand.World;
import io.posthorn.strand.sim.Simulation;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Alice, the originating function, the terminating function, Bob's devices: all real stacks, with
 * routes in place of a core. Alice's own agent asserts who she is, as her core would.
 */
final class Town implements AutoCloseable {

    static final String ALICE = "sip:alice@example.com";
    static final String BOB = "sip:bob@example.net";
    static final Path FILE = Path.of("/home/photo.jpg");
    static final Path INTO = Path.of("/in");

    final Simulation s;
    final Map<String, Node> nodes = new LinkedHashMap<>();
    final List<Device> devices = new ArrayList<>();
    final List<Inbox.Received> received = new ArrayList<>();
    final List<String> again = new ArrayList<>();
    final List<String> failures = new ArrayList<>();
    final List<Sending.Outcome> outcomes = new ArrayList<>();
    UnaryOperator<Settings> atOriginating = settings -> settings;
    UnaryOperator<Settings> atTerminating = settings -> settings;
    UnaryOperator<ClientSettings> atAlice = settings -> settings;
    UnaryOperator<SipRequest> passing = request -> request;
    @org.jspecify.annotations.Nullable Leg calling;
    private int started;
    final Map<String, WindowedSpools> spools = new LinkedHashMap<>();
    final Map<String, Calls> calls = new LinkedHashMap<>();
    Receiving receiving = Receiving.into(INTO);

    /** One node's stacks. */
    record Node(World world, SipTransactions sip, DialogUserAgent agent, MsrpNode msrp) {}

    Town(long seed) {
        s = new Simulation(seed);
    }

    Node node(String name) {
        return nodes.computeIfAbsent(name, this::made);
    }

    private Node made(String name) {
        started++;
        var world = s.node(name);
        var sip = new SipTransactions(world, SipSettings.standard());
        var host = s.address(name).getHostAddress();
        var agent =
                new DialogUserAgent(
                        world,
                        sip,
                        io.posthorn.sip.dialog.Settings.at(host, 5060)
                                .sessionExpires(90, 86_400, IntervalCheck.BY_PROCEDURE));
        sip.listen(Net.Kind.UDP, new InetSocketAddress(s.address(name), 5060));
        sip.listen(Net.Kind.TCP, new InetSocketAddress(s.address(name), 5060));
        var msrp = new MsrpNode(world, MsrpSettings.at(s.address(name), 2855).withTls(2955));
        return new Node(world, sip, agent, msrp);
    }

    String route(String name, String more) {
        return "<sip:" + s.address(name).getHostAddress() + ":5060;transport=tcp;lr" + more + ">";
    }

    /** Starts both functions. */
    Town functions() {
        var opf = node("opf");
        var tpf = node("tpf");
        var hops =
                List.of(
                        s.address("alice").getHostAddress(),
                        s.address("opf").getHostAddress(),
                        "127.0.0.1");
        var originating =
                Participating.start(
                        opf.world(),
                        opf.agent(),
                        opf.msrp(),
                        spools("opf", opf),
                        atOriginating.apply(Settings.open(route("tpf", ""), "opf").trusting(hops)));
        var terminating =
                Participating.start(
                        tpf.world(),
                        new Direct(tpf.agent()),
                        tpf.msrp(),
                        spools("tpf", tpf),
                        (user, then) -> then.accept(Registrations.Registered.of(devices)),
                        atTerminating.apply(Settings.open("", "tpf").trusting(hops)));
        calls.put("opf", originating.calls());
        calls.put("tpf", terminating.calls());
        return this;
    }

    private WindowedSpools spools(String name, Node node) {
        var settings = new WindowedSpools.Settings(Path.of("/spool"), 1 << 20, 1 << 20, 1 << 28, 2);
        var made = new WindowedSpools(node.world(), settings);
        spools.put(name, made);
        return made;
    }

    /** A device of Bob that takes messages; the TPF knows it. */
    CpmClient device(String name) {
        var node = node(name);
        var instance = "urn:uuid:00000000-0000-4000-8000-00000000000" + devices.size();
        var client =
                new CpmClient(
                        node.world(),
                        node.agent(),
                        node.msrp(),
                        ClientSettings.of(BOB, instance, route("tpf", "")));
        client.onReceive(receiving, inbox());
        calls.put(name, client.calls());
        know(name, instance);
        return client;
    }

    /** Makes the TPF believe that {@code name} is a device of Bob. */
    void know(String name, String instance) {
        var contact = "sip:bob@" + s.address(name).getHostAddress() + ":5060;transport=tcp";
        devices.add(
                new Device(
                        contact,
                        contact,
                        instance,
                        FeatureTags.among(Params.parse(";" + Service.LARGE_MESSAGE.tag())),
                        1));
    }

    private Inbox inbox() {
        return new Inbox() {
            @Override
            public void received(Received message) {
                received.add(message);
            }

            @Override
            public void again(String from, String messageId) {
                again.add(messageId);
            }

            @Override
            public void failed(String from, String why) {
                failures.add(why);
            }
        };
    }

    CpmClient alice() {
        var node = node("alice");
        var client =
                new CpmClient(
                        node.world(),
                        new Asserting(node.agent()),
                        node.msrp(),
                        atAlice.apply(
                                ClientSettings.of(
                                        ALICE,
                                        "urn:uuid:00000000-0000-4000-8000-0000000000aa",
                                        route("opf", ";orig"))));
        calls.put("alice", client.calls());
        return client;
    }

    /** Alice sends {@code bytes} from a file on her disk; returns the Contribution-ID. */
    String sends(CpmClient alice, byte[] bytes) {
        has(bytes);
        return alice.send(Outbound.file(BOB, FILE, "image/jpeg"), outcomes::add);
    }

    /** Alice's file says this from now on. */
    void has(byte[] bytes) {
        var world = node("alice").world();
        world.strands()
                .run(
                        Lane.DISK,
                        () -> {
                            world.disk().delete(FILE);
                            var file = world.disk().create(FILE, 0);
                            file.write(0, io.netty.buffer.Unpooled.wrappedBuffer(bytes));
                            file.force();
                            file.close();
                        });
        s.pass(Duration.ofSeconds(1));
    }

    /** After all that may still be answered or retransmitted nothing is left of any call. */
    void leavesNothing() {
        s.pass(Duration.ofMinutes(2));
        for (var node : nodes.entrySet()) leavesNothing(node.getKey(), node.getValue());
        // What a crashed node held is gone with it.
        if (nodes.size() == started) assertThat(s.unreleased()).isZero();
    }

    private void leavesNothing(String name, Node node) {
        assertThat(s.leftovers(name)).as(name).noneMatch(left -> left.startsWith("strand"));
        assertThat(node.agent().stats().open()).as(name + " dialogs").isZero();
        assertThat(node.msrp().open()).as(name).isEqualTo(new MsrpNode.Open(0, 0, 0));
        var made = calls.get(name);
        if (made != null) assertThat(made.open()).as(name + " calls").isZero();
        var kept = spools.get(name);
        if (kept != null) {
            assertThat(kept.open()).as(name + " spools").isZero();
            assertThat(kept.held()).as(name + " bytes in spools").isZero();
        }
    }

    byte[] file(String node, String name) {
        return s.disk(node).contents(INTO.resolve(name));
    }

    static byte[] bytes(int count) {
        var bytes = new byte[count];
        for (int i = 0; i < count; i++) bytes[i] = (byte) (i * 31 + (i >> 8) * 17 + (i >> 16));
        return bytes;
    }

    @Override
    public void close() {
        s.close();
    }

    /** What passed, a line each: for a failing test. */
    String story() {
        var story = new StringBuilder();
        story.append(outcomes).append(received).append(failures).append('\n');
        for (var name : nodes.keySet())
            story.append(name).append(": ").append(s.recorder(name)).append('\n');
        return story.toString();
    }

    /** Asserts P-Asserted-Identity, and lets a test change what passes. */
    private final class Asserting extends Passing {
        Asserting(SipUserAgent agent) {
            super(agent);
        }

        @Override
        public Leg invite(SipRequest invite, Track track, Predicate<LegEvent> inbox) {
            var asserted =
                    invite.with("P-Asserted-Identity", "<" + ALICE + ">")
                            .without("P-Preferred-Identity")
                            .without("P-Preferred-Service");
            calling = agent.invite(passing.apply(asserted), track, inbox);
            return calling;
        }
    }

    /** Calls devices where they are, as there is no core to route. */
    private static final class Direct extends Passing {
        Direct(SipUserAgent agent) {
            super(agent);
        }

        @Override
        public Leg invite(SipRequest invite, Track track, Predicate<LegEvent> inbox) {
            return agent.invite(invite.without("Route"), track, inbox);
        }
    }

    private static class Passing implements SipUserAgent {
        final SipUserAgent agent;

        Passing(SipUserAgent agent) {
            this.agent = agent;
        }

        @Override
        public void onInvite(Consumer<Leg> incoming) {
            agent.onInvite(incoming);
        }

        @Override
        public void onRequest(String method, Consumer<Question> incoming) {
            agent.onRequest(method, incoming);
        }

        @Override
        public Leg invite(SipRequest invite, Track track, Predicate<LegEvent> inbox) {
            return agent.invite(invite, track, inbox);
        }

        @Override
        public void ask(SipRequest request, Predicate<SipResponse> inbox) {
            agent.ask(request, inbox);
        }

        @Override
        public void askAlong(SipRequest request, BiPredicate<SipResponse, @Nullable Flow> inbox) {
            agent.askAlong(request, inbox);
        }

        @Override
        public Loop.Cancel keepAlive(Flow flow, Duration silence, Runnable lost) {
            return agent.keepAlive(flow, silence, lost);
        }

        @Override
        public Subscription subscribe(SipRequest subscribe, Consumer<SubscriptionEvent> inbox) {
            return agent.subscribe(subscribe, inbox);
        }

        @Override
        public Notifier accept(
                Question subscribe, Duration expires, Consumer<NotifierEvent> inbox) {
            return agent.accept(subscribe, expires, inbox);
        }

        @Override
        public String callId(Loop home) {
            return agent.callId(home);
        }

        @Override
        public String contact() {
            return agent.contact();
        }

        @Override
        public Stats stats() {
            return agent.stats();
        }
    }
}
