package io.posthorn.sip.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.sip.wire.SipSyntax;
import io.posthorn.strand.Clause;
import io.posthorn.strand.Entropy;
import java.net.InetAddress;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Asks who sends a request, and checks what is answered. On one loop. */
@Clause("RFC 3261 22")
public final class Authenticator {

    // Ours: an attacker's next guess waits twice as long as the one before.
    private static final Duration FIRST_DELAY = Duration.ofMillis(100);
    private static final Duration LONGEST_DELAY = Duration.ofSeconds(8);
    // Ours: wrong guesses that cost nothing; people mistype.
    private static final int FREE = 3;
    private static final int REMEMBERED = 10_000;
    private static final Duration FORGIVEN = Duration.ofMinutes(10);
    private static final Duration MINUTE = Duration.ofMinutes(1);

    /** Who asks: RFC 3261 section 22.2 and 22.3. */
    public enum Asker {
        REGISTRAR(401, "WWW-Authenticate", "Authorization"),
        PROXY(407, "Proxy-Authenticate", "Proxy-Authorization");

        final int code;
        final String challenge;
        final String credentials;

        Asker(int code, String challenge, String credentials) {
            this.code = code;
            this.challenge = challenge;
            this.credentials = credentials;
        }
    }

    /** What is known of the sender of a request. */
    public sealed interface Verdict {
        record Known(String username, String realm) implements Verdict {}

        /**
         * @param delay how long the answer is to be held back
         */
        record Unknown(SipResponse answer, Duration delay) implements Verdict {}
    }

    private final Secrets secrets;
    private final Nonces nonces;
    private final List<Algorithm> algorithms;

    /** In place of the secret of those that do not exist, so that they take as long. */
    private final String nobody;

    /** As whom somebody behind an address wants to be known. */
    private record Guesser(InetAddress from, String realm, String name) {

        // Ours: longer names are few, and may count together
        private static final int LONGEST = 64;

        static Guesser of(InetAddress from, Credentials said) {
            var name = said.username();
            return new Guesser(
                    from, said.realm(), name.substring(0, Math.min(name.length(), LONGEST)));
        }
    }

    private final Map<Guesser, Failures> byUser = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<InetAddress, Failures> byAddress = new LinkedHashMap<>(16, 0.75f, true);

    /**
     * @param count since they were forgiven
     * @param since when the minute began that {@code lately} counts
     */
    private record Failures(int count, Instant last, Instant since, int lately) {
        Failures more(Instant now) {
            boolean over = since.plus(MINUTE).isBefore(now);
            return new Failures(count + 1, now, over ? now : since, over ? 1 : lately + 1);
        }

        /** Whoever was right mistyped before; those of this minute count all the same. */
        Failures forgiven() {
            return new Failures(0, last, since, lately);
        }

        /** How long nobody is looked at after {@code most} in a minute. */
        Duration lock(long most, Instant now) {
            var left = Duration.between(now, since.plus(MINUTE));
            return lately < most || left.isNegative() ? Duration.ZERO : left;
        }
    }

    private final int mostFailures;
    private final Predicate<InetAddress> trusted;
    private final LongAdder challenged = new LongAdder();
    private final LongAdder wrong = new LongAdder();
    private final LongAdder lockedOut = new LongAdder();
    private final LongAdder computed = new LongAdder();

    // Ours: nobody mistypes that often.
    private static final int USUAL_FAILURES = 20;

    // Ours: so many of those behind one address may mistype at a time.
    private static final long SHARING = 10;

    private static final Failures NONE = new Failures(0, Instant.MIN, Instant.EPOCH, 0);

    /** With 20 failures a minute, and no address trusted. */
    public Authenticator(Secrets secrets, Entropy entropy, Duration nonceLife, boolean md5) {
        this(secrets, entropy, nonceLife, md5, USUAL_FAILURES, _ -> false);
    }

    /**
     * @param nonceLife how long a nonce may be used
     * @param md5 whether MD5 is offered and taken too
     * @param mostFailures how often one address may be wrong for one user in a minute, and a tenth
     *     of how often it may be for all; what comes after that is not looked at until the minute
     *     is over
     * @param trusted addresses that so many stand behind that what comes from them is always looked
     *     at
     */
    public Authenticator(
            Secrets secrets,
            Entropy entropy,
            Duration nonceLife,
            boolean md5,
            int mostFailures,
            Predicate<InetAddress> trusted) {
        this.mostFailures = mostFailures;
        this.trusted = trusted;
        this.secrets = secrets;
        this.nonces = new Nonces(entropy, nonceLife);
        this.algorithms =
                md5 ? List.of(Algorithm.SHA_256, Algorithm.MD5) : List.of(Algorithm.SHA_256);
        this.nobody = entropy.hex(256);
    }

    /**
     * @param realm for whose users we ask
     * @param from where it came from; whoever fails there for one user waits longer each time
     */
    public Verdict check(
            SipRequest request, Asker asker, String realm, InetAddress from, Instant now) {
        var said = said(request, asker, realm);
        if (said.isEmpty()) return challenged(request, asker, realm, false, Duration.ZERO, now);
        var credentials = said.get();
        var guesser = Guesser.of(from, credentials);
        var locked = locked(request, guesser, now);
        if (locked != null) return locked;
        boolean fresh = nonces.fresh(credentials.nonce(), now);
        // Computed whatever happens, so that the time tells nothing.
        boolean right = right(request, credentials);
        if (!right) return challenged(request, asker, realm, false, failed(guesser, now), now);
        // RFC 7616 section 3.3: right, for a nonce that is too old or of a life before this one.
        if (!fresh) return challenged(request, asker, realm, true, Duration.ZERO, now);
        if (!nonces.take(credentials.nonce(), credentials.times(), now))
            return challenged(request, asker, realm, true, failed(guesser, now), now);
        // Ours: an account of one's own is no licence to guess at those of others
        byUser.computeIfPresent(guesser, (_, before) -> before.forgiven());
        return new Verdict.Known(credentials.username(), realm);
    }

    /** Too many guesses: right or wrong, nobody is told. Null if there were not. */
    private @Nullable Verdict locked(SipRequest request, Guesser guesser, Instant now) {
        if (trusted.test(guesser.from())) return null;
        var one = byUser.getOrDefault(guesser, NONE).lock(mostFailures, now);
        var all = byAddress.getOrDefault(guesser.from(), NONE).lock(mostFailures * SHARING, now);
        var left = one.compareTo(all) > 0 ? one : all;
        if (left.isZero()) return null;
        lockedOut.increment();
        var later = Long.toString(left.toSeconds() + 1);
        var answer = SipResponse.to(request, 503).with("Retry-After", later);
        return new Verdict.Unknown(answer, Duration.ZERO);
    }

    /** What happened so far, by its name. Any thread. */
    public Map<String, Long> counts() {
        return Map.of(
                "challenges", challenged.sum(),
                "wrong credentials", wrong.sum(),
                "credentials not looked at", lockedOut.sum(),
                "digests computed", computed.sum());
    }

    /**
     * {@code request} without credentials for {@code realms}: RFC 3261 section 22.3, they were for
     * us, and whoever else sees them may guess at the password.
     */
    public static SipRequest spent(SipRequest request, List<String> realms) {
        var left = request;
        for (var asker : Asker.values()) {
            var all = request.fields(asker.credentials);
            if (all.isEmpty()) continue;
            left = left.without(asker.credentials);
            for (var value : all)
                if (!realms.contains(realm(value))) left = left.withAdded(asker.credentials, value);
        }
        return left;
    }

    private static String realm(String credentials) {
        try {
            return DigestFields.parse(credentials).getOrDefault("realm", "");
        } catch (SipSyntax notDigest) {
            return "";
        }
    }

    /** The credentials for our realm; RFC 3261 section 22.3: those for others pass on. */
    private static Optional<Credentials> said(SipRequest request, Asker asker, String realm) {
        for (var value : request.fields(asker.credentials)) {
            try {
                var credentials = Credentials.parse(value);
                if (credentials.realm().equals(realm)) return Optional.of(credentials);
            } catch (SipSyntax notOurs) {
                // As good as none: it is asked for again.
            }
        }
        return Optional.empty();
    }

    private boolean right(SipRequest request, Credentials said) {
        var algorithm = said.algorithm();
        var secret =
                algorithms.contains(algorithm)
                        ? secrets.of(said.username(), said.realm(), algorithm)
                        : Optional.<String>empty();
        computed.increment();
        var expected =
                algorithm.response(
                        secret.orElse(nobody),
                        said.nonce(),
                        said.count(),
                        said.cnonce(),
                        request.method(),
                        said.uri());
        boolean same =
                MessageDigest.isEqual(expected.getBytes(UTF_8), said.response().getBytes(UTF_8));
        // RFC 7616 section 3.4.6: of this request, not of another that was overheard.
        return same && secret.isPresent() && said.uri().equals(request.uri());
    }

    private Verdict challenged(
            SipRequest request,
            Asker asker,
            String realm,
            boolean stale,
            Duration delay,
            Instant now) {
        challenged.increment();
        var answer = SipResponse.to(request, asker.code);
        // RFC 8760 section 2.3: the same nonce may not serve two algorithms; the better is first.
        for (var algorithm : algorithms) {
            var challenge =
                    new Challenge(realm, nonces.make(now), algorithm, stale, "", DigestFields.QOP);
            answer = answer.withAdded(asker.challenge, challenge.toString());
        }
        return new Verdict.Unknown(answer, delay);
    }

    private Duration failed(Guesser guesser, Instant now) {
        wrong.increment();
        count(byAddress, guesser.from(), now);
        int count = count(byUser, guesser, now).count();
        if (count <= FREE) return Duration.ZERO;
        var delay = FIRST_DELAY.multipliedBy(1L << Math.min(count - FREE - 1, 20));
        return delay.compareTo(LONGEST_DELAY) > 0 ? LONGEST_DELAY : delay;
    }

    private static <K> Failures count(Map<K, Failures> failures, K key, Instant now) {
        var before = failures.get(key);
        boolean again = before != null && before.last().plus(FORGIVEN).isAfter(now);
        var failed = again && before != null ? before.more(now) : new Failures(1, now, now, 1);
        failures.put(key, failed);
        if (failures.size() > REMEMBERED) failures.remove(failures.keySet().iterator().next());
        return failed;
    }
}
