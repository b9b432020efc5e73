package io.posthorn.ladders;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.cpm.client.Inbox;
import io.posthorn.cpm.client.Outbound;
import io.posthorn.cpm.client.Receiving;
import io.posthorn.cpm.client.Sending.Outcome;
import io.posthorn.ladders.dsl.Party;
import io.posthorn.ladders.dsl.PlainDialog;
import io.posthorn.ladders.dsl.PlainMsrpPeer;
import io.posthorn.ladders.dsl.PlainSip;
import io.posthorn.ladders.dsl.Scenario;
import io.posthorn.ladders.dsl.Wire;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One dialog of a unit under test, seen by the plain peer at its other end: what may happen in it
 * must be right at a client that is called or that calls, and towards either neighbour of each
 * participating function. The call is up to the 2xx's ACK once {@link #up} was called; media is
 * bound where the unit dials, and a message is on its way where the unit sends one.
 */
abstract class Side {

    private final String name;
    final Scenario l;
    final Party peer;

    /** How the peer changes its INVITE, or its 200, before it sends it. */
    private final UnaryOperator<PlainSip> first;

    private @Nullable PlainDialog dialog;
    private @Nullable PlainSip said;
    private @Nullable PlainSip heard;

    private Side(String name, Scenario l, Party peer, UnaryOperator<PlainSip> first) {
        this.name = name;
        this.l = l;
        this.peer = peer;
        this.first = first;
    }

    // Ten windows of eight chunks, each to be answered within 30 s.
    private static final String LONG = "x".repeat(80 * 65_536 - 2_000);

    /** All of them, to be gone through one after the other in one scenario. */
    static List<Function<Scenario, Side>> all(UnaryOperator<PlainSip> first) {
        return List.of(
                l -> new ReceivingClient(l, first),
                l -> new SendingClient(l, LONG, first),
                l -> new BeforeOriginating(l, first),
                l -> new BehindOriginating(l, first),
                l -> new BeforeTerminating(l, first),
                l -> new BehindTerminating(l, first));
    }

    static List<Function<Scenario, Side>> all() {
        var all = new ArrayList<>(all(said -> said));
        all.set(1, l -> new SendingClient(l, "Hello", said -> said));
        return all;
    }

    /** Those whose peer calls. */
    static List<Function<Scenario, Side>> called(UnaryOperator<PlainSip> first) {
        return List.of(
                l -> new ReceivingClient(l, first),
                l -> new BeforeOriginating(l, first),
                l -> new BeforeTerminating(l, first));
    }

    static List<Function<Scenario, Side>> called() {
        return called(said -> said);
    }

    /** Those whose peer is called. */
    static List<Function<Scenario, Side>> calling(UnaryOperator<PlainSip> first) {
        return List.of(
                l -> new SendingClient(l, "Hello", first),
                l -> new BehindOriginating(l, first),
                l -> new BehindTerminating(l, first));
    }

    static List<Function<Scenario, Side>> calling() {
        return calling(said -> said);
    }

    /** From INVITE to ACK. */
    abstract Side up();

    // ---- the stages of a peer that calls

    /** The peer's INVITE is there; what the unit calls in turn rings. */
    PlainSip rings() {
        throw new IllegalStateException(name + " is not called");
    }

    /** A call that the peer tries before the one that counts; the unit refuses it. */
    PlainSip refused(UnaryOperator<PlainSip> other, String code) {
        throw new IllegalStateException(name + " is not called");
    }

    /** Who is behind the unit answers; the 200 of the unit, which waits for its ACK. */
    PlainSip answered() {
        throw new IllegalStateException(name + " is not called");
    }

    /** The ACK went on to whoever is behind the unit. */
    void confirmed() {
        throw new IllegalStateException(name + " is not called");
    }

    // ---- the stages of a peer that is called

    /** The INVITE that the unit sent. */
    PlainSip invited() {
        throw new IllegalStateException(name + " does not call");
    }

    /** The 200 of the peer. */
    PlainSip ok(PlainSip invite) {
        throw new IllegalStateException(name + " does not call");
    }

    /** Who stands before the unit hears 200, and acknowledges it. */
    void acknowledged() {
        throw new IllegalStateException(name + " does not call");
    }

    /** Who stands before the unit hears that it rings. */
    void rang() {}

    /** Who stands before the unit gives up. */
    void givesUp() {
        throw new IllegalStateException(name + " does not call");
    }

    /** Who stands before the unit hears that the call failed, and nothing is left. */
    void failed(String code) {
        throw new IllegalStateException(name + " does not call");
    }

    // ---- the call

    /** Whatever makes the unit say BYE to the peer happens; the BYE is for the test to receive. */
    abstract void hangsUp();

    /** After the unit hung up: what else was open ends, and nothing is left. */
    abstract void over();

    /** After the peer hung up: what else was open ends, and nothing is left. */
    abstract void left();

    /** After the end of a call whose ACK never came: who is behind gets ACK and BYE. */
    void leftUnconfirmed() {
        left();
    }

    /** The message that {@link #mediaPasses} is the last thing in the call. */
    boolean mediaEndsTheCall() {
        return false;
    }

    /** After the unit gave the session up: what else was open ends, and nothing is left. */
    void expired() {
        // What ended this side must reach the unit before the other side's BYE does.
        l.pass(Duration.ofMillis(100));
        left();
    }

    /** Almost half of an interval of 90 s passes. */
    void waits() {
        l.pass(Duration.ofSeconds(44));
    }

    /** Half of an interval of 90 s passes; the request by which the unit refreshes. */
    PlainSip awaits(String method) {
        waits();
        return peer.receives(method);
    }

    /** Message bytes pass through the unit, in either direction, as if nothing had happened. */
    abstract void mediaPasses();

    /** The unit's connection for media that the peer's side of the call has is closed. */
    abstract boolean mediaIsReleased();

    InetSocketAddress at() {
        return dialog().next();
    }

    PlainDialog dialog() {
        if (dialog == null) throw new IllegalStateException(name + " is not up");
        return dialog;
    }

    /** The INVITE or the 200 in which the peer described its media. */
    PlainSip said() {
        if (said == null) throw new IllegalStateException(name + " is not up");
        return said;
    }

    /** The 200 or the INVITE in which the unit described its media. */
    PlainSip heard() {
        if (heard == null) throw new IllegalStateException(name + " is not up");
        return heard;
    }

    final PlainSip first(PlainSip message) {
        return first.apply(message);
    }

    final PlainSip said(PlainSip message) {
        said = message;
        return message;
    }

    final Side upFromBelow() {
        rings();
        answered();
        acknowledges(0);
        confirmed();
        return this;
    }

    final Side upFromAbove() {
        var invite = invited();
        var ok = ok(invite);
        peer.answers(invite, ok);
        acknowledged();
        peer.receives("ACK");
        isUp(PlainDialog.called(peer, invite, ok), invite);
        return this;
    }

    final void isUp(PlainDialog made, PlainSip unitSaid) {
        dialog = made;
        heard = unitSaid;
    }

    /** A request of the peer in the dialog, with what a target refresh needs. */
    PlainSip request(String method, int step) {
        return dialog().request(method, step).with("Contact", said().header("Contact"));
    }

    /** A re-INVITE or UPDATE of the peer that describes its media as before. */
    PlainSip again(String method, int step) {
        return request(method, step).body("application/sdp", said().body());
    }

    PlainSip sends(PlainSip request) {
        return peer.sends(at(), request);
    }

    /** The ACK of the peer to the 2xx to its INVITE of that step. */
    void acknowledges(int step) {
        sends(dialog().request("ACK", step));
    }

    /** The 200 of the peer to a re-INVITE or UPDATE of the unit, which describes the same media. */
    PlainSip repeats(PlainSip refresh) {
        var ok = peer.answer(refresh, 200, "OK").with("Contact", said().header("Contact"));
        return refresh.body().isEmpty() ? ok : ok.body("application/sdp", said().body());
    }

    void answersBye() {
        peer.answers(peer.receives("BYE"), 200, "OK");
    }

    /** The peer says BYE and hears 200. */
    void peerLeaves(int step) {
        sends(dialog().request("BYE", step));
        peer.receives("200");
        left();
    }

    @Override
    public String toString() {
        return name;
    }

    // ---- a client that is called

    /** The side of a receiving client: its Terminating PF is the peer, and calls. */
    static final class ReceivingClient extends Side implements Inbox {
        final PlainMsrpPeer media;
        final Units.Client bob;
        private final List<Received> received = new ArrayList<>();
        private int sent;

        ReceivingClient(Scenario l, UnaryOperator<PlainSip> first) {
            super("client that is called", l, l.party("TPF of Bob"), first);
            this.media = l.msrp("TPF of Bob");
            this.bob = Units.client(l, "Bob", LargeMessage.BOB, peer, s -> s);
            bob.cpm().onReceive(Receiving.into(Path.of("in")), this);
        }

        @Override
        public void received(Received message) {
            received.add(message);
        }

        @Override
        public void failed(String from, String why) {}

        PlainSip invite() {
            return first(
                    LargeMessage.invite(peer, media, "call-" + l.number())
                            .requestUri("sip:bob@" + Party.text(bob.at())));
        }

        @Override
        PlainSip refused(UnaryOperator<PlainSip> other, String code) {
            peer.sends(bob.at(), other.apply(invite()));
            return peer.receives(code);
        }

        @Override
        PlainSip rings() {
            return said(peer.sends(bob.at(), invite()));
        }

        @Override
        PlainSip answered() {
            var ok = peer.receives("200");
            isUp(PlainDialog.caller(peer, said(), ok), ok);
            return ok;
        }

        @Override
        void confirmed() {
            media.isDialled();
            media.receives("SEND");
        }

        @Override
        Side up() {
            return upFromBelow();
        }

        @Override
        void hangsUp() {
            media.resets();
        }

        @Override
        void over() {
            nothingMore();
        }

        @Override
        void left() {
            nothingMore();
        }

        @Override
        void mediaPasses() {
            media.sendsMessage(
                    List.of(heard().sdp("path")), "m" + ++sent, LargeMessage.cpim(9_000), 4_000);
            l.until("the message is there", () -> received.size() == sent);
        }

        @Override
        boolean mediaIsReleased() {
            return media.farEndIsFree();
        }
    }

    // ---- a client that calls

    /** The side of a sending client: the core is the peer, and is called. */
    static final class SendingClient extends Side {
        final PlainMsrpPeer media;
        final Units.Client alice;
        final List<Outcome> outcomes = new ArrayList<>();
        private final String text;
        private String contribution = "";

        SendingClient(Scenario l, String text, UnaryOperator<PlainSip> first) {
            super("client that calls", l, l.party("core of Alice"), first);
            this.text = text;
            this.media = l.msrp("core of Alice");
            this.alice = Units.client(l, "Client", LargeMessage.ALICE, peer, s -> s);
        }

        @Override
        PlainSip invited() {
            media.keepsQuiet();
            contribution = alice.cpm().send(Outbound.text(LargeMessage.BOB, text), outcomes::add);
            return peer.receives("INVITE");
        }

        @Override
        void givesUp() {
            alice.cpm().abort(contribution);
        }

        @Override
        PlainSip ok(PlainSip invite) {
            return said(
                    first(
                            peer.answer(invite, 200, "OK")
                                    .with("Contact", "<sip:pf@" + peer.hostPort() + ">")
                                    .with("Allow", "INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE")
                                    .body("application/sdp", LargeMessage.passiveAnswer(media))));
        }

        @Override
        void acknowledged() {}

        @Override
        void failed(String code) {
            l.until("the client knows", () -> !outcomes.isEmpty());
            assertThat(outcomes.getFirst()).isInstanceOf(Outcome.Failed.class);
            assertThat(((Outcome.Failed) outcomes.getFirst()).code())
                    .isEqualTo(Integer.parseInt(code));
            nothingMore();
        }

        @Override
        Side up() {
            return upFromAbove();
        }

        @Override
        void hangsUp() {
            mediaPasses();
        }

        @Override
        boolean mediaEndsTheCall() {
            return true;
        }

        @Override
        void mediaPasses() {
            media.isDialled();
            media.answers(media.receivesContent(), "200 OK");
            answersWindow();
            media.answersAgain();
            l.until("the client knows", () -> !outcomes.isEmpty());
        }

        private void answersWindow() {
            for (var send : media.unanswered()) media.answers(send, "200 OK");
        }

        @Override
        void waits() {
            l.pass(Duration.ofSeconds(25));
            answersWindow();
            l.pass(Duration.ofSeconds(19));
            answersWindow();
        }

        @Override
        boolean mediaIsReleased() {
            return media.farEndIsFree();
        }

        @Override
        void over() {
            l.until("the client knows", () -> !outcomes.isEmpty());
            nothingMore();
        }

        @Override
        void left() {
            over();
        }
    }

    // ---- an Originating PF

    /** A call through an Originating PF. */
    private static final class ThroughOriginating {
        final Originating at;
        PlainSip invite = NONE;
        PlainSip onward = NONE;
        PlainSip answer = NONE;
        PlainSip ok = NONE;

        ThroughOriginating(Scenario l, String name) {
            at = new Originating(l, s -> s, name);
        }

        PlainSip invites(PlainSip first) {
            invite = at.alice.sends(at.pf.at(), first);
            onward = at.next.receives("INVITE");
            return onward;
        }

        PlainDialog caller() {
            return PlainDialog.caller(at.alice, invite, ok);
        }

        PlainDialog called() {
            return PlainDialog.called(at.next, onward, answer);
        }

        /** The connections of both sides are there. */
        void bound() {
            at.bound(new Originating.Up(onward, ok, caller(), called()));
            at.receiver.isDialled();
        }

        void mediaPasses() {
            at.sender.sendsMessage(
                    List.of(ok.sdp("path").split(" ")),
                    "m" + at.l.number(),
                    LargeMessage.cpim(9_000),
                    4_000);
            at.receiver.receivesMessage();
        }
    }

    /** Alice's side of an Originating PF. */
    static final class BeforeOriginating extends Side {
        private final ThroughOriginating call;

        BeforeOriginating(Scenario l, UnaryOperator<PlainSip> first) {
            this(l, new ThroughOriginating(l, "OPF of Alice"), first);
        }

        private BeforeOriginating(
                Scenario l, ThroughOriginating call, UnaryOperator<PlainSip> first) {
            super("caller's side of the OPF", l, call.at.alice, first);
            this.call = call;
        }

        @Override
        PlainSip refused(UnaryOperator<PlainSip> other, String code) {
            peer.sends(call.at.pf.at(), other.apply(call.at.invite()));
            return peer.receives(code);
        }

        @Override
        PlainSip rings() {
            call.invites(first(call.at.invite()));
            call.at.next.answers(call.onward, 180, "Ringing");
            peer.receives("180");
            return said(call.invite);
        }

        @Override
        PlainSip answered() {
            call.answer = call.at.ok(call.onward);
            call.at.next.answers(call.onward, call.answer);
            call.ok = peer.receives("200");
            isUp(call.caller(), call.ok);
            return call.ok;
        }

        @Override
        void confirmed() {
            call.at.next.receives("ACK");
            call.bound();
        }

        @Override
        Side up() {
            return upFromBelow();
        }

        @Override
        void mediaPasses() {
            call.mediaPasses();
        }

        @Override
        void hangsUp() {
            call.called().saysBye(1);
            call.at.next.receives("200");
        }

        @Override
        void over() {
            nothingMore();
        }

        @Override
        void leftUnconfirmed() {
            call.at.next.receives("ACK");
            left();
        }

        @Override
        void left() {
            call.at.next.answers(call.at.next.receives("BYE"), 200, "OK");
            nothingMore();
        }

        @Override
        boolean mediaIsReleased() {
            return call.at.sender.farEndIsFree();
        }
    }

    /** The next node's side of an Originating PF. */
    static final class BehindOriginating extends Side {
        private final ThroughOriginating call;

        BehindOriginating(Scenario l, UnaryOperator<PlainSip> first) {
            this(l, new ThroughOriginating(l, "OPF before the core"), first);
        }

        private BehindOriginating(
                Scenario l, ThroughOriginating call, UnaryOperator<PlainSip> first) {
            super("called side of the OPF", l, call.at.next, first);
            this.call = call;
        }

        @Override
        PlainSip invited() {
            return call.invites(call.at.invite());
        }

        @Override
        PlainSip ok(PlainSip invite) {
            call.answer = said(first(call.at.ok(invite)));
            return call.answer;
        }

        @Override
        void acknowledged() {
            call.ok = call.at.alice.receives("200");
            call.caller().acknowledges();
        }

        @Override
        void rang() {
            call.at.alice.receives("180");
        }

        @Override
        void givesUp() {
            cancels(call.at.alice, call.at.pf.at(), call.invite);
        }

        @Override
        void failed(String code) {
            call.at.alice.receives(code);
            nothingMore();
        }

        @Override
        Side up() {
            upFromAbove();
            call.bound();
            return this;
        }

        @Override
        void mediaPasses() {
            call.mediaPasses();
        }

        @Override
        void hangsUp() {
            call.caller().saysBye(1);
            call.at.alice.receives("200");
        }

        @Override
        void over() {
            nothingMore();
        }

        @Override
        void left() {
            call.at.alice.answers(call.at.alice.receives("BYE"), 200, "OK");
            nothingMore();
        }

        @Override
        boolean mediaIsReleased() {
            return call.at.receiver.farEndIsFree();
        }
    }

    // ---- a Terminating PF

    /** A call through a Terminating PF to one device. */
    private static final class ThroughTerminating {
        final Terminating at;
        final Terminating.Device phone;
        PlainSip invite = NONE;
        PlainSip onward = NONE;
        PlainSip answer = NONE;
        PlainSip ok = NONE;

        ThroughTerminating(Scenario l, String name) {
            at = new Terminating(l, s -> s, name);
            phone = at.device("phone");
        }

        PlainSip invites(PlainSip first) {
            at.sends(first);
            invite = at.opf.lastSent("INVITE");
            onward = at.invited(phone);
            return onward;
        }

        PlainDialog caller() {
            return PlainDialog.caller(at.opf, invite, ok);
        }

        PlainDialog called() {
            return PlainDialog.called(at.core, onward, answer);
        }

        void bound() {
            at.bound(ok);
            at.binds(phone, onward);
        }

        void mediaPasses() {
            at.sender.sendsMessage(
                    List.of(ok.sdp("path").split(" ")),
                    "m" + at.l.number(),
                    LargeMessage.cpim(9_000),
                    4_000);
            phone.media().receivesMessage();
        }

        void ends() {
            at.endsSubscription();
            Side.nothingMore(at.l);
        }
    }

    /** The Originating PF's side of a Terminating PF. */
    static final class BeforeTerminating extends Side {
        private final ThroughTerminating call;

        BeforeTerminating(Scenario l, UnaryOperator<PlainSip> first) {
            this(l, new ThroughTerminating(l, "TPF behind the OPF"), first);
        }

        private BeforeTerminating(
                Scenario l, ThroughTerminating call, UnaryOperator<PlainSip> first) {
            super("caller's side of the TPF", l, call.at.opf, first);
            this.call = call;
        }

        @Override
        PlainSip refused(UnaryOperator<PlainSip> other, String code) {
            peer.sends(call.at.pf.at(), other.apply(call.at.invite()));
            return peer.receives(code);
        }

        @Override
        PlainSip rings() {
            call.invites(first(call.at.invite()));
            call.at.core.answers(call.onward, 180, "Ringing");
            peer.receives("180");
            return said(call.invite);
        }

        @Override
        PlainSip answered() {
            call.answer = call.at.ok(call.phone, call.onward);
            call.at.core.answers(call.onward, call.answer);
            call.ok = peer.receives("200");
            isUp(call.caller(), call.ok);
            return call.ok;
        }

        @Override
        void confirmed() {
            call.at.core.receives("ACK");
            call.bound();
        }

        @Override
        Side up() {
            return upFromBelow();
        }

        @Override
        void mediaPasses() {
            call.mediaPasses();
        }

        @Override
        void hangsUp() {
            call.at.sender.resets();
        }

        @Override
        void over() {
            left();
        }

        @Override
        void leftUnconfirmed() {
            call.at.core.receives("ACK");
            left();
        }

        @Override
        void left() {
            call.at.core.answers(call.at.core.receives("BYE"), 200, "OK");
            call.ends();
        }

        @Override
        boolean mediaIsReleased() {
            return call.at.sender.farEndIsFree();
        }
    }

    /** The device's side of a Terminating PF. */
    static final class BehindTerminating extends Side {
        private final ThroughTerminating call;

        BehindTerminating(Scenario l, UnaryOperator<PlainSip> first) {
            this(l, new ThroughTerminating(l, "TPF of the phone"), first);
        }

        private BehindTerminating(
                Scenario l, ThroughTerminating call, UnaryOperator<PlainSip> first) {
            super("device's side of the TPF", l, call.at.core, first);
            this.call = call;
        }

        @Override
        PlainSip invited() {
            return call.invites(call.at.invite());
        }

        @Override
        PlainSip ok(PlainSip invite) {
            call.answer = said(first(call.at.ok(call.phone, invite)));
            return call.answer;
        }

        @Override
        void acknowledged() {
            call.ok = call.at.opf.receives("200");
            call.caller().acknowledges();
        }

        @Override
        void rang() {
            call.at.opf.receives("180");
        }

        @Override
        void givesUp() {
            cancels(call.at.opf, call.at.pf.at(), call.invite);
        }

        @Override
        void failed(String code) {
            call.at.opf.receives(code);
            call.ends();
        }

        @Override
        Side up() {
            upFromAbove();
            call.bound();
            return this;
        }

        @Override
        void mediaPasses() {
            call.mediaPasses();
        }

        @Override
        void hangsUp() {
            call.caller().saysBye(1);
            call.at.opf.receives("200");
        }

        @Override
        void over() {
            call.ends();
        }

        @Override
        void left() {
            call.caller().saysBye(1);
            call.at.opf.receives("200");
            call.ends();
        }

        @Override
        boolean mediaIsReleased() {
            return call.phone.media().farEndIsFree();
        }
    }

    final void nothingMore() {
        nothingMore(l);
    }

    /** On sockets it takes its time, and the simulation shows the same. */
    private static void nothingMore(Scenario l) {
        if (l.wire() == Wire.SIMULATED) l.nothingMore();
    }

    private static final PlainSip NONE = PlainSip.of("NONE sip:nobody SIP/2.0");

    /** CANCEL of an INVITE that was sent (RFC 3261 section 9.1), and its 200. */
    static void cancels(Party caller, InetSocketAddress to, PlainSip invite) {
        caller.sends(to, cancel(invite));
        caller.receives("200");
    }

    static PlainSip cancel(PlainSip invite) {
        var cancel =
                PlainSip.of("CANCEL " + invite.requestUri() + " SIP/2.0")
                        .with("Via", invite.headers("Via").getFirst())
                        .with("Max-Forwards", "70")
                        .with("From", invite.header("From"))
                        .with("To", invite.header("To"))
                        .with("Call-ID", invite.header("Call-ID"))
                        .with("CSeq", invite.header("CSeq").replace("INVITE", "CANCEL"));
        for (var route : invite.headers("Route")) cancel = cancel.with("Route", route);
        return cancel;
    }
}
