package io.posthorn.live;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.unix.RawUnixChannelOption;
import io.posthorn.strand.Net;
import java.net.InetSocketAddress;
import java.nio.ByteOrder;
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

    /** Linux, sock_diag(7): nine numbers, of which we read what waits and how much may. */
    private static final RawUnixChannelOption MEMORY =
            new RawUnixChannelOption("SO_MEMINFO", 1, 55, 9 * Integer.BYTES);

    private static final int WAITING = 0;
    private static final int ROOM = Integer.BYTES;

    /** Ours: a sixteenth of the room, some 200 INVITEs where it is 8 MiB. */
    private static final int MUCH = 16;

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

    /** The loop has read what it may in one turn, or all there was. */
    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        boolean keepsUp = read < READS_PER_TURN || !muchWaits(context.channel());
        read = 0;
        if (keepsUp == (behindSince == null)) return;
        behindSince = keepsUp ? null : loop.now();
    }

    /** More than callers that wait for each other's answers make; true where nobody can tell. */
    private static boolean muchWaits(Channel channel) {
        try {
            var memory = channel.config().getOption(MEMORY);
            if (memory == null) return true;
            memory.order(ByteOrder.nativeOrder());
            return memory.getInt(WAITING) > memory.getInt(ROOM) / MUCH;
        } catch (ChannelException unknown) {
            return true;
        }
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
