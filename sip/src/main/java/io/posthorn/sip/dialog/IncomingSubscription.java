package io.posthorn.sip.dialog;

import io.posthorn.sip.transaction.Transactions.ServerTransaction;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.sip.wire.SipSyntax;
import io.posthorn.strand.Loop;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The notifier's side of a subscription. Source: RFC 6665 section 4.2. */
final class IncomingSubscription implements Notifier, Participant {

    // Ours: NOTIFYs waiting for the one before them; the oldest go first, and versions show it.
    private static final int WAITING = 64;

    private final DialogUserAgent agent;
    private final Settings settings;
    private final Table table;
    private final Loop loop;
    private final String tag;
    private final OpenQuestion question;
    private final long most;
    private final String event;
    private final Consumer<NotifierEvent> inbox;
    private final Dialog dialog;
    private final String contact;
    private final ArrayDeque<Notification> waiting = new ArrayDeque<>();

    private Loop.@Nullable Cancel expiring;
    private Instant expiry;
    private boolean fetch;
    private boolean sending;
    private boolean last;
    private boolean over;

    /**
     * @param reason of the state {@code terminated}; null while active
     */
    private record Notification(@Nullable String reason, String contentType, byte[] body) {}

    IncomingSubscription(
            DialogUserAgent agent,
            Table table,
            String tag,
            OpenQuestion question,
            Duration expires,
            Consumer<NotifierEvent> inbox) {
        this.agent = agent;
        this.settings = agent.settings();
        this.table = table;
        this.loop = table.loop();
        this.tag = tag;
        this.question = question;
        this.most = expires.toSeconds();
        this.event = question.request().header("Event").orElse("");
        this.inbox = inbox;
        this.dialog = Dialog.callee(question.request(), tag, question.from());
        this.contact = agent.contactFor(question.from().kind());
        this.expiry = Instant.MIN;
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
    public SipRequest subscribe() {
        return question.request();
    }

    @Override
    public void notify(String contentType, byte[] body) {
        loop.execute(() -> push(new Notification(fetch ? "timeout" : null, contentType, body)));
    }

    @Override
    public void terminate(String reason, String contentType, byte[] body) {
        loop.execute(() -> push(new Notification(reason, contentType, body)));
    }

    void start() {
        if (!question.takeOver()) {
            over = true;
            agent.subscriptionEnded();
            inbox.accept(new NotifierEvent.Ended(this, "rejected"));
            return;
        }
        agent.questionAnswered();
        table.add(tag, this);
        var seconds = granted(subscribe());
        fetch = seconds == 0;
        accept(question.transaction(), question.request(), seconds);
        // A fetch that nobody answers is over when its SUBSCRIBE is.
        if (fetch) expiring = loop.after(settings.life(), () -> end("timeout"));
    }

    private long granted(SipRequest subscribe) {
        return Math.min(most, OutgoingSubscription.number(subscribe, "Expires").orElse(most));
    }

    private void accept(ServerTransaction transaction, SipRequest request, long seconds) {
        var ok = SipResponse.to(request, 200);
        ok = ok.with("To", request.to().withTag(tag).toString());
        for (var route : request.fields("Record-Route")) ok = ok.withAdded("Record-Route", route);
        ok = ok.with("Contact", contact).with("Expires", Long.toString(seconds));
        OpenQuestion.send(loop, transaction, agent.signed(ok));
        arm(seconds);
    }

    private void arm(long seconds) {
        if (expiring != null) expiring.cancel();
        expiry = loop.now().plusSeconds(seconds);
        if (seconds > 0)
            expiring =
                    loop.after(
                            Duration.ofSeconds(seconds),
                            () -> push(new Notification("timeout", "", new byte[0])));
    }

    // NOTIFYs go out.

    private void push(Notification notification) {
        if (over || last) return;
        last = notification.reason != null;
        if (waiting.size() >= WAITING) waiting.remove();
        waiting.add(notification);
        next();
    }

    private void next() {
        if (sending || over || waiting.isEmpty()) return;
        var now = waiting.remove();
        sending = true;
        agent.transactions()
                .send(
                        loop,
                        agent.signed(dialog.request(notify(now))),
                        dialog.along(),
                        (response, _) -> {
                            if (response.provisional() || over) return;
                            sending = false;
                            answered(now, response);
                        });
    }

    private SipRequest notify(Notification now) {
        var state =
                now.reason == null
                        ? "active;expires=" + remaining()
                        : "terminated;reason=" + now.reason;
        var draft =
                SipRequest.of("NOTIFY", subscribe().uri())
                        .with("Contact", contact)
                        .with("Event", event)
                        .with("Subscription-State", state);
        return now.body.length == 0 ? draft : draft.withBody(now.contentType, now.body);
    }

    private long remaining() {
        return Math.max(0, Duration.between(loop.now(), expiry).toSeconds());
    }

    /** Section 4.2.2: a NOTIFY that fails ends the subscription. */
    private void answered(Notification now, SipResponse response) {
        if (now.reason != null) end(now.reason);
        else if (!response.success()) end(response.code() + " " + response.reason());
        else next();
    }

    private void end(String reason) {
        if (over) return;
        over = true;
        if (expiring != null) expiring.cancel();
        table.remove(tag);
        agent.subscriptionEnded();
        inbox.accept(new NotifierEvent.Ended(this, reason));
    }

    // SUBSCRIBEs come in.

    @Override
    public void request(ServerTransaction transaction) {
        var request = transaction.request();
        try {
            if (!dialog.has(request) || last) refuse(transaction, request, 481);
            else if (!dialog.inOrder(request)) refuse(transaction, request, 500);
            else if (!request.method().equals("SUBSCRIBE")) refuse(transaction, request, 405);
            else again(transaction, request);
        } catch (SipSyntax wrong) {
            refuse(transaction, request, 400);
        }
    }

    private void refuse(ServerTransaction transaction, SipRequest request, int code) {
        var response = code == 405 ? agent.notAllowed(request) : SipResponse.to(request, code);
        if (code == 500) response = response.with("Retry-After", "1");
        OpenQuestion.send(loop, transaction, agent.signed(response));
    }

    private void again(ServerTransaction transaction, SipRequest request) {
        dialog.retarget(request);
        var seconds = granted(request);
        accept(transaction, request, seconds);
        if (seconds > 0) inbox.accept(new NotifierEvent.Refreshed(this, request));
        // Section 4.2.1.4: unsubscribed; the last NOTIFY says so.
        else push(new Notification("timeout", "", new byte[0]));
    }
}
