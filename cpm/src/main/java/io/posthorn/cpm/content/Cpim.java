package io.posthorn.cpm.content;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The head of a wrapped message: its message headers and the MIME headers of what is wrapped. The
 * wrapped octets follow {@link #bytes()} and are never looked at.
 *
 * <p>Source: RFC 3862; the headers of the namespace {@link #IMDN} from RFC 5438.
 *
 * @param message the message headers in order, escapes undone
 * @param content the MIME headers in order
 */
public record Cpim(List<Header> message, List<Mime> content) {

    /** The namespace of the core headers, RFC 3862 section 4. */
    public static final String CORE = "urn:ietf:params:cpim-headers:";

    /** The namespace of disposition notification, RFC 5438 section 6. */
    public static final String IMDN = "urn:ietf:params:imdn";

    /** The namespace of OMA CPM. */
    public static final String CPM = "http://www.openmobilealliance.org/cpm/";

    /** The media type. */
    public static final String TYPE = "message/cpim";

    /** What stands in From and To of a message whose real addresses are in SIP. */
    public static final String ANONYMOUS = "sip:anonymous@anonymous.invalid";

    /** Ours: the most octets that a head may have, and so the most that a reader keeps. */
    public static final int LIMIT = 65_536;

    /**
     * A message header.
     *
     * @param namespace the URI it was resolved to; empty if its prefix was never declared
     * @param name without prefix; case-sensitive
     * @param params as written, each with its semicolon; empty if there are none
     * @param value without escapes
     */
    public record Header(String namespace, String name, String params, String value) {
        public Header(String namespace, String name, String value) {
            this(namespace, name, "", value);
        }

        boolean is(String uri, String wanted) {
            return namespace.equals(uri) && name.equals(wanted);
        }
    }

    /** A MIME header of the wrapped part; the name is compared without case. */
    public record Mime(String name, String value) {}

    /** What the first octets of a body turned out to be. */
    public sealed interface Read {
        /** The head does not end here yet. */
        record More() implements Read {}

        /**
         * A head.
         *
         * @param length its octets, both empty lines included: the wrapped octets begin there
         */
        record Head(Cpim cpim, int length) implements Read {}

        /** Not CPIM, or CPIM that must be refused with 400. */
        record Malformed(int at, String why) implements Read {}
    }

    /** Whether {@code contentType}, a header's value, names CPIM. */
    public static boolean is(String contentType) {
        return plain(contentType).equalsIgnoreCase(TYPE);
    }

    /** Whether {@code aor} is nobody's: see {@link #ANONYMOUS}. */
    public static boolean anonymous(String aor) {
        return aor.equals(ANONYMOUS);
    }

    private static String plain(String type) {
        var semicolon = type.indexOf(';');
        return (semicolon < 0 ? type : type.substring(0, semicolon)).strip();
    }

    public Cpim {
        message = List.copyOf(message);
        content = List.copyOf(content);
    }

    /**
     * Reads the head from the first octets of a body.
     *
     * @param bytes what has come so far, from the first octet
     * @param all true if nothing more comes: then the answer is never {@link Read.More}
     */
    public static Read read(byte[] bytes, boolean all) {
        return new CpimReader(bytes, all).read();
    }

    /** The value of the first header of that name. */
    public Optional<String> header(String namespace, String name) {
        return message.stream().filter(h -> h.is(namespace, name)).map(Header::value).findFirst();
    }

    /** The URI in From, without name and brackets; empty if it has none. */
    public String from() {
        return header(CORE, "From").map(Cpim::uri).orElse("");
    }

    /** The URIs of To. */
    public List<String> to() {
        return message.stream().filter(h -> h.is(CORE, "To")).map(h -> uri(h.value())).toList();
    }

    /** imdn.Message-ID. */
    public Optional<MessageId> messageId() {
        return header(IMDN, "Message-ID").map(MessageId::new);
    }

    /** The value of a MIME header of the wrapped part. */
    public Optional<String> mime(String name) {
        return content.stream()
                .filter(m -> m.name().equalsIgnoreCase(name))
                .map(Mime::value)
                .findFirst();
    }

    /** The type of what is wrapped, in lower case and without parameters; empty if it says none. */
    public String contentType() {
        return plain(mime("Content-Type").orElse("")).toLowerCase(java.util.Locale.ROOT);
    }

    /** The head as it goes over the wire, both empty lines included. */
    public byte[] bytes() {
        var out = new StringBuilder();
        var declared = new ArrayList<String>();
        for (var header : message) {
            var prefix = prefix(header.namespace());
            if (!prefix.isEmpty() && !declared.contains(prefix)) {
                out.append("NS: ").append(prefix);
                out.append(" <").append(header.namespace()).append(">\r\n");
                declared.add(prefix);
            }
            out.append(prefix.isEmpty() ? "" : prefix + ".").append(header.name()).append(':');
            out.append(header.params()).append(' ').append(escaped(header.value())).append("\r\n");
        }
        out.append("\r\n");
        for (var mime : content)
            out.append(mime.name()).append(": ").append(mime.value()).append("\r\n");
        return out.append("\r\n").toString().getBytes(StandardCharsets.UTF_8);
    }

    private static String prefix(String namespace) {
        return switch (namespace) {
            case CORE -> "";
            case IMDN -> "imdn";
            case CPM -> "cpm";
            default -> "x" + Integer.toHexString(namespace.hashCode());
        };
    }

    private static String uri(String value) {
        var open = value.lastIndexOf('<');
        var close = value.lastIndexOf('>');
        return open >= 0 && close > open ? value.substring(open + 1, close) : value.strip();
    }

    /** RFC 3862 section 2.3: control characters and the backslash only in escaped form. */
    private static String escaped(String value) {
        var out = new StringBuilder(value.length() + 8);
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '\\' -> out.append("\\\\");
                case '\b' -> out.append("\\b");
                case '\t' -> out.append("\\t");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                default -> {
                    if (Character.isISOControl(c)) out.append(String.format("\\u%04x", (int) c));
                    else out.append(c);
                }
            }
        }
        return out.toString();
    }
}
