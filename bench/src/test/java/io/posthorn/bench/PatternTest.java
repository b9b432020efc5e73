package io.posthorn.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.posthorn.strand.Certificate;
import io.posthorn.strand.Link;
import io.posthorn.strand.Loop;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

class PatternTest {

    private static final Message MESSAGE = new Message(7, 3_000_000);

    private final Pattern pattern = new Pattern();
    private final ByteBuf whole = whole(MESSAGE);

    private ByteBuf whole(Message message) {
        var gathered = new Gathering();
        int total = (int) Pattern.total(message);
        for (int at = 0; at < total; at += 65_536)
            pattern.source(message).write(at, Math.min(65_536, total - at), gathered);
        return gathered.bytes;
    }

    private String wrong(ByteBuf bytes, Message expected) {
        var check = pattern.check(expected);
        var end = bytes.readableBytes();
        for (int at = 0; at < end; at += 10_007)
            check.accept(at, bytes.copy(at, Math.min(10_007, end - at)), () -> {});
        check.end(end);
        return String.valueOf(check.wrong());
    }

    @Test
    void whatWasSentIsRight() {
        assertThat(wrong(whole, MESSAGE)).isEqualTo("null");
    }

    @Test
    void oneBitThatDiffersIsSeen() {
        whole.setByte(2_000_000, whole.getByte(2_000_000) ^ 1);
        assertThat(wrong(whole, MESSAGE)).startsWith("bytes differ");
    }

    @Test
    void anotherMessageIsSeen() {
        assertThat(wrong(whole, new Message(8, 3_000_000))).startsWith("bytes differ");
    }

    @Test
    void aMessageThatEndsEarlyIsSeen() {
        assertThat(wrong(whole.slice(0, whole.readableBytes() - 1), MESSAGE)).startsWith("ended");
    }

    @Test
    void aHoleIsSeen() {
        var check = pattern.check(MESSAGE);
        check.accept(1, whole.copy(1, 10), () -> {});
        assertThat(check.wrong()).startsWith("a hole");
    }

    @Test
    void theIdSaysWhichMessageItIs() {
        assertThat(Message.of(MESSAGE.id())).contains(MESSAGE);
        assertThat(Message.of("somebody else's")).isEmpty();
    }

    /** Keeps what is written to it. */
    private static final class Gathering implements Link {
        final ByteBuf bytes = Unpooled.buffer();

        @Override
        public void write(ByteBuf more) {
            bytes.writeBytes(more);
            more.release();
        }

        @Override
        public Loop loop() {
            throw new UnsupportedOperationException();
        }

        @Override
        public InetSocketAddress local() {
            throw new UnsupportedOperationException();
        }

        @Override
        public InetSocketAddress remote() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Certificate certified() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void flush() {}

        @Override
        public boolean writable() {
            return true;
        }

        @Override
        public void reading(boolean on) {}

        @Override
        public void close() {}
    }
}
