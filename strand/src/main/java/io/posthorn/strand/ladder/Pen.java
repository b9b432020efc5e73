package io.posthorn.strand.ladder;

/** The characters that a ladder is drawn with. */
public enum Pen {
    /** Lines of box characters. */
    BOX('│', '─', '═', '┼', '╪', '●'),
    /** For terminals and logs that know only ASCII. */
    ASCII('|', '-', '=', '|', '|', '*');

    final char life;
    final char line;
    final char thick;
    final char crossing;
    final char thickCrossing;
    final char deed;

    Pen(char life, char line, char thick, char crossing, char thickCrossing, char deed) {
        this.life = life;
        this.line = line;
        this.thick = thick;
        this.crossing = crossing;
        this.thickCrossing = thickCrossing;
        this.deed = deed;
    }
}
