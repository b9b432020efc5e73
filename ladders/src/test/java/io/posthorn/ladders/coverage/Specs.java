package io.posthorn.ladders.coverage;

import io.posthorn.ladders.dsl.Wire;
import java.util.ArrayList;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The text of {@code SPECS.md}. */
final class Specs {

    private static final String HEAD =
            """
            # What of the standard is proven

            Made by the ladders: `./posthorn test -Dspecs.refresh=true` writes it anew, and a test fails when it is stale.

            A row is proven by a ladder that claims it and passed, in the simulation and on real sockets; a ladder that
            lets more than 5 s pass runs in the simulation only. The rows are in
            `ladders/src/test/resources/conformance.tsv`, each with what a black-box test sees of it.

            """;

    private final Coverage coverage;
    private final Map<String, Set<String>> classes;
    private final StringBuilder page = new StringBuilder(HEAD);

    /**
     * @param classes clause to the simple names of the classes that are it
     */
    private Specs(Coverage coverage, Map<String, Set<String>> classes) {
        this.coverage = coverage;
        this.classes = classes;
    }

    static String of(Conformance conformance, Coverage coverage, Map<String, Set<String>> classes) {
        var specs = new Specs(coverage, classes);
        specs.rows(conformance);
        specs.clauses();
        return specs.page.toString();
    }

    private void rows(Conformance conformance) {
        long proven =
                conformance.rows().stream().filter(r -> !coverage.proofs(r.id()).isEmpty()).count();
        page.append(
                String.format(
                        Locale.ROOT,
                        "%d of %d rows are proven.%n%n",
                        proven,
                        conformance.rows().size()));
        page.append("| row | state | ladders |\n| --- | --- | --- |\n");
        for (var row : conformance.rows()) {
            var proofs = coverage.proofs(row.id());
            var tests =
                    proofs.entrySet().stream()
                            .map(p -> p.getKey() + only(p.getValue()))
                            .collect(Collectors.joining(", "));
            page.append(
                    proofs.isEmpty()
                            ? "| " + row.id() + " | not yet | |\n"
                            : "| " + row.id() + " | proven | " + tests + " |\n");
        }
    }

    private static String only(Set<Wire> wires) {
        return wires.contains(Wire.SOCKETS) ? "" : " (simulation)";
    }

    private void clauses() {
        page.append("\n# Clauses, their classes and steps\n");
        var clauses = new TreeSet<>(Clauses.ORDER);
        clauses.addAll(classes.keySet());
        var passages = coverage.passages();
        passages.keySet().forEach(heading -> clauses.add(clauseOf(heading)));
        for (var clause : clauses) {
            page.append("\n## ").append(clause).append("\n\n");
            page.append(
                    String.join(
                            ", ",
                            classes.getOrDefault(clause, Set.of("(no class)")).stream()
                                    .map(c -> "`" + c + "`")
                                    .toList()));
            page.append("\n");
            var mine = new TreeMap<String, Coverage.Passage>(Clauses.ORDER);
            passages.forEach((heading, p) -> {
                if (clauseOf(heading).equals(clause)) mine.put(heading, p);
            });
            if (mine.isEmpty()) page.append("\nNo ladder passes through it yet.\n");
            mine.forEach((heading, passage) -> passage(clause, heading, passage));
        }
    }

    private static String clauseOf(String heading) {
        int at = heading.indexOf(", upon ");
        return at < 0 ? heading : heading.substring(0, at);
    }

    private void passage(String clause, String heading, Coverage.Passage passage) {
        page.append('\n');
        if (!heading.equals(clause))
            page.append("Upon ")
                    .append(heading.substring(clause.length() + ", upon ".length()))
                    .append(":\n\n");
        var numbers = new TreeSet<>(passage.done.keySet());
        numbers.addAll(passage.skipped.keySet());
        for (int n : numbers) {
            var said = new ArrayList<String>();
            if (passage.done.containsKey(n))
                said.add(String.join("; ", passage.done.getOrDefault(n, Set.of())));
            if (passage.skipped.containsKey(n))
                said.add(
                        "skipped: " + String.join("; ", passage.skipped.getOrDefault(n, Set.of())));
            page.append("* ").append(n).append(' ').append(String.join("; ", said)).append('\n');
        }
        page.append("\nLadders: ").append(String.join(", ", passage.ladders)).append('\n');
    }
}
