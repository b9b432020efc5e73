package io.posthorn.msrp.wire;

/** The bytes are not MSRP, and where the next message begins is unknown: close the connection. */
public final class MsrpSyntax extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final int SHOWN = 60;

    MsrpSyntax(String what) {
        super(what);
    }

    /** What is shown of the peer's bytes: short, and nothing that a terminal would obey. */
    static String quoted(String text) {
        var shown = text.length() > SHOWN ? text.substring(0, SHOWN) + "..." : text;
        var clean = new StringBuilder(shown.length() + 2).append('\'');
        for (int i = 0; i < shown.length(); i++) {
            char c = shown.charAt(i);
            clean.append(c < ' ' || c > '~' ? '?' : c);
        }
        return clean.append('\'').toString();
    }
}
