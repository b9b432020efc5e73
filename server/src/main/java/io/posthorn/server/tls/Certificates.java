package io.posthorn.server.tls;

import io.posthorn.live.Authority;
import io.posthorn.live.Credentials;
import io.posthorn.live.Pem;
import io.posthorn.server.config.Config;
import io.posthorn.server.config.HostPort;
import io.posthorn.server.config.InvalidConfig;
import io.posthorn.strand.Unavailable;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Who a server or a client is over TLS, from its settings and its data directory. */
public final class Certificates {

    private static final Logger LOG = System.getLogger(Certificates.class.getName());

    /** Ours: from here on somebody should look. */
    private static final Duration SOON = Duration.ofDays(30);

    /** Ours: a client process ends before. */
    private static final Duration LIFE_OF_CLIENT = Duration.ofDays(365);

    private Certificates() {}

    /**
     * What a server shows: its files, or what Posthorn makes for it in {@code data}.
     *
     * @throws InvalidConfig what is wrong with the files, and what to do about it
     */
    public static Credentials ofServer(Config config, Path data, Instant now) {
        var tls = config.tls();
        var credentials =
                tls.certificate().isEmpty() ? development(config, data, now) : given(tls, now);
        if (credentials.until().isBefore(now.plus(SOON)))
            LOG.log(
                    Level.WARNING,
                    "the TLS certificate ends on {0}",
                    Given.day(credentials.until()));
        return credentials;
    }

    private static Credentials given(Config.Tls tls, Instant now) {
        return Given.read(Path.of(tls.certificate()), Path.of(tls.key()), trusted(tls), now);
    }

    private static List<X509Certificate> trusted(Config.Tls tls) {
        return tls.trust().isEmpty() ? List.of() : authorities("tls.trust", Path.of(tls.trust()));
    }

    private static List<X509Certificate> authorities(String setting, Path file) {
        try {
            return Pem.certificates(file);
        } catch (Unavailable wrong) {
            throw new InvalidConfig(setting + ": " + wrong.getMessage());
        }
    }

    private static Credentials development(Config config, Path data, Instant now) {
        var development = Development.in(data);
        var issued = development.certificate(names(config), now);
        var trusted = new ArrayList<>(trusted(config.tls()));
        trusted.addAll(issued.chain().subList(1, issued.chain().size()));
        return Credentials.of(issued.key(), issued.chain(), trusted);
    }

    /** Whom others may mean by us: this machine, the domains, where we listen. */
    private static Set<String> names(Config config) {
        var names = new LinkedHashSet<String>();
        names.addAll(List.of("localhost", "127.0.0.1", "::1"));
        names.addAll(config.core().domains());
        var all = new ArrayList<HostPort>();
        all.addAll(config.tls().core());
        all.addAll(config.tls().participating());
        all.addAll(config.tls().msrp());
        for (var at : all) names.add(at.host().replace("[", "").replace("]", ""));
        names.removeAll(List.of("0.0.0.0", "::", "0:0:0:0:0:0:0:0"));
        return names;
    }

    /**
     * What a client shows and whom it trusts. Its own certificate is made for the occasion: SDP
     * says its fingerprint.
     *
     * @param trust a file of authorities; null: the server's own of {@code data} if it is there,
     *     else those that the JDK knows
     */
    public static Credentials ofClient(@Nullable Path trust, Path data, Instant now) {
        var own = Authority.selfSigned("Posthorn client", now, LIFE_OF_CLIENT);
        var development = Development.in(data).trust();
        var trusted =
                trust != null
                        ? authorities("--tls-ca", trust)
                        : Files.isReadable(development)
                                ? authorities("--data", development)
                                : List.<X509Certificate>of();
        return Credentials.of(own.key(), own.chain(), trusted);
    }

    /** For a person: whom the certificate is for, until when, and how it looks in SDP. */
    public static String words(Credentials credentials) {
        return "certificate for "
                + String.join(", ", credentials.names())
                + "\nvalid until "
                + Given.day(credentials.until())
                + "\n"
                + credentials.fingerprint();
    }
}
