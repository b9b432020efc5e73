package io.posthorn.sip.transaction;

import io.posthorn.sip.transaction.InviteServer.Action.PassAck;
import io.posthorn.sip.transaction.InviteServer.Action.Report;
import io.posthorn.sip.transaction.InviteServer.Action.Send;
import io.posthorn.sip.transaction.InviteServer.Action.SendTrying;
import io.posthorn.sip.transaction.InviteServer.Action.Start;
import io.posthorn.sip.transaction.InviteServer.Event.Ack;
import io.posthorn.sip.transaction.InviteServer.Event.Fired;
import io.posthorn.sip.transaction.InviteServer.Event.Respond;
import io.posthorn.sip.transaction.InviteServer.Event.Retransmitted;
import io.posthorn.sip.transaction.InviteServer.Event.TransportFailed;
import io.posthorn.sip.transaction.InviteServer.State.Accepted;
import io.posthorn.sip.transaction.InviteServer.State.Completed;
import io.posthorn.sip.transaction.InviteServer.State.Confirmed;
import io.posthorn.sip.transaction.InviteServer.State.Proceeding;
import io.posthorn.sip.transaction.InviteServer.State.Terminated;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * INVITE server transaction: RFC 3261 figure 7 with the Accepted state of RFC 6026 section 7.1. A
 * table, no clock, no I/O.
 */
final class InviteServer {
    private InviteServer() {}

    sealed interface State {
        /**
         * @param last null before anything was answered
         */
        record Proceeding(@Nullable SipResponse last) implements State {}

        record Accepted() implements State {}

        record Completed(SipResponse last) implements State {}

        record Confirmed() implements State {}

        record Terminated() implements State {}
    }

    enum Timer {
        /** The 200 ms after which 100 is due (RFC 3261 section 17.2.1). */
        TRYING,
        G,
        H,
        I,
        L
    }

    sealed interface Event {
        /** The same INVITE again. */
        record Retransmitted() implements Event {}

        record Ack(SipRequest ack) implements Event {}

        /** From the transaction user. */
        record Respond(SipResponse response) implements Event {}

        record Fired(Timer timer) implements Event {}

        record TransportFailed() implements Event {}
    }

    sealed interface Action {
        record Send(SipResponse response) implements Action {}

        /** Answer 100, which comes back as {@link Event.Respond}. */
        record SendTrying() implements Action {}

        record Start(Timer timer) implements Action {}

        record PassAck(SipRequest ack) implements Action {}

        record Report(String what) implements Action {}
    }

    record Next(State state, List<Action> actions) {}

    static Next start() {
        return next(new Proceeding(null), new Start(Timer.TRYING));
    }

    // RFC 6026 section 7.1: an error in sending a response ends nothing; the timers do.
    // @formatter:off
    static Next on(State state, Event event) {
        return switch (state) {
            case Proceeding(var last) -> switch (event) {
                case Retransmitted _ when last != null     -> next(state, new Send(last));
                case Respond(var r) when r.provisional()   -> next(new Proceeding(r), new Send(r));
                case Respond(var r) when r.success()       -> next(new Accepted(), new Send(r), new Start(Timer.L));
                case Respond(var r)                        -> next(new Completed(r), new Send(r), new Start(Timer.G), new Start(Timer.H));
                case Fired(var t) when t == Timer.TRYING
                        && last == null                    -> next(state, new SendTrying());
                case TransportFailed _                     -> next(state, new Report("transport"));
                case Retransmitted _, Ack _, Fired _       -> next(state);
            };
            case Accepted _ -> switch (event) {
                case Ack(var ack)                          -> next(state, new PassAck(ack));
                case Respond(var r) when r.success()       -> next(state, new Send(r));
                case Fired(var t) when t == Timer.L        -> next(new Terminated());
                case TransportFailed _                     -> next(state, new Report("transport"));
                case Retransmitted _, Respond _, Fired _   -> next(state);
            };
            case Completed(var last) -> switch (event) {
                case Retransmitted _                       -> next(state, new Send(last));
                case Fired(var t) when t == Timer.G        -> next(state, new Send(last), new Start(Timer.G));
                case Fired(var t) when t == Timer.H        -> next(new Terminated(), new Report("no ACK"));
                case Ack _                                 -> next(new Confirmed(), new Start(Timer.I));
                case TransportFailed _                     -> next(state, new Report("transport"));
                case Respond _, Fired _                    -> next(state);
            };
            case Confirmed _ -> switch (event) {
                case Fired(var t) when t == Timer.I        -> next(new Terminated());
                case Retransmitted _, Ack _, Respond _,
                        Fired _, TransportFailed _         -> next(state);
            };
            case Terminated _                              -> next(state);
        };
    }
    // @formatter:on

    private static Next next(State state, Action... actions) {
        return new Next(state, List.of(actions));
    }
}
