package io.posthorn.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.posthorn.strand.Link;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Net;
import io.posthorn.strand.Net.Kind;
import io.posthorn.strand.Target;
import io.posthorn.strand.Unavailable;
import java.io.ByteArrayOutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class LiveNetTest {
    private static final String CLOSED = "closed in order";

    @TempDir static Path directory;

    private @Nullable LiveWorld opened;

    private LiveWorld world(Sockets sockets) {
        var world = LiveWorld.start(2, directory, new Untracked(), sockets, Carriers::best);
        opened = world;
        return world;
    }

    @AfterEach
    void close() {
        if (opened != null) opened.close();
    }

    private static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    private static Target target(InetSocketAddress at) {
        return new Target(at, Kind.TCP, "localhost");
    }

    private static ByteBuf text(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(30, TimeUnit.SECONDS);
    }

    /** Collects what arrives. */
    private static class Collector implements Link.Reader {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        final CompletableFuture<String> closed = new CompletableFuture<>();
        int closes;

        @Override
        public void bytes(ByteBuf arrived) {
            var copy = new byte[arrived.readableBytes()];
            arrived.readBytes(copy);
            bytes.writeBytes(copy);
            arrived.release();
        }

        @Override
        public void writableAgain() {}

        @Override
        public void closed(@Nullable Exception why) {
            closes++;
            closed.complete(why == null ? CLOSED : why.toString());
        }

        String text() {
            return bytes.toString(StandardCharsets.UTF_8);
        }
    }

    /** Writes {@code data} in pieces, as long as the link takes more, then closes. */
    private static final class Pump extends Collector {
        private static final int PIECE = 40_000;
        private final Link link;
        private final byte[] data;
        private int at;
        int stops;

        Pump(Link link, byte[] data) {
            this.link = link;
            this.data = data;
            link.loop().execute(this::writableAgain);
        }

        @Override
        public void writableAgain() {
            while (at < data.length && link.writable()) {
                var count = Math.min(PIECE, data.length - at);
                link.write(Unpooled.wrappedBuffer(data, at, count));
                at += count;
            }
            link.flush();
            if (at == data.length) link.close();
            else stops++;
        }
    }

    /** Stops reading for a while at every megabyte. */
    private static final class Hesitant extends Collector {
        private final Link link;
        private int next = 1 << 20;
        private boolean off;
        boolean disturbed;

        Hesitant(Link link) {
            this.link = link;
        }

        @Override
        public void bytes(ByteBuf arrived) {
            disturbed |= off;
            super.bytes(arrived);
            if (bytes.size() < next) return;
            next += 1 << 20;
            off = true;
            link.reading(false);
            link.loop()
                    .after(
                            Duration.ofMillis(5),
                            () -> {
                                off = false;
                                link.reading(true);
                            });
        }
    }

    @ParameterizedTest
    @EnumSource
    void carriesFiftyMegabytesExactlyAtTheReadersPace(Sockets sockets) throws Exception {
        var world = world(sockets);
        var data = new byte[50_000_000];
        new Random(7).nextBytes(data);
        var received = new CompletableFuture<Hesitant>();
        var listening =
                world.net()
                        .listen(
                                Kind.TCP,
                                world.loops().get(0),
                                loopback(0),
                                link -> {
                                    var reader = new Hesitant(link);
                                    received.complete(reader);
                                    return reader;
                                });
        var sent = new CompletableFuture<Pump>();
        world.net()
                .connect(
                        world.loops().get(1),
                        target(listening.at()),
                        link -> {
                            var pump = new Pump(link, data);
                            sent.complete(pump);
                            return pump;
                        },
                        sent::completeExceptionally);
        var pump = get(sent);
        var reader = get(received);
        assertThat(get(reader.closed)).isEqualTo(CLOSED);
        assertThat(get(pump.closed)).isEqualTo(CLOSED);
        assertThat(Arrays.equals(reader.bytes.toByteArray(), data)).isTrue();
        assertThat(reader.disturbed).as("bytes while reading was off").isFalse();
        assertThat(pump.stops).as("times the sender had to wait").isPositive();
        assertThat(reader.closes).isEqualTo(1);
        assertThat(pump.closes).isEqualTo(1);
        listening.close();
    }

    @ParameterizedTest
    @EnumSource
    void aTakenPortNamesItself(Sockets sockets) {
        var world = world(sockets);
        var loop = world.loops().get(0);
        var first = world.net().listen(Kind.TCP, loop, loopback(0), link -> new Collector());
        assertThatThrownBy(() ->
                        world.net().listen(Kind.TCP, loop, first.at(), link -> new Collector()))
                .isInstanceOf(Unavailable.class)
                .hasMessage("tcp 127.0.0.1:" + first.at().getPort() + " is taken");
        var socket = world.net().datagrams(loop, loopback(0), (from, bytes) -> {});
        assertThatThrownBy(() -> world.net().datagrams(loop, socket.at(), (from, bytes) -> {}))
                .isInstanceOf(Unavailable.class)
                .hasMessage("udp 127.0.0.1:" + socket.at().getPort() + " is taken");
        first.close();
        world.net().listen(Kind.TCP, loop, first.at(), link -> new Collector()).close();
    }

    @ParameterizedTest
    @EnumSource
    void aLoopMayListenToo(Sockets sockets) throws Exception {
        var world = world(sockets);
        var loop = world.loops().get(0);
        var listening = new CompletableFuture<Integer>();
        loop.execute(() -> {
            var tcp = world.net().listen(Kind.TCP, loop, loopback(0), l -> new Collector());
            var udp = world.net().datagrams(loop, loopback(0), (from, bytes) -> {});
            listening.complete(Math.min(tcp.at().getPort(), udp.at().getPort()));
        });
        assertThat(get(listening)).isPositive();
    }

    @ParameterizedTest
    @EnumSource
    void aRefusedConnectionFailsOnTheLoop(Sockets sockets) throws Exception {
        var world = world(sockets);
        int port;
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        var failed = new CompletableFuture<String>();
        world.net()
                .connect(
                        world.loops().get(0),
                        target(loopback(port)),
                        link -> new Collector(),
                        why -> failed.complete(Thread.currentThread().getName() + " " + why));
        assertThat(get(failed))
                .startsWith("loop-0")
                .endsWith("cannot connect to tcp 127.0.0.1:" + port + ": connection refused");
    }

    @ParameterizedTest
    @EnumSource
    void withoutACertificateThereIsNoTls(Sockets sockets) throws Exception {
        var world = world(sockets);
        var loop = world.loops().get(0);
        assertThatThrownBy(
                        () -> world.net().listen(Kind.TLS, loop, loopback(0), l -> new Collector()))
                .isInstanceOf(Unavailable.class)
                .hasMessageContaining("TLS");
        var failed = new CompletableFuture<Exception>();
        world.net()
                .connect(
                        loop,
                        new Target(loopback(9), Kind.TLS, "localhost"),
                        link -> new Collector(),
                        failed::complete);
        assertThat(get(failed)).hasMessageContaining("TLS");
    }

    private static final class Accepted extends Collector {
        final Link link;

        Accepted(Link link) {
            this.link = link;
        }
    }

    private record Meeting(Accepted accepted, Socket peer) {}

    private static Meeting meet(LiveWorld world) throws Exception {
        var accepted = new LinkedBlockingQueue<Accepted>();
        var listening =
                world.net()
                        .listen(
                                Kind.TCP,
                                world.loops().get(1),
                                loopback(0),
                                link -> {
                                    var reader = new Accepted(link);
                                    accepted.add(reader);
                                    return reader;
                                });
        var peer = new Socket(listening.at().getAddress(), listening.at().getPort());
        peer.setSoTimeout(20_000);
        var reader = accepted.poll(20, TimeUnit.SECONDS);
        listening.close();
        if (reader == null) throw new AssertionError("nothing was accepted");
        return new Meeting(reader, peer);
    }

    private static void on(Loop loop, Runnable task) throws Exception {
        get(CompletableFuture.runAsync(task, loop));
    }

    @ParameterizedTest
    @EnumSource
    void aResetSurfacesWithItsReason(Sockets sockets) throws Exception {
        var met = meet(world(sockets));
        met.peer.getOutputStream().write(1);
        met.peer.setSoLinger(true, 0);
        met.peer.close();
        assertThat(get(met.accepted.closed)).containsIgnoringCase("reset");
    }

    @ParameterizedTest
    @EnumSource
    void aPeersEndLeavesTimeForWhatWasWritten(Sockets sockets) throws Exception {
        var met = meet(world(sockets));
        var big = new byte[5_000_000];
        new Random(3).nextBytes(big);
        on(
                met.accepted.link.loop(),
                () -> {
                    met.accepted.link.write(Unpooled.wrappedBuffer(big));
                    met.accepted.link.flush();
                });
        met.peer.getOutputStream().write("last".getBytes(StandardCharsets.UTF_8));
        met.peer.shutdownOutput();
        assertThat(Arrays.equals(met.peer.getInputStream().readAllBytes(), big)).isTrue();
        assertThat(get(met.accepted.closed)).isEqualTo(CLOSED);
        assertThat(met.accepted.text()).isEqualTo("last");
        met.peer.close();
    }

    @ParameterizedTest
    @EnumSource
    void whatWasWrittenBeforeCloseArrivesThoughThePeerStillSends(Sockets sockets) throws Exception {
        var met = meet(world(sockets));
        met.peer.getOutputStream().write(new byte[300_000]);
        on(
                met.accepted.link.loop(),
                () -> {
                    met.accepted.link.reading(false);
                    met.accepted.link.write(text("the answer"));
                    met.accepted.link.flush();
                    met.accepted.link.close();
                    met.accepted.link.close();
                    met.accepted.link.write(text("too late"));
                });
        assertThat(get(met.accepted.closed)).isEqualTo(CLOSED);
        met.peer.getOutputStream().write(new byte[300_000]);
        var read = new String(met.peer.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(read).isEqualTo("the answer");
        assertThat(met.accepted.closes).isEqualTo(1);
        met.peer.close();
    }

    @ParameterizedTest
    @EnumSource
    void whileReadingIsOffNothingArrivesNotEvenTheEnd(Sockets sockets) throws Exception {
        var world = world(sockets);
        var met = meet(world);
        var loop = met.accepted.link.loop();
        on(loop, () -> met.accepted.link.reading(false));
        met.peer.getOutputStream().write("held".getBytes(StandardCharsets.UTF_8));
        met.peer.close();
        var waited = new CompletableFuture<String>();
        on(
                loop,
                () ->
                        loop.after(
                                Duration.ofMillis(100),
                                () -> waited.complete(met.accepted.text())));
        assertThat(get(waited)).isEmpty();
        on(loop, () -> met.accepted.link.reading(true));
        assertThat(get(met.accepted.closed)).isEqualTo(CLOSED);
        assertThat(met.accepted.text()).isEqualTo("held");
    }

    @ParameterizedTest
    @EnumSource
    void whatIsWrittenAfterThePeersEndWasSeenStillLeaves(Sockets sockets) throws Exception {
        var met = meet(world(sockets));
        var loop = met.accepted.link.loop();
        var big = new byte[5_000_000];
        new Random(4).nextBytes(big);
        on(loop, () -> met.accepted.link.reading(false));
        met.peer.getOutputStream().write(new byte[600_000]);
        met.peer.shutdownOutput();
        var written = new CompletableFuture<Boolean>();
        on(
                loop,
                () ->
                        loop.after(
                                Duration.ofMillis(100),
                                () -> {
                                    met.accepted.link.write(Unpooled.wrappedBuffer(big));
                                    met.accepted.link.flush();
                                    met.accepted.link.reading(true);
                                    written.complete(true);
                                }));
        get(written);
        assertThat(Arrays.equals(met.peer.getInputStream().readAllBytes(), big)).isTrue();
        assertThat(get(met.accepted.closed)).isEqualTo(CLOSED);
        assertThat(met.accepted.bytes.size()).isEqualTo(600_000);
        met.peer.close();
    }

    @ParameterizedTest
    @EnumSource
    void aReaderThatThrowsLosesItsLinkOnly(Sockets sockets) throws Exception {
        var world = world(sockets);
        var gone = new CompletableFuture<String>();
        var listening =
                world.net()
                        .listen(
                                Kind.TCP,
                                world.loops().get(0),
                                loopback(0),
                                link ->
                                        new Collector() {
                                            @Override
                                            public void bytes(ByteBuf arrived) {
                                                arrived.release();
                                                throw new IllegalStateException(
                                                        "thrown on purpose by a reader");
                                            }

                                            @Override
                                            public void closed(@Nullable Exception why) {
                                                gone.complete(String.valueOf(why));
                                            }
                                        });
        try (var peer = new Socket(listening.at().getAddress(), listening.at().getPort())) {
            peer.getOutputStream().write(1);
            assertThat(get(gone)).contains("failed");
            assertThat(peer.getInputStream().read()).isEqualTo(-1);
        }
        new Socket(listening.at().getAddress(), listening.at().getPort()).close();
    }

    @ParameterizedTest
    @EnumSource
    void theLargestDatagramArrivesWhole(Sockets sockets) throws Exception {
        var world = world(sockets);
        var large = new byte[65_507];
        new Random(5).nextBytes(large);
        var arrived = new LinkedBlockingQueue<byte[]>();
        var b = world.net().datagrams(world.loops().get(1), loopback(0), (f, x) -> arrived.add(x));
        var senders = new LinkedBlockingQueue<InetSocketAddress>();
        var a = world.net().datagrams(world.loops().get(0), loopback(0), (f, x) -> senders.add(f));
        a.send(b.at(), large);
        a.send(b.at(), new byte[65_508]);
        a.send(b.at(), "after".getBytes(StandardCharsets.UTF_8));
        assertThat(arrived.poll(20, TimeUnit.SECONDS)).isEqualTo(large);
        assertThat(arrived.poll(20, TimeUnit.SECONDS)).asString().isEqualTo("after");
        b.send(a.at(), large);
        assertThat(senders.poll(20, TimeUnit.SECONDS)).isEqualTo(b.at());
        a.close();
        a.send(b.at(), large);
    }

    @ParameterizedTest
    @EnumSource
    void anEmptyDatagramStopsNothing(Sockets sockets) throws Exception {
        var world = world(sockets);
        var sizes = new LinkedBlockingQueue<Integer>();
        var socket =
                world.net()
                        .datagrams(
                                world.loops().get(0), loopback(0), (f, x) -> sizes.add(x.length));
        try (var peer = new DatagramSocket()) {
            peer.send(new DatagramPacket(new byte[0], 0, socket.at()));
            peer.send(new DatagramPacket(new byte[7], 7, socket.at()));
        }
        var first = sizes.poll(20, TimeUnit.SECONDS);
        assertThat(first).isIn(0, 7);
        if (first != null && first == 0) {
            assertThat(sizes.poll(20, TimeUnit.SECONDS)).isEqualTo(7);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aSocketKnowsThatMoreCameThanWasRead(Sockets sockets) throws Exception {
        var world = world(sockets);
        var known = new CompletableFuture<Net.Datagrams>();
        var allSent = new CountDownLatch(1);
        var behind = new LinkedBlockingQueue<Duration>();
        var socket =
                world.net()
                        .datagrams(
                                world.loops().get(0),
                                loopback(0),
                                (_, _) -> {
                                    waitFor(allSent);
                                    behind.add(known.join().behind());
                                });
        known.complete(socket);
        assertThat(socket.behind()).isZero();
        try (var peer = new DatagramSocket()) {
            // Some are lost where the socket has little room.
            for (int i = 0; i < 3_000; i++)
                peer.send(new DatagramPacket(new byte[1], 1, socket.at()));
            allSent.countDown();
            var most = Duration.ZERO;
            for (var now = behind.poll(20, TimeUnit.SECONDS);
                    now != null;
                    now = behind.poll(1, TimeUnit.SECONDS)) if (now.compareTo(most) > 0) most = now;
            assertThat(most).isPositive();
            // The turn that read the last of them may not have ended when the next one comes.
            @Nullable Duration last;
            do {
                peer.send(new DatagramPacket(new byte[1], 1, socket.at()));
                last = behind.poll(20, TimeUnit.SECONDS);
            } while (last != null && !last.isZero());
            assertThat(last).isZero();
        }
    }

    private static void waitFor(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException hurried) {
            Thread.currentThread().interrupt();
        }
    }

    @ParameterizedTest
    @EnumSource
    void speaksIpv6(Sockets sockets) throws Exception {
        var world = world(sockets);
        var at = new InetSocketAddress(InetAddress.ofLiteral("::1"), 0);
        var reader = new Collector();
        var listening = world.net().listen(Kind.TCP, world.loops().get(0), at, link -> reader);
        var failed = new CompletableFuture<Exception>();
        world.net()
                .connect(
                        world.loops().get(1),
                        target(listening.at()),
                        link -> {
                            link.write(text("over " + link.remote().getAddress().getHostAddress()));
                            link.close();
                            return new Collector();
                        },
                        failed::complete);
        assertThat(get(reader.closed)).isEqualTo(CLOSED);
        assertThat(reader.text()).isEqualTo("over 0:0:0:0:0:0:0:1");
        assertThat(failed).isNotDone();
        assertThatThrownBy(() ->
                        world.net()
                                .listen(
                                        Kind.TCP,
                                        world.loops().get(0),
                                        listening.at(),
                                        link -> reader))
                .hasMessageContaining("[0:0:0:0:0:0:0:1]:" + listening.at().getPort());
    }
}
