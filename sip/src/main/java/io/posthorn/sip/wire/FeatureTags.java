package io.posthorn.sip.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a contact can do, or what a caller asks for. Source: RFC 3840.
 *
 * @param params the feature parameters alone, as they are written
 */
public record FeatureTags(Params params) {

    /** Tags of RFC 3840 section 9 and its successors, which have no plus in front. */
    private static final Set<String> BASE =
            Set.of(
                    "audio",
                    "automata",
                    "class",
                    "duplex",
                    "data",
                    "control",
                    "mobility",
                    "description",
                    "events",
                    "priority",
                    "methods",
                    "schemes",
                    "application",
                    "video",
                    "language",
                    "type",
                    "isfocus",
                    "actor",
                    "text",
                    "extensions",
                    "image",
                    "message");

    // Ours: a full client announces some twenty.
    static final int MAX = 64;

    /**
     * Those among {@code params}.
     *
     * @throws SipSyntax if there are more than 64
     */
    public static FeatureTags among(Params params) {
        List<Params.Param> out = new ArrayList<>(params.list().size());
        for (Params.Param param : params.list()) {
            if (isTag(param.name())) {
                out.add(param);
            }
        }
        if (out.size() > MAX) {
            throw new SipSyntax(0, "more than " + MAX + " feature tags");
        }
        return new FeatureTags(Params.of(out));
    }

    private static boolean isTag(String name) {
        return name.startsWith("+") || BASE.contains(name.toLowerCase(Locale.ROOT));
    }

    public boolean isEmpty() {
        return params.list().isEmpty();
    }

    public boolean has(String tag) {
        return params.has(tag);
    }

    /** How {@code declared} stands to one tag of a caller. */
    enum Fit {
        FITS,
        DIFFERS,
        NOT_DECLARED
    }

    static Fit fit(Params.Param wanted, FeatureTags declared) {
        boolean seen = false;
        for (Params.Param param : declared.params.list()) {
            if (param.name().equalsIgnoreCase(wanted.name())) {
                seen = true;
                if (common(wanted.value(), param.value())) {
                    return Fit.FITS;
                }
            }
        }
        return seen ? Fit.DIFFERS : Fit.NOT_DECLARED;
    }

    /** RFC 3841 section 7.2.4: two sets overlap if they have one element in common. */
    private static boolean common(@Nullable String wanted, @Nullable String declared) {
        for (String one : elements(wanted)) {
            for (String other : elements(declared)) {
                if (meets(one, other) || meets(other, one)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** RFC 3840 section 9: no value says TRUE. */
    private static List<String> elements(@Nullable String value) {
        if (value == null) {
            return List.of("true");
        }
        List<String> out = new ArrayList<>(4);
        for (String element : Scan.unquoted(value).split(",")) {
            out.add(Icsi.urn(element));
        }
        return out;
    }

    /** Equal, or {@code pattern} excludes another, or is a range of numbers. */
    private static boolean meets(String pattern, String value) {
        if (pattern.startsWith("!")) {
            return !value.startsWith("!") && !pattern.substring(1).equals(value);
        }
        return pattern.equals(value) || inRange(pattern, value);
    }

    /** {@code #=n}, {@code #>=n}, {@code #<=n}, {@code #n:m} of RFC 3840 section 9. */
    private static boolean inRange(String pattern, String value) {
        if (!pattern.startsWith("#") || !value.startsWith("#=")) {
            return false;
        }
        double number = number(value.substring(2));
        String range = pattern.substring(1);
        if (range.startsWith(">=")) {
            return number >= number(range.substring(2));
        }
        if (range.startsWith("<=")) {
            return number <= number(range.substring(2));
        }
        int colon = range.indexOf(':');
        return range.startsWith("=")
                ? number == number(range.substring(1))
                : colon > 0
                        && number >= number(range.substring(0, colon))
                        && number <= number(range.substring(colon + 1));
    }

    /** Not a number, and so in no range, if it is none. */
    private static double number(String text) {
        boolean legal = !text.isEmpty() && text.length() < 20;
        int dots = 0;
        for (int i = 0; legal && i < text.length(); i++) {
            char c = text.charAt(i);
            dots += c == '.' ? 1 : 0;
            legal = Chars.digit(c) || c == '.' && i > 0 || i == 0 && (c == '+' || c == '-');
        }
        legal = legal && dots <= 1 && Chars.digit(text.charAt(text.length() - 1));
        return legal ? Double.parseDouble(text) : Double.NaN;
    }
}
