package io.posthorn.sip.transaction;

import static io.posthorn.sip.transaction.Rows.R100;
import static io.posthorn.sip.transaction.Rows.R200;
import static io.posthorn.sip.transaction.Rows.R486;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.posthorn.sip.transaction.NonInviteClient.Action;
import io.posthorn.sip.transaction.NonInviteClient.Action.Pass;
import io.posthorn.sip.transaction.NonInviteClient.Action.Send;
import io.posthorn.sip.transaction.NonInviteClient.Action.Start;
import io.posthorn.sip.transaction.NonInviteClient.Action.TimedOut;
import io.posthorn.sip.transaction.NonInviteClient.Action.Unreachable;
import io.posthorn.sip.transaction.NonInviteClient.Event;
import io.posthorn.sip.transaction.NonInviteClient.Event.Fired;
import io.posthorn.sip.transaction.NonInviteClient.Event.Received;
import io.posthorn.sip.transaction.NonInviteClient.Event.TransportFailed;
import io.posthorn.sip.transaction.NonInviteClient.State;
import io.posthorn.sip.transaction.NonInviteClient.State.Completed;
import io.posthorn.sip.transaction.NonInviteClient.State.Proceeding;
import io.posthorn.sip.transaction.NonInviteClient.State.Terminated;
import io.posthorn.sip.transaction.NonInviteClient.State.Trying;
import io.posthorn.sip.transaction.NonInviteClient.Timer;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class NonInviteClientTest {

    // @formatter:off
    static Stream<Arguments> rows() {
        var trying = new Trying();
        var works = new Proceeding();
        var done = new Completed();
        return Stream.of(
                // RFC 3261 figure 6
                row(trying,           new Fired(Timer.E),       trying,               new Send(), new Start(Timer.E)),
                row(trying,           new Fired(Timer.F),       new Terminated(),     new TimedOut()),
                row(trying,           new TransportFailed(),    new Terminated(),     new Unreachable()),
                row(trying,           new Received(R100),       works,                new Pass(R100)),
                row(trying,           new Received(R200),       done,                 new Pass(R200), new Start(Timer.K)),
                row(trying,           new Received(R486),       done,                 new Pass(R486), new Start(Timer.K)),
                row(works,            new Received(R100),       works,                new Pass(R100)),
                row(works,            new Fired(Timer.E),       works,                new Send(), new Start(Timer.E_SLOW)),
                row(works,            new Fired(Timer.E_SLOW),  works,                new Send(), new Start(Timer.E_SLOW)),
                row(works,            new Fired(Timer.F),       new Terminated(),     new TimedOut()),
                row(works,            new TransportFailed(),    new Terminated(),     new Unreachable()),
                row(works,            new Received(R200),       done,                 new Pass(R200), new Start(Timer.K)),
                row(done,             new Received(R200),       done),
                row(done,             new Fired(Timer.E),       done),
                row(done,             new Fired(Timer.F),       done),
                row(done,             new TransportFailed(),    done),
                row(done,             new Fired(Timer.K),       new Terminated()),
                row(new Terminated(), new Received(R200),       new Terminated()));
    }
    // @formatter:on

    private static Arguments row(State state, Event event, State then, Action... actions) {
        return arguments(state, event, then, List.of(actions));
    }

    @ParameterizedTest
    @MethodSource("rows")
    void goesAsTheFigureDraws(State state, Event event, State then, List<Action> actions) {
        assertThat(NonInviteClient.on(state, event))
                .isEqualTo(new NonInviteClient.Next(then, actions));
    }

    @Test
    void beginsBySending() {
        assertThat(NonInviteClient.start())
                .isEqualTo(
                        new NonInviteClient.Next(
                                new Trying(),
                                List.of(new Send(), new Start(Timer.E), new Start(Timer.F))));
    }
}
