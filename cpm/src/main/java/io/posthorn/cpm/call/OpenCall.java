package io.posthorn.cpm.call;

import io.posthorn.msrp.session.MsrpEndpoint;
import io.posthorn.msrp.session.MsrpEvent;
import io.posthorn.msrp.session.MsrpSession;
import io.posthorn.msrp.session.Receiver;
import io.posthorn.sip.dialog.Leg;
import io.posthorn.sip.dialog.LegEvent;
import io.posthorn.sip.dialog.Reason;
import io.posthorn.sip.dialog.SipUserAgent;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Strand;
import io.posthorn.strand.Track;
import io.posthorn.strand.Unavailable;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A call while its strand lives. The strand's own thread only. */
final class OpenCall implements Call {

    // 64*T1 until a BYE or an unanswered INVITE has certainly failed (RFC 3261 section 17), and a
    // moment for the event.
    private static final Duration LAST_EVENTS = Duration.ofSeconds(34);

    private final SipUserAgent agent;
    private final MsrpEndpoint endpoint;
    private final Strand<Letter> strand;
    private final Loop home;
    private final Track track;
    private final @Nullable JoinedLeg caller;
    private final String host;
    private final List<JoinedLeg> legs = new ArrayList<>(2);
    private final List<MsrpSession> media = new ArrayList<>(2);
    private final List<OpenIncoming> messages = new ArrayList<>();
    private final List<OpenQuestion> questions = new ArrayList<>();
    private final List<OpenQuestion> handed = new ArrayList<>();
    private final List<Event> early = new ArrayList<>();
    private final List<String> words = new ArrayList<>();
    private long tickets;

    OpenCall(
            SipUserAgent agent,
            MsrpEndpoint endpoint,
            Strand<Letter> strand,
            Loop home,
            Track track,
            @Nullable JoinedLeg caller,
            String host) {
        this.agent = agent;
        this.endpoint = endpoint;
        this.strand = strand;
        this.home = home;
        this.track = track;
        this.caller = caller;
        this.host = host;
        if (caller != null) legs.add(caller);
    }

    @Override
    public Leg caller() {
        if (caller == null) throw new IllegalStateException("nobody called");
        return caller;
    }

    @Override
    public Leg invite(SipRequest onward) {
        var outgoing = JoinedLeg.outgoing();
        var named =
                onward.header("Call-ID").isPresent()
                        ? onward
                        : onward.withFirst("Call-ID", agent.callId(home));
        outgoing.is(
                agent.invite(named, track, event -> post(new Event.Sip(outgoing.joined(event)))));
        // What could not be made owes nothing.
        legs.add(outgoing);
        return outgoing;
    }

    @Override
    public MsrpSession media(Receiver receiver, boolean secure) {
        if (secure && !endpoint.secure())
            throw new Rejection(488, "MSRP over TLS is not configured here");
        var session =
                endpoint.open(secure, home, track, receiver, event -> post(new Event.Msrp(event)));
        media.add(session);
        return session;
    }

    private boolean post(Event event) {
        return strand.post(new Letter.Of(event));
    }

    @Override
    public @Nullable Event await(Instant deadline) {
        refuseWhatNobodyAnswered();
        if (!early.isEmpty()) return handed(early.removeFirst());
        while (true) {
            switch (strand.await(deadline)) {
                case Letter.Of(var event) -> {
                    return handed(seen(event));
                }
                case Letter.Reply _ -> {} // came too late
                case null -> {
                    return null;
                }
            }
        }
    }

    /** A procedure has until its next event to answer a request within the call. */
    private Event handed(Event event) {
        if (event instanceof Event.Sip(LegEvent.Asked(_, OpenQuestion asked))) handed.add(asked);
        return event;
    }

    private void refuseWhatNobodyAnswered() {
        handed.forEach(asked -> asked.settle(host));
        handed.clear();
    }

    @Override
    @SuppressWarnings("unchecked") // a ticket is handed to one port only
    public <T> T ask(String what, Instant by, Consumer<Consumer<T>> port) {
        var ticket = ++tickets;
        port.accept(answer -> strand.post(new Letter.Reply(ticket, answer)));
        while (true) {
            switch (strand.await(by)) {
                case Letter.Of(var event) -> early.add(seen(event));
                case Letter.Reply(var number, var value) -> {
                    if (number == ticket) return (T) value;
                }
                case null -> throw new Unavailable(what + " did not answer in time", null);
            }
        }
    }

    /** Notes what an event makes us owe. */
    private Event seen(Event event) {
        return switch (event) {
            case Event.Sip(var sip) -> {
                if (sip.leg() instanceof JoinedLeg leg) leg.seen(sip);
                switch (sip) {
                    case LegEvent.Bye(_, OpenQuestion bye) -> questions.add(bye);
                    case LegEvent.Asked(_, OpenQuestion asked) -> questions.add(asked);
                    default -> {}
                }
                yield event;
            }
            case Event.Msrp(MsrpEvent.Complete(var session, var message, var total)) -> {
                var open = new OpenIncoming(message);
                messages.add(open);
                yield new Event.Msrp(new MsrpEvent.Complete(session, open, total));
            }
            case Event.Msrp _, Event.Drain _, Event.Abort _ -> event;
        };
    }

    @Override
    public Instant now() {
        return strand.now();
    }

    @Override
    public Loop home() {
        return home;
    }

    @Override
    public Track track() {
        return track;
    }

    @Override
    public void tell(String said) {
        words.add(said);
    }

    String words() {
        return String.join(", ", words);
    }

    /** True if the caller still waits for a final answer. */
    boolean unanswered() {
        return caller != null && caller.offered();
    }

    /**
     * Settles everything that is open, and waits until the last dialog has ended: only then may the
     * media be {@linkplain #release released}, as the peers may still use it.
     *
     * @param code what a caller without an answer gets
     * @param headers of that answer
     * @param reason what goes into BYE and CANCEL
     */
    void close(int code, Map<String, String> headers, @Nullable Reason reason) {
        hangUp(code, headers, reason);
        var giveUp = in(LAST_EVENTS);
        while (legs.stream().anyMatch(JoinedLeg::open)) {
            if (await(giveUp) == null) break;
            messages.forEach(message -> message.refuse(408));
            questions.forEach(question -> question.settle(host));
        }
    }

    /** Settles everything that is open, as {@link #close}, but does not wait. */
    void hangUp(int code, Map<String, String> headers, @Nullable Reason reason) {
        messages.forEach(message -> message.refuse(408));
        for (var leg : legs) leg.close(() -> refusal(leg, code, headers), reason);
        questions.forEach(question -> question.settle(host));
    }

    /** The end of the call's media. */
    void release() {
        media.forEach(MsrpSession::close);
    }

    private static SipResponse refusal(Leg leg, int code, Map<String, String> headers) {
        var response = SipResponse.to(leg.invite(), code);
        for (var header : headers.entrySet())
            response = response.with(header.getKey(), header.getValue());
        return response;
    }

    /** What came after the end. */
    static void settle(Letter letter) {
        if (!(letter instanceof Letter.Of(var event))) return;
        switch (event) {
            case Event.Sip(LegEvent.Bye(_, var bye)) ->
                    bye.answer(SipResponse.to(bye.request(), 200));
            case Event.Sip(LegEvent.Asked(_, var asked)) ->
                    asked.answer(SipResponse.to(asked.request(), 481));
            case Event.Msrp(MsrpEvent.Complete(_, var message, _)) -> message.refuse(408);
            case Event.Sip _, Event.Msrp _, Event.Drain _, Event.Abort _ -> {}
        }
    }
}
