package io.posthorn.msrp.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;

/** MSRP to bytes: the lines in the order of RFC 4975 section 9. */
public final class MsrpEncoder {

    private static final String CRLF = "\r\n";

    private MsrpEncoder() {}

    /** The start line and the two paths, each already joined with spaces. */
    public static void request(
            ByteBuf out, String transaction, String method, String toPath, String fromPath) {
        request(out, transaction, method, paths(toPath, fromPath));
    }

    /** The same for one request of many with the same {@link #paths}. */
    public static void request(ByteBuf out, String transaction, String method, byte[] paths) {
        ascii(out, "MSRP " + transaction + " " + method + CRLF);
        out.writeBytes(paths);
    }

    /** The lines of the two paths, each already joined with spaces. */
    public static byte[] paths(String toPath, String fromPath) {
        return ("To-Path: " + toPath + "\r\nFrom-Path: " + fromPath + CRLF).getBytes(ISO_8859_1);
    }

    public static void header(ByteBuf out, String name, String value) {
        ascii(out, name + ": " + value + CRLF);
    }

    /** The empty line before a body. */
    public static void beginBody(ByteBuf out) {
        ascii(out, CRLF);
    }

    /** The end of a message without a body. */
    public static void end(ByteBuf out, String transaction, Flag flag) {
        ascii(out, "-------" + transaction + flag.sign() + CRLF);
    }

    /** The end of a message with a body, be it of no bytes. */
    public static void endBody(ByteBuf out, String transaction, Flag flag) {
        ascii(out, "\r\n-------" + transaction + flag.sign() + CRLF);
    }

    /** A whole response. RFC 4975 section 7.2: one URI in each path. */
    public static void response(
            ByteBuf out, String transaction, int code, String toPath, String fromPath) {
        ascii(
                out,
                "MSRP "
                        + transaction
                        + " "
                        + code
                        + " "
                        + comment(code)
                        + "\r\nTo-Path: "
                        + toPath
                        + "\r\nFrom-Path: "
                        + fromPath
                        + "\r\n-------"
                        + transaction
                        + "$\r\n");
    }

    /** What RFC 4975 section 10 calls {@code code}. */
    public static String comment(int code) {
        return switch (code) {
            case 200 -> "OK";
            case 400 -> "Bad Request";
            case 403 -> "Forbidden";
            case 408 -> "Request Timeout";
            case 413 -> "Stop Sending Message";
            case 415 -> "Unsupported Media Type";
            case 423 -> "Parameter Out of Bounds";
            case 481 -> "No Such Session";
            case 501 -> "Unknown Method";
            case 506 -> "Session Already Bound";
            default -> "Failed";
        };
    }

    private static void ascii(ByteBuf out, String text) {
        out.writeBytes(text.getBytes(ISO_8859_1));
    }
}
