package io.posthorn.live;

import io.posthorn.strand.Unavailable;
import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * An authority of our own that issues certificates: for a server that was given none, and for
 * clients whose certificate is known by its fingerprint. Keys are ECDSA on P-256. Source: RFC 5280.
 */
public final class Authority {

    /** Ours: clocks of two machines in a lab may differ. */
    private static final Duration EARLY = Duration.ofHours(1);

    private static final String ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
    private static final String COMMON_NAME = "2.5.4.3";
    private static final String BASIC_CONSTRAINTS = "2.5.29.19";
    private static final String KEY_USAGE = "2.5.29.15";
    private static final String EXTENDED_KEY_USAGE = "2.5.29.37";
    private static final String SUBJECT_ALT_NAME = "2.5.29.17";
    private static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
    private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

    /**
     * A key, and the certificates that go with it.
     *
     * @param chain the key's own first
     */
    public record Issued(PrivateKey key, List<X509Certificate> chain) {
        public Issued {
            chain = List.copyOf(chain);
        }

        /** Without the key. */
        @Override
        public String toString() {
            return chain.getFirst().getSubjectX500Principal().toString();
        }
    }

    private final PrivateKey key;
    private final X509Certificate certificate;

    private Authority(PrivateKey key, X509Certificate certificate) {
        this.key = key;
        this.certificate = certificate;
    }

    /** A new one, of which nobody has heard yet. */
    public static Authority named(String name, Instant now, Duration life) {
        try {
            var keys = keys();
            var made =
                    signed(
                            new Subject(name, keys.getPublic(), List.of(), true),
                            name(name),
                            keys.getPrivate(),
                            now.minus(EARLY),
                            now.plus(life));
            return new Authority(keys.getPrivate(), made);
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException("this JDK cannot sign", missing);
        }
    }

    /** One that was made before. */
    public static Authority known(PrivateKey key, X509Certificate certificate) {
        return new Authority(key, certificate);
    }

    /** What others must trust. */
    public X509Certificate certificate() {
        return certificate;
    }

    public PrivateKey key() {
        return key;
    }

    /**
     * A new key with a certificate for {@code names}.
     *
     * @param names domains, hosts and addresses
     */
    public Issued issue(Collection<String> names, Instant now, Duration life) {
        return issue(names, now.minus(EARLY), now.plus(life));
    }

    /** As above, from one moment to another. */
    Issued issue(Collection<String> names, Instant from, Instant until) {
        try {
            var keys = keys();
            var subject = new Subject("Posthorn", keys.getPublic(), List.copyOf(names), false);
            // Byte for byte as in the certificate: an issuer is found by comparing
            var issuer = certificate.getSubjectX500Principal().getEncoded();
            var made = signed(subject, issuer, key, from, until);
            return new Issued(keys.getPrivate(), List.of(made, certificate));
        } catch (GeneralSecurityException missing) {
            throw new Unavailable(
                    "certificate for " + names + ": " + missing.getMessage(), missing);
        }
    }

    /** A new key whose certificate nobody vouches for: its fingerprint must be known. */
    public static Issued selfSigned(String name, Instant now, Duration life) {
        try {
            var keys = keys();
            var subject = new Subject(name, keys.getPublic(), List.of(), false);
            var made =
                    signed(
                            subject,
                            name(name),
                            keys.getPrivate(),
                            now.minus(EARLY),
                            now.plus(life));
            return new Issued(keys.getPrivate(), List.of(made));
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException("this JDK cannot sign", missing);
        }
    }

    private record Subject(String name, PublicKey key, List<String> names, boolean authority) {}

    private static KeyPair keys() throws GeneralSecurityException {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private static X509Certificate signed(
            Subject subject, byte[] issuer, PrivateKey key, Instant from, Instant until)
            throws GeneralSecurityException {
        var algorithm = Der.sequence(Der.oid(ECDSA_WITH_SHA256));
        var body =
                Der.sequence(
                        Der.explicit(0, Der.integer(BigInteger.TWO)), // version 3
                        Der.integer(new BigInteger(127, new SecureRandom()).setBit(126)),
                        algorithm,
                        issuer,
                        Der.sequence(Der.time(from), Der.time(until)),
                        name(subject.name()),
                        subject.key().getEncoded(),
                        Der.explicit(3, Der.sequence(extensions(subject))));
        var signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(key);
        signature.update(body);
        var whole = Der.sequence(body, algorithm, Der.bits(signature.sign(), 0));
        return (X509Certificate)
                CertificateFactory.getInstance("X.509")
                        .generateCertificate(new ByteArrayInputStream(whole));
    }

    private static byte[] name(String commonName) {
        var attribute = Der.sequence(Der.oid(COMMON_NAME), Der.text(commonName));
        return Der.sequence(Der.set(attribute));
    }

    /** RFC 5280 section 4.2.1. */
    private static byte[][] extensions(Subject subject) {
        var all = new ArrayList<byte[]>();
        if (subject.authority()) {
            all.add(critical(BASIC_CONSTRAINTS, Der.sequence(Der.yes())));
            // keyCertSign and cRLSign: bits 5 and 6
            all.add(critical(KEY_USAGE, Der.bits(new byte[] {0x06}, 1)));
        } else {
            all.add(critical(BASIC_CONSTRAINTS, Der.sequence()));
            // digitalSignature: bit 0
            all.add(critical(KEY_USAGE, Der.bits(new byte[] {(byte) 0x80}, 7)));
            var uses = Der.sequence(Der.oid(SERVER_AUTH), Der.oid(CLIENT_AUTH));
            all.add(Der.sequence(Der.oid(EXTENDED_KEY_USAGE), Der.octets(uses)));
        }
        if (!subject.names().isEmpty()) {
            var names = subject.names().stream().map(Authority::alternative).toArray(byte[][]::new);
            all.add(Der.sequence(Der.oid(SUBJECT_ALT_NAME), Der.octets(Der.sequence(names))));
        }
        return all.toArray(byte[][]::new);
    }

    private static byte[] critical(String oid, byte[] value) {
        return Der.sequence(Der.oid(oid), Der.yes(), Der.octets(value));
    }

    /** RFC 5280 section 4.2.1.6: an address is its bytes, a host is text. */
    private static byte[] alternative(String name) {
        try {
            return Der.implicit(7, InetAddress.ofLiteral(name).getAddress());
        } catch (IllegalArgumentException host) {
            return Der.implicit(2, name.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        }
    }
}
