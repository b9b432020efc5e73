package io.posthorn.cpm.content;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A body of several parts, in their order.
 *
 * @param boundary without the hyphens before it
 *     <p>Source: RFC 2046 section 5.1.
 */
public record Multipart(String boundary, List<Part> parts) {

    // Ours: a description, a list of recipients, its history and a CPIM head are the most we know.
    private static final int LIMIT = 16;

    private static final Pattern BOUNDARY =
            Pattern.compile("(?i);\\s*boundary\\s*=\\s*(\"([^\"]{1,70})\"|([^;\\s]{1,70}))");

    /**
     * One part.
     *
     * @param head its header lines as they are written, without the empty line
     */
    public record Part(String head, byte[] body) {

        /** Type and subtype in lower case, without parameters; {@code text/plain} if not said. */
        public String type() {
            for (var line : head.split("\r\n")) {
                if (!line.regionMatches(true, 0, "Content-Type:", 0, 13)) continue;
                var value = line.substring(13).strip();
                var semicolon = value.indexOf(';');
                return (semicolon < 0 ? value : value.substring(0, semicolon))
                        .strip()
                        .toLowerCase(Locale.ROOT);
            }
            return "text/plain";
        }
    }

    public Multipart {
        parts = List.copyOf(parts);
    }

    /**
     * Splits {@code body}; empty if it is not what {@code contentType} says.
     *
     * @param contentType the whole value, with its boundary
     */
    public static Optional<Multipart> parse(String contentType, byte[] body) {
        var found = BOUNDARY.matcher(contentType);
        if (!found.find()) return Optional.empty();
        var boundary = found.group(2) != null ? found.group(2) : found.group(3);
        // Each octet is one character here, so that positions are those of the body.
        var text = "\r\n" + new String(body, StandardCharsets.ISO_8859_1);
        var delimiter = "\r\n--" + boundary;
        var parts = new ArrayList<Part>();
        for (int at = text.indexOf(delimiter); at >= 0; ) {
            var from = at + delimiter.length();
            if (text.startsWith("--", from)) return Optional.of(new Multipart(boundary, parts));
            var line = text.indexOf("\r\n", from);
            var next = line < 0 ? -1 : text.indexOf(delimiter, line);
            if (next < 0 || parts.size() == LIMIT || !text.substring(from, line).isBlank())
                return Optional.empty();
            parts.add(part(text.substring(line, next)));
            at = next;
        }
        return Optional.empty();
    }

    /**
     * @param text begins with the end of the line before
     */
    private static Part part(String text) {
        if (text.startsWith("\r\n\r\n")) return new Part("", latin(text.substring(4)));
        var empty = text.indexOf("\r\n\r\n");
        if (empty < 0) return new Part(text.strip(), new byte[0]);
        return new Part(text.substring(2, empty), latin(text.substring(empty + 4)));
    }

    private static byte[] latin(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** The first part of that type. */
    public Optional<Part> find(String type) {
        return parts.stream().filter(part -> part.type().equals(type)).findFirst();
    }

    /** With {@code body} in the first part of that type. */
    public Multipart replaced(String type, byte[] body) {
        var changed = new ArrayList<Part>();
        var done = false;
        for (var part : parts) {
            var same = !done && part.type().equals(type);
            done |= same;
            changed.add(same ? new Part("Content-Type: " + type, body) : part);
        }
        return new Multipart(boundary, changed);
    }

    public byte[] bytes() {
        var out = new ByteArrayOutputStream();
        for (var part : parts) {
            out.writeBytes(latin("--" + boundary + "\r\n"));
            if (!part.head().isEmpty()) out.writeBytes(latin(part.head() + "\r\n"));
            out.writeBytes(latin("\r\n"));
            out.writeBytes(part.body());
            out.writeBytes(latin("\r\n"));
        }
        out.writeBytes(latin("--" + boundary + "--\r\n"));
        return out.toByteArray();
    }
}
