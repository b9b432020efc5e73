package io.posthorn.msrp.session;

import io.posthorn.msrp.wire.MsrpHead;
import io.posthorn.strand.Link;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Net;
import io.posthorn.strand.Track;
import io.posthorn.strand.Unavailable;
import io.posthorn.strand.World;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** One loop's share of an {@link MsrpNode}: its port, its sessions, its connections. */
final class LoopEndpoint {

    private final World world;
    private final Loop loop;
    private final MsrpSettings settings;
    private final MsrpNode.Counts counts;
    private final TransactionIds ids;
    private final Promises promises;
    private final Door plain;
    private final @Nullable Door secure;
    private final Map<String, HomeSession> sessions = new LinkedHashMap<>();
    private final Decoders decoders = new Decoders();
    private final Set<Connection> unbound = new LinkedHashSet<>();
    private final Map<InetAddress, Integer> unboundOf = new HashMap<>();

    /**
     * A port that is listened at.
     *
     * @param at as our URIs name it
     */
    private record Door(Net.Listening listening, InetSocketAddress at) {}

    LoopEndpoint(
            World world, Loop loop, int number, MsrpSettings settings, MsrpNode.Counts counts) {
        this.world = world;
        this.loop = loop;
        this.settings = settings;
        this.counts = counts;
        this.ids = new TransactionIds(world.entropy());
        this.promises = new Promises(world.net());
        this.plain =
                door(
                        Net.Kind.TCP,
                        new InetSocketAddress(settings.listen(), settings.port()),
                        number);
        try {
            this.secure =
                    settings.tls() == null ? null : door(Net.Kind.TLS, settings.tls(), number);
        } catch (RuntimeException taken) {
            plain.listening().close();
            throw taken;
        }
    }

    private Door door(Net.Kind kind, InetSocketAddress first, int number) {
        int port = first.getPort() == 0 ? 0 : first.getPort() + number;
        var where = new InetSocketAddress(first.getAddress(), port);
        var listening =
                world.net()
                        .listen(
                                kind,
                                loop,
                                where,
                                promises::shown,
                                link -> accepted(kind == Net.Kind.TLS, link));
        var shown = settings.advertised() == null ? first.getAddress() : settings.advertised();
        return new Door(listening, new InetSocketAddress(shown, listening.at().getPort()));
    }

    Loop loop() {
        return loop;
    }

    World world() {
        return world;
    }

    MsrpSettings settings() {
        return settings;
    }

    MsrpNode.Counts counts() {
        return counts;
    }

    TransactionIds ids() {
        return ids;
    }

    Promises promises() {
        return promises;
    }

    Decoders decoders() {
        return decoders;
    }

    boolean secure() {
        return secure != null;
    }

    InetSocketAddress at(boolean overTls) {
        return door(overTls).at();
    }

    /** What a connection of ours comes from; null: any port. */
    @Nullable InetSocketAddress leaving(boolean overTls) {
        return settings.fromOwnPort() ? door(overTls).listening().at() : null;
    }

    private Door door(boolean overTls) {
        if (!overTls) return plain;
        if (secure == null) throw new Unavailable("MSRP over TLS is not configured", null);
        return secure;
    }

    HomeSession open(boolean overTls, Track track, Receiver receiver, Predicate<MsrpEvent> inbox) {
        // RFC 4975 section 14.1: at least 80 random bits.
        var id = world.entropy().hex(128);
        var at = door(overTls).at();
        var promise = overTls ? promises.make() : null;
        var session =
                new HomeSession(
                        this, id, uri(overTls, at, id), at, promise, track, receiver, inbox);
        counts.sessions.incrementAndGet();
        loop.execute(() -> sessions.put(id, session));
        return session;
    }

    private static String uri(boolean overTls, InetSocketAddress at, String id) {
        var address = at.getAddress();
        var host =
                address instanceof Inet6Address
                        ? "[" + address.getHostAddress() + "]"
                        : address.getHostAddress();
        return (overTls ? "msrps://" : "msrp://") + host + ":" + at.getPort() + "/" + id + ";tcp";
    }

    @Nullable HomeSession find(MsrpHead head) {
        var uri = head.target();
        return uri == null ? null : sessions.get(uri.session());
    }

    void forget(HomeSession session) {
        if (sessions.remove(session.id()) != null) counts.sessions.decrementAndGet();
    }

    Connection dialled(Link link, HomeSession session) {
        var connection = new Connection(this, link, session.secure());
        counts.connections.incrementAndGet();
        connection.carry(session);
        return connection;
    }

    private Link.Reader accepted(boolean overTls, Link link) {
        var connection = new Connection(this, link, overTls);
        counts.connections.incrementAndGet();
        var source = link.remote().getAddress();
        unbound.add(connection);
        int ofSource = unboundOf.merge(source, 1, Integer::sum);
        connection.awaitFirstSend();
        if (ofSource > settings.unboundPerSource()) oldestUnbound(source).close("too many");
        else if (unbound.size() > settings.unbound()) unbound.iterator().next().close("too many");
        return connection;
    }

    private Connection oldestUnbound(InetAddress source) {
        for (var connection : unbound) if (connection.source().equals(source)) return connection;
        throw new IllegalStateException("unbound connections of " + source);
    }

    /** The connection carries a session now. */
    void bound(Connection connection) {
        if (!unbound.remove(connection)) return;
        unboundOf.computeIfPresent(
                connection.source(), (address, count) -> count == 1 ? null : count - 1);
    }

    void closed(Connection connection) {
        bound(connection);
        counts.connections.decrementAndGet();
    }

    void close() {
        plain.listening().close();
        if (secure != null) secure.listening().close();
        loop.execute(() -> {
            for (var session : new ArrayList<>(sessions.values())) session.end();
            // Every other carried a session.
            for (var connection : new ArrayList<>(unbound)) connection.close("closed");
        });
    }
}
