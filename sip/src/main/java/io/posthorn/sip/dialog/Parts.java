package io.posthorn.sip.dialog;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A field value {@code what;name=value;name="value"}, for fields that have no type of their own.
 */
record Parts(String first, List<String> params) {

    /** Never fails: what cannot be a parameter is kept as one that nobody asks for. */
    static Parts of(String value) {
        var all = new ArrayList<String>();
        var quoted = false;
        var from = 0;
        for (var at = 0; at < value.length(); at++) {
            var c = value.charAt(at);
            if (quoted && c == '\\') at++;
            else if (c == '"') quoted = !quoted;
            else if (c == ';' && !quoted) {
                all.add(value.substring(from, at).trim());
                from = at + 1;
            }
        }
        all.add(value.substring(Math.min(from, value.length())).trim());
        return new Parts(all.getFirst(), List.copyOf(all.subList(1, all.size())));
    }

    /** Without its quotes. */
    Optional<String> get(String name) {
        for (var param : params) {
            var equals = param.indexOf('=');
            if (equals < 0 || !param.substring(0, equals).trim().equalsIgnoreCase(name)) continue;
            return Optional.of(unquoted(param.substring(equals + 1).trim()));
        }
        return Optional.empty();
    }

    /** Decimal digits only, at most 2^32 - 1; empty for anything else. */
    static Optional<Long> seconds(String digits) {
        if (digits.isEmpty() || digits.length() > 10) return Optional.empty();
        for (var at = 0; at < digits.length(); at++)
            if (digits.charAt(at) < '0' || digits.charAt(at) > '9') return Optional.empty();
        return Optional.of(Math.min(Long.parseLong(digits), 4_294_967_295L));
    }

    private static String unquoted(String value) {
        if (value.length() < 2 || !value.startsWith("\"") || !value.endsWith("\"")) return value;
        var inside = value.substring(1, value.length() - 1);
        return inside.indexOf('\\') < 0 ? inside : inside.replaceAll("\\\\(.)", "$1");
    }
}
