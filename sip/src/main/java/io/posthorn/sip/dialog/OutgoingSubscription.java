package io.posthorn.sip.dialog;

import io.posthorn.sip.transaction.Transactions.ServerTransaction;
import io.posthorn.sip.wire.SipMessage;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.sip.wire.SipSyntax;
import io.posthorn.strand.Loop;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The subscriber's side of a subscription. Source: RFC 6665 section 4.1. */
final class OutgoingSubscription implements Subscription, Participant {

    // Ours: RFC 6665 names no value; the same as for session refreshes (RFC 4028 section 10).
    private static final long EARLIER = 32;

    private final DialogUserAgent agent;
    private final Settings settings;
    private final Table table;
    private final Loop loop;
    private final String tag;
    private final String event;
    private final Consumer<SubscriptionEvent> inbox;

    private SipRequest subscribe;
    private long wanted;
    private @Nullable Dialog dialog;
    private Loop.@Nullable Cancel refreshing;
    private Loop.@Nullable Cancel expiring;
    private Loop.@Nullable Cancel notifyLimit;
    private Instant expiry = Instant.MIN;
    private boolean accepted;
    private boolean notified;
    private boolean asking;
    private int tries = 1;
    private boolean refreshWanted;
    private boolean leaving;
    private boolean raised;
    private boolean over;

    OutgoingSubscription(
            DialogUserAgent agent,
            Table table,
            String tag,
            SipRequest subscribe,
            Consumer<SubscriptionEvent> inbox) {
        this.agent = agent;
        this.settings = agent.settings();
        this.table = table;
        this.loop = table.loop();
        this.tag = tag;
        this.subscribe = subscribe;
        this.inbox = inbox;
        this.event = subscribe.header("Event").orElse("");
        // Ours: RFC 3680 section 4.4 recommends 3761 s for reg; what has no Expires asks for that.
        this.wanted = number(subscribe, "Expires").orElse(3_761L);
    }

    @Override
    public String id() {
        return tag;
    }

    @Override
    public Loop loop() {
        return loop;
    }

    @Override
    public void refresh() {
        loop.execute(this::refreshNow);
    }

    @Override
    public void unsubscribe() {
        loop.execute(() -> {
            if (over || leaving) return;
            leaving = true;
            if (!asking) leave();
        });
    }

    void start() {
        table.add(tag, this);
        subscribe = subscribe.with("Expires", Long.toString(wanted));
        send(subscribe, null);
    }

    private void send(SipRequest request, @Nullable Dialog in) {
        asking = true;
        var along = in == null ? null : in.along();
        agent.transactions()
                .send(
                        loop,
                        request,
                        along,
                        (response, _) -> {
                            if (response.provisional() || over) return;
                            asking = false;
                            if (response.success()) tries = 1;
                            if (agent.asked(request, response, tries)) again(request, in);
                            else answered(request, response);
                        });
    }

    /** RFC 3261 section 22.2: once more, with credentials. */
    private void again(SipRequest request, @Nullable Dialog in) {
        tries++;
        var draft = request.without("Via");
        if (in == null) subscribe = draft = agent.signed(DialogUserAgent.counted(draft));
        else draft = agent.signed(in.request(draft));
        send(draft, in);
    }

    // Answers to SUBSCRIBE.

    private void answered(SipRequest request, SipResponse response) {
        if (response.success()) subscribed(request, response);
        else if (response.code() == 423 && !raised && !leaving) raise(request, response);
        else if (dialog == null || response.code() == 481 || leaving) refused(response);
        // a NOTIFY came, so it was accepted: only that answer is lost (section 4.1.2.4)
        else if (!accepted && response.code() == 408) arm(wanted);
        else if (!accepted) refused(response);
        // Section 4.1.2.3: otherwise the subscription lasts until it expires.
        else refreshAt(Duration.between(loop.now(), expiry).dividedBy(2));
    }

    private void subscribed(SipRequest request, SipResponse ok) {
        accepted = true;
        var known = dialog;
        if (known == null) dialog = Dialog.caller(request, ok);
        else known.retarget(ok);
        if (leaving) {
            if (expires(request) == 0) awaitLast();
            else leave();
            return;
        }
        arm(Math.min(wanted, number(ok, "Expires").orElse(wanted)));
        // Section 4.1.2.4, timer N: the NOTIFY must follow.
        if (!notified && notifyLimit == null)
            notifyLimit = loop.after(settings.life(), () -> end(408, "no NOTIFY", Duration.ZERO));
        if (refreshWanted) refreshNow();
    }

    private static long expires(SipRequest request) {
        return number(request, "Expires").orElse(-1L);
    }

    private void raise(SipRequest request, SipResponse tooBrief) {
        raised = true;
        var minimum = number(tooBrief, "Min-Expires").orElse(0L);
        if (minimum <= wanted) {
            refused(tooBrief);
            return;
        }
        wanted = minimum;
        var of = dialog;
        if (of != null) {
            refreshNow();
            return;
        }
        subscribe =
                request.with("Expires", Long.toString(wanted))
                        .with("CSeq", (request.cseq().number() + 1) + " SUBSCRIBE");
        send(subscribe, null);
    }

    private void refused(SipResponse response) {
        end(response.code(), response.reason(), retryAfter(response.header("Retry-After")));
    }

    /** RFC 3261 section 20.33; SIP peers may say anything, so five minutes are the most. */
    private static Duration retryAfter(java.util.Optional<String> value) {
        return value.map(text -> Parts.of(text).first())
                .map(text -> text.contains("(") ? text.substring(0, text.indexOf('(')) : text)
                .flatMap(text -> Parts.seconds(text.trim()))
                .map(seconds -> Duration.ofSeconds(Math.min(seconds, 300)))
                .orElse(Duration.ZERO);
    }

    // Its time.

    private void arm(long seconds) {
        stopTimers();
        expiry = loop.now().plusSeconds(seconds);
        if (seconds == 0) return; // a fetch; its one NOTIFY is on its way
        expiring =
                loop.after(Duration.ofSeconds(seconds), () -> end(408, "expired", Duration.ZERO));
        refreshAt(Duration.ofSeconds(seconds - Math.min(EARLIER, seconds / 2)));
    }

    private void refreshAt(Duration wait) {
        if (refreshing != null) refreshing.cancel();
        refreshing = wait.isNegative() || wait.isZero() ? null : loop.after(wait, this::refreshNow);
    }

    private void refreshNow() {
        if (over || leaving) return;
        refreshWanted = asking || dialog == null;
        if (!refreshWanted) again(wanted);
    }

    private void again(long seconds) {
        var of = dialog;
        if (of == null) return;
        var draft = SipRequest.of("SUBSCRIBE", subscribe.uri()).with("Event", event);
        for (var accept : subscribe.fields("Accept")) draft = draft.withAdded("Accept", accept);
        draft = draft.with("Expires", Long.toString(seconds));
        for (var contact : subscribe.fields("Contact")) draft = draft.withAdded("Contact", contact);
        for (var identity : subscribe.fields("P-Asserted-Identity"))
            draft = draft.withAdded("P-Asserted-Identity", identity);
        send(agent.signed(of.request(draft)), of);
    }

    private void leave() {
        if (dialog == null) {
            end(200, "unsubscribed", Duration.ZERO);
            return;
        }
        stopTimers();
        again(0);
    }

    private void awaitLast() {
        stopTimers();
        expiring = loop.after(settings.life(), () -> end(200, "unsubscribed", Duration.ZERO));
    }

    private void stopTimers() {
        if (expiring != null) expiring.cancel();
        if (refreshing != null) refreshing.cancel();
    }

    private void end(int code, String reason, Duration retryAfter) {
        if (over) return;
        over = true;
        stopTimers();
        if (notifyLimit != null) notifyLimit.cancel();
        table.remove(tag);
        agent.subscriptionEnded();
        inbox.accept(new SubscriptionEvent.Ended(this, code, reason, retryAfter));
    }

    // NOTIFY.

    @Override
    public void request(ServerTransaction transaction) {
        var request = transaction.request();
        try {
            var code = refusal(request);
            if (code == 405) reply(transaction, agent.notAllowed(request));
            else if (code == 489)
                reply(transaction, SipResponse.to(request, 489).with("Allow-Events", event()));
            else if (code == 500)
                reply(transaction, SipResponse.to(request, 500).with("Retry-After", "1"));
            else if (code != 0) reply(transaction, SipResponse.to(request, code));
            else notified(transaction, request);
        } catch (SipSyntax wrong) {
            reply(transaction, SipResponse.to(request, 400));
        }
    }

    private int refusal(SipRequest request) {
        if (!request.callId().equals(subscribe.callId())) return 481;
        var of = dialog;
        // Section 4.4.1: further forks are refused, one notifier is enough here.
        if (of != null && !of.has(request)) return 481;
        if (!request.method().equals("NOTIFY")) return 405;
        if (agent.unsupported(request) != null) return 420;
        var named = Parts.of(request.header("Event").orElse(""));
        var asked = Parts.of(event);
        if (!named.first().equalsIgnoreCase(asked.first())
                || !named.get("id").equals(asked.get("id"))) return 489;
        if (request.header("Subscription-State").isEmpty()) return 400;
        if (of == null) dialog = of = Dialog.caller(subscribe, request);
        return of.inOrder(request) ? 0 : 500;
    }

    private String event() {
        return Parts.of(event).first();
    }

    private void notified(ServerTransaction transaction, SipRequest notify) {
        notified = true;
        if (notifyLimit != null) notifyLimit.cancel();
        var of = dialog;
        if (of != null) of.retarget(notify);
        reply(transaction, SipResponse.to(notify, 200));
        var state = Parts.of(notify.header("Subscription-State").orElse(""));
        inbox.accept(new SubscriptionEvent.Notified(this, notify));
        if (state.first().equalsIgnoreCase("terminated")) {
            end(200, state.get("reason").orElse(""), retryAfter(state.get("retry-after")));
            return;
        }
        var seconds = state.get("expires").flatMap(Parts::seconds);
        // The notifier may shorten it at any time (section 4.1.2.1).
        if (seconds.isPresent() && !leaving && shorter(seconds.get())) arm(seconds.get());
    }

    private boolean shorter(long seconds) {
        return expiry.equals(Instant.MIN)
                || loop.now().plusSeconds(seconds).isBefore(expiry.minusSeconds(2));
    }

    private void reply(ServerTransaction transaction, SipResponse response) {
        OpenQuestion.send(loop, transaction, agent.signed(response));
    }

    /** Seconds of a field; no more than 2^31, as timers are made of them. */
    static java.util.Optional<Long> number(SipMessage<?> message, String field) {
        return message.header(field)
                .flatMap(value -> Parts.seconds(Parts.of(value).first()))
                .map(seconds -> Math.min(seconds, Integer.MAX_VALUE));
    }
}
