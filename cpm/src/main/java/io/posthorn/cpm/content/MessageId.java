package io.posthorn.cpm.content;

import io.posthorn.strand.Entropy;
import java.util.Optional;

/**
 * imdn.Message-ID: names one message of one sender, for duplicates and for notifications about it.
 * Source: RFC 5438 section 6.3; at most 256 characters of a token: ours.
 */
public record MessageId(String value) {

    private static final int LIMIT = 256;

    public static MessageId fresh(Entropy entropy) {
        return new MessageId(entropy.hex(128));
    }

    /** {@code value} if it can name a message. */
    public static Optional<MessageId> of(String value) {
        return valid(value) ? Optional.of(new MessageId(value)) : Optional.empty();
    }

    static boolean valid(String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c <= ' ' || c >= 0x7f || "\"<>\\".indexOf(c) >= 0) return false;
        }
        return !value.isEmpty() && value.length() <= LIMIT;
    }

    @Override
    public String toString() {
        return value;
    }
}
