package io.posthorn.ladders.dsl;

import io.posthorn.live.Authority;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * TLS of the JDK for a plain peer: it shows a certificate that nobody vouches for, and takes the
 * other side for who it is by its fingerprint alone. Source: RFC 8122 sections 5 and 6.
 */
final class PlainTls {

    private static final char[] NO_PASSWORD = {};

    private final Authority.Issued own =
            Authority.selfSigned("plain peer", Instant.now(), Duration.ofDays(1));

    /** What {@code a=fingerprint} says of it. */
    String fingerprint() {
        return said(own.chain().getFirst());
    }

    private static String said(X509Certificate certificate) {
        try {
            var digest = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
            return "SHA-256 " + HexFormat.ofDelimiter(":").withUpperCase().formatHex(digest);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** Takes one certificate. */
    private record Only(String fingerprint) implements X509TrustManager {
        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type)
                throws CertificateException {
            var shown = said(chain[0]);
            if (!shown.equalsIgnoreCase(fingerprint))
                throw new CertificateException("shown " + shown + ", promised " + fingerprint);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type)
                throws CertificateException {
            throw new CertificateException("nobody dials a plain peer over TLS");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    /** Connects to whoever shows the certificate of {@code fingerprint}. */
    Socket connect(InetSocketAddress to, String fingerprint) throws IOException {
        try {
            var store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            var chain = own.chain().toArray(X509Certificate[]::new);
            store.setKeyEntry("own", own.key(), NO_PASSWORD, chain);
            var keys = KeyManagerFactory.getInstance("SunX509");
            keys.init(store, NO_PASSWORD);
            var context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), new TrustManager[] {new Only(fingerprint)}, null);
            InetAddress address = to.getAddress();
            var socket = (SSLSocket) context.getSocketFactory().createSocket(address, to.getPort());
            socket.startHandshake();
            return socket;
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }
}
