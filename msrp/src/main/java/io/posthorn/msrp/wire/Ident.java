package io.posthorn.msrp.wire;

/** What transaction ids are made of. Source: RFC 4975 section 9, {@code ident}. */
final class Ident {

    private static final int SHORTEST = 4;
    private static final int LONGEST = 32;
    private static final boolean[] INSIDE = new boolean[256];

    static {
        for (char c = 0; c < 128; c++) INSIDE[c] = isAlphanumeric(c) || ".-+%=".indexOf(c) >= 0;
    }

    private Ident() {}

    /**
     * How long the one at {@code from} is, which ends where other bytes begin; 0: there is none.
     */
    static int length(byte[] text, int from, int to) {
        int at = from;
        while (at < to && INSIDE[text[at] & 0xff]) at++;
        int length = at - from;
        boolean good = length >= SHORTEST && length <= LONGEST;
        return good && isAlphanumeric((char) text[from]) ? length : 0;
    }

    static boolean isAlphanumeric(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }
}
