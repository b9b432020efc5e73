package io.posthorn.live;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import io.posthorn.strand.Net;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** A UDP socket. */
final class LiveDatagrams extends ChannelInboundHandlerAdapter implements Net.Datagrams {
    /** The largest datagram there is: a SIP message must not be cut by a smaller slot. */
    private static final int SLOT = 65_535;

    /** Ours: bursts of a loop's turn; the kernel may give less. */
    private static final int SOCKET_BUFFER = 4 << 20;

    private static final int READS_PER_TURN = 64;

    private final LiveLoop loop;
    private final BiConsumer<InetSocketAddress, byte[]> reader;
    private volatile @Nullable DatagramChannel channel;

    // Loop only.
    private boolean flushing;
    private int read;

    /** Written by its loop only. */
    private volatile @Nullable Instant behindSince;

    LiveDatagrams(LiveLoop loop, BiConsumer<InetSocketAddress, byte[]> reader) {
        this.loop = loop;
        this.reader = reader;
    }

    static void tune(DatagramChannel channel) {
        var config = channel.config();
        config.setRecvByteBufAllocator(
                new FixedRecvByteBufAllocator(SLOT).maxMessagesPerRead(READS_PER_TURN));
        config.setOption(ChannelOption.SO_RCVBUF, SOCKET_BUFFER);
        config.setOption(ChannelOption.SO_SNDBUF, SOCKET_BUFFER);
        config.setWriteBufferWaterMark(new WriteBufferWaterMark(SOCKET_BUFFER / 2, SOCKET_BUFFER));
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        channel = (DatagramChannel) context.channel();
    }

    @Override
    public InetSocketAddress at() {
        var bound = channel;
        if (bound == null) throw new IllegalStateException("not bound");
        return bound.localAddress();
    }

    @Override
    public String toString() {
        return "udp " + (channel == null ? "" : channel.localAddress());
    }

    @Override
    public void send(InetSocketAddress to, byte[] bytes) {
        if (loop.inside()) write(to, bytes);
        else loop.execute(() -> write(to, bytes));
    }

    private void write(InetSocketAddress to, byte[] bytes) {
        var out = channel;
        // A full socket loses datagrams as a full network does; keeping them would have no limit.
        if (out == null || to.isUnresolved() || !out.isActive() || !out.isWritable()) return;
        out.write(new DatagramPacket(Unpooled.wrappedBuffer(bytes), to), out.voidPromise());
        if (flushing) return;
        flushing = true;
        // One system call for all that this turn of the loop sends.
        loop.execute(this::flush);
    }

    private void flush() {
        flushing = false;
        var out = channel;
        if (out != null) out.flush();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        var packet = (DatagramPacket) message;
        read++;
        try {
            var bytes = new byte[packet.content().readableBytes()];
            packet.content().readBytes(bytes);
            reader.accept(packet.sender(), bytes);
        } catch (Throwable bug) {
            Fault.log("the reader of " + this, bug);
        } finally {
            packet.release();
        }
    }

    /** Of what it may read in its turn the loop has left something, or not. */
    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        boolean all = read < READS_PER_TURN;
        read = 0;
        if (all == (behindSince == null)) return;
        behindSince = all ? null : loop.now();
    }

    @Override
    public Duration behind() {
        var since = behindSince;
        return since == null ? Duration.ZERO : Duration.between(since, loop.now());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable lost) {
        Fault.debug("a datagram of " + this + " is lost", lost);
    }

    @Override
    public void close() {
        var bound = channel;
        if (bound != null) LiveNet.closed(bound);
    }
}
