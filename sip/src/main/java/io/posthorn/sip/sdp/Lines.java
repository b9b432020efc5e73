package io.posthorn.sip.sdp;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Text to lines, and numbers that never wrap. */
final class Lines {
    private Lines() {}

    // Ours: a description for messages has some twenty lines.
    static final int MAX_BYTES = 65_536;
    static final int MAX_PER_SECTION = 256;
    static final int MAX_MEDIA = 16;
    private static final int MAX_LINE = 8_192;

    static String text(byte[] bytes) {
        if (bytes.length > MAX_BYTES) {
            throw SdpSyntax.unreadable("session description above " + MAX_BYTES + " bytes");
        }
        String text = new String(bytes, StandardCharsets.UTF_8);
        return text.indexOf('\uFFFD') < 0 ? text : strictly(bytes);
    }

    /** What is no UTF-8 was read as U+FFFD; but that may have been said. */
    private static String strictly(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException notText) {
            throw SdpSyntax.unreadable("session description is not UTF-8");
        }
    }

    /** RFC 8866 section 5: CRLF ends a line, LF alone should be accepted. */
    static List<Sdp.Line> read(String text) {
        List<Sdp.Line> out = new ArrayList<>(16);
        int from = 0;
        int section = 0;
        int media = 0;
        while (from < text.length()) {
            int lf = text.indexOf('\n', from);
            int end = lf < 0 ? text.length() : lf;
            int last = end > from && text.charAt(end - 1) == '\r' ? end - 1 : end;
            if (last == from && text.substring(end).isBlank()) {
                return out;
            }
            Sdp.Line line = line(text, from, last);
            section = line.type() == 'm' ? 0 : section + 1;
            media += line.type() == 'm' ? 1 : 0;
            if (section > MAX_PER_SECTION || media > MAX_MEDIA) {
                throw SdpSyntax.unreadable("session description with too many lines");
            }
            out.add(line);
            from = end + 1;
        }
        return out;
    }

    private static Sdp.Line line(String text, int from, int to) {
        if (to - from < 2 || text.charAt(from + 1) != '=') {
            throw SdpSyntax.unreadable("session description with a line that is none");
        }
        char type = text.charAt(from);
        if (type < 'a' || type > 'z' || to - from > MAX_LINE) {
            throw SdpSyntax.unreadable("session description with a line that is none");
        }
        for (int i = from; i < to; i++) {
            if (text.charAt(i) == 0 || text.charAt(i) == '\r') {
                throw SdpSyntax.unreadable("control character in a session description");
            }
        }
        return new Sdp.Line(type, text.substring(from + 2, to));
    }

    /**
     * Split at spaces, without those around the whole.
     *
     * @param most the last word holds what would be more
     */
    static List<String> words(String text, int most) {
        String line = text.strip();
        List<String> out = new ArrayList<>(4);
        int from = 0;
        int space = line.indexOf(' ');
        while (space >= 0 && out.size() < most - 1) {
            out.add(line.substring(from, space));
            from = space + 1;
            while (line.charAt(from) == ' ') {
                from++;
            }
            space = line.indexOf(' ', from);
        }
        out.add(line.substring(from));
        return out;
    }

    static long number(String text, long min, long max, String what) {
        boolean digits = !text.isEmpty() && text.length() <= 18;
        for (int i = 0; digits && i < text.length(); i++) {
            digits = text.charAt(i) >= '0' && text.charAt(i) <= '9';
        }
        long value = digits ? Long.parseLong(text) : -1;
        if (value < min || value > max) {
            throw SdpSyntax.unacceptable(what + " out of range");
        }
        return value;
    }

    static boolean visible(String text, String more) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean alphanum = c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
            if (!alphanum && more.indexOf(c) < 0) {
                return false;
            }
        }
        return !text.isEmpty();
    }
}
