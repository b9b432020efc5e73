package io.posthorn.cpm.participating;

import static io.posthorn.strand.Steps.skips;
import static io.posthorn.strand.Steps.step;
import static io.posthorn.strand.Steps.upon;

import io.posthorn.cpm.call.Call;
import io.posthorn.cpm.call.Description;
import io.posthorn.cpm.call.Event;
import io.posthorn.cpm.participating.Fork.Branch;
import io.posthorn.cpm.participating.Fork.State;
import io.posthorn.msrp.session.Incoming;
import io.posthorn.msrp.session.MsrpEvent;
import io.posthorn.msrp.session.MsrpSession;
import io.posthorn.sip.dialog.Leg;
import io.posthorn.sip.dialog.LegEvent;
import io.posthorn.sip.dialog.Question;
import io.posthorn.sip.dialog.Reason;
import io.posthorn.sip.wire.SipResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The second half of {@link DeliverLargeMessage}: from the first 200 OK on, until the sender has
 * its answer and every device has the message or has failed.
 */
final class Delivery {

    // A sender that was answered says BYE at once; after this long it is gone.
    private static final Duration LAST_BYE = Duration.ofSeconds(32);

    private static final Reason TIMEOUT = Reason.sip(408, "Request Timeout");
    private static final Reason UNAVAILABLE = Reason.sip(480, "Temporarily Unavailable");
    private static final Reason LOST = Reason.sip(503, "Service Unavailable");

    private final Call call;
    private final Answers us;
    private final Description offer;
    private final Fork fork;
    private final Branch first;
    private final Leg caller;
    private final MsrpSession up;
    private final Bridge bridge;

    /** The complete message, until its last chunk is answered. */
    private @Nullable Incoming unanswered;

    private boolean confirmed;
    private boolean upBound;
    private boolean downBound;
    private boolean forwarding;
    private boolean complete;
    private boolean delivered;
    private boolean failed;

    /** The sender's leg has ended, or is ending. */
    private boolean hungUp;

    private Instant giveUp;
    private final Instant ringUntil;

    Delivery(
            Call call,
            Answers us,
            Description offer,
            Fork fork,
            Branch first,
            MsrpSession up,
            Bridge bridge,
            Instant ringUntil) {
        this.call = call;
        this.us = us;
        this.offer = offer;
        this.fork = fork;
        this.first = first;
        this.caller = call.caller();
        this.up = up;
        this.bridge = bridge;
        this.giveUp = call.in(us.settings().patience().longest());
        this.ringUntil = ringUntil;
    }

    void run() {
        while (!over()) {
            switch (call.await(fork.any(State.RINGING) ? min(giveUp, ringUntil) : giveUp)) {
                case Event.Sip(var event) -> signalled(event);
                case Event.Msrp(var event) when event.session() == up -> received(event);
                case Event.Msrp(var event) ->
                        fork.of(event.session()).ifPresent(branch -> sent(branch, event));
                case Event.Drain _, Event.Abort _ -> {}
                case null -> timeIsUp();
            }
        }
    }

    /** The sender has gone, and no device still rings or takes bytes. */
    private boolean over() {
        return hungUp && !fork.any(State.RINGING) && !fork.any(State.JOINED);
    }

    // ---- signalling

    private void signalled(LegEvent event) {
        switch (event) {
            case LegEvent.Confirmed _ -> acknowledged();
            case LegEvent.Answered(var leg, var ok) -> fork.of(leg).ifPresent(b -> joined(b, ok));
            case LegEvent.Refused(var leg, var response) ->
                    fork.of(leg)
                            .ifPresent(branch -> {
                                branch.refusal = response;
                                failed(branch, null);
                            });
            case LegEvent.Cancelled _ -> cancelled();
            case LegEvent.Bye(var leg, var bye) -> bye(leg, bye);
            case LegEvent.Ended(var leg, var cause) -> ended(leg, cause);
            case LegEvent.Asked(_, var question) -> us.decline(question);
            case LegEvent.Provisional _, LegEvent.Replied _ -> {}
        }
    }

    /** Only a CANCEL that overtook our 200 is told of: that call never was. */
    private void cancelled() {
        call.tell("487 cancelled by the caller");
        senderGone(null);
    }

    private void acknowledged() {
        if (confirmed) return;
        confirmed = true;
        upon("ACK");
        step(1, "passive endpoint: no interworking, the devices dial");
        var settings = us.settings();
        up.start(
                offer.answering(
                        up,
                        first.answer(),
                        settings.media().pathMode(),
                        settings.media().maxSize()),
                offer.media(settings.media().pathMode()));
        step(2, "ACK to the device that answered first");
        join(first);
    }

    /** A later 200: acknowledged at once, as nothing further on would ever trigger its ACK. */
    private void joined(Branch branch, SipResponse ok) {
        // Crossed our CANCEL: the leg says ACK and BYE by itself.
        if (branch.state != State.RINGING) return;
        if (!DeliverLargeMessage.answered(branch, ok, bridge)) {
            checkAllFailed();
            return;
        }
        join(branch);
    }

    private void join(Branch branch) {
        if (branch.state != State.JOINED) return;
        branch.leg.acknowledge();
        var settings = us.settings();
        branch.media.start(
                offer.offering(
                        branch.media, settings.media().pathMode(), settings.media().maxSize()),
                branch.answer().media(settings.media().pathMode()));
        bridge.join(branch.media);
    }

    private void bye(Leg leg, Question bye) {
        if (leg == caller) {
            upon("BYE");
            step(1, "200 to the BYE");
            bye.answer(SipResponse.to(bye.request(), 200));
            if (!complete) call.tell("BYE of the sender before the end of the message");
            senderGone(Reason.of(bye.request()).orElse(null));
            return;
        }
        bye.answer(SipResponse.to(bye.request(), 200));
        fork.of(leg).ifPresent(branch -> failed(branch, null));
    }

    private void ended(Leg leg, LegEvent.Cause cause) {
        if (leg == caller) {
            if (hungUp) return;
            call.tell("leg of the sender ended: " + cause);
            senderGone(SendLargeMessage.reason(cause));
        } else {
            fork.of(leg)
                    .ifPresent(branch -> {
                        failed(branch, null);
                        // Nothing of a device that is done stays until the slowest is done.
                        branch.media.close();
                    });
        }
    }

    /**
     * The sender says nothing more. A message that is complete here goes on to whoever has not got
     * all of it; one that is not never existed.
     */
    private void senderGone(@Nullable Reason why) {
        hungUp = true;
        if (complete) {
            step(2, "BYE to each device when it has everything");
            step(3, "the recipient's resources are released");
            fork.in(State.DELIVERED).forEach(branch -> branch.leg.bye(null, Map.of()));
            // Nobody waits for an answer any more: a device may take as long as it moves.
            giveUp = call.in(us.settings().patience().longest());
        } else {
            bridge.abort();
            giveAll(why);
        }
    }

    private void giveAll(@Nullable Reason why) {
        fork.in(State.JOINED).forEach(branch -> give(branch, why));
        fork.in(State.RINGING).forEach(branch -> give(branch, why));
    }

    private void give(Branch branch, @Nullable Reason why) {
        branch.leg.cancel(why);
        branch.leg.bye(why, Map.of());
        branch.fail(bridge);
    }

    // ---- media of the sender

    private void received(MsrpEvent event) {
        switch (event) {
            case MsrpEvent.Bound _ -> {
                upBound = true;
                forward();
            }
            case MsrpEvent.Complete(_, var message, _) -> completed(message);
            case MsrpEvent.Aborted _ -> {
                call.tell("aborted by the sender");
                bridge.abort();
            }
            case MsrpEvent.Lost(_, var why) -> senderLost(why);
            case MsrpEvent.Delivered _,
                    MsrpEvent.Failed _,
                    MsrpEvent.Relayed _,
                    MsrpEvent.Refused _,
                    MsrpEvent.Reported _ -> {}
        }
    }

    private void completed(Incoming message) {
        complete = true;
        unanswered = message;
        var before = bridge.deliveredBefore();
        if (before.isPresent()) again(before.get());
        else if (failed) refuseLast();
        else giveUp = min(giveUp, call.in(us.settings().patience().answer()));
    }

    /** Its sender missed our answer: it gets it again, the devices get nothing again. */
    private void again(Instant before) {
        delivered = true;
        call.tell("200 duplicate of what was delivered " + before);
        accept();
        giveAll(null);
    }

    private void senderLost(String why) {
        if (delivered || hungUp) {
            giveUp = min(giveUp, call.in(LAST_BYE));
            return;
        }
        call.tell("media of the sender lost: " + why);
        var reason = Answers.lost(why);
        caller.bye(reason, Map.of());
        senderGone(reason);
    }

    // ---- media of the devices

    private void sent(Branch branch, MsrpEvent event) {
        switch (event) {
            case MsrpEvent.Bound _ -> {
                branch.bound = true;
                downBound = true;
                forward();
            }
            case MsrpEvent.Delivered(_, var message) -> delivered(branch, message.acknowledged());
            case MsrpEvent.Failed(_, _, var code) -> {
                branch.refused = code;
                failed(branch, reason(code));
            }
            case MsrpEvent.Lost(_, var why) -> {
                if (branch.state == State.JOINED) call.tell("media of a device lost: " + why);
                failed(branch, Answers.lost(why));
            }
            case MsrpEvent.Complete(_, var message, _) -> message.refuse(403);
            case MsrpEvent.Aborted _,
                    MsrpEvent.Relayed _,
                    MsrpEvent.Refused _,
                    MsrpEvent.Reported _ -> {}
        }
    }

    /** Once there is a way in and a way out. */
    private void forward() {
        if (forwarding || !upBound || !downBound) return;
        forwarding = true;
        upon("MSRP SEND");
        skips(1, "no interworking");
        skips(2, "no interworking");
        skips(3, "no interworking");
        step(4, "the connection that the device bound to its session");
        skips(5, "no conversation history yet");
        step(6, "SENDs go to every device");
    }

    private void delivered(Branch branch, long bytes) {
        if (branch.state != State.JOINED) return;
        branch.state = State.DELIVERED;
        if (!delivered) {
            delivered = true;
            upon("MSRP 200 OK");
            step(1, "the last chunk is answered: a device has everything");
            call.tell(String.format(Locale.ROOT, "200 %,d bytes delivered", bytes));
            bridge.delivered(call.now());
            accept();
        }
        if (hungUp) branch.leg.bye(null, Map.of());
    }

    private void accept() {
        var message = unanswered;
        unanswered = null;
        if (message != null) message.accept();
        giveUp = call.in(us.settings().patience().longest());
    }

    private void refuse(int code) {
        var message = unanswered;
        unanswered = null;
        if (message != null) message.refuse(code);
    }

    /** One device is lost; the others go on. */
    private void failed(Branch branch, @Nullable Reason why) {
        // After it got everything its BYE is nothing but the end.
        if (branch.state == State.DELIVERED || branch.state == State.FAILED) return;
        branch.fail(bridge);
        // Whoever sees the device's BYE finds that nobody wants more of the message.
        boolean inVain = lastFailed();
        branch.leg.bye(why, Map.of());
        if (inVain) refuseLast();
    }

    private void checkAllFailed() {
        if (lastFailed()) refuseLast();
    }

    /** Says whether the whole message waits for an answer. */
    private boolean lastFailed() {
        if (failed || !fork.allFailed()) return false;
        failed = true;
        if (hungUp) return false;
        DeliverLargeMessage.allFailed();
        call.tell("480 every device failed");
        // RFC 4975 section 10.5: nobody wants more of this message.
        bridge.refuse(fork.refused(413));
        giveUp = min(giveUp, call.in(us.settings().patience().answer()));
        return complete;
    }

    /** The message is here, but not with any device. */
    private void refuseLast() {
        refuse(fork.refused(408));
        hangUp(UNAVAILABLE);
    }

    /**
     * What a device is told whose MSRP said {@code code}: RFC 3326 knows SIP's codes, and MSRP's
     * 423 and 506 are none of those.
     */
    private static Reason reason(int code) {
        return switch (code) {
            case 400 -> Reason.sip(code, "Bad Request");
            case 403 -> Reason.sip(code, "Forbidden");
            case 408 -> TIMEOUT;
            case 413 -> Reason.sip(code, "Message Too Large");
            case 415 -> Reason.sip(code, "Unsupported Media Type");
            case 481 -> Reason.sip(code, "No Such Session");
            case 501 -> Reason.sip(code, "Not Implemented");
            default -> LOST;
        };
    }

    private void timeIsUp() {
        if (call.now().isBefore(giveUp)) {
            fork.in(State.RINGING).forEach(branch -> give(branch, TIMEOUT));
            checkAllFailed();
            return;
        }
        if (!delivered && !failed) call.tell("408 no device acknowledged in time");
        refuse(408);
        if (!hungUp) caller.bye(delivered ? null : UNAVAILABLE, Map.of());
        hungUp = true;
        fork.in(State.DELIVERED).forEach(branch -> branch.leg.bye(null, Map.of()));
        giveAll(delivered ? TIMEOUT : UNAVAILABLE);
    }

    private void hangUp(@Nullable Reason why) {
        caller.bye(why, Map.of());
        senderGone(why);
    }

    private static Instant min(Instant a, Instant b) {
        return a.isBefore(b) ? a : b;
    }
}
