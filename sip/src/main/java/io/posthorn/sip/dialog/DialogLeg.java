package io.posthorn.sip.dialog;

import io.posthorn.sip.dialog.LegEvent.Cause;
import io.posthorn.sip.transaction.Transactions.ClientListener;
import io.posthorn.sip.transaction.Transactions.ServerTransaction;
import io.posthorn.sip.transport.Flow;
import io.posthorn.sip.wire.SipMessage;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.sip.wire.SipSyntax;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Track;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What both ends of a call do once there is a dialog: requests in it, offers, refreshes, BYE.
 * Source: RFC 3261 sections 12 to 15, RFC 3311, RFC 4028, RFC 5407. Everything below the {@link
 * Leg} methods runs on the leg's loop.
 */
abstract class DialogLeg implements Leg, Participant {

    enum Phase {
        /** No final answer yet. */
        EARLY,
        /** 2xx without ACK. */
        ANSWERED,
        CONFIRMED,
        /** Our BYE is on its way. */
        ENDING,
        OVER
    }

    private static final String SDP = "application/sdp";
    private static final byte[] NOTHING = new byte[0];
    private static final Predicate<LegEvent> NOBODY = _ -> false;

    // Ours: events held while nobody has taken the call; requests waiting for their answer.
    private static final int LIMIT = 64;
    private static final int GLARE_TRIES = 4;

    final DialogUserAgent agent;
    final Settings settings;
    final Loop loop;
    final Table table;
    final String tag;
    final LegTrack track;
    final SessionClock clock;

    // Lists, since those take nothing while they are empty, as nearly all of them always are.
    private final List<OpenQuestion> questions = new ArrayList<>();
    private final List<Offer> offers = new ArrayList<>();
    private final List<LegEvent> held = new ArrayList<>();

    Phase phase = Phase.EARLY;
    @Nullable Dialog dialog;
    @Nullable RepeatedAnswer repeated;

    /** Our Contact, as the peer knows it. */
    String ownContact = "";

    private volatile SipRequest invite;
    private @Nullable Predicate<LegEvent> inbox;
    private @Nullable OpenQuestion theirBye;
    private @Nullable OpenQuestion theirOffer;
    private boolean byesCrossed;
    private boolean asking;
    private boolean offering;
    private boolean offersWait;
    private boolean peerUpdates;
    private boolean refreshing;
    private long minSe;
    private byte[] localSdp = NOTHING;
    private byte[] remoteSdp = NOTHING;

    /** A re-INVITE or UPDATE of ours; they leave one after the other (section 14.1). */
    private record Offer(SipRequest draft, int tries, Consumer<SipResponse> last) {}

    DialogLeg(
            DialogUserAgent agent,
            Table table,
            String tag,
            SipRequest invite,
            LegTrack track,
            @Nullable Predicate<LegEvent> inbox) {
        this.agent = agent;
        this.settings = agent.settings();
        this.loop = table.loop();
        this.table = table;
        this.tag = tag;
        this.invite = invite;
        this.track = track;
        this.inbox = inbox;
        this.clock = new SessionClock(loop, this::refresh, this::expire);
    }

    // What the owner calls.

    @Override
    public String id() {
        return tag;
    }

    @Override
    public Loop loop() {
        return loop;
    }

    @Override
    public SipRequest invite() {
        return invite;
    }

    void invite(SipRequest asSent) {
        invite = asSent;
    }

    /** Our Contact is as in {@code ours}; one string for all the calls that have the same. */
    final void contact(SipMessage<?> ours) {
        ours.header("Contact").ifPresent(written -> ownContact = written.intern());
    }

    @Override
    public void inbox(Track to, Predicate<LegEvent> events) {
        loop.execute(() -> {
            if (inbox != null) return;
            inbox = events;
            track.begin(to);
            while (!held.isEmpty()) deliver(held.removeFirst());
        });
    }

    @Override
    public void acknowledge() {
        loop.execute(this::acknowledgeNow);
    }

    void acknowledgeNow() {}

    @Override
    public void ask(SipRequest inDialog) {
        loop.execute(() -> askNow(inDialog));
    }

    @Override
    public void bye(@Nullable Reason reason, Map<String, String> more) {
        loop.execute(() -> {
            var draft = byeDraft();
            if (reason != null) draft = draft.with("Reason", reason.toString());
            for (var field : more.entrySet()) draft = draft.with(field.getKey(), field.getValue());
            hangUp(draft);
        });
    }

    // Events.

    final void post(LegEvent event) {
        if (phase != Phase.OVER) deliver(event);
    }

    private void deliver(LegEvent event) {
        var to = inbox;
        if (to == null) {
            if (held.size() < LIMIT) held.add(event);
            else unread(event);
        } else if (!to.test(event)) {
            unread(event);
        }
    }

    /** The owner is gone: the leg answers for it, and ends. */
    private void unread(LegEvent event) {
        switch (event) {
            case LegEvent.Asked(var _, var question) -> {
                var code = question.request().method().equals("INVITE") ? 503 : 481;
                question.answer(SipResponse.to(question.request(), code));
            }
            case LegEvent.Bye(var _, var bye) -> bye.answer(SipResponse.to(bye.request(), 200));
            case LegEvent.Answered _, LegEvent.Confirmed _ -> hangUp(byeDraft());
            case LegEvent.Provisional _ -> cancel(null);
            case LegEvent.Refused _, LegEvent.Cancelled _, LegEvent.Replied _, LegEvent.Ended _ -> {
                // Nothing waits for an answer.
            }
        }
    }

    // The end.

    /** Says whether this was the end; of several only the first is. */
    final boolean close() {
        if (phase == Phase.OVER) return false;
        phase = Phase.OVER;
        clock.stop();
        if (repeated != null) repeated.stop();
        // RFC 3261 section 15.1.2: what is still pending gets 487.
        for (var question : List.copyOf(questions))
            question.answerNow(question == theirBye ? 200 : 487);
        // Only where our own BYE was under way a further one has merely crossed it.
        if (theirBye != null && !byesCrossed) table.forget(tag);
        else table.remove(tag);
        agent.legEnded();
        return true;
    }

    final void end(Cause cause) {
        endWith(new LegEvent.Ended(this, cause));
    }

    final void endWith(LegEvent last) {
        if (!close()) return;
        deliver(last);
        over();
    }

    /**
     * The owner has heard the last of this leg. A re-INVITE's transaction may know it for another
     * 32 s: what the owner and the session had is not kept for so long.
     */
    void over() {
        if (inbox != null) inbox = NOBODY;
        localSdp = NOTHING;
        remoteSdp = NOTHING;
    }

    final SipRequest byeDraft() {
        return SipRequest.of("BYE", invite.uri());
    }

    /** Ends the call in the way that its phase asks for. */
    final void hangUp(SipRequest draft) {
        var bye = theirBye;
        if (bye != null && bye.open()) {
            bye.answerNow(200);
            return;
        }
        switch (phase) {
            case EARLY -> hangUpEarly(draft);
            case ANSWERED -> hangUpAnswered(draft);
            case CONFIRMED -> sendBye(draft);
            case ENDING, OVER -> {
                // It is said.
            }
        }
    }

    abstract void hangUpEarly(SipRequest draft);

    abstract void hangUpAnswered(SipRequest draft);

    final void sendBye(SipRequest draft) {
        var of = dialog;
        if (of == null || phase == Phase.ENDING || phase == Phase.OVER) return;
        if (theirBye != null) {
            end(Cause.BYE);
            return;
        }
        phase = Phase.ENDING;
        clock.stop();
        send(of, draft, response -> end(causeOf(response)));
    }

    private Cause causeOf(SipResponse toBye) {
        if (byesCrossed) return Cause.BYE;
        return switch (toBye.code()) {
            case 408, 481 -> Cause.GONE;
            case 503 -> Cause.TRANSPORT;
            default -> Cause.BYE;
        };
    }

    /** Sends a BYE that nobody waits for, and ends now. */
    final void giveUp(Cause cause) {
        var of = dialog;
        var draft = byeDraft();
        // A peer that forgot to refresh, or whose ACK is lost, still hears why (RFC 3326).
        if (cause == Cause.SESSION_EXPIRED || cause == Cause.NO_ACK)
            draft = draft.with("Reason", Reason.sip(408, "Request Timeout").toString());
        if (of != null && phase != Phase.OVER) agent.sendLast(of, loop, draft, track);
        end(cause);
    }

    // Requests of ours in the dialog.

    private void askNow(SipRequest draft) {
        var of = dialog;
        var alive = phase == Phase.ANSWERED || phase == Phase.CONFIRMED;
        if (of == null || !alive || theirBye != null || offers.size() >= LIMIT) {
            post(new LegEvent.Replied(this, SipResponse.to(draft, 481)));
            return;
        }
        Consumer<SipResponse> last =
                response -> {
                    post(new LegEvent.Replied(this, response));
                    goneIf(response);
                };
        if (mayOffer(draft)) offer(new Offer(draft, 1, last));
        else send(of, draft, last);
    }

    /** RFC 3261 section 12.2.1.2: 481 and 408 end the dialog. */
    private void goneIf(SipResponse response) {
        if (phase == Phase.ENDING || phase == Phase.OVER) return;
        if (response.code() == 481) end(Cause.GONE);
        if (response.code() == 408) giveUp(Cause.GONE);
    }

    private static boolean mayOffer(SipRequest request) {
        return request.method().equals("INVITE") || request.method().equals("UPDATE");
    }

    /** RFC 3311 section 5.2: an UPDATE without an offer is in nobody's way. */
    private static boolean offers(SipRequest request) {
        return request.method().equals("INVITE")
                || request.method().equals("UPDATE") && request.bodyLength() > 0;
    }

    private void offer(Offer offer) {
        offers.add(offer);
        nextOffer();
    }

    /** RFC 3261 section 14.1: not while another is on its way, in either direction. */
    final void nextOffer() {
        var of = dialog;
        if (of == null || asking || offersWait || phase != Phase.CONFIRMED || answering()) return;
        if (offers.isEmpty()) return;
        var next = offers.removeFirst();
        var draft = withInterval(next.draft);
        asking = true;
        offering = offers(draft);
        send(of, draft, response -> offered(of, new Offer(draft, next.tries, next.last), response));
    }

    private void offered(Dialog of, Offer offer, SipResponse response) {
        asking = false;
        offering = false;
        if (response.code() == 491 && offer.tries < GLARE_TRIES && phase == Phase.CONFIRMED) {
            offersWait = true;
            loop.after(
                    glareWait(),
                    () -> {
                        offersWait = false;
                        offers.addFirst(new Offer(offer.draft, offer.tries + 1, offer.last));
                        nextOffer();
                    });
            return;
        }
        if (response.success() && phase == Phase.CONFIRMED) {
            of.retarget(response);
            ours(offer.draft);
            theirs(response);
            clock.start(SessionTimer.agreed(response, settings));
        }
        offer.last.accept(response);
        nextOffer();
    }

    /** RFC 3261 section 14.1: who made the Call-ID waits longer; steps of 10 ms. */
    private Duration glareWait() {
        return Duration.ofMillis(
                madeCallId() ? 2_100 + 10L * agent.random(191) : 10L * agent.random(201));
    }

    abstract boolean madeCallId();

    /** A request that says nothing of the interval would end it (RFC 4028 section 7.4). */
    private SipRequest withInterval(SipRequest draft) {
        var timer = clock.timer();
        if (timer == null || draft.header("Session-Expires").isPresent()) return draft;
        var with =
                draft.with(
                        "Session-Expires",
                        Math.max(timer.seconds(), minSe)
                                + (timer.weRefresh() ? ";refresher=uac" : ";refresher=uas"));
        if (minSe > 0) with = with.with("Min-SE", Long.toString(minSe));
        return with.lists("Supported", "timer") ? with : with.withAdded("Supported", "timer");
    }

    /**
     * Sends {@code draft} in {@code of}; {@code last} hears its one final answer. The ACK to a 2xx
     * is sent here.
     */
    private void send(Dialog of, SipRequest draft, Consumer<SipResponse> last) {
        send(of, draft, 1, last);
    }

    private void send(Dialog of, SipRequest draft, int tries, Consumer<SipResponse> last) {
        var request = complete(of.request(draft));
        Consumer<SipResponse> answered =
                response -> {
                    if (agent.asked(request, response, tries)) send(of, draft, tries + 1, last);
                    else last.accept(response);
                };
        var listener = new InDialogListener(of, request, answered);
        var along = of.along();
        var transaction = agent.transactions().send(loop, request, along, listener);
        track.out(transaction.request());
    }

    private SipRequest complete(SipRequest request) {
        var targets =
                switch (request.method()) {
                    case "INVITE", "UPDATE", "SUBSCRIBE", "NOTIFY", "REFER" -> true;
                    default -> false;
                };
        boolean named = !targets || request.header("Contact").isPresent();
        return agent.signed(named ? request : request.with("Contact", ownContact));
    }

    private final class InDialogListener implements ClientListener {
        private final Dialog of;
        private final SipRequest request;
        private final Consumer<SipResponse> last;
        private @Nullable SipRequest ack;
        private boolean done;

        InDialogListener(Dialog of, SipRequest request, Consumer<SipResponse> last) {
            this.of = of;
            this.request = request;
            this.last = last;
        }

        @Override
        public void response(SipResponse response, @Nullable Flow from) {
            if (response.provisional()) return;
            var repeat = ack;
            if (done && repeat != null && response.success())
                agent.transactions().sendAck(loop, repeat, of.along());
            if (done) return;
            done = true;
            if (from != null) track.in(response);
            if (request.method().equals("INVITE") && response.success()) acknowledge(response);
            last.accept(response);
        }

        private void acknowledge(SipResponse ok) {
            of.retarget(ok);
            var made = agent.signed(agent.withBranch(of.ack(request.cseq().number()), loop));
            ack = made;
            agent.transactions().sendAck(loop, made, of.along());
            track.out(made);
        }
    }

    // Requests of the peer in the dialog.

    /** The dialog of a request with our tag in To; null if it has other ids. */
    abstract @Nullable Dialog dialogOf(SipRequest request);

    @Override
    public final void request(ServerTransaction transaction) {
        var request = transaction.request();
        try {
            requested(transaction, request);
        } catch (SipSyntax wrong) {
            reply(transaction, SipResponse.to(request, 400));
        }
    }

    private void requested(ServerTransaction transaction, SipRequest request) {
        var of = dialogOf(request);
        if (of == null) {
            OpenQuestion.send(loop, transaction, agent.signed(SipResponse.to(request, 481)));
            return;
        }
        track.in(request);
        if (!of.inOrder(request)) {
            reply(transaction, later(request));
            return;
        }
        var unsupported = agent.unsupported(request);
        if (unsupported != null) {
            reply(transaction, unsupported);
            return;
        }
        switch (request.method()) {
            case "BYE" -> byeCame(transaction);
            case "OPTIONS" -> reply(transaction, agent.capabilities(request));
            case "INVITE", "UPDATE" -> offerCame(transaction, of);
            // RFC 3262 section 3: a PRACK that matches no reliable response; we send none.
            case "PRACK" -> reply(transaction, SipResponse.to(request, 481));
            case "INFO", "REFER", "NOTIFY", "MESSAGE", "SUBSCRIBE", "PUBLISH" ->
                    asked(transaction, _ -> {});
            default -> reply(transaction, agent.notAllowed(request));
        }
    }

    /** RFC 3261 sections 12.2.2 and 14.2. */
    private SipResponse later(SipRequest request) {
        return SipResponse.to(request, 500).with("Retry-After", Integer.toString(agent.random(11)));
    }

    final void reply(ServerTransaction transaction, SipResponse response) {
        var signed = agent.signed(response);
        OpenQuestion.send(loop, transaction, signed);
        track.out(signed);
    }

    private void asked(ServerTransaction transaction, Consumer<SipResponse> then) {
        var request = transaction.request();
        if (phase != Phase.ANSWERED && phase != Phase.CONFIRMED || theirBye != null) {
            reply(transaction, SipResponse.to(request, 481));
            return;
        }
        if (questions.size() >= LIMIT) {
            reply(transaction, later(request));
            return;
        }
        post(new LegEvent.Asked(this, question(transaction, 500, then)));
    }

    final OpenQuestion question(
            ServerTransaction transaction, int last, Consumer<SipResponse> then) {
        var request = transaction.request();
        var box = new OpenQuestion[1];
        var question =
                new OpenQuestion(
                        loop,
                        transaction,
                        settings,
                        last,
                        response -> completed(request, response),
                        response -> {
                            questions.remove(box[0]);
                            track.out(response);
                            then.accept(response);
                        });
        box[0] = question;
        questions.add(question);
        return question;
    }

    /** An answer of ours with the fields that belong into it. */
    final SipResponse completed(SipRequest request, SipResponse response) {
        var full = agent.signed(response);
        if (!full.success() || !mayOffer(request)) return full;
        if (full.header("Contact").isEmpty()) full = full.with("Contact", ownContact);
        if (full.header("Allow").isEmpty()) full = full.with("Allow", agent.allow());
        if (!full.lists("Supported", "timer")) full = full.withAdded("Supported", "timer");
        return SessionTimer.answer(request, full, settings);
    }

    private void byeCame(ServerTransaction transaction) {
        var ok = SipResponse.to(transaction.request(), 200);
        switch (phase) {
            case EARLY -> byeCameEarly(transaction);
            // RFC 5407 section 3.2.3: both get 200.
            case ENDING -> {
                byesCrossed = true;
                reply(transaction, ok);
            }
            case OVER -> reply(transaction, ok);
            case ANSWERED, CONFIRMED -> {
                if (theirBye != null) {
                    reply(transaction, ok);
                    return;
                }
                clock.stop();
                if (repeated != null) repeated.stop();
                acknowledgeNow();
                var question = question(transaction, 200, _ -> end(Cause.BYE));
                theirBye = question;
                post(new LegEvent.Bye(this, question));
            }
        }
    }

    abstract void byeCameEarly(ServerTransaction transaction);

    private boolean answering() {
        var question = theirOffer;
        var answer = repeated;
        return question != null && question.open() || answer != null && answer.waiting();
    }

    private void offerCame(ServerTransaction transaction, Dialog of) {
        var request = transaction.request();
        if (theirBye != null || phase == Phase.ENDING || phase == Phase.OVER) {
            reply(transaction, SipResponse.to(request, 481));
            return;
        }
        // RFC 3261 section 14.2, RFC 3311 section 5.2: one after the other.
        if (phase == Phase.EARLY || theirOffer != null && theirOffer.open()) {
            reply(transaction, later(request));
            return;
        }
        if (offers(request) && (offering || unacknowledged(request))) {
            reply(transaction, SipResponse.to(request, 491));
            return;
        }
        var refusal = SessionTimer.refusal(request, settings.minimumSessionExpires());
        if (refusal.isPresent()) {
            reply(transaction, refusal.get());
            return;
        }
        var type = request.contentType().orElse(SDP);
        if (!type.equals(SDP) && !type.startsWith("multipart/")) {
            var accept = String.join(", ", settings.accept());
            reply(transaction, SipResponse.to(request, 415).with("Accept", accept));
            return;
        }
        var repeats =
                request.bodyLength() == 0
                        || Description.unchanged(remoteSdp, Description.sdp(request));
        if (repeats) refreshed(transaction, of);
        else offerAsked(transaction, of);
    }

    /**
     * Whether {@code request} must wait for an ACK. RFC 5407 section 3.1.4: whoever sends another
     * INVITE has our 2xx, and its ACK is late or lost; but an ACK that brings the answer to an
     * offer of ours is waited for (section 3.1.5).
     */
    private boolean unacknowledged(SipRequest request) {
        var answer = repeated;
        if (answer == null || !answer.waiting()) return phase == Phase.ANSWERED;
        return !request.method().equals("INVITE") || answer.offers();
    }

    private void offerAsked(ServerTransaction transaction, Dialog of) {
        var request = transaction.request();
        asked(
                transaction,
                response -> {
                    theirOffer = null;
                    accepted(transaction, request, of, response);
                });
        theirOffer =
                questions.stream()
                        .filter(q -> q.transaction() == transaction)
                        .findFirst()
                        .orElse(null);
        var pending = theirOffer;
        if (pending == null || !request.method().equals("INVITE")) return;
        onCancel(transaction, _ -> pending.answerNow(487));
    }

    /** Runs {@code then} on this leg's loop if the INVITE is cancelled. */
    final void onCancel(ServerTransaction transaction, Consumer<SipRequest> then) {
        Consumer<SipRequest> here =
                cancel -> {
                    if (transaction.loop() == loop) then.accept(cancel);
                    else loop.execute(() -> then.accept(cancel));
                };
        if (transaction.loop() == loop) transaction.onCancel(here);
        else transaction.loop().execute(() -> transaction.onCancel(here));
    }

    private void refreshed(ServerTransaction transaction, Dialog of) {
        var request = transaction.request();
        var ok = SipResponse.to(request, 200);
        if (localSdp.length > 0) {
            if (request.bodyLength() > 0)
                ok = ok.withBody(SDP, Description.repeated(localSdp, remoteSdp));
            else if (request.method().equals("INVITE")) ok = ok.withBody(SDP, localSdp);
        }
        var full = completed(request, ok);
        OpenQuestion.send(loop, transaction, full);
        track.out(full);
        accepted(transaction, request, of, full);
    }

    /** An offer of theirs was answered. */
    private void accepted(
            ServerTransaction transaction, SipRequest request, Dialog of, SipResponse response) {
        var alive = phase == Phase.ANSWERED || phase == Phase.CONFIRMED;
        if (!response.success() || !alive || theirBye != null) {
            nextOffer();
            return;
        }
        of.retarget(request);
        theirs(request);
        ours(response);
        clock.start(SessionTimer.answered(response, settings));
        if (request.method().equals("INVITE")) repeat(transaction, request, response);
        else nextOffer();
    }

    final void repeat(ServerTransaction transaction, SipRequest invite, SipResponse ok) {
        if (repeated != null) repeated.stop();
        repeated =
                new RepeatedAnswer(
                        loop, transaction, invite, ok, settings, () -> giveUp(Cause.NO_ACK));
    }

    @Override
    public void ack(SipRequest ack) {
        var answer = repeated;
        if (answer == null || !answer.acknowledged(ack.cseq().number())) return;
        repeated = null;
        track.in(ack);
        acknowledged(ack);
        nextOffer();
    }

    void acknowledged(SipRequest ack) {}

    /** What we last said of the session. */
    final void ours(SipMessage<?> message) {
        var sdp = Description.sdp(message);
        if (sdp.length > 0) localSdp = sdp;
    }

    /** What the peer last said of the session, and of itself. */
    final void theirs(SipMessage<?> message) {
        var sdp = Description.sdp(message);
        if (sdp.length > 0) remoteSdp = sdp;
        if (message.header("Allow").isPresent()) peerUpdates = message.lists("Allow", "UPDATE");
    }

    // The session timer (RFC 4028).

    private void refresh() {
        var timer = clock.timer();
        if (timer == null || theirBye != null || refreshing) return;
        if (phase == Phase.ANSWERED) {
            // The owner has not acknowledged yet.
            clock.refreshAfter(settings.t2());
            return;
        }
        if (phase != Phase.CONFIRMED) return;
        refreshing = true;
        var draft =
                peerUpdates
                        ? SipRequest.of("UPDATE", invite.uri())
                        : SipRequest.of("INVITE", invite.uri());
        if (!peerUpdates && localSdp.length > 0) draft = draft.withBody(SDP, localSdp);
        offer(new Offer(draft, 1, this::refreshAnswered));
    }

    private void refreshAnswered(SipResponse response) {
        refreshing = false;
        if (response.success()) return;
        switch (response.code()) {
            case 408, 481 -> goneIf(response);
            case 405, 501 -> {
                // It said Allow: UPDATE, but it does not.
                if (!peerUpdates) return;
                peerUpdates = false;
                refresh();
            }
            case 422 -> {
                var wanted = SessionTimer.minimum(response);
                if (wanted <= minSe || wanted > settings.maximumSessionExpires()) return;
                minSe = wanted;
                refresh();
            }
            // RFC 4028 section 10: on any other answer the session lasts until it expires.
            default -> clock.refreshAfter(settings.t2().multipliedBy(2));
        }
    }

    private void expire() {
        acknowledgeNow();
        if (phase == Phase.CONFIRMED && theirBye == null) giveUp(Cause.SESSION_EXPIRED);
    }
}
