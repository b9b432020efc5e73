package io.posthorn.msrp.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Bytes to MSRP. Keeps a head or the beginning of an end-line in hand, never a body: that passes as
 * slices of what was read, whatever its size. A chunk ends at the first end-line with its
 * transaction id, also where its Byte-Range promised more: so the parts are the same however the
 * bytes were cut.
 *
 * <p>Source: RFC 4975 section 9; the limits are ours.
 */
public final class MsrpDecoder {

    /** What the wire says, in order: one Head, any number of Body, one End. */
    public sealed interface Part {
        record Head(MsrpHead head) implements Part {}

        /** The reference is the receiver's. */
        record Body(ByteBuf bytes) implements Part {}

        record End(Flag flag) implements Part {}
    }

    private static final int MAX_LINE = 2048;
    private static final int MAX_HEAD = 8192;
    private static final int MAX_HEAD_READ = 16384;
    private static final int MAX_HEADERS = 64;
    private static final int MAX_TRANSACTION = 64;
    private static final int DASHES = 7;
    private static final byte[] BEFORE_ID = "\r\n-------".getBytes(ISO_8859_1);

    /** The flag and CRLF. */
    private static final int AFTER_ID = 3;

    private static final byte[] MSRP = "MSRP ".getBytes(ISO_8859_1);

    /** Ours: a head up to here that came in one read is cut in place. */
    private static final int WHOLE_HEAD = 1024;

    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INTS =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle BUFFER_INTS =
            MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long EVERY_BYTE = 0x0101010101010101L;
    private static final long HIGH_BITS = 0x8080808080808080L;

    /** Ours: its size is two to the power of it; of other bytes one in 200 passes it. */
    private static final int FILTER_BITS = 12;

    private static final int WINDOW = 4;

    // the head being read
    private byte[] head = new byte[512];
    private int headLength;
    private int headRead;
    private int headDropped;
    private int lineStart;
    private int lineRead;
    private final int[] lines = new int[MAX_HEADERS];
    private int headers;
    private String transaction = "";
    private String method = "";
    private int code;
    private @Nullable String bad;
    private MsrpHead before = MsrpHead.NONE;

    // the body being read
    private boolean inBody;
    private byte[] endLine = new byte[0];
    private final byte[] filter = new byte[1 << FILTER_BITS];
    private int windows;
    private byte[] held = new byte[0];
    private int heldLength;
    private int notBody;
    private int foundAt;
    private Match found = Match.NO;
    private @Nullable Part next;

    private enum Match {
        NO,
        BEGINS,
        WHOLE
    }

    /** True between two messages, with no byte of the next one read. */
    public boolean idle() {
        return !inBody && next == null && headRead == 0;
    }

    /**
     * The next part, or null once every byte of {@code in} is consumed. Leaves the reference of
     * {@code in} with the caller.
     *
     * @throws MsrpSyntax if the framing is lost; nothing may be decoded afterwards
     */
    public @Nullable Part next(ByteBuf in) {
        if (next != null) {
            var part = next;
            next = null;
            return part;
        }
        return inBody ? body(in) : head(in);
    }

    // ---- head

    private @Nullable Part head(ByteBuf in) {
        if (headRead == 0) {
            var part = wholeHead(in);
            if (part != null) return part;
        }
        while (in.isReadable()) {
            int feed = in.indexOf(in.readerIndex(), in.writerIndex(), (byte) '\n');
            int count = (feed < 0 ? in.writerIndex() : feed + 1) - in.readerIndex();
            take(in, count);
            if (feed < 0) return null;
            var part = line();
            lineStart = headLength;
            lineRead = 0;
            if (part != null) return part;
        }
        return null;
    }

    /**
     * The head if all of it is here and nothing is wrong with it, as with nearly all; else null,
     * and nothing is consumed.
     */
    private @Nullable Part wholeHead(ByteBuf in) {
        int n = Math.min(in.readableBytes(), WHOLE_HEAD);
        if (n < MSRP.length) return null;
        if (head.length < n) head = new byte[WHOLE_HEAD];
        in.getBytes(in.readerIndex(), head, 0, n);
        var part = likeBefore(in, n);
        return part == null ? lineByLine(in, n) : part;
    }

    private @Nullable Part lineByLine(ByteBuf in, int n) {
        if (Arrays.equals(head, 0, MSRP.length, MSRP, 0, MSRP.length)) {
            for (int feed = feed(0, n); feed >= 0 && bad == null; feed = feed(feed + 1, n)) {
                headLength = feed + 1;
                lineRead = headLength - lineStart;
                var part = line();
                lineStart = headLength;
                if (part == null) continue;
                in.skipBytes(feed + 1);
                return part;
            }
        }
        restart();
        return null;
    }

    /** A head that is as the one before but for what differs between the chunks of a message. */
    private @Nullable Part likeBefore(ByteBuf in, int n) {
        var again = before.next(head, n);
        int end = again == null ? 0 : end(again, n);
        if (again == null || end == 0) return null;
        in.skipBytes(end);
        before = again;
        transaction = again.transaction();
        if (again.hasBody()) beginBody();
        else next = new Part.End(Flag.of(head[end - 3]));
        return new Part.Head(again);
    }

    /** Behind the line that ends {@code again}; 0 if another line follows, or not all is here. */
    private int end(MsrpHead again, int n) {
        int at = again.length();
        int id = again.transaction().length();
        int end = at + (again.hasBody() ? 2 : DASHES + id + 3);
        if (end > n || head[end - 2] != '\r' || head[end - 1] != '\n') return 0;
        return again.hasBody() || isEndLine(at, end, id) ? end : 0;
    }

    /** Where the first line feed of {@code head} is, or -1. */
    private int feed(int from, int to) {
        int i = from;
        for (; i + 8 <= to; i += 8) {
            long zeros = (long) LONGS.get(head, i) ^ (EVERY_BYTE * '\n');
            long found = (zeros - EVERY_BYTE) & ~zeros & HIGH_BITS;
            if (found != 0) return i + (Long.numberOfTrailingZeros(found) >> 3);
        }
        for (; i < to; i++) if (head[i] == '\n') return i;
        return -1;
    }

    /** Keeps {@code count} bytes of the line; of an endless line only the beginning. */
    private void take(ByteBuf in, int count) {
        headRead += count;
        lineRead += count;
        if (headRead > MAX_HEAD_READ) throw new MsrpSyntax("head longer than " + MAX_HEAD);
        int keep = Math.min(count, MAX_LINE - (headLength - lineStart));
        if (headLength + headDropped + keep > MAX_HEAD)
            throw new MsrpSyntax("head longer than " + MAX_HEAD);
        if (headLength + keep > head.length)
            head = Arrays.copyOf(head, Math.min(MAX_HEAD, (headLength + keep) * 2));
        in.readBytes(head, headLength, keep);
        in.skipBytes(count - keep);
        int before = headLength;
        headLength += keep;
        for (int i = before; i < Math.min(headLength, MSRP.length); i++)
            if (head[i] != MSRP[i]) throw new MsrpSyntax(noMsrp());
        if (lineStart == 0 && lineRead > MAX_LINE) throw new MsrpSyntax("start line too long");
    }

    private String noMsrp() {
        // RFC 8446 section 5.1: a handshake record
        return head[0] == 22
                ? "TLS on a port without TLS (tls.msrp names one with it)"
                : "start line " + quoted(0, headLength);
    }

    private @Nullable Part line() {
        if (lineRead > MAX_LINE) {
            bad = "line longer than " + MAX_LINE;
            head[headLength - 2] = '\r';
            head[headLength - 1] = '\n';
        }
        int length = headLength - lineStart;
        boolean ended = length >= 2 && head[headLength - 2] == '\r';
        if (lineStart == 0) {
            if (!ended) throw new MsrpSyntax("start line without CR");
            startLine(text(0, headLength - 2));
            return null;
        }
        if (ended && length == 2) return headWithBody();
        if (ended && isEndLine(lineStart, headLength, transaction.length()))
            return headAlone(Flag.of(head[headLength - 3]));
        header(ended);
        return null;
    }

    private void startLine(String line) {
        int space = line.indexOf(' ', MSRP.length);
        if (space < 0) throw new MsrpSyntax("start line " + MsrpSyntax.quoted(line));
        transaction = line.substring(MSRP.length, space);
        checkTransaction();
        var what = line.substring(space + 1);
        code = status(what);
        method = code == 0 ? what : "";
        if (code == 0) checkMethod(what);
    }

    private void checkTransaction() {
        int n = transaction.length();
        if (n == 0 || n > MAX_TRANSACTION)
            throw new MsrpSyntax("transaction id " + MsrpSyntax.quoted(transaction));
        if (Ident.length(head, MsrpHead.ID, headLength) == n) return;
        for (int i = 0; i < n; i++) {
            char c = transaction.charAt(i);
            // With such bytes nobody knows where the id ends.
            if (c <= ' ' || c > '~')
                throw new MsrpSyntax("transaction id " + MsrpSyntax.quoted(transaction));
        }
        bad = "transaction id " + MsrpSyntax.quoted(transaction);
    }

    private void checkMethod(String method) {
        if (method.isEmpty()) throw new MsrpSyntax("start line without a method");
        for (int i = 0; i < method.length(); i++) {
            char c = method.charAt(i);
            if (c <= ' ' || c > '~') throw new MsrpSyntax("method " + MsrpSyntax.quoted(method));
            if (c < 'A' || c > 'Z') bad = "method " + MsrpSyntax.quoted(method);
        }
    }

    /** The code of a response, 0 if it is a request. */
    private static int status(String what) {
        if (what.length() < 3 || (what.length() > 3 && what.charAt(3) != ' ')) return 0;
        int code = 0;
        for (int i = 0; i < 3; i++) {
            int digit = what.charAt(i) - '0';
            if (digit < 0 || digit > 9) return 0;
            code = code * 10 + digit;
        }
        return code;
    }

    private void header(boolean ended) {
        if (headers == MAX_HEADERS) {
            bad = "more than " + MAX_HEADERS + " headers";
            dropLine();
            return;
        }
        boolean good = ended && isHeader();
        if (!ended) bad = "header line without CR";
        else if (!good) bad = "header " + quoted(lineStart, headLength - 2);
        if (!good) {
            dropLine();
            return;
        }
        if (isRepeatedPath()) bad = "a path twice";
        lines[headers++] = lineStart;
    }

    private void dropLine() {
        headDropped += headLength - lineStart;
        headLength = lineStart;
    }

    private boolean isHeader() {
        for (int i = lineStart; i < headLength - 2; i++) {
            byte c = head[i];
            if (c == ':') return i > lineStart;
            if (!Ident.isAlphanumeric((char) c) && "-.!%*_+`'~".indexOf((char) (c & 0xff)) < 0)
                return false;
        }
        return false;
    }

    private boolean isRepeatedPath() {
        return isRepeated("to-path:") || isRepeated("from-path:");
    }

    private boolean isRepeated(String name) {
        if (!sameName(lineStart, name)) return false;
        for (int i = 0; i < headers; i++) if (sameName(lines[i], name)) return true;
        return false;
    }

    private boolean sameName(int at, String name) {
        for (int i = 0; i < name.length(); i++) {
            byte c = head[at + i];
            if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != name.charAt(i)) return false;
        }
        return true;
    }

    /** Whether a line that ends in CRLF is the end-line of the transaction that was read last. */
    private boolean isEndLine(int from, int to, int id) {
        if (to - from != DASHES + id + 3) return false;
        for (int i = 0; i < DASHES; i++) if (head[from + i] != '-') return false;
        int at = from + DASHES;
        return Arrays.equals(head, at, at + id, head, MsrpHead.ID, MsrpHead.ID + id)
                && Flag.isFlag(head[to - 3]);
    }

    private Part headAlone(Flag flag) {
        var part = finished(false);
        next = new Part.End(flag);
        return part;
    }

    private Part headWithBody() {
        var part = finished(true);
        beginBody();
        return part;
    }

    private void beginBody() {
        inBody = true;
        unlearn();
        int id = transaction.length();
        if (endLine.length != BEFORE_ID.length + id + AFTER_ID) {
            endLine = Arrays.copyOf(BEFORE_ID, BEFORE_ID.length + id + AFTER_ID);
            endLine[endLine.length - 2] = '\r';
            endLine[endLine.length - 1] = '\n';
        }
        System.arraycopy(head, MsrpHead.ID, endLine, BEFORE_ID.length, id);
        learn();
        if (held.length < 2 * endLine.length) held = new byte[2 * endLine.length];
        // An end-line right behind the empty line is no grammar, but some write a SEND without a
        // body so: the CRLF of the empty line may be that of the end-line.
        held[0] = '\r';
        held[1] = '\n';
        heldLength = 2;
        notBody = 2;
    }

    private Part finished(boolean content) {
        var bytes = Arrays.copyOf(head, lineStart);
        var where = Arrays.copyOf(lines, headers);
        var done = new MsrpHead(bytes, where, transaction, method, code, content, bad, before);
        before = done;
        restart();
        return new Part.Head(done);
    }

    private void restart() {
        headLength = 0;
        headRead = 0;
        headDropped = 0;
        lineStart = 0;
        lineRead = 0;
        headers = 0;
        bad = null;
    }

    private String text(int from, int to) {
        return new String(head, from, to - from, ISO_8859_1);
    }

    private String quoted(int from, int to) {
        return MsrpSyntax.quoted(text(from, to));
    }

    // ---- body

    private @Nullable Part body(ByteBuf in) {
        if (heldLength > 0 && in.isReadable()) {
            var part = resume(in);
            if (part != null) return part;
        }
        if (!in.isReadable()) return null;
        int from = in.readerIndex();
        int to = in.writerIndex();
        search(in, from, to);
        int certain = found == Match.NO ? to - from : foundAt - from;
        Part body = certain == 0 ? null : new Part.Body(in.readRetainedSlice(certain));
        switch (found) {
            case NO -> {}
            case BEGINS -> {
                heldLength = to - foundAt;
                notBody = 0;
                in.readBytes(held, 0, heldLength);
            }
            case WHOLE -> {
                var end = end(in.getByte(foundAt + endLine.length - 3));
                in.skipBytes(endLine.length);
                if (body == null) return end;
                next = end;
            }
        }
        return body;
    }

    /** Decides about the bytes held back from the read before. */
    private @Nullable Part resume(ByteBuf in) {
        int count = Math.min(in.readableBytes(), endLine.length);
        in.getBytes(in.readerIndex(), held, heldLength, count);
        int all = heldLength + count;
        for (int at = 0; at < heldLength; at++) {
            var match = match(held, at, all);
            if (match == Match.WHOLE) {
                in.skipBytes(at + endLine.length - heldLength);
                var end = end(held[at + endLine.length - 3]);
                var body = heldBody(at);
                heldLength = 0;
                if (body == null) return end;
                next = end;
                return body;
            }
            if (match == Match.BEGINS) {
                in.skipBytes(count);
                var body = heldBody(at);
                System.arraycopy(held, at, held, 0, all - at);
                heldLength = all - at;
                notBody = Math.max(0, notBody - at);
                return body;
            }
        }
        var body = heldBody(heldLength);
        heldLength = 0;
        notBody = 0;
        return body;
    }

    private @Nullable Part heldBody(int to) {
        return to <= notBody
                ? null
                : new Part.Body(Unpooled.copiedBuffer(held, notBody, to - notBody));
    }

    private Part end(byte flag) {
        inBody = false;
        return new Part.End(Flag.of(flag));
    }

    /** Fills the filter with all windows of four bytes before the flag of the end-line. */
    private void learn() {
        windows = endLine.length - AFTER_ID - WINDOW + 1;
        for (int i = 0; i < windows; i++) filter[slot((int) INTS.get(endLine, i))] = 1;
    }

    private void unlearn() {
        for (int i = 0; i < windows; i++) filter[slot((int) INTS.get(endLine, i))] = 0;
    }

    private static int slot(int window) {
        return window * 0x9E3779B1 >>> 32 - FILTER_BITS;
    }

    private byte known(ByteBuffer bytes, int at) {
        return filter[slot((int) BUFFER_INTS.get(bytes, at))];
    }

    private void search(ByteBuf in, int from, int to) {
        var bytes =
                in.nioBufferCount() == 1
                        ? in.internalNioBuffer(from, to - from)
                        : in.nioBuffer(from, to - from);
        search(bytes, bytes.position(), bytes.limit());
        foundAt += from - bytes.position();
    }

    /**
     * Looks for the end-line. Of any that begins here, one window lies at a multiple of their
     * number: only there it looks, and mostly the filter says that it is no such window.
     */
    private void search(ByteBuffer bytes, int from, int to) {
        int step = windows;
        int at = from + step - 1;
        for (; at + 3 * step + WINDOW <= to; at += 4 * step) {
            // One branch for four: what costs is to guess one wrong.
            int any =
                    known(bytes, at)
                            | known(bytes, at + step)
                            | known(bytes, at + 2 * step)
                            | known(bytes, at + 3 * step);
            if (any != 0 && searchFour(bytes, at, to)) return;
        }
        for (; at + WINDOW <= to; at += step)
            if (known(bytes, at) != 0 && tryAll(bytes, at - step + 1, at, to)) return;
        if (tryAll(bytes, at - step + 1, to - 1, to)) return;
        found = Match.NO;
    }

    private boolean searchFour(ByteBuffer bytes, int first, int to) {
        for (int at = first; at <= first + 3 * windows; at += windows)
            if (known(bytes, at) != 0 && tryAll(bytes, at - windows + 1, at, to)) return true;
        return false;
    }

    private boolean tryAll(ByteBuffer bytes, int first, int last, int to) {
        for (int at = first; at <= last; at++) {
            if (bytes.get(at) != '\r') continue;
            found = match(bytes, at, to);
            foundAt = at;
            if (found != Match.NO) return true;
        }
        return false;
    }

    private Match match(ByteBuffer bytes, int at, int to) {
        int n = Math.min(endLine.length, to - at);
        for (int i = 0; i < n; i++) if (!fits(i, bytes.get(at + i))) return Match.NO;
        return n == endLine.length ? Match.WHOLE : Match.BEGINS;
    }

    private Match match(byte[] bytes, int at, int to) {
        int n = Math.min(endLine.length, to - at);
        for (int i = 0; i < n; i++) if (!fits(i, bytes[at + i])) return Match.NO;
        return n == endLine.length ? Match.WHOLE : Match.BEGINS;
    }

    private boolean fits(int i, byte c) {
        return i == endLine.length - AFTER_ID ? Flag.isFlag(c) : endLine[i] == c;
    }
}
