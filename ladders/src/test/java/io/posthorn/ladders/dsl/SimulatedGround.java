package io.posthorn.ladders.dsl;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.posthorn.strand.Link;
import io.posthorn.strand.Net;
import io.posthorn.strand.Target;
import io.posthorn.strand.World;
import io.posthorn.strand.sim.Simulation;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Parties are nodes of one simulation; each has an address of its own. */
final class SimulatedGround implements Ground {

    private final Simulation simulation;
    private final Set<String> units = new LinkedHashSet<>();

    SimulatedGround(long seed) {
        simulation = new Simulation(seed);
    }

    Simulation simulation() {
        return simulation;
    }

    /** What the units under test have not finished. */
    List<String> leftovers() {
        var left = new ArrayList<String>();
        for (var unit : units) left.addAll(simulation.leftovers(unit));
        if (simulation.unreleased() > 0)
            left.add(simulation.unreleased() + " buffers are not released");
        return left;
    }

    @Override
    public World world(String node) {
        units.add(node);
        return simulation.node(node);
    }

    @Override
    public Instant now() {
        return simulation.now();
    }

    @Override
    public InetSocketAddress free(String unit) {
        return free(unit, 5060);
    }

    @Override
    public boolean isFree(InetSocketAddress at) {
        simulation.settle();
        var end = at.getAddress().getHostAddress() + ":" + at.getPort();
        return units.stream()
                .flatMap(unit -> simulation.leftovers(unit).stream())
                .noneMatch(line -> line.contains(end));
    }

    private InetSocketAddress free(String party, int port) {
        return new InetSocketAddress(simulation.address(party), port);
    }

    @Override
    public Udp udp(String party, Packets in) {
        var world = simulation.node(party);
        var socket = world.net().datagrams(world.loops().getFirst(), free(party, 5060), in::packet);
        return new Udp() {
            @Override
            public InetSocketAddress at() {
                return socket.at();
            }

            @Override
            public void send(InetSocketAddress to, byte[] bytes) {
                socket.send(to, bytes);
            }
        };
    }

    @Override
    public Listening listen(String party, Function<Stream, Stream.Reader> accepted) {
        var world = simulation.node(party);
        var listening =
                world.net()
                        .listen(
                                Net.Kind.TCP,
                                world.loops().getFirst(),
                                free(party, 0),
                                link -> new Reading(link, accepted));
        return new Listening() {
            @Override
            public InetSocketAddress at() {
                return listening.at();
            }

            @Override
            public void close() {
                listening.close();
            }
        };
    }

    @Override
    public void certifies(String unit) {
        // Who says nothing else has one for its name.
    }

    @Override
    public String fingerprint(String party) {
        simulation.network().doubtfulCertificate(party, "is self-signed");
        return Objects.requireNonNull(simulation.node(party).net().identity()).fingerprint();
    }

    @Override
    public void connect(
            String party, InetSocketAddress to, Function<Stream, Stream.Reader> opened) {
        connect(party, new Target(to, Net.Kind.TCP, to.getHostString()), opened);
    }

    @Override
    public void connect(
            String party,
            InetSocketAddress to,
            String fingerprint,
            Function<Stream, Stream.Reader> opened) {
        var there = new Target(to, Net.Kind.TLS, to.getHostString());
        connect(party, there.promised(List.of(fingerprint)), opened);
    }

    private void connect(String party, Target to, Function<Stream, Stream.Reader> opened) {
        var world = simulation.node(party);
        var loop = world.loops().getFirst();
        loop.execute(
                () -> world.net().connect(loop, to, link -> new Reading(link, opened), e -> {}));
    }

    /** A link as a stream. */
    private static final class Reading implements Link.Reader, Stream {
        private final Link link;
        private final Stream.Reader reader;

        Reading(Link link, Function<Stream, Stream.Reader> opened) {
            this.link = link;
            this.reader = opened.apply(this);
        }

        @Override
        public void bytes(ByteBuf bytes) {
            var array = ByteBufUtil.getBytes(bytes);
            bytes.release();
            reader.bytes(array);
        }

        @Override
        public void writableAgain() {}

        @Override
        public void closed(@Nullable Exception why) {
            reader.closed(why);
        }

        @Override
        public InetSocketAddress local() {
            return link.local();
        }

        @Override
        public InetSocketAddress remote() {
            return link.remote();
        }

        @Override
        public void send(byte[] bytes) {
            link.loop()
                    .execute(() -> {
                        link.write(Unpooled.wrappedBuffer(bytes));
                        link.flush();
                    });
        }

        @Override
        public void close() {
            link.loop().execute(link::close);
        }

        @Override
        public void reset() {
            close();
        }

        @Override
        public void reading(boolean on) {
            link.loop().execute(() -> link.reading(on));
        }
    }

    @Override
    public boolean until(BooleanSupplier done, Duration limit) {
        simulation.settle();
        var end = simulation.now().plus(limit);
        while (!done.getAsBoolean()) {
            if (!simulation.now().isBefore(end)) return false;
            simulation.pass(Duration.ofMillis(1));
        }
        return true;
    }

    @Override
    public void pass(Duration d) {
        simulation.pass(d);
    }

    @Override
    public void run(Runnable task) {
        task.run();
    }

    @Override
    public void close() {
        simulation.close();
    }
}
