package io.posthorn.sip.sdp;

import io.posthorn.sip.sdp.Sdp.Line;
import java.util.ArrayList;
import java.util.List;

/** A media description while its lines are rewritten: many changes, one copy. */
public final class MediaLines {

    private final Sdp.Media media;
    private final List<Line> lines;

    MediaLines(Sdp.Media media) {
        this.media = media;
        this.lines = new ArrayList<>(media.lines().size() + 4);
        lines.addAll(media.lines());
    }

    /** With this attribute in place of the first of that name, or at the end; others go. */
    public MediaLines attribute(String name, String value) {
        Line line = new Line('a', value.isEmpty() ? name : name + ":" + value);
        int place = -1;
        for (int i = 0; i < lines.size() && place < 0; i++) {
            place = lines.get(i).attribute(name) ? i : -1;
        }
        if (place < 0) {
            lines.add(line);
            return this;
        }
        lines.set(place, line);
        lines.subList(place + 1, lines.size()).removeIf(other -> other.attribute(name));
        return this;
    }

    /** With this attribute at the end, whether there are others of that name or not. */
    public MediaLines adding(String name, String value) {
        lines.add(new Line('a', name + ":" + value));
        return this;
    }

    public MediaLines withoutAttribute(String name) {
        lines.removeIf(line -> line.attribute(name));
        return this;
    }

    /** Without the lines of that type. */
    public MediaLines without(char type) {
        lines.removeIf(line -> line.type() == type);
        return this;
    }

    /** Without the attributes of these names. */
    public MediaLines withoutAttributes(List<String> names) {
        lines.removeIf(line -> line.type() == 'a' && names.contains(line.attribute()));
        return this;
    }

    /** With this direction in place of the one it has, or at the end. */
    public MediaLines direction(Direction direction) {
        Line line = new Line('a', direction.attribute());
        int place = 0;
        while (place < lines.size() && !lines.get(place).direction()) {
            place++;
        }
        if (place == lines.size()) {
            lines.add(line);
            return this;
        }
        lines.set(place, line);
        lines.subList(place + 1, lines.size()).removeIf(Line::direction);
        return this;
    }

    public Sdp.Media media() {
        return media.withLines(lines);
    }
}
