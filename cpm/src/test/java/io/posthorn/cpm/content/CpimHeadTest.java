package io.posthorn.cpm.content;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CpimHeadTest {

    private static final byte[] WHOLE =
            """
            From: <sip:alice@example.com>
            To: <sip:bob@example.net>

            Content-Type: text/plain

            hello\
            """
                    .replace("\n", "\r\n")
                    .getBytes(UTF_8);

    private final CpimHead head = new CpimHead();

    private Cpim.Read add(byte[] bytes, int piece) {
        Cpim.Read read = new Cpim.Read.More();
        for (int at = 0; at < bytes.length && read instanceof Cpim.Read.More; at += piece)
            read = head.add(Unpooled.wrappedBuffer(bytes, at, Math.min(piece, bytes.length - at)));
        return read;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 31, 1_000})
    void isReadInWhateverPieces(int piece) {
        assertThat(add(WHOLE, piece)).isEqualTo(Cpim.read(WHOLE, true));
    }

    /** Reading it anew with each octet would take a minute. */
    @Test
    void aHeadThatNeverEndsIsRefusedAtTheLimit() {
        var endless = ("X: 1\r\n".repeat(60) + "y".repeat(100_000)).getBytes(UTF_8);
        assertThat(add(endless, 1)).isInstanceOf(Cpim.Read.Malformed.class);
        assertThat(head.length()).isLessThanOrEqualTo(Cpim.LIMIT);
    }
}
