package io.posthorn.msrp.session;

import io.posthorn.strand.Loop;
import io.posthorn.strand.Track;
import java.util.function.Predicate;

/**
 * One node's end of MSRP: one listening port per loop, so that the path leads a peer to the home
 * loop of its call.
 */
public interface MsrpEndpoint {

    /**
     * Opens a session with an unguessable id of our own. Any thread.
     *
     * @param secure over TLS; see {@link #secure()}
     * @param home the loop of the call this session belongs to
     * @param receiver takes what arrives
     * @param inbox gets the session's events; may say false, as {@link
     *     io.posthorn.strand.Strand#post}
     */
    MsrpSession open(
            boolean secure, Loop home, Track track, Receiver receiver, Predicate<MsrpEvent> inbox);

    /** A session over TCP. */
    default MsrpSession open(
            Loop home, Track track, Receiver receiver, Predicate<MsrpEvent> inbox) {
        return open(false, home, track, receiver, inbox);
    }

    /** Whether sessions over TLS can be opened. Any thread. */
    boolean secure();
}
