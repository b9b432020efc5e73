package io.posthorn.sip.transaction;

import static io.posthorn.sip.transaction.Rows.ACK;
import static io.posthorn.sip.transaction.Rows.R100;
import static io.posthorn.sip.transaction.Rows.R180;
import static io.posthorn.sip.transaction.Rows.R200;
import static io.posthorn.sip.transaction.Rows.R202;
import static io.posthorn.sip.transaction.Rows.R302;
import static io.posthorn.sip.transaction.Rows.R486;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.posthorn.sip.transaction.InviteServer.Action;
import io.posthorn.sip.transaction.InviteServer.Action.PassAck;
import io.posthorn.sip.transaction.InviteServer.Action.Report;
import io.posthorn.sip.transaction.InviteServer.Action.Send;
import io.posthorn.sip.transaction.InviteServer.Action.SendTrying;
import io.posthorn.sip.transaction.InviteServer.Action.Start;
import io.posthorn.sip.transaction.InviteServer.Event;
import io.posthorn.sip.transaction.InviteServer.Event.Ack;
import io.posthorn.sip.transaction.InviteServer.Event.Fired;
import io.posthorn.sip.transaction.InviteServer.Event.Respond;
import io.posthorn.sip.transaction.InviteServer.Event.Retransmitted;
import io.posthorn.sip.transaction.InviteServer.Event.TransportFailed;
import io.posthorn.sip.transaction.InviteServer.State;
import io.posthorn.sip.transaction.InviteServer.State.Accepted;
import io.posthorn.sip.transaction.InviteServer.State.Completed;
import io.posthorn.sip.transaction.InviteServer.State.Confirmed;
import io.posthorn.sip.transaction.InviteServer.State.Proceeding;
import io.posthorn.sip.transaction.InviteServer.State.Terminated;
import io.posthorn.sip.transaction.InviteServer.Timer;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class InviteServerTest {

    // @formatter:off
    static Stream<Arguments> rows() {
        var quiet = new Proceeding(null);
        var rings = new Proceeding(R180);
        var refused = new Completed(R486);
        return Stream.of(
                // RFC 3261 figure 7
                row(quiet,            new Fired(Timer.TRYING),  quiet,                new SendTrying()),
                row(rings,            new Fired(Timer.TRYING),  rings),
                row(quiet,            new Retransmitted(),      quiet),
                row(quiet,            new Respond(R100),        new Proceeding(R100), new Send(R100)),
                row(rings,            new Retransmitted(),      rings,                new Send(R180)),
                row(rings,            new Respond(R100),        new Proceeding(R100), new Send(R100)),
                row(rings,            new Ack(ACK),             rings),
                row(rings,            new Respond(R302),        new Completed(R302),  new Send(R302), new Start(Timer.G), new Start(Timer.H)),
                row(quiet,            new Respond(R486),        refused,              new Send(R486), new Start(Timer.G), new Start(Timer.H)),
                row(refused,          new Retransmitted(),      refused,              new Send(R486)),
                row(refused,          new Fired(Timer.G),       refused,              new Send(R486), new Start(Timer.G)),
                row(refused,          new Fired(Timer.H),       new Terminated(),     new Report("no ACK")),
                row(refused,          new Ack(ACK),             new Confirmed(),      new Start(Timer.I)),
                row(refused,          new Respond(R200),        refused),
                row(refused,          new Fired(Timer.TRYING),  refused),
                row(new Confirmed(),  new Ack(ACK),             new Confirmed()),
                row(new Confirmed(),  new Retransmitted(),      new Confirmed()),
                row(new Confirmed(),  new Fired(Timer.G),       new Confirmed()),
                row(new Confirmed(),  new Fired(Timer.H),       new Confirmed()),
                row(new Confirmed(),  new Respond(R200),        new Confirmed()),
                row(new Confirmed(),  new TransportFailed(),    new Confirmed()),
                row(new Confirmed(),  new Fired(Timer.I),       new Terminated()),
                // RFC 6026 section 7.1
                row(quiet,            new Respond(R200),        new Accepted(),       new Send(R200), new Start(Timer.L)),
                row(rings,            new Respond(R202),        new Accepted(),       new Send(R202), new Start(Timer.L)),
                row(new Accepted(),   new Retransmitted(),      new Accepted()),
                row(new Accepted(),   new Respond(R200),        new Accepted(),       new Send(R200)),
                row(new Accepted(),   new Respond(R180),        new Accepted()),
                row(new Accepted(),   new Respond(R486),        new Accepted()),
                row(new Accepted(),   new Ack(ACK),             new Accepted(),       new PassAck(ACK)),
                row(new Accepted(),   new Fired(Timer.TRYING),  new Accepted()),
                row(new Accepted(),   new Fired(Timer.L),       new Terminated()),
                row(rings,            new TransportFailed(),    rings,                new Report("transport")),
                row(new Accepted(),   new TransportFailed(),    new Accepted(),       new Report("transport")),
                row(refused,          new TransportFailed(),    refused,              new Report("transport")),
                row(new Terminated(), new Respond(R200),        new Terminated()),
                row(new Terminated(), new Fired(Timer.L),       new Terminated()));
    }
    // @formatter:on

    private static Arguments row(State state, Event event, State then, Action... actions) {
        return arguments(state, event, then, List.of(actions));
    }

    @ParameterizedTest
    @MethodSource("rows")
    void goesAsTheFigureDraws(State state, Event event, State then, List<Action> actions) {
        assertThat(InviteServer.on(state, event)).isEqualTo(new InviteServer.Next(then, actions));
    }

    @Test
    void beginsWithTheTimerOf100() {
        assertThat(InviteServer.start())
                .isEqualTo(
                        new InviteServer.Next(
                                new Proceeding(null), List.of(new Start(Timer.TRYING))));
    }
}
