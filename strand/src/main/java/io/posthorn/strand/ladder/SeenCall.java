package io.posthorn.strand.ladder;

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
}
