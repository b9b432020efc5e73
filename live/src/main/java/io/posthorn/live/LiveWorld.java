package io.posthorn.live;

import io.posthorn.strand.Clock;
import io.posthorn.strand.Disk;
import io.posthorn.strand.Entropy;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Names;
import io.posthorn.strand.Net;
import io.posthorn.strand.Recorder;
import io.posthorn.strand.Strands;
import io.posthorn.strand.World;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * The real world: one per process, or several in a test. Whoever started it closes it.
 *
 * <pre>{@code
 * try (var world = LiveWorld.start(dataDirectory, recorder)) {
 *     world.net().listen(Net.Kind.TCP, world.loops().get(0), at, link -> reader);
 * }
 * }</pre>
 */
public final class LiveWorld implements World, AutoCloseable {
    private final Recorder recorder;
    private final List<LiveLoop> loops;
    private final Lanes lanes;
    private final Carriers carriers;
    private final LiveStrands strands;
    private final LiveClock clock = new LiveClock();
    private final LiveEntropy entropy;
    private final LiveNames names;
    private final LiveNet net = new LiveNet();
    private final LiveDisk disk;

    private LiveWorld(
            int loops,
            Path data,
            Recorder recorder,
            Sockets sockets,
            Function<List<LiveLoop>, Carriers> carriers) {
        this.recorder = recorder;
        var time = new Monotonic();
        this.loops =
                IntStream.range(0, loops).mapToObj(i -> new LiveLoop(i, time, sockets)).toList();
        this.lanes = new Lanes(this.loops);
        this.carriers = carriers.apply(this.loops);
        this.strands = new LiveStrands(time, this.loops, lanes, this.carriers);
        this.entropy = new LiveEntropy(Runtime.getRuntime().availableProcessors());
        this.names = LiveNames.ofSystem(entropy);
        this.disk = new LiveDisk(data, lanes);
    }

    /**
     * Starts with one loop per core.
     *
     * @param data where relative paths of {@link #disk()} lie; need not exist yet
     * @param recorder what {@link #recorder()} returns
     */
    public static LiveWorld start(Path data, Recorder recorder) {
        return start(Runtime.getRuntime().availableProcessors(), data, recorder);
    }

    /** As {@link #start(Path, Recorder)}, with {@code loops} loops. */
    public static LiveWorld start(int loops, Path data, Recorder recorder) {
        return start(loops, data, recorder, Sockets.best(), Carriers::best);
    }

    static LiveWorld start(
            int loops,
            Path data,
            Recorder recorder,
            Sockets sockets,
            Function<List<LiveLoop>, Carriers> carriers) {
        return new LiveWorld(loops, data, recorder, sockets, carriers);
    }

    /**
     * The time for what must be there before its world, such as the recorder: starts at the wall
     * clock and then runs monotonic. Any thread.
     */
    public static Supplier<Instant> time() {
        return new Monotonic()::now;
    }

    /**
     * From now on this is who we are over TLS, and whom we trust; connections that are there stay
     * as they are. Before the first, there is no TLS. Any thread.
     */
    public void show(Credentials credentials) {
        net.show(credentials);
    }

    /** Other limits for TLS handshakes, from now on. */
    void handshakes(HandshakesUnderWay.Limits limits) {
        net.handshakes(limits);
    }

    /**
     * From now on at most {@code most} TLS handshakes of one address are under way at a port (of
     * one /64 with IPv6; loopback has the limit of the port only). Any thread.
     */
    public void handshakesPerAddress(int most) {
        net.handshakesPerAddress(most);
    }

    /** TLS connections to us that never came to be, counted by reason. Any thread. */
    public Map<String, Long> refusedHandshakes() {
        return net.refused();
    }

    @Override
    public Strands strands() {
        return strands;
    }

    @Override
    public List<Loop> loops() {
        return List.copyOf(loops);
    }

    @Override
    public Clock clock() {
        return clock;
    }

    @Override
    public Entropy entropy() {
        return entropy;
    }

    @Override
    public Names names() {
        return names;
    }

    @Override
    public Net net() {
        return net;
    }

    @Override
    public Disk disk() {
        return disk;
    }

    @Override
    public Recorder recorder() {
        return recorder;
    }

    /**
     * Ends strands (their {@code await} throws {@link io.posthorn.strand.Unavailable}), then
     * finishes the work in lanes, then closes the loops with their sockets. Takes up to 5 s each.
     * Draining calls in good order is done before, by whoever knows calls. Not from a loop.
     */
    @Override
    public void close() {
        try {
            strands.close();
            lanes.close();
            var closing = loops.stream().map(LiveLoop::close).toList();
            for (var loop : closing) loop.await();
        } catch (InterruptedException hurried) {
            Thread.currentThread().interrupt();
        } finally {
            carriers.close();
        }
    }
}
