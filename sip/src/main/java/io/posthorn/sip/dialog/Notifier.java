package io.posthorn.sip.dialog;

import io.posthorn.sip.wire.SipRequest;
import io.posthorn.strand.Loop;

/**
 * One subscription at us: NOTIFYs leave one after the other in the order made. Any thread. Source:
 * RFC 6665 section 4.2.
 */
public interface Notifier {

    /** Names it in logs. */
    String id();

    Loop loop();

    /** The SUBSCRIBE that made it. */
    SipRequest subscribe();

    /**
     * Sends NOTIFY with the state {@code active}; for a fetch with {@code terminated}. Harmless
     * once the subscription has ended.
     *
     * @param contentType of {@code body}; ignored if that is empty
     */
    void notify(String contentType, byte[] body);

    /**
     * Ends it with a last NOTIFY. {@link NotifierEvent.Ended} follows.
     *
     * @param reason {@code deactivated}, {@code noresource}, {@code rejected}, {@code timeout}, ...
     */
    void terminate(String reason, String contentType, byte[] body);
}
