package io.posthorn.sip.dialog;

import io.posthorn.sip.wire.SipMessage;
import java.util.Optional;

/**
 * Why a call was cancelled or ended. Source: RFC 3326.
 *
 * @param protocol {@code SIP} or {@code Q.850}
 */
public record Reason(String protocol, int cause, String text) {

    public static Reason sip(int cause, String text) {
        return new Reason("SIP", cause, text);
    }

    /**
     * The reason a message gives: its first {@code SIP} value, else its first value. Empty if there
     * is none, or if that value has no readable cause: then it counts as not given.
     */
    public static Optional<Reason> of(SipMessage<?> message) {
        Optional<Parts> other = Optional.empty();
        for (var value : message.values("Reason")) {
            var parts = Parts.of(value);
            if (parts.first().equalsIgnoreCase("SIP")) return of(parts);
            if (other.isEmpty()) other = Optional.of(parts);
        }
        return other.flatMap(Reason::of);
    }

    private static Optional<Reason> of(Parts value) {
        return value.get("cause")
                .flatMap(Parts::seconds)
                .filter(cause -> cause <= 999)
                .map(c -> new Reason(value.first(), c.intValue(), value.get("text").orElse("")));
    }

    /** As on the wire. What a peer or a certificate wrote may hold anything. */
    @Override
    public String toString() {
        return protocol + ";cause=" + cause + (text.isEmpty() ? "" : ";text=" + quoted(text));
    }

    private static String quoted(String text) {
        var line = text.replaceAll("\\p{Cntrl}", " ");
        return '"' + line.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
