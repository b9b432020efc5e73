package io.posthorn.sip.transport;

import io.posthorn.sip.wire.SipLimits;
import org.jspecify.annotations.Nullable;

/**
 * The head of a message before anything is parsed: what must be known before the message may be
 * framed by it.
 *
 * @param from offset of the start line
 * @param end offset after the empty line
 */
record Head(byte[] bytes, int from, int end) {

    /** Of a line and of a body, which all messages have in common. */
    static final SipLimits LIMITS = SipLimits.DEFAULT;

    /** RFC 3261 section 7.1, 7.2: a request line ends with the version, a status line begins so. */
    static boolean startsLikeSip(String line) {
        int last = line.stripTrailing().lastIndexOf(' ');
        return line.regionMatches(true, 0, "SIP/", 0, 4)
                || last > 0 && line.regionMatches(true, last + 1, "SIP/", 0, 4);
    }

    /** A method or {@code SIP} begins with a letter, a digit or a token mark; nothing binary. */
    static boolean mayStart(byte first) {
        return first >= '0' && first <= '9'
                || first >= 'A' && first <= 'Z'
                || first >= 'a' && first <= 'z'
                || "-.!%*_+`'~".indexOf(first) >= 0;
    }

    /** The rule by which this head is too big, or null. */
    @Nullable String tooBig() {
        int most = SipLimits.of(bytes, from).head();
        if (end - from > most) return "head above " + most + " bytes";
        int fields = -2; // the start line and the empty one
        int line = from;
        for (int at = from; at < end; at++) {
            if (bytes[at] != '\n') continue;
            if (at - line > LIMITS.line()) return "line above " + LIMITS.line() + " bytes";
            line = at + 1;
            fields++;
        }
        return fields > LIMITS.fields() ? "more than " + LIMITS.fields() + " fields" : null;
    }

    /** The rule by which this head could be read in two ways, or null. */
    @Nullable String ambiguous() {
        for (int at = from; at < end; at++) {
            switch (bytes[at]) {
                case 0 -> {
                    return "NUL in the head";
                }
                case '\r' -> {
                    if (at + 1 >= end || bytes[at + 1] != '\n') return "bare CR in the head";
                }
                case '\n' -> {
                    if (at == from || bytes[at - 1] != '\r') return "bare LF in the head";
                }
                default -> {}
            }
        }
        return null;
    }
}
