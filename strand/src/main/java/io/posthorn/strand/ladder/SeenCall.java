package io.posthorn.strand.ladder;

import io.posthorn.strand.MemoryRecorder;
import java.util.ArrayList;
import java.util.List;

/**
 * One call as one node saw it.
 *
 * @param owner the name of that node, as it is drawn: {@code OPF}, {@code Alice}
 * @param seen in the order in which it happened there
 */
public record SeenCall(String owner, List<Seen> seen) {

    public SeenCall {
        seen = List.copyOf(seen);
    }

    /** A call as a recorder kept it. */
    public static SeenCall of(String owner, MemoryRecorder.Call call) {
        var seen = new ArrayList<Seen>();
        for (var entry : call.entries()) {
            var at = call.begun().plus(entry.at());
            seen.add(
                    switch (entry) {
                        case MemoryRecorder.Message m ->
                                new Seen.Message(at, m.way(), m.link(), m.label());
                        case MemoryRecorder.Media m ->
                                new Seen.Media(
                                        at,
                                        m.way(),
                                        m.link(),
                                        method(m.last()),
                                        m.times(),
                                        m.bytes());
                        case MemoryRecorder.Step s ->
                                new Seen.Step(at, s.clause(), s.n(), s.text());
                        case MemoryRecorder.Skipped s ->
                                new Seen.Skipped(at, s.clause(), s.n(), s.why());
                    });
        }
        return new SeenCall(owner, seen);
    }

    /** The word in a head that names what it is: {@code SEND} in {@code MSRP d93k SEND}. */
    private static String method(String head) {
        for (var word : head.split("\\s+", 4))
            if (word.length() > 1
                    && word.equals(word.toUpperCase(java.util.Locale.ROOT))
                    && !word.equals("MSRP"))
                if (word.chars().allMatch(Character::isLetter)) return word;
        return "SEND";
    }
}
