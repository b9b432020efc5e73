package io.posthorn.strand.sim;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.posthorn.strand.Certificate;
import io.posthorn.strand.Identity;
import io.posthorn.strand.Link;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Net;
import io.posthorn.strand.Target;
import io.posthorn.strand.Unavailable;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The net as one node sees it. Loopback addresses are shared, as on one machine. */
final class Sockets implements Net {

    private static final long GIVE_UP = Agenda.nanos(Duration.ofSeconds(5));

    private static final String NO_HANDSHAKE = "no TLS handshake in 5 s";

    /** The beginning of what TLS says first. Source: RFC 8446 section 5.1. */
    private static final byte[] HELLO = {22, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3};

    private final Network network;
    private final Agenda agenda;
    private final Node node;

    Sockets(Network network, Node node) {
        this.network = network;
        this.agenda = network.agenda();
        this.node = node;
    }

    /** Addresses are 10.0.0.1 and up, in the order in which the nodes were first named. */
    static InetAddress address(int number) {
        var bytes = new byte[] {10, 0, (byte) (number >> 8), (byte) number};
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    private static QueuedLoop ours(Loop loop) {
        if (loop instanceof QueuedLoop queued) return queued;
        throw new IllegalStateException(loop + " is not a loop of this simulation");
    }

    /** Who reads where TLS should be spoken and is not, for 5 s at most. */
    private final class Expecting implements Link.Reader {
        private final Runnable disappointed;
        private final Agenda.Entry limit;

        Expecting(QueuedLoop loop, Runnable late, Runnable disappointed) {
            this.disappointed = disappointed;
            this.limit = agenda.at(agenda.now() + GIVE_UP, Agenda.Kind.CONNECT, node, loop, late);
        }

        @Override
        public void bytes(ByteBuf bytes) {
            bytes.release();
            agenda.cancel(limit);
            disappointed.run();
        }

        @Override
        public void writableAgain() {}

        @Override
        public void closed(@Nullable Exception why) {
            agenda.cancel(limit);
            disappointed.run();
        }
    }

    /** A listening port. */
    final class Port implements Listening {
        private final Kind kind;
        private final QueuedLoop loop;
        private final InetSocketAddress at;
        private final Supplier<@Nullable Identity> shown;
        private final Function<Link, Link.Reader> accepted;

        Port(
                Kind kind,
                QueuedLoop loop,
                InetSocketAddress at,
                Supplier<@Nullable Identity> shown,
                Function<Link, Link.Reader> accepted) {
            this.kind = kind;
            this.shown = shown;
            this.loop = loop;
            this.at = at;
            this.accepted = accepted;
        }

        Node node() {
            return node;
        }

        /** Who we are to somebody who comes now. */
        @Nullable Identity identity() {
            var now = new AtomicReference<@Nullable Identity>();
            agenda.as(loop, () -> now.set(shown.get()));
            return now.get();
        }

        Link.Reader expecting(Runnable close) {
            return new Expecting(loop, close, close);
        }

        @Override
        public InetSocketAddress at() {
            return at;
        }

        @Override
        public void close() {
            network.ports().remove(at, this);
        }
    }

    @Override
    public Listening listen(
            Kind kind,
            Loop loop,
            InetSocketAddress at,
            Supplier<@Nullable Identity> shown,
            Function<Link, Link.Reader> accepted) {
        if (kind == Kind.UDP) throw new IllegalStateException("UDP has no connections");
        var port = new Port(kind, ours(loop), free(at, network.ports()), shown, accepted);
        if (!node.dead()) network.ports().put(port.at(), port);
        return port;
    }

    /** {@code at} with the wildcard and port 0 replaced. */
    private InetSocketAddress free(InetSocketAddress at, Map<InetSocketAddress, ?> taken) {
        var address = at.getAddress();
        if (address == null || address.isAnyLocalAddress()) address = address(node.number());
        if (at.getPort() == 0) return ephemeral(address, taken);
        var wanted = new InetSocketAddress(address, at.getPort());
        if (taken.containsKey(wanted))
            throw new Unavailable("port " + Network.text(wanted) + " is taken", null);
        return wanted;
    }

    private InetSocketAddress ephemeral(InetAddress address, Map<InetSocketAddress, ?> taken) {
        for (int tries = 0; tries < 20_000; tries++) {
            var at = new InetSocketAddress(address, network.ephemeral());
            if (!taken.containsKey(at)) return at;
        }
        throw new Unavailable("no free port at " + address.getHostAddress(), null);
    }

    @Override
    public void connect(
            Loop loop, Target to, Function<Link, Link.Reader> opened, Consumer<Exception> failed) {
        if (to.kind() == Kind.UDP) throw new IllegalStateException("UDP has no connections");
        if (node.dead()) return;
        new Attempt(ours(loop), to, opened, failed).start();
    }

    /** One connection being made. */
    private final class Attempt {
        private final QueuedLoop loop;
        private final Target to;
        private final Function<Link, Link.Reader> opened;
        private final Consumer<Exception> failed;
        private Agenda.@Nullable Entry giveUp;
        private boolean over;

        Attempt(
                QueuedLoop loop,
                Target to,
                Function<Link, Link.Reader> opened,
                Consumer<Exception> failed) {
            this.loop = loop;
            this.to = to;
            this.opened = opened;
            this.failed = failed;
        }

        void start() {
            giveUp = inNanos(GIVE_UP, loop, () -> fail("no answer in 5 s"));
            inNanos(network.latency(), null, this::arrive);
        }

        private Agenda.Entry inNanos(long nanos, @Nullable QueuedLoop on, Runnable what) {
            return agenda.at(agenda.now() + nanos, Agenda.Kind.CONNECT, node, on, what);
        }

        private void arrive() {
            if (over || node.dead()) return;
            var port = network.ports().get(to.address());
            if (port == null) {
                inNanos(network.latency(), loop, () -> fail("connection refused"));
            } else if (network.blocked(node, port.node()) || network.blocked(port.node(), node)) {
                network.hold(this::arrive);
            } else {
                meet(port);
            }
        }

        private void meet(Port port) {
            var here = to.address().getAddress();
            if (here == null || !here.isLoopbackAddress()) here = address(node.number());
            var local = local(here, port.at());
            var mine = new End(network, node, loop, local, port.at());
            var theirs = new End(network, port.node(), port.loop, port.at(), local);
            mine.join(theirs);
            network.opened(mine);
            network.opened(theirs);
            if (to.kind() == Kind.TLS && port.kind == Kind.TLS) shakeHands(port, mine, theirs);
            else {
                if (port.kind == Kind.TLS) expectTls(port, theirs);
                else accept(port, theirs);
                inNanos(network.latency(), loop, () -> open(mine));
            }
        }

        private InetSocketAddress local(InetAddress here, InetSocketAddress there) {
            var wanted = to.from();
            boolean free = wanted != null && !network.joined(wanted, there);
            return wanted != null && free ? wanted : ephemeral(here, network.ports());
        }

        /** Whoever speaks no TLS to a TLS port is not accepted; whoever says nothing, for 5 s. */
        private void expectTls(Port port, End theirs) {
            Runnable close = theirs::closeItself;
            theirs.readBy(port.expecting(close));
        }

        private void accept(Port port, End theirs) {
            agenda.as(port.loop, () -> theirs.readBy(port.accepted.apply(theirs)));
        }

        /** What of TLS can be seen from outside: who the two are, and that it takes its time. */
        private void shakeHands(Port port, End mine, End theirs) {
            if (giveUp != null) agenda.cancel(giveUp);
            if (network.silent(port.node())) {
                mine.readBy(new Expecting(loop, () -> refuse(mine, NO_HANDSHAKE), () -> {}));
                return;
            }
            var identity = port.identity();
            if (identity == null) {
                inNanos(network.latency(), loop, () -> refuse(mine, "connection reset"));
                return;
            }
            var shown = certificate(identity);
            mine.shown(shown);
            theirs.shown(certificate(to.ours() == null ? identity() : to.ours()));
            var refusal = shown.refusal(to);
            if (refusal != null) {
                inNanos(network.latency(), loop, () -> refuse(mine, refusal));
                return;
            }
            inNanos(2 * network.latency(), loop, () -> open(mine));
            agenda.at(
                    agenda.now() + 3 * network.latency(),
                    Agenda.Kind.CONNECT,
                    port.node(),
                    port.loop,
                    () -> {
                        if (theirs.open()) theirs.readBy(port.accepted.apply(theirs));
                    });
        }

        private void open(End mine) {
            if (over || !mine.open()) {
                fail("connection reset");
                mine.abandon();
                return;
            }
            if (to.kind() == Kind.TLS && mine.certified() == null) {
                greet(mine);
                return;
            }
            done();
            mine.readBy(opened.apply(mine));
        }

        /** TLS spoken to a port that knows none: what it answers, if it does, is no TLS. */
        private void greet(End mine) {
            if (giveUp != null) agenda.cancel(giveUp);
            mine.write(Unpooled.wrappedBuffer(HELLO.clone()));
            mine.flush();
            mine.readBy(
                    new Expecting(
                            loop,
                            () -> refuse(mine, NO_HANDSHAKE),
                            () -> refuse(mine, "the other side speaks no TLS")));
        }

        private void refuse(End mine, String why) {
            mine.abandon();
            fail(why);
        }

        private void fail(String why) {
            if (over) return;
            done();
            var kind = to.kind() == Kind.TLS ? "tls " : "tcp ";
            var at = kind + Network.text(to.address());
            failed.accept(new Unavailable("cannot connect to " + at + ": " + why, null));
        }

        private void done() {
            over = true;
            if (giveUp != null) agenda.cancel(giveUp);
        }
    }

    private record Shown(Certificate certificate) implements Identity {
        @Override
        public String fingerprint() {
            return certificate.fingerprint();
        }
    }

    private static Certificate certificate(@Nullable Identity identity) {
        if (identity instanceof Shown(var certificate)) return certificate;
        throw new IllegalStateException(identity + " is nobody in this simulation");
    }

    @Override
    public Identity identity() {
        return new Shown(network.certificate(node));
    }

    /** A datagram socket. */
    final class Socket implements Datagrams {
        private final QueuedLoop loop;
        private final InetSocketAddress at;
        private final BiConsumer<InetSocketAddress, byte[]> reader;
        private boolean open = true;

        Socket(
                QueuedLoop loop,
                InetSocketAddress at,
                BiConsumer<InetSocketAddress, byte[]> reader) {
            this.loop = loop;
            this.at = at;
            this.reader = reader;
        }

        Node node() {
            return node;
        }

        @Override
        public InetSocketAddress at() {
            return at;
        }

        @Override
        public void send(InetSocketAddress to, byte[] bytes) {
            if (!open || node.dead() || bytes.length > 65_535) return;
            var receiver = network.sockets().get(to);
            if (receiver == null) return;
            for (long arrival : network.datagramArrivals(node, receiver.node()))
                agenda.at(
                        arrival,
                        Agenda.Kind.DATAGRAM,
                        receiver.node(),
                        receiver.loop,
                        () -> receiver.receive(at, node, bytes.clone()));
        }

        @Override
        public Duration behind() {
            return network.behind(node);
        }

        private void receive(InetSocketAddress from, Node sender, byte[] bytes) {
            if (!open || network.unreachable(sender, node)) return;
            agenda.trace(bytes, 0, bytes.length);
            reader.accept(from, bytes);
        }

        @Override
        public void close() {
            open = false;
            network.sockets().remove(at, this);
        }
    }

    @Override
    public Datagrams datagrams(
            Loop loop, InetSocketAddress at, BiConsumer<InetSocketAddress, byte[]> reader) {
        var socket = new Socket(ours(loop), free(at, network.sockets()), reader);
        if (!node.dead()) network.sockets().put(socket.at(), socket);
        return socket;
    }
}
