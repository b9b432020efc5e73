package io.posthorn.sip.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Which octets may stand where. Source: RFC 3261 section 25.1. */
final class Chars {
    private Chars() {}

    private static final VarHandle EIGHT =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

    private static final boolean[] TOKEN = new boolean[256];
    private static final boolean[] URI = new boolean[256];
    private static final boolean[] VALUE = new boolean[256];

    static {
        String alphanum = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        allow(TOKEN, alphanum + "-.!%*_+`'~");
        allow(URI, alphanum + "-_.!~*'()%;/?:@&=+$,[]#");
        // Ours: more than gen-value allows; base64 and addresses stand unquoted in the wild.
        allow(VALUE, alphanum + "-.!%*_+`'~[]:/@=?&$#|(){}^");
    }

    private static void allow(boolean[] table, String chars) {
        for (int i = 0; i < chars.length(); i++) {
            table[chars.charAt(i)] = true;
        }
    }

    static boolean token(byte b) {
        return TOKEN[b & 0xff];
    }

    static boolean uri(byte b) {
        return URI[b & 0xff];
    }

    /** What an unquoted parameter value may hold. */
    static boolean value(byte b) {
        return VALUE[b & 0xff];
    }

    static boolean token(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) > 0x7f || !TOKEN[text.charAt(i)]) {
                return false;
            }
        }
        return !text.isEmpty();
    }

    static boolean digit(int b) {
        return b >= '0' && b <= '9';
    }

    static boolean digits(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (!digit(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    static boolean hex(int b) {
        return digit(b) || (b >= 'a' && b <= 'f') || (b >= 'A' && b <= 'F');
    }

    static boolean alpha(int b) {
        return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z');
    }

    /** Linear white space; CR and LF come only in foldings, as the index has made sure. */
    static boolean lws(byte b) {
        return b == ' ' || b == '\t' || b == '\r' || b == '\n';
    }

    static byte lower(byte b) {
        return b >= 'A' && b <= 'Z' ? (byte) (b + 32) : b;
    }

    /** Octets of {@code text} in UTF-8. */
    static int size(String text) {
        return ascii(text) ? text.length() : text.getBytes(StandardCharsets.UTF_8).length;
    }

    /**
     * Writes {@code text} in UTF-8.
     *
     * @return the offset behind it
     */
    static int put(String text, byte[] out, int at) {
        if (!ascii(text)) {
            byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
            System.arraycopy(encoded, 0, out, at, encoded.length);
            return at + encoded.length;
        }
        return putAscii(text, out, at);
    }

    /** As {@link #put}, of what is ASCII. */
    @SuppressWarnings("deprecation") // of other text it would write the low octets only
    static int putAscii(String text, byte[] out, int at) {
        text.getBytes(0, text.length(), out, at);
        return at + text.length();
    }

    private static boolean ascii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) > 0x7f) {
                return false;
            }
        }
        return true;
    }

    /** Quoted for an error message: at most 40 characters, nothing unprintable. */
    static String shown(String text) {
        StringBuilder out = new StringBuilder("'");
        for (int i = 0; i < text.length() && i < 40; i++) {
            char c = text.charAt(i);
            out.append(c < 0x20 || c > 0x7e ? '?' : c);
        }
        return out.append(text.length() > 40 ? "...'" : "'").toString();
    }

    /** Behind the octets from {@code i} on that are neither control characters nor DEL. */
    static int text(byte[] b, int i) {
        while (i + 8 <= b.length && plain((long) EIGHT.get(b, i))) {
            i += 8;
        }
        while (i < b.length && (b[i] >= ' ' || b[i] < 0) && b[i] != 0x7f) {
            i++;
        }
        return i;
    }

    /** Whether none of eight octets is below 0x20 or is 0x7f. */
    private static boolean plain(long eight) {
        long below = (eight - 0x2020_2020_2020_2020L) & ~eight;
        long del = eight ^ 0x7f7f_7f7f_7f7f_7f7fL;
        return ((below | (del - 0x0101_0101_0101_0101L) & ~del) & 0x8080_8080_8080_8080L) == 0;
    }

    /** True if {@code b[from, to)} is well-formed UTF-8: no overlong forms, no surrogates. */
    static boolean utf8(byte[] b, int from, int to) {
        int i = from;
        while (i < to) {
            // nearly all that comes is ASCII: eight octets at a look
            while (i + 8 <= to && ((long) EIGHT.get(b, i) & 0x8080_8080_8080_8080L) == 0) {
                i += 8;
            }
            if (i == to) {
                return true;
            }
            int c = b[i++] & 0xff;
            if (c < 0x80) {
                continue;
            }
            int more = c >= 0xc2 && c <= 0xdf ? 1 : c >= 0xe0 && c <= 0xef ? 2 : 3;
            if (c < 0xc2 || c > 0xf4 || i + more > to) {
                return false;
            }
            int second = b[i] & 0xff;
            int low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
            int high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
            if (second < low || second > high) {
                return false;
            }
            for (int k = 1; k < more; k++) {
                if ((b[i + k] & 0xc0) != 0x80) {
                    return false;
                }
            }
            i += more;
        }
        return true;
    }
}
