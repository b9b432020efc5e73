package io.posthorn.ladders.coverage;

import java.util.Comparator;
import java.util.regex.Pattern;

/** The order of clauses: by document, then number by number, so that 8.3.10 follows 8.3.2. */
final class Clauses {

    static final Comparator<String> ORDER =
            Comparator.comparing(Clauses::sortable).thenComparing(Comparator.naturalOrder());

    private static final Pattern NUMBER = Pattern.compile("\\d+");

    private Clauses() {}

    private static String sortable(String clause) {
        return NUMBER.matcher(clause)
                .replaceAll(n -> "0".repeat(Math.max(0, 6 - n.group().length())) + n.group());
    }
}
