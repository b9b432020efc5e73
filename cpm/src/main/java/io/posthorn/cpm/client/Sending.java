package io.posthorn.cpm.client;

/** Hears how a message of ours is doing. On the strand of the message; must not block. */
public interface Sending {

    /** Bytes that were acknowledged, of how many; the wrapper included. */
    default void progress(long acknowledged, long total) {}

    /** Once, at the end. */
    void ended(Outcome outcome);

    /** What became of a message. */
    sealed interface Outcome {
        /** The last chunk was answered. */
        record Sent(long bytes, String contribution, String messageId) implements Outcome {}

        /**
         * It was refused, or failed.
         *
         * @param code of SIP or MSRP; 0 if nobody sent one
         * @param why for the user, with the Warning text if there was one
         */
        record Failed(int code, String why, String contribution) implements Outcome {}
    }
}
