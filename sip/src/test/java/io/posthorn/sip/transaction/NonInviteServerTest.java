package io.posthorn.sip.transaction;

import static io.posthorn.sip.transaction.Rows.R100;
import static io.posthorn.sip.transaction.Rows.R200;
import static io.posthorn.sip.transaction.Rows.R486;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.posthorn.sip.transaction.NonInviteServer.Action;
import io.posthorn.sip.transaction.NonInviteServer.Action.Report;
import io.posthorn.sip.transaction.NonInviteServer.Action.Send;
import io.posthorn.sip.transaction.NonInviteServer.Action.SendTrying;
import io.posthorn.sip.transaction.NonInviteServer.Action.Start;
import io.posthorn.sip.transaction.NonInviteServer.Event;
import io.posthorn.sip.transaction.NonInviteServer.Event.Fired;
import io.posthorn.sip.transaction.NonInviteServer.Event.Respond;
import io.posthorn.sip.transaction.NonInviteServer.Event.Retransmitted;
import io.posthorn.sip.transaction.NonInviteServer.Event.TransportFailed;
import io.posthorn.sip.transaction.NonInviteServer.State;
import io.posthorn.sip.transaction.NonInviteServer.State.Completed;
import io.posthorn.sip.transaction.NonInviteServer.State.Proceeding;
import io.posthorn.sip.transaction.NonInviteServer.State.Terminated;
import io.posthorn.sip.transaction.NonInviteServer.State.Trying;
import io.posthorn.sip.transaction.NonInviteServer.Timer;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class NonInviteServerTest {

    // @formatter:off
    static Stream<Arguments> rows() {
        var trying = new Trying();
        var works = new Proceeding(R100);
        var done = new Completed(R200);
        return Stream.of(
                // RFC 3261 figure 8
                row(trying,           new Retransmitted(),      trying),
                row(trying,           new Respond(R100),        works,                new Send(R100)),
                row(trying,           new Respond(R200),        done,                 new Send(R200), new Start(Timer.J)),
                row(trying,           new Respond(R486),        new Completed(R486),  new Send(R486), new Start(Timer.J)),
                row(trying,           new TransportFailed(),    trying),
                row(works,            new Retransmitted(),      works,                new Send(R100)),
                row(works,            new Respond(R100),        works,                new Send(R100)),
                row(works,            new Respond(R200),        done,                 new Send(R200), new Start(Timer.J)),
                row(works,            new TransportFailed(),    new Terminated(),     new Report("transport")),
                row(done,             new Retransmitted(),      done,                 new Send(R200)),
                row(done,             new Respond(R486),        done),
                row(done,             new TransportFailed(),    new Terminated(),     new Report("transport")),
                row(done,             new Fired(Timer.J),       new Terminated()),
                row(done,             new Fired(Timer.TRYING),  done),
                row(done,             new Fired(Timer.LATE),    done),
                // RFC 4320 section 4
                row(trying,           new Fired(Timer.TRYING),  trying,               new SendTrying()),
                row(works,            new Fired(Timer.TRYING),  works),
                row(trying,           new Fired(Timer.LATE),    new Terminated(),     new Report("no answer")),
                row(works,            new Fired(Timer.LATE),    new Terminated(),     new Report("no answer")),
                row(new Terminated(), new Respond(R200),        new Terminated()));
    }
    // @formatter:on

    private static Arguments row(State state, Event event, State then, Action... actions) {
        return arguments(state, event, then, List.of(actions));
    }

    @ParameterizedTest
    @MethodSource("rows")
    void goesAsTheFigureDraws(State state, Event event, State then, List<Action> actions) {
        assertThat(NonInviteServer.on(state, event))
                .isEqualTo(new NonInviteServer.Next(then, actions));
    }

    @Test
    void beginsWithTheTimersOfRfc4320() {
        assertThat(NonInviteServer.start())
                .isEqualTo(
                        new NonInviteServer.Next(
                                new Trying(),
                                List.of(new Start(Timer.TRYING), new Start(Timer.LATE))));
    }
}
