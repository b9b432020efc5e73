package io.posthorn.msrp.session;

import io.posthorn.strand.Loop;
import io.posthorn.strand.Track;
import io.posthorn.strand.World;
import java.net.InetSocketAddress;
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
     * @throws io.posthorn.strand.Unavailable if a port is taken, or TLS has no certificate
     */
    public MsrpNode(World world, MsrpSettings settings) {
        var loops = world.loops();
        try {
            for (int i = 0; i < loops.size(); i++) {
                ends.add(new LoopEndpoint(world, loops.get(i), i, settings, counts));
            }
        } catch (RuntimeException taken) {
            close();
            throw taken;
        }
    }

    @Override
    public MsrpSession open(
            boolean secure, Loop home, Track track, Receiver receiver, Predicate<MsrpEvent> inbox) {
        for (var end : ends)
            if (end.loop().number() == home.number())
                return end.open(secure, track, receiver, inbox);
        throw new IllegalArgumentException("no loop " + home.number() + " in this world");
    }

    @Override
    public boolean secure() {
        return ends.getFirst().secure();
    }

    /** Where sessions over TLS are, per loop; none without TLS. */
    public List<InetSocketAddress> secureAt() {
        return ends.stream().filter(LoopEndpoint::secure).map(end -> end.at(true)).toList();
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
