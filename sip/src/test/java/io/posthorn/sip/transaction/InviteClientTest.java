package io.posthorn.sip.transaction;

import static io.posthorn.sip.transaction.Rows.R100;
import static io.posthorn.sip.transaction.Rows.R180;
import static io.posthorn.sip.transaction.Rows.R200;
import static io.posthorn.sip.transaction.Rows.R202;
import static io.posthorn.sip.transaction.Rows.R302;
import static io.posthorn.sip.transaction.Rows.R486;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.posthorn.sip.transaction.InviteClient.Action;
import io.posthorn.sip.transaction.InviteClient.Action.Acknowledge;
import io.posthorn.sip.transaction.InviteClient.Action.Pass;
import io.posthorn.sip.transaction.InviteClient.Action.Send;
import io.posthorn.sip.transaction.InviteClient.Action.Start;
import io.posthorn.sip.transaction.InviteClient.Action.TimedOut;
import io.posthorn.sip.transaction.InviteClient.Action.Unreachable;
import io.posthorn.sip.transaction.InviteClient.Event;
import io.posthorn.sip.transaction.InviteClient.Event.Fired;
import io.posthorn.sip.transaction.InviteClient.Event.Received;
import io.posthorn.sip.transaction.InviteClient.Event.TransportFailed;
import io.posthorn.sip.transaction.InviteClient.State;
import io.posthorn.sip.transaction.InviteClient.State.Accepted;
import io.posthorn.sip.transaction.InviteClient.State.Calling;
import io.posthorn.sip.transaction.InviteClient.State.Completed;
import io.posthorn.sip.transaction.InviteClient.State.CutOff;
import io.posthorn.sip.transaction.InviteClient.State.Proceeding;
import io.posthorn.sip.transaction.InviteClient.State.Terminated;
import io.posthorn.sip.transaction.InviteClient.Timer;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class InviteClientTest {

    // @formatter:off
    static Stream<Arguments> rows() {
        var calling = new Calling();
        var rings = new Proceeding();
        var answered = new Accepted();
        var refused = new Completed();
        return Stream.of(
                // RFC 3261 figure 5
                row(calling,          new Fired(Timer.A),       calling,              new Send(), new Start(Timer.A)),
                row(calling,          new Fired(Timer.B),       new Terminated(),     new TimedOut()),
                row(calling,          new TransportFailed(),    new Terminated(),     new Unreachable()),
                row(calling,          new Received(R100),       rings,                new Pass(R100)),
                row(calling,          new Received(R180),       rings,                new Pass(R180)),
                row(calling,          new Received(R486),       refused,              new Acknowledge(R486), new Pass(R486), new Start(Timer.D)),
                row(rings,            new Received(R180),       rings,                new Pass(R180)),
                row(rings,            new Received(R302),       refused,              new Acknowledge(R302), new Pass(R302), new Start(Timer.D)),
                row(rings,            new Fired(Timer.A),       rings),
                row(rings,            new Fired(Timer.B),       rings),
                row(rings,            new TransportFailed(),    new CutOff(),         new Start(Timer.CUT_OFF)),
                row(new CutOff(),     new Received(R180),       rings,                new Pass(R180)),
                row(new CutOff(),     new Received(R486),       refused,              new Acknowledge(R486), new Pass(R486), new Start(Timer.D)),
                row(new CutOff(),     new Fired(Timer.CUT_OFF), new Terminated(),     new Unreachable()),
                row(new CutOff(),     new TransportFailed(),    new CutOff()),
                row(rings,            new Fired(Timer.CUT_OFF), rings),
                row(refused,          new Received(R486),       refused,              new Acknowledge(R486)),
                row(refused,          new Received(R180),       refused),
                row(refused,          new Received(R200),       refused),
                row(refused,          new Fired(Timer.B),       refused),
                row(refused,          new TransportFailed(),    new Terminated()),
                row(refused,          new Fired(Timer.D),       new Terminated()),
                // RFC 3261 section 9.1
                row(rings,            new Fired(Timer.CANCELLED), new Terminated(),   new TimedOut()),
                row(answered,         new Fired(Timer.CANCELLED), answered),
                // RFC 6026 section 7.2
                row(calling,          new Received(R200),       answered,             new Pass(R200), new Start(Timer.M)),
                row(rings,            new Received(R202),       answered,             new Pass(R202), new Start(Timer.M)),
                row(answered,         new Received(R200),       answered,             new Pass(R200)),
                row(answered,         new Received(R180),       answered),
                row(answered,         new Received(R486),       answered),
                row(answered,         new Fired(Timer.B),       answered),
                row(answered,         new TransportFailed(),    answered),
                row(answered,         new Fired(Timer.M),       new Terminated()),
                row(new Terminated(), new Received(R200),       new Terminated()));
    }
    // @formatter:on

    private static Arguments row(State state, Event event, State then, Action... actions) {
        return arguments(state, event, then, List.of(actions));
    }

    @ParameterizedTest
    @MethodSource("rows")
    void goesAsTheFigureDraws(State state, Event event, State then, List<Action> actions) {
        assertThat(InviteClient.on(state, event)).isEqualTo(new InviteClient.Next(then, actions));
    }

    @Test
    void beginsBySending() {
        assertThat(InviteClient.start())
                .isEqualTo(
                        new InviteClient.Next(
                                new Calling(),
                                List.of(new Send(), new Start(Timer.A), new Start(Timer.B))));
    }
}
