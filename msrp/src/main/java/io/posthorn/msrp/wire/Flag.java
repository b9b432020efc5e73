package io.posthorn.msrp.wire;

/** The last character of an end-line. Source: RFC 4975 section 7.1. */
public enum Flag {
    /** The last byte of the message was in this chunk. */
    COMPLETE('$'),
    /** More chunks follow. */
    MORE('+'),
    /** The sender gives the message up. */
    ABORTED('#');

    private final char sign;

    Flag(char sign) {
        this.sign = sign;
    }

    public char sign() {
        return sign;
    }

    static boolean isFlag(byte c) {
        return c == '$' || c == '+' || c == '#';
    }

    static Flag of(byte c) {
        return switch (c) {
            case '$' -> COMPLETE;
            case '+' -> MORE;
            case '#' -> ABORTED;
            default -> throw new MsrpSyntax("continuation flag '" + (char) c + "'");
        };
    }
}
