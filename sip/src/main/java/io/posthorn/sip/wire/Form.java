package io.posthorn.sip.wire;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** What a message is made of: its bytes, or older bytes and edits that wait to be written. */
sealed interface Form permits Form.Written, Form.Edited {

    Written written();

    Edited edited();

    /** Begins with the start line. */
    byte[] start();

    /** The newest edit that names this field; null if none does. */
    @Nullable Edit newest(int id, String name);

    /** Where the fields stand that no edit names. */
    Written untouched();

    int bodyLength();

    /** Of the whole, as if no edit took away what was there. */
    int sizeAtMost();

    /** A copy. */
    byte[] body();

    /** Bytes and their index. */
    record Written(byte[] bytes, Fields fields) implements Form {
        @Override
        public Written written() {
            return this;
        }

        @Override
        public Edited edited() {
            return new Edited(this, null, null, null);
        }

        @Override
        public byte[] start() {
            return bytes;
        }

        @Override
        public @Nullable Edit newest(int id, String name) {
            return null;
        }

        @Override
        public Written untouched() {
            return this;
        }

        @Override
        public int bodyLength() {
            return bytes.length - fields.body();
        }

        @Override
        public int sizeAtMost() {
            return bytes.length;
        }

        @Override
        public byte[] body() {
            return Arrays.copyOfRange(bytes, fields.body(), bytes.length);
        }

        /** Fields without a start line. */
        static Written of(String lines) {
            byte[] bytes = lines.getBytes(StandardCharsets.US_ASCII);
            return new Written(bytes, Fields.scan(bytes, 0, SipLimits.DEFAULT));
        }

        /** Another message: a start line, those fields of this one that are wanted, and an end. */
        Written picked(byte[] start, IntPredicate wanted, Written end) {
            int count = end.fields.count();
            int size = start.length + end.bytes.length;
            for (int i = 0; i < fields.count(); i++) {
                if (wanted.test(i)) {
                    count++;
                    size += fields.size(i);
                }
            }
            byte[] out = Arrays.copyOf(start, size);
            Fields made = new Fields(count);
            int at = start.length;
            for (int i = 0; i < fields.count(); i++) {
                if (wanted.test(i)) {
                    System.arraycopy(bytes, fields.line(i), out, at, fields.size(i));
                    made.add(fields, i, 1, at);
                    at += fields.size(i);
                }
            }
            System.arraycopy(end.bytes, 0, out, at, end.bytes.length);
            made.add(end.fields, 0, end.fields.count(), at);
            made.end(at + end.fields.line(end.fields.count()));
            return new Written(out, made);
        }

        int find(int id, String name, int from) {
            return fields.find(bytes, id, name, from);
        }

        /** The values of that name, one per line; to be changed by the caller. */
        List<String> lines(int id, String name) {
            List<String> out = new ArrayList<>(1);
            for (int i = find(id, name, 0); i >= 0; i = find(id, name, i + 1)) {
                out.add(value(i));
            }
            return out;
        }

        /** Whether its value goes on over several lines (RFC 3261 section 7.3.1). */
        boolean folded(int field) {
            for (int i = fields.value(field); i < fields.valueEnd(field); i++) {
                if (bytes[i] == '\n') {
                    return true;
                }
            }
            return false;
        }

        /** As it is written. */
        String name(int field) {
            return Scan.text(bytes, fields.line(field), fields.nameEnd(field));
        }

        String value(int field) {
            return Scan.text(bytes, fields.value(field), fields.valueEnd(field));
        }
    }

    /**
     * Edits that wait: a chain of them copies the message once, when somebody wants its bytes.
     *
     * @param line a new start line with its line break, or null
     * @param newBody a new body, or null
     * @param last null if only the start line or the body is new
     */
    record Edited(
            Written untouched,
            byte @Nullable [] line,
            byte @Nullable [] newBody,
            @Nullable Edit last)
            implements Form {
        @Override
        public Written written() {
            return new Rewriting(this).written();
        }

        @Override
        public Edited edited() {
            return this;
        }

        @Override
        public byte[] start() {
            return line == null ? untouched.bytes : line;
        }

        @Override
        public @Nullable Edit newest(int id, String name) {
            return Edit.newest(last, id, name);
        }

        Edited with(Edit edit) {
            return new Edited(untouched, line, newBody, edit);
        }

        Edited withStart(byte[] other) {
            return new Edited(untouched, other, newBody, last);
        }

        Edited withBody(byte[] other) {
            return new Edited(untouched, line, other, last);
        }

        @Override
        public int sizeAtMost() {
            Fields fields = untouched.fields;
            int begin = fields.line(0);
            int size = (line == null ? begin : line.length) + fields.body() - begin + bodyLength();
            for (Edit edit = last; edit != null; edit = edit.before()) {
                size += edit.size();
            }
            return size;
        }

        @Override
        public int bodyLength() {
            return newBody == null ? untouched.bodyLength() : newBody.length;
        }

        @Override
        public byte[] body() {
            return newBody == null ? untouched.body() : newBody.clone();
        }
    }
}
