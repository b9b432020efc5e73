package io.posthorn.cpm.policy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The feature tags of a contact or of one Accept-Contact value.
 *
 * @param tags name in lower case to value as it is written, without its quotes; empty for a tag
 *     without value
 *     <p>Source: RFC 3840, RFC 3841.
 */
public record FeatureTags(Map<String, String> tags) {

    public static final String ICSI = "+g.3gpp.icsi-ref";

    /** Large messages in the words of OMA SIMPLE IM. */
    public static final String LEGACY_LARGE = "+g.oma.sip-im.large-message";

    /** Chat in the words of OMA SIMPLE IM. */
    public static final String LEGACY_IM = "+g.oma.sip-im";

    public static final String INSTANCE = "+sip.instance";

    public FeatureTags {
        tags = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(tags));
    }

    /**
     * Reads what stands behind the address, or behind the asterisk of Accept-Contact.
     *
     * @param value one whole value of a Contact or Accept-Contact field
     */
    public static FeatureTags of(String value) {
        var tags = new LinkedHashMap<String, String>();
        var parts = split(value, ';');
        for (var part : parts.subList(Math.min(1, parts.size()), parts.size())) {
            var equals = part.indexOf('=');
            var name = (equals < 0 ? part : part.substring(0, equals)).strip();
            var text = equals < 0 ? "" : unquoted(part.substring(equals + 1).strip());
            tags.putIfAbsent(name.toLowerCase(Locale.ROOT), text);
        }
        return new FeatureTags(tags);
    }

    public boolean has(String name) {
        return tags.containsKey(name.toLowerCase(Locale.ROOT));
    }

    /** True if it declares any feature at all, as RFC 3840 section 9 understands it. */
    public boolean any() {
        return tags.keySet().stream().anyMatch(name -> name.startsWith("+g."));
    }

    /** The URNs of the ICSI tag, percent-escapes undone, in lower case. */
    public List<String> icsis() {
        var value = tags.get(ICSI);
        if (value == null) return List.of();
        var urns = new ArrayList<String>();
        for (var one : value.split(",")) {
            var urn = one.strip();
            if (urn.startsWith("<") && urn.endsWith(">")) urn = urn.substring(1, urn.length() - 1);
            urns.add(decoded(urn).toLowerCase(Locale.ROOT));
        }
        return urns;
    }

    private static String unquoted(String text) {
        var quoted = text.length() >= 2 && text.startsWith("\"") && text.endsWith("\"");
        return quoted ? text.substring(1, text.length() - 1) : text;
    }

    private static String decoded(String urn) {
        if (urn.indexOf('%') < 0) return urn;
        var out = new ByteArrayOutputStream();
        var bytes = urn.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < bytes.length; i++) {
            int high = i + 2 < bytes.length ? Character.digit((char) bytes[i + 1], 16) : -1;
            int low = i + 2 < bytes.length ? Character.digit((char) bytes[i + 2], 16) : -1;
            if (bytes[i] != '%' || high < 0 || low < 0) {
                out.write(bytes[i]);
                continue;
            }
            out.write(high * 16 + low);
            i += 2;
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    /** At {@code separator}, outside of quotes and angle brackets. */
    private static List<String> split(String text, char separator) {
        var parts = new ArrayList<String>();
        var quoted = false;
        var bracketed = false;
        var from = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quoted && c == '\\') i++;
            else if (c == '"') quoted = !quoted;
            else if (!quoted && c == '<') bracketed = true;
            else if (!quoted && c == '>') bracketed = false;
            else if (c == separator && !quoted && !bracketed) {
                parts.add(text.substring(from, i));
                from = i + 1;
            }
        }
        parts.add(text.substring(from));
        return parts;
    }
}
