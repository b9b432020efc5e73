package io.posthorn.live;

import io.posthorn.strand.Certificate;
import io.posthorn.strand.Identity;
import io.posthorn.strand.Target;
import io.posthorn.strand.Unavailable;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Who we are over TLS, and whose word we take for who others are. Immutable: another certificate is
 * another object, see {@link LiveWorld#show}. TLS 1.2 and 1.3 of the JDK.
 */
public final class Credentials implements Identity {

    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

    private static final char[] NO_PASSWORD = {};

    private final List<X509Certificate> chain;
    private final KeyManager[] keys;
    private final X509TrustManager authorities;
    private final SSLContext serving;
    private final String fingerprint;

    private Credentials(PrivateKey key, List<X509Certificate> chain, X509TrustManager authorities)
            throws GeneralSecurityException, IOException {
        this.chain = List.copyOf(chain);
        this.keys = keys(key, chain);
        this.authorities = authorities;
        this.serving = context(new Anybody());
        this.fingerprint =
                Certificate.doubted(chain.getFirst().getEncoded(), "of our own").fingerprint();
    }

    /**
     * @param key of the first of {@code chain}
     * @param chain ours, then who vouches for it
     * @param trusted authorities; none: those that the JDK knows
     * @throws Unavailable if they do not go together
     */
    public static Credentials of(
            PrivateKey key, List<X509Certificate> chain, Collection<X509Certificate> trusted) {
        try {
            return new Credentials(key, chain, authorities(trusted));
        } catch (GeneralSecurityException | IOException wrong) {
            throw new Unavailable("certificate or key: " + wrong.getMessage(), wrong);
        }
    }

    private static KeyManager[] keys(PrivateKey key, List<X509Certificate> chain)
            throws GeneralSecurityException, IOException {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("ours", key, NO_PASSWORD, chain.toArray(X509Certificate[]::new));
        var factory = KeyManagerFactory.getInstance("SunX509");
        factory.init(store, NO_PASSWORD);
        return factory.getKeyManagers();
    }

    private static X509TrustManager authorities(Collection<X509Certificate> trusted)
            throws GeneralSecurityException, IOException {
        KeyStore store = null;
        if (!trusted.isEmpty()) {
            store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            int number = 0;
            for (var authority : trusted)
                store.setCertificateEntry("trusted" + number++, authority);
        }
        var factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(store);
        for (var manager : factory.getTrustManagers())
            if (manager instanceof X509TrustManager x509) return x509;
        throw new GeneralSecurityException("this JDK checks no certificates");
    }

    private SSLContext context(TrustManager trust) throws GeneralSecurityException {
        var context = SSLContext.getInstance("TLS");
        context.init(keys, new TrustManager[] {trust}, null);
        return context;
    }

    /** Our own certificate. */
    public X509Certificate certificate() {
        return chain.getFirst();
    }

    @Override
    public String fingerprint() {
        return fingerprint;
    }

    /** Until when our own certificate is valid. */
    public Instant until() {
        return certificate().getNotAfter().toInstant();
    }

    /** The names that our own certificate is for, whoever vouches for it. */
    public List<String> names() {
        return names(certificate());
    }

    SSLEngine serving() {
        var engine = serving.createSSLEngine();
        engine.setUseClientMode(false);
        engine.setEnabledProtocols(PROTOCOLS);
        engine.setWantClientAuth(true);
        return engine;
    }

    /**
     * A context of its own per connection: a resumed session would be one that was judged for
     * somebody else.
     */
    SSLEngine connecting(Target to) {
        try {
            var engine = context(new Only(to)).createSSLEngine();
            engine.setUseClientMode(true);
            engine.setEnabledProtocols(PROTOCOLS);
            var parameters = engine.getSSLParameters();
            parameters.setServerNames(serverNames(to.name()));
            engine.setSSLParameters(parameters);
            return engine;
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException("this JDK has no TLS", missing);
        }
    }

    /** RFC 6066 section 3: names, not addresses. */
    private static List<javax.net.ssl.SNIServerName> serverNames(String name) {
        if (!name.matches("[A-Za-z0-9.-]*[A-Za-z-][A-Za-z0-9.-]*")) return List.of();
        try {
            return List.of(new SNIHostName(name));
        } catch (IllegalArgumentException notAllowed) {
            return List.of();
        }
    }

    /** What the peer of a handshake that is done has shown; null if nothing. */
    @Nullable Certificate shown(SSLEngine engine) {
        try {
            var shown = engine.getSession().getPeerCertificates();
            var chain = Arrays.copyOf(shown, shown.length, X509Certificate[].class);
            return judged(chain, engine.getUseClientMode());
        } catch (SSLPeerUnverifiedException nothing) {
            return null;
        }
    }

    /** What a certificate is worth here. */
    private Certificate judged(X509Certificate[] chain, boolean ofServer) {
        var leaf = chain[0];
        try {
            var der = leaf.getEncoded();
            var doubt = doubt(chain, ofServer);
            if (doubt != null) return Certificate.doubted(der, doubt);
            var names = names(leaf);
            return names.isEmpty()
                    ? Certificate.doubted(der, "names nobody: it has no subjectAltName")
                    : Certificate.vouched(der, names);
        } catch (CertificateException unreadable) {
            return Certificate.doubted(new byte[0], "cannot be read: " + unreadable.getMessage());
        }
    }

    private @Nullable String doubt(X509Certificate[] chain, boolean ofServer) {
        var leaf = chain[0];
        try {
            leaf.checkValidity();
            if (ofServer) authorities.checkServerTrusted(chain, "UNKNOWN");
            else authorities.checkClientTrusted(chain, "UNKNOWN");
            return null;
        } catch (CertificateExpiredException expired) {
            return "expired on " + day(leaf.getNotAfter());
        } catch (CertificateNotYetValidException early) {
            return "is not valid before " + day(leaf.getNotBefore());
        } catch (CertificateException | IllegalArgumentException wrong) {
            if (leaf.getIssuerX500Principal().equals(leaf.getSubjectX500Principal()))
                return "is self-signed";
            return "is not vouched for by an authority that is trusted here (issued by "
                    + Handshake.line(chain[chain.length - 1].getIssuerX500Principal().toString())
                    + "): "
                    + Handshake.line(root(wrong));
        }
    }

    private static String root(Throwable why) {
        var cause = why;
        while (cause.getCause() != null) cause = cause.getCause();
        return String.valueOf(cause.getMessage());
    }

    private static LocalDate day(Date date) {
        return date.toInstant().atZone(ZoneOffset.UTC).toLocalDate();
    }

    /**
     * What a certificate says whom it is for. Source: RFC 5922 section 7.1: a SIP URI without a
     * user names a domain; the common name is none.
     */
    public static List<String> names(X509Certificate certificate) {
        var names = new ArrayList<String>();
        try {
            var all = certificate.getSubjectAlternativeNames();
            if (all == null) return names;
            for (var entry : all) {
                if (!(entry.get(0) instanceof Integer type && entry.get(1) instanceof String name))
                    continue;
                if (type == 2 || type == 7) names.add(name);
                else if (type == 6 && name.matches("(?i)sips?:[^@]+")) names.add(host(name));
            }
        } catch (CertificateParsingException unreadable) {
            names.clear();
        }
        return names;
    }

    private static String host(String uri) {
        var rest = uri.substring(uri.indexOf(':') + 1);
        return rest.replaceFirst("[;?].*", "").replaceFirst(":\\d+$", "");
    }

    /** Refuses every server but one. */
    private final class Only extends Anybody {
        private final Target to;

        Only(Target to) {
            this.to = to;
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            var refusal = judged(chain, true).refusal(to);
            if (refusal != null) throw new CertificateException(refusal);
        }
    }

    /**
     * Takes what a client shows, to be looked at later: RFC 8122 section 6.2 lets a fingerprint
     * speak for it, which stands in a session that is not known yet.
     */
    private static class Anybody extends X509ExtendedTrustManager {

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            throw new CertificateException("a client is no server");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type)
                throws CertificateException {
            throw new CertificateException("no engine");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            throw new CertificateException("no engine");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
