package io.posthorn.ladders.dsl;

import io.posthorn.strand.World;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What parties stand on: the network as a test peer reaches it, and the passing of time. All
 * callbacks and all conditions run under one lock, or on the one thread of the simulation.
 */
interface Ground extends AutoCloseable {

    /** The ports for a unit under test. */
    World world(String node);

    Instant now();

    /** An address for a unit of that name, with a port that is free for UDP and TCP. */
    InetSocketAddress free(String unit);

    /** Nobody holds this address for TCP. */
    boolean isFree(InetSocketAddress at);

    /** A datagram socket on a free port. */
    Udp udp(String party, Packets in);

    /** Accepts byte streams on a free port. */
    Listening listen(String party, Function<Stream, Stream.Reader> accepted);

    /** Connects; a failure arrives as {@link Stream.Reader#closed}. */
    void connect(String party, InetSocketAddress to, Function<Stream, Stream.Reader> opened);

    /** Gives a unit a certificate, before it listens for TLS. */
    void certifies(String unit);

    /** What {@code a=fingerprint} says of this party, of which nobody vouches for anything. */
    String fingerprint(String party);

    /** As {@link #connect}, over TLS, to whoever shows the certificate of that fingerprint. */
    void connect(
            String party,
            InetSocketAddress to,
            String fingerprint,
            Function<Stream, Stream.Reader> opened);

    /** Lets time pass until {@code done}, at most {@code limit}; says whether it was. */
    boolean until(BooleanSupplier done, Duration limit);

    void pass(Duration d);

    /** Runs {@code task} where callbacks run. */
    void run(Runnable task);

    @Override
    void close();

    interface Packets {
        void packet(InetSocketAddress from, byte[] bytes);
    }

    interface Udp {
        InetSocketAddress at();

        void send(InetSocketAddress to, byte[] bytes);
    }

    interface Listening {
        InetSocketAddress at();

        void close();
    }

    interface Stream {
        InetSocketAddress local();

        InetSocketAddress remote();

        void send(byte[] bytes);

        void close();

        /** Closes so that the far end sees a reset. */
        void reset();

        /** Stops or goes on taking bytes, so that the far end feels back-pressure. */
        void reading(boolean on);

        interface Reader {
            void bytes(byte[] bytes);

            void closed(@Nullable Exception why);
        }
    }
}
