package io.posthorn.sip.wire;

import java.util.Arrays;

/**
 * The index of a head: four numbers per field. Lines lie side by side, so a field's line ends where
 * the next name starts. Never changed once a message holds it.
 */
final class Fields {
    private static final int STRIDE = 4;

    /** The number of its name in the lowest octet, and above it the length of that name. */
    private static final int ID = 0;

    private static final int NAME = 1;
    private static final int VALUE = 2;
    private static final int VALUE_END = 3;

    private int[] at;
    private int count;

    /** Where the empty line starts. */
    private int end;

    /** An empty index with room for that many fields. */
    Fields(int room) {
        at = new int[room * STRIDE];
    }

    /**
     * Reads the fields that start at {@code from}, behind the start line, up to the empty line.
     *
     * @throws SipSyntax at anything that two readers could read in two ways
     */
    static Fields scan(byte[] b, int from, SipLimits limits) {
        // A line of a head has some forty octets; a short answer needs no room for thirty.
        Fields fields = new Fields(Math.clamp((b.length - from) / 32, 8, 24));
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

    void add(int id, int name, int nameEnd, int value, int valueEnd) {
        int k = count * STRIDE;
        if (k == at.length) {
            at = Arrays.copyOf(at, k * 2);
        }
        at[k + ID] = id | nameEnd - name << 8;
        at[k + NAME] = name;
        at[k + VALUE] = value;
        at[k + VALUE_END] = valueEnd;
        count++;
    }

    /**
     * More fields: those of {@code other} from {@code field} on, whose lines now start at {@code
     * line}. There must be room.
     */
    void add(Fields other, int field, int number, int line) {
        int delta = line - other.line(field);
        int to = count * STRIDE;
        System.arraycopy(other.at, field * STRIDE, at, to, number * STRIDE);
        count += number;
        for (; to < count * STRIDE; to += STRIDE) {
            at[to + NAME] += delta;
            at[to + VALUE] += delta;
            at[to + VALUE_END] += delta;
        }
    }

    void end(int emptyLine) {
        end = emptyLine;
    }

    int count() {
        return count;
    }

    int id(int field) {
        return at[field * STRIDE + ID] & 0xff;
    }

    int nameEnd(int field) {
        return at[field * STRIDE + NAME] + (at[field * STRIDE + ID] >>> 8);
    }

    int value(int field) {
        return at[field * STRIDE + VALUE];
    }

    int valueEnd(int field) {
        return at[field * STRIDE + VALUE_END];
    }

    /** Octets of the line of {@code field}, with its line break. */
    int size(int field) {
        return size(field, 1);
    }

    /** Octets of so many lines from that of {@code field} on. */
    int size(int field, int number) {
        return line(field + number) - line(field);
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
            if (id(i) == id) {
                return i;
            }
        }
        return -1;
    }

    /**
     * The first field of that name at or after {@code from}; -1 if there is none.
     *
     * @param id the number of {@code name}
     */
    int find(byte[] b, int id, String name, int from) {
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

    boolean named(byte[] b, int field, String name) {
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
}
