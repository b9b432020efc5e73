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
    private final @Nullable ByteRange range;
    private final @Nullable Fault fault;
    private final Alike alike;

    /** What {@link #next} takes over: where the headers are that we read, and what they say. */
    private record Alike(
            String method,
            int code,
            boolean content,
            int toLine,
            int fromLine,
            int idLine,
            int rangeLine,
            List<String> toPath,
            List<String> fromPath,
            @Nullable MsrpUri target,
            String messageId,
            @Nullable String contentType,
            String failureReport) {

        static final Alike NOTHING =
                new Alike("", 0, false, -1, -1, -1, -1, List.of(), List.of(), null, "", null, "");
    }

    private MsrpHead() {
        bytes = new byte[0];
        lines = new int[0];
        transaction = "";
        range = null;
        fault = null;
        alike = Alike.NOTHING;
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
        int toLine = find("To-Path");
        int fromLine = find("From-Path");
        int idLine = find("Message-ID");
        int rangeLine = find("Byte-Range");
        var known = before.alike;
        boolean sameTo = same(toLine, before, known.toLine);
        var toPath = sameTo ? known.toPath : path(value(toLine));
        alike =
                new Alike(
                        method,
                        code,
                        content,
                        toLine,
                        fromLine,
                        idLine,
                        rangeLine,
                        toPath,
                        same(fromLine, before, known.fromLine)
                                ? known.fromPath
                                : path(value(fromLine)),
                        sameTo ? known.target : target(toPath),
                        same(idLine, before, known.idLine) ? known.messageId : value(idLine),
                        header("Content-Type"),
                        value(find("Failure-Report")));
        range = rangeLine < 0 ? ByteRange.ALL : range(rangeLine);
        fault = bad != null ? new Fault(400, bad) : check();
    }

    /** What {@link #next} found. */
    private MsrpHead(MsrpHead before, byte[] bytes, int id, int numbers, ByteRange range) {
        this.bytes = bytes;
        this.transaction = new String(bytes, ID, id, ISO_8859_1);
        this.range = range;
        fault = null;
        alike = before.alike;
        lines = before.linesMoved(id - before.transaction.length(), numbers);
    }

    private static @Nullable MsrpUri target(List<String> path) {
        return path.isEmpty() ? null : MsrpUri.parse(path.getFirst());
    }

    private @Nullable ByteRange range(int line) {
        int from = valueFrom(line);
        return ByteRange.parse(bytes, from, valueTo(line, from));
    }

    /**
     * Where they are if those up to Byte-Range are moved by {@code start}, and the rest by {@code
     * rest} more.
     */
    private int[] linesMoved(int start, int rest) {
        if (start == 0 && rest == 0) return lines;
        var moved = lines.clone();
        for (int i = 0; i < moved.length; i++)
            moved[i] += start + (alike.rangeLine >= 0 && i > alike.rangeLine ? rest : 0);
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
        int to = alike.rangeLine < 0 ? bytes.length : valueFrom(alike.rangeLine);
        if (!same(read, length, ID + id, ID + transaction.length(), to)) return null;
        if (alike.rangeLine < 0)
            return new MsrpHead(this, Arrays.copyOf(read, to + moved), id, 0, ByteRange.ALL);
        int from = to + moved;
        int cr = from;
        while (cr < length && read[cr] != '\r') cr++;
        var numbers = ByteRange.parse(read, from, cr);
        int rest = end(alike.rangeLine) - 2;
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
        if (alike.toPath.isEmpty()) return new Fault(400, "no To-Path");
        if (alike.fromPath.isEmpty()) return new Fault(400, "no From-Path");
        if (alike.toPath.size() > MAX_URIS || alike.fromPath.size() > MAX_URIS)
            return new Fault(400, "more than " + MAX_URIS + " URIs in a path");
        if (alike.target == null)
            return new Fault(400, "To-Path " + MsrpSyntax.quoted(alike.toPath.getFirst()));
        if (!alike.method.equals("SEND") && !alike.method.equals("REPORT")) return null;
        if (!isId(alike.messageId)) return new Fault(400, "no Message-ID, or a bad one");
        if (range == null) return ByteRange.fault(value(alike.rangeLine));
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
        return alike.code == 0;
    }

    /** Empty for a response. */
    public String method() {
        return alike.method;
    }

    /** The status alike.code; 0 for a request. */
    public int code() {
        return alike.code;
    }

    /** True if an empty line, and so a body, follows; it may have no bytes. */
    public boolean hasBody() {
        return alike.content;
    }

    /** What is wrong with this request, although its end is certain; null if nothing is. */
    public @Nullable Fault fault() {
        return fault;
    }

    /** Empty if the header is missing. */
    public List<String> toPath() {
        return alike.toPath;
    }

    /** The first URI of the To-Path; null if the header is missing, or wrong. */
    public @Nullable MsrpUri target() {
        return alike.target;
    }

    /** Empty if the header is missing. */
    public List<String> fromPath() {
        return alike.fromPath;
    }

    /** Empty if the header is missing. */
    public String messageId() {
        return alike.messageId;
    }

    /** What the header says; null if it is missing. */
    public @Nullable String contentType() {
        return alike.contentType;
    }

    /** What the header says; empty if it is missing. */
    public String failureReport() {
        return alike.failureReport;
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
            boolean wanted =
                    i != alike.toLine && i != alike.fromLine && (range || i != alike.rangeLine);
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
        return "MSRP "
                + transaction
                + " "
                + (isRequest() ? alike.method : Integer.toString(alike.code));
    }
}
