package io.posthorn.sip.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * As much of STUN as keeps a UDP flow open: a Binding request, and the answer that says where it
 * came from. Source: RFC 5389; RFC 5626 section 4.4.2 and 8.
 */
final class Stun {

    private static final int COOKIE = 0x2112A442;
    private static final int HEAD = 20;
    private static final int ID = 12;

    /** RFC 5389 section 7.1: what is sent without knowing the path. */
    private static final int MOST = 548;

    private static final int REQUEST = 0x0001;
    private static final int SUCCESS = 0x0101;
    private static final int ERROR = 0x0111;

    private static final int ERROR_CODE = 0x0009;
    private static final int UNKNOWN_ATTRIBUTES = 0x000A;
    private static final int XOR_MAPPED_ADDRESS = 0x0020;
    private static final int SOFTWARE = 0x8022;
    private static final int FINGERPRINT = 0x8028;
    private static final int FINGERPRINT_MASK = 0x5354554e;

    /** Below it nobody may ignore what he does not know. */
    private static final int OPTIONAL = 0x8000;

    /** USERNAME, MESSAGE-INTEGRITY, REALM, NONCE: without a password they say nothing to us. */
    private static final int[] CREDENTIALS = {0x0006, 0x0008, 0x0014, 0x0015};

    /** What an answer tells: where we are seen, and by whom. */
    record Seen(byte[] id, InetSocketAddress from, String software) {}

    private Stun() {}

    /**
     * RFC 5389 section 6: the first two bits are zero, which no SIP message has, and the cookie.
     */
    static boolean is(byte[] bytes) {
        return bytes.length >= HEAD
                && (bytes[0] & 0xC0) == 0
                && ByteBuffer.wrap(bytes).getInt(4) == COOKIE;
    }

    static byte[] request(byte[] id) {
        return ByteBuffer.allocate(HEAD)
                .putShort((short) REQUEST)
                .putShort((short) 0)
                .putInt(COOKIE)
                .put(id)
                .array();
    }

    /**
     * What {@code bytes} get from us, which is little more than they are.
     *
     * @param software names this run of ours: another one knows nothing of who registered before
     * @return empty if it is no request, or wrong in a way that gets no answer
     */
    static Optional<byte[]> answer(byte[] bytes, InetSocketAddress from, String software) {
        if (!framed(bytes) || type(bytes) != REQUEST) return Optional.empty();
        var in = ByteBuffer.wrap(bytes);
        int unknown = -1;
        boolean signed = false;
        for (int at = HEAD; at < bytes.length; ) {
            int kind = in.getShort(at) & 0xffff;
            int length = in.getShort(at + 2) & 0xffff;
            if (kind == FINGERPRINT) {
                if (length != 4 || in.getInt(at + 4) != fingerprint(bytes, at))
                    return Optional.empty();
                signed = true;
            } else if (kind < OPTIONAL && !credential(kind) && unknown < 0) {
                unknown = kind;
            }
            at += 4 + padded(length);
        }
        var out = ByteBuffer.allocate(MOST);
        out.putShort((short) (unknown < 0 ? SUCCESS : ERROR)).putShort((short) 0);
        out.putInt(COOKIE).put(bytes, 8, ID);
        if (unknown < 0) mapped(out, from, bytes, software);
        else refused(out, unknown);
        return Optional.of(finished(out, signed));
    }

    private static void mapped(
            ByteBuffer out, InetSocketAddress from, byte[] request, String software) {
        var address = from.getAddress().getAddress();
        var mask = mask(request);
        attribute(out, XOR_MAPPED_ADDRESS, 4 + address.length);
        out.put((byte) 0).put((byte) (address.length == 4 ? 1 : 2));
        out.putShort((short) (from.getPort() ^ COOKIE >>> 16));
        for (int i = 0; i < address.length; i++) out.put((byte) (address[i] ^ mask[i]));
        var name = software.getBytes(US_ASCII);
        attribute(out, SOFTWARE, name.length);
        out.put(name).put(new byte[padded(name.length) - name.length]);
    }

    /** RFC 5389 section 15.2: the cookie, then the transaction id. */
    private static byte[] mask(byte[] message) {
        return Arrays.copyOfRange(message, 4, HEAD);
    }

    /** RFC 5389 section 7.3.1: 420 with what we do not know. */
    private static void refused(ByteBuffer out, int unknown) {
        attribute(out, ERROR_CODE, 4);
        out.putShort((short) 0).put((byte) 4).put((byte) 20);
        attribute(out, UNKNOWN_ATTRIBUTES, 2);
        out.putShort((short) unknown).putShort((short) 0);
    }

    private static void attribute(ByteBuffer out, int kind, int length) {
        out.putShort((short) kind).putShort((short) length);
    }

    private static byte[] finished(ByteBuffer out, boolean signed) {
        int end = out.position() + (signed ? 8 : 0);
        out.putShort(2, (short) (end - HEAD));
        if (signed) {
            int sum = fingerprint(out.array(), out.position());
            attribute(out, FINGERPRINT, 4);
            out.putInt(sum);
        }
        return Arrays.copyOf(out.array(), end);
    }

    /** RFC 5389 section 15.5: over all that stands before it. */
    private static int fingerprint(byte[] bytes, int before) {
        var sum = new CRC32();
        sum.update(bytes, 0, before);
        return (int) sum.getValue() ^ FINGERPRINT_MASK;
    }

    private static boolean credential(int kind) {
        for (int known : CREDENTIALS) if (known == kind) return true;
        return false;
    }

    private static int type(byte[] bytes) {
        return ByteBuffer.wrap(bytes).getShort(0) & 0xffff;
    }

    private static int padded(int length) {
        return length + 3 & ~3;
    }

    /** Whether the head says how long it is, and its attributes end where it does. */
    private static boolean framed(byte[] bytes) {
        if (!is(bytes) || bytes.length > MOST) return false;
        var in = ByteBuffer.wrap(bytes);
        if ((in.getShort(2) & 0xffff) != bytes.length - HEAD || bytes.length % 4 != 0) return false;
        int at = HEAD;
        while (at < bytes.length) at += 4 + padded(in.getShort(at + 2) & 0xffff);
        return at == bytes.length;
    }

    /** What an answer to a request of ours says; empty if it is none that we can use. */
    static Optional<Seen> seen(byte[] bytes) {
        if (!framed(bytes) || type(bytes) != SUCCESS) return Optional.empty();
        var in = ByteBuffer.wrap(bytes);
        InetSocketAddress from = null;
        var software = "";
        for (int at = HEAD; at < bytes.length; ) {
            int kind = in.getShort(at) & 0xffff;
            int length = in.getShort(at + 2) & 0xffff;
            if (kind == XOR_MAPPED_ADDRESS) from = address(bytes, at + 4, length);
            if (kind == SOFTWARE) software = new String(bytes, at + 4, length, US_ASCII);
            at += 4 + padded(length);
        }
        return from == null
                ? Optional.empty()
                : Optional.of(new Seen(Arrays.copyOfRange(bytes, 8, HEAD), from, software));
    }

    private static @org.jspecify.annotations.Nullable InetSocketAddress address(
            byte[] bytes, int at, int length) {
        if (length != 8 && length != 20) return null; // IPv4, IPv6
        var mask = mask(bytes);
        var address = Arrays.copyOfRange(bytes, at + 4, at + length);
        for (int i = 0; i < address.length; i++) address[i] ^= mask[i];
        int port = (ByteBuffer.wrap(bytes).getShort(at + 2) ^ COOKIE >>> 16) & 0xffff;
        try {
            return new InetSocketAddress(InetAddress.getByAddress(address), port);
        } catch (UnknownHostException wrongLength) {
            return null;
        }
    }
}
