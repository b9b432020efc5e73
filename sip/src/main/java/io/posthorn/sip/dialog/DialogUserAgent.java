package io.posthorn.sip.dialog;

import io.posthorn.sip.transaction.Transactions;
import io.posthorn.sip.transaction.Transactions.ServerTransaction;
import io.posthorn.sip.transport.Flow;
import io.posthorn.sip.wire.NameAddr;
import io.posthorn.sip.wire.Params;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.sip.wire.SipSyntax;
import io.posthorn.sip.wire.SipUri;
import io.posthorn.sip.wire.Via;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Net;
import io.posthorn.strand.Recorder;
import io.posthorn.strand.Track;
import io.posthorn.strand.World;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The user agent over one node's transactions. Every leg and every subscription lives on the loop
 * that is named in its tag.
 */
public final class DialogUserAgent implements SipUserAgent {

    private static final Logger LOG = System.getLogger(DialogUserAgent.class.getName());

    /** RFC 3261, 3262, 3265, 3311, 3428, 3515, 3903, 6086: known, though maybe not taken here. */
    private static final Set<String> METHODS =
            Set.of(
                    "INVITE",
                    "ACK",
                    "BYE",
                    "CANCEL",
                    "OPTIONS",
                    "REGISTER",
                    "PRACK",
                    "SUBSCRIBE",
                    "NOTIFY",
                    "UPDATE",
                    "MESSAGE",
                    "REFER",
                    "PUBLISH",
                    "INFO");

    private static final List<String> ALWAYS =
            List.of("INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "UPDATE");

    private static final Set<String> OPTIONS =
            Set.of(
                    "timer",
                    "recipient-list-invite",
                    "recipient-list-message",
                    "multiple-refer",
                    "norefersub",
                    "100rel",
                    "gruu",
                    "outbound",
                    "path",
                    "replaces");

    // Ours: one for each of two askers on the way, and one for a nonce that is too old.
    private static final int CREDENTIALS_TRIES = 3;

    private final World world;
    private final Transactions transactions;
    private final Settings settings;
    private final String udpContact;
    private final String tcpContact;
    private final String tlsContact;
    private final Map<Integer, Table> tables = new TreeMap<>();
    private final Map<String, Consumer<Question>> takers = new ConcurrentHashMap<>();
    private final AtomicInteger legs = new AtomicInteger();
    private final AtomicInteger subscriptions = new AtomicInteger();
    private final AtomicInteger questions = new AtomicInteger();
    private volatile @Nullable Consumer<Leg> calls;

    /** Becomes the user of {@code transactions}. */
    public DialogUserAgent(World world, Transactions transactions, Settings settings) {
        this.world = world;
        this.transactions = transactions;
        this.settings = settings;
        this.udpContact = "<" + settings.contact() + ">";
        this.tcpContact = "<" + settings.contact() + ";transport=tcp>";
        this.tlsContact = "<" + settings.contact() + ";transport=tls>";
        for (var loop : world.loops())
            tables.put(loop.number(), new Table(loop, world.entropy(), settings));
        transactions.user(new Arrivals());
    }

    // SipUserAgent

    @Override
    public void onInvite(Consumer<Leg> incoming) {
        calls = incoming;
    }

    @Override
    public void onRequest(String method, Consumer<Question> incoming) {
        takers.put(method, incoming);
    }

    @Override
    public Leg invite(SipRequest invite, Track track, Predicate<LegEvent> inbox) {
        var called = withCallId(invite);
        var table = homeOf(called);
        var tag = Tags.make(table.loop(), world.entropy());
        var request = opened(called, tag);
        if (!SessionTimer.knowsTimers(request)) request = request.withAdded("Supported", "timer");
        if (request.header("Allow").isEmpty()) request = request.with("Allow", allow());
        if (request.header("Contact").isEmpty())
            request = request.with("Contact", contactFor(request));
        var link = Recorder.link(settings.hostPort(), hostPort(nextHop(request)));
        var leg = new OutgoingLeg(this, table, tag, request, new LegTrack(link, track), inbox);
        legs.incrementAndGet();
        table.loop().execute(leg::start);
        return leg;
    }

    @Override
    public void ask(SipRequest request, Predicate<SipResponse> inbox) {
        askAlong(request, (response, _) -> inbox.test(response));
    }

    @Override
    public Loop.Cancel keepAlive(Flow flow, Duration silence, Runnable lost) {
        return transactions.keepAlive(flow, silence, lost);
    }

    @Override
    public void askAlong(SipRequest request, BiPredicate<SipResponse, @Nullable Flow> inbox) {
        var called = withCallId(request);
        var loop = homeOf(called).loop();
        var filled = opened(called, Tags.make(loop, world.entropy()));
        loop.execute(() -> ask(loop, filled, 1, inbox));
    }

    private void ask(
            Loop loop,
            SipRequest request,
            int tries,
            BiPredicate<SipResponse, @Nullable Flow> inbox) {
        transactions.send(
                loop,
                request,
                null,
                (response, from) -> {
                    if (response.provisional()) return;
                    if (asked(request, response, tries))
                        ask(loop, signed(counted(request)), tries + 1, inbox);
                    else if (!inbox.test(response, from))
                        LOG.log(Level.DEBUG, "nobody read {0}", response.code());
                });
    }

    @Override
    public Subscription subscribe(SipRequest subscribe, Consumer<SubscriptionEvent> inbox) {
        var called = withCallId(subscribe);
        var table = homeOf(called);
        var tag = Tags.make(table.loop(), world.entropy());
        var request = opened(called, tag);
        if (request.header("Contact").isEmpty())
            request = request.with("Contact", contactFor(request));
        var subscription = new OutgoingSubscription(this, table, tag, request, inbox);
        subscriptions.incrementAndGet();
        table.loop().execute(subscription::start);
        return subscription;
    }

    @Override
    public Notifier accept(Question subscribe, Duration expires, Consumer<NotifierEvent> inbox) {
        if (!(subscribe instanceof OpenQuestion question))
            throw new IllegalStateException("accept of a question that is not of this user agent");
        var table = tableOf(question.loop().number());
        if (table == null) throw new IllegalStateException("no such loop");
        var tag = Tags.make(table.loop(), world.entropy());
        var subscription = new IncomingSubscription(this, table, tag, question, expires, inbox);
        subscriptions.incrementAndGet();
        table.loop().execute(subscription::start);
        return subscription;
    }

    @Override
    public String callId(Loop home) {
        if (!world.loops().contains(home)) throw new IllegalStateException("no loop of this node");
        var random = world.entropy().hex(128);
        var id = random;
        for (int i = 0; Transactions.home(world, id) != home; i++) id = random + i;
        return id;
    }

    @Override
    public String contact() {
        return settings.contact();
    }

    @Override
    public Stats stats() {
        return new Stats(legs.get(), subscriptions.get(), questions.get());
    }

    // What comes in.

    private final class Arrivals implements Transactions.User {
        @Override
        public void request(ServerTransaction transaction) {
            var request = transaction.request();
            try {
                var tag = request.to().tag();
                if (tag.isPresent()) inDialog(transaction, tag.get());
                else fresh(transaction);
            } catch (SipSyntax wrong) {
                reply(transaction, SipResponse.to(request, 400));
            }
        }

        @Override
        public void ack(SipRequest ack, Flow from) {
            try {
                var table = tableOf(Tags.loopOf(ack.to().tag().orElse("")));
                if (table == null) return;
                var here = Transactions.home(world, ack.callId());
                home(table, here, () -> acknowledged(table, ack));
            } catch (SipSyntax wrong) {
                LOG.log(Level.DEBUG, "dropped an ACK: {0}", wrong.getMessage());
            }
        }

        @Override
        public void strayAnswer(SipResponse response, Flow from) {
            try {
                var tag = response.from().tag().orElse("");
                var table = tableOf(Tags.loopOf(tag));
                if (table == null) return;
                table.loop()
                        .execute(() -> {
                            var participant = table.find(tag);
                            if (participant != null) participant.strayAnswer(response, from);
                        });
            } catch (SipSyntax wrong) {
                LOG.log(Level.DEBUG, "dropped a 2xx: {0}", wrong.getMessage());
            }
        }
    }

    private static void acknowledged(Table table, SipRequest ack) {
        var participant = table.find(ack.to().tag().orElse(""));
        if (participant != null) participant.ack(ack);
    }

    private static void home(Table table, Loop here, Runnable task) {
        if (table.loop() == here) task.run();
        else table.loop().execute(task);
    }

    private void inDialog(ServerTransaction transaction, String tag) {
        var table = tableOf(Tags.loopOf(tag));
        if (table == null) unknown(transaction, transaction.loop());
        else home(table, transaction.loop(), () -> inDialog(transaction, table, tag));
    }

    private void inDialog(ServerTransaction transaction, Table table, String tag) {
        var participant = table.find(tag);
        if (participant != null) {
            participant.request(transaction);
            return;
        }
        var request = transaction.request();
        // RFC 5407 section 3.2.3: the BYE that crossed ours gets 200, even if it comes later.
        if (request.method().equals("BYE") && table.endedLately(tag))
            OpenQuestion.send(table.loop(), transaction, signed(SipResponse.to(request, 200)));
        else unknown(transaction, table.loop());
    }

    private void unknown(ServerTransaction transaction, Loop here) {
        OpenQuestion.send(here, transaction, signed(SipResponse.to(transaction.request(), 481)));
    }

    /** RFC 3261 section 8.2, in its order. */
    private void fresh(ServerTransaction transaction) {
        var request = transaction.request();
        var method = request.method();
        var refusal = refusal(request, transaction.loop());
        if (refusal != null) reply(transaction, refusal);
        else if (method.equals("INVITE")) call(transaction);
        else if (takers.get(method) instanceof Consumer<Question> taker) take(transaction, taker);
        else reply(transaction, capabilities(request));
    }

    private @Nullable SipResponse refusal(SipRequest request, Loop loop) {
        var method = request.method();
        var taken = method.equals("INVITE") ? calls != null : takers.containsKey(method);
        if (!taken && !method.equals("OPTIONS")) {
            // These exist in dialogs only (SUBSCRIBE makes the one that NOTIFY is in).
            return switch (method) {
                case "BYE", "CANCEL", "UPDATE", "PRACK", "INFO", "NOTIFY" ->
                        SipResponse.to(request, 481);
                default -> notAllowed(request);
            };
        }
        switch (SipUri.scheme(request.uri())) {
            case "sip", "sips", "tel" -> {}
            default -> {
                return SipResponse.to(request, 416);
            }
        }
        var table = tableOf(loop.number());
        if (table != null && table.merged(request)) return SipResponse.to(request, 482);
        return unsupported(request);
    }

    private void call(ServerTransaction transaction) {
        var to = calls;
        var table = tableOf(transaction.loop().number());
        if (to == null || table == null) {
            reply(transaction, SipResponse.to(transaction.request(), 503));
            return;
        }
        var from = transaction.from();
        var link = Recorder.link(hostPort(from.local()), sentBy(transaction.request()));
        var tag = Tags.make(table.loop(), world.entropy());
        var leg = new IncomingLeg(this, table, tag, transaction, new LegTrack(link, null));
        legs.incrementAndGet();
        leg.start();
        if (settings.check() == Settings.IntervalCheck.ON_ARRIVAL) {
            var refusal =
                    SessionTimer.refusal(transaction.request(), settings.minimumSessionExpires());
            if (refusal.isPresent()) {
                leg.refuse(refusal.get());
                return;
            }
        }
        try {
            to.accept(leg);
        } catch (RuntimeException wrong) {
            LOG.log(Level.WARNING, "nobody took an INVITE", wrong);
            leg.refuse(SipResponse.to(leg.invite(), 500));
        }
    }

    private void take(ServerTransaction transaction, Consumer<Question> taker) {
        questions.incrementAndGet();
        var question =
                new OpenQuestion(
                        transaction.loop(),
                        transaction,
                        settings,
                        500,
                        this::signed,
                        _ -> questions.decrementAndGet());
        try {
            taker.accept(question);
        } catch (RuntimeException wrong) {
            LOG.log(Level.WARNING, "nobody took a " + transaction.request().method(), wrong);
            question.answerNow(500);
        }
    }

    private void reply(ServerTransaction transaction, SipResponse response) {
        transaction.respond(signed(response));
    }

    // What legs and subscriptions share.

    Settings settings() {
        return settings;
    }

    Transactions transactions() {
        return transactions;
    }

    void legEnded() {
        legs.decrementAndGet();
    }

    void subscriptionEnded() {
        subscriptions.decrementAndGet();
    }

    void questionAnswered() {
        questions.decrementAndGet();
    }

    /** 0 to {@code bound} - 1. */
    int random(int bound) {
        var bytes = new byte[4];
        world.entropy().fill(bytes);
        var number = 0;
        for (var b : bytes) number = number << 8 | b & 0xff;
        return Math.floorMod(number, bound);
    }

    /** A BYE that nobody waits for: of another fork, or of a call that is given up. */
    void sendLast(Dialog of, Loop loop, SipRequest draft, LegTrack track) {
        legs.incrementAndGet();
        var sent =
                transactions.send(
                        loop,
                        signed(of.request(draft)),
                        of.along(),
                        (response, from) -> {
                            if (response.provisional()) return;
                            legs.decrementAndGet();
                            if (from != null) track.in(response);
                        });
        track.out(sent.request());
    }

    /** An ACK with a branch of its own, so that it can be sent again as it was. */
    SipRequest withBranch(SipRequest ack, Loop loop) {
        var via =
                new Via(
                        "UDP",
                        settings.host(),
                        settings.port() == 0 ? -1 : settings.port(),
                        Params.NONE);
        return ack.withVia(via.with("branch", transactions.branch(loop)));
    }

    /** With our product, and with credentials wherever we were asked for them. */
    SipRequest signed(SipRequest request) {
        var signed =
                settings.userAgent().isEmpty() || request.header("User-Agent").isPresent()
                        ? request
                        : request.with("User-Agent", settings.userAgent());
        var account = settings.account();
        // RFC 3261 section 22.1: nobody may ask for the credentials of an ACK or a CANCEL.
        return account == null || request.method().equals("ACK") ? signed : account.signed(signed);
    }

    /**
     * Whether {@code response} asks who we are and we can say so: then {@code request}, counted and
     * signed anew, is worth another try.
     *
     * @param tries how often it was sent
     */
    boolean asked(SipRequest request, SipResponse response, int tries) {
        var account = settings.account();
        return account != null && tries <= CREDENTIALS_TRIES && account.asked(request, response);
    }

    /** RFC 3261 section 22.2: the same request, one further in its dialog. */
    static SipRequest counted(SipRequest request) {
        return request.with("CSeq", (request.cseq().number() + 1) + " " + request.method());
    }

    SipResponse signed(SipResponse response) {
        return settings.server().isEmpty() || response.header("Server").isPresent()
                ? response
                : response.with("Server", settings.server());
    }

    String allow() {
        var others = new TreeSet<>(takers.keySet());
        ALWAYS.forEach(others::remove);
        var all = String.join(", ", ALWAYS);
        return others.isEmpty() ? all : all + ", " + String.join(", ", others);
    }

    /** RFC 3261 section 11.2. */
    SipResponse capabilities(SipRequest options) {
        return SipResponse.to(options, 200)
                .with("Allow", allow())
                .with("Accept", String.join(", ", settings.accept()))
                .with("Supported", "timer");
    }

    /** 405 for what others do, 501 for what nobody knows; RFC 3261 sections 8.2.1 and 21.5.2. */
    SipResponse notAllowed(SipRequest request) {
        var code = METHODS.contains(request.method()) ? 405 : 501;
        return SipResponse.to(request, code).with("Allow", allow());
    }

    /** The 420 that {@code request} deserves, or null (RFC 3261 section 8.2.2.3). */
    @Nullable SipResponse unsupported(SipRequest request) {
        var unknown =
                request.values("Require").stream()
                        .filter(option -> !OPTIONS.contains(option.toLowerCase(Locale.ROOT)))
                        .toList();
        return unknown.isEmpty()
                ? null
                : SipResponse.to(request, 420).with("Unsupported", String.join(", ", unknown));
    }

    String contactFor(Net.Kind kind) {
        return switch (kind) {
            case UDP -> udpContact;
            case TCP -> tcpContact;
            case TLS -> tlsContact;
        };
    }

    private String contactFor(SipRequest request) {
        return transportOf(nextHop(request)) instanceof String transport
                ? "<" + contact() + ";transport=" + transport + ">"
                : udpContact;
    }

    private static @Nullable String transportOf(String uri) {
        return Parts.of(uri)
                .get("transport")
                .map(t -> t.toLowerCase(Locale.ROOT))
                .filter(t -> t.equals("tcp") || t.equals("tls"))
                .orElse(null);
    }

    private static String nextHop(SipRequest request) {
        var routes = request.values("Route");
        return routes.isEmpty() ? request.uri() : NameAddr.parse(routes.getFirst()).uri();
    }

    private static String hostPort(String uri) {
        try {
            var parsed = SipUri.parse(uri);
            if (parsed.host().isEmpty()) return uri;
            return parsed.port() < 0 ? parsed.host() : parsed.host() + ":" + parsed.port();
        } catch (SipSyntax other) {
            return uri;
        }
    }

    /** The sender as it names itself: over TCP its port is another than where it is reached. */
    private static String sentBy(SipRequest request) {
        var via = request.via();
        return via.host() + ":" + (via.port() < 0 ? 5060 : via.port());
    }

    private static String hostPort(java.net.InetSocketAddress at) {
        var host = at.getAddress() == null ? at.getHostString() : at.getAddress().getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + at.getPort();
    }

    /** A request outside of dialogs with all it needs (RFC 3261 section 8.1.1), but no Via. */
    private SipRequest opened(SipRequest draft, String tag) {
        var request = draft.without("Via");
        if (request.header("CSeq").isEmpty())
            request = request.withFirst("CSeq", "1 " + request.method());
        if (request.header("To").isEmpty())
            request = request.withFirst("To", "<" + request.uri() + ">");
        if (request.header("From").isEmpty())
            request = request.withFirst("From", "<" + contact() + ">");
        return signed(request.with("From", request.from().withTag(tag).toString()));
    }

    private @Nullable Table tableOf(int loop) {
        return tables.get(loop);
    }

    private SipRequest withCallId(SipRequest draft) {
        return draft.header("Call-ID").isPresent()
                ? draft
                : draft.withFirst("Call-ID", world.entropy().hex(128));
    }

    /** Where the peer's requests of the same call arrive too. */
    private Table homeOf(SipRequest request) {
        var loop = Transactions.home(world, request.callId());
        return Objects.requireNonNull(tables.get(loop.number()));
    }
}
