package io.posthorn.sip.dialog;

import io.posthorn.sip.transport.Flow;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Track;
import java.time.Duration;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A user agent: calls in and out, and requests outside of calls. Calls may be made from any thread;
 * callbacks run on a loop.
 */
public interface SipUserAgent {

    /** Who takes incoming calls: starts a strand, or answers. 100 is sent by itself. */
    void onInvite(Consumer<Leg> incoming);

    /** Who takes requests of one method outside of dialogs: MESSAGE, REGISTER, SUBSCRIBE, ... */
    void onRequest(String method, Consumer<Question> incoming);

    /**
     * Calls: one client transaction, one leg; further forks get ACK and BYE.
     *
     * @param invite without Via, tags, CSeq, Call-ID (all are filled in if missing); with Route if
     *     it must go elsewhere than to the Request-URI. Its Session-Expires is raised if the answer
     *     is 422, a few times at most.
     * @param inbox gets the leg's events; may say false, as {@link io.posthorn.strand.Strand#post}:
     *     then the leg answers for itself, and ends
     * @param track gets every message of the leg and of its dialog
     * @throws io.posthorn.sip.wire.SipSyntax if From, To or Route of {@code invite} are wrong
     */
    Leg invite(SipRequest invite, Track track, Predicate<LegEvent> inbox);

    /**
     * Asks outside of a dialog. {@code inbox} gets one final response; 408 and 503 are made here.
     */
    void ask(SipRequest request, Predicate<SipResponse> inbox);

    /**
     * As {@link #ask}, and hears of the flow by which the answer came; null if it was made here.
     */
    void askAlong(SipRequest request, BiPredicate<SipResponse, @Nullable Flow> inbox);

    /**
     * Keeps a flow open, and hears once when it has failed, on some loop. Source: RFC 5626 section
     * 4.4.
     *
     * @param silence how long it may be silent; zero: only its end is heard of
     */
    Loop.Cancel keepAlive(Flow flow, Duration silence, Runnable lost);

    /**
     * Subscribes, and keeps the subscription up until it ends or {@link Subscription#unsubscribe}
     * is called. Source: RFC 6665 section 4.1.
     *
     * @param subscribe with Event, and Expires in seconds
     * @param inbox hears of it on the subscription's loop
     */
    Subscription subscribe(SipRequest subscribe, Consumer<SubscriptionEvent> inbox);

    /**
     * Accepts a SUBSCRIBE that {@link #onRequest} delivered: answers it with 200. The caller then
     * sends the first {@link Notifier#notify} at once. Source: RFC 6665 section 4.2.
     *
     * @param expires how long it may last at most; the subscriber may have asked for less, and 0 is
     *     a fetch: one NOTIFY ends it
     * @param inbox hears of refreshes and of the end, on the subscription's loop
     */
    Notifier accept(Question subscribe, Duration expires, Consumer<NotifierEvent> inbox);

    /**
     * A new Call-ID. What has it, requests of ours and of the peer, lives on {@code home}: the legs
     * of a call that meet on one loop are handed from thread to thread less often. Any thread.
     */
    String callId(Loop home);

    /** Ours, as it stands in Contact, without parameters: {@code sip:host:port}. */
    String contact();

    /** What is open now, for leak checks. Any thread. */
    Stats stats();

    /**
     * @param legs calls not yet over, and dialogs of further forks until their BYE is answered
     * @param subscriptions of either side
     * @param questions not yet answered, outside of calls
     */
    record Stats(int legs, int subscriptions, int questions) {
        public int open() {
            return legs + subscriptions + questions;
        }
    }
}
