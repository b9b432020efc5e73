package io.posthorn.strand;

import java.util.HexFormat;

/** Randomness that cannot be guessed: every tag, branch, id and jitter. Any thread. */
public interface Entropy {

    void fill(byte[] bytes);

    /** {@code bits / 4} lower-case hexadecimal digits. */
    default String hex(int bits) {
        var bytes = new byte[bits / 8];
        fill(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
