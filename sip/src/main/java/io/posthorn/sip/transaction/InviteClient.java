package io.posthorn.sip.transaction;

import io.posthorn.sip.transaction.InviteClient.Action.Acknowledge;
import io.posthorn.sip.transaction.InviteClient.Action.Pass;
import io.posthorn.sip.transaction.InviteClient.Action.Send;
import io.posthorn.sip.transaction.InviteClient.Action.Start;
import io.posthorn.sip.transaction.InviteClient.Action.TimedOut;
import io.posthorn.sip.transaction.InviteClient.Action.Unreachable;
import io.posthorn.sip.transaction.InviteClient.Event.Fired;
import io.posthorn.sip.transaction.InviteClient.Event.Received;
import io.posthorn.sip.transaction.InviteClient.Event.TransportFailed;
import io.posthorn.sip.transaction.InviteClient.State.Accepted;
import io.posthorn.sip.transaction.InviteClient.State.Calling;
import io.posthorn.sip.transaction.InviteClient.State.Completed;
import io.posthorn.sip.transaction.InviteClient.State.CutOff;
import io.posthorn.sip.transaction.InviteClient.State.Proceeding;
import io.posthorn.sip.transaction.InviteClient.State.Terminated;
import io.posthorn.sip.wire.SipResponse;
import java.util.List;

/**
 * INVITE client transaction: RFC 3261 figure 5 with the Accepted state of RFC 6026 section 7.2. A
 * table, no clock, no I/O.
 */
final class InviteClient {
    private InviteClient() {}

    sealed interface State {
        record Calling() implements State {}

        record Proceeding() implements State {}

        /** Proceeding, but the connection to the peer is gone. */
        record CutOff() implements State {}

        record Accepted() implements State {}

        record Completed() implements State {}

        record Terminated() implements State {}
    }

    enum Timer {
        A,
        B,
        D,
        M,
        /**
         * Ours: 64*T1 after the connection is gone. RFC 3261 section 18.2.2 lets the answer come by
         * another one, but whoever crashed will never send it.
         */
        CUT_OFF,
        /** 64*T1 after our CANCEL: nothing more will come (RFC 3261 section 9.1). */
        CANCELLED
    }

    sealed interface Event {
        record Received(SipResponse response) implements Event {}

        record Fired(Timer timer) implements Event {}

        /** The request could not be sent, or its connection ended. */
        record TransportFailed() implements Event {}
    }

    sealed interface Action {
        /** The request. */
        record Send() implements Action {}

        /** The ACK that belongs to this transaction (RFC 3261 section 17.1.1.3). */
        record Acknowledge(SipResponse refusal) implements Action {}

        record Pass(SipResponse response) implements Action {}

        record Start(Timer timer) implements Action {}

        /** 408 to the user. */
        record TimedOut() implements Action {}

        /** 503 to the user. */
        record Unreachable() implements Action {}
    }

    record Next(State state, List<Action> actions) {}

    static Next start() {
        return next(new Calling(), new Send(), new Start(Timer.A), new Start(Timer.B));
    }

    // @formatter:off
    static Next on(State state, Event event) {
        return switch (state) {
            case Calling _ -> switch (event) {
                case Received(var r) when r.provisional()  -> next(new Proceeding(), new Pass(r));
                case Received(var r) when r.success()      -> next(new Accepted(), new Pass(r), new Start(Timer.M));
                case Received(var r)                       -> next(new Completed(), new Acknowledge(r), new Pass(r), new Start(Timer.D));
                case Fired(var t) when t == Timer.A        -> next(state, new Send(), new Start(Timer.A));
                case Fired(var t) when t == Timer.B        -> next(new Terminated(), new TimedOut());
                case TransportFailed _                     -> next(new Terminated(), new Unreachable());
                case Fired _                               -> next(state);
            };
            case Proceeding _ -> switch (event) {
                case Received(var r) when r.provisional()  -> next(state, new Pass(r));
                case Received(var r) when r.success()      -> next(new Accepted(), new Pass(r), new Start(Timer.M));
                case Received(var r)                       -> next(new Completed(), new Acknowledge(r), new Pass(r), new Start(Timer.D));
                case Fired(var t) when t == Timer.CANCELLED -> next(new Terminated(), new TimedOut());
                // RFC 3261 section 18.2.2: the answer may come by another connection
                case TransportFailed _                     -> next(new CutOff(), new Start(Timer.CUT_OFF));
                case Fired _                               -> next(state);
            };
            case CutOff _ -> switch (event) {
                case Received(var r) when r.provisional()  -> next(new Proceeding(), new Pass(r));
                case Received(var r) when r.success()      -> next(new Accepted(), new Pass(r), new Start(Timer.M));
                case Received(var r)                       -> next(new Completed(), new Acknowledge(r), new Pass(r), new Start(Timer.D));
                case Fired(var t) when t == Timer.CUT_OFF  -> next(new Terminated(), new Unreachable());
                case Fired(var t) when t == Timer.CANCELLED -> next(new Terminated(), new TimedOut());
                case TransportFailed _, Fired _            -> next(state);
            };
            case Accepted _ -> switch (event) {
                case Received(var r) when r.success()      -> next(state, new Pass(r));
                case Fired(var t) when t == Timer.M        -> next(new Terminated());
                case Received _, Fired _,
                        TransportFailed _                  -> next(state);
            };
            case Completed _ -> switch (event) {
                case Received(var r) when r.code() >= 300  -> next(state, new Acknowledge(r));
                case Fired(var t) when t == Timer.D        -> next(new Terminated());
                case TransportFailed _                     -> next(new Terminated());
                case Received _, Fired _                   -> next(state);
            };
            case Terminated _                              -> next(state);
        };
    }
    // @formatter:on

    private static Next next(State state, Action... actions) {
        return new Next(state, List.of(actions));
    }
}
