package io.posthorn.server;

import io.posthorn.cpm.participating.Participating;
import io.posthorn.cpm.participating.Settings.Devices;
import io.posthorn.cpm.participating.Settings.Media;
import io.posthorn.cpm.participating.Settings.Patience;
import io.posthorn.cpm.participating.Settings.Repeats;
import io.posthorn.cpm.participating.Settings.Sessions;
import io.posthorn.cpm.participating.Settings.Trust;
import io.posthorn.cpm.policy.AgentVersion;
import io.posthorn.cpm.policy.Anonymity;
import io.posthorn.cpm.policy.Checks;
import io.posthorn.cpm.policy.Originators;
import io.posthorn.cpm.policy.Release;
import io.posthorn.cpm.policy.Warnings;
import io.posthorn.custody.WindowedSpools;
import io.posthorn.msrp.session.MsrpNode;
import io.posthorn.msrp.session.MsrpSettings;
import io.posthorn.server.config.Config;
import io.posthorn.server.config.Config.Role;
import io.posthorn.server.config.HostPort;
import io.posthorn.sip.auth.Secrets;
import io.posthorn.sip.dialog.DialogUserAgent;
import io.posthorn.sip.dialog.Settings;
import io.posthorn.sip.dialog.Settings.IntervalCheck;
import io.posthorn.sip.transaction.SipSettings;
import io.posthorn.sip.transaction.SipTransactions;
import io.posthorn.sip.wire.SipUri;
import io.posthorn.sipcore.FilterCriteria;
import io.posthorn.sipcore.SipCore;
import io.posthorn.strand.GuardedWorld;
import io.posthorn.strand.Net;
import io.posthorn.strand.Reach;
import io.posthorn.strand.Reach.Range;
import io.posthorn.strand.World;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Everything that serves, made from the settings. The functions meet in SIP and MSRP only, over
 * sockets.
 */
public final class Wiring implements AutoCloseable {

    /** What the embedded core shows to the participating function. */
    private static final List<String> CPM_METHODS = List.of("INVITE", "MESSAGE");

    private static final List<String> CPM_SERVICES = List.of("oma.cpm", "oma.sip-im.large-message");

    private static final int DAY = 86_400;

    /** Who listens here only is a development system, whose peers are here too. */
    private static final List<String> LOOPBACK = List.of("127.0.0.0/8", "::1");

    private final World world;
    private final World media;
    private final Config config;
    private final Path data;
    private final List<Runnable> closing = new ArrayList<>();
    private final List<Participating> functions = new ArrayList<>();
    private final Map<String, LongSupplier> counts = new LinkedHashMap<>();
    private final Map<String, String> names = new LinkedHashMap<>();

    private final @Nullable Secrets users;
    private final Passes passes;
    private @Nullable SipCore core;
    private final List<SipTransactions> all = new ArrayList<>();

    /**
     * By what the functions of one process know each other, as others share their addresses: the
     * user parts of their route entries. Empty where a function is in another process.
     */
    private record Passes(String ofCore, String ofFunctions) {
        static Passes of(World world, Config config) {
            boolean both = config.roles().containsAll(List.of(Role.CORE, Role.PARTICIPATING));
            return both
                    ? new Passes(
                            "core-" + world.entropy().hex(128), "as-" + world.entropy().hex(128))
                    : new Passes("", "");
        }
    }

    private Wiring(World world, Config config, Path data, @Nullable Secrets users) {
        this.world = GuardedWorld.of(world, reach(config));
        this.media = GuardedWorld.of(world, new Reach(reached(config)));
        this.config = config;
        this.data = data;
        this.users = config.core().authenticate() ? users : null;
        this.passes = Passes.of(world, config);
    }

    /**
     * Starts every role that {@code config} names.
     *
     * @param data where spools go
     * @param users what is kept of their passwords; null: nobody is asked for one
     * @throws io.posthorn.strand.Unavailable if a port is taken; the message names it
     */
    public static Wiring start(World world, Config config, Path data, @Nullable Secrets users) {
        var wiring = new Wiring(world, config, data, users);
        try {
            for (var role : config.roles()) {
                switch (role) {
                    case CORE -> wiring.startCore(config.core());
                    case PARTICIPATING -> wiring.startParticipating(config.participating());
                }
            }
            return wiring;
        } catch (RuntimeException failed) {
            wiring.close();
            throw failed;
        }
    }

    private void startCore(Config.Core settings) {
        var at = settings.listen().getFirst();
        var transactions = transactions();
        var function = passed(settings.participating(), passes.ofCore());
        var serving =
                new SipCore(
                        world,
                        transactions,
                        new SipCore.Settings(
                                at.host(),
                                at.port(),
                                settings.domains(),
                                settings.registration(),
                                criteria(settings, function),
                                new SipCore.Limits(
                                        settings.devicesPerUser(),
                                        settings.flowTimer(),
                                        settings.passwordFailures()),
                                access(settings),
                                config.tls().core().stream().map(HostPort::toString).toList()));
        core = serving;
        listen(transactions, config.tls().core(), List.of(Net.Kind.TLS));
        counts.put("requests passing the core", serving::open);
        listen(transactions, settings.listen(), PLAIN);
        names.put(at.toString(), "core");
    }

    /** The participating function, which hears of every registration; then all others. */
    private static List<FilterCriteria> criteria(Config.Core settings, String function) {
        var criteria = new ArrayList<FilterCriteria>();
        criteria.add(new FilterCriteria(CPM_METHODS, CPM_SERVICES, function));
        criteria.add(new FilterCriteria(List.of("REGISTER"), List.of(), function));
        for (var server : settings.servers()) criteria.add(server.criteria());
        return criteria;
    }

    private SipCore.Access access(Config.Core settings) {
        return new SipCore.Access(
                users, settings.md5(), settings.nonce(), passes.ofFunctions(), settings.trusted());
    }

    /** What a peer may lead us to: its media may be anywhere but here. */
    private static List<Range> reached(Config config) {
        var allowed = new ArrayList<>(config.outbound().ranges());
        if (config.onLoopbackOnly()) LOOPBACK.forEach(text -> allowed.add(Range.parse(text)));
        return allowed;
    }

    /** In SIP also what the configuration of our roles names, wherever it is. */
    private static Reach reach(Config config) {
        var allowed = reached(config);
        var uris = new ArrayList<String>();
        var ours = new ArrayList<HostPort>();
        for (var role : config.roles()) {
            switch (role) {
                case CORE -> {
                    uris.add(config.core().participating());
                    config.core().servers().forEach(server -> uris.add(server.uri()));
                    hosts(config.core().trusted(), allowed);
                    ours.addAll(config.core().listen());
                    ours.addAll(config.tls().core());
                }
                case PARTICIPATING -> {
                    uris.add(config.participating().core());
                    hosts(config.participating().trusted(), allowed);
                    ours.addAll(config.participating().listen());
                    ours.addAll(config.tls().participating());
                }
            }
        }
        for (var uri : uris) place(SipUri.parse(uri)).ifPresent(ours::add);
        return new Reach(allowed, ours.stream().map(HostPort::address).toList());
    }

    private static void hosts(List<String> hosts, List<Range> allowed) {
        for (var host : hosts) literal(host).ifPresent(allowed::add);
    }

    private static Optional<HostPort> place(SipUri uri) {
        var tls =
                uri.scheme().equals("sips")
                        || uri.params().get("transport").filter("tls"::equals).isPresent();
        int port = uri.port() >= 0 ? uri.port() : tls ? 5061 : 5060;
        return literal(uri.host()).map(_ -> new HostPort(uri.host(), port));
    }

    private static Optional<Range> literal(String host) {
        try {
            return Optional.of(Range.parse(host.replace("[", "").replace("]", "")));
        } catch (IllegalArgumentException name) {
            return Optional.empty();
        }
    }

    /** {@code uri} with the pass of whoever goes there. */
    private static String passed(String uri, String pass) {
        return pass.isEmpty() ? uri : SipUri.parse(uri).withUser(pass).toString();
    }

    private void startParticipating(Config.Participating settings) {
        var at = settings.listen().getFirst();
        var transactions = transactions();
        int minimum = (int) settings.minimumSessionExpires().toSeconds();
        var agent =
                new DialogUserAgent(
                        world,
                        transactions,
                        Settings.at(at.host(), at.port())
                                .products(Release.SERVER.toString(), Release.SERVER.toString())
                                .sessionExpires(minimum, DAY, IntervalCheck.BY_PROCEDURE));
        var endpoint = new MsrpNode(media, msrp());
        closing.addFirst(endpoint::close);
        var spools = spools();
        var function =
                Participating.start(world, agent, endpoint, spools, participating(settings, at));
        functions.add(function);
        counts.put("calls", function.calls()::open);
        counts.put("SIP legs", () -> agent.stats().legs());
        counts.put("MSRP sessions", () -> endpoint.open().sessions());
        counts.put("MSRP connections", () -> endpoint.open().connections());
        counts.put("MSRP SENDs without an answer", () -> endpoint.open().pending());
        counts.put("spools", spools::open);
        counts.put("bytes in spools", spools::held);
        counts.put("spool files in use", spools::files);
        listen(transactions, settings.listen(), PLAIN);
        listen(transactions, config.tls().participating(), List.of(Net.Kind.TLS));
    }

    private io.posthorn.cpm.participating.Settings participating(
            Config.Participating settings, HostPort at) {
        var custody = config.custody();
        var agents =
                settings.agents().isEmpty()
                        ? AgentVersion.ANY
                        : new AgentVersion(
                                Pattern.compile(settings.agents()), settings.errorInfo());
        var checks =
                new Checks(
                        Originators.listed(settings.barred(), List.of()),
                        agents,
                        settings.anonymity() ? Anonymity.ALLOWED : Anonymity.FORBIDDEN,
                        new Warnings(at.host(), settings.warningNumbers()));
        var onward = "<" + passed(settings.core(), passes.ofFunctions()) + ";lr>";
        var open = io.posthorn.cpm.participating.Settings.open(onward, at.host());
        var standard = open.patience();
        return new io.posthorn.cpm.participating.Settings(
                checks,
                open.release(),
                onward,
                names(settings),
                trust(settings),
                new Media(settings.pathMode(), settings.maxSize().bytes(), config.msrp().tls()),
                new Sessions(
                        open.sessions().expires(),
                        (int) settings.minimumSessionExpires().toSeconds()),
                new Patience(
                        settings.ringing(),
                        settings.answer(),
                        standard.registrations(),
                        standard.longest()),
                new Devices(settings.requireGruu(), settings.buildGruu(), settings.assumeCapable()),
                new Repeats(custody.delivered(), custody.deliveredFor()));
    }

    /** Whatever it listens at. */
    private List<String> names(Config.Participating settings) {
        var names = new ArrayList<>(settings.names());
        for (var at : settings.listen()) names.add(at.toString());
        for (var at : config.tls().participating()) names.add(at.toString());
        return names;
    }

    private Trust trust(Config.Participating settings) {
        var hosts = new ArrayList<>(settings.trusted());
        // In our own process it shows its pass; its address is that of others too.
        if (passes.ofCore().isEmpty()) hosts.add(SipUri.parse(settings.core()).host());
        return new Trust(hosts, passes.ofCore());
    }

    private MsrpSettings msrp() {
        var settings = config.msrp();
        var at = settings.listen().address();
        var paths =
                settings.strictPath() ? MsrpSettings.Paths.STRICT : MsrpSettings.Paths.SESSION_ID;
        var standard = MsrpSettings.at(at.getAddress(), at.getPort());
        var plain =
                standard.with((int) settings.chunk().bytes(), standard.window())
                        .with(paths)
                        .fromOwnPort(settings.fromOwnPort());
        return config.tls().msrp().isEmpty()
                ? plain
                : plain.withTls(config.tls().msrp().getFirst().address());
    }

    private WindowedSpools spools() {
        var settings = config.custody();
        return new WindowedSpools(
                world,
                new WindowedSpools.Settings(
                        data.resolve("spool"),
                        (int) settings.window().bytes(),
                        (int) settings.narrowWindow().bytes(),
                        settings.crowded().bytes(),
                        16));
    }

    private SipTransactions transactions() {
        var standard = SipSettings.standard();
        var sip = config.sip();
        var transactions =
                new SipTransactions(
                        world,
                        new SipSettings(
                                sip.t1(),
                                standard.t2(),
                                standard.t4(),
                                sip.largeByTcp() ? standard.tcpAbove() : Integer.MAX_VALUE,
                                standard.advertised(),
                                sip.connectionsPerSecond()));
        all.add(transactions);
        closing.addFirst(transactions::close);
        return transactions;
    }

    private static final List<Net.Kind> PLAIN = List.of(Net.Kind.UDP, Net.Kind.TCP);

    private static void listen(
            SipTransactions transactions, List<HostPort> addresses, List<Net.Kind> kinds) {
        for (var at : addresses) {
            for (var kind : kinds) transactions.listen(kind, at.address());
        }
    }

    /** What our addresses are called in ladders. */
    public Map<String, String> names() {
        return Map.copyOf(names);
    }

    /**
     * What is in use, and how much of it; what is not, is left out. Nothing is once all calls are
     * over and their last retransmissions have passed. Any thread.
     */
    public Map<String, Long> open() {
        var open = new LinkedHashMap<String, Long>();
        counts.forEach((what, count) -> {
            long now = count.getAsLong();
            if (now != 0) open.put(what, now);
        });
        return open;
    }

    /** What was refused and taken away since the start, as {@link SipCore#counts}. Any thread. */
    public Map<String, Long> counts() {
        var counts = new TreeMap<String, Long>();
        if (core != null) counts.putAll(core.counts());
        counts.put(
                "connections turned away",
                all.stream().mapToLong(SipTransactions::turnedAway).sum());
        counts.put(
                "calls refused in overload",
                all.stream().mapToLong(SipTransactions::refusedInOverload).sum());
        return counts;
    }

    /** Ends all registrations: nobody who made one is known any more. Any thread. */
    public void removedAll() {
        if (core != null) core.deregisterAll();
    }

    /** Ends the registrations of {@code aor}: there is no such user any more. Any thread. */
    public void removed(String aor) {
        if (core != null) core.deregister(aor);
    }

    /** Calls that ever began. Any thread. */
    public long begun() {
        return functions.stream().mapToLong(f -> f.calls().begun()).sum();
    }

    /** Calls that have not ended. Any thread. */
    public int calls() {
        return functions.stream().mapToInt(f -> f.calls().open()).sum();
    }

    /**
     * Takes no more calls, and lets those that run come to their end.
     *
     * @return done when none runs any more, or after {@code longest}
     */
    public CompletableFuture<Boolean> drain(Duration longest) {
        functions.forEach(Participating::drain);
        return Quiet.when(world.loops().getFirst(), this::calls, longest);
    }

    @Override
    public void close() {
        closing.forEach(Runnable::run);
        closing.clear();
    }
}
