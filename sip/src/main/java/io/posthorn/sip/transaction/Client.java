package io.posthorn.sip.transaction;

import io.posthorn.sip.transaction.Transactions.ClientListener;
import io.posthorn.sip.transaction.Transactions.ClientTransaction;
import io.posthorn.sip.transport.Flow;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.sip.wire.Warning;
import io.posthorn.strand.Net;
import io.posthorn.strand.Target;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What the drivers of both client tables share: finding the way, the final answer, the end. */
abstract sealed class Client implements ClientTransaction {

    private static final ClientListener NOBODY = (_, _) -> {};

    final SipTransactions all;
    final Home home;
    final Timers timers;
    private ClientListener listener;
    private final Deque<Target> targets = new ArrayDeque<>(2);
    private SipRequest bare;
    private SipRequest sent;
    private String branch;

    /** Where it stands in the table; empty before it does. */
    private String key = "";

    private @Nullable Flow flow;
    private @Nullable Target target;

    /** The flow was there before and may have died unnoticed: one more try on a new one. */
    private boolean reused;

    private boolean opening;

    /** What is wrong with the certificate of the last target; empty: nothing. */
    private String distrust = "";

    private boolean started;
    private boolean ended;
    private boolean finished;

    /** RFC 3263 section 4.3: the same request at another server of the same name. */
    @Nullable Client successor;

    private Client(SipTransactions all, Home home, SipRequest request, ClientListener listener) {
        this.all = all;
        this.home = home;
        this.bare = request;
        this.sent = request;
        this.listener = listener;
        this.branch = all.branches.next(home.loop);
        this.timers = new Timers(home.loop);
    }

    @Override
    public SipRequest request() {
        return successor == null || !successor.started ? sent : successor.request();
    }

    /** What this transaction itself sent, whoever was asked after it; its ACK is like it. */
    SipRequest own() {
        return sent;
    }

    /** RFC 3261 section 8.1.2, RFC 3263 section 4.3. */
    void begin(@Nullable Flow along) {
        all.opened();
        if (along != null) {
            if (along.open()) start(along);
            else home.loop.execute(this::noWay);
            return;
        }
        Towards.find(all.transport, home.loop, bare, this::found);
    }

    /** CANCEL: the INVITE's way and branch (RFC 3261 section 9.1). */
    void beginAs(Client invite, SipRequest cancel) {
        all.opened();
        branch = invite.branch;
        target = invite.target;
        flow = invite.flow;
        sent = cancel;
        register();
    }

    private void found(List<Target> ways) {
        for (var way : home.livingFirst(ways)) {
            // RFC 3261 section 18.1.1: what may not fit a packet goes by TCP, if somebody answers
            boolean big = way.kind() == Net.Kind.UDP && longerThan(all.settings.tcpAbove());
            if (big && !home.withoutTcp(way.address()))
                targets.add(new Target(way.address(), Net.Kind.TCP, way.name()));
            targets.add(way);
        }
        nextTarget();
    }

    /** With the Via that is still to come. */
    private boolean longerThan(int bytes) {
        int left = bytes - 40 - branch.length() - all.settings.advertised().length();
        return bare.sizeAtMost() > left && bare.bytes().length > left;
    }

    private void nextTarget() {
        if (ended) return;
        var next = targets.poll();
        if (next == null) {
            home.loop.execute(this::noWay);
            return;
        }
        target = next;
        opening = true;
        all.transport.open(home.loop, next, this::start, why -> failed(next, why));
        opening = false;
    }

    private void failed(Target at, Exception why) {
        all.note(bare, at.address() + " " + at.kind() + ": " + why.getMessage());
        var message = String.valueOf(why.getMessage());
        if (at.kind() == Net.Kind.TLS && message.contains("certificate"))
            distrust = message.substring(message.indexOf("certificate"));
        var next = targets.peek();
        boolean fallsBack =
                next != null && next.kind() == Net.Kind.UDP && next.address().equals(at.address());
        // RFC 3261 section 18.1.1: what it cannot is TCP, it has not failed
        if (fallsBack) home.noTcp(at.address());
        else home.failing(at.address());
        nextTarget();
    }

    private void start(Flow way) {
        if (ended) return;
        flow = way;
        reused = opening && target != null; // what is there at once was there before
        var via = all.transport.via(way, branch);
        sent = bare.withVia(via);
        register();
    }

    private void register() {
        started = true;
        key = key(branch, bare.method());
        home.clients.put(key, this);
        if (flow != null && reliable()) home.waits(this, flow);
        startTable();
    }

    static String key(String branch, String method) {
        return branch.toLowerCase(Locale.ROOT) + " " + method;
    }

    /** Sends what belongs to this transaction: the request again, an ACK. */
    void send(SipRequest what) {
        var way = flow;
        if (way != null && way.open())
            all.transport.send(home.loop, way, what.bytes(), this::failedSoon);
        else sendAnew(what);
    }

    /** The connection is gone: a new one to the same place. */
    private void sendAnew(SipRequest what) {
        if (target == null) {
            failedSoon();
            return;
        }
        all.transport.open(
                home.loop,
                target,
                way -> {
                    home.waitsNoMore(this, flow);
                    flow = way;
                    if (!ended) home.waits(this, way);
                    all.transport.send(home.loop, way, what.bytes(), this::failedSoon);
                },
                _ -> failedSoon());
    }

    private void failedSoon() {
        home.loop.execute(() -> {
            if (!ended) transportFailed();
        });
    }

    /** The connection ended. */
    void flowEnded() {
        if (ended) return;
        if (reused && untouched()) {
            // the peer closed an idle connection just when we used it; the branch tells a copy
            reused = false;
            sendAnew(sent);
        } else {
            transportFailed();
        }
    }

    /** RFC 3261 section 18.2.2: the peer opened a new connection in place of one that ended. */
    void movedTo(Flow from) {
        var old = flow;
        if (old == null || old.open() || !from.open() || ended) return;
        home.waitsNoMore(this, old);
        flow = from;
        home.waits(this, from);
    }

    boolean reliable() {
        return flow == null || flow.kind() != Net.Kind.UDP;
    }

    private void noWay() {
        if (ended) return;
        if (started) transportFailed();
        else {
            refuse(503);
            end();
        }
    }

    /** Our own answer (RFC 3261 section 8.1.3.1). */
    void refuse(int code) {
        var answer = SipResponse.to(sent, code);
        pass(distrust.isEmpty() ? answer : answer.with("Warning", warning()), null);
    }

    /** Whoever asked can mend a certificate, or knows who can; where it was stays with us. */
    private String warning() {
        return new Warning(399, "tls", distrust).toString();
    }

    /** Copies of a provisional response and further 2xx pass; a second refusal does not. */
    void pass(SipResponse response, @Nullable Flow from) {
        if (finished && !response.success()) return;
        if (response.code() == 503 && !finished && elsewhere()) return;
        finished |= !response.provisional();
        all.guard(bare.method(), () -> listener.response(response, from));
    }

    /**
     * RFC 3263 section 4.3: what fails in the transport, or with 503, is asked of the next server.
     * What times out is not: whoever asked us has given up by then.
     */
    private boolean elsewhere() {
        var here = target;
        if (here == null || givenUp()) return false;
        home.failing(here.address());
        targets.removeIf(next -> next.address().equals(here.address()));
        if (targets.isEmpty()) return false;
        finished = true;
        var next =
                this instanceof Invite
                        ? new Invite(all, home, bare, listener)
                        : new NonInvite(all, home, bare, listener);
        successor = next;
        all.opened();
        next.targets.addAll(targets);
        home.loop.execute(next::nextTarget);
        return true;
    }

    /**
     * The final answer has come, and only copies of it can follow. Thousands wait for them, for 32
     * s each: what is not needed for that goes.
     */
    final void shed() {
        sent = sent.skeleton();
        bare = sent;
        targets.clear();
        if (!reliable()) target = null;
        if (!hearsCopies()) listener = NOBODY;
    }

    /** Whether the listener hears more after the final answer. */
    abstract boolean hearsCopies();

    /** Nobody wants an answer any more. */
    abstract boolean givenUp();

    void end() {
        if (ended) return;
        ended = true;
        timers.end();
        home.clients.remove(key, this);
        home.waitsNoMore(this, flow);
        all.closed();
    }

    /** The listener has heard all that comes by way of this transaction. */
    final void lastHeard() {
        all.guard("end", listener::ended);
    }

    abstract void startTable();

    /** Nothing has come back yet. */
    abstract boolean untouched();

    abstract void received(SipResponse response, Flow from);

    abstract void transportFailed();

    /** The driver of {@link InviteClient}. */
    static final class Invite extends Client {

        private InviteClient.State state = new InviteClient.State.Calling();
        private @Nullable Flow from;
        private int repeats;
        private boolean cancelWanted;
        private boolean cancelSent;
        private @Nullable String reason;

        Invite(SipTransactions all, Home home, SipRequest request, ClientListener listener) {
            super(all, home, request, listener);
        }

        @Override
        void startTable() {
            follow(InviteClient.start());
        }

        @Override
        boolean untouched() {
            return state instanceof InviteClient.State.Calling;
        }

        @Override
        void received(SipResponse response, Flow from) {
            this.from = from;
            movedTo(from);
            on(new InviteClient.Event.Received(response));
            sendHeldCancel();
        }

        @Override
        void transportFailed() {
            on(new InviteClient.Event.TransportFailed());
        }

        @Override
        boolean hearsCopies() {
            return state instanceof InviteClient.State.Accepted;
        }

        @Override
        boolean givenUp() {
            return cancelWanted;
        }

        @Override
        public void cancel(@Nullable String reason) {
            if (successor != null) {
                successor.cancel(reason);
                return;
            }
            if (cancelWanted) return;
            cancelWanted = true;
            this.reason = reason;
            sendHeldCancel();
        }

        /** RFC 3261 section 9.1: not before a provisional response, not after a final one. */
        private void sendHeldCancel() {
            boolean may =
                    state instanceof InviteClient.State.Proceeding
                            || state instanceof InviteClient.State.CutOff;
            if (!cancelWanted || cancelSent || !may) return;
            cancelSent = true;
            all.sendCancel(this, Companions.cancel(own(), reason));
            start(InviteClient.Timer.CANCELLED);
        }

        private void on(InviteClient.Event event) {
            follow(InviteClient.on(state, event));
        }

        private void follow(InviteClient.Next next) {
            boolean answered = !answered(state) && answered(next.state());
            boolean accepted = hearsCopies();
            state = next.state();
            if (answered) timers.stop();
            for (var action : next.actions()) act(action);
            if (state instanceof InviteClient.State.Terminated) {
                end();
                if (accepted) lastHeard();
            } else if (answered) shed();
        }

        private static boolean answered(InviteClient.State state) {
            return switch (state) {
                case InviteClient.State.Accepted _, InviteClient.State.Completed _ -> true;
                case InviteClient.State.Calling _,
                        InviteClient.State.Proceeding _,
                        InviteClient.State.CutOff _,
                        InviteClient.State.Terminated _ ->
                        false;
            };
        }

        private void act(InviteClient.Action action) {
            switch (action) {
                case InviteClient.Action.Send _ -> send(own());
                case InviteClient.Action.Acknowledge(var refusal) ->
                        send(Companions.ack(own(), refusal));
                case InviteClient.Action.Pass(var response) -> pass(response, from);
                case InviteClient.Action.Start(var timer) -> start(timer);
                case InviteClient.Action.TimedOut _ -> refuse(408);
                case InviteClient.Action.Unreachable _ -> refuse(503);
            }
        }

        private void start(InviteClient.Timer timer) {
            if (timer == InviteClient.Timer.A && reliable()) return;
            timers.start(pause(timer), () -> on(new InviteClient.Event.Fired(timer)));
        }

        private Duration pause(InviteClient.Timer timer) {
            return switch (timer) {
                case A -> all.settings.doubled(repeats++);
                case D -> reliable() ? Duration.ZERO : all.settings.life();
                case B, M, CUT_OFF, CANCELLED -> all.settings.life();
            };
        }
    }

    /** The driver of {@link NonInviteClient}. */
    static final class NonInvite extends Client {

        private NonInviteClient.State state = new NonInviteClient.State.Trying();
        private @Nullable Flow from;
        private int repeats;

        NonInvite(SipTransactions all, Home home, SipRequest request, ClientListener listener) {
            super(all, home, request, listener);
        }

        @Override
        void startTable() {
            follow(NonInviteClient.start());
        }

        @Override
        boolean untouched() {
            return state instanceof NonInviteClient.State.Trying;
        }

        @Override
        void received(SipResponse response, Flow from) {
            this.from = from;
            on(new NonInviteClient.Event.Received(response));
        }

        @Override
        void transportFailed() {
            on(new NonInviteClient.Event.TransportFailed());
        }

        @Override
        boolean hearsCopies() {
            return false;
        }

        @Override
        boolean givenUp() {
            return false;
        }

        /** Nothing: only an INVITE is cancelled (RFC 3261 section 9.1). */
        @Override
        public void cancel(@Nullable String reason) {}

        private void on(NonInviteClient.Event event) {
            follow(NonInviteClient.on(state, event));
        }

        private void follow(NonInviteClient.Next next) {
            boolean answered = !completed(state) && completed(next.state());
            state = next.state();
            if (answered) timers.stop();
            for (var action : next.actions()) act(action);
            if (state instanceof NonInviteClient.State.Terminated) end();
            else if (answered) shed();
        }

        private static boolean completed(NonInviteClient.State state) {
            return state instanceof NonInviteClient.State.Completed;
        }

        private void act(NonInviteClient.Action action) {
            switch (action) {
                case NonInviteClient.Action.Send _ -> send(own());
                case NonInviteClient.Action.Pass(var response) -> pass(response, from);
                case NonInviteClient.Action.Start(var timer) -> start(timer);
                case NonInviteClient.Action.TimedOut _ -> refuse(408);
                case NonInviteClient.Action.Unreachable _ -> refuse(503);
            }
        }

        private void start(NonInviteClient.Timer timer) {
            boolean repeat =
                    timer == NonInviteClient.Timer.E || timer == NonInviteClient.Timer.E_SLOW;
            if (repeat && reliable()) return;
            timers.start(pause(timer), () -> on(new NonInviteClient.Event.Fired(timer)));
        }

        private Duration pause(NonInviteClient.Timer timer) {
            return switch (timer) {
                case E -> all.settings.doubledToT2(repeats++);
                case E_SLOW -> all.settings.t2();
                case F -> all.settings.life();
                case K -> reliable() ? Duration.ZERO : all.settings.t4();
            };
        }
    }
}
