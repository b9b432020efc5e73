package io.posthorn.cpm.client;

import java.nio.file.Path;

/**
 * How messages are received.
 *
 * @param into the directory of their files
 * @param reject a status code that every call is refused with; 0: none
 * @param stallAfter reads no more after this many bytes, as a peer that misbehaves on demand; -1:
 *     never
 */
public record Receiving(Path into, int reject, long stallAfter) {

    /** The file beside them that tells which messages came already. */
    public static final String MEMORY = ".posthorn-received";

    public static Receiving into(Path directory) {
        return new Receiving(directory, 0, -1);
    }
}
