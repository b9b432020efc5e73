package io.posthorn.sip.dialog;

import io.posthorn.sip.wire.SipRequest;

/** What a {@link Notifier} tells its owner. */
public sealed interface NotifierEvent {
    Notifier notifier();

    /** Subscribed again, answered with 200: the owner sends the full state by {@code notify}. */
    record Refreshed(Notifier notifier, SipRequest subscribe) implements NotifierEvent {}

    /** The last event: expired, unsubscribed, terminated, or the subscriber is gone. */
    record Ended(Notifier notifier, String reason) implements NotifierEvent {}
}
