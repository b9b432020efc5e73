package io.posthorn.sip.transaction;

import io.posthorn.sip.transaction.NonInviteServer.Action.Report;
import io.posthorn.sip.transaction.NonInviteServer.Action.Send;
import io.posthorn.sip.transaction.NonInviteServer.Action.SendTrying;
import io.posthorn.sip.transaction.NonInviteServer.Action.Start;
import io.posthorn.sip.transaction.NonInviteServer.Event.Fired;
import io.posthorn.sip.transaction.NonInviteServer.Event.Respond;
import io.posthorn.sip.transaction.NonInviteServer.Event.Retransmitted;
import io.posthorn.sip.transaction.NonInviteServer.Event.TransportFailed;
import io.posthorn.sip.transaction.NonInviteServer.State.Completed;
import io.posthorn.sip.transaction.NonInviteServer.State.Proceeding;
import io.posthorn.sip.transaction.NonInviteServer.State.Terminated;
import io.posthorn.sip.transaction.NonInviteServer.State.Trying;
import io.posthorn.sip.wire.SipResponse;
import java.util.List;

/**
 * Non-INVITE server transaction: RFC 3261 figure 8 with the times of RFC 4320. A table, no clock,
 * no I/O.
 */
final class NonInviteServer {
    private NonInviteServer() {}

    sealed interface State {
        record Trying() implements State {}

        record Proceeding(SipResponse last) implements State {}

        record Completed(SipResponse last) implements State {}

        record Terminated() implements State {}
    }

    enum Timer {
        /** When the peer's timer E reaches T2: RFC 4320 section 4.1 wants 100 then, not before. */
        TRYING,
        /** When the peer's timer F ends: nobody waits for an answer any more. */
        LATE,
        J
    }

    sealed interface Event {
        record Retransmitted() implements Event {}

        record Respond(SipResponse response) implements Event {}

        record Fired(Timer timer) implements Event {}

        record TransportFailed() implements Event {}
    }

    sealed interface Action {
        record Send(SipResponse response) implements Action {}

        /** Answer 100, which comes back as {@link Event.Respond}. */
        record SendTrying() implements Action {}

        record Start(Timer timer) implements Action {}

        record Report(String what) implements Action {}
    }

    record Next(State state, List<Action> actions) {}

    static Next start() {
        return next(new Trying(), new Start(Timer.TRYING), new Start(Timer.LATE));
    }

    // @formatter:off
    static Next on(State state, Event event) {
        return switch (state) {
            case Trying _ -> switch (event) {
                case Respond(var r) when r.provisional()   -> next(new Proceeding(r), new Send(r));
                case Respond(var r)                        -> next(new Completed(r), new Send(r), new Start(Timer.J));
                case Fired(var t) when t == Timer.TRYING   -> next(state, new SendTrying());
                case Fired(var t) when t == Timer.LATE     -> next(new Terminated(), new Report("no answer"));
                case Retransmitted _, Fired _,
                        TransportFailed _                  -> next(state);
            };
            case Proceeding(var last) -> switch (event) {
                case Retransmitted _                       -> next(state, new Send(last));
                case Respond(var r) when r.provisional()   -> next(new Proceeding(r), new Send(r));
                case Respond(var r)                        -> next(new Completed(r), new Send(r), new Start(Timer.J));
                case Fired(var t) when t == Timer.LATE     -> next(new Terminated(), new Report("no answer"));
                case TransportFailed _                     -> next(new Terminated(), new Report("transport"));
                case Fired _                               -> next(state);
            };
            case Completed(var last) -> switch (event) {
                case Retransmitted _                       -> next(state, new Send(last));
                case Fired(var t) when t == Timer.J        -> next(new Terminated());
                case TransportFailed _                     -> next(new Terminated(), new Report("transport"));
                case Respond _, Fired _                    -> next(state);
            };
            case Terminated _                              -> next(state);
        };
    }
    // @formatter:on

    private static Next next(State state, Action... actions) {
        return new Next(state, List.of(actions));
    }
}
