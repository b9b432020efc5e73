package io.posthorn.cpm.call;

import io.posthorn.sip.dialog.Leg;
import io.posthorn.sip.dialog.LegEvent;
import io.posthorn.sip.dialog.Reason;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Track;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A leg of one call, which knows what it still owes its peer. All but {@link #joined} runs on the
 * call's strand.
 */
final class JoinedLeg implements Leg {

    private enum At {
        /** Incoming, without a final answer. */
        OFFERED,
        /** Outgoing, without a final answer. */
        CALLING,
        /** Established. */
        UP,
        /** CANCEL or BYE was said; the last event is due. */
        ENDING,
        ENDED
    }

    private @Nullable Leg leg;
    private At at;

    private JoinedLeg(@Nullable Leg leg, At at) {
        this.leg = leg;
        this.at = at;
    }

    static JoinedLeg incoming(Leg leg) {
        return new JoinedLeg(leg, At.OFFERED);
    }

    /** A leg that is about to be made: its first event may come before it has been handed over. */
    static JoinedLeg outgoing() {
        return new JoinedLeg(null, At.CALLING);
    }

    void is(Leg made) {
        leg = made;
    }

    private Leg leg() {
        return Objects.requireNonNull(leg, "leg not made yet");
    }

    /** The same event, of this leg, with questions that the end of the call can settle. */
    LegEvent joined(LegEvent event) {
        return switch (event) {
            case LegEvent.Provisional(_, var response) -> new LegEvent.Provisional(this, response);
            case LegEvent.Answered(_, var ok) -> new LegEvent.Answered(this, ok);
            case LegEvent.Refused(_, var response) -> new LegEvent.Refused(this, response);
            case LegEvent.Confirmed(_, var ack) -> new LegEvent.Confirmed(this, ack);
            case LegEvent.Cancelled(_, var cancel) -> new LegEvent.Cancelled(this, cancel);
            case LegEvent.Asked(_, var q) -> new LegEvent.Asked(this, new OpenQuestion(q));
            case LegEvent.Replied(_, var response) -> new LegEvent.Replied(this, response);
            case LegEvent.Bye(_, var bye) -> new LegEvent.Bye(this, new OpenQuestion(bye));
            case LegEvent.Ended(_, var cause) -> new LegEvent.Ended(this, cause);
        };
    }

    /** Takes notice of an event that is about to be handed to the procedure. */
    void seen(LegEvent event) {
        switch (event) {
            case LegEvent.Answered _ -> at = at == At.CALLING ? At.UP : at;
            case LegEvent.Refused _, LegEvent.Cancelled _, LegEvent.Ended _ -> at = At.ENDED;
            case LegEvent.Bye _ -> at = At.ENDING;
            case LegEvent.Provisional _,
                    LegEvent.Confirmed _,
                    LegEvent.Asked _,
                    LegEvent.Replied _ -> {}
        }
    }

    boolean offered() {
        return at == At.OFFERED;
    }

    boolean open() {
        return at != At.ENDED;
    }

    /** Says what this leg still owes, so that its last event comes. */
    void close(Supplier<SipResponse> refusal, @Nullable Reason reason) {
        switch (at) {
            case OFFERED -> answer(refusal.get());
            case CALLING -> cancel(reason);
            case UP -> bye(reason, Map.of());
            case ENDING, ENDED -> {}
        }
    }

    @Override
    public String id() {
        return leg().id();
    }

    @Override
    public Loop loop() {
        return leg().loop();
    }

    @Override
    public SipRequest invite() {
        return leg().invite();
    }

    @Override
    public void inbox(Track track, Predicate<LegEvent> inbox) {
        throw new IllegalStateException("the inbox of " + id() + " is its call's");
    }

    @Override
    public void progress(SipResponse provisional) {
        if (at == At.OFFERED) leg().progress(provisional);
    }

    @Override
    public void answer(SipResponse last) {
        if (at != At.OFFERED) return;
        at = last.success() ? At.UP : At.ENDED;
        leg().answer(last);
    }

    @Override
    public void acknowledge() {
        leg().acknowledge();
    }

    @Override
    public void cancel(@Nullable Reason reason) {
        if (at != At.CALLING) return;
        at = At.ENDING;
        leg().cancel(reason);
    }

    @Override
    public void ask(SipRequest inDialog) {
        leg().ask(inDialog);
    }

    @Override
    public void bye(@Nullable Reason reason, Map<String, String> more) {
        if (at != At.UP) return;
        at = At.ENDING;
        leg().bye(reason, more);
    }

    @Override
    public String toString() {
        return id();
    }
}
