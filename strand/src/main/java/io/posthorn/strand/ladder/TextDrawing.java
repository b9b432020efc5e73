package io.posthorn.strand.ladder;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** A ladder as lines of text: the time, a column for each party, the step in the right margin. */
final class TextDrawing {

    private static final int TIME = 9;
    private static final int NARROWEST = 13;
    private static final int WIDEST = 44;
    private static final int MARGIN = 30;

    private final Ladder ladder;
    private final Pen pen;
    private final int gap;
    private final int first;
    private final int marginAt;
    private final int marginWidth;
    private final StringBuilder page = new StringBuilder();
    private String lastHeading = "";

    TextDrawing(Ladder ladder, int width, Pen pen) {
        this.ladder = ladder;
        this.pen = pen;
        int gaps = Math.max(1, ladder.parties().size() - 1);
        this.first = TIME + (ladder.parties().isEmpty() ? 0 : nameHalf(0));
        int last = ladder.parties().isEmpty() ? 0 : nameHalf(ladder.parties().size() - 1);
        int free =
                width
                        - first
                        - 2
                        - Math.max(last - 1, Math.min(margin(width, gaps), longestBeside()));
        this.gap = Math.clamp(free / gaps, NARROWEST, Math.max(NARROWEST, widestWanted()));
        this.marginAt = first + gap * (ladder.parties().size() - 1) + 3;
        this.marginWidth = Math.max(MARGIN - 6, width - marginAt);
    }

    String drawn() {
        if (!ladder.title().isEmpty()) page.append(ladder.title()).append("\n\n");
        if (ladder.rows().isEmpty()) return page.append("(nothing passed)\n").toString();
        line(names());
        var start = ladder.rows().getFirst().at();
        for (var row : ladder.rows()) draw(row, start);
        return page.toString();
    }

    private int nameHalf(int party) {
        return Math.min(6, (ladder.parties().get(party).length()) / 2);
    }

    /** Few parties leave the steps more room. */
    private int margin(int width, int gaps) {
        return Math.clamp(width - first - 2 - gaps * 20L, MARGIN, 48);
    }

    private int longestBeside() {
        return ladder.rows().stream()
                .mapToInt(r -> r.clause().length() + 1 + r.beside().length())
                .max()
                .orElse(0);
    }

    /** No column needs to be wider than the longest label and name between neighbours. */
    private int widestWanted() {
        int longest = 0;
        for (var row : ladder.rows())
            if (row instanceof Row.Arrow a)
                longest = Math.max(longest, a.label().length() + 1 + a.detail().length() + 8);
        for (var party : ladder.parties()) longest = Math.max(longest, party.length() + 3);
        return Math.min(WIDEST, longest);
    }

    private int x(int party) {
        return first + gap * party;
    }

    private char[] names() {
        var line = blank();
        int free = 0;
        for (int i = 0; i < ladder.parties().size(); i++) {
            var name = ladder.parties().get(i);
            if (name.length() > gap - 1) name = name.substring(0, gap - 2) + "~";
            int at = Math.max(free, x(i) - name.length() / 2);
            for (int k = 0; k < name.length() && at + k < line.length; k++)
                line[at + k] = name.charAt(k);
            free = at + name.length() + 1;
        }
        return line;
    }

    private void draw(Row row, Instant start) {
        var line = lives();
        var beside = new StringBuilder();
        switch (row) {
            case Row.Arrow a -> {
                time(line, start, a.at());
                if (a.from().equals(a.to())) deed(line, a.from(), beside, a.label() + " to itself");
                else arrow(line, a, beside);
            }
            case Row.Deed d -> deed(line, d.party(), beside, "");
        }
        if (!beside.isEmpty() && !row.beside().isEmpty()) beside.append("; ");
        beside.append(headed(row));
        var margin = wrapped(beside.toString());
        line(line, margin.getFirst());
        for (var more : margin.subList(1, margin.size())) line(lives(), "    " + more);
    }

    /** A clause is named where it begins; further steps of it stand indented below. */
    private String headed(Row row) {
        if (row.beside().isEmpty() || row.clause().isEmpty()) return row.beside();
        var heading = row.clause() + ' ' + doer(row);
        boolean same = heading.equals(lastHeading);
        lastHeading = heading;
        return same ? "  " + row.beside() : row.clause() + ' ' + row.beside();
    }

    private static String doer(Row row) {
        return switch (row) {
            case Row.Arrow a -> a.from();
            case Row.Deed d -> d.party();
        };
    }

    private void deed(char[] line, String party, StringBuilder beside, String says) {
        line[x(ladder.parties().indexOf(party))] = pen.deed;
        beside.append(says);
    }

    private void arrow(char[] line, Row.Arrow a, StringBuilder beside) {
        int from = ladder.parties().indexOf(a.from());
        int to = ladder.parties().indexOf(a.to());
        int left = x(Math.min(from, to));
        int right = x(Math.max(from, to));
        Arrays.fill(line, left + 1, right, a.media() ? pen.thick : pen.line);
        for (int i = Math.min(from, to) + 1; i < Math.max(from, to); i++)
            line[x(i)] = a.media() ? pen.thickCrossing : pen.crossing;
        if (to > from) line[right - 1] = '>';
        else line[left + 1] = '<';
        var label = a.label();
        var whole = a.detail().isEmpty() ? label : label + " " + a.detail();
        // The label stands beside its sender; it crosses other parties' lines only if it must.
        int room = gap - 5;
        int span = right - left - 5;
        if (whole.length() <= room) label = whole;
        else if (!a.detail().isEmpty() && whole.length() <= span) label = whole;
        else beside.append(a.detail());
        boolean own = label.length() <= room;
        if (!own && label.length() > span) label = label.substring(0, span - 1) + "~";
        int begin = own ? (to > from ? left : right - gap) : left;
        int end = own ? begin + gap : right;
        int at = begin + 1 + (end - begin - 1 - label.length()) / 2;
        line[at - 1] = ' ';
        for (int i = 0; i < label.length(); i++) line[at + i] = label.charAt(i);
        line[at + label.length()] = ' ';
    }

    private static void time(char[] line, Instant start, Instant at) {
        var seconds = Duration.between(start, at).toNanos() / 1e9;
        var text = String.format(Locale.ROOT, "%7.3f", seconds);
        for (int i = 0; i < text.length() && i < TIME; i++) line[i] = text.charAt(i);
    }

    private char[] blank() {
        int last = ladder.parties().size() - 1;
        var line = new char[Math.max(marginAt, x(last) + ladder.parties().get(last).length() + 1)];
        Arrays.fill(line, ' ');
        return line;
    }

    private char[] lives() {
        var line = new char[marginAt];
        Arrays.fill(line, ' ');
        for (int i = 0; i < ladder.parties().size(); i++) line[x(i)] = pen.life;
        return line;
    }

    private void line(char[] line) {
        line(line, "");
    }

    private void line(char[] line, String margin) {
        page.append((new String(line) + margin).stripTrailing()).append('\n');
    }

    private List<String> wrapped(String text) {
        var lines = new ArrayList<String>();
        var rest = text;
        while (rest.length() > width(lines)) {
            int cut = rest.lastIndexOf(' ', width(lines));
            if (cut <= 0) cut = width(lines);
            lines.add(rest.substring(0, cut));
            rest = rest.substring(cut).stripLeading();
        }
        lines.add(rest);
        return lines;
    }

    private int width(List<String> lines) {
        return lines.isEmpty() ? marginWidth : marginWidth - 4;
    }
}
