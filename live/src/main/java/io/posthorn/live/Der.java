package io.posthorn.live;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** As much of ASN.1's distinguished encoding as a certificate needs. Source: ITU-T X.690. */
final class Der {
    private static final int CONSTRUCTED = 0x20;
    private static final int CONTEXT = 0x80;

    private Der() {}

    static byte[] sequence(byte[]... parts) {
        return tagged(0x30, joined(parts));
    }

    static byte[] set(byte[]... parts) {
        return tagged(0x31, joined(parts));
    }

    /** {@code [number]} around {@code parts}. */
    static byte[] explicit(int number, byte[]... parts) {
        return tagged(CONTEXT | CONSTRUCTED | number, joined(parts));
    }

    /** {@code [number]} in place of the type's own tag. */
    static byte[] implicit(int number, byte[] content) {
        return tagged(CONTEXT | number, content);
    }

    static byte[] integer(BigInteger value) {
        return tagged(2, value.toByteArray());
    }

    static byte[] yes() {
        return tagged(1, new byte[] {(byte) 0xff});
    }

    static byte[] nothing() {
        return tagged(5, new byte[0]);
    }

    static byte[] octets(byte[] value) {
        return tagged(4, value);
    }

    static byte[] bits(byte[] value, int unused) {
        return tagged(3, joined(new byte[] {(byte) unused}, value));
    }

    static byte[] text(String value) {
        return tagged(12, value.getBytes(UTF_8));
    }

    /** RFC 5280 section 4.1.2.5: two digits of the year until 2049. */
    static byte[] time(Instant at) {
        var utc = at.atOffset(ZoneOffset.UTC);
        boolean far = utc.getYear() >= 2050;
        var form = DateTimeFormatter.ofPattern(far ? "yyyyMMddHHmmss'Z'" : "yyMMddHHmmss'Z'");
        return tagged(far ? 24 : 23, form.format(utc).getBytes(US_ASCII));
    }

    /**
     * @param dotted {@code 1.2.840.10045.4.3.2}
     */
    static byte[] oid(String dotted) {
        var numbers = dotted.split("\\.");
        var out = new ByteArrayOutputStream();
        base128(out, Integer.parseInt(numbers[0]) * 40 + Integer.parseInt(numbers[1]));
        for (int i = 2; i < numbers.length; i++) base128(out, Integer.parseInt(numbers[i]));
        return tagged(6, out.toByteArray());
    }

    private static void base128(ByteArrayOutputStream out, int number) {
        for (int shift = 28; shift > 0; shift -= 7)
            if (number >> shift != 0) out.write(number >> shift & 0x7f | 0x80);
        out.write(number & 0x7f);
    }

    private static byte[] tagged(int tag, byte[] content) {
        var out = new ByteArrayOutputStream();
        out.write(tag);
        int length = content.length;
        if (length >= 0x80) {
            int bytes = length > 0xffff ? 3 : length > 0xff ? 2 : 1;
            out.write(0x80 | bytes);
            for (int i = bytes - 1; i > 0; i--) out.write(length >> 8 * i);
        }
        out.write(length);
        out.writeBytes(content);
        return out.toByteArray();
    }

    private static byte[] joined(byte[]... parts) {
        var out = new ByteArrayOutputStream();
        for (var part : parts) out.writeBytes(part);
        return out.toByteArray();
    }
}
