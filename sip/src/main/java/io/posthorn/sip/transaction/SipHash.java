package io.posthorn.sip.transaction;

import io.posthorn.strand.Entropy;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * SipHash-2-4 (Aumasson and Bernstein, 2012), which has nothing to do with SIP: a short hash under
 * a secret. Names that peers choose fall onto one place of a table only by chance. Immutable.
 */
final class SipHash {
    private static final VarHandle EIGHT =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final long k0;
    private final long k1;

    /**
     * @param key 16 bytes
     */
    SipHash(byte[] key) {
        k0 = (long) EIGHT.get(key, 0);
        k1 = (long) EIGHT.get(key, 8);
    }

    /** Under a secret of its own. */
    static SipHash make(Entropy entropy) {
        byte[] key = new byte[16];
        entropy.fill(key);
        return new SipHash(key);
    }

    long of(byte[] text) {
        var state = new State(k0, k1);
        int whole = text.length & ~7;
        for (int i = 0; i < whole; i += 8) state.take((long) EIGHT.get(text, i));
        long last = (long) text.length << 56;
        for (int i = whole; i < text.length; i++) last |= (text[i] & 0xffL) << 8 * (i - whole);
        state.take(last);
        return state.end();
    }

    private static final class State {
        private long v0;
        private long v1;
        private long v2;
        private long v3;

        State(long k0, long k1) {
            v0 = k0 ^ 0x736f6d6570736575L;
            v1 = k1 ^ 0x646f72616e646f6dL;
            v2 = k0 ^ 0x6c7967656e657261L;
            v3 = k1 ^ 0x7465646279746573L;
        }

        void take(long word) {
            v3 ^= word;
            round();
            round();
            v0 ^= word;
        }

        long end() {
            v2 ^= 0xff;
            for (int i = 0; i < 4; i++) round();
            return v0 ^ v1 ^ v2 ^ v3;
        }

        private void round() {
            v0 += v1;
            v2 += v3;
            v1 = Long.rotateLeft(v1, 13) ^ v0;
            v3 = Long.rotateLeft(v3, 16) ^ v2;
            v0 = Long.rotateLeft(v0, 32);
            v2 += v1;
            v0 += v3;
            v1 = Long.rotateLeft(v1, 17) ^ v2;
            v3 = Long.rotateLeft(v3, 21) ^ v0;
            v2 = Long.rotateLeft(v2, 32);
        }
    }
}
