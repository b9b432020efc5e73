package io.posthorn.msrp.session;

import io.posthorn.strand.Loop;
import io.posthorn.strand.Track;
import io.posthorn.strand.World;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/** All of one node's MSRP: a listening port and a table of sessions per loop. */
public final class MsrpNode implements MsrpEndpoint, AutoCloseable {

    /**
     * What is open now, all loops together; for operators and leak checks.
     *
     * @param pending SENDs of ours without an answer
     */
    public record Open(int sessions, int connections, int pending) {}

    static final class Counts {
        final AtomicInteger sessions = new AtomicInteger();
        final AtomicInteger connections = new AtomicInteger();
        final AtomicInteger pending = new AtomicInteger();
    }

    private final List<LoopEndpoint> ends = new ArrayList<>();
    private final Counts counts = new Counts();

    /**
     * Listens at once.
     *
     * @throws io.posthorn.strand.Unavailable if a port is taken
     */
    public MsrpNode(World world, MsrpSettings settings) {
        var loops = world.loops();
        try {
            for (int i = 0; i < loops.size(); i++) {
                int port = settings.port() == 0 ? 0 : settings.port() + i;
                ends.add(new LoopEndpoint(world, loops.get(i), settings, port, counts));
            }
        } catch (RuntimeException taken) {
            close();
            throw taken;
        }
    }

    @Override
    public MsrpSession open(Loop home, Track track, Receiver receiver, Predicate<MsrpEvent> inbox) {
        for (var end : ends)
            if (end.loop().number() == home.number()) return end.open(track, receiver, inbox);
        throw new IllegalArgumentException("no loop " + home.number() + " in this world");
    }

    /** Any thread. */
    public Open open() {
        return new Open(counts.sessions.get(), counts.connections.get(), counts.pending.get());
    }

    /** Stops listening and closes every connection; no event follows. Any thread. */
    @Override
    public void close() {
        for (var end : ends) end.close();
    }
}
