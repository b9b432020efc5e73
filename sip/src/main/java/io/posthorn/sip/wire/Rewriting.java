package io.posthorn.sip.wire;

import io.posthorn.sip.wire.Form.Edited;
import io.posthorn.sip.wire.Form.Written;

/** All edits of a message at once: first the order of its lines, then the bytes. */
final class Rewriting {

    private final Edited what;
    private final Written old;
    private final Edit[] edits;

    /** Each line: the number of an old field, or {@code ~k} for that of edit {@code k}. */
    private final int[] order;

    private int count;

    Rewriting(Edited what) {
        this.what = what;
        this.old = what.untouched();
        this.edits = inOrder(what);
        this.count = old.fields().count();
        this.order = new int[count + edits.length];
        for (int i = 0; i < count; i++) {
            order[i] = i;
        }
    }

    private static Edit[] inOrder(Edited what) {
        int number = 0;
        for (Edit edit = what.last(); edit != null; edit = edit.before()) {
            number++;
        }
        Edit[] out = new Edit[number];
        for (Edit edit = what.last(); edit != null; edit = edit.before()) {
            out[--number] = edit;
        }
        return out;
    }

    Written written() {
        for (int k = 0; k < edits.length; k++) {
            apply(edits[k], ~k);
        }
        return write();
    }

    private void apply(Edit edit, int line) {
        int first = find(edit, 0);
        switch (edit.place()) {
            case ONLY -> {
                if (first < 0) {
                    insert(count, line);
                } else {
                    order[first] = line;
                    cutAll(edit, first + 1);
                }
            }
            case FIRST -> insert(Math.max(0, first), line);
            case LAST -> insert(first < 0 ? count : behindLast(edit), line);
            case FOR_FIRST -> order[first] = line;
            case CUT_FIRST -> cut(first);
            case CUT_ALL -> cutAll(edit, 0);
        }
    }

    private int find(Edit like, int from) {
        for (int i = from; i < count; i++) {
            if (named(order[i], like)) {
                return i;
            }
        }
        return -1;
    }

    private boolean named(int line, Edit like) {
        if (line < 0) {
            return edits[~line].names(like.id(), like.name());
        }
        return old.fields().id(line) == like.id()
                && (like.id() != FieldName.OTHER
                        || old.fields().named(old.bytes(), line, like.name()));
    }

    private int behindLast(Edit like) {
        int i = count;
        while (!named(order[i - 1], like)) {
            i--;
        }
        return i;
    }

    private void insert(int at, int line) {
        System.arraycopy(order, at, order, at + 1, count - at);
        order[at] = line;
        count++;
    }

    private void cut(int at) {
        count--;
        System.arraycopy(order, at + 1, order, at, count - at);
    }

    private void cutAll(Edit like, int from) {
        for (int i = find(like, from); i >= 0; i = find(like, i)) {
            cut(i);
        }
    }

    private Written write() {
        byte[] line = what.line();
        int start = line == null ? old.fields().line(0) : line.length;
        byte[] out = new byte[start + size() + 2 + what.bodyLength()];
        System.arraycopy(what.start(), 0, out, 0, start);
        Fields index = new Fields(count);
        int at = start;
        for (int i = 0; i < count; ) {
            int number = together(i);
            at = write(order[i], number, out, at, index);
            i += number;
        }
        index.end(at);
        out[at] = '\r';
        out[at + 1] = '\n';
        byte[] body = what.newBody();
        if (body == null) {
            System.arraycopy(old.bytes(), old.fields().body(), out, at + 2, out.length - at - 2);
        } else {
            System.arraycopy(body, 0, out, at + 2, body.length);
        }
        return new Written(out, index);
    }

    private int size() {
        int size = 0;
        for (int i = 0; i < count; i++) {
            size += order[i] < 0 ? edits[~order[i]].size() : old.fields().size(order[i]);
        }
        return size;
    }

    /** How many lines from there on stood together before, and so can be copied at once. */
    private int together(int first) {
        int i = first + 1;
        while (order[first] >= 0 && i < count && order[i] == order[i - 1] + 1) {
            i++;
        }
        return i - first;
    }

    private int write(int line, int number, byte[] out, int at, Fields index) {
        if (line < 0) {
            edits[~line].write(out, at, index);
            return at + edits[~line].size();
        }
        int size = old.fields().size(line, number);
        System.arraycopy(old.bytes(), old.fields().line(line), out, at, size);
        index.add(old.fields(), line, number, at);
        return at + size;
    }
}
