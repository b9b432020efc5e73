package io.posthorn.sip.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Service identifiers in media feature tags. One tag holds a list of URNs in one pair of quotes,
 * colons percent-encoded; compared is the whole URN, as one is often a prefix of another. Source:
 * 3GPP TS 24.229 section 7.9.2, RFC 6050.
 */
public final class Icsi {
    private Icsi() {}

    /** The tag of communication services. */
    public static final String REF = "+g.3gpp.icsi-ref";

    /** The tag of applications. */
    public static final String IARI_REF = "+g.3gpp.iari-ref";

    /** The services that {@code params} name, as URNs in lower case, decoded. */
    public static List<String> all(Params params) {
        return all(params, REF);
    }

    /** As {@link #all(Params)}, of another tag. */
    public static List<String> all(Params params, String tag) {
        List<String> out = new ArrayList<>(4);
        for (Params.Param param : params.list()) {
            if (param.name().equalsIgnoreCase(tag) && param.value() != null) {
                for (String value : Scan.unquoted(param.value()).split(",")) {
                    String urn = urn(value);
                    if (!urn.isEmpty()) {
                        out.add(urn);
                    }
                }
            }
        }
        return out;
    }

    /** The services that all Accept-Contact values of {@code message} name, in order. */
    public static List<String> accepted(SipMessage<?> message) {
        return of(AcceptContact.all(message));
    }

    /** The services that these values name, in order. */
    public static List<String> of(List<AcceptContact> values) {
        List<String> out = new ArrayList<>(4);
        for (AcceptContact value : values) {
            out.addAll(all(value.tags().params()));
        }
        return out;
    }

    /** Whether both name the same service. */
    public static boolean same(String one, String other) {
        return urn(one).equals(urn(other));
    }

    /** Decoded, in lower case, without the angle brackets of the string form. */
    static String urn(String written) {
        String text = written.strip();
        if (text.startsWith("<") && text.endsWith(">")) {
            text = text.substring(1, text.length() - 1).strip();
        }
        StringBuilder out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean escape =
                    c == '%'
                            && i + 2 < text.length()
                            && Chars.hex(text.charAt(i + 1))
                            && Chars.hex(text.charAt(i + 2));
            out.append(escape ? (char) Integer.parseInt(text, i + 1, i + 3, 16) : c);
            i += escape ? 2 : 0;
        }
        return out.toString().toLowerCase(Locale.ROOT);
    }

    /** The tag's value for {@code urns}, quoted and encoded as it goes on the wire. */
    public static String value(List<String> urns) {
        List<String> out = new ArrayList<>(urns.size());
        for (String urn : urns) {
            out.add(urn.replace("%", "%25").replace(":", "%3A").replace(",", "%2C"));
        }
        return "\"" + String.join(",", out) + "\"";
    }
}
