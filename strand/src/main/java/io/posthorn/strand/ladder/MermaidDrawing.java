package io.posthorn.strand.ladder;

/** A ladder as a Mermaid {@code sequenceDiagram}. */
final class MermaidDrawing {

    private MermaidDrawing() {}

    static String of(Ladder ladder) {
        var s = new StringBuilder("sequenceDiagram\n");
        if (!ladder.title().isEmpty())
            s.append("    accTitle: ").append(escaped(ladder.title())).append('\n');
        for (int i = 0; i < ladder.parties().size(); i++)
            s.append("    participant p")
                    .append(i)
                    .append(" as ")
                    .append(escaped(ladder.parties().get(i)))
                    .append('\n');
        for (var row : ladder.rows()) row(ladder, row, s);
        return s.toString();
    }

    private static void row(Ladder ladder, Row row, StringBuilder s) {
        switch (row) {
            case Row.Arrow a -> {
                s.append("    ")
                        .append(id(ladder, a.from()))
                        .append(arrow(a))
                        .append(id(ladder, a.to()))
                        .append(": ")
                        .append(escaped(said(a)))
                        .append('\n');
                if (!a.beside().isEmpty())
                    note(id(ladder, a.from()), a.clause() + " " + a.beside(), s);
            }
            case Row.Deed d -> note(id(ladder, d.party()), d.clause() + " " + d.beside(), s);
        }
    }

    /** A label that begins with a digit is an answer, and dashed. */
    private static String arrow(Row.Arrow a) {
        return Character.isDigit(a.label().charAt(0)) ? "-->>" : "->>";
    }

    private static String said(Row.Arrow a) {
        return a.detail().isEmpty() ? a.label() : a.label() + " " + a.detail();
    }

    private static void note(String party, String text, StringBuilder s) {
        s.append("    Note over ").append(party).append(": ").append(escaped(text)).append('\n');
    }

    private static String id(Ladder ladder, String party) {
        return "p" + ladder.parties().indexOf(party);
    }

    /** Mermaid ends a statement at {@code ;} and begins an entity with {@code #}. */
    private static String escaped(String text) {
        var s = new StringBuilder();
        for (char c : text.toCharArray())
            switch (c) {
                case '#' -> s.append("#35;");
                case ';' -> s.append("#59;");
                case '\n' -> s.append(' ');
                default -> s.append(c);
            }
        return s.toString();
    }
}
