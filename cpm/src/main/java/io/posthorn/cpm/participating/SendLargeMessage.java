package io.posthorn.cpm.participating;

import static io.posthorn.strand.Steps.skips;
import static io.posthorn.strand.Steps.step;
import static io.posthorn.strand.Steps.upon;

import io.posthorn.cpm.call.Call;
import io.posthorn.cpm.call.Description;
import io.posthorn.cpm.call.Event;
import io.posthorn.cpm.call.Procedure;
import io.posthorn.cpm.call.Refusing;
import io.posthorn.cpm.call.Rejection;
import io.posthorn.msrp.session.MsrpEvent;
import io.posthorn.msrp.session.MsrpSession;
import io.posthorn.sip.dialog.Leg;
import io.posthorn.sip.dialog.LegEvent;
import io.posthorn.sip.dialog.Question;
import io.posthorn.sip.dialog.Reason;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.strand.Clause;
import io.posthorn.strand.Steps;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Receive Large Message Mode CPM Message: the originating participating function takes a large
 * message of the user it serves, and relays it on chunk by chunk. It keeps nothing: a chunk is
 * answered when the next node has answered it.
 */
@Clause("OMA CPM Conv 8.3.1.1")
final class SendLargeMessage implements Procedure {

    // Ours: the terminating function gives its devices less, and answers by then.
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    // RFC 3261: a sender that has nothing more to send says BYE; Timer F tells when it is gone.
    private static final Duration LAST_BYE = Duration.ofSeconds(32);

    private final Answers us;
    private final SendLargeMessageRequest request;

    SendLargeMessage(Answers us) {
        this.us = us;
        this.request = new SendLargeMessageRequest(us);
    }

    @Override
    public void run(Call call) {
        var caller = call.caller();
        var invite = caller.invite();
        var checks = us.settings().checks();

        step(1, "may this originator send");
        checks.originator(Identity.originator(invite, us.settings()));

        step(2, "is this release of the user agent served");
        checks.agent(invite);

        step(3, "anonymity");
        checks.anonymity(invite);

        step(4, "session timer"); // RFC 4028; the page names RFC 3428, which has no such header
        us.checkSessionTimer(invite);

        step(5, "back-to-back user agent: our own leg and media session on either side");
        var offer = Description.offered(invite, checks.warnings());
        offer.checkSize(us.settings().media().maxSize(), checks.warnings());
        var tls = us.settings().media().tls();
        offer.checkTls(tls, checks.warnings());
        var up = call.media(Refusing.EVERYTHING, offer.secure());
        var down = call.media(Refusing.EVERYTHING, tls.onward(offer.secure()));

        step(6, "INVITE onward");
        var named = us.named(invite, call.track());
        var callee =
                call.invite(
                        Steps.in(
                                SendLargeMessageRequest.class,
                                () -> request.build(named, offer, down)));
        var ok = answer(call, callee);
        if (ok == null) return;
        var sender = new OwnName(Identity.asserted(invite, us.settings()));
        var answer = accept(call, offer, ok, up);
        new Relay(call, callee, up, down, sender, new Said(offer, answer)).run();
    }

    /** Waits for the final answer; null if the caller gave up. */
    private @Nullable SipResponse answer(Call call, Leg callee) {
        var caller = call.caller();
        for (var giveUp = call.in(us.settings().patience().ringing().plus(PATIENCE)); ; ) {
            switch (call.await(giveUp)) {
                case Event.Sip(LegEvent.Provisional(_, var response)) when response.code() == 180 ->
                        caller.progress(SipResponse.to(caller.invite(), 180));
                case Event.Sip(LegEvent.Answered(_, var ok)) -> {
                    return ok;
                }
                case Event.Sip(LegEvent.Refused(_, var response)) ->
                        throw Answers.relayed(response);
                case Event.Sip(LegEvent.Cancelled(_, var cancel)) -> {
                    call.tell("487 cancelled by the caller");
                    callee.cancel(Reason.of(cancel).orElse(null));
                    return null;
                }
                case Event.Sip(LegEvent.Ended(_, var cause)) ->
                        throw new Rejection(500, "onward leg ended: " + cause);
                case Event.Sip(LegEvent.Asked(_, var question)) -> us.decline(question);
                case Event.Sip _, Event.Msrp _, Event.Drain _, Event.Abort _ -> {}
                case null -> throw new Rejection(408, "no final answer from further on");
            }
        }
    }

    private Description accept(Call call, Description offer, SipResponse ok, MsrpSession up) {
        var invite = call.caller().invite();
        upon("200 OK to the INVITE");
        step(1, "methods the other side supports: " + ok.header("Allow").orElse("not said"));
        step(2, "contact of the other side"); // the leg keeps it as the target of ACK and BYE
        var answer = Description.answered(ok);
        step(3, "200 OK to the caller");
        step(4, "its SDP: the answer we got, our MSRP URI first, message/cpim, recvonly, passive");
        var sdp =
                offer.answer(
                        up,
                        answer,
                        us.settings().media().pathMode(),
                        us.settings().media().maxSize());
        step(5, "Server " + us.settings().release());
        step(6, "Allow");
        step(7, "Contact is our address");
        step(8, "sent");
        call.caller().answer(us.ok(invite, sdp, ok, invite.to().uri()));
        skips(9, "no preferences and no conversation history yet");
        return answer;
    }

    /** The two halves of what was agreed on. */
    private record Said(Description offer, Description answer) {}

    /** From the 200 on: media through us until somebody says BYE. */
    private final class Relay {
        private final Call call;
        private final Leg caller;
        private final Leg callee;
        private final MsrpSession up;
        private final MsrpSession down;
        private final OwnName sender;
        private @Nullable Said said;
        private Instant giveUp;
        private boolean relayed;
        private boolean forwarding;

        Relay(Call call, Leg callee, MsrpSession up, MsrpSession down, OwnName sender, Said said) {
            this.call = call;
            this.caller = call.caller();
            this.callee = callee;
            this.up = up;
            this.down = down;
            this.sender = sender;
            this.said = said;
            this.giveUp = call.in(us.settings().patience().longest());
        }

        void run() {
            while (true) {
                switch (call.await(giveUp)) {
                    case Event.Sip(LegEvent.Confirmed _) -> acknowledge();
                    case Event.Sip(LegEvent.Bye(var leg, var bye)) -> {
                        bye(leg, bye);
                        return;
                    }
                    case Event.Sip(LegEvent.Ended(var leg, var cause)) -> {
                        up.cut(481);
                        other(leg).bye(reason(cause), Map.of());
                        call.tell("ended: " + cause);
                        return;
                    }
                    case Event.Sip(LegEvent.Cancelled(_, var cancel)) -> {
                        // It was faster than our 200, which never left.
                        call.tell("487 cancelled by the caller");
                        callee.bye(Reason.of(cancel).orElse(null), Map.of());
                        return;
                    }
                    case Event.Sip(LegEvent.Asked(_, var question)) -> us.decline(question);
                    case Event.Msrp(MsrpEvent.Bound(var session)) when session == down -> forward();
                    case Event.Msrp(MsrpEvent.Refused(_, _, var code)) ->
                            call.tell(OwnName.why(code));
                    case Event.Msrp(MsrpEvent.Relayed(_, _, var total)) -> relayed(total);
                    case Event.Msrp(MsrpEvent.Lost(var session, var why)) -> {
                        if (lost(session, why)) return;
                    }
                    case Event.Sip _, Event.Msrp _, Event.Drain _, Event.Abort _ -> {}
                    case null -> {
                        both(Reason.sip(408, "Request Timeout"));
                        call.tell("408 longest life of a call is over");
                        return;
                    }
                }
            }
        }

        private void bye(Leg leg, Question bye) {
            // What has come whole still waits for its answer, until both dialogs are over.
            up.cut(481);
            if (leg == callee) {
                bye.answer(SipResponse.to(bye.request(), 200));
                caller.bye(Reason.of(bye.request()).orElse(null), Map.of());
                if (!relayed) call.tell("BYE of the other side");
                return;
            }
            upon("BYE");
            step(1, "200 to the BYE");
            bye.answer(SipResponse.to(bye.request(), 200));
            step(2, "BYE onward");
            callee.bye(Reason.of(bye.request()).orElse(null), Map.of());
            if (!relayed) call.tell("BYE of the caller before the message was answered");
        }

        private void acknowledge() {
            upon("ACK");
            step(1, "ACK onward");
            callee.acknowledge();
            var both = said;
            // A call may last for hours, and nobody asks again what its media are.
            said = null;
            if (both != null) start(both.offer, both.answer);
        }

        private void start(Description offer, Description answer) {
            var mode = us.settings().media().pathMode();
            var maxSize = us.settings().media().maxSize();
            // First: a SEND may wait for the start already, and would find nobody who takes it.
            up.relay(down, sender);
            up.start(offer.answering(up, answer, mode, maxSize), offer.media(mode));
            down.start(offer.offering(down, mode, maxSize), answer.media(mode));
        }

        private void forward() {
            if (forwarding) return;
            forwarding = true;
            upon("MSRP SEND");
            step(1, "the existing connection: the one opened for this session at the ACK");
            step(2, "active endpoint");
            step(3, "connected as the answer says");
            step(4, "SENDs are passed on");
        }

        private void relayed(long total) {
            relayed = true;
            upon("MSRP 200 OK");
            step(1, "passed back");
            call.tell(String.format(java.util.Locale.ROOT, "200 %,d bytes relayed", total));
        }

        /** True if the call is over. */
        private boolean lost(MsrpSession session, String why) {
            if (relayed) {
                // Everything was answered: only the BYE is due.
                giveUp = min(giveUp, call.in(LAST_BYE));
                return false;
            }
            call.tell("media " + (session == up ? "of the caller" : "onward") + " lost: " + why);
            both(Answers.lost(why));
            return true;
        }

        private void both(Reason why) {
            caller.bye(why, Map.of());
            callee.bye(why, Map.of());
        }

        private Leg other(Leg leg) {
            return leg == caller ? callee : caller;
        }
    }

    private static Instant min(Instant a, Instant b) {
        return a.isBefore(b) ? a : b;
    }

    /** What the other side is told of a leg that ended by itself. */
    static @Nullable Reason reason(LegEvent.Cause cause) {
        return switch (cause) {
            case BYE -> null;
            case NO_ACK, SESSION_EXPIRED -> Reason.sip(408, "Request Timeout");
            case GONE, TRANSPORT -> Reason.sip(503, "Service Unavailable");
        };
    }
}
