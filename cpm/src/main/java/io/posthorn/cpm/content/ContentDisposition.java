package io.posthorn.cpm.content;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The Content-Disposition of a wrapped file. A file name that a peer sends is a label, never a
 * place: it loses every path.
 *
 * <p>Source: RFC 2183, RFC 6266; what a name may hold: ours.
 */
public final class ContentDisposition {

    // Ours: fits every file system that we know, with ".part" and a number behind it.
    private static final int LONGEST = 200;

    private static final Pattern PARAM =
            Pattern.compile(";\\s*(filename\\*?)\\s*=\\s*(\"(?:[^\"\\\\]|\\\\.)*\"|[^;\\s]*)");
    private static final Pattern DEVICE =
            Pattern.compile("(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\\..*)?");

    private ContentDisposition() {}

    /** {@code attachment} with this name, in ASCII and, where that loses something, in UTF-8. */
    public static String attachment(String name) {
        var safe = safe(name);
        var ascii = safe.replaceAll("[^ -~]", "_").replace("%", "_");
        var plain = "attachment; filename=\"" + ascii.replaceAll("([\"\\\\])", "\\\\$1") + "\"";
        return ascii.equals(safe) ? plain : plain + "; filename*=UTF-8''" + percent(safe);
    }

    /**
     * The file name, fit to be created in a directory of ours; empty if there is none that could be
     * used.
     */
    public static String filename(String disposition) {
        var plain = "";
        for (var found = PARAM.matcher(disposition); found.find(); ) {
            var value = found.group(2);
            // RFC 6266 section 4.3: the extended form wins.
            if (found.group(1).endsWith("*")) {
                var extended = safe(extended(value));
                if (!extended.isEmpty()) return extended;
            } else plain = unquoted(value);
        }
        return safe(plain);
    }

    private static String unquoted(String value) {
        if (value.length() < 2 || !value.startsWith("\"")) return value;
        return value.substring(1, value.length() - 1).replaceAll("\\\\(.)", "$1");
    }

    /** RFC 8187: charset, language, percent-encoded octets. Only UTF-8, which everybody sends. */
    private static String extended(String value) {
        var parts = value.split("'", 3);
        if (parts.length < 3 || !parts[0].equalsIgnoreCase("UTF-8")) return "";
        var out = new ByteArrayOutputStream();
        var text = parts[2];
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '%') {
                out.write(c);
                continue;
            }
            if (i + 2 >= text.length()) return "";
            int high = Character.digit(text.charAt(i + 1), 16);
            int low = Character.digit(text.charAt(i + 2), 16);
            if (high < 0 || low < 0) return "";
            out.write(high * 16 + low);
            i += 2;
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    private static String percent(String text) {
        var out = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            if (c < 0x7f && (Character.isLetterOrDigit(c) || "-._~".indexOf(c) >= 0)) out.append(c);
            else out.append(String.format("%%%02X", (int) c));
        }
        return out.toString();
    }

    private static String safe(String name) {
        var label = name.substring(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
        var out = new StringBuilder();
        label.codePoints()
                .filter(c -> !Character.isISOControl(c) && !invisible(c))
                .map(c -> ":*?\"<>|".indexOf(c) >= 0 ? '_' : c)
                .forEach(out::appendCodePoint);
        var clean = out.toString().strip();
        // Neither hidden nor a directory; and a dot or space at the end is lost on some systems.
        while (clean.startsWith(".")) clean = clean.substring(1);
        while (clean.endsWith(".") || clean.endsWith(" "))
            clean = clean.substring(0, clean.length() - 1);
        if (DEVICE.matcher(clean).matches()) clean = "_" + clean;
        return shortened(clean);
    }

    /**
     * Characters that turn the direction of what is read: {@code gpj.exe} would show the other way.
     */
    private static boolean invisible(int c) {
        return List.of(0x200B, 0x200E, 0x200F, 0x061C, 0xFEFF).contains(c)
                || c >= 0x202A && c <= 0x202E
                || c >= 0x2066 && c <= 0x2069
                || Character.getType(c) == Character.SURROGATE;
    }

    /** Keeps the ending, by which people know what a file is. */
    private static String shortened(String name) {
        if (octets(name) <= LONGEST) return name;
        var dot = name.lastIndexOf('.');
        var ending = dot > 0 && octets(name.substring(dot)) <= 16 ? name.substring(dot) : "";
        var stem = name.substring(0, name.length() - ending.length());
        while (octets(stem) + ending.length() > LONGEST)
            stem = stem.substring(0, stem.offsetByCodePoints(stem.length(), -1));
        return stem + ending.toLowerCase(Locale.ROOT);
    }

    private static int octets(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
