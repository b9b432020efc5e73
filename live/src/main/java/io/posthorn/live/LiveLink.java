package io.posthorn.live;

import static java.util.Objects.requireNonNullElse;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.posthorn.strand.Certificate;
import io.posthorn.strand.Link;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Unavailable;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A TCP connection, with TLS or without. Everything here runs on its loop. */
final class LiveLink extends ChannelInboundHandlerAdapter implements Link {
    /** Ours: a peer that takes nothing for so long after we closed has lost the rest. */
    private static final Duration LINGER = Duration.ofSeconds(30);

    /** Ours: how long what the peer still sends is swallowed after we closed. */
    private static final Duration DRAIN = Duration.ofSeconds(2);

    /** Ours: from here a write is worth a system call of its own. */
    private static final int PLENTY = 64 << 10;

    /** From open to the last call of the reader. */
    private enum Phase {
        OPEN,
        /** We or the peer closed; what was written still leaves. Nothing more is read. */
        CLOSING,
        /** The reader knows. */
        CLOSED
    }

    private static final Reader NOBODY =
            new Reader() {
                @Override
                public void bytes(ByteBuf bytes) {
                    bytes.release();
                }

                @Override
                public void writableAgain() {}

                @Override
                public void closed(@Nullable Exception why) {}
            };

    private final LiveLoop loop;
    private final SocketChannel channel;
    private final Function<Link, Reader> opened;
    private @Nullable SslHandler ssl;
    private @Nullable Certificate certified;
    private @Nullable ArrayDeque<ByteBuf> held;
    private Reader reader = NOBODY;
    private Phase phase = Phase.OPEN;
    private InetSocketAddress local = new InetSocketAddress(0);
    private InetSocketAddress remote = local;
    private @Nullable Exception why;
    private boolean reading = true;
    private boolean peerEnded;
    private boolean flushing;
    private boolean telling;
    private long unflushed;
    private Loop.@Nullable Cancel limit;

    LiveLink(LiveLoop loop, SocketChannel channel, Function<Link, Reader> opened) {
        this.loop = loop;
        this.channel = channel;
        this.opened = opened;
    }

    /** Before it is opened: TLS lies below. */
    void over(SslHandler tls) {
        ssl = tls;
    }

    /** Before it is opened: what the peer has shown over TLS. */
    void shown(@Nullable Certificate certificate) {
        certified = certificate;
    }

    // What the owner calls

    @Override
    public Loop loop() {
        return loop;
    }

    @Override
    public InetSocketAddress local() {
        return local;
    }

    @Override
    public InetSocketAddress remote() {
        return remote;
    }

    @Override
    public @Nullable Certificate certified() {
        return certified;
    }

    @Override
    public void write(ByteBuf bytes) {
        if (phase != Phase.OPEN) {
            bytes.release();
            return;
        }
        unflushed += bytes.readableBytes();
        channel.write(bytes, channel.voidPromise());
    }

    @Override
    public void flush() {
        if (unflushed >= PLENTY) {
            flushNow();
        } else if (!flushing) {
            flushing = true;
            // Gathers what this turn of the loop writes into one system call.
            loop.execute(() -> {
                flushing = false;
                flushNow();
            });
        }
    }

    private void flushNow() {
        unflushed = 0;
        channel.flush();
    }

    @Override
    public boolean writable() {
        return phase == Phase.OPEN && channel.isWritable();
    }

    @Override
    public void reading(boolean on) {
        if (phase != Phase.OPEN || reading == on) return;
        reading = on;
        channel.config().setAutoRead(on);
        if (on && (holds() || peerEnded)) loop.execute(this::resume);
    }

    @Override
    public void close() {
        if (phase != Phase.OPEN) return;
        phase = Phase.CLOSING;
        dropHeld();
        // Bytes that arrive now and are never read would make the kernel reset the connection, and
        // the peer would lose what we wrote last.
        channel.config().setAutoRead(true);
        limit = loop.after(LINGER, () -> fail(new Unavailable(this + " takes nothing", null)));
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER)
                .addListener((ChannelFutureListener) written -> sent(written.isSuccess()));
    }

    /** All we wrote is with the kernel: this is the end for the reader, in order. */
    private void sent(boolean all) {
        if (!all || phase == Phase.CLOSED) return;
        if (peerEnded) {
            channel.close();
            return;
        }
        // RFC 8446 section 6.1: close_notify says that nothing was cut off
        if (ssl == null) ended();
        else ssl.closeOutbound().addListener(said -> ended());
    }

    private void ended() {
        channel.shutdownOutput();
        loop.execute(() -> {
            tellClosed(null);
            limit = loop.after(DRAIN, channel::close);
            if (!channel.isOpen()) disarm();
        });
    }

    // What the channel calls

    @Override
    public void channelActive(ChannelHandlerContext context) {
        // null if the peer reset the connection before it was accepted: then closed follows.
        local = requireNonNullElse(channel.localAddress(), local);
        remote = requireNonNullElse(channel.remoteAddress(), remote);
        try {
            reader = opened.apply(this);
        } catch (Throwable bug) {
            Fault.log("opening " + this, bug);
            phase = Phase.CLOSED;
            channel.close();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        var bytes = (ByteBuf) message;
        if (phase != Phase.OPEN) bytes.release();
        // epoll reads once more when it sees the peer's FIN, whether we want it or not.
        else if (!reading || holds()) hold(bytes);
        else give(bytes);
    }

    private void hold(ByteBuf bytes) {
        if (held == null) held = new ArrayDeque<>();
        held.add(bytes);
    }

    private boolean holds() {
        return held != null && !held.isEmpty();
    }

    private void give(ByteBuf bytes) {
        try {
            reader.bytes(bytes);
        } catch (Throwable bug) {
            Fault.log("the reader of " + this, bug);
            fail(new IllegalStateException("the reader of " + this + " failed", bug));
        }
    }

    private void resume() {
        while (reading && phase == Phase.OPEN && held != null && !held.isEmpty())
            give(held.remove());
        if (peerEnded && !holds()) finish();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        // A FIN without close_notify is an end like any other: SIP and MSRP know what is whole.
        if (!(event instanceof ChannelInputShutdownEvent
                || event instanceof SslCloseCompletionEvent)) return;
        peerEnded = true;
        switch (phase) {
            case OPEN -> {
                if (!holds()) finish();
            }
            case CLOSING -> {}
            case CLOSED -> channel.close();
        }
    }

    /** The peer sent its FIN and all before it was read: what we wrote still leaves. */
    private void finish() {
        if (phase == Phase.OPEN) close();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (telling || !channel.isWritable()) return;
        telling = true;
        // Not from inside the owner's flush: it would write more, flush, and so on without end.
        loop.execute(() -> {
            telling = false;
            if (phase == Phase.OPEN && channel.isWritable()) reader.writableAgain();
        });
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        fail(cause instanceof Exception e ? e : new IllegalStateException(cause));
    }

    /** Over at once, whatever was not sent is lost. */
    private void fail(Exception cause) {
        if (why == null && phase != Phase.CLOSED) why = cause;
        channel.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        disarm();
        tellClosed(why);
    }

    private void tellClosed(@Nullable Exception cause) {
        disarm();
        if (phase == Phase.CLOSED) return;
        phase = Phase.CLOSED;
        dropHeld();
        Fault.contain("the reader of " + this, () -> reader.closed(cause));
        reader = NOBODY;
    }

    private void disarm() {
        if (limit != null) limit.cancel();
        limit = null;
    }

    private void dropHeld() {
        if (held != null) held.forEach(ByteBuf::release);
        held = null;
    }

    @Override
    public String toString() {
        return (ssl == null ? "tcp " : "tls ") + LiveNet.name(local) + ">" + LiveNet.name(remote);
    }
}
