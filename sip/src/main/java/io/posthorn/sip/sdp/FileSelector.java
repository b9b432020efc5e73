package io.posthorn.sip.sdp;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which file. With a size alone it announces the size of a large message. Source: RFC 5547 section
 * 6.
 *
 * @param name unescaped: a label, never a path; null if there is none
 * @param type media type; null if there is none
 * @param size bytes, -1 if there is none
 * @param hash {@code sha-1:72:24:...}, without its name in front; null if there is none
 */
public record FileSelector(
        @Nullable String name, @Nullable String type, long size, @Nullable String hash) {

    // Ours: 1 TiB. What a service lets through is decided by its own limit.
    private static final long MAX = 1L << 40;

    public static FileSelector ofSize(long size) {
        return new FileSelector(null, null, size, null);
    }

    /**
     * @throws SdpSyntax if a number is none or out of range, or the name holds control characters
     */
    public static FileSelector parse(String text) {
        FileSelector found = new FileSelector(null, null, -1, null);
        for (String selector : selectors(text)) {
            int colon = selector.indexOf(':');
            String value = colon < 0 ? "" : selector.substring(colon + 1);
            String key = colon < 0 ? selector : selector.substring(0, colon);
            found =
                    switch (key) {
                        case "name" ->
                                new FileSelector(label(value), found.type, found.size, found.hash);
                        case "type" -> new FileSelector(found.name, value, found.size, found.hash);
                        case "size" ->
                                new FileSelector(
                                        found.name,
                                        found.type,
                                        Lines.number(value, 1, MAX, "file size"),
                                        found.hash);
                        case "hash" -> new FileSelector(found.name, found.type, found.size, value);
                        default -> found;
                    };
        }
        return found;
    }

    /** Split at spaces outside quotes. */
    private static List<String> selectors(String text) {
        List<String> out = new ArrayList<>(4);
        int from = 0;
        boolean quoted = false;
        for (int i = 0; i <= text.length(); i++) {
            char c = i == text.length() ? ' ' : text.charAt(i);
            if (c == '"') {
                quoted = !quoted;
            } else if (c == ' ' && (!quoted || i == text.length())) {
                if (i > from) {
                    out.add(text.substring(from, i));
                }
                from = i + 1;
            }
        }
        if (quoted) {
            throw SdpSyntax.unacceptable("a=file-selector with an open quote");
        }
        return out;
    }

    private static String label(String value) {
        if (value.length() < 2 || !value.startsWith("\"") || !value.endsWith("\"")) {
            throw SdpSyntax.unacceptable("file name without quotes");
        }
        String label = unescaped(value.substring(1, value.length() - 1));
        if (label.chars().anyMatch(c -> c < ' ' || c == 0x7f)) {
            throw SdpSyntax.unacceptable("control character in a file name");
        }
        return label;
    }

    /** RFC 5547 section 6: NUL, CR, LF, the quote and the percent sign stand escaped. */
    private static String unescaped(String text) {
        if (text.indexOf('%') < 0) {
            return text;
        }
        byte[] b = text.getBytes(StandardCharsets.UTF_8);
        byte[] out = new byte[b.length];
        int length = 0;
        for (int i = 0; i < b.length; i++) {
            int high = b[i] == '%' && i + 2 < b.length ? Character.digit(b[i + 1], 16) : -1;
            int low = high < 0 ? -1 : Character.digit(b[i + 2], 16);
            out[length++] = low < 0 ? b[i] : (byte) (high << 4 | low);
            i += low < 0 ? 0 : 2;
        }
        return new String(out, 0, length, StandardCharsets.UTF_8);
    }

    private static String escaped(String label) {
        return label.replace("%", "%25")
                .replace("\"", "%22")
                .replace("\r", "%0D")
                .replace("\n", "%0A")
                .replace("\0", "%00");
    }

    /** As in the attribute. */
    @Override
    public String toString() {
        List<String> out = new ArrayList<>(4);
        if (name != null) {
            out.add("name:\"" + escaped(name) + "\"");
        }
        if (type != null) {
            out.add("type:" + type);
        }
        if (size >= 0) {
            out.add("size:" + size);
        }
        if (hash != null) {
            out.add("hash:" + hash);
        }
        return String.join(" ", out);
    }
}
