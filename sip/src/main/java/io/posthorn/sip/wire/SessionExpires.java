package io.posthorn.sip.wire;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How long a session lives without a refresh, and who refreshes. Source: RFC 4028 section 4.
 *
 * @param seconds 0 to 2^32 - 1: whoever uses it has limits of his own
 * @param refresher null if it is not said
 */
public record SessionExpires(long seconds, @Nullable Refresher refresher) {

    /** The side of the request that is being sent, not of the dialog. */
    public enum Refresher {
        UAC("uac"),
        UAS("uas");

        private final String text;

        Refresher(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }
    }

    /**
     * @throws SipSyntax if it is no number, or the refresher is neither uac nor uas
     */
    public static SessionExpires parse(String text) {
        int semicolon = text.indexOf(';');
        String number = (semicolon < 0 ? text : text.substring(0, semicolon)).strip();
        Params params = Params.parse(semicolon < 0 ? "" : text.substring(semicolon));
        Refresher refresher = null;
        if (params.has("refresher")) {
            refresher =
                    switch (params.get("refresher").orElse("").toLowerCase(Locale.ROOT)) {
                        case "uac" -> Refresher.UAC;
                        case "uas" -> Refresher.UAS;
                        default -> throw new SipSyntax(semicolon, "unknown refresher");
                    };
        }
        return new SessionExpires(seconds(number, "Session-Expires"), refresher);
    }

    /** That of {@code message}; empty if it has none. */
    public static Optional<SessionExpires> of(SipMessage<?> message) {
        return message.header("Session-Expires").map(SessionExpires::parse);
    }

    /** Min-SE in seconds; 90 if there is none (RFC 4028 section 5). */
    public static long minimum(SipMessage<?> message) {
        String text = message.header("Min-SE").orElse("90");
        int semicolon = text.indexOf(';');
        return seconds((semicolon < 0 ? text : text.substring(0, semicolon)).strip(), "Min-SE");
    }

    private static long seconds(String text, String what) {
        byte[] b = text.getBytes(StandardCharsets.UTF_8);
        return Scan.number(b, 0, b.length, 0xffff_ffffL, what);
    }

    /** As on the wire. */
    @Override
    public String toString() {
        return seconds + (refresher == null ? "" : ";refresher=" + refresher.text());
    }
}
