package io.posthorn.msrp.session;

import io.posthorn.strand.Entropy;

/**
 * Transaction ids of 64 random bits: nobody can write a body that holds the end-line of a chunk
 * before the chunk is sent (RFC 4975 section 7.1). One loop's own.
 */
final class TransactionIds {

    private static final int BYTES = 8;
    private static final String DIGITS = "0123456789abcdef";

    private final Entropy entropy;
    private final byte[] block = new byte[64 * BYTES];
    private final char[] digits = new char[2 * BYTES];
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
            digits[2 * i] = DIGITS.charAt(value >> 4 & 15);
            digits[2 * i + 1] = DIGITS.charAt(value & 15);
        }
        return new String(digits);
    }
}
