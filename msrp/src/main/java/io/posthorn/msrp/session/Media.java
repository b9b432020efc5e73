package io.posthorn.msrp.session;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What SDP says about one side of a session.
 *
 * @param path its MSRP URIs, the one to connect to first
 * @param setup {@code active}, {@code passive}, {@code actpass}, or null if there was none (RFC
 *     4145, RFC 6135)
 * @param offered true if this is the offer, false if it is the answer
 * @param fingerprints as in {@code a=fingerprint} (RFC 8122): the certificate is one of them
 * @param maxSize the largest message it takes, in bytes; 0 if it did not say
 * @param place {@code host:port} of {@code c=} and {@code m=}: what to connect to in place of the
 *     path, where both sides say {@code a=msrp-cema} (RFC 6714 section 5); else null
 */
public record Media(
        List<String> path,
        @Nullable String setup,
        boolean offered,
        boolean tls,
        List<String> fingerprints,
        long maxSize,
        @Nullable String place) {
    public Media {
        path = List.copyOf(path);
        fingerprints = List.copyOf(fingerprints);
    }

    /** Without CEMA: who is there is where the path says. */
    public Media(
            List<String> path,
            @Nullable String setup,
            boolean offered,
            boolean tls,
            List<String> fingerprints,
            long maxSize) {
        this(path, setup, offered, tls, fingerprints, maxSize, null);
    }
}
