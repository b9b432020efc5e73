package io.posthorn.msrp.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
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

    private final byte[] bytes;
    private final int[] lines;
    private final String transaction;
    private final String method;
    private final int code;
    private final boolean content;
    private final @Nullable ByteRange range;
    private final @Nullable Fault fault;

    /**
     * @param bytes start line and headers, each with its CRLF
     * @param lines where each header begins
     * @param bad what the decoder found wrong, or null
     */
    MsrpHead(
            byte[] bytes,
            int[] lines,
            String transaction,
            String method,
            int code,
            boolean content,
            @Nullable String bad) {
        this.bytes = bytes;
        this.lines = lines;
        this.transaction = transaction;
        this.method = method;
        this.code = code;
        this.content = content;
        String said = header("Byte-Range");
        range = said == null ? ByteRange.ALL : ByteRange.parse(said);
        fault = bad != null ? new Fault(400, bad) : check(said);
    }

    private @Nullable Fault check(@Nullable String saidRange) {
        if (!isRequest()) return null;
        var to = toPath();
        var from = fromPath();
        if (to.isEmpty()) return new Fault(400, "no To-Path");
        if (from.isEmpty()) return new Fault(400, "no From-Path");
        if (to.size() > MAX_URIS || from.size() > MAX_URIS)
            return new Fault(400, "more than " + MAX_URIS + " URIs in a path");
        if (MsrpUri.parse(to.getFirst()) == null)
            return new Fault(400, "To-Path " + MsrpSyntax.quoted(to.getFirst()));
        if (!method.equals("SEND") && !method.equals("REPORT")) return null;
        var id = header("Message-ID");
        if (id == null || !isId(id)) return new Fault(400, "no Message-ID, or a bad one");
        if (range == null) return ByteRange.fault(saidRange == null ? "" : saidRange);
        if (!oneOf("Success-Report", "yes", "no", "no"))
            return new Fault(400, "Success-Report is neither yes nor no");
        if (!oneOf("Failure-Report", "yes", "no", "partial"))
            return new Fault(400, "Failure-Report is neither yes, no nor partial");
        return null;
    }

    private boolean oneOf(String name, String first, String second, String third) {
        var value = header(name);
        return value == null || value.equals(first) || value.equals(second) || value.equals(third);
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
        return path("To-Path");
    }

    /** Empty if the header is missing. */
    public List<String> fromPath() {
        return path("From-Path");
    }

    /** Empty if the header is missing. */
    public String messageId() {
        var id = header("Message-ID");
        return id == null ? "" : id;
    }

    /**
     * {@code 1-*}{@code /*} if the header is missing. Not to be asked of a request with a fault.
     */
    public ByteRange byteRange() {
        return range == null ? ByteRange.ALL : range;
    }

    /** The first value of {@code name} in any case; null if there is none. */
    public @Nullable String header(String name) {
        for (int i = 0; i < lines.length; i++)
            if (is(i, name)) {
                int from = lines[i] + name.length() + 1;
                int to = end(i) - 2;
                while (from < to && isSpace(bytes[from])) from++;
                while (to > from && isSpace(bytes[to - 1])) to--;
                return new String(bytes, from, to - from, ISO_8859_1);
            }
        return null;
    }

    /** How many headers there are. */
    public int headers() {
        return lines.length;
    }

    /** Whether header number {@code i}, from 0, is {@code name} in any case. */
    public boolean is(int i, String name) {
        int at = lines[i];
        int n = name.length();
        if (end(i) - at <= n || bytes[at + n] != ':') return false;
        for (int k = 0; k < n; k++)
            if (lower(bytes[at + k]) != lower((byte) name.charAt(k))) return false;
        return true;
    }

    /** Copies header number {@code i} with its CRLF as it was read. */
    public void copy(int i, ByteBuf to) {
        to.writeBytes(bytes, lines[i], end(i) - lines[i]);
    }

    /** The start line and the headers as they were read. */
    public byte[] bytes() {
        return bytes.clone();
    }

    private int end(int i) {
        return i + 1 < lines.length ? lines[i + 1] : bytes.length;
    }

    private List<String> path(String name) {
        var value = header(name);
        if (value == null || value.isEmpty()) return List.of();
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
