package io.posthorn.ladders.coverage;

import io.posthorn.ladders.dsl.Wire;
import io.posthorn.strand.ladder.Seen;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What the ladders of one run have shown. Everything is sorted, so the order of tests is free. */
final class Coverage {

    /** A ladder's outcome on the wires it ran on. */
    private static final class Outcome {
        final Set<String> claims = new TreeSet<>();
        final Set<Wire> passed = EnumSet.noneOf(Wire.class);
        final Set<Wire> wanted = EnumSet.noneOf(Wire.class);
    }

    /** What was seen of one heading of a clause. */
    static final class Passage {
        final Map<Integer, Set<String>> done = new TreeMap<>();
        final Map<Integer, Set<String>> skipped = new TreeMap<>();
        final Set<String> ladders = new TreeSet<>();
    }

    private final Map<String, Outcome> outcomes = new TreeMap<>();
    private final Map<String, Passage> passages = new TreeMap<>(Clauses.ORDER);

    synchronized void starts(String ladder, List<String> claims, List<Wire> wires) {
        var outcome = outcomes.computeIfAbsent(ladder, _ -> new Outcome());
        outcome.claims.addAll(claims);
        outcome.wanted.addAll(wires);
    }

    /** Steps count from the simulation only: there a race ends the same way every time. */
    synchronized void passed(String ladder, Wire wire, List<Seen> steps) {
        var outcome = outcomes.computeIfAbsent(ladder, _ -> new Outcome());
        outcome.passed.add(wire);
        if (wire != Wire.SIMULATED) return;
        for (var seen : steps)
            switch (seen) {
                case Seen.Step s -> {
                    var passage = passage(s.clause(), ladder);
                    passage.done.computeIfAbsent(s.n(), _ -> new TreeSet<>()).add(s.text());
                }
                case Seen.Skipped s -> {
                    var passage = passage(s.clause(), ladder);
                    passage.skipped.computeIfAbsent(s.n(), _ -> new TreeSet<>()).add(s.why());
                }
                case Seen.Message _, Seen.Media _ -> {}
            }
    }

    private Passage passage(String clause, String ladder) {
        var passage = passages.computeIfAbsent(clause, _ -> new Passage());
        passage.ladders.add(ladder);
        return passage;
    }

    /** The ladders that claim {@code id} and passed on all their wires. */
    synchronized Map<String, Set<Wire>> proofs(String id) {
        var proofs = new TreeMap<String, Set<Wire>>();
        outcomes.forEach((ladder, outcome) -> {
            if (outcome.claims.contains(id) && outcome.passed.containsAll(outcome.wanted))
                proofs.put(ladder, outcome.passed);
        });
        return proofs;
    }

    synchronized Map<String, Passage> passages() {
        return new TreeMap<>(passages);
    }

    /** The ladders that ran on every wire they want, and passed. */
    synchronized Set<String> complete() {
        var complete = new TreeSet<String>();
        outcomes.forEach((ladder, outcome) -> {
            if (outcome.passed.containsAll(outcome.wanted)) complete.add(ladder);
        });
        return complete;
    }
}
