package io.posthorn.bench;

import io.posthorn.cpm.call.Call;
import io.posthorn.cpm.call.Description;
import io.posthorn.cpm.call.Event;
import io.posthorn.cpm.call.Procedure;
import io.posthorn.cpm.call.Refusing;
import io.posthorn.cpm.call.Rejection;
import io.posthorn.cpm.policy.Release;
import io.posthorn.cpm.policy.Service;
import io.posthorn.msrp.session.FailureReport;
import io.posthorn.msrp.session.Head;
import io.posthorn.msrp.session.MsrpEvent;
import io.posthorn.msrp.session.MsrpSession;
import io.posthorn.sip.dialog.Leg;
import io.posthorn.sip.dialog.LegEvent;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.strand.Clause;
import io.posthorn.strand.Unavailable;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/** A sending client that keeps no more of the procedure than what the servers see of it. */
@Clause("OMA CPM Conv 7.3.2.1")
final class Send implements Procedure {

    private static final Duration ANSWER = Duration.ofSeconds(60);
    private static final Duration LONGEST = Duration.ofMinutes(30);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(2);
    private static final Duration LAST_EVENT = Duration.ofSeconds(10);

    /** Where a call goes, and as whose. */
    record Way(Peer from, String to, List<String> routes, Identity identity) {}

    /** How a request says who sends it. */
    enum Identity {
        /** The core knows its users, and asserts them. */
        PREFERRED("P-Preferred-Identity"),
        /** We are the core. */
        ASSERTED("P-Asserted-Identity");

        private final String field;

        Identity(String field) {
            this.field = field;
        }
    }

    /** What is done once the call is established. */
    sealed interface Then {
        /**
         * Sends the message, and says BYE once its last chunk is answered; without answers, once
         * the device, which is ours too, has it.
         */
        record Deliver(Pattern pattern, FailureReport answers) implements Then {}

        /** Says BYE at once. */
        record Leave() implements Then {}

        /** Binds the session and counts down, and says BYE when it is told to. */
        record Hold(CountDownLatch up) implements Then {}
    }

    private final Way way;
    private final Message message;
    private final Then then;
    private final Ledger ledger;
    private final Runnable over;

    /**
     * @param over runs when the call has ended, however it went
     */
    Send(Way way, Message message, Then then, Ledger ledger, Runnable over) {
        this.way = way;
        this.message = message;
        this.then = then;
        this.ledger = ledger;
        this.over = over;
    }

    @Override
    public void run(Call call) {
        try {
            send(call);
        } catch (Rejection | Unavailable refused) {
            ledger.failed("sender: " + refused.getMessage());
            throw refused;
        } catch (RuntimeException bug) {
            ledger.failed("bench: " + bug);
            throw bug;
        } finally {
            over.run();
        }
    }

    private void send(Call call) {
        long began = System.nanoTime();
        var media = call.media(Refusing.EVERYTHING);
        var leg = call.invite(invite(media));
        var answer = Description.answered(answer(call));
        long answered = System.nanoTime() - began;
        leg.acknowledge();
        switch (then) {
            case Then.Deliver(var pattern, var answers) -> {
                media.start(Description.sending(media), answer.media());
                var id = "bench" + message.number();
                var head = new Head(id, "message/cpim", false, answers);
                media.send(head, pattern.source(message));
                delivered(call);
                if (answers == FailureReport.NO) arrived(call);
            }
            case Then.Leave _ -> {}
            case Then.Hold(var up) -> {
                media.start(Description.sending(media), answer.media());
                hold(call, up);
            }
        }
        ledger.acknowledged(new Ledger.Sample(answered, System.nanoTime() - began));
        leave(call, leg);
    }

    private SipRequest invite(MsrpSession media) {
        var self = "<" + way.from().user() + ">";
        var invite =
                SipRequest.of("INVITE", way.to())
                        .with("From", self)
                        .with("To", "<" + way.to() + ">")
                        .with("User-Agent", Release.CLIENT.toString())
                        .with("Contact", way.from().contact() + ";" + Service.LARGE_MESSAGE.tag())
                        .with("Supported", "timer")
                        .with("Session-Expires", "1800;refresher=uac")
                        .withAdded("Accept-Contact", "*;" + Service.LARGE_MESSAGE.tag())
                        .withAdded("Accept-Contact", "*;" + Service.LEGACY_LARGE)
                        .with("P-Preferred-Service", Service.LARGE_MESSAGE.urn())
                        .with(way.identity().field, self)
                        .with("Conversation-ID", message.id())
                        .with("Contribution-ID", message.id())
                        .with("Allow", "INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE");
        for (var route : way.routes()) invite = invite.withAdded("Route", route);
        return invite.withBody("application/sdp", Description.offer(media, Pattern.total(message)));
    }

    private static SipResponse answer(Call call) {
        for (var giveUp = call.in(ANSWER); ; ) {
            switch (call.await(giveUp)) {
                case Event.Sip(LegEvent.Answered(_, var ok)) -> {
                    return ok;
                }
                case Event.Sip(LegEvent.Refused(_, var response)) ->
                        throw new Rejection(response.code(), "to the INVITE");
                case Event.Sip(LegEvent.Ended(_, var cause)) ->
                        throw new Rejection(408, "call ended: " + cause);
                case Event.Sip _, Event.Msrp _, Event.Drain _, Event.Abort _ -> {}
                case null -> throw new Rejection(408, "no answer to the INVITE");
            }
        }
    }

    private static void delivered(Call call) {
        for (var giveUp = call.in(LONGEST); ; ) {
            switch (call.await(giveUp)) {
                case Event.Msrp(MsrpEvent.Delivered _) -> {
                    return;
                }
                case Event.Msrp(MsrpEvent.Failed(_, _, var code)) ->
                        throw new Rejection(code, "to a SEND");
                case Event.Msrp(MsrpEvent.Lost(_, var why)) ->
                        throw new Rejection(503, "media lost: " + why);
                case Event.Sip(LegEvent.Bye _) -> throw new Rejection(480, "BYE of the server");
                case Event.Sip(LegEvent.Ended(_, var cause)) ->
                        throw new Rejection(408, "call ended: " + cause);
                case Event.Sip _, Event.Msrp _, Event.Drain _, Event.Abort _ -> {}
                case null -> throw new Rejection(408, "no answer to the last SEND");
            }
        }
    }

    private void arrived(Call call) {
        var giveUp = call.in(ANSWER);
        while (!ledger.hasArrived(message)) {
            if (call.await(call.in(LOOK_AGAIN)) instanceof Event.Sip(LegEvent.Bye _))
                throw new Rejection(480, "BYE of the server");
            if (call.now().isAfter(giveUp)) throw new Rejection(408, "the device does not have it");
        }
    }

    private static void hold(Call call, CountDownLatch up) {
        for (var giveUp = call.in(LONGEST); ; ) {
            switch (call.await(giveUp)) {
                case Event.Msrp(MsrpEvent.Bound _) -> up.countDown();
                case Event.Abort _ -> {
                    return;
                }
                case Event.Msrp(MsrpEvent.Lost(_, var why)) ->
                        throw new Rejection(503, "media lost: " + why);
                case Event.Sip(LegEvent.Bye _) -> throw new Rejection(480, "BYE of the server");
                case Event.Sip(LegEvent.Ended(_, var cause)) ->
                        throw new Rejection(408, "call ended: " + cause);
                case Event.Sip _, Event.Msrp _, Event.Drain _ -> {}
                case null -> throw new Rejection(408, "held too long");
            }
        }
    }

    /** BYE, and its answer: the next call of this place begins when this one is over everywhere. */
    private static void leave(Call call, Leg leg) {
        leg.bye(null, Map.of());
        var giveUp = call.in(LAST_EVENT);
        while (true) {
            switch (call.await(giveUp)) {
                case Event.Sip(LegEvent.Ended _) -> {
                    return;
                }
                case Event.Sip _, Event.Msrp _, Event.Drain _, Event.Abort _ -> {}
                case null -> throw new Rejection(408, "no answer to the BYE");
            }
        }
    }
}
