package io.posthorn.msrp.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The start line and the headers of one request or response, as they were read. Values are found
 * when asked for; bytes above 127 are kept as they are (ISO 8859-1).
 */
public final class MsrpHead {

    /** Ours: RFC 4975 sets no limit; a path through ten nodes is an accident. */
    private static final int MAX_URIS = 20;

    private static final int MAX_ID = 64;

    /** Where the transaction id begins. */
    static final int ID = "MSRP ".length();

    /** Before the first message that a decoder reads. */
    static final MsrpHead NONE = new MsrpHead();

    private final byte[] bytes;
    private final int[] lines;
    private final String transaction;
    private final String method;
    private final int code;
    private final boolean content;
    private final int toLine;
    private final int fromLine;
    private final int idLine;
    private final int rangeLine;
    private final List<String> toPath;
    private final List<String> fromPath;
    private final @Nullable MsrpUri target;
    private final String messageId;
    private final @Nullable String contentType;
    private final String failureReport;
    private final @Nullable ByteRange range;
    private final @Nullable Fault fault;

    private MsrpHead() {
        bytes = new byte[0];
        lines = new int[0];
        transaction = "";
        method = "";
        code = 0;
        content = false;
        toLine = -1;
        fromLine = -1;
        idLine = -1;
        rangeLine = -1;
        toPath = List.of();
        fromPath = List.of();
        target = null;
        messageId = "";
        contentType = null;
        failureReport = "";
        range = null;
        fault = null;
    }

    /**
     * @param bytes start line and headers, each with its CRLF
     * @param lines where each header begins
     * @param bad what the decoder found wrong, or null
     * @param before what the decoder read before: paths and ids that are the same are not cut and
     *     checked again
     */
    MsrpHead(
            byte[] bytes,
            int[] lines,
            String transaction,
            String method,
            int code,
            boolean content,
            @Nullable String bad,
            MsrpHead before) {
        this.bytes = bytes;
        this.lines = lines;
        this.transaction = transaction;
        this.method = method;
        this.code = code;
        this.content = content;
        toLine = find("To-Path");
        fromLine = find("From-Path");
        idLine = find("Message-ID");
        boolean sameTo = same(toLine, before, before.toLine);
        toPath = sameTo ? before.toPath : path(value(toLine));
        target =
                sameTo ? before.target : toPath.isEmpty() ? null : MsrpUri.parse(toPath.getFirst());
        fromPath =
                same(fromLine, before, before.fromLine) ? before.fromPath : path(value(fromLine));
        messageId = same(idLine, before, before.idLine) ? before.messageId : value(idLine);
        contentType = header("Content-Type");
        failureReport = value(find("Failure-Report"));
        rangeLine = find("Byte-Range");
        range =
                rangeLine < 0
                        ? ByteRange.ALL
                        : ByteRange.parse(
                                bytes,
                                valueFrom(rangeLine),
                                valueTo(rangeLine, valueFrom(rangeLine)));
        fault = bad != null ? new Fault(400, bad) : check();
    }

    /** What {@link #next} found. */
    private MsrpHead(MsrpHead before, byte[] bytes, int id, int numbers, ByteRange range) {
        this.bytes = bytes;
        this.transaction = new String(bytes, ID, id, ISO_8859_1);
        this.range = range;
        method = before.method;
        code = before.code;
        content = before.content;
        toLine = before.toLine;
        fromLine = before.fromLine;
        idLine = before.idLine;
        rangeLine = before.rangeLine;
        toPath = before.toPath;
        fromPath = before.fromPath;
        target = before.target;
        messageId = before.messageId;
        contentType = before.contentType;
        failureReport = before.failureReport;
        fault = null;
        lines = before.linesMoved(id - before.transaction.length(), numbers);
    }

    /**
     * Where they are if those up to Byte-Range are moved by {@code start}, and the rest by {@code
     * rest} more.
     */
    private int[] linesMoved(int start, int rest) {
        if (start == 0 && rest == 0) return lines;
        var moved = lines.clone();
        for (int i = 0; i < moved.length; i++)
            moved[i] += start + (rangeLine >= 0 && i > rangeLine ? rest : 0);
        return moved;
    }

    /**
     * The head that {@code read} begins with, if it is as this one but for the transaction id and
     * the numbers of Byte-Range, as between the chunks of a message, and nothing is wrong with
     * either. Else null: then it must be read line by line.
     */
    @Nullable MsrpHead next(byte[] read, int length) {
        if (fault != null || lines.length == 0) return null;
        if (!same(read, length, 0, 0, ID)) return null;
        int id = Ident.length(read, ID, length);
        if (id == 0) return null;
        int moved = id - transaction.length();
        int to = rangeLine < 0 ? bytes.length : valueFrom(rangeLine);
        if (!same(read, length, ID + id, ID + transaction.length(), to)) return null;
        if (rangeLine < 0)
            return new MsrpHead(this, Arrays.copyOf(read, to + moved), id, 0, ByteRange.ALL);
        int from = to + moved;
        int cr = from;
        while (cr < length && read[cr] != '\r') cr++;
        var numbers = ByteRange.parse(read, from, cr);
        int rest = end(rangeLine) - 2;
        if (numbers == null || !same(read, length, cr, rest, bytes.length)) return null;
        int all = cr + bytes.length - rest;
        return new MsrpHead(this, Arrays.copyOf(read, all), id, cr - rest - moved, numbers);
    }

    /** Whether {@code read} goes on at {@code at} as this does from {@code from} to {@code to}. */
    private boolean same(byte[] read, int length, int at, int from, int to) {
        int end = at + to - from;
        return end <= length && Arrays.equals(read, at, end, bytes, from, to);
    }

    private @Nullable Fault check() {
        if (!isRequest()) return null;
        if (toPath.isEmpty()) return new Fault(400, "no To-Path");
        if (fromPath.isEmpty()) return new Fault(400, "no From-Path");
        if (toPath.size() > MAX_URIS || fromPath.size() > MAX_URIS)
            return new Fault(400, "more than " + MAX_URIS + " URIs in a path");
        if (target == null)
            return new Fault(400, "To-Path " + MsrpSyntax.quoted(toPath.getFirst()));
        if (!method.equals("SEND") && !method.equals("REPORT")) return null;
        if (!isId(messageId)) return new Fault(400, "no Message-ID, or a bad one");
        if (range == null) return ByteRange.fault(value(rangeLine));
        if (!oneOf("Success-Report", "yes", "no", "no"))
            return new Fault(400, "Success-Report is neither yes nor no");
        if (!oneOf("Failure-Report", "yes", "no", "partial"))
            return new Fault(400, "Failure-Report is neither yes, no nor partial");
        return null;
    }

    private boolean oneOf(String name, String first, String second, String third) {
        int line = find(name);
        if (line < 0) return true;
        var value = value(line);
        return value.equals(first) || value.equals(second) || value.equals(third);
    }

    // Ours: RFC 4975 section 9 says 4 to 32 characters; shorter and longer ones are seen and harm
    // nobody.
    private static boolean isId(String id) {
        if (id.isEmpty() || id.length() > MAX_ID) return false;
        for (int i = 0; i < id.length(); i++)
            if (id.charAt(i) <= ' ' || id.charAt(i) > '~') return false;
        return true;
    }

    public String transaction() {
        return transaction;
    }

    public boolean isRequest() {
        return code == 0;
    }

    /** Empty for a response. */
    public String method() {
        return method;
    }

    /** The status code; 0 for a request. */
    public int code() {
        return code;
    }

    /** True if an empty line, and so a body, follows; it may have no bytes. */
    public boolean hasBody() {
        return content;
    }

    /** What is wrong with this request, although its end is certain; null if nothing is. */
    public @Nullable Fault fault() {
        return fault;
    }

    /** Empty if the header is missing. */
    public List<String> toPath() {
        return toPath;
    }

    /** The first URI of the To-Path; null if the header is missing, or wrong. */
    public @Nullable MsrpUri target() {
        return target;
    }

    /** Empty if the header is missing. */
    public List<String> fromPath() {
        return fromPath;
    }

    /** Empty if the header is missing. */
    public String messageId() {
        return messageId;
    }

    /** What the header says; null if it is missing. */
    public @Nullable String contentType() {
        return contentType;
    }

    /** What the header says; empty if it is missing. */
    public String failureReport() {
        return failureReport;
    }

    /**
     * {@code 1-*}{@code /*} if the header is missing. Not to be asked of a request with a fault.
     */
    public ByteRange byteRange() {
        return range == null ? ByteRange.ALL : range;
    }

    /** The first value of {@code name} in any case; null if there is none. */
    public @Nullable String header(String name) {
        int line = find(name);
        return line < 0 ? null : value(line);
    }

    private int find(String name) {
        for (int i = 0; i < lines.length; i++) if (is(i, name)) return i;
        return -1;
    }

    /** Empty for no line. */
    private String value(int line) {
        if (line < 0) return "";
        int from = valueFrom(line);
        return new String(bytes, from, valueTo(line, from) - from, ISO_8859_1);
    }

    private int valueFrom(int line) {
        int from = lines[line];
        int to = end(line) - 2;
        while (bytes[from] != ':') from++;
        from++;
        while (from < to && isSpace(bytes[from])) from++;
        return from;
    }

    private int valueTo(int line, int from) {
        int to = end(line) - 2;
        while (to > from && isSpace(bytes[to - 1])) to--;
        return to;
    }

    private boolean same(int line, MsrpHead other, int otherLine) {
        return line >= 0
                && otherLine >= 0
                && Arrays.equals(
                        bytes,
                        lines[line],
                        end(line),
                        other.bytes,
                        other.lines[otherLine],
                        other.end(otherLine));
    }

    /** Copies all headers but the paths as they were read; Byte-Range only if {@code range}. */
    public void copy(ByteBuf to, boolean range) {
        int from = -1;
        for (int i = 0; i < lines.length; i++) {
            boolean wanted = i != toLine && i != fromLine && (range || i != rangeLine);
            if (wanted && from < 0) from = lines[i];
            if (wanted || from < 0) continue;
            to.writeBytes(bytes, from, lines[i] - from);
            from = -1;
        }
        if (from >= 0) to.writeBytes(bytes, from, bytes.length - from);
    }

    private boolean is(int i, String name) {
        int at = lines[i];
        int n = name.length();
        if (end(i) - at <= n || bytes[at + n] != ':') return false;
        for (int k = 0; k < n; k++)
            if (lower(bytes[at + k]) != lower((byte) name.charAt(k))) return false;
        return true;
    }

    /** Of {@link #bytes}. */
    int length() {
        return bytes.length;
    }

    /** The start line and the headers as they were read. */
    public byte[] bytes() {
        return bytes.clone();
    }

    private int end(int i) {
        return i + 1 < lines.length ? lines[i + 1] : bytes.length;
    }

    private static List<String> path(String value) {
        if (value.isEmpty()) return List.of();
        if (value.indexOf(' ') < 0) return List.of(value);
        var uris = new ArrayList<String>();
        int from = 0;
        while (from < value.length()) {
            int to = value.indexOf(' ', from);
            if (to < 0) to = value.length();
            if (to > from) uris.add(value.substring(from, to));
            from = to + 1;
        }
        return uris;
    }

    private static boolean isSpace(byte c) {
        return c == ' ' || c == '\t';
    }

    private static int lower(byte c) {
        return c >= 'A' && c <= 'Z' ? c + 32 : c;
    }

    /** The start line, for logs. */
    @Override
    public String toString() {
        return "MSRP " + transaction + " " + (isRequest() ? method : Integer.toString(code));
    }
}
