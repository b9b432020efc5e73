package io.posthorn.ladders.dsl;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One MSRP message, request or response, read from the grammar of RFC 4975 section 9 and from
 * nothing else.
 *
 * @param what the method, or the status code as text
 * @param flag {@code $}, {@code +} or {@code #}
 */
@SuppressWarnings("ArrayRecordComponent")
public record PlainMsrp(
        String transaction, String what, Map<String, String> headers, byte[] body, char flag) {

    public boolean isRequest() {
        return !Character.isDigit(what.charAt(0));
    }

    /** The same with another flag. */
    public PlainMsrp flag(char other) {
        return new PlainMsrp(transaction, what, headers, body, other);
    }

    /** The same with another value of that header, or without it. */
    public PlainMsrp with(String name, @Nullable String value) {
        var changed = new LinkedHashMap<String, String>();
        headers.forEach((old, was) -> {
            // Section 9: Content-Type stays the last one.
            if (old.equals("Content-Type") && value != null && !headers.containsKey(name))
                changed.put(name, value);
            if (!old.equals(name)) changed.put(old, was);
            else if (value != null) changed.put(old, value);
        });
        return new PlainMsrp(transaction, what, changed, body, flag);
    }

    public String header(String name) {
        var value = find(name);
        if (value == null) throw new AssertionError("no " + name + " in " + this);
        return value;
    }

    /** Section 9: names are read in any case. */
    private @Nullable String find(String name) {
        for (var header : headers.entrySet())
            if (header.getKey().equalsIgnoreCase(name)) return header.getValue();
        return null;
    }

    public boolean has(String name) {
        return find(name) != null;
    }

    public List<String> toPath() {
        return List.of(header("To-Path").split(" "));
    }

    public List<String> fromPath() {
        return List.of(header("From-Path").split(" "));
    }

    /** The first byte's number, from 1. */
    public long rangeStart() {
        var range = has("Byte-Range") ? header("Byte-Range") : "1-*/*";
        return Long.parseLong(range.substring(0, range.indexOf('-')));
    }

    /** As on the wire. */
    public byte[] bytes() {
        var out = new ByteArrayOutputStream();
        var head = new StringBuilder("MSRP " + transaction + " " + what + "\r\n");
        headers.forEach(
                (name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        // Section 9: a body has an empty line before it and CRLF behind it; without one, neither.
        boolean content = has("Content-Type");
        if (content) head.append("\r\n");
        out.writeBytes(head.toString().getBytes(StandardCharsets.UTF_8));
        out.writeBytes(body);
        var end = (content ? "\r\n" : "") + "-------" + transaction + flag + "\r\n";
        out.writeBytes(end.getBytes(StandardCharsets.US_ASCII));
        return out.toByteArray();
    }

    @Override
    public String toString() {
        return "MSRP "
                + transaction
                + " "
                + what
                + " "
                + headers
                + " "
                + body.length
                + " bytes "
                + flag;
    }

    /** Cuts a byte stream into messages. */
    static final class Framer {
        private byte[] held = new byte[0];

        List<PlainMsrp> take(byte[] bytes) {
            var all = Arrays.copyOf(held, held.length + bytes.length);
            System.arraycopy(bytes, 0, all, held.length, bytes.length);
            held = all;
            var messages = new ArrayList<PlainMsrp>();
            for (PlainMsrp next; (next = next()) != null; ) messages.add(next);
            return messages;
        }

        /** The message that has not come whole, if its header has. */
        @Nullable PlainMsrp begun() {
            int blank = find("\r\n\r\n", 0);
            if (blank < 0) return null;
            var lines = text(0, blank).split("\r\n");
            var start = lines[0].split(" ", 3);
            var headers = new LinkedHashMap<String, String>();
            for (int i = 1; i < lines.length; i++) {
                int colon = lines[i].indexOf(": ");
                headers.put(lines[i].substring(0, colon), lines[i].substring(colon + 2));
            }
            return new PlainMsrp(start[1], start[2], headers, new byte[0], '+');
        }

        private @Nullable PlainMsrp next() {
            int line = find("\r\n", 0);
            if (line < 0) return null;
            var start = text(0, line).split(" ", 3);
            if (start.length < 3 || !start[0].equals("MSRP"))
                throw new AssertionError("no MSRP start line: " + text(0, line));
            var end = "-------" + start[1];
            var headers = new LinkedHashMap<String, String>();
            int at = line + 2;
            while (true) {
                int stop = find("\r\n", at);
                if (stop < 0) return null;
                var field = text(at, stop);
                if (field.startsWith(end) && field.length() == end.length() + 1)
                    return message(
                            start, headers, new byte[0], field.charAt(field.length() - 1), stop);
                if (field.isEmpty()) break;
                int colon = field.indexOf(": ");
                if (colon < 0) throw new AssertionError("no header field: " + field);
                headers.put(field.substring(0, colon), field.substring(colon + 2));
                at = stop + 2;
            }
            int body = at + 2;
            for (int tail = body; (tail = find("\r\n" + end, tail)) >= 0; tail++) {
                int flag = tail + 2 + end.length();
                if (held.length < flag + 3) return null;
                if (held[flag + 1] != '\r' || held[flag + 2] != '\n') continue;
                return message(
                        start,
                        headers,
                        Arrays.copyOfRange(held, body, tail),
                        (char) held[flag],
                        flag + 1);
            }
            return null;
        }

        private PlainMsrp message(
                String[] start, Map<String, String> headers, byte[] body, char flag, int stop) {
            held = Arrays.copyOfRange(held, stop + 2, held.length);
            var what = Character.isDigit(start[2].charAt(0)) ? start[2].substring(0, 3) : start[2];
            var names = List.copyOf(headers.keySet());
            // Section 7.1: To-Path is the first header field and From-Path the second.
            if (names.size() < 2
                    || !names.get(0).equals("To-Path")
                    || !names.get(1).equals("From-Path"))
                throw new AssertionError("To-Path and From-Path are not first: " + names);
            if (body.length > 0 && !names.getLast().equalsIgnoreCase("Content-Type"))
                throw new AssertionError("Content-Type is not last: " + names);
            return new PlainMsrp(start[1], what, headers, body, flag);
        }

        private String text(int from, int to) {
            return new String(held, from, to - from, StandardCharsets.UTF_8);
        }

        private int find(String what, int from) {
            var needle = what.getBytes(StandardCharsets.US_ASCII);
            outer:
            for (int i = from; i <= held.length - needle.length; i++) {
                for (int k = 0; k < needle.length; k++)
                    if (held[i + k] != needle[k]) continue outer;
                return i;
            }
            return -1;
        }
    }
}
