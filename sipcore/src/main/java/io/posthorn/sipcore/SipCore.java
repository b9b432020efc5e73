package io.posthorn.sipcore;

import io.posthorn.sip.auth.Authenticator;
import io.posthorn.sip.auth.Seal;
import io.posthorn.sip.auth.Secrets;
import io.posthorn.sip.dialog.DialogUserAgent;
import io.posthorn.sip.proxy.Branch;
import io.posthorn.sip.proxy.Proxy;
import io.posthorn.sip.transaction.Transactions;
import io.posthorn.sip.transaction.Transactions.ServerTransaction;
import io.posthorn.sip.transport.Flow;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.sip.wire.SipSyntax;
import io.posthorn.sip.wire.SipUri;
import io.posthorn.strand.Clause;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Net;
import io.posthorn.strand.World;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Registrar, and the proxy that sends each request first to the sender's application servers, then
 * to the recipient's, then to the recipient's devices. What an application server sends on carries
 * the route entry that we gave it: it is unguessable, and says where to go on (3GPP TS 24.229, the
 * original dialog identifier).
 */
@Clause("3GPP TS 24.229 5.4.3")
public final class SipCore implements Transactions.User {

    private static final System.Logger LOG = System.getLogger(SipCore.class.getName());

    private static final List<String> BEGIN_DIALOGS = List.of("INVITE", "SUBSCRIBE", "REFER");

    /**
     * @param host where we are reached, IPv6 in brackets
     * @param domains whose users are ours
     * @param registration the longest life of a binding
     */
    public record Settings(
            String host,
            int port,
            List<String> domains,
            Duration registration,
            List<FilterCriteria> filters,
            Access access) {
        public Settings {
            domains = List.copyOf(domains);
            filters = List.copyOf(filters);
        }

        String hostPort() {
            return host + ":" + port;
        }
    }

    /**
     * Whom the core believes.
     *
     * @param users null: everybody is believed to be who he says; for tests and for loopback
     * @param md5 whether passwords may be proven by MD5 too
     * @param nonces how long a nonce may be used
     * @param pass the user part of a route entry to us, by which our application servers prove
     *     themselves; empty: there is none
     * @param trusted addresses of hosts whose asserted identities hold
     */
    public record Access(
            @Nullable Secrets users,
            boolean md5,
            Duration nonces,
            String pass,
            List<String> trusted) {

        /** Nobody is asked for a password. */
        public static final Access OPEN =
                new Access(null, false, Duration.ofMinutes(5), "", List.of());

        public Access {
            trusted = List.copyOf(trusted);
        }
    }

    private final World world;
    private final Settings settings;
    private final Loop home;
    private final Proxy proxy;
    private final Transactions.User ourselves;
    private final Location location = new Location();
    private final Registrar registrar;
    private final Trust trust;
    private final Seal seal;
    private final @Nullable Guard guard;
    private final String afterOriginating;
    private final String afterTerminating;

    /** Takes what {@code transactions} hear from now on. */
    public SipCore(World world, Transactions transactions, Settings settings) {
        this.world = world;
        this.settings = settings;
        this.home = world.loops().getFirst();
        this.proxy = new Proxy(transactions);
        var behind = new BehindCore(transactions);
        var agent =
                new DialogUserAgent(
                        world,
                        behind,
                        io.posthorn.sip.dialog.Settings.at(settings.host(), settings.port()));
        this.ourselves = behind.agent();
        this.trust = Trust.of(settings);
        this.seal = new Seal(world.entropy());
        this.guard = guard(world, home, settings);
        this.afterOriginating = "odi-orig-" + world.entropy().hex(128);
        this.afterTerminating = "odi-term-" + world.entropy().hex(128);
        var events = new RegEvents(home, agent, location, settings.domains());
        this.registrar =
                new Registrar(
                        home,
                        world.entropy(),
                        location,
                        settings.domains(),
                        settings.registration(),
                        "<sip:orig@" + settings.hostPort() + ";lr>",
                        events);
        transactions.user(this);
    }

    private static @Nullable Guard guard(World world, Loop home, Settings settings) {
        var access = settings.access();
        if (access.users() == null) return null;
        var authenticator =
                new Authenticator(access.users(), world.entropy(), access.nonces(), access.md5());
        return new Guard(home, authenticator, settings.domains(), settings.host());
    }

    // ---- what arrives

    @Override
    public void request(ServerTransaction transaction) {
        try {
            route(transaction);
        } catch (SipSyntax wrong) {
            LOG.log(System.Logger.Level.DEBUG, "refused: {0}", wrong.getMessage());
            transaction.respond(SipResponse.to(transaction.request(), wrong.status()));
        }
    }

    @Override
    public void ack(SipRequest ack, Flow from) {
        try {
            var routed = Routed.of(ack, this::isUs);
            if (routed.request().header("Route").isEmpty() && isUs(routed.request().uri())) {
                ourselves.ack(ack, from);
                return;
            }
            if (!ofDialog(ack, routed.user(), from)) return;
            var branch = inDialog(routed.request());
            proxy.forwardAck(
                    Transactions.home(world, ack.callId()), branch.request(), branch.along());
        } catch (SipSyntax wrong) {
            LOG.log(System.Logger.Level.DEBUG, "ACK dropped: {0}", wrong.getMessage());
        }
    }

    @Override
    public void strayAnswer(SipResponse response, Flow from) {
        ourselves.strayAnswer(
                response,
                from); // a proxy's 2xx that came 32 s late: whoever asked has given up too
    }

    /** A request without our own Route entries, and what the first of them said. */
    private record Routed(SipRequest request, String user) {

        static Routed of(SipRequest request, java.util.function.Predicate<String> isUs) {
            var rest = request;
            var user = "";
            for (var top = rest.addresses("Route");
                    !top.isEmpty() && isUs.test(top.getFirst().uri());
                    top = rest.addresses("Route")) {
                if (user.isEmpty()) user = SipUri.parse(top.getFirst().uri()).user();
                rest = rest.withoutFirst("Route");
            }
            return new Routed(rest, user);
        }
    }

    private boolean isUs(String uri) {
        try {
            var parsed = SipUri.parse(uri);
            int port = parsed.port() < 0 ? 5060 : parsed.port();
            return parsed.host().equalsIgnoreCase(settings.host()) && port == settings.port();
        } catch (SipSyntax notSip) {
            return false;
        }
    }

    // ---- where it goes

    private void route(ServerTransaction transaction) {
        var arrived = transaction.request();
        if (refusesOptions(transaction)) return;
        var routed = Routed.of(arrived, this::isUs);
        var request = routed.request();
        boolean last = request.header("Route").isEmpty();
        if (last && forUs(request)) {
            forUs(transaction, routed);
        } else if (arrived.to().tag().isPresent()) {
            inDialog(transaction, routed);
        } else if (routed.user().equals(afterTerminating)) {
            deliver(transaction, request);
        } else if (routed.user().equals(afterOriginating)) {
            terminating(transaction, request);
        } else {
            outsideDialog(transaction, routed);
        }
    }

    private void forUs(ServerTransaction transaction, Routed routed) {
        var request = transaction.request();
        if (request.method().equals("REGISTER")) register(transaction);
        else if (request.method().equals("SUBSCRIBE") && request.to().tag().isEmpty())
            subscribe(transaction, routed);
        else ourselves.request(transaction);
    }

    private void inDialog(ServerTransaction transaction, Routed routed) {
        var request = transaction.request();
        if (ofDialog(request, routed.user(), transaction.from()))
            proxy.forward(transaction, List.of(inDialog(vouched(transaction, routed.request()))));
        else transaction.respond(SipResponse.to(request, 481));
    }

    /**
     * Whether a request belongs to a dialog that began through us: then it has our route entry of
     * that dialog. A To tag alone is easily made.
     */
    private boolean ofDialog(SipRequest request, String routed, Flow from) {
        return guard == null || trust.holds(from) || seal.fits(request.callId(), routed);
    }

    /** RFC 3680 section 5.4: who is registered is told to the user himself and to our servers. */
    private void subscribe(ServerTransaction transaction, Routed routed) {
        var request = transaction.request();
        if (guard == null || trust.holds(transaction.from()) || trust.passes(routed.user())) {
            ourselves.request(transaction);
            return;
        }
        identified(
                transaction,
                request,
                aor -> {
                    if (SipUri.parse(request.uri()).aor().equals(aor))
                        ourselves.request(transaction);
                    else forbid(transaction, "registrations of others are not told");
                });
    }

    private void forbid(ServerTransaction transaction, String why) {
        transaction.respond(
                SipResponse.to(transaction.request(), 403).with("Warning", warning(why)));
    }

    /**
     * Runs {@code then} with the user who proved to be the sender; whoever did not is answered.
     * {@code then} runs on the transaction's loop.
     */
    private void identified(
            ServerTransaction transaction, SipRequest request, Consumer<String> then) {
        var guarded = Objects.requireNonNull(guard);
        var owner = location.over(transaction.from());
        if (owner.isPresent()) {
            decided(transaction, guarded.belongs(request, owner.get().aor()), then);
            return;
        }
        home.execute(() -> {
            var sender = sender(guarded, transaction, request);
            transaction.loop().execute(() -> decided(transaction, sender, then));
        });
    }

    private static Guard.Sender sender(
            Guard guard, ServerTransaction transaction, SipRequest request) {
        try {
            return guard.sends(request, transaction.from());
        } catch (SipSyntax wrong) {
            return new Guard.Sender.Refused(SipResponse.to(request, wrong.status()), Duration.ZERO);
        }
    }

    private static void decided(
            ServerTransaction transaction, Guard.Sender sender, Consumer<String> then) {
        switch (sender) {
            case Guard.Sender.User(var aor) -> {
                try {
                    then.accept(aor);
                } catch (SipSyntax wrong) {
                    transaction.respond(SipResponse.to(transaction.request(), wrong.status()));
                }
            }
            case Guard.Sender.Refused(var answer, var delay) -> respond(transaction, answer, delay);
        }
    }

    private static void respond(ServerTransaction transaction, SipResponse answer, Duration delay) {
        if (delay.isZero()) transaction.respond(answer);
        else transaction.loop().after(delay, () -> transaction.respond(answer));
    }

    private static boolean refusesOptions(ServerTransaction transaction) {
        var unknown = transaction.request().values("Proxy-Require");
        if (unknown.isEmpty()) return false;
        transaction.respond(
                SipResponse.to(transaction.request(), 420)
                        .with("Unsupported", String.join(", ", unknown)));
        return true;
    }

    private boolean forUs(SipRequest request) {
        var uri = request.uri();
        boolean ours = registrar.serves(uri);
        return switch (request.method()) {
            case "REGISTER" -> true; // for another domain: 404, as we are nobody's edge proxy
            case "SUBSCRIBE" -> isUs(uri) || (ours && isRegEvent(request));
            default -> isUs(uri);
        };
    }

    private static boolean isRegEvent(SipRequest request) {
        return request.header("Event")
                .map(e -> e.split(";", 2)[0].strip().equals("reg"))
                .orElse(false);
    }

    private void register(ServerTransaction transaction) {
        home.execute(() -> {
            var reply = registered(transaction.request(), transaction.from());
            transaction.loop().execute(() -> respond(transaction, reply.answer(), reply.delay()));
        });
    }

    /** An answer, and how long it is held back. */
    private record Reply(SipResponse answer, Duration delay) {
        static Reply now(SipResponse answer) {
            return new Reply(answer, Duration.ZERO);
        }
    }

    /** On the home loop. */
    private Reply registered(SipRequest request, Flow flow) {
        try {
            var sender = guard == null ? null : guard.registers(request, flow);
            if (sender instanceof Guard.Sender.Refused(var answer, var delay))
                return new Reply(answer, delay);
            return Reply.now(registrar.register(request, flow));
        } catch (SipSyntax wrong) {
            return Reply.now(SipResponse.to(request, wrong.status()));
        }
    }

    private void outsideDialog(ServerTransaction transaction, Routed routed) {
        var request = routed.request();
        if (trust.passes(routed.user()) || guard != null && trust.holds(transaction.from()))
            terminating(transaction, request);
        else if (guard != null)
            identified(transaction, request, aor -> originating(transaction, request, aor));
        else believed(transaction, request);
    }

    /** Where nobody has a password: a request is of whom it says, if he is registered. */
    private void believed(ServerTransaction transaction, SipRequest request) {
        var sender = sender(transaction, request);
        if (sender.isPresent()) originating(transaction, request, sender.get());
        else if (registrar.serves(Identity.preferred(request)))
            forbid(transaction, "register first");
        else terminating(transaction, Identity.stripped(request));
    }

    private Optional<String> sender(ServerTransaction transaction, SipRequest request) {
        var preferred = Identity.preferred(request);
        if (!preferred.isEmpty() && !location.of(preferred).isEmpty())
            return Optional.of(preferred);
        return location.at(transaction.from().remote()).map(Binding::aor);
    }

    /** A request of our user {@code sender}. */
    private void originating(ServerTransaction transaction, SipRequest request, String sender) {
        if (location.of(sender).isEmpty()) {
            forbid(transaction, "register first");
            return;
        }
        var asserted = Identity.asserted(request, sender);
        var filter = filter(asserted);
        if (filter.isPresent())
            toServer(
                    transaction,
                    asserted,
                    filter.get(),
                    sender,
                    "orig",
                    afterOriginating + "@",
                    ";lr;orig>");
        else terminating(transaction, asserted);
    }

    /**
     * RFC 3325 section 5: within a dialog too, an identity counts only from whom we trust. A To tag
     * is easily made.
     */
    private SipRequest vouched(ServerTransaction transaction, SipRequest request) {
        var from = transaction.from();
        if (trust.holds(from)) return request;
        var sender = guard == null ? location.at(from.remote()) : location.over(from);
        boolean said = request.header("P-Asserted-Identity").isPresent();
        return sender.isPresent() && said
                ? Identity.asserted(request, sender.get().aor())
                : Identity.stripped(request);
    }

    private String warning(String text) {
        return "399 " + settings.host() + " \"" + text + "\"";
    }

    private void terminating(ServerTransaction transaction, SipRequest request) {
        if (SipUri.scheme(request.uri()).equals("tel")) {
            transaction.respond(SipResponse.to(request, 404)); // no numbers are known here
            return;
        }
        if (!request.header("Route").isEmpty() || !registrar.serves(request.uri())) {
            proxy.forward(
                    transaction, List.of(Branch.of(recordRouted(transaction, request, false))));
            return;
        }
        var filter = filter(request);
        if (filter.isEmpty()) {
            deliver(transaction, request);
            return;
        }
        var recipient = SipUri.parse(request.uri()).aor();
        toServer(
                transaction,
                request,
                filter.get(),
                recipient,
                "term",
                afterTerminating + "@",
                ";lr>");
    }

    private Optional<FilterCriteria> filter(SipRequest request) {
        return settings.filters().stream().filter(f -> f.match(request)).findFirst();
    }

    private void toServer(
            ServerTransaction transaction,
            SipRequest request,
            FilterCriteria filter,
            String served,
            String sessionCase,
            String user,
            String params) {
        var state = location.of(served).isEmpty() ? "unreg" : "reg";
        var shown =
                request.withFirst("Route", "<sip:" + user + settings.hostPort() + params)
                        .withFirst("Route", "<" + loose(filter.server()) + ">")
                        .with(
                                "P-Served-User",
                                "<" + served + ">;sescase=" + sessionCase + ";regstate=" + state);
        proxy.forward(transaction, List.of(Branch.of(recordRouted(transaction, shown, false))));
    }

    private static String loose(String server) {
        var uri = SipUri.parse(server);
        return (uri.params().has("lr") ? uri : uri.withParam("lr", null)).toString();
    }

    /** To one device, if the Request-URI names one, else to all of the user's. */
    private void deliver(ServerTransaction transaction, SipRequest request) {
        var uri = SipUri.parse(request.uri());
        var device = location.device(uri);
        var devices =
                device.map(List::of)
                        .orElseGet(
                                () -> uri.gruu().isPresent() ? List.of() : location.of(uri.aor()));
        if (devices.isEmpty()) {
            transaction.respond(SipResponse.to(request, 480));
            return;
        }
        var shown =
                Identity.shown(request)
                        .with("P-Called-Party-ID", "<" + called(request, devices) + ">");
        var branches = new ArrayList<Branch>();
        for (var to : devices) {
            var routed = recordRouted(transaction, shown, byTcp(to));
            branches.add(toDevice(routed, to, answer -> Identity.asserted(answer, to.aor())));
        }
        proxy.forward(transaction, branches);
    }

    /** The address that was called: a contact URI is none, then it is the user's. */
    private String called(SipRequest request, List<Binding> devices) {
        return registrar.serves(request.uri()) ? request.uri() : devices.getFirst().aor();
    }

    /** Over its flow while that lives (RFC 5626 section 5.3), else to its contact. */
    private static Branch toDevice(
            SipRequest request, Binding to, UnaryOperator<SipResponse> answers) {
        var onward = request.withUri(to.contact().uri());
        for (int i = to.path().size() - 1; i >= 0; i--)
            onward = onward.withFirst("Route", to.path().get(i));
        return new Branch(onward, liveFlow(to), answers);
    }

    private static @Nullable Flow liveFlow(Binding to) {
        return to.path().isEmpty() && to.flow().open() ? to.flow() : null;
    }

    /** Within a dialog the routes decide; at their end a device is reached as at the beginning. */
    private Branch inDialog(SipRequest request) {
        if (request.header("Route").isPresent()) return Branch.of(request);
        var device = location.device(SipUri.parse(request.uri()));
        return device.map(to -> toDevice(request, to, UnaryOperator.identity()))
                .orElseGet(() -> Branch.of(request));
    }

    private static boolean byTcp(Binding to) {
        var flow = liveFlow(to);
        if (flow != null) return flow.kind() != Net.Kind.UDP;
        return SipUri.parse(to.contact().uri())
                .params()
                .get("transport")
                .map("tcp"::equalsIgnoreCase)
                .orElse(false);
    }

    /** Between two transports each side gets a route of its own kind: RFC 5658 section 3.2. */
    private SipRequest recordRouted(
            ServerTransaction transaction, SipRequest request, boolean onwardByTcp) {
        if (!BEGIN_DIALOGS.contains(request.method())) return request;
        boolean arrivedByTcp = transaction.from().kind() != Net.Kind.UDP;
        var user = guard == null ? "" : seal.of(request.callId()) + "@";
        var routed = request.withFirst("Record-Route", ourRoute(user, arrivedByTcp));
        return arrivedByTcp == onwardByTcp
                ? routed
                : routed.withFirst("Record-Route", ourRoute(user, onwardByTcp));
    }

    private String ourRoute(String user, boolean tcp) {
        return "<sip:" + user + settings.hostPort() + (tcp ? ";transport=tcp" : "") + ";lr>";
    }

    /** Requests on their way, for leak checks. Any thread. */
    public int open() {
        return proxy.open();
    }

    /** Ends all registrations of {@code aor}. Any thread. */
    public void deregister(String aor) {
        home.execute(() -> registrar.remove(aor));
    }

    /** How many devices {@code aor} has registered. Any thread. */
    public int devices(String aor) {
        return location.of(aor).size();
    }
}
