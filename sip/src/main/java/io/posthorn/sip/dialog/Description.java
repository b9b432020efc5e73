package io.posthorn.sip.dialog;

import io.posthorn.sip.wire.SipMessage;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What a dialog must know of session descriptions: whether this one is another than the last (RFC
 * 4028 section 7.4: a refresh has the same version), and ours, to say it again.
 */
final class Description {
    private Description() {}

    /** The SDP of a message, also out of a multipart body; empty if there is none. */
    static byte[] sdp(SipMessage<?> message) {
        var type = message.contentType().orElse("");
        if (type.equals("application/sdp")) return message.body();
        if (!type.startsWith("multipart/")) return new byte[0];
        var boundary =
                message.header("Content-Type").flatMap(t -> Parts.of(t).get("boundary")).orElse("");
        if (boundary.isEmpty()) return new byte[0];
        var text = new String(message.body(), StandardCharsets.ISO_8859_1);
        return part(text, "--" + boundary).getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String part(String body, String delimiter) {
        var at = body.indexOf(delimiter);
        while (at >= 0) {
            var head = at + delimiter.length();
            var next = body.indexOf(delimiter, head);
            if (next < 0) return "";
            var blank = body.indexOf("\r\n\r\n", head);
            if (blank >= 0 && blank < next && isSdp(body.substring(head, blank)))
                return body.substring(blank + 4, Math.max(blank + 4, next - 2));
            at = next;
        }
        return "";
    }

    private static boolean isSdp(String head) {
        return head.lines()
                .filter(line -> line.regionMatches(true, 0, "Content-Type:", 0, 13))
                .map(line -> Parts.of(line.substring(13).trim()).first())
                .anyMatch(type -> type.equalsIgnoreCase("application/sdp"));
    }

    /** The {@code o=} line of a message's SDP. */
    static Optional<String> origin(SipMessage<?> message) {
        return new String(sdp(message), StandardCharsets.ISO_8859_1)
                .lines()
                .filter(line -> line.startsWith("o="))
                .findFirst();
    }
}
