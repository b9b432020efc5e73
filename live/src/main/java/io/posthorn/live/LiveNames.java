package io.posthorn.live;

import io.posthorn.strand.Entropy;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Names;
import io.posthorn.strand.Net.Kind;
import io.posthorn.strand.Target;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.Cache;
import org.xbill.DNS.ExtendedResolver;
import org.xbill.DNS.NAPTRRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Resolver;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;
import org.xbill.DNS.lookup.LookupSession;
import org.xbill.DNS.lookup.NoSuchDomainException;
import org.xbill.DNS.lookup.NoSuchRRSetException;

/**
 * DNS by RFC 3263 section 4: NAPTR, then SRV, then addresses; the hosts file and addresses written
 * as such need none.
 */
final class LiveNames implements Names {
    private static final int SIP_PORT = 5060;
    private static final int SIPS_PORT = 5061;

    /** Ours: what does not exist may be made soon, and a dead server is not asked at every call. */
    private static final Duration NEGATIVE = Duration.ofSeconds(30);

    /** Ours: no call waits longer for one answer of the DNS. */
    private static final Duration ANSWER = Duration.ofSeconds(6);

    private static final Duration TRY = Duration.ofSeconds(2);
    private static final int TRIES = 2;
    private static final int LOST = 1024;

    private final LookupSession session;
    private final Entropy entropy;
    private final Map<String, Long> lost = new ConcurrentHashMap<>();

    LiveNames(Resolver resolver, Entropy entropy) {
        var cache = new Cache();
        cache.setMaxNCache((int) NEGATIVE.toSeconds());
        this.session =
                LookupSession.builder()
                        .resolver(resolver)
                        .cache(cache)
                        .defaultHostsFileParser()
                        .build();
        this.entropy = entropy;
    }

    /** Asks the servers this machine is configured to ask. */
    static LiveNames ofSystem(Entropy entropy) {
        var resolver = new ExtendedResolver();
        resolver.setTimeout(TRY);
        resolver.setRetries(TRIES);
        return new LiveNames(resolver, entropy);
    }

    @Override
    public void resolve(Loop loop, String service, Consumer<List<Target>> then) {
        var parsed = Service.of(service);
        if (parsed.isEmpty()) {
            loop.execute(() -> then.accept(List.of()));
            return;
        }
        var wanted = parsed.get();
        var literal = wanted.literal();
        if (literal.isPresent()) {
            var targets = at(wanted, List.of(literal.get()));
            loop.execute(() -> then.accept(targets));
            return;
        }
        Thread.ofVirtual()
                .name("names-" + wanted.host())
                .start(() -> {
                    var targets = remembered(service, wanted);
                    loop.execute(() -> then.accept(targets));
                });
    }

    private List<Target> remembered(String service, Service wanted) {
        var since = lost.get(service);
        if (since != null && System.nanoTime() - since < NEGATIVE.toNanos()) return List.of();
        try {
            return targets(wanted);
        } catch (Unanswered silent) {
            Fault.debug("no answer of the DNS for " + service, silent);
            if (lost.size() >= LOST) lost.clear();
            lost.put(service, System.nanoTime());
            return List.of();
        } catch (RuntimeException bug) {
            Fault.log("resolving " + service, bug);
            return List.of();
        }
    }

    private List<Target> targets(Service wanted) throws Unanswered {
        // RFC 3263 section 4.1: a transport or a port that is given needs no NAPTR; section 4.2: a
        // port that is given needs no SRV.
        if (wanted.port() >= 0) return at(wanted, addresses(name(wanted.host())));
        var found = new ArrayList<Target>();
        if (wanted.transport() == null) {
            for (var route : naptr(wanted)) found.addAll(served(wanted, route.srv(), route.kind()));
        }
        if (found.isEmpty()) {
            for (var kind : kinds(wanted)) {
                var srv = label(kind) + wanted.host();
                found.addAll(served(wanted, name(srv), kind));
            }
        }
        return found.isEmpty() ? at(wanted, addresses(name(wanted.host()))) : List.copyOf(found);
    }

    private record Route(Name srv, Kind kind) {}

    private List<Route> naptr(Service wanted) throws Unanswered {
        var kinds = kinds(wanted);
        return records(name(wanted.host()), Type.NAPTR, NAPTRRecord.class).stream()
                .filter(record -> record.getFlags().equalsIgnoreCase("s"))
                .sorted(
                        Comparator.comparingInt(NAPTRRecord::getOrder)
                                .thenComparingInt(NAPTRRecord::getPreference))
                .flatMap(record -> route(record).stream())
                .filter(route -> kinds.contains(route.kind()))
                .toList();
    }

    private static Optional<Route> route(NAPTRRecord record) {
        var kind =
                switch (record.getService().toUpperCase(Locale.ROOT)) {
                    case "SIP+D2U" -> Kind.UDP;
                    case "SIP+D2T" -> Kind.TCP;
                    case "SIPS+D2T" -> Kind.TLS;
                    default -> null;
                };
        return kind == null
                ? Optional.empty()
                : Optional.of(new Route(record.getReplacement(), kind));
    }

    /** The transports that may serve, the preferred first. */
    private static List<Kind> kinds(Service wanted) {
        if (wanted.transport() == null) {
            return wanted.secure() ? List.of(Kind.TLS) : List.of(Kind.UDP, Kind.TCP);
        }
        return switch (wanted.transport()) {
            case "udp" -> wanted.secure() ? List.of() : List.of(Kind.UDP);
            case "tcp" -> List.of(wanted.secure() ? Kind.TLS : Kind.TCP);
            case "tls" -> List.of(Kind.TLS);
            default -> List.of();
        };
    }

    private static String label(Kind kind) {
        return switch (kind) {
            case UDP -> "_sip._udp.";
            case TCP -> "_sip._tcp.";
            case TLS -> "_sips._tcp.";
        };
    }

    private List<Target> served(Service wanted, @Nullable Name srv, Kind kind) throws Unanswered {
        var found = new ArrayList<Target>();
        for (var record : ordered(records(srv, Type.SRV, SRVRecord.class))) {
            // RFC 2782: a target of "." says that the service is decidedly not there.
            if (record.getTarget().equals(Name.root)) continue;
            for (var address : addresses(record.getTarget())) {
                var at = new InetSocketAddress(address, record.getPort());
                found.add(new Target(at, kind, wanted.host()));
            }
        }
        return found;
    }

    /** RFC 2782: by priority; among equals at random, in the proportion of their weights. */
    private List<SRVRecord> ordered(List<SRVRecord> records) {
        var byPriority =
                records.stream()
                        .collect(
                                Collectors.groupingBy(
                                        SRVRecord::getPriority,
                                        TreeMap::new,
                                        Collectors.toCollection(ArrayList::new)));
        var ordered = new ArrayList<SRVRecord>();
        for (var equals : byPriority.values()) {
            equals.sort(Comparator.comparingInt(SRVRecord::getWeight));
            while (!equals.isEmpty()) ordered.add(equals.remove(pick(equals)));
        }
        return ordered;
    }

    private int pick(List<SRVRecord> equals) {
        long sum = 0;
        for (var record : equals) sum += record.getWeight();
        var mark = below(sum + 1);
        for (var i = 0; i < equals.size(); i++) {
            mark -= equals.get(i).getWeight();
            if (mark <= 0) return i;
        }
        return equals.size() - 1;
    }

    private long below(long bound) {
        var bytes = new byte[Long.BYTES];
        entropy.fill(bytes);
        return Math.floorMod(ByteBuffer.wrap(bytes).getLong(), bound);
    }

    private List<Target> at(Service wanted, List<InetAddress> addresses) {
        // RFC 3263 section 4.1: with an address or a port, UDP for sip and TLS for sips.
        return kinds(wanted).stream()
                .limit(1)
                .flatMap(kind -> addresses.stream().map(address -> target(wanted, address, kind)))
                .toList();
    }

    private static Target target(Service wanted, InetAddress address, Kind kind) {
        var standard = kind == Kind.TLS ? SIPS_PORT : SIP_PORT;
        var port = wanted.port() < 0 ? standard : wanted.port();
        return new Target(new InetSocketAddress(address, port), kind, wanted.host());
    }

    /** Ours: IPv4 first, as hosts without a route to IPv6 are still many. */
    private List<InetAddress> addresses(@Nullable Name name) throws Unanswered {
        if (name == null) return List.of();
        if (isLocalhost(name)) return loopback();
        var found = new LinkedHashSet<InetAddress>();
        take(found, records(name, Type.A, ARecord.class), ARecord::getAddress);
        take(found, records(name, Type.AAAA, AAAARecord.class), AAAARecord::getAddress);
        return List.copyOf(found);
    }

    private static <R> void take(
            LinkedHashSet<InetAddress> into, List<R> records, Function<R, InetAddress> address) {
        for (var record : records) into.add(address.apply(record));
    }

    /** RFC 6761 section 6.3: never asked for in the DNS. */
    private static boolean isLocalhost(Name name) {
        return name.subdomain(LOCALHOST);
    }

    private static final Name LOCALHOST = Name.fromConstantString("localhost.");

    private static List<InetAddress> loopback() {
        return Stream.of("127.0.0.1", "::1").map(InetAddress::ofLiteral).toList();
    }

    /** Absolute; null if no host can have this name. */
    private static @Nullable Name name(String host) {
        try {
            return Name.fromString(host, Name.root);
        } catch (TextParseException noName) {
            return null;
        }
    }

    private <R extends Record> List<R> records(@Nullable Name name, int type, Class<R> as)
            throws Unanswered {
        if (name == null || isLocalhost(name)) return List.of();
        try {
            return session
                    .lookupAsync(name, type)
                    .toCompletableFuture()
                    .get(ANSWER.toMillis(), TimeUnit.MILLISECONDS)
                    .getRecords()
                    .stream()
                    .filter(as::isInstance)
                    .map(as::cast)
                    .toList();
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof NoSuchDomainException
                    || failed.getCause() instanceof NoSuchRRSetException) return List.of();
            throw new Unanswered(failed);
        } catch (TimeoutException late) {
            throw new Unanswered(late);
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
            throw new Unanswered(closing);
        }
    }

    /** The DNS did not answer, which is not the same as its saying no. */
    private static final class Unanswered extends Exception {
        private static final long serialVersionUID = 1L;

        Unanswered(Throwable cause) {
            super(cause);
        }
    }
}
