package io.posthorn.sip.auth;

import io.posthorn.sip.wire.SipMessage;
import io.posthorn.sip.wire.SipSyntax;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * A value of WWW-Authenticate or Proxy-Authenticate.
 *
 * @param stale the credentials were right, only their nonce is too old
 * @param opaque to be sent back as it is; empty if there is none
 */
record Challenge(
        String realm, String nonce, Algorithm algorithm, boolean stale, String opaque, String qop) {

    /** The best that we can answer. RFC 8760 section 2.4: others are passed over. */
    static Optional<Challenge> best(SipMessage<?> message, String header) {
        var found = new ArrayList<Challenge>();
        for (var value : message.fields(header)) read(value).ifPresent(found::add);
        return found.stream().min(Comparator.comparing(Challenge::algorithm));
    }

    private static Optional<Challenge> read(String value) {
        try {
            var fields = DigestFields.parse(value);
            var algorithm = Algorithm.of(fields.getOrDefault("algorithm", ""));
            var nonce = fields.getOrDefault("nonce", "");
            var qop = fields.getOrDefault("qop", "");
            boolean known = List.of(qop.split("\\s*,\\s*")).contains(DigestFields.QOP);
            if (algorithm.isEmpty() || nonce.isEmpty() || !known) return Optional.empty();
            return Optional.of(
                    new Challenge(
                            fields.getOrDefault("realm", ""),
                            nonce,
                            algorithm.get(),
                            fields.getOrDefault("stale", "").equalsIgnoreCase("true"),
                            fields.getOrDefault("opaque", ""),
                            DigestFields.QOP));
        } catch (SipSyntax wrong) {
            return Optional.empty();
        }
    }

    /** As on the wire. */
    @Override
    public String toString() {
        return "Digest realm="
                + DigestFields.quote(realm)
                + ", nonce="
                + DigestFields.quote(nonce)
                + ", algorithm="
                + algorithm
                + ", qop=\""
                + qop
                + "\""
                + (opaque.isEmpty() ? "" : ", opaque=" + DigestFields.quote(opaque))
                + (stale ? ", stale=true" : "");
    }
}
