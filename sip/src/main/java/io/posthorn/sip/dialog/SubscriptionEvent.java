package io.posthorn.sip.dialog;

import io.posthorn.sip.wire.SipRequest;
import java.time.Duration;

/** What a {@link Subscription} tells its owner. */
public sealed interface SubscriptionEvent {
    Subscription subscription();

    /** A NOTIFY, answered with 200; the last one of a terminated subscription too. */
    record Notified(Subscription subscription, SipRequest request) implements SubscriptionEvent {}

    /**
     * The last event. To subscribe again is the owner's decision.
     *
     * @param code the status code that refused or ended it; 200 if it ended by NOTIFY; 408 if
     *     nobody answered, refreshed or notified
     * @param reason of the Subscription-State (RFC 6665 section 4.1.3), for example {@code
     *     deactivated}, {@code timeout}; the reason phrase if it was refused
     * @param retryAfter not before this; zero if nothing was said
     */
    record Ended(Subscription subscription, int code, String reason, Duration retryAfter)
            implements SubscriptionEvent {}
}
