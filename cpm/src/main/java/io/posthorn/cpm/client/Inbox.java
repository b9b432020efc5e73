package io.posthorn.cpm.client;

import java.nio.file.Path;

/** Hears of messages that arrive. Must not block; the order is that of one message. */
public interface Inbox {

    /** The head of a message has come. {@code total} bytes, the wrapper included; -1 if unknown. */
    default void arriving(String from, String name, long total) {}

    /** Bytes that have come so far, the wrapper included. On a loop: often. */
    default void progress(long bytes) {}

    /** A message is in its file, durable and acknowledged. */
    void received(Received message);

    /** A message that was received before has come again: it is acknowledged, nothing is kept. */
    default void again(String from, String messageId) {}

    /** A message did not come to its end; nothing was kept. */
    void failed(String from, String why);

    /**
     * A message that was received.
     *
     * @param from the sender's address; empty if it is hidden
     * @param bytes of the file
     * @param messageId imdn.Message-ID; empty if there was none
     */
    record Received(
            String from,
            Path file,
            long bytes,
            String contentType,
            String messageId,
            String contribution) {}
}
