package io.posthorn.ladders.dsl;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A SIP message as text (RFC 3261 section 7), with a parser of its own that knows no header.
 * Immutable.
 *
 * @param start the start line
 * @param fields name and value, in order
 */
public record PlainSip(String start, List<Field> fields, String body) {

    /** One header field. */
    public record Field(String name, String value) {}

    private static final Map<String, String> COMPACT =
            Map.of(
                    "v",
                    "Via",
                    "f",
                    "From",
                    "t",
                    "To",
                    "i",
                    "Call-ID",
                    "m",
                    "Contact",
                    "l",
                    "Content-Length",
                    "c",
                    "Content-Type",
                    "k",
                    "Supported",
                    "x",
                    "Session-Expires",
                    "a",
                    "Accept-Contact");

    public PlainSip {
        fields = List.copyOf(fields);
    }

    public static PlainSip of(String start) {
        return new PlainSip(start, List.of(), "");
    }

    static PlainSip parse(byte[] bytes) {
        var text = new String(bytes, StandardCharsets.UTF_8);
        int end = text.indexOf("\r\n\r\n");
        if (end < 0) throw new AssertionError("no empty line in a SIP message: " + text);
        var fields = new ArrayList<Field>();
        // RFC 3261 section 7.3.1: a line that begins with white space goes on with the one before.
        var lines = text.substring(0, end).replaceAll("\r\n[ \t]+", " ").split("\r\n");
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            if (colon < 0) throw new AssertionError("no header field: " + lines[i]);
            var name = lines[i].substring(0, colon).strip();
            fields.add(
                    new Field(
                            COMPACT.getOrDefault(name.toLowerCase(Locale.ROOT), name),
                            lines[i].substring(colon + 1).strip()));
        }
        var sip = new PlainSip(lines[0], fields, text.substring(end + 4));
        int claimed =
                Integer.parseInt(
                        sip.header(
                                "Content-Length",
                                "" + sip.body.getBytes(StandardCharsets.UTF_8).length));
        if (claimed != sip.body.getBytes(StandardCharsets.UTF_8).length)
            throw new AssertionError("Content-Length " + claimed + " is wrong in\n" + text);
        return sip;
    }

    byte[] bytes() {
        var s = new StringBuilder(start).append("\r\n");
        for (var f : fields)
            if (!f.name.equalsIgnoreCase("Content-Length"))
                s.append(f.name).append(": ").append(f.value).append("\r\n");
        s.append("Content-Length: ").append(body.getBytes(StandardCharsets.UTF_8).length);
        return s.append("\r\n\r\n").append(body).toString().getBytes(StandardCharsets.UTF_8);
    }

    public boolean isRequest() {
        return !start.startsWith("SIP/2.0 ");
    }

    /** The method, or the status code as text. */
    public String what() {
        return isRequest() ? start.substring(0, start.indexOf(' ')) : start.split(" ")[1];
    }

    public String requestUri() {
        return start.split(" ")[1];
    }

    /** The first value of that name, or an assertion fails. */
    public String header(String name) {
        var all = headers(name);
        if (all.isEmpty()) throw new AssertionError("no " + name + " in\n" + this);
        return all.getFirst();
    }

    public String header(String name, String otherwise) {
        var all = headers(name);
        return all.isEmpty() ? otherwise : all.getFirst();
    }

    /** Every line of that name, unsplit. */
    public List<String> headers(String name) {
        return fields.stream()
                .filter(f -> f.name.equalsIgnoreCase(name))
                .map(Field::value)
                .toList();
    }

    /** Every value of that name in one, for headers that may be split or joined. */
    public String joined(String name) {
        return String.join(", ", headers(name));
    }

    public boolean has(String name) {
        return !headers(name).isEmpty();
    }

    public PlainSip with(String name, String value) {
        var more = new ArrayList<>(fields);
        more.add(new Field(name, value));
        return new PlainSip(start, more, body);
    }

    public PlainSip set(String name, String value) {
        return without(name).with(name, value);
    }

    public PlainSip without(String name) {
        return new PlainSip(
                start, fields.stream().filter(f -> !f.name.equalsIgnoreCase(name)).toList(), body);
    }

    public PlainSip body(String type, String text) {
        return new PlainSip(start, set("Content-Type", type).fields, text);
    }

    public PlainSip requestUri(String uri) {
        var parts = start.split(" ");
        return new PlainSip(parts[0] + " " + uri + " " + parts[2], fields, body);
    }

    /** The URI between angle brackets, or the value up to its parameters. */
    public static String uri(String nameAddr) {
        int open = nameAddr.indexOf('<');
        if (open >= 0) return nameAddr.substring(open + 1, nameAddr.indexOf('>', open));
        int semicolon = nameAddr.indexOf(';');
        return semicolon < 0 ? nameAddr : nameAddr.substring(0, semicolon);
    }

    /** The parameter behind the brackets, or {@code ""}. */
    public static String parameter(String value, String name) {
        int close = value.lastIndexOf('>');
        for (var p : value.substring(close + 1).split(";")) {
            var pair = p.strip();
            if (pair.startsWith(name + "=")) return pair.substring(name.length() + 1);
        }
        return "";
    }

    /** The value of {@code a=name:} in an SDP body, or an assertion fails. */
    public String sdp(String name) {
        for (var line : body.split("\r\n"))
            if (line.startsWith("a=" + name + ":")) return line.substring(name.length() + 3);
        throw new AssertionError("no a=" + name + " in\n" + body);
    }

    public boolean hasSdp(String line) {
        return List.of(body.split("\r\n")).contains(line);
    }

    public long countSdp(String prefix) {
        return List.of(body.split("\r\n")).stream().filter(l -> l.startsWith(prefix)).count();
    }

    @Override
    public String toString() {
        return new String(bytes(), StandardCharsets.UTF_8);
    }
}
