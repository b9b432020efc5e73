package io.posthorn.live;

import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.posthorn.live.HandshakesUnderWay.Limits;
import io.posthorn.strand.Identity;
import io.posthorn.strand.Link;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Net;
import io.posthorn.strand.Target;
import io.posthorn.strand.Unavailable;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** TCP, TLS and UDP on Netty. A connection lives on the loop that was named, for good. */
final class LiveNet implements Net {
    private static final int CONNECT_MILLIS = 5_000;

    /** Ours: MSRP fills 256 KiB at a time, a SIP link soon falls back to small buffers. */
    private static final AdaptiveRecvByteBufAllocator READS =
            new AdaptiveRecvByteBufAllocator(2 << 10, 64 << 10, 256 << 10);

    private static final WriteBufferWaterMark WATER =
            new WriteBufferWaterMark(256 << 10, 512 << 10);

    private static final int BACKLOG = 1024;

    private final Refusals refusals = new Refusals();

    /** What listens, by where. */
    private final Map<InetSocketAddress, Channel> listening = new ConcurrentHashMap<>();

    private volatile @Nullable Credentials credentials;
    private volatile Limits limits = Limits.STANDARD;

    /** Other limits for handshakes, from now on. */
    void handshakes(Limits limits) {
        this.limits = limits;
    }

    /** Another limit for one address, from now on. */
    void handshakesPerAddress(int most) {
        limits = limits.perSource(most);
    }

    void show(Credentials ours) {
        credentials = ours;
    }

    @Override
    public @Nullable Identity identity() {
        return credentials;
    }

    /** How many connections never came to be, by reason. Any thread. */
    Map<String, Long> refused() {
        return refusals.counts();
    }

    @Override
    public Listening listen(
            Kind kind,
            Loop loop,
            InetSocketAddress at,
            Supplier<@Nullable Identity> shown,
            Function<Link, Link.Reader> accepted) {
        if (kind == Kind.UDP)
            throw new IllegalStateException("UDP has no connections: datagrams()");
        if (kind == Kind.TLS && credentials == null)
            throw new Unavailable(
                    "tls " + name(at) + ": TLS is not configured: there is no certificate to show",
                    null);
        var live = LiveLoop.of(loop);
        var accepting =
                kind == Kind.TLS
                        ? new AcceptingTls(live, shown, accepted)
                        : new Accepting(live, accepted);
        var channel =
                bound(
                        live,
                        kind == Kind.TLS ? "tls" : "tcp",
                        at,
                        () -> {
                            var server = live.sockets().server(at);
                            server.config().setBacklog(BACKLOG).setReuseAddress(true);
                            server.pipeline().addLast(accepting);
                            return server;
                        });
        var here = (InetSocketAddress) channel.localAddress();
        listening.put(here, channel);
        channel.closeFuture().addListener(_ -> listening.remove(here, channel));
        return new Bound(channel);
    }

    @Override
    public void connect(
            Loop loop, Target to, Function<Link, Link.Reader> opened, Consumer<Exception> failed) {
        // Never from inside connect: the caller may not be ready to hear of it.
        loop.execute(() -> {
            var live = LiveLoop.of(loop);
            switch (to.kind()) {
                case TCP, TLS -> connect(live, to, opened, failed);
                case UDP -> failed.accept(new IllegalStateException("connect over UDP: " + to));
            }
        });
    }

    private void connect(
            LiveLoop loop,
            Target to,
            Function<Link, Link.Reader> opened,
            Consumer<Exception> failed) {
        if (to.address().isUnresolved()) {
            failed.accept(new Unavailable(text(to) + " has no address", null));
            return;
        }
        var channel = loop.sockets().client(to.address());
        tune(channel);
        var link = new LiveLink(loop, channel, opened);
        var connected = new AtomicBoolean();
        if (to.kind() == Kind.TCP) channel.pipeline().addLast(link);
        else if (!greet(link, channel, to, connected, failed)) return;
        loop.events().register(channel);
        connecting(loop, channel, to)
                .addListener(done -> {
                    connected.set(done.isSuccess());
                    if (done.isSuccess()) return;
                    channel.close();
                    if (to.from() != null && inUse(done.cause())) {
                        connect(loop, to.leaving(null), opened, failed);
                        return;
                    }
                    Fault.contain(loop.toString(), () -> failed.accept(refused(to, done.cause())));
                });
    }

    /** From a port that is listened at, if so wanted. */
    private ChannelFuture connecting(LiveLoop loop, SocketChannel channel, Target to) {
        var from = to.from();
        if (from == null) return channel.connect(to.address());
        var here = listening.get(from);
        // Linux lets both have the port if both say so; nobody else shall have it too.
        if (here != null) loop.sockets().share(here, true);
        loop.sockets().share(channel, true);
        try {
            return channel.connect(to.address(), from);
        } finally {
            if (here != null) loop.sockets().share(here, false);
        }
    }

    private static boolean inUse(Throwable cause) {
        return taken(cause) || String.valueOf(cause.getMessage()).contains("Cannot assign");
    }

    private boolean greet(
            LiveLink link,
            SocketChannel channel,
            Target to,
            AtomicBoolean connected,
            Consumer<Exception> failed) {
        var ours = to.ours() == null ? credentials : (Credentials) to.ours();
        if (ours == null) {
            failed.accept(new Unavailable(text(to) + ": TLS is not configured", null));
            return false;
        }
        var patience = limits.patience();
        Handshake.before(
                link,
                channel,
                ours,
                ours.connecting(to),
                patience,
                why -> {
                    // Not connected at all: whoever connects hears of that.
                    if (why == null || !connected.get()) return;
                    channel.close();
                    var reason =
                            "cannot connect to "
                                    + text(to)
                                    + ": "
                                    + Handshake.reason(why, patience);
                    Fault.contain(
                            link.toString(), () -> failed.accept(new Unavailable(reason, why)));
                });
        return true;
    }

    private static Unavailable refused(Target to, Throwable cause) {
        var message = String.valueOf(cause.getMessage());
        var why =
                cause instanceof ConnectTimeoutException
                        ? "no answer in " + CONNECT_MILLIS / 1_000 + " s"
                        : message.contains("refused") ? "connection refused" : message;
        return new Unavailable("cannot connect to " + text(to) + ": " + why, cause);
    }

    /** {@code tls 127.0.0.1:5061}. */
    private static String text(Target to) {
        return (to.kind() == Kind.TLS ? "tls " : "tcp ") + name(to.address());
    }

    private static void tune(SocketChannel channel) {
        var config = channel.config();
        config.setTcpNoDelay(true);
        config.setConnectTimeoutMillis(CONNECT_MILLIS);
        config.setRecvByteBufAllocator(READS);
        config.setWriteBufferWaterMark(WATER);
        config.setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    }

    @Override
    public Datagrams datagrams(
            Loop loop, InetSocketAddress at, BiConsumer<InetSocketAddress, byte[]> reader) {
        var live = LiveLoop.of(loop);
        var socket = new LiveDatagrams(live, reader);
        bound(
                live,
                "udp",
                at,
                () -> {
                    var channel = live.sockets().datagrams(at);
                    LiveDatagrams.tune(channel);
                    channel.pipeline().addLast(socket);
                    return channel;
                });
        return socket;
    }

    /** Binds on the loop, for a caller on any thread: there nothing of it has to wait. */
    private static Channel bound(
            LiveLoop loop, String kind, InetSocketAddress at, Callable<? extends Channel> make) {
        if (at.isUnresolved()) {
            throw new Unavailable("cannot listen on " + kind + " " + name(at), null);
        }
        if (loop.inside()) return bindInside(loop, kind, at, make);
        try {
            return CompletableFuture.supplyAsync(
                            () -> bindInside(loop, kind, at, make), loop.events())
                    .join();
        } catch (RejectedExecutionException closed) {
            throw new Unavailable(loop + " is closed", closed);
        } catch (CompletionException failed) {
            if (failed.getCause() instanceof Unavailable taken) {
                throw new Unavailable(String.valueOf(taken.getMessage()), taken.getCause());
            }
            throw failed;
        }
    }

    private static Channel bindInside(
            LiveLoop loop, String kind, InetSocketAddress at, Callable<? extends Channel> make) {
        Channel channel;
        try {
            channel = make.call();
        } catch (Exception noSocket) {
            throw new Unavailable("cannot open a " + kind + " socket", noSocket);
        }
        check(loop.events().register(channel), channel, kind, at);
        check(channel.bind(at), channel, kind, at);
        return channel;
    }

    private static void check(
            ChannelFuture done, Channel channel, String kind, InetSocketAddress at) {
        if (done.isSuccess()) return;
        channel.close();
        var cause = done.cause();
        if (cause == null) throw new IllegalStateException("bind did not end on its loop");
        if (taken(cause)) throw new Unavailable(kind + " " + name(at) + " is taken", cause);
        throw new Unavailable(
                "cannot listen on " + kind + " " + name(at) + ": " + cause.getMessage(), cause);
    }

    private static boolean taken(Throwable cause) {
        return String.valueOf(cause.getMessage()).contains("Address already in use");
    }

    /** {@code 127.0.0.1:5060}, {@code [::1]:5060}. */
    static String name(InetSocketAddress address) {
        var host =
                address.getAddress() == null
                        ? address.getHostString()
                        : address.getAddress().getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    /** A listening socket takes its connections onto its own loop. */
    private static class Accepting extends ChannelInboundHandlerAdapter {
        private final LiveLoop loop;
        private final Function<Link, Link.Reader> accepted;

        Accepting(LiveLoop loop, Function<Link, Link.Reader> accepted) {
            this.loop = loop;
            this.accepted = accepted;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            var channel = (SocketChannel) message;
            try {
                tune(channel);
                if (admits(channel, new LiveLink(loop, channel, accepted)))
                    loop.events().register(channel);
            } catch (RuntimeException broken) {
                Fault.log("a connection to " + context.channel().localAddress(), broken);
                channel.unsafe().closeForcibly();
            }
        }

        boolean admits(SocketChannel channel, LiveLink link) {
            channel.pipeline().addLast(link);
            return true;
        }

        /** Out of file descriptors, most likely: accepting again at once would only spin. */
        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            Fault.log("accepting on " + context.channel().localAddress(), cause);
            context.channel().config().setAutoRead(false);
            var unused =
                    loop.events()
                            .schedule(
                                    () -> context.channel().config().setAutoRead(true),
                                    1,
                                    TimeUnit.SECONDS);
        }
    }

    /** What comes in here is a link only once its handshake is done. */
    private final class AcceptingTls extends Accepting {
        private final HandshakesUnderWay underWay = new HandshakesUnderWay();
        private final Supplier<@Nullable Identity> shown;

        AcceptingTls(
                LiveLoop loop,
                Supplier<@Nullable Identity> shown,
                Function<Link, Link.Reader> accepted) {
            super(loop, accepted);
            this.shown = shown;
        }

        @Override
        boolean admits(SocketChannel channel, LiveLink link) {
            var ours = (Credentials) shown.get();
            var now = limits;
            var remote = channel.remoteAddress();
            var refusal =
                    ours == null
                            ? "no certificate to show"
                            : remote == null
                                    ? "the other side closed before the TLS handshake"
                                    : underWay.begin(remote.getAddress(), now);
            if (ours == null || remote == null || refusal != null) {
                refusals.count(channel, String.valueOf(refusal));
                channel.unsafe().closeForcibly();
                return false;
            }
            var ended = underWay.ending(remote.getAddress());
            channel.closeFuture().addListener(_ -> ended.run());
            try {
                greeted(channel, link, ours, now.patience(), ended);
                return true;
            } catch (RuntimeException broken) {
                // It is on no loop yet: no future of it tells anybody.
                ended.run();
                throw broken;
            }
        }

        private void greeted(
                SocketChannel channel,
                LiveLink link,
                Credentials ours,
                Duration patience,
                Runnable ended) {
            Handshake.before(
                    link,
                    channel,
                    ours,
                    ours.serving(),
                    patience,
                    why -> {
                        ended.run();
                        if (why == null) return;
                        refusals.count(channel, Handshake.refusal(why, patience));
                        channel.close();
                    });
        }
    }

    private record Bound(Channel channel) implements Listening {
        @Override
        public InetSocketAddress at() {
            return ((ServerSocketChannel) channel).localAddress();
        }

        @Override
        public void close() {
            closed(channel);
        }
    }

    /** Closes a bound socket; from any other thread than its loop, its port is free afterwards. */
    static void closed(Channel channel) {
        var done = channel.close();
        var events = channel.eventLoop();
        if (events.inEventLoop()) return;
        done.awaitUninterruptibly(5, TimeUnit.SECONDS);
        if (events.isShuttingDown()) return;
        // The JDK gives a port back at the next turn of its selector, not before. What is submitted
        // may still run in this turn, what is due later does not.
        for (var turn = 0; turn < 2; turn++) {
            events.schedule(() -> {}, 1, TimeUnit.MILLISECONDS)
                    .awaitUninterruptibly(5, TimeUnit.SECONDS);
        }
    }
}
