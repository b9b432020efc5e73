package io.posthorn.server.tls;

import io.posthorn.live.Authority;
import io.posthorn.live.Credentials;
import io.posthorn.live.Pem;
import io.posthorn.server.config.InvalidConfig;
import io.posthorn.strand.Unavailable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;

/** A certificate and its key in files of somebody else's making. */
final class Given {

    private Given() {}

    /**
     * @throws InvalidConfig what is wrong with the files, and what to do about it
     */
    static Credentials read(
            Path certificate, Path key, List<X509Certificate> trusted, Instant now) {
        try {
            notForEverybody(key);
            var chain = Pem.certificates(certificate);
            valid(certificate, chain.getFirst(), now);
            var secret = Pem.key(key);
            if (!fits(secret, chain.getFirst()))
                throw new InvalidConfig(
                        "tls.key "
                                + key
                                + " is not the key of tls.certificate "
                                + certificate
                                + ": name the key that the certificate was requested with");
            return Credentials.of(secret, chain, trusted);
        } catch (Unavailable wrong) {
            throw new InvalidConfig("tls: " + wrong.getMessage());
        }
    }

    /** The same of what we made ourselves. */
    static boolean usable(Authority.Issued issued, Instant until) {
        var leaf = issued.chain().getFirst();
        return leaf.getNotAfter().toInstant().isAfter(until) && fits(issued.key(), leaf);
    }

    private static void valid(Path file, X509Certificate leaf, Instant now) {
        if (leaf.getNotAfter().toInstant().isBefore(now))
            throw new InvalidConfig(
                    "tls.certificate "
                            + file
                            + " expired on "
                            + day(leaf.getNotAfter().toInstant())
                            + ": put a new one there, or leave out tls.certificate and tls.key to"
                            + " use one that Posthorn makes");
        if (leaf.getNotBefore().toInstant().isAfter(now))
            throw new InvalidConfig(
                    "tls.certificate "
                            + file
                            + " is not valid before "
                            + day(leaf.getNotBefore().toInstant())
                            + ": is the clock of this machine right?");
    }

    static LocalDate day(Instant at) {
        return at.atZone(ZoneOffset.UTC).toLocalDate();
    }

    private static void notForEverybody(Path key) {
        try {
            if (!Files.getPosixFilePermissions(key).contains(PosixFilePermission.OTHERS_READ))
                return;
        } catch (IOException | UnsupportedOperationException unknown) {
            return; // Whoever reads it will say so.
        }
        throw new InvalidConfig(
                "tls.key " + key + " can be read by everybody: 'chmod 600 " + key + "'");
    }

    /** Whether what {@code key} signs {@code certificate} verifies. */
    private static boolean fits(PrivateKey key, X509Certificate certificate) {
        if (!key.getAlgorithm().equals(certificate.getPublicKey().getAlgorithm())) return false;
        try {
            var kind =
                    switch (key.getAlgorithm()) {
                        case "EC" -> "SHA256withECDSA";
                        case "RSA" -> "SHA256withRSA";
                        default -> key.getAlgorithm();
                    };
            var signature = Signature.getInstance(kind);
            signature.initSign(key);
            signature.update((byte) 1);
            var signed = signature.sign();
            signature.initVerify(certificate.getPublicKey());
            signature.update((byte) 1);
            return signature.verify(signed);
        } catch (GeneralSecurityException differs) {
            return false;
        }
    }
}
