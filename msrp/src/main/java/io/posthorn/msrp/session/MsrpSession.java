package io.posthorn.msrp.session;

import io.posthorn.strand.BodySource;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * One MSRP session. Calls may be made from any thread and run on the session's loop in the order
 * made; none waits.
 */
public interface MsrpSession {

    /** Our session-id, for logs and tracks. */
    String id();

    /** Our URI. */
    String uri();

    /** Over TLS, and its URI is {@code msrps}. */
    boolean secure();

    /**
     * What {@code a=fingerprint} must say of us (RFC 8122): none without TLS, two while one
     * certificate of ours gives way to another, the one that is shown now first.
     */
    List<String> fingerprints();

    /** What {@link #uri()} names: for {@code c=} and {@code m=}. */
    InetSocketAddress at();

    /**
     * Begins: who dials follows from both {@code a=setup} (RFC 6135, RFC 4975 section 8.5); whoever
     * dials binds with an empty SEND, or with its first message. {@link MsrpEvent.Bound} or {@link
     * MsrpEvent.Lost} follows. Until now what arrived was held back, one connection's worth.
     *
     * @param ours what we said; its path is our URI first, then what we put behind it (path-mode
     *     prepend)
     */
    void start(Media ours, Media theirs);

    /** Sends {@code body}, cut into our own chunks. May be called before the session is bound. */
    Outgoing send(Head head, BodySource body);

    /**
     * Passes every SEND and REPORT on to {@code onward} and what it answers back, chunk by chunk,
     * and REPORTs of {@code onward} here; nothing reaches the receiver. At most 8 unanswered
     * chunks; beyond, stops reading here. Source: RFC 4975, RFC 4976; 408 after 25 s.
     *
     * <p>A message that {@code admission} does not pass is refused; if bytes of it have left, it
     * ends in {@code #}. {@link MsrpEvent.Refused} follows.
     *
     * <p>What is passed on is from the path that {@code onward} was started with: our URI, and in
     * path-mode prepend that of the peer here behind it.
     */
    void relay(MsrpSession onward, Admission admission);

    /**
     * The end of the call is near: a message that is relayed from here and has not come whole ends
     * in {@code #}, and so does every new one; what has come whole goes on waiting for its answers.
     *
     * @param code what the sender is answered
     */
    void cut(int code);

    /** Forgets the session; its connection closes when it carries no other. No event follows. */
    void close();
}
