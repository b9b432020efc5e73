package io.posthorn.strand.ladder;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/** Gathers the steps of a party until it sends something, and says their numbers beside that. */
final class Brief {

    private final List<Row> rows = new ArrayList<>();
    private final Map<String, Map<String, SortedSet<Integer>>> done = new LinkedHashMap<>();
    private final Map<String, Row> last = new LinkedHashMap<>();

    private Brief() {}

    static List<Row> rows(List<Row> whole) {
        var brief = new Brief();
        for (var row : whole) brief.take(row);
        brief.rest();
        return brief.rows;
    }

    private void take(Row row) {
        switch (row) {
            case Row.Deed deed -> {
                note(deed.party(), deed);
                last.put(deed.party(), deed);
            }
            case Row.Arrow arrow -> {
                note(arrow.from(), arrow);
                rows.add(
                        new Row.Arrow(
                                arrow.at(),
                                arrow.from(),
                                arrow.to(),
                                arrow.label(),
                                arrow.detail(),
                                arrow.media(),
                                "",
                                0,
                                said(arrow.from())));
            }
        }
    }

    private void note(String party, Row row) {
        if (row.step() == 0) return;
        done.computeIfAbsent(party, _ -> new LinkedHashMap<>())
                .computeIfAbsent(row.clause(), _ -> new TreeSet<>())
                .add(row.step());
    }

    private String said(String party) {
        var steps = done.remove(party);
        if (steps == null) return "";
        var parts = new ArrayList<String>();
        steps.forEach((clause, numbers) -> parts.add(clause + plural(numbers) + ranges(numbers)));
        return String.join("; ", parts);
    }

    private static String plural(SortedSet<Integer> numbers) {
        return numbers.size() == 1 ? " step " : " steps ";
    }

    private static String ranges(SortedSet<Integer> numbers) {
        var text = new StringBuilder();
        int from = -1;
        int to = -1;
        for (int n : numbers) {
            if (n == to + 1) {
                to = n;
                continue;
            }
            append(text, from, to);
            from = n;
            to = n;
        }
        append(text, from, to);
        return text.toString();
    }

    private static void append(StringBuilder text, int from, int to) {
        if (from < 0) return;
        if (!text.isEmpty()) text.append(", ");
        text.append(from);
        if (to > from) text.append('-').append(to);
    }

    /** What nobody was told of. */
    private void rest() {
        for (var party : List.copyOf(done.keySet())) {
            var deed = last.get(party);
            var said = said(party);
            if (deed != null) rows.add(new Row.Deed(deed.at(), party, "", 0, said));
        }
    }
}
