package io.posthorn.msrp.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import org.jspecify.annotations.Nullable;

/**
 * Which bytes of a message a chunk carries; the first byte is number 1. Source: RFC 4975 section
 * 7.1.1.
 *
 * @param start 1 or more
 * @param end the last byte, or {@link #OPEN}; below {@code start} if there are none
 * @param total of the whole message, or {@link #OPEN}
 */
public record ByteRange(long start, long end, long total) {

    /** The asterisk: not known yet, or not promised. */
    public static final long OPEN = -1;

    /** What a SEND without the header means. */
    public static final ByteRange ALL = new ByteRange(1, OPEN, OPEN);

    /** Ours: 18 digits fit a long; no message is that large. */
    private static final int DIGITS = 18;

    private static final long MALFORMED = -2;
    private static final long HUGE = -3;

    /** How many bytes the chunk carries, or {@link #OPEN}. */
    public long length() {
        return end == OPEN ? OPEN : end - start + 1;
    }

    /** The range that these bytes say, or null; then {@link #fault} says why. */
    static @Nullable ByteRange parse(byte[] text, int from, int to) {
        int dash = find('-', text, from, to);
        int slash = find('/', text, dash, to);
        long start = number(text, from, dash);
        long end = number(text, dash + 1, slash);
        long total = number(text, slash + 1, to);
        if (start < 1 || end < OPEN || total < OPEN) return null;
        var range = new ByteRange(start, end, total);
        return range.holds() ? range : null;
    }

    /** Why {@link #parse} said null. */
    static Fault fault(String said) {
        var text = said.getBytes(ISO_8859_1);
        int dash = find('-', text, 0, text.length);
        int slash = find('/', text, dash, text.length);
        boolean huge =
                dash > 0
                        && slash < text.length
                        && (number(text, 0, dash) == HUGE
                                || number(text, dash + 1, slash) == HUGE
                                || number(text, slash + 1, text.length) == HUGE);
        return huge
                ? new Fault(423, "Byte-Range beyond our limit " + MsrpSyntax.quoted(said))
                : new Fault(400, "Byte-Range " + MsrpSyntax.quoted(said));
    }

    /** {@code to} if it is not there. */
    private static int find(char sign, byte[] text, int from, int to) {
        int at = from;
        while (at < to && text[at] != sign) at++;
        return at;
    }

    private boolean holds() {
        if (total != OPEN && (end > total || start > total + 1)) return false;
        // 1-0/0 is a SEND without a body; a last chunk may be empty behind the last byte.
        boolean none = end == start - 1 && (start == 1 || end == total);
        return end == OPEN || end >= start || none;
    }

    private static long number(byte[] text, int from, int to) {
        if (to - from == 1 && text[from] == '*') return OPEN;
        if (from >= to) return MALFORMED;
        long value = 0;
        for (int i = from; i < to; i++) {
            int digit = text[i] - '0';
            if (digit < 0 || digit > 9) return MALFORMED;
            if (i - from < DIGITS) value = value * 10 + digit;
        }
        return to - from > DIGITS ? HUGE : value;
    }

    @Override
    public String toString() {
        return start
                + "-"
                + (end == OPEN ? "*" : Long.toString(end))
                + "/"
                + (total == OPEN ? "*" : Long.toString(total));
    }
}
