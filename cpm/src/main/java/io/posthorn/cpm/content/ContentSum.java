package io.posthorn.cpm.content;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/**
 * Sums up what a CPIM message says: its MIME headers and its content, but not its message headers,
 * as whoever sends it once more may write another DateTime.
 *
 * <p>Ours: CRC-32 and CRC-32C, 64 bits in all, and the length. Whoever could make two contents of
 * the same sum would have to be the same authenticated originator, use the same imdn.Message-ID
 * twice, and would suppress nobody's message but its own; against accidents 64 bits are plenty. A
 * cryptographic hash costs six times as much as relaying the bytes may cost more.
 */
public final class ContentSum {

    /**
     * What was summed up.
     *
     * @param bytes of the content, without MIME headers
     */
    public record Value(long sum, long bytes) {}

    private final CRC32 first = new CRC32();
    private final CRC32C second = new CRC32C();
    private long bytes;

    public ContentSum(List<Cpim.Mime> headers) {
        for (var header : headers) {
            var line = (header.name() + ":" + header.value() + "\n").getBytes(UTF_8);
            first.update(line);
            second.update(line);
        }
    }

    /** The next bytes of the content; leaves {@code content} as it is. */
    public void add(ByteBuf content) {
        for (var piece : content.nioBuffers()) {
            first.update(piece.duplicate());
            second.update(piece);
        }
        bytes += content.readableBytes();
    }

    public Value value() {
        return new Value(first.getValue() << 32 | second.getValue(), bytes);
    }
}
