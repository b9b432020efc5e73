package io.posthorn.msrp.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.posthorn.strand.Link;
import io.posthorn.strand.Net;
import io.posthorn.strand.Target;
import io.posthorn.strand.World;
import io.posthorn.strand.sim.Simulation;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** A simulation with MSRP nodes, and what tests do with them. */
final class Field implements AutoCloseable {
    static final Duration SECOND = Duration.ofSeconds(1);

    final Simulation simulation;
    private final Map<String, MsrpNode> nodes = new LinkedHashMap<>();
    private MsrpSettingsChange change = settings -> settings;

    interface MsrpSettingsChange {
        MsrpSettings of(MsrpSettings settings);
    }

    /** A session and its owner. */
    record Party(String node, MsrpSession session, Box box) {
        Media media(@Nullable String setup, boolean offered) {
            return media(setup, offered, 0);
        }

        Media media(@Nullable String setup, boolean offered, long maxSize) {
            return new Media(List.of(session.uri()), setup, offered, false, List.of(), maxSize);
        }
    }

    Field(long seed) {
        simulation = new Simulation(seed);
    }

    Field with(MsrpSettingsChange change) {
        this.change = change;
        return this;
    }

    World world(String name) {
        return simulation.node(name);
    }

    MsrpNode node(String name) {
        return nodes.computeIfAbsent(
                name,
                n -> {
                    var world = simulation.node(n);
                    var settings = MsrpSettings.at(simulation.address(n), 2855);
                    return new MsrpNode(world, change.of(settings));
                });
    }

    Party party(String name) {
        return party(name, 0);
    }

    Party party(String name, int loop) {
        var box = new Box();
        var world = world(name);
        var track = world.recorder().open("test", Map.of());
        var session = node(name).open(world.loops().get(loop), track, box, box);
        return new Party(name, session, box);
    }

    /** Runs {@code task} on the loop of the first node's sessions. */
    void on(String node, Runnable task) {
        world(node).loops().getFirst().execute(task);
        simulation.settle();
    }

    /** Offer and answer between two sessions. */
    void join(Party caller, Party called) {
        join(caller, "actpass", called, "passive");
    }

    void join(Party caller, @Nullable String offer, Party called, @Nullable String answer) {
        var offered = caller.media(offer, true);
        var answered = called.media(answer, false);
        called.session().start(answered, offered);
        caller.session().start(offered, answered);
    }

    void pass(Duration d) {
        simulation.pass(d);
    }

    void until(java.util.function.BooleanSupplier done) {
        simulation.until(done, Duration.ofSeconds(300));
    }

    static byte[] random(int count, long seed) {
        var bytes = new byte[count];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    static Head text(String id) {
        return new Head(id, "text/plain", false, FailureReport.YES);
    }

    /** Speaks MSRP by hand, from one connection. */
    final class Raw implements Link.Reader {
        private final StringBuilder heard = new StringBuilder();
        private @Nullable Link link;
        @Nullable String closed;

        private Link link() {
            if (link == null) throw new AssertionError("not connected");
            return link;
        }

        void say(String text) {
            begin(text);
            simulation.pass(SECOND);
        }

        /** As {@link #say}, but nobody has heard it yet. */
        void begin(String text) {
            var link = link();
            link.loop()
                    .execute(() -> {
                        link.write(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1));
                        link.flush();
                    });
        }

        void reading(boolean on) {
            var link = link();
            link.loop().execute(() -> link.reading(on));
            simulation.settle();
        }

        void hangUp() {
            var link = link();
            link.loop().execute(link::close);
            simulation.pass(SECOND);
        }

        /** What came since this was asked last. */
        String heard() {
            var text = heard.toString();
            heard.setLength(0);
            return text;
        }

        @Override
        public void bytes(ByteBuf bytes) {
            heard.append(bytes.toString(StandardCharsets.ISO_8859_1));
            bytes.release();
        }

        @Override
        public void writableAgain() {}

        @Override
        public void closed(@Nullable Exception why) {
            closed = why == null ? "closed" : String.valueOf(why.getMessage());
        }
    }

    /** Connects to where {@code to} listens. */
    Raw dial(String node, MsrpSession to) {
        var raw = new Raw();
        var world = world(node);
        world.loops()
                .getFirst()
                .execute(() ->
                        world.net()
                                .connect(
                                        world.loops().getFirst(),
                                        new Target(to.at(), Net.Kind.TCP, "x"),
                                        link -> {
                                            raw.link = link;
                                            return raw;
                                        },
                                        failure -> {
                                            throw new AssertionError(failure);
                                        }));
        simulation.until(() -> raw.link != null, SECOND);
        return raw;
    }

    /** Listens at port 7000 of {@code node}; the last connection counts. */
    Raw listen(String node) {
        return listen(node, Net.Kind.TCP);
    }

    /** As above, over TLS. */
    Raw listenTls(String node) {
        return listen(node, Net.Kind.TLS);
    }

    private Raw listen(String node, Net.Kind kind) {
        var raw = new Raw();
        var world = world(node);
        world.net()
                .listen(
                        kind,
                        world.loops().getFirst(),
                        new InetSocketAddress(simulation.address(node), 7000),
                        link -> {
                            raw.link = link;
                            return raw;
                        });
        return raw;
    }

    /** Closes everything and looks for what stayed. */
    void nothingStays() {
        for (var node : nodes.values()) node.close();
        simulation.pass(Duration.ofSeconds(1));
        for (var node : nodes.values())
            assertThat(node.open()).isEqualTo(new MsrpNode.Open(0, 0, 0));
        assertThat(simulation.leftovers()).isEmpty();
        assertThat(simulation.unreleased()).isZero();
    }

    @Override
    public void close() {
        simulation.close();
    }
}
