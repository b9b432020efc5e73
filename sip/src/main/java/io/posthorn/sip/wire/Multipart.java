package io.posthorn.sip.wire;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A body of several parts. Contents are kept byte for byte. Source: RFC 2046 section 5.1, RFC 5621.
 *
 * @param boundary without the dashes
 * @param parts in order
 */
public record Multipart(String boundary, List<Part> parts) {

    // Ours: a list invitation has two parts, one deep.
    private static final int MAX_PARTS = 64;
    private static final int MAX_DEPTH = 4;
    private static final int MAX_HEAD = 8_192;

    public Multipart {
        parts = List.copyOf(parts);
    }

    /** A field of a part, unfolded. */
    public record Field(String name, String value) {}

    /** One part. Its content is shared: must not be changed. */
    public record Part(List<Field> fields, byte[] content) {
        public Part {
            fields = List.copyOf(fields);
        }

        public static Part of(String contentType, byte[] content) {
            return new Part(List.of(new Field("Content-Type", contentType)), content);
        }

        public Optional<String> header(String name) {
            for (Field field : fields) {
                if (field.name().equalsIgnoreCase(name)) {
                    return Optional.of(field.value());
                }
            }
            return Optional.empty();
        }

        /** Type and subtype in lower case; text/plain if it is not said (RFC 2046 5.1). */
        public String contentType() {
            return type(header("Content-Type").orElse("text/plain"));
        }
    }

    /** Whether a Content-Type is one of several parts. */
    public static boolean is(String contentType) {
        return type(contentType).startsWith("multipart/");
    }

    private static String type(String contentType) {
        int semicolon = contentType.indexOf(';');
        String type = semicolon < 0 ? contentType : contentType.substring(0, semicolon);
        return type.strip().toLowerCase(Locale.ROOT);
    }

    /**
     * Reads {@code body}. Parts inside of parts are checked, too, but stay bytes.
     *
     * @param contentType the whole value of the field, with its boundary
     * @throws SipSyntax if there is no boundary, no end, or more than 64 parts or 4 levels
     */
    public static Multipart parse(String contentType, byte[] body) {
        return parse(contentType, body, 1);
    }

    private static Multipart parse(String contentType, byte[] body, int depth) {
        if (depth > MAX_DEPTH) {
            throw new SipSyntax(0, "parts deeper than " + MAX_DEPTH);
        }
        String boundary = boundary(contentType);
        byte[] delimiter = ("--" + boundary).getBytes(StandardCharsets.US_ASCII);
        List<Part> parts = new ArrayList<>(4);
        int i = delimiter(body, delimiter, 0);
        while (!closes(body, i + delimiter.length)) {
            int from = lineEnd(body, i + delimiter.length);
            int next = delimiter(body, delimiter, from);
            if (parts.size() == MAX_PARTS) {
                throw new SipSyntax(i, "more than " + MAX_PARTS + " parts");
            }
            // The line break before a delimiter belongs to it, so an empty part may lack one.
            Part part = part(body, from, Math.max(from, next - 2));
            String type = part.header("Content-Type").orElse("");
            if (is(type)) {
                parse(type, part.content(), depth + 1);
            }
            parts.add(part);
            i = next;
        }
        if (parts.isEmpty()) {
            throw new SipSyntax(i, "multipart without parts");
        }
        return new Multipart(boundary, parts);
    }

    private static String boundary(String contentType) {
        int semicolon = contentType.indexOf(';');
        if (!is(contentType) || semicolon < 0) {
            throw new SipSyntax(0, "multipart without a boundary");
        }
        String boundary = Params.parse(contentType.substring(semicolon)).get("boundary").orElse("");
        boolean legal = !boundary.isEmpty() && boundary.length() <= 70 && !boundary.endsWith(" ");
        for (int i = 0; legal && i < boundary.length(); i++) {
            char c = boundary.charAt(i);
            legal = Chars.alpha(c) || Chars.digit(c) || "'()+_,-./:=? ".indexOf(c) >= 0;
        }
        if (!legal) {
            throw new SipSyntax(semicolon, "multipart with a wrong boundary");
        }
        return boundary;
    }

    /** Where the next delimiter starts, at the start of a line. */
    private static int delimiter(byte[] b, byte[] delimiter, int from) {
        for (int i = from; i + delimiter.length <= b.length; i++) {
            if (b[i] == '-'
                    && (i == 0 || b[i - 1] == '\n' && i >= 2 && b[i - 2] == '\r')
                    && Arrays.equals(b, i, i + delimiter.length, delimiter, 0, delimiter.length)
                    && ends(b, i + delimiter.length)) {
                return i;
            }
        }
        throw new SipSyntax(from, "multipart without its closing boundary");
    }

    /** RFC 2046: a boundary that only starts like ours is another one. */
    private static boolean ends(byte[] b, int i) {
        int k = closes(b, i) ? i + 2 : i;
        while (k < b.length && (b[k] == ' ' || b[k] == '\t')) {
            k++;
        }
        return k == b.length ? closes(b, i) : b[k] == '\r' && k + 1 < b.length && b[k + 1] == '\n';
    }

    private static boolean closes(byte[] b, int i) {
        return i + 1 < b.length && b[i] == '-' && b[i + 1] == '-';
    }

    private static int lineEnd(byte[] b, int from) {
        int i = from;
        while (i + 1 < b.length && !(b[i] == '\r' && b[i + 1] == '\n')) {
            i++;
        }
        return i + 2;
    }

    private static Part part(byte[] b, int from, int to) {
        List<Field> fields = new ArrayList<>(4);
        int i = from;
        while (i + 1 < to && !(b[i] == '\r' && b[i + 1] == '\n')) {
            int end = lineEnd(b, i);
            while (end < to && (b[end] == ' ' || b[end] == '\t')) {
                end = lineEnd(b, end);
            }
            if (end > to || end - from > MAX_HEAD || fields.size() == MAX_PARTS) {
                throw new SipSyntax(i, "part with a head that does not end");
            }
            fields.add(field(b, i, end - 2));
            i = end;
        }
        int content = Math.min(i + 2, to);
        return new Part(fields, Arrays.copyOfRange(b, content, to));
    }

    private static Field field(byte[] b, int from, int to) {
        int nameEnd = Scan.token(b, from, to);
        int colon = nameEnd;
        while (colon < to && (b[colon] == ' ' || b[colon] == '\t')) {
            colon++;
        }
        if (nameEnd == from || colon >= to || b[colon] != ':') {
            throw new SipSyntax(from, "part with a field without a name and a colon");
        }
        for (int i = colon; i < to; i++) {
            if (b[i] == 0) {
                throw new SipSyntax(i, "NUL in a field of a part");
            }
        }
        return new Field(Scan.text(b, from, nameEnd), Scan.text(b, colon + 1, to).strip());
    }

    /** Parts with a boundary that occurs in none of them; the same parts get the same one. */
    public static Multipart of(List<Part> parts) {
        for (int n = 1; ; n++) {
            String boundary = "posthorn-part-" + n;
            byte[] mark = boundary.getBytes(StandardCharsets.US_ASCII);
            if (parts.stream().noneMatch(part -> holds(part.content(), mark))) {
                return new Multipart(boundary, parts);
            }
        }
    }

    private static boolean holds(byte[] content, byte[] mark) {
        for (int i = 0; i + mark.length <= content.length; i++) {
            if (Arrays.equals(content, i, i + mark.length, mark, 0, mark.length)) {
                return true;
            }
        }
        return false;
    }

    /** For the Content-Type field. */
    public String contentType() {
        return "multipart/mixed;boundary=\"" + boundary + "\"";
    }

    /** The body. */
    public byte[] bytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream(1_024);
        for (Part part : parts) {
            StringBuilder head = new StringBuilder("--").append(boundary).append("\r\n");
            for (Field field : part.fields()) {
                byte[] line = Edit.line(null, Edit.Place.LAST, field.name(), field.value()).bytes();
                head.append(new String(line, StandardCharsets.UTF_8));
            }
            out.writeBytes(head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
            out.writeBytes(part.content());
            out.writeBytes(new byte[] {'\r', '\n'});
        }
        out.writeBytes(("--" + boundary + "--\r\n").getBytes(StandardCharsets.US_ASCII));
        return out.toByteArray();
    }
}
