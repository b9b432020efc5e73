package io.posthorn.sip.transport;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.posthorn.sip.wire.SipLimits;
import io.posthorn.sip.wire.SipParser;
import io.posthorn.sip.wire.SipSyntax;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a stream into messages by Content-Length, wherever the network cut it. Holds at most one
 * message and what was read with it; grows by what came, never by what was claimed. Source: RFC
 * 3261 section 18.3, RFC 5626 section 3.5.1.
 */
final class StreamCutter {

    private static final String TLS =
            "TLS on a port without TLS (tls.core and tls.participating name those with it)";

    private static final byte[] NOTHING = {};
    private static final Cut.More MORE = new Cut.More();

    private byte[] buffer = NOTHING;
    private int from;
    private int to;

    /** Up to here no end of the head was found. */
    private int looked;

    private boolean startSeen;

    /** Set once the head is whole and may be framed. */
    private int headEnd = -1;

    private int body;

    /** Empty lines since the last message: two are a ping, one is a pong. */
    private int blanks;

    /** Takes the bytes, not the reference. */
    void feed(ByteBuf bytes) {
        int more = bytes.readableBytes();
        if (to + more > buffer.length) {
            int held = to - from;
            int size =
                    Math.max(
                            held + more,
                            Math.min(2 * held, SipLimits.RESPONSE.head() + Head.LIMITS.body()));
            var target = size <= buffer.length ? buffer : new byte[size];
            System.arraycopy(buffer, from, target, 0, held);
            buffer = target;
            looked = Math.max(0, looked - from);
            if (headEnd >= 0) headEnd -= from;
            from = 0;
            to = held;
        }
        bytes.readBytes(buffer, to, more);
        to += more;
    }

    /** A message has begun and is not whole. */
    boolean inside() {
        return to > from;
    }

    Cut next() {
        if (headEnd < 0) {
            var early = skipBlanks();
            if (early != null) return early;
            if (from == to) return empty();
            // RFC 8446 section 5.1: a handshake record
            if (buffer[from] == 22) return new Cut.Garbage(TLS);
            if (!Head.mayStart(buffer[from])) return new Cut.Garbage("no SIP start line");
            var wrong = head();
            if (wrong != null) return wrong;
            if (headEnd < 0) return MORE;
        }
        if (to - headEnd < body) return MORE;
        return whole();
    }

    private Cut empty() {
        buffer = NOTHING;
        from = 0;
        to = 0;
        looked = 0;
        return MORE;
    }

    /** A ping, garbage, or null. */
    private @Nullable Cut skipBlanks() {
        while (from < to && (buffer[from] == '\r' || buffer[from] == '\n')) {
            if (buffer[from] == '\n') return new Cut.Garbage("bare LF between messages");
            if (from + 1 == to) return MORE;
            if (buffer[from + 1] != '\n') return new Cut.Garbage("bare CR between messages");
            from += 2;
            if (++blanks == 2) {
                blanks = 0;
                return new Cut.Ping();
            }
        }
        return null;
    }

    /** Finds the end of the head and what framing needs of it; what is wrong with it, or null. */
    private @Nullable Cut head() {
        if (!startSeen) {
            var wrong = startLine();
            if (wrong != null) return wrong;
        }
        int end = SipParser.headEnd(buffer, Math.max(from, looked - 3), to);
        looked = to;
        if (end < 0 && to - from <= SipLimits.of(buffer, from).head()) return null;
        var head = new Head(buffer, from, end < 0 ? to : end);
        var big = head.tooBig();
        if (big != null) return refused(new SipSyntax(513, 0, big), head.end());
        var ambiguous = head.ambiguous();
        if (ambiguous != null) return refused(new SipSyntax(0, ambiguous), end);
        return framed(end);
    }

    /** RFC 3261 section 18.3: on a stream nothing but Content-Length ends a body. */
    private @Nullable Cut framed(int end) {
        int length;
        try {
            length = SipParser.contentLength(buffer, from, end);
        } catch (SipSyntax unclear) {
            return refused(unclear, end);
        }
        if (length < 0) return refused(new SipSyntax(0, "no Content-Length on a stream"), end);
        int most = Head.LIMITS.body();
        if (length > most)
            return refused(new SipSyntax(413, 0, "body above " + most + " bytes"), end);
        headEnd = end;
        body = length;
        return null;
    }

    private @Nullable Cut startLine() {
        int at = Math.max(from, looked - 1);
        while (at < to && buffer[at] != '\n') at++;
        if (at - from > Head.LIMITS.line()) return new Cut.Garbage("start line too long");
        if (at == to) return null;
        var line = new String(buffer, from, at - from, ISO_8859_1);
        if (!Head.startsLikeSip(line)) return new Cut.Garbage("no SIP start line");
        startSeen = true;
        return null;
    }

    private Cut refused(SipSyntax why, int end) {
        return new Cut.Refused(why, Arrays.copyOfRange(buffer, from, end));
    }

    private Cut whole() {
        int end = headEnd + body;
        var message = Arrays.copyOfRange(buffer, from, end);
        from = end;
        looked = end;
        headEnd = -1;
        startSeen = false;
        blanks = 0;
        if (from == to) empty();
        return new Cut.Whole(message);
    }
}
