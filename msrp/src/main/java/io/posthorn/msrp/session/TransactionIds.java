package io.posthorn.msrp.session;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.posthorn.strand.Entropy;

/**
 * Transaction ids of 64 random bits: nobody can write a body that holds the end-line of a chunk
 * before the chunk is sent (RFC 4975 section 7.1). One loop's own.
 */
final class TransactionIds {

    private static final int BYTES = 8;
    private static final byte[] DIGITS = "0123456789abcdef".getBytes(ISO_8859_1);

    private final Entropy entropy;
    private final byte[] block = new byte[64 * BYTES];
    private final byte[] digits = new byte[2 * BYTES];
    private int used = block.length;

    TransactionIds(Entropy entropy) {
        this.entropy = entropy;
    }

    String next() {
        if (used == block.length) {
            entropy.fill(block);
            used = 0;
        }
        for (int i = 0; i < BYTES; i++) {
            int value = block[used++];
            digits[2 * i] = DIGITS[value >> 4 & 15];
            digits[2 * i + 1] = DIGITS[value & 15];
        }
        return new String(digits, ISO_8859_1);
    }
}
