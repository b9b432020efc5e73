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
import io.posthorn.sip.transport.Transport;
import io.posthorn.sip.wire.NameAddr;
import io.posthorn.sip.wire.Params;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.sip.wire.SipSyntax;
import io.posthorn.sip.wire.SipUri;
import io.posthorn.strand.Clause;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Net;
import io.posthorn.strand.World;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Predicate;
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
     * @param filters in the order of their priority
     * @param secure where we are reached over TLS, {@code host:port}
     */
    public record Settings(
            String host,
            int port,
            List<String> domains,
            Duration registration,
            List<FilterCriteria> filters,
            Limits limits,
            Access access,
            List<String> secure) {
        public Settings {
            domains = List.copyOf(domains);
            filters = List.copyOf(filters);
            secure = List.copyOf(secure);
        }

        /** Where whoever came by {@code flow}, over TLS, reaches us again. */
        String secureHostPort(Flow flow) {
            var came = Transport.host(flow.local().getAddress());
            return secure.stream()
                    .filter(at ->
                            Location.spelled(at.substring(0, at.lastIndexOf(':'))).equals(came))
                    .findFirst()
                    .orElseGet(() -> secure.isEmpty() ? hostPort() : secure.getFirst());
        }

        /** Without TLS. */
        public Settings(
                String host,
                int port,
                List<String> domains,
                Duration registration,
                List<FilterCriteria> filters,
                Limits limits,
                Access access) {
            this(host, port, domains, registration, filters, limits, access, List.of());
        }

        /** With the usual limits. */
        public Settings(
                String host,
                int port,
                List<String> domains,
                Duration registration,
                List<FilterCriteria> filters,
                Access access) {
            this(host, port, domains, registration, filters, Limits.USUAL, access);
        }

        String hostPort() {
            return host + ":" + port;
        }
    }

    /**
     * @param devices how many one user may have registered
     * @param flowTimer how long a flow of RFC 5626 may be silent
     * @param failures wrong passwords for one user from one address in a minute, before none is
     *     looked at; ten times as many for all users. Hosts that are trusted may send more
     */
    public record Limits(int devices, Duration flowTimer, int failures) {

        // Ours: nobody has more devices; a phone sends a keep-alive every two minutes without harm.
        public static final Limits USUAL = new Limits(16, Duration.ofSeconds(120), 20);
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
    private final Transactions transactions;
    private final Proxy proxy;
    private final Transactions.User ourselves;
    private final Location location = new Location();
    private final Registrar registrar;
    private final Trust trust;
    private final Identity identity = new Identity();
    private final Seal seal;
    private final DialogRoutes dialogs;
    private final @Nullable Guard guard;
    private final LongAdder refused = new LongAdder();

    /** Takes what {@code transactions} hear from now on. */
    public SipCore(World world, Transactions transactions, Settings settings) {
        this.world = world;
        this.settings = settings;
        this.home = world.loops().getFirst();
        this.transactions = transactions;
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
        this.dialogs = new DialogRoutes(seal);
        this.guard = guard(world, home, settings, trust);
        var events = new RegEvents(home, agent, location, settings.domains());
        var servers =
                new ThirdPartyRegister(
                        home,
                        world.entropy(),
                        transactions,
                        location,
                        settings.filters(),
                        "sip:" + settings.hostPort());
        var limits = settings.limits();
        this.registrar =
                new Registrar(
                        home,
                        world.entropy(),
                        location,
                        settings.domains(),
                        new Registrar.Terms(
                                settings.registration(),
                                limits.devices(),
                                "<sip:orig@" + settings.hostPort() + ";lr>",
                                limits.flowTimer()),
                        List.of(events, servers));
        transactions.user(this);
    }

    private static @Nullable Guard guard(World world, Loop home, Settings settings, Trust trust) {
        var access = settings.access();
        if (access.users() == null) return null;
        var authenticator =
                new Authenticator(
                        access.users(),
                        world.entropy(),
                        access.nonces(),
                        access.md5(),
                        settings.limits().failures(),
                        trust::holds);
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
            if (!ofDialog(ack, routed, from)) return;
            var onward = inDialog(vouched(from, routed.request()), routed, from);
            if (onward.isPresent())
                proxy.forwardAck(
                        Transactions.home(world, ack.callId()),
                        onward.get().request(),
                        onward.get().along());
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

    /** A request without our own Route entries, and the user parts of these in their order. */
    private record Routed(SipRequest request, List<String> users) {

        static Routed of(SipRequest request, Predicate<String> isUs) {
            var rest = request;
            var users = new ArrayList<String>(2);
            for (var top = rest.addresses("Route");
                    !top.isEmpty() && isUs.test(top.getFirst().uri());
                    top = rest.addresses("Route")) {
                users.add(SipUri.parse(top.getFirst().uri()).user());
                rest = rest.withoutFirst("Route");
            }
            return new Routed(rest, users);
        }

        /** What the first of them said that said anything; empty: none did. */
        String user() {
            return users.stream().filter(user -> !user.isEmpty()).findFirst().orElse("");
        }
    }

    private boolean isUs(String uri) {
        try {
            var parsed = SipUri.parse(uri);
            int port = parsed.port() < 0 ? 5060 : parsed.port();
            var secure = parsed.host() + ":" + (parsed.port() < 0 ? 5061 : parsed.port());
            if (settings.secure().stream().anyMatch(secure::equalsIgnoreCase)) return true;
            return port == settings.port()
                    && Location.spelled(parsed.host())
                            .equalsIgnoreCase(Location.spelled(settings.host()));
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
            return;
        }
        if (arrived.to().tag().isPresent()) {
            inDialog(transaction, routed);
            return;
        }
        var before = OriginalDialog.read(routed.user(), seal);
        if (before.isEmpty()) outsideDialog(transaction, routed);
        else if (before.get().originating())
            originating(transaction, request, before.get().served(), before.get().next());
        else terminating(transaction, request, before.get().served(), before.get().next());
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
        var from = transaction.from();
        if (!ofDialog(request, routed, from)) {
            transaction.respond(SipResponse.to(request, 481));
            return;
        }
        var vouched = vouched(from, routed.request());
        inDialog(vouched, routed, from)
                .ifPresentOrElse(
                        onward -> proxy.forward(transaction, List.of(onward)),
                        // RFC 5626 section 5.3.1: the flow is gone, and nothing can take its place
                        () -> transaction.respond(SipResponse.to(request, 430)));
    }

    /**
     * Whether a request belongs to a dialog that began through us: then it has our route entry of
     * that dialog. A To tag alone is easily made.
     */
    private boolean ofDialog(SipRequest request, Routed routed, Flow from) {
        return guard == null || trust.holds(from) || dialogs.ofDialog(request, routed.users());
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
        var owners = location.over(transaction.from());
        if (!owners.isEmpty()) {
            decided(transaction, guarded.belongs(request, owner(owners, request)), then);
            return;
        }
        home.execute(() -> {
            var sender = sender(guarded, transaction, request);
            transaction.loop().execute(() -> decided(transaction, sender, then));
        });
    }

    /** Whom of those who share a connection the request says it is of; else the first. */
    private static String owner(List<Binding> owners, SipRequest request) {
        var preferred = Identity.preferred(request);
        return owners.stream()
                .map(Binding::aor)
                .filter(preferred::equals)
                .findFirst()
                .orElse(owners.getFirst().aor());
    }

    private static Guard.Sender sender(
            Guard guard, ServerTransaction transaction, SipRequest request) {
        try {
            return guard.sends(request, transaction.from());
        } catch (SipSyntax wrong) {
            return new Guard.Sender.Refused(SipResponse.to(request, wrong.status()), Duration.ZERO);
        }
    }

    private void decided(
            ServerTransaction transaction, Guard.Sender sender, Consumer<String> then) {
        switch (sender) {
            case Guard.Sender.User(var aor) -> {
                try {
                    then.accept(aor);
                } catch (SipSyntax wrong) {
                    transaction.respond(SipResponse.to(transaction.request(), wrong.status()));
                }
            }
            case Guard.Sender.Refused(var answer, var delay) -> {
                refused.increment();
                respond(transaction, answer, delay);
            }
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
            if (sender instanceof Guard.Sender.Refused(var answer, var delay)) {
                refused.increment();
                return new Reply(answer, delay);
            }
            var heard = trust.holds(flow) ? request : identity.stripped(request);
            boolean known = !location.over(flow).isEmpty();
            var answer = registrar.register(heard, flow);
            // RFC 5626 section 3.5.1: from now on its keep-alives keep it
            if (!known && !location.over(flow).isEmpty())
                transactions.keepAlive(flow, Duration.ZERO, () -> {});
            return Reply.now(routedOver(flow, answer));
        } catch (SipSyntax wrong) {
            return Reply.now(SipResponse.to(request, wrong.status()));
        }
    }

    /** RFC 3608 section 6.4: whoever registered over TLS comes by TLS again. */
    private SipResponse routedOver(Flow flow, SipResponse answer) {
        if (flow.kind() != Net.Kind.TLS || answer.header("Service-Route").isEmpty()) return answer;
        return answer.with("Service-Route", ourRoute("orig", flow));
    }

    private void outsideDialog(ServerTransaction transaction, Routed routed) {
        var request = routed.request();
        if (trust.passes(routed.user()) || guard != null && trust.holds(transaction.from()))
            terminating(transaction, request);
        else if (guard != null)
            identified(transaction, request, aor -> fromUser(transaction, request, aor));
        else believed(transaction, request);
    }

    /** Where nobody has a password: a request is of whom it says, if he is registered. */
    private void believed(ServerTransaction transaction, SipRequest request) {
        var sender = sender(transaction, request);
        if (sender.isPresent()) fromUser(transaction, request, sender.get());
        else if (registrar.serves(Identity.preferred(request)) || !registrar.serves(request.uri()))
            forbid(transaction, "register first");
        else terminating(transaction, withoutRoute(identity.stripped(request)));
    }

    private Optional<String> sender(ServerTransaction transaction, SipRequest request) {
        var preferred = Identity.preferred(request);
        if (!preferred.isEmpty() && !location.of(preferred).isEmpty())
            return Optional.of(preferred);
        return location.from(transaction.from()).stream().map(Binding::aor).findFirst();
    }

    /**
     * 3GPP TS 24.229 section 5.2.6.3: a user's route is the one that registration gave. Whatever
     * follows it would lead past our servers, to where he wants.
     */
    private static SipRequest withoutRoute(SipRequest request) {
        return request.without("Route");
    }

    private SipRequest spent(SipRequest request) {
        return Authenticator.spent(request, settings.domains());
    }

    /** A request of our user {@code sender}, from himself. */
    private void fromUser(ServerTransaction transaction, SipRequest request, String sender) {
        if (location.of(sender).isEmpty()) {
            forbid(transaction, "register first");
            return;
        }
        var privacy = Privacy.of(request);
        if (privacy.impossible()) {
            transaction.respond(
                    SipResponse.to(request, 500)
                            .with("Warning", warning("no privacy of the session here")));
            return;
        }
        var asserted = identity.asserted(withoutRoute(spent(request)), sender);
        var hidden = privacy.header() ? hidden(transaction, asserted, sender) : asserted;
        originating(transaction, hidden, sender, 0);
    }

    /**
     * RFC 3323 section 5.1: not from where it came; the sender is reached by a temporary GRUU (RFC
     * 5627 section 6.1.2). What the network adds from here on tells nothing of him.
     */
    private SipRequest hidden(ServerTransaction transaction, SipRequest request, String sender) {
        var hidden = request.without("Via").without("Record-Route");
        var temporary =
                location.of(sender).stream()
                        .filter(binding -> binding.flow().remote().equals(remote(transaction)))
                        .map(Binding::temporaryGruu)
                        .filter(gruu -> !gruu.isEmpty())
                        .findFirst();
        return temporary.isPresent() && request.contact().isPresent()
                ? hidden.with("Contact", contact(request, temporary.get()))
                : hidden;
    }

    private static InetSocketAddress remote(ServerTransaction transaction) {
        return transaction.from().remote();
    }

    private static String contact(SipRequest request, String uri) {
        var tags = request.contact().map(NameAddr::params).orElse(Params.NONE);
        return new NameAddr("", uri, tags.without("+sip.instance")).toString();
    }

    /** A request of our user {@code sender}, as he or his servers made it. */
    private void originating(
            ServerTransaction transaction, SipRequest request, String sender, int next) {
        if (!toServer(transaction, request, true, sender, next)) terminating(transaction, request);
    }

    /**
     * RFC 3325 section 5: within a dialog too, an identity counts only from whom we trust. A To tag
     * is easily made.
     */
    private SipRequest vouched(Flow from, SipRequest arrived) {
        if (trust.holds(from)) return arrived;
        var request = spent(arrived);
        var senders = guard == null ? location.from(from) : location.over(from);
        boolean said = request.header("P-Asserted-Identity").isPresent();
        return senders.isEmpty() || !said
                ? identity.stripped(request)
                : identity.asserted(request, owner(senders, request));
    }

    private String warning(String text) {
        return "399 " + settings.host() + " \"" + text + "\"";
    }

    /** To whom it is for, from the first of his servers on. */
    private void terminating(ServerTransaction transaction, SipRequest request) {
        if (SipUri.scheme(request.uri()).equals("tel")) {
            // no numbers are known here
            transaction.respond(SipResponse.to(transaction.request(), 404));
            return;
        }
        boolean routed = request.header("Route").isPresent();
        if (!routed && registrar.serves(request.uri())) {
            terminating(transaction, request, SipUri.parse(request.uri()).aor(), 0);
            return;
        }
        // A server of ours may name a device by its contact.
        var called = Identity.aor(request.to().uri());
        if (!routed && !location.at(SipUri.parse(request.uri()), called).isEmpty())
            deliver(transaction, request, called);
        else abroad(transaction, request);
    }

    private void abroad(ServerTransaction transaction, SipRequest request) {
        boolean neighbour = trust.names(nextHost(request));
        var left = neighbour ? request : Identity.abroad(request);
        UnaryOperator<SipResponse> answers = neighbour ? answer -> answer : identity::stripped;
        var onward = recordRouted(transaction, left, null, NOWHERE);
        proxy.forward(transaction, List.of(new Branch(onward, null, back(transaction, answers))));
    }

    private static String nextHost(SipRequest request) {
        var routes = request.addresses("Route");
        return SipUri.parse(routes.isEmpty() ? request.uri() : routes.getFirst().uri()).host();
    }

    private void terminating(
            ServerTransaction transaction, SipRequest request, String recipient, int next) {
        if (!toServer(transaction, request, false, recipient, next))
            deliver(transaction, request, recipient);
    }

    /** The place of the first criteria that match, from {@code next} on. */
    private Optional<Integer> filter(SipRequest request, int next) {
        var filters = settings.filters();
        for (int at = next; at < filters.size(); at++)
            if (filters.get(at).match(request)) return Optional.of(at);
        return Optional.empty();
    }

    /** To the server of the first criteria that match, from {@code next} on; false: none do. */
    private boolean toServer(
            ServerTransaction transaction,
            SipRequest request,
            boolean originating,
            String served,
            int next) {
        var place = filter(request, next);
        if (place.isEmpty()) return false;
        int filter = place.get();
        var dialog = new OriginalDialog(originating, served, filter + 1);
        var state = location.of(served).isEmpty() ? "unreg" : "reg";
        var user = dialog.user(seal);
        var params = originating ? ";lr;orig>" : ";lr>";
        var sessionCase = originating ? "orig" : "term";
        var shown =
                request.withFirst("Route", "<sip:" + user + "@" + settings.hostPort() + params)
                        .withFirst(
                                "Route", "<" + loose(settings.filters().get(filter).server()) + ">")
                        .with(
                                "P-Served-User",
                                "<" + served + ">;sescase=" + sessionCase + ";regstate=" + state);
        var onward = recordRouted(transaction, shown, null, NOWHERE);
        UnaryOperator<SipResponse> answers = answer -> answer;
        proxy.forward(transaction, List.of(new Branch(onward, null, back(transaction, answers))));
        return true;
    }

    static String loose(String server) {
        var uri = SipUri.parse(server);
        return (uri.params().has("lr") ? uri : uri.withParam("lr", null)).toString();
    }

    /** What goes back to whoever asked: all of it to our servers, else what he may see. */
    private UnaryOperator<SipResponse> back(
            ServerTransaction transaction, UnaryOperator<SipResponse> answers) {
        var asked = transaction.request();
        if (ofServer(transaction)) return answers;
        var privacy = Privacy.of(asked);
        if (!privacy.user() && !privacy.header())
            return answer -> Identity.shown(answers.apply(answer));
        return answer -> restored(asked, privacy, Identity.shown(answers.apply(answer)));
    }

    private boolean ofServer(ServerTransaction transaction) {
        if (trust.holds(transaction.from())) return true;
        var user = Routed.of(transaction.request(), this::isUs).user();
        return trust.passes(user) || OriginalDialog.read(user, seal).isPresent();
    }

    /** With what was hidden from those it passed. */
    private static SipResponse restored(SipRequest asked, Privacy privacy, SipResponse answer) {
        var whole = answer.with("From", asked.from().toString());
        if (!privacy.header()) return whole;
        whole = whole.without("Via");
        for (var via : asked.values("Via")) whole = whole.withAdded("Via", via);
        for (var route : asked.values("Record-Route"))
            whole = whole.withAdded("Record-Route", route);
        return whole;
    }

    /** To one device, if the Request-URI names one, else to all of the user's. */
    private void deliver(ServerTransaction transaction, SipRequest request, String recipient) {
        var uri = SipUri.parse(request.uri());
        var found = devices(uri, request.uri(), recipient);
        var shown =
                Identity.shown(request)
                        .with("P-Called-Party-ID", "<" + called(request, recipient) + ">");
        var branches = new ArrayList<Branch>();
        for (var flows : Location.devices(found)) {
            var branch = toDevice(transaction, shown, flows);
            if (branch != null) branches.add(branch);
        }
        // RFC 3261 section 8.2.6.2: by the Vias that came, which the sender may have had hidden
        if (branches.isEmpty()) transaction.respond(SipResponse.to(transaction.request(), 480));
        else proxy.forward(transaction, branches);
    }

    private List<Binding> devices(SipUri uri, String text, String recipient) {
        if (uri.gruu().isPresent()) return location.named(uri);
        return registrar.serves(text) ? location.of(uri.aor()) : location.at(uri, recipient);
    }

    /** The address that was called: a contact URI is none, then it is the user's. */
    private String called(SipRequest request, String recipient) {
        return registrar.serves(request.uri()) ? request.uri() : recipient;
    }

    /** RFC 5626 section 7: along one flow after the other; null if none is left. */
    private @Nullable Branch toDevice(
            ServerTransaction transaction, SipRequest request, List<Binding> flows) {
        Branch next = null;
        for (int i = flows.size() - 1; i >= 0; i--) {
            var to = flows.get(i);
            if (!reachable(to)) {
                lost(to);
                continue;
            }
            var routed = recordRouted(transaction, request, to, exit(to));
            UnaryOperator<SipResponse> answers = answer -> identity.asserted(answer, to.aor());
            next =
                    new Branch(
                            onward(routed, to),
                            liveFlow(to),
                            back(transaction, answers),
                            () -> lost(to),
                            next);
        }
        return next;
    }

    /** A device with flows of RFC 5626 is reached by them only. */
    private static boolean reachable(Binding to) {
        return !to.outbound() || !to.direct() || to.flow().open();
    }

    private void lost(Binding binding) {
        if (binding.outbound()) home.execute(() -> registrar.lost(binding));
    }

    /** RFC 3327 section 5.4: along the path of its registration. */
    private static SipRequest onward(SipRequest request, Binding to) {
        var onward = request.withUri(to.contact().uri());
        for (int i = to.path().size() - 1; i >= 0; i--)
            onward = onward.withFirst("Route", to.path().get(i));
        return onward;
    }

    private static @Nullable Flow liveFlow(Binding to) {
        return to.direct() && to.flow().open() ? to.flow() : null;
    }

    /**
     * Within a dialog the routes decide; at their end a device is reached as at the beginning.
     * Empty if its flow is gone and nothing else leads there.
     */
    private Optional<Branch> inDialog(SipRequest arrived, Routed routed, Flow from) {
        // RFC 5502 section 5: of the beginning only
        var request = arrived.without("P-Served-User");
        UnaryOperator<SipResponse> answers = trust.holds(from) ? answer -> answer : Identity::shown;
        if (request.header("Route").isPresent())
            return Optional.of(new Branch(request, null, answers));
        var uri = SipUri.parse(request.uri());
        if (uri.gruu().isPresent() && registrar.serves(request.uri())) {
            var flows = location.named(uri);
            if (flows.isEmpty()) return Optional.empty();
            var to = flows.getLast();
            if (!reachable(to)) return Optional.empty();
            return Optional.of(
                    new Branch(
                            onward(Identity.shown(request), to),
                            liveFlow(to),
                            asserting(to, answers)));
        }
        var exit = dialogs.exit(request, routed.users()).orElse(NOWHERE);
        var flow = location.flow(exit.flow());
        if (flow.isPresent())
            return Optional.of(
                    new Branch(Identity.shown(request), flow.get(), vouching(flow.get(), answers)));
        return exit.only() ? Optional.empty() : Optional.of(new Branch(request, null, answers));
    }

    private UnaryOperator<SipResponse> asserting(Binding to, UnaryOperator<SipResponse> answers) {
        return answer -> answers.apply(identity.asserted(answer, to.aor()));
    }

    /** The word of a device for itself; RFC 3325 section 5. */
    private UnaryOperator<SipResponse> vouching(Flow flow, UnaryOperator<SipResponse> answers) {
        var owner = location.from(flow).stream().map(Binding::aor).findFirst();
        return answer ->
                answers.apply(
                        owner.isPresent() && location.from(flow).size() == 1
                                ? identity.asserted(answer, owner.get())
                                : identity.stripped(answer));
    }

    private static Net.Kind kind(Binding to) {
        var flow = liveFlow(to);
        if (flow != null) return flow.kind();
        var uri = SipUri.parse(to.contact().uri());
        if (uri.scheme().equals("sips")) return Net.Kind.TLS;
        return switch (uri.params().get("transport").orElse("").toLowerCase(Locale.ROOT)) {
            case "tcp" -> Net.Kind.TCP;
            case "tls" -> Net.Kind.TLS;
            default -> Net.Kind.UDP;
        };
    }

    // ---- the route back

    private static final DialogRoutes.Exit NOWHERE =
            new DialogRoutes.Exit(DialogRoutes.NO_FLOW, false);

    /** RFC 5626 section 5.3: by the flow of a device, if its contact does not lead there. */
    private static DialogRoutes.Exit exit(Binding to) {
        var flow = liveFlow(to);
        if (flow == null) return NOWHERE;
        boolean needed =
                to.outbound()
                        || flow.kind() != Net.Kind.UDP
                        || Location.translated(SipUri.parse(to.contact().uri()), flow);
        return needed ? new DialogRoutes.Exit(Location.token(to), to.outbound()) : NOWHERE;
    }

    /** The same for whoever asks, if he registered from there; a GRUU finds him anyway. */
    private DialogRoutes.Exit exit(ServerTransaction transaction, SipRequest request) {
        var uri = request.contact().map(NameAddr::uri).orElse("");
        if (!uri.isEmpty() && SipUri.parse(uri).gruu().isPresent() && registrar.serves(uri))
            return NOWHERE;
        var owners = location.from(transaction.from()).stream().filter(Binding::direct).toList();
        if (owners.isEmpty()) return NOWHERE;
        var owner = owner(owners, transaction.request());
        return owners.stream()
                .filter(binding -> binding.aor().equals(owner))
                .findFirst()
                .map(SipCore::exit)
                .orElse(NOWHERE);
    }

    /**
     * Between two transports each side gets a route of its own kind: RFC 5658 section 3.2. So do
     * both sides if one of them is reached by its flow.
     *
     * @param to the device; null: a server of ours, or another domain
     */
    private SipRequest recordRouted(
            ServerTransaction transaction,
            SipRequest request,
            @Nullable Binding to,
            DialogRoutes.Exit onward) {
        if (!BEGIN_DIALOGS.contains(request.method())) return request;
        var from = transaction.from();
        var asked = transaction.request();
        var user = dialogs.user(asked, request, onward);
        var back = ourRoute(dialogs.user(asked, request, exit(transaction, request)), from);
        var onwards =
                to == null
                        ? ourRoute(user, Net.Kind.UDP, from)
                        : ourRoute(user, kind(to), to.flow());
        var routed = request.withFirst("Record-Route", back);
        return back.equals(onwards) ? routed : routed.withFirst("Record-Route", onwards);
    }

    private String ourRoute(String user, Flow flow) {
        return ourRoute(user, flow.kind(), flow);
    }

    private String ourRoute(String user, Net.Kind kind, Flow flow) {
        var at =
                switch (kind) {
                    case UDP -> settings.hostPort();
                    case TCP -> settings.hostPort() + ";transport=tcp";
                    case TLS -> settings.secureHostPort(flow) + ";transport=tls";
                };
        return "<sip:" + user + "@" + at + ";lr>";
    }

    /** Requests on their way, for leak checks. Any thread. */
    public int open() {
        return proxy.open();
    }

    /**
     * What was refused and what was taken away, by its name, since the start; a name stays. Any
     * thread.
     */
    public Map<String, Long> counts() {
        var counts = new TreeMap<String, Long>();
        identity.counts().forEach((name, n) -> counts.put("stripped " + name, n));
        counts.put("requests refused for their sender", refused.sum());
        if (guard != null) counts.putAll(guard.counts());
        return counts;
    }

    /** Ends all registrations there are. Any thread. */
    public void deregisterAll() {
        home.execute(() -> location.users().forEach(registrar::remove));
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
