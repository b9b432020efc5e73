package io.posthorn.bench;

import java.util.Optional;
import java.util.UUID;

/**
 * One message of a run.
 *
 * @param number no other message of this process has it
 * @param size in bytes, without the CPIM head
 */
record Message(int number, long size) {

    /** Its Contribution-ID: whoever receives it knows from that which bytes must come. */
    String id() {
        return new UUID(size, number).toString();
    }

    /** The message with that Contribution-ID; empty if it is none of ours. */
    static Optional<Message> of(String id) {
        try {
            var parts = UUID.fromString(id);
            return Optional.of(
                    new Message(
                            Math.toIntExact(parts.getLeastSignificantBits()),
                            parts.getMostSignificantBits()));
        } catch (IllegalArgumentException | ArithmeticException foreign) {
            return Optional.empty();
        }
    }

    @Override
    public String toString() {
        return "message " + number;
    }
}
