package io.posthorn.strand.ladder;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/**
 * A picture of what passed between parties, and which step of which clause it was. Immutable; drawn
 * by {@link #text} and {@link #mermaid}.
 *
 * @param parties the columns, from the left
 * @param rows in the order in which it happened
 */
public record Ladder(String title, List<String> parties, List<Row> rows) {

    /** Fits a terminal of 100 columns. */
    public static final int WIDTH = 100;

    public Ladder {
        parties = List.copyOf(parties);
        rows = List.copyOf(rows);
    }

    /**
     * Joins calls that belong together into one picture. A message between two of the calls' owners
     * was seen twice and is drawn once.
     *
     * @param names what addresses ({@code 127.0.0.1:5060}) are called, in the order of the columns;
     *     what it does not name is called by its owner, if one of the calls uses that address, else
     *     by the address itself
     */
    public static Ladder of(String title, List<SeenCall> calls, Map<String, String> names) {
        var rows = new Merge(calls, names).rows();
        var met = new LinkedHashSet<String>();
        for (var row : rows)
            switch (row) {
                case Row.Arrow arrow -> {
                    met.add(arrow.from());
                    met.add(arrow.to());
                }
                case Row.Deed deed -> met.add(deed.party());
            }
        var parties = new ArrayList<>(new LinkedHashSet<>(names.values()));
        parties.retainAll(met);
        for (var party : met) if (!parties.contains(party)) parties.add(party);
        return new Ladder(title, parties, rows);
    }

    /** The same with these columns first, from the left; names that take no part are left out. */
    public Ladder inOrder(List<String> first) {
        var ordered = new ArrayList<>(first);
        ordered.retainAll(parties);
        for (var party : parties) if (!ordered.contains(party)) ordered.add(party);
        return new Ladder(title, ordered, rows);
    }

    /**
     * The same on one page: messages only, and beside each the numbers of the steps that led to it.
     */
    public Ladder brief() {
        return new Ladder(title, parties, Brief.rows(rows));
    }

    /** For a terminal of 100 columns, with lines of box characters. */
    public String text() {
        return text(WIDTH, Pen.BOX);
    }

    /**
     * For a terminal.
     *
     * @param width columns; more are used only if the parties do not fit
     */
    public String text(int width, Pen pen) {
        return new TextDrawing(this, width, pen).drawn();
    }

    /** A Mermaid sequence diagram, for a web page or a README. */
    public String mermaid() {
        return MermaidDrawing.of(this);
    }
}
