package io.posthorn.strand;

import java.io.Closeable;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Connections and datagrams. Every callback runs on the loop that was named. */
public interface Net {

    enum Kind {
        UDP,
        TCP,
        TLS
    }

    /**
     * Accepts connections. TLS asks for a certificate and takes any, or none: see {@link
     * Link#certified()}. What is no TLS, or is not done with its handshake after 5 s, is closed and
     * never accepted.
     *
     * @param at port 0 takes a free one, see {@link Listening#at()}
     * @param accepted called on {@code loop} once per connection; returns who reads it
     * @throws Unavailable if the port is taken; the message names it; or if we have no certificate
     */
    default Listening listen(
            Kind kind, Loop loop, InetSocketAddress at, Function<Link, Link.Reader> accepted) {
        return listen(kind, loop, at, this::identity, accepted);
    }

    /**
     * The same, where another than {@link #identity} may be shown.
     *
     * @param shown asked on {@code loop} for every connection over TLS; null refuses it
     */
    Listening listen(
            Kind kind,
            Loop loop,
            InetSocketAddress at,
            Supplier<@Nullable Identity> shown,
            Function<Link, Link.Reader> accepted);

    /**
     * Connects once; exactly one of {@code opened} and {@code failed} is called, on {@code loop}.
     * Gives up after 5 s, and another 5 s for TLS. Over TLS the other end is the one that {@code
     * to} names, or it failed; what it says is for a person to read.
     */
    void connect(
            Loop loop, Target to, Function<Link, Link.Reader> opened, Consumer<Exception> failed);

    /**
     * Why nothing of ours may go to {@code to}, for a person to read; null if it may. {@link
     * #connect} fails with it; who sends datagrams by an address that a peer wrote asks first.
     */
    default @Nullable String refusal(InetSocketAddress to) {
        return null;
    }

    /**
     * Who we are over TLS; null if we have no certificate, and cannot do TLS. Another one may come
     * at any time, for new connections. Any thread.
     */
    @Nullable Identity identity();

    /**
     * Opens a datagram socket. A datagram of up to 65,535 bytes arrives whole.
     *
     * @param reader called on {@code loop}; the array is the reader's
     * @throws Unavailable if the port is taken; the message names it
     */
    Datagrams datagrams(
            Loop loop, InetSocketAddress at, BiConsumer<InetSocketAddress, byte[]> reader);

    /** A listening port. Closing it leaves its connections open. */
    interface Listening extends Closeable {
        InetSocketAddress at();

        @Override
        void close();
    }

    /** A datagram socket. */
    interface Datagrams extends Closeable {
        InetSocketAddress at();

        /**
         * Any thread; what cannot be sent is lost, as datagrams are. The array must not change
         * afterwards.
         */
        void send(InetSocketAddress to, byte[] bytes);

        /**
         * For how long much more has been here than its loop could read; zero since little was
         * left, or nothing. Any thread.
         */
        Duration behind();

        @Override
        void close();
    }
}
