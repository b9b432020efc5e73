package io.posthorn.sip.auth;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.posthorn.strand.Entropy;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Makes nonces and knows its own again without remembering them: a nonce is a time and randomness,
 * signed. Only one that was used with the right password costs memory, for its counts. On one loop.
 */
final class Nonces {

    // Ours: used nonces whose counts are remembered; before the oldest of them all are stale.
    private static final int REMEMBERED = 100_000;

    private static final int SIGNED = 8 + 12;

    private final Entropy entropy;
    private final Duration life;
    private final Seal seal;
    private final Map<String, Window> used = new LinkedHashMap<>();
    private Instant oldest = Instant.MIN;

    /** Which counts came: RFC 7616 section 3.4, {@code nc}; UDP may change their order. */
    private static final class Window {
        private final Instant made;
        private long highest;
        private long seen;

        Window(Instant made) {
            this.made = made;
        }

        boolean take(long count) {
            if (count <= 0) return false;
            if (count > highest) {
                long ahead = count - highest;
                seen = ahead >= 64 ? 0 : seen << ahead;
                seen |= 1;
                highest = count;
                return true;
            }
            long behind = highest - count;
            if (behind >= 64 || (seen & 1L << behind) != 0) return false;
            seen |= 1L << behind;
            return true;
        }
    }

    Nonces(Entropy entropy, Duration life) {
        this.entropy = entropy;
        this.life = life;
        this.seal = new Seal(entropy);
    }

    String make(Instant now) {
        var random = new byte[SIGNED - 8];
        entropy.fill(random);
        var signed = ByteBuffer.allocate(SIGNED).putLong(now.toEpochMilli()).put(random).array();
        var whole = Arrays.copyOf(signed, SIGNED + Seal.LENGTH);
        System.arraycopy(seal.of(signed), 0, whole, SIGNED, Seal.LENGTH);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(whole);
    }

    /** Whether it is one of ours, and young enough to be used. */
    boolean fresh(String nonce, Instant now) {
        var whole = decoded(nonce);
        if (whole.length != SIGNED + Seal.LENGTH) return false;
        var said = Arrays.copyOfRange(whole, SIGNED, SIGNED + Seal.LENGTH);
        var made = seal.of(Arrays.copyOf(whole, SIGNED));
        var at = made(whole);
        return MessageDigest.isEqual(made, said)
                && !at.plus(life).isBefore(now)
                && at.isAfter(oldest);
    }

    /**
     * Whether {@code count} comes for the first time. Only for nonces whose use was proven: else
     * anybody could fill our memory.
     */
    boolean take(String nonce, long count, Instant now) {
        forget(now);
        return used.computeIfAbsent(nonce, n -> new Window(made(decoded(n)))).take(count);
    }

    private void forget(Instant now) {
        for (var all = used.values().iterator(); all.hasNext(); ) {
            var made = all.next().made;
            boolean over = made.plus(life).isBefore(now);
            if (!over && used.size() <= REMEMBERED) return;
            if (!over && made.isAfter(oldest)) oldest = made;
            all.remove();
        }
    }

    private static byte[] decoded(String nonce) {
        try {
            return Base64.getUrlDecoder().decode(nonce.getBytes(ISO_8859_1));
        } catch (IllegalArgumentException notBase64) {
            return new byte[0];
        }
    }

    private static Instant made(byte[] whole) {
        return Instant.ofEpochMilli(ByteBuffer.wrap(whole).getLong());
    }
}
