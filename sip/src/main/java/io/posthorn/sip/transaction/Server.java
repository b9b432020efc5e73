package io.posthorn.sip.transaction;

import io.posthorn.sip.transaction.Transactions.ServerTransaction;
import io.posthorn.sip.transport.Flow;
import io.posthorn.sip.transport.Transport;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.sip.wire.Via;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Net;
import io.posthorn.strand.Target;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What the drivers of both server tables share: the way back, the To tag, the end. */
abstract sealed class Server implements ServerTransaction {

    final SipTransactions all;
    final Home home;
    final Timers timers;
    private final String key;
    private final String sentBy;
    private final int sentByPort;
    private final boolean rport;
    private @Nullable SipRequest request;
    private @Nullable String tag;
    private final Flow first;
    private Flow from;
    private boolean unblocked;
    private boolean ended;
    private @Nullable Runnable atEnd;

    private Server(SipTransactions all, Home home, String key, SipRequest request, Flow from) {
        this.all = all;
        this.home = home;
        this.key = key;
        this.request = request;
        var via = request.via();
        this.sentBy = via.host();
        this.sentByPort = sentByPort(via, from);
        this.rport = via.rport() >= 0;
        this.first = from;
        this.from = from;
        this.timers = new Timers(home.loop);
    }

    @Override
    public Loop loop() {
        return home.loop;
    }

    @Override
    public SipRequest request() {
        var known = request;
        if (known == null) throw new IllegalStateException(key + " is answered");
        return known;
    }

    @Override
    public Flow from() {
        return from;
    }

    @Override
    public void respond(SipResponse response) {
        if (ended) return;
        answer(tagged(response));
    }

    @Override
    public void tag(String ofDialog) {
        tag = ofDialog;
    }

    /** RFC 3261 section 8.2.6.2: every response but 100 names the dialog that it would make. */
    SipResponse tagged(SipResponse response) {
        boolean bare = response.code() > 100 && response.to().tag().isEmpty();
        return bare ? response.with("To", response.to().withTag(tag()).toString()) : response;
    }

    final String tag() {
        var known = tag;
        if (known == null) {
            known = all.world.entropy().hex(128);
            tag = known;
        }
        return known;
    }

    @Override
    public void onEnd(Runnable ended) {
        if (this.ended) all.guard("end", ended);
        else atEnd = ended;
    }

    abstract void start();

    abstract void retransmitted();

    abstract void answer(SipResponse response);

    abstract void transportFailed();

    /** A copy of the request came, perhaps by another way: answers go where it came from last. */
    void retransmitted(Flow again) {
        all.transport.answered(home.loop, again);
        from = again;
        retransmitted();
    }

    boolean reliable() {
        return from.kind() != Net.Kind.UDP;
    }

    /** RFC 3261 section 18.2.2, RFC 3581 section 4. */
    void send(SipResponse response) {
        unblock();
        var bytes = response.bytes();
        if (reliable()) all.transport.send(home.loop, from, bytes, () -> sendAnew(bytes));
        else all.transport.send(home.loop, wayBack(), bytes, this::transportFailed);
    }

    private static int sentByPort(Via via, Flow from) {
        return via.port() >= 0 ? via.port() : Towards.defaultPort(from.kind());
    }

    private Flow wayBack() {
        return wayBack(from, rport, sentByPort);
    }

    /** From the socket it came to: to the port it came from, if it asked so, else to its Via's. */
    private static Flow wayBack(Flow from, boolean rport, int sentByPort) {
        if (rport) return from;
        return Transport.to(new InetSocketAddress(from.remote().getAddress(), sentByPort), from);
    }

    /** Where the answer to {@code request} goes, which came by {@code from}. */
    static Flow wayBack(SipRequest request, Flow from) {
        var via = request.via();
        boolean reliable = from.kind() != Net.Kind.UDP;
        return reliable ? from : wayBack(from, via.rport() >= 0, sentByPort(via, from));
    }

    /** The connection ended: to the address it came from and the port that its Via names. */
    private void sendAnew(byte[] bytes) {
        var address = new InetSocketAddress(from.remote().getAddress(), sentByPort);
        all.transport.open(
                home.loop,
                new Target(address, from.kind(), sentBy),
                way -> all.transport.send(home.loop, way, bytes, this::transportFailed),
                _ -> transportFailed());
    }

    /** The peer may send more once this is answered by anything. */
    private void unblock() {
        if (unblocked) return;
        unblocked = true;
        all.transport.answered(home.loop, first);
    }

    /** The final answer is given: thousands wait for copies, and need nothing of the request. */
    final void shed() {
        request = null;
    }

    final boolean answered() {
        return request == null;
    }

    final void note(String what) {
        all.note(key, what);
    }

    /** Is over, but copies of the request may come for another 64*T1. */
    final void end(byte[] remembered) {
        if (!ended) home.answered.add(key, remembered);
        end();
    }

    void end() {
        if (ended) return;
        ended = true;
        unblock();
        timers.end();
        home.servers.remove(key);
        all.closed();
        if (atEnd != null) all.guard("end", atEnd);
    }

    /** The driver of {@link InviteServer}. */
    static final class Invite extends Server {

        private InviteServer.State state = new InviteServer.State.Proceeding(null);
        private Flow ackFrom;
        private int repeats;
        private @Nullable SipRequest cancel;
        private @Nullable Consumer<SipRequest> onCancel;

        Invite(SipTransactions all, Home home, String key, SipRequest request, Flow from) {
            super(all, home, key, request, from);
            this.ackFrom = from;
        }

        @Override
        void start() {
            follow(InviteServer.start());
        }

        @Override
        void retransmitted() {
            on(new InviteServer.Event.Retransmitted());
        }

        @Override
        void answer(SipResponse response) {
            on(new InviteServer.Event.Respond(response));
        }

        @Override
        void transportFailed() {
            on(new InviteServer.Event.TransportFailed());
        }

        @Override
        public void confirmed() {
            if (state instanceof InviteServer.State.Accepted)
                end(tag().getBytes(StandardCharsets.UTF_8));
        }

        void acknowledged(SipRequest ack, Flow from) {
            ackFrom = from;
            on(new InviteServer.Event.Ack(ack));
        }

        /** Whether {@code by} is for this INVITE, which is one transaction with it or none. */
        boolean isCancelledBy(SipRequest by) {
            return answered() || Companions.cancels(by, request());
        }

        /** RFC 3261 section 9.2: a CANCEL after the final answer has no effect. */
        void cancelled(SipRequest by) {
            if (!proceeding() || cancel != null) return;
            cancel = by;
            var told = onCancel;
            if (told != null) all.guard("CANCEL", () -> told.accept(by));
        }

        @Override
        public void onCancel(Consumer<SipRequest> cancelled) {
            if (proceeding()) onCancel = cancelled;
            var came = cancel;
            if (came != null) all.guard("CANCEL", () -> cancelled.accept(came));
        }

        private void on(InviteServer.Event event) {
            follow(InviteServer.on(state, event));
        }

        private void follow(InviteServer.Next next) {
            boolean pending = proceeding();
            state = next.state();
            boolean answering = pending && !proceeding();
            if (answering) {
                timers.stop();
                // From here on a CANCEL has no effect: whoever waited for one may be forgotten.
                onCancel = null;
            }
            for (var action : next.actions()) act(action);
            if (answering) shed();
            if (state instanceof InviteServer.State.Terminated) end();
        }

        private boolean proceeding() {
            return state instanceof InviteServer.State.Proceeding;
        }

        private void act(InviteServer.Action action) {
            switch (action) {
                case InviteServer.Action.Send(var response) -> send(response);
                case InviteServer.Action.SendTrying _ -> respond(SipResponse.to(request(), 100));
                case InviteServer.Action.Start(var timer) -> start(timer);
                case InviteServer.Action.PassAck(var ack) -> all.passAck(ack, ackFrom);
                case InviteServer.Action.Report(var what) -> note(what);
            }
        }

        private void start(InviteServer.Timer timer) {
            if (timer == InviteServer.Timer.G && reliable()) return;
            timers.start(pause(timer), () -> on(new InviteServer.Event.Fired(timer)));
        }

        private Duration pause(InviteServer.Timer timer) {
            return switch (timer) {
                case TRYING -> SipTransactions.TRYING_AFTER;
                case G -> all.settings.doubledToT2(repeats++);
                case I -> reliable() ? Duration.ZERO : all.settings.t4();
                case H, L -> all.settings.life();
            };
        }
    }

    /** The driver of {@link NonInviteServer}. */
    static final class NonInvite extends Server {

        private NonInviteServer.State state = new NonInviteServer.State.Trying();
        private boolean early = true;

        NonInvite(SipTransactions all, Home home, String key, SipRequest request, Flow from) {
            super(all, home, key, request, from);
        }

        @Override
        void start() {
            follow(NonInviteServer.start());
        }

        @Override
        void retransmitted() {
            on(new NonInviteServer.Event.Retransmitted());
        }

        /**
         * RFC 4320 section 4.1: no provisional response but 100, and over UDP not before the peer's
         * timer E is at T2. Section 4.2: 408 is never sent; the peer has given up by itself.
         */
        @Override
        void answer(SipResponse response) {
            boolean tooEarly = early && !reliable();
            if (response.provisional() && (response.code() != 100 || tooEarly)) return;
            if (response.code() == 408) {
                note("408 is not sent");
                return;
            }
            on(new NonInviteServer.Event.Respond(response));
        }

        @Override
        void transportFailed() {
            on(new NonInviteServer.Event.TransportFailed());
        }

        /** Only an INVITE has an ACK. */
        @Override
        public void confirmed() {}

        /** Never: RFC 3261 section 9.2, a CANCEL has no effect on anything but an INVITE. */
        @Override
        public void onCancel(Consumer<SipRequest> cancelled) {}

        private void on(NonInviteServer.Event event) {
            follow(NonInviteServer.on(state, event));
        }

        private void follow(NonInviteServer.Next next) {
            boolean answering = !completed(state) && completed(next.state());
            state = next.state();
            if (answering) timers.stop();
            for (var action : next.actions()) act(action);
            if (answering) shed();
            if (state instanceof NonInviteServer.State.Terminated) end();
        }

        private static boolean completed(NonInviteServer.State state) {
            return state instanceof NonInviteServer.State.Completed;
        }

        private void act(NonInviteServer.Action action) {
            switch (action) {
                case NonInviteServer.Action.Send(var response) -> send(response);
                case NonInviteServer.Action.SendTrying _ -> {
                    early = false;
                    respond(SipResponse.to(request(), 100));
                }
                case NonInviteServer.Action.Start(var timer) -> start(timer);
                case NonInviteServer.Action.Report(var what) -> note(what);
            }
        }

        private void start(NonInviteServer.Timer timer) {
            boolean remembered = timer == NonInviteServer.Timer.J && !reliable();
            if (remembered && state instanceof NonInviteServer.State.Completed(var last))
                end(last.bytes());
            else timers.start(pause(timer), () -> on(new NonInviteServer.Event.Fired(timer)));
        }

        private Duration pause(NonInviteServer.Timer timer) {
            return switch (timer) {
                case TRYING -> all.settings.untilT2();
                case LATE -> all.settings.life();
                case J -> reliable() ? Duration.ZERO : all.settings.life();
            };
        }
    }
}
