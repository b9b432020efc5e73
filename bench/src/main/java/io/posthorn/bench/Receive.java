package io.posthorn.bench;

import io.posthorn.cpm.call.Call;
import io.posthorn.cpm.call.Description;
import io.posthorn.cpm.call.Event;
import io.posthorn.cpm.call.Procedure;
import io.posthorn.cpm.call.Rejection;
import io.posthorn.cpm.policy.Release;
import io.posthorn.cpm.policy.Warnings;
import io.posthorn.msrp.session.Incoming;
import io.posthorn.msrp.session.MsrpEvent;
import io.posthorn.msrp.session.Receiver;
import io.posthorn.sip.dialog.LegEvent;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.strand.BodySink;
import io.posthorn.strand.Clause;
import io.posthorn.strand.Unavailable;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A receiving client that compares each byte, acknowledges, and keeps nothing. */
@Clause("OMA CPM Conv 7.2.3")
final class Receive implements Procedure {

    private static final long LARGEST = 1L << 40;
    private static final Duration LONGEST = Duration.ofMinutes(30);

    /** What belongs to a call. */
    enum Expects {
        MESSAGE,
        /** Of MSRP, but nothing that comes over it. */
        CONNECTION,
        /** SIP alone. */
        NOTHING
    }

    private final Peer peer;
    private final Pattern pattern;
    private final Expects expects;
    private final Supplier<Ledger> ledger;

    /**
     * @param ledger of the run that is going on
     */
    Receive(Peer peer, Pattern pattern, Expects expects, Supplier<Ledger> ledger) {
        this.peer = peer;
        this.pattern = pattern;
        this.expects = expects;
        this.ledger = ledger;
    }

    @Override
    public void run(Call call) {
        try {
            new Taking(call).run();
        } catch (Rejection | Unavailable refused) {
            ledger.get().failed("receiver: " + refused.getMessage());
            throw refused;
        }
    }

    /** One call. */
    private final class Taking implements Receiver {
        private final Call call;
        private final Message message;
        private @Nullable Incoming incoming;
        private Pattern.@Nullable Check check;
        private boolean received;

        Taking(Call call) {
            this.call = call;
            this.message =
                    call.caller()
                            .invite()
                            .header("Contribution-ID")
                            .flatMap(Message::of)
                            .orElseThrow(() -> new Rejection(403, "a call that is not ours"));
        }

        /** Loop only. */
        @Override
        public BodySink arriving(Incoming arriving) {
            if (incoming != null) {
                arriving.refuse(403);
                return BodySink.DROPPING;
            }
            incoming = arriving;
            var begun = pattern.check(message);
            check = begun;
            return begun;
        }

        void run() {
            var invite = call.caller().invite();
            var offer =
                    Description.offered(invite, new Warnings("127.0.0.1", Warnings.Numbers.NONE));
            var media = call.media(this);
            call.caller()
                    .answer(
                            SipResponse.to(invite, 200)
                                    .with("Contact", peer.contact())
                                    .with("Server", Release.CLIENT.toString())
                                    .withBody("application/sdp", offer.receive(media, LARGEST)));
            for (var giveUp = call.in(LONGEST); ; ) {
                switch (call.await(giveUp)) {
                    case Event.Sip(LegEvent.Confirmed _) -> {
                        if (expects != Expects.NOTHING)
                            media.start(offer.receiving(media, LARGEST), offer.media());
                    }
                    case Event.Msrp(MsrpEvent.Complete(_, var whole, _)) -> complete(whole);
                    case Event.Msrp(MsrpEvent.Lost(_, var why)) -> {
                        if (expects == Expects.MESSAGE && !received)
                            throw new Rejection(503, "media lost: " + why);
                    }
                    case Event.Sip(LegEvent.Bye(_, var bye)) -> {
                        bye.answer(SipResponse.to(bye.request(), 200));
                        if (expects == Expects.MESSAGE && !received)
                            throw new Rejection(480, "BYE before the end of the message");
                        return;
                    }
                    case Event.Sip(LegEvent.Ended(_, var cause)) ->
                            throw new Rejection(408, "call ended: " + cause);
                    case Event.Sip(LegEvent.Cancelled _) -> throw new Rejection(487, "cancelled");
                    case Event.Sip _, Event.Msrp _, Event.Drain _, Event.Abort _ -> {}
                    case null -> throw new Rejection(408, "longest life of a call is over");
                }
            }
        }

        private void complete(Incoming whole) {
            var wrong = check == null ? "no bytes" : check.wrong();
            if (wrong != null) {
                whole.refuse(413);
                throw new Rejection(413, wrong);
            }
            received = true;
            whole.accept();
            ledger.get().arrived(message);
        }
    }
}
