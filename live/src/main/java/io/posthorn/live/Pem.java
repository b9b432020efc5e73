package io.posthorn.live;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.posthorn.strand.Unavailable;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;

/** Certificates and keys in files, as text. Source: RFC 7468. */
public final class Pem {

    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\\s]*)-----END \\1-----");

    /** Ours: a file with every authority that browsers know is a quarter of this. */
    private static final int MOST_BYTES = 1 << 20;

    private Pem() {}

    /**
     * All certificates in {@code file}, at least one.
     *
     * @throws Unavailable what is wrong with the file
     */
    public static List<X509Certificate> certificates(Path file) {
        var found = new ArrayList<X509Certificate>();
        try {
            var factory = CertificateFactory.getInstance("X.509");
            for (var block : blocks(file))
                if (block.type().equals("CERTIFICATE"))
                    found.add(
                            (X509Certificate)
                                    factory.generateCertificate(
                                            new ByteArrayInputStream(block.bytes())));
        } catch (GeneralSecurityException wrong) {
            throw new Unavailable(file + ": no readable certificate: " + wrong.getMessage(), wrong);
        }
        if (found.isEmpty())
            throw new Unavailable(
                    file + " holds no certificate: it must be PEM, '-----BEGIN CERTIFICATE-----'",
                    null);
        return found;
    }

    /**
     * The private key in {@code file}, RSA or EC.
     *
     * @throws Unavailable what is wrong with the file, and what to do
     */
    public static PrivateKey key(Path file) {
        for (var block : blocks(file)) {
            switch (block.type()) {
                case "PRIVATE KEY" -> {
                    return key(file, block.bytes());
                }
                case "RSA PRIVATE KEY" -> {
                    return key(file, wrapped(block.bytes()));
                }
                case "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY" ->
                        throw new Unavailable(
                                file
                                        + " holds an "
                                        + block.type()
                                        + ", which is not read here; make it a plain one with"
                                        + " 'openssl pkcs8 -topk8 -nocrypt -in "
                                        + file
                                        + "'",
                                null);
                default -> {}
            }
        }
        throw new Unavailable(
                file + " holds no private key: it must be PEM, '-----BEGIN PRIVATE KEY-----'",
                null);
    }

    private static PrivateKey key(Path file, byte[] pkcs8) {
        GeneralSecurityException last = null;
        for (var algorithm : List.of("EC", "RSA", "Ed25519")) {
            try {
                return KeyFactory.getInstance(algorithm)
                        .generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            } catch (GeneralSecurityException other) {
                last = other;
            }
        }
        throw new Unavailable(file + ": neither an EC nor an RSA key", last);
    }

    /** RFC 8017 appendix A.1.2 in RFC 5208: a key that says of which kind it is. */
    private static byte[] wrapped(byte[] rsa) {
        return Der.sequence(
                Der.integer(BigInteger.ZERO),
                Der.sequence(Der.oid("1.2.840.113549.1.1.1"), Der.nothing()),
                Der.octets(rsa));
    }

    public static String text(Collection<X509Certificate> certificates) {
        var all = new StringBuilder();
        try {
            for (var certificate : certificates)
                all.append(text("CERTIFICATE", certificate.getEncoded()));
        } catch (GeneralSecurityException wrong) {
            throw new IllegalStateException(wrong);
        }
        return all.toString();
    }

    public static String text(PrivateKey key) {
        return text("PRIVATE KEY", key.getEncoded());
    }

    private static String text(String type, byte[] bytes) {
        var lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
        return "-----BEGIN " + type + "-----\n" + lines + "\n-----END " + type + "-----\n";
    }

    @SuppressWarnings("ArrayRecordComponent")
    private record Block(String type, byte[] bytes) {}

    private static List<Block> blocks(Path file) {
        var found = new ArrayList<Block>();
        var matcher = BLOCK.matcher(read(file));
        try {
            while (matcher.find())
                found.add(
                        new Block(
                                matcher.group(1),
                                Base64.getMimeDecoder().decode(matcher.group(2))));
        } catch (IllegalArgumentException notBase64) {
            throw new Unavailable(file + ": damaged PEM: " + notBase64.getMessage(), notBase64);
        }
        return found;
    }

    private static String read(Path file) {
        try {
            if (Files.size(file) > MOST_BYTES)
                throw new Unavailable(file + " is too large to be PEM", null);
            return new String(Files.readAllBytes(file), US_ASCII);
        } catch (NoSuchFileException missing) {
            throw new Unavailable(file + " is not there", missing);
        } catch (IOException unreadable) {
            throw new Unavailable(
                    "cannot read "
                            + file
                            + ": is it readable for this user? ("
                            + unreadable.getMessage()
                            + ")",
                    unreadable);
        }
    }
}
