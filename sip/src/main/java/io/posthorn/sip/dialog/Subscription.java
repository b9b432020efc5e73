package io.posthorn.sip.dialog;

import io.posthorn.strand.Loop;

/**
 * One subscription of ours, kept up by refreshing it before it expires. Any thread. Source: RFC
 * 6665 section 4.1.
 */
public interface Subscription {

    /** Names it in logs. */
    String id();

    Loop loop();

    /** Subscribes again now, to get the full state: after a gap in versions (RFC 3680). */
    void refresh();

    /** {@link SubscriptionEvent.Ended} follows with the last NOTIFY, or when none came. */
    void unsubscribe();
}
