package io.posthorn.sip.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The index of a head: five numbers per field. Lines lie side by side, so a field's line ends where
 * the next name starts. Never changed once a message holds it.
 */
final class Fields {
    private static final int STRIDE = 5;
    private static final int ID = 0;
    private static final int NAME = 1;
    private static final int NAME_END = 2;
    private static final int VALUE = 3;
    private static final int VALUE_END = 4;

    private int[] at;
    private int count;

    /** Where the empty line starts. */
    private int end;

    private Fields(int[] at, int count, int end) {
        this.at = at;
        this.count = count;
        this.end = end;
    }

    /**
     * Reads the fields that start at {@code from}, behind the start line, up to the empty line.
     *
     * @throws SipSyntax at anything that two readers could read in two ways
     */
    static Fields scan(byte[] b, int from, SipLimits limits) {
        Fields fields = new Fields(new int[STRIDE * 24], 0, from);
        int i = from;
        while (true) {
            if (i >= b.length) {
                throw new SipSyntax(i, "head without its empty line");
            }
            if (b[i] == '\r') {
                if (i + 1 >= b.length || b[i + 1] != '\n') {
                    throw new SipSyntax(i, "CR without LF");
                }
                fields.end = i;
                return fields;
            }
            if (fields.count == limits.fields()) {
                throw new SipSyntax(513, i, "more than " + limits.fields() + " fields");
            }
            i = fields.scanOne(b, i, limits);
            if (i > limits.head()) {
                throw new SipSyntax(513, i, "head above " + limits.head() + " bytes");
            }
        }
    }

    private int scanOne(byte[] b, int from, SipLimits limits) {
        int i = from;
        int hash = 0;
        while (i < b.length && Chars.token(b[i])) {
            hash = FieldName.hash(hash, b[i++]);
        }
        int nameEnd = i;
        // RFC 3261 section 25.1, HCOLON: only SP and HTAB may stand before the colon.
        while (i < b.length && (b[i] == ' ' || b[i] == '\t')) {
            i++;
        }
        if (nameEnd == from || i >= b.length || b[i] != ':') {
            throw new SipSyntax(i, "field without a name and a colon");
        }
        int lineEnd = lineEnd(b, i + 1, from + limits.line());
        int value = i + 1;
        while (value < lineEnd && Chars.lws(b[value])) {
            value++;
        }
        int valueEnd = lineEnd;
        while (valueEnd > value && Chars.lws(b[valueEnd - 1])) {
            valueEnd--;
        }
        add(FieldName.id(b, from, nameEnd, hash), from, nameEnd, value, valueEnd);
        return lineEnd;
    }

    /** Behind the CRLF that is not followed by white space. */
    private static int lineEnd(byte[] b, int from, int limit) {
        int i = from;
        while (true) {
            i = Chars.text(b, i);
            if (i >= b.length) {
                throw new SipSyntax(i, "head without its empty line");
            }
            if (i >= limit) {
                throw new SipSyntax(513, i, "field above its limit");
            }
            if (b[i] == '\r' && i + 1 < b.length && b[i + 1] == '\n') {
                i += 2;
                if (i >= b.length || (b[i] != ' ' && b[i] != '\t')) {
                    return i;
                }
            } else if (b[i] == '\t' || escaped(b, i)) {
                i++;
            } else {
                throw new SipSyntax(i, "octet " + (b[i] & 0xff) + " in a field");
            }
        }
    }

    /** RFC 3261 section 25.1, quoted-pair: any of ASCII but CR and LF. RFC 4475 3.1.1.2 has NUL. */
    private static boolean escaped(byte[] b, int i) {
        return b[i - 1] == '\\' && b[i] != '\r' && b[i] != '\n';
    }

    private void add(int id, int name, int nameEnd, int value, int valueEnd) {
        int k = count * STRIDE;
        if (k == at.length) {
            at = Arrays.copyOf(at, k * 2);
        }
        at[k + ID] = id;
        at[k + NAME] = name;
        at[k + NAME_END] = nameEnd;
        at[k + VALUE] = value;
        at[k + VALUE_END] = valueEnd;
        count++;
    }

    int count() {
        return count;
    }

    int id(int field) {
        return at[field * STRIDE + ID];
    }

    int nameEnd(int field) {
        return at[field * STRIDE + NAME_END];
    }

    int value(int field) {
        return at[field * STRIDE + VALUE];
    }

    int valueEnd(int field) {
        return at[field * STRIDE + VALUE_END];
    }

    /** Where the line of {@code field} starts; that of the empty line for {@code count()}. */
    int line(int field) {
        return field == count ? end : at[field * STRIDE + NAME];
    }

    int body() {
        return end + 2;
    }

    /** The first field of that number at or after {@code from}; -1 if there is none. */
    int find(int id, int from) {
        for (int i = from; i < count; i++) {
            if (at[i * STRIDE] == id) {
                return i;
            }
        }
        return -1;
    }

    /** The first field of that name at or after {@code from}; -1 if there is none. */
    int find(byte[] b, String name, int from) {
        int id = FieldName.idOf(name);
        if (id != FieldName.OTHER) {
            return find(id, from);
        }
        for (int i = find(FieldName.OTHER, from); i >= 0; i = find(FieldName.OTHER, i + 1)) {
            if (named(b, i, name)) {
                return i;
            }
        }
        return -1;
    }

    private boolean named(byte[] b, int field, String name) {
        int from = line(field);
        if (nameEnd(field) - from != name.length()) {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            if (Chars.lower(b[from + i]) != Chars.lower((byte) name.charAt(i))
                    || name.charAt(i) > 0x7f) {
                return false;
            }
        }
        return true;
    }

    /** This index after the start line grew by {@code delta} bytes. */
    Fields moved(int delta) {
        int[] out = Arrays.copyOf(at, Math.max(STRIDE, count * STRIDE));
        shift(out, 0, count, delta);
        return new Fields(out, count, end + delta);
    }

    /**
     * This index after the lines {@code [from, to)} were replaced by one line, or by none.
     *
     * @param size bytes of the new line; 0 for none
     */
    Fields spliced(int from, int to, int id, int nameLength, int size) {
        int more = size == 0 ? 0 : 1;
        int[] out = new int[Math.max(1, count + more - (to - from)) * STRIDE];
        System.arraycopy(at, 0, out, 0, from * STRIDE);
        int start = line(from);
        if (more == 1) {
            int k = from * STRIDE;
            out[k + ID] = id;
            out[k + NAME] = start;
            out[k + NAME_END] = start + nameLength;
            out[k + VALUE] = Math.min(start + nameLength + 2, start + size - 2);
            out[k + VALUE_END] = start + size - 2;
        }
        int delta = size - (line(to) - start);
        System.arraycopy(at, to * STRIDE, out, (from + more) * STRIDE, (count - to) * STRIDE);
        shift(out, from + more, count - to, delta);
        return new Fields(out, count + more - (to - from), end + delta);
    }

    private static void shift(int[] at, int from, int fields, int delta) {
        for (int k = from * STRIDE; k < (from + fields) * STRIDE; k += STRIDE) {
            at[k + NAME] += delta;
            at[k + NAME_END] += delta;
            at[k + VALUE] += delta;
            at[k + VALUE_END] += delta;
        }
    }

    /**
     * @throws SipSyntax if this would not be one line
     */
    static byte[] line(String name, String value) {
        if (!Chars.token(name)) {
            throw new SipSyntax(0, "field name " + Chars.shown(name));
        }
        String trimmed = value.strip();
        for (int i = 0; i < trimmed.length(); i++) {
            char c = trimmed.charAt(i);
            boolean pair = i > 0 && trimmed.charAt(i - 1) == '\\' && c != '\r' && c != '\n';
            if ((c < ' ' && c != '\t' && !pair) || (c == 0x7f && !pair)) {
                throw new SipSyntax(i, "control character in the value of " + name);
            }
        }
        return (name + ": " + trimmed + "\r\n").getBytes(StandardCharsets.UTF_8);
    }
}
