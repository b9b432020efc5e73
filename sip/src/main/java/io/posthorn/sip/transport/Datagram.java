package io.posthorn.sip.transport;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

/**
 * Tells a message in a datagram from a keep-alive and from what is not SIP. The parser does the
 * rest: the packet is the frame. Source: RFC 3261 section 18.3.
 */
final class Datagram {
    private Datagram() {}

    static Cut cut(byte[] bytes) {
        if (Stun.is(bytes)) return new Cut.Stun(bytes);
        int from = 0;
        while (from < bytes.length && (bytes[from] == '\r' || bytes[from] == '\n')) from++;
        if (from == bytes.length) return new Cut.More();
        int line = from;
        while (line < bytes.length && bytes[line] != '\n') line++;
        boolean sip =
                Head.mayStart(bytes[from])
                        && Head.startsLikeSip(new String(bytes, from, line - from, ISO_8859_1));
        return sip ? new Cut.Whole(bytes) : new Cut.Garbage("no SIP start line");
    }
}
