package io.posthorn.sip.wire;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One change to the fields of a head, and those before it.
 *
 * @param before null for the first
 * @param id the number of {@code name}
 * @param value trimmed
 * @param size octets of its line; 0 if it has none
 */
record Edit(@Nullable Edit before, Place place, int id, String name, String value, int size) {

    /** Where its line goes among the fields of that name. */
    enum Place {
        /** In place of all of them; at the end if there are none. */
        ONLY,
        /** Before the first of them; at the top if there are none. */
        FIRST,
        /** After the last of them; at the end if there are none. */
        LAST,
        /** In place of the first of them. */
        FOR_FIRST,
        /** It has none: the first of them goes. */
        CUT_FIRST,
        /** It has none: all of them go. */
        CUT_ALL
    }

    /**
     * @throws SipSyntax if this would not be one line
     */
    static Edit line(@Nullable Edit before, Place place, String name, String value) {
        int id = FieldName.idOf(name);
        if (id == FieldName.OTHER && !Chars.token(name)) {
            throw new SipSyntax(0, "field name " + Chars.shown(name));
        }
        String trimmed = value.strip();
        boolean ascii = true;
        for (int i = 0; i < trimmed.length(); i++) {
            char c = trimmed.charAt(i);
            if ((c < ' ' && c != '\t' || c == 0x7f) && !pair(trimmed, i)) {
                throw new SipSyntax(i, "control character in the value of " + name);
            }
            ascii &= c < 0x7f;
        }
        // name, colon, space, value, line break
        int size = name.length() + 2 + (ascii ? trimmed.length() : Chars.size(trimmed)) + 2;
        return new Edit(before, place, id, name, trimmed, size);
    }

    private static boolean pair(String text, int i) {
        return i > 0
                && text.charAt(i - 1) == '\\'
                && text.charAt(i) != '\r'
                && text.charAt(i) != '\n';
    }

    static Edit cut(@Nullable Edit before, Place place, String name) {
        return new Edit(before, place, FieldName.idOf(name), name, "", 0);
    }

    boolean names(int id, String name) {
        return this.id == id && (id != FieldName.OTHER || this.name.equalsIgnoreCase(name));
    }

    /** The newest of {@code last} and those before it that names this field; null if none does. */
    static @Nullable Edit newest(@Nullable Edit last, int id, String name) {
        Edit edit = last;
        while (edit != null && !edit.names(id, name)) {
            edit = edit.before;
        }
        return edit;
    }

    /** The values of this name, one per line, as they are after this edit of {@code old}. */
    List<String> lines(Form.Written old) {
        Deque<Edit> oldestFirst = new ArrayDeque<>(4);
        for (Edit edit = this; edit != null; edit = newest(edit.before, id, name)) {
            oldestFirst.push(edit);
        }
        List<String> lines = old.lines(id, name);
        oldestFirst.forEach(edit -> edit.change(lines));
        return lines;
    }

    private void change(List<String> lines) {
        switch (place) {
            case ONLY -> {
                lines.clear();
                lines.add(value);
            }
            case FIRST -> lines.addFirst(value);
            case LAST -> lines.addLast(value);
            case FOR_FIRST -> lines.set(0, value);
            case CUT_FIRST -> lines.removeFirst();
            case CUT_ALL -> lines.clear();
        }
    }

    /** Whether its line is the first of that name. */
    boolean first() {
        return switch (place) {
            case ONLY, FIRST, FOR_FIRST -> true;
            case LAST, CUT_FIRST, CUT_ALL -> false;
        };
    }

    /** Its line alone. */
    byte[] bytes() {
        byte[] out = new byte[size];
        write(out, 0, new Fields(1));
        return out;
    }

    /** Writes its line at {@code at}, and enters it into {@code index}. */
    void write(byte[] out, int at, Fields index) {
        int nameEnd = Chars.putAscii(name, out, at);
        out[nameEnd] = ':';
        out[nameEnd + 1] = ' ';
        boolean ascii = size == name.length() + 2 + value.length() + 2;
        int valueEnd =
                ascii
                        ? Chars.putAscii(value, out, nameEnd + 2)
                        : Chars.put(value, out, nameEnd + 2);
        out[valueEnd] = '\r';
        out[valueEnd + 1] = '\n';
        index.add(id, at, nameEnd, nameEnd + 2, valueEnd);
    }
}
