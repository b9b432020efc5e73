package io.posthorn.sip.transport;

import io.posthorn.sip.wire.Params;
import io.posthorn.sip.wire.SipMessage;
import io.posthorn.sip.wire.SipParser;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipSyntax;
import io.posthorn.sip.wire.Via;
import io.posthorn.strand.Link;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Names;
import io.posthorn.strand.Net;
import io.posthorn.strand.Target;
import io.posthorn.strand.Unavailable;
import io.posthorn.strand.World;
import java.io.Closeable;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * All sockets of one node that carry SIP. What comes in is framed, parsed and handed up with the
 * flow it came by; what cannot be parsed is answered here. A connection that we opened is used
 * again for the same address by whoever is on its loop; one that was accepted only by who names it
 * (RFC 5923: without an alias nobody may be reached by it).
 *
 * <p>A port is served by one loop, and so are the connections that it accepts; each loop opens its
 * own connections outward.
 */
public final class Transport implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(Transport.class.getName());

    /** Ours: connections accepted from one address at the same time. */
    static final int MAX_PER_PEER = 1_000;

    /** Ours: log lines about bad input, on one loop in one second. */
    static final int MAX_NOTES = 10;

    /** Who takes what arrives. Called on the flow's loop. */
    public interface Receiver {

        /**
         * A whole message. Its topmost Via says where it came from already, if it is a request.
         * Every request that is not an ACK must be followed by one {@link #answered}.
         */
        void received(SipMessage<?> message, Flow from);

        /** A connection ended; nothing more comes or goes by it. */
        void closed(Flow flow);
    }

    enum Origin {
        ACCEPTED,
        OPENED
    }

    private record Port(Net.Kind kind, Loop loop, InetSocketAddress at, Closeable socket) {}

    /**
     * @param name whom the certificate names, for TLS: at the same address another domain may be
     *     served, and its messages are not for this one (RFC 5922, RFC 5923); else empty
     */
    private record Peer(Net.Kind kind, InetSocketAddress address, String name) {
        static Peer of(Target to) {
            boolean secure = to.kind() == Net.Kind.TLS;
            return new Peer(
                    to.kind(), to.address(), secure ? to.name().toLowerCase(Locale.ROOT) : "");
        }
    }

    /**
     * Connections that came from one address.
     *
     * @param since the second that {@code count} is of
     */
    private record Arriving(Instant since, int count) {}

    /** Who waits for a connection that is being opened. */
    private record Waiting(Consumer<Flow> opened, Consumer<Exception> failed) {}

    /** The connections of one loop. Touched on that loop only. */
    private static final class Lines {
        final Map<Peer, StreamFlow> opened = new LinkedHashMap<>();
        final Map<Peer, List<Waiting>> opening = new LinkedHashMap<>();
        final Map<InetAddress, Integer> accepted = new LinkedHashMap<>();
        final List<StreamFlow> all = new ArrayList<>();
        final UdpPeers peers = new UdpPeers();
        final List<KeepAlive> keepAlives = new ArrayList<>();
        final Map<InetAddress, Arriving> arriving = new LinkedHashMap<>();
        int notes;
        Instant quietUntil = Instant.MIN;
    }

    private final World world;
    private final String run;
    private final int perSecond;
    private final LongAdder turnedAway = new LongAdder();
    private final String advertised;
    private final Receiver receiver;
    private final Map<Loop, Lines> lines = new LinkedHashMap<>();
    private final AtomicInteger connections = new AtomicInteger();
    private volatile List<Port> ports = List.of();
    private volatile boolean closed;

    /**
     * @param advertised the host that Via names as ours; empty: the address of the socket
     * @param perSecond new connections from one address in a second, on one loop; what comes above
     *     is closed. Not on loopback, where all have the same
     */
    public Transport(World world, String advertised, int perSecond, Receiver receiver) {
        this.world = world;
        this.run = world.entropy().hex(32);
        this.perSecond = perSecond;
        this.advertised = advertised;
        this.receiver = receiver;
        for (var loop : world.loops()) lines.put(loop, new Lines());
    }

    /**
     * Opens a port.
     *
     * @param at port 0 takes a free one
     * @return where it is
     * @throws Unavailable if the port is taken; the message names it
     * @throws IllegalStateException if nobody could answer to our Via: a UDP socket at every
     *     address, and no advertised host
     */
    public InetSocketAddress listen(Net.Kind kind, InetSocketAddress at) {
        boolean everywhere = at.getAddress() != null && at.getAddress().isAnyLocalAddress();
        if (kind == Net.Kind.UDP && everywhere && advertised.isEmpty())
            throw new IllegalStateException("UDP at " + at + " without an advertised host");
        var loops = world.loops();
        var loop = loops.get(ports.size() % loops.size());
        var port = kind == Net.Kind.UDP ? datagrams(loop, at) : streams(kind, loop, at);
        var all = new ArrayList<>(ports);
        all.add(port);
        ports = List.copyOf(all);
        return port.at();
    }

    private Port streams(Net.Kind kind, Loop loop, InetSocketAddress at) {
        var listening = world.net().listen(kind, loop, at, link -> accept(kind, link));
        return new Port(kind, loop, listening.at(), listening);
    }

    private Port datagrams(Loop loop, InetSocketAddress at) {
        // the first datagram may come before the socket is known here
        var known = new AtomicReference<Net.Datagrams>();
        var peers = linesOf(loop).peers;
        var socket =
                world.net()
                        .datagrams(
                                loop,
                                at,
                                (peer, bytes) -> {
                                    var mine = known.get();
                                    if (mine != null) datagram(peers.flow(loop, mine, peer), bytes);
                                });
        known.set(socket);
        return new Port(Net.Kind.UDP, loop, socket.at(), socket);
    }

    /** Where a kind is listened to, in the order of {@link #listen}. */
    public List<InetSocketAddress> at(Net.Kind kind) {
        return ports.stream().filter(p -> p.kind() == kind).map(Port::at).toList();
    }

    /** Connections that are open now. Any thread. */
    public int connections() {
        return connections.get();
    }

    /**
     * Finds a way to {@code to}: a socket, a connection that we opened before, or a new one. On
     * {@code here}; one of the two is called there, perhaps at once.
     */
    public void open(Loop here, Target to, Consumer<Flow> opened, Consumer<Exception> failed) {
        if (closed) failed.accept(new Unavailable("SIP transport is closed", null));
        else if (to.kind() == Net.Kind.UDP) openUdp(here, to.address(), opened, failed);
        else openStream(here, to, new Waiting(opened, failed));
    }

    private void openUdp(
            Loop here, InetSocketAddress to, Consumer<Flow> opened, Consumer<Exception> failed) {
        var from = port(Net.Kind.UDP, to);
        var refusal = world.net().refusal(to);
        if (refusal != null) failed.accept(new Unavailable(refusal, null));
        else if (from != null && from.socket() instanceof Net.Datagrams socket)
            opened.accept(linesOf(here).peers.flow(from.loop(), socket, to));
        else failed.accept(new Unavailable("no UDP socket to reach " + to, null));
    }

    private void openStream(Loop here, Target to, Waiting waiting) {
        var mine = linesOf(here);
        var peer = Peer.of(to);
        var known = known(mine, peer);
        if (known != null && known.open()) {
            waiting.opened().accept(known);
            return;
        }
        var queue = mine.opening.get(peer);
        if (queue != null) {
            queue.add(waiting);
            return;
        }
        var first = new ArrayList<Waiting>();
        first.add(waiting);
        mine.opening.put(peer, first);
        world.net().connect(here, to, link -> opened(peer, link), why -> failed(here, peer, why));
    }

    /**
     * A connection that we opened to {@code peer}: over TLS also for another name, if its
     * certificate is for that one too. Source: RFC 5922 section 7, RFC 5923 section 5.
     */
    private static @Nullable StreamFlow known(Lines mine, Peer peer) {
        var known = mine.opened.get(peer);
        if (known != null || peer.kind() != Net.Kind.TLS) return known;
        for (var entry : mine.opened.entrySet()) {
            var shown = entry.getValue().certified();
            if (entry.getKey().kind() == Net.Kind.TLS
                    && entry.getKey().address().equals(peer.address())
                    && shown != null
                    && shown.covers(peer.name())) return entry.getValue();
        }
        return null;
    }

    private Link.Reader opened(Peer peer, Link link) {
        var mine = linesOf(link.loop());
        var flow = new StreamFlow(this, link, peer.kind(), Origin.OPENED);
        mine.all.add(flow);
        mine.opened.put(peer, flow);
        connections.incrementAndGet();
        // handed out after the reader is in place
        link.loop().execute(() -> taken(mine, peer).forEach(w -> w.opened().accept(flow)));
        return flow;
    }

    private void failed(Loop here, Peer peer, Exception why) {
        taken(linesOf(here), peer).forEach(w -> w.failed().accept(why));
    }

    private static List<Waiting> taken(Lines mine, Peer peer) {
        var queue = mine.opening.remove(peer);
        return queue == null ? List.of() : queue;
    }

    /**
     * Sends {@code bytes} along {@code flow}.
     *
     * @param here the loop this is called on
     * @param lost called on {@code here} if the flow had ended or cannot carry so much; never for
     *     what is lost on the way
     */
    public void send(Loop here, Flow flow, byte[] bytes, Runnable lost) {
        switch (flow) {
            case UdpFlow udp -> {
                if (bytes.length > UdpFlow.MAX) here.execute(lost);
                else udp.socket().send(udp.remote(), bytes);
            }
            case StreamFlow stream -> on(stream, here, () -> stream(here, stream, bytes, lost));
            default -> throw new IllegalStateException("a flow of another transport");
        }
    }

    private static void stream(Loop here, StreamFlow stream, byte[] bytes, Runnable lost) {
        if (stream.open()) stream.send(bytes);
        else here.execute(lost);
    }

    /** The request that came by {@code flow} has got its first answer, or will get none. */
    public void answered(Loop here, Flow flow) {
        if (flow instanceof StreamFlow stream) on(stream, here, stream::answered);
    }

    private static void on(StreamFlow stream, Loop here, Runnable task) {
        if (stream.loop() == here) task.run();
        else stream.loop().execute(task);
    }

    /** Our Via for a request that leaves by {@code flow}. Source: RFC 3261 18.1.1, RFC 3581. */
    public Via via(Flow flow, String branch) {
        var sentBy = sentBy(flow);
        var via =
                new Via(
                        flow.kind().name(),
                        advertised.isEmpty() ? host(sentBy.getAddress()) : advertised,
                        sentBy.getPort(),
                        Params.NONE);
        return via.with("branch", branch).with("rport", null);
    }

    /** Where an answer may come to if the connection is gone: the port we listen on. */
    private InetSocketAddress sentBy(Flow flow) {
        var port = flow.kind() == Net.Kind.UDP ? flow.local() : null;
        if (port == null) {
            var listening = port(flow.kind(), flow.remote());
            port = listening == null ? flow.local() : listening.at();
        }
        if (!port.getAddress().isAnyLocalAddress()) return port;
        return new InetSocketAddress(flow.local().getAddress(), port.getPort());
    }

    /** The port of that kind from which {@code to} can be reached. */
    private @Nullable Port port(Net.Kind kind, InetSocketAddress to) {
        Port best = null;
        for (var port : ports) {
            if (port.kind() != kind || !reaches(port.at().getAddress(), to.getAddress())) continue;
            if (best == null || fits(port, to) && !fits(best, to)) best = port;
        }
        return best;
    }

    private static boolean reaches(InetAddress ours, @Nullable InetAddress theirs) {
        return theirs != null && (ours.isAnyLocalAddress() || ours.getClass() == theirs.getClass());
    }

    private static boolean fits(Port port, InetSocketAddress to) {
        var ours = port.at().getAddress();
        return ours.getClass() == to.getAddress().getClass()
                && ours.isLoopbackAddress() == to.getAddress().isLoopbackAddress();
    }

    /** From the socket of {@code udp} to another address. */
    public static Flow to(InetSocketAddress address, Flow udp) {
        if (udp instanceof UdpFlow same) return new UdpFlow(same.loop(), same.socket(), address);
        throw new IllegalStateException("not a UDP flow");
    }

    /** As it stands in a URI or a Via. */
    public static String host(InetAddress address) {
        var text = address.getHostAddress();
        int zone = text.indexOf('%');
        if (zone >= 0) text = text.substring(0, zone);
        return text.contains(":") ? "[" + text + "]" : text;
    }

    /** Resolves what no number names. Source: RFC 3263. */
    public Names names() {
        return world.names();
    }

    private Lines linesOf(Loop loop) {
        var mine = lines.get(loop);
        if (mine == null) throw new IllegalStateException("not a loop of this node");
        return mine;
    }

    private Link.Reader accept(Net.Kind kind, Link link) {
        var mine = linesOf(link.loop());
        var flow = new StreamFlow(this, link, kind, Origin.ACCEPTED);
        mine.all.add(flow);
        connections.incrementAndGet();
        int count = mine.accepted.merge(link.remote().getAddress(), 1, Integer::sum);
        if (count > MAX_PER_PEER) turnAway(flow, "more than 1,000 connections from one address");
        else if (tooFast(mine, link)) turnAway(flow, "too many connections in a second");
        return flow;
    }

    private void turnAway(StreamFlow flow, String rule) {
        turnedAway.increment();
        flow.close(rule);
    }

    private boolean tooFast(Lines mine, Link link) {
        var from = link.remote().getAddress();
        if (from.isLoopbackAddress()) return false;
        var now = link.loop().now();
        // no more of them than came within a second
        mine.arriving.values().removeIf(old -> !now.isBefore(old.since().plusSeconds(1)));
        var known = mine.arriving.getOrDefault(from, new Arriving(now, 0));
        mine.arriving.put(from, new Arriving(known.since(), known.count() + 1));
        return known.count() >= perSecond;
    }

    /** Connections that were closed at once, as too many came from one address. Any thread. */
    public long turnedAway() {
        return turnedAway.sum();
    }

    void ended(StreamFlow flow) {
        var mine = linesOf(flow.loop());
        mine.all.remove(flow);
        mine.opened.values().remove(flow);
        if (flow.origin() == Origin.ACCEPTED)
            mine.accepted.computeIfPresent(
                    flow.remote().getAddress(), (_, n) -> n == 1 ? null : n - 1);
        connections.decrementAndGet();
        receiver.closed(flow);
    }

    private void datagram(UdpFlow from, byte[] bytes) {
        switch (Datagram.cut(bytes)) {
            case Cut.Whole(var message) -> arrived(from, message);
            case Cut.Refused(var why, var head) -> refuse(from, why, head);
            case Cut.Garbage(var rule) -> note(from, rule);
            case Cut.Stun(var message) -> stun(from, message);
            case Cut.More _, Cut.Ping _ -> {}
        }
    }

    private void stun(UdpFlow from, byte[] message) {
        var seen = Stun.seen(message);
        if (seen.isPresent()) {
            for (var waiting : List.copyOf(linesOf(from.loop()).keepAlives))
                if (waiting.awaits(seen.get().id())) waiting.seen(seen.get());
            return;
        }
        Stun.answer(message, from.remote(), run)
                .ifPresentOrElse(
                        answer -> from.socket().send(from.remote(), answer),
                        () -> note(from, "STUN without sense"));
    }

    /**
     * Keeps {@code flow} open; {@code lost} is called once, on its loop, when it has ended or the
     * other side is not there any more, or is not the one that was there. Any thread.
     *
     * @param silence how long it may be silent; zero: only its end is heard of
     */
    public Loop.Cancel keepAlive(Flow flow, Duration silence, Runnable lost) {
        var keeping = new KeepAlive(this, flow, silence, world.entropy(), lost);
        flow.loop().execute(keeping::begin);
        return keeping;
    }

    void awaits(KeepAlive keeping, UdpFlow flow) {
        var all = linesOf(flow.loop()).keepAlives;
        if (!all.contains(keeping)) all.add(keeping);
    }

    void awaitsNoMore(KeepAlive keeping, UdpFlow flow) {
        linesOf(flow.loop()).keepAlives.remove(keeping);
    }

    /**
     * Parses and hands up.
     *
     * @return true if it is a request that wants an answer
     */
    boolean arrived(Flow from, byte[] bytes) {
        SipMessage<?> message;
        try {
            message = SipParser.parse(bytes);
            if (message instanceof SipRequest request) message = received(request, from);
        } catch (SipSyntax wrong) {
            refuse(from, wrong, bytes);
            return false;
        }
        boolean wantsAnswer =
                message instanceof SipRequest request && !request.method().equals("ACK");
        try {
            receiver.received(message, from);
        } catch (SipSyntax wrong) {
            refuse(from, wrong, bytes);
            return false;
        } catch (RuntimeException bug) {
            LOG.log(System.Logger.Level.ERROR, "SIP message from " + from.remote(), bug);
            return false;
        }
        return wantsAnswer;
    }

    private static SipRequest received(SipRequest request, Flow from) {
        var via = request.via();
        var seen = seen(via, from.remote());
        return seen.equals(via) ? request : request.withTopVia(seen);
    }

    /** RFC 3261 section 18.2.1, RFC 3581 section 4: the topmost Via says where this came from. */
    static Via seen(Via via, InetSocketAddress source) {
        var told = via.params();
        boolean port = told.has("rport");
        if (!port && !told.has("received") && names(via.host(), source.getAddress())) return via;
        // what the sender says of itself here is not believed; RFC 5118 section 4.5: no brackets
        var seen = via.with("received", unbracketed(host(source.getAddress())));
        return port ? seen.with("rport", Integer.toString(source.getPort())) : seen;
    }

    /** Whether {@code host} is {@code address} in any of its spellings; IPv6 has several. */
    private static boolean names(String host, InetAddress address) {
        try {
            return InetAddress.ofLiteral(unbracketed(host)).equals(address);
        } catch (IllegalArgumentException name) {
            return false;
        }
    }

    private static String unbracketed(String host) {
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    /** Answers what can be answered. A response gets none, and no ACK. */
    void refuse(Flow from, SipSyntax why, byte[] message) {
        note(from, String.valueOf(why.getMessage()));
        var answer = SipParser.tryAnswer(message, why);
        if (answer.isEmpty()) return;
        var response = answer.get();
        if (why.status() == 413) response = response.with("Warning", "399 posthorn \"too large\"");
        send(from.loop(), from, response.bytes(), () -> {});
    }

    /** On the flow's loop. Ours: so many lines a second; bad input must not fill the disk. */
    void note(Flow from, String rule) {
        var mine = linesOf(from.loop());
        var now = from.loop().now();
        if (!now.isBefore(mine.quietUntil)) {
            int more = mine.notes - MAX_NOTES;
            if (more > 0) LOG.log(System.Logger.Level.INFO, () -> "SIP: " + more + " lines more");
            mine.notes = 0;
            mine.quietUntil = now.plusSeconds(1);
        }
        if (mine.notes++ < MAX_NOTES)
            LOG.log(System.Logger.Level.INFO, () -> "SIP from " + from.remote() + ": " + rule);
    }

    /** Closes ports and connections. Any thread. */
    @Override
    public void close() {
        closed = true;
        for (var port : ports) {
            try {
                port.socket().close();
            } catch (java.io.IOException e) {
                throw new Unavailable("SIP port " + port.at(), e);
            }
        }
        lines.forEach((loop, mine) ->
                loop.execute(() -> List.copyOf(mine.all).forEach(StreamFlow::shut)));
    }
}
