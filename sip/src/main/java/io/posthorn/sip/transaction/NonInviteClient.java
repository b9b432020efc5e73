package io.posthorn.sip.transaction;

import io.posthorn.sip.transaction.NonInviteClient.Action.Pass;
import io.posthorn.sip.transaction.NonInviteClient.Action.Send;
import io.posthorn.sip.transaction.NonInviteClient.Action.Start;
import io.posthorn.sip.transaction.NonInviteClient.Action.TimedOut;
import io.posthorn.sip.transaction.NonInviteClient.Action.Unreachable;
import io.posthorn.sip.transaction.NonInviteClient.Event.Fired;
import io.posthorn.sip.transaction.NonInviteClient.Event.Received;
import io.posthorn.sip.transaction.NonInviteClient.Event.TransportFailed;
import io.posthorn.sip.transaction.NonInviteClient.State.Completed;
import io.posthorn.sip.transaction.NonInviteClient.State.Proceeding;
import io.posthorn.sip.transaction.NonInviteClient.State.Terminated;
import io.posthorn.sip.transaction.NonInviteClient.State.Trying;
import io.posthorn.sip.wire.SipResponse;
import java.util.List;

/** Non-INVITE client transaction: RFC 3261 figure 6. A table, no clock, no I/O. */
final class NonInviteClient {
    private NonInviteClient() {}

    sealed interface State {
        record Trying() implements State {}

        record Proceeding() implements State {}

        record Completed() implements State {}

        record Terminated() implements State {}
    }

    enum Timer {
        /** Doubles up to T2. */
        E,
        /** E after a provisional response: always T2. */
        E_SLOW,
        F,
        K
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

        record Pass(SipResponse response) implements Action {}

        record Start(Timer timer) implements Action {}

        /** 408 to the user. */
        record TimedOut() implements Action {}

        /** 503 to the user. */
        record Unreachable() implements Action {}
    }

    record Next(State state, List<Action> actions) {}

    static Next start() {
        return next(new Trying(), new Send(), new Start(Timer.E), new Start(Timer.F));
    }

    // @formatter:off
    static Next on(State state, Event event) {
        return switch (state) {
            case Trying _ -> switch (event) {
                case Received(var r) when r.provisional()  -> next(new Proceeding(), new Pass(r));
                case Received(var r)                       -> next(new Completed(), new Pass(r), new Start(Timer.K));
                case Fired(var t) when t == Timer.E        -> next(state, new Send(), new Start(Timer.E));
                case Fired(var t) when t == Timer.F        -> next(new Terminated(), new TimedOut());
                case TransportFailed _                     -> next(new Terminated(), new Unreachable());
                case Fired _                               -> next(state);
            };
            case Proceeding _ -> switch (event) {
                case Received(var r) when r.provisional()  -> next(state, new Pass(r));
                case Received(var r)                       -> next(new Completed(), new Pass(r), new Start(Timer.K));
                case Fired(var t) when t == Timer.E
                        || t == Timer.E_SLOW               -> next(state, new Send(), new Start(Timer.E_SLOW));
                case Fired(var t) when t == Timer.F        -> next(new Terminated(), new TimedOut());
                case TransportFailed _                     -> next(new Terminated(), new Unreachable());
                case Fired _                               -> next(state);
            };
            case Completed _ -> switch (event) {
                case Fired(var t) when t == Timer.K        -> next(new Terminated());
                case Received _, Fired _,
                        TransportFailed _                  -> next(state);
            };
            case Terminated _                              -> next(state);
        };
    }
    // @formatter:on

    private static Next next(State state, Action... actions) {
        return new Next(state, List.of(actions));
    }
}
