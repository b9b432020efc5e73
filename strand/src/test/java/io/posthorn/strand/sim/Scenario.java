package io.posthorn.strand.sim;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.posthorn.strand.Lane;
import io.posthorn.strand.Link;
import io.posthorn.strand.Net;
import io.posthorn.strand.Strand;
import io.posthorn.strand.Target;
import io.posthorn.strand.World;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Two nodes that use every port at once, over a bad network. */
final class Scenario {

    private static final int CALLS = 10;

    private Scenario() {}

    static long traceHash(long seed) {
        try (var simulation = new Simulation(seed)) {
            simulation
                    .network()
                    .loss(0.1)
                    .duplicate(0.1)
                    .reorder(0.2)
                    .resetAfterBytes("a", "b", 150_000);
            var b = simulation.node("b");
            var a = simulation.node("a");
            var at = new InetSocketAddress(simulation.address("b"), 5060);
            serve(b, at);
            for (int i = 0; i < CALLS; i++) call(a, at, i);
            simulation.pass(Duration.ofMillis(200));
            simulation.network().cut("a", "b");
            simulation.pass(Duration.ofMillis(50));
            simulation.network().heal();
            simulation.pass(Duration.ofSeconds(20));
            simulation.crash("b");
            simulation.node("b");
            for (var file : simulation.disk("b").files()) simulation.disk("b").contents(file);
            simulation.pass(Duration.ofSeconds(20));
            return simulation.traceHash();
        }
    }

    private static void serve(World b, InetSocketAddress at) {
        b.net().listen(Net.Kind.TCP, b.loops().getFirst(), at, Echo::new);
        var replies = new Net.Datagrams[1];
        replies[0] =
                b.net()
                        .datagrams(
                                b.loops().get(1),
                                at,
                                (from, bytes) -> {
                                    keep(b, bytes);
                                    replies[0].send(from, bytes);
                                });
    }

    private static void keep(World b, byte[] bytes) {
        b.strands()
                .run(
                        Lane.DISK,
                        () -> {
                            var name = new String(bytes, StandardCharsets.US_ASCII);
                            var file = Path.of("/spool", name + "-" + b.entropy().hex(64));
                            try (var open = b.disk().create(file, 0)) {
                                open.write(0, Unpooled.wrappedBuffer(bytes));
                                if (bytes[0] % 2 == 0) open.force();
                            }
                        });
    }

    private static void call(World a, InetSocketAddress at, int number) {
        var loop = a.loops().get(number % 2);
        var track = a.recorder().open("call " + number, Map.of());
        a.strands().start(track, (Strand<String> me) -> run(a, at, number, me), left -> {});
        loop.execute(() -> loop.after(Duration.ofSeconds(30), () -> {}));
    }

    private static void run(World a, InetSocketAddress at, int number, Strand<String> me) {
        var loop = a.loops().get(number % 2);
        var socket =
                a.net()
                        .datagrams(
                                loop,
                                new InetSocketAddress("0.0.0.0", 0),
                                (from, bytes) -> me.post("datagram"));
        var giveUp = me.in(Duration.ofSeconds(8));
        while (me.now().isBefore(giveUp)) {
            socket.send(at, new byte[] {(byte) ('0' + number)});
            if (me.await(me.in(Duration.ofMillis(500))) != null) break;
        }
        socket.close();
        stream(a, at, me);
        Instant end = me.in(Duration.ofSeconds(10));
        for (String event; (event = me.await(end)) != null; ) if (event.equals("closed")) break;
        me.track().end("done");
    }

    private static void stream(World a, InetSocketAddress at, Strand<String> me) {
        a.loops()
                .getFirst()
                .execute(() ->
                        a.net()
                                .connect(
                                        a.loops().getFirst(),
                                        new Target(at, Net.Kind.TCP, "b"),
                                        link -> new Sender(link, me),
                                        why -> me.post("closed")));
    }

    @SuppressWarnings("ArrayRecordComponent")
    private record Sender(Link link, Strand<String> me, int[] left) implements Link.Reader {
        Sender(Link link, Strand<String> me) {
            this(link, me, new int[] {20_000});
            link.write(Unpooled.wrappedBuffer(new byte[20_000]));
            link.flush();
        }

        @Override
        public void bytes(ByteBuf bytes) {
            left[0] -= bytes.readableBytes();
            bytes.release();
            if (left[0] == 0) link.close();
            me.post("bytes");
        }

        @Override
        public void writableAgain() {}

        @Override
        public void closed(@Nullable Exception why) {
            me.post("closed");
        }
    }

    private record Echo(Link link) implements Link.Reader {
        @Override
        public void bytes(ByteBuf bytes) {
            link.write(bytes);
            link.flush();
        }

        @Override
        public void writableAgain() {}

        @Override
        public void closed(@Nullable Exception why) {}
    }
}
