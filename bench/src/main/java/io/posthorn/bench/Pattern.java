package io.posthorn.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.posthorn.cpm.content.Cpim;
import io.posthorn.strand.BodySink;
import io.posthorn.strand.BodySource;
import io.posthorn.strand.Link;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * What the messages are: a CPIM head that names the message, then bytes that follow from its number
 * and their position. Nothing of it is on a disk, and whoever receives knows each byte before it
 * comes. Any thread.
 */
final class Pattern {

    /** A prime, so that no chunk size divides it: a chunk at the wrong place differs. */
    private static final int PERIOD = 1_000_003;

    /** The longest run of bytes handed out at once; the pattern is repeated by so much. */
    private static final int LONGEST = 1 << 20;

    private static final int STEP = 7_919;

    private final ByteBuf bytes;

    Pattern() {
        var period = new byte[PERIOD];
        new Random(PERIOD).nextBytes(period);
        // Given back with this object, by the garbage collector.
        bytes = Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(PERIOD + LONGEST)).clear();
        bytes.writeBytes(period).writeBytes(period);
        bytes.writeBytes(period, 0, LONGEST - PERIOD);
    }

    /** The whole of a message in bytes, its head included. */
    static long total(Message message) {
        return head(message).length + message.size();
    }

    private static byte[] head(Message message) {
        return new Cpim(
                        List.of(
                                new Cpim.Header(Cpim.CORE, "From", "<" + Peers.ALICE + ">"),
                                new Cpim.Header(Cpim.CORE, "To", "<" + Peers.BOB + ">"),
                                new Cpim.Header(Cpim.IMDN, "Message-ID", message.id())),
                        List.of(
                                new Cpim.Mime("Content-Type", "application/octet-stream"),
                                new Cpim.Mime("Content-Length", Long.toString(message.size()))))
                .bytes();
    }

    BodySource source(Message message) {
        return new Source(head(message), message);
    }

    Check check(Message message) {
        return new Check(head(message), message);
    }

    /**
     * The bytes of {@code message} behind its head, from {@code at}, as far as they lie together.
     */
    private ByteBuf run(Message message, long at, int count) {
        int from = (int) ((at + (long) message.number() * STEP) % PERIOD);
        return bytes.slice(from, Math.min(count, LONGEST));
    }

    private final class Source implements BodySource {
        private final byte[] head;
        private final Message message;
        private final long total;

        Source(byte[] head, Message message) {
            this.head = head;
            this.message = message;
            this.total = head.length + message.size();
        }

        @Override
        public long total() {
            return total;
        }

        @Override
        public long sendable() {
            return total;
        }

        @Override
        public boolean complete() {
            return true;
        }

        @Override
        public boolean aborted() {
            return false;
        }

        @Override
        public void write(long at, int count, Link to) {
            var next = at;
            var end = at + count;
            if (next < head.length) {
                int most = (int) Math.min(head.length - next, count);
                to.write(Unpooled.wrappedBuffer(head, (int) next, most));
                next += most;
            }
            while (next < end) {
                var run = run(message, next - head.length, (int) (end - next));
                next += run.readableBytes();
                to.write(run.retain());
            }
        }

        @Override
        public void whenMore(Runnable more) {
            throw new IllegalStateException("all of it is there");
        }
    }

    /** Compares what arrives. Loop only, until the message is complete. */
    final class Check implements BodySink {
        private final byte[] head;
        private final Message message;
        private long next;
        private @Nullable String wrong;

        Check(byte[] head, Message message) {
            this.head = head;
            this.message = message;
        }

        /** What differs; null if every byte came and is right. */
        @Nullable String wrong() {
            if (wrong == null && next != head.length + message.size())
                return "only " + next + " of " + (head.length + message.size()) + " bytes";
            return wrong;
        }

        @Override
        public boolean accept(long at, ByteBuf arrived, Runnable room) {
            try {
                int count = arrived.readableBytes();
                if (at > next) fault("a hole before byte " + at);
                else if (wrong == null && !same(at, arrived))
                    fault("bytes differ after byte " + at);
                next = Math.max(next, at + count);
                return true;
            } finally {
                arrived.release();
            }
        }

        private boolean same(long at, ByteBuf arrived) {
            int from = arrived.readerIndex();
            int end = arrived.writerIndex();
            if (at + end - from > head.length + message.size()) return false;
            for (; at < head.length && from < end; at++, from++) {
                if (arrived.getByte(from) != head[(int) at]) return false;
            }
            while (from < end) {
                var run = run(message, at - head.length, end - from);
                int count = run.readableBytes();
                if (!ByteBufUtil.equals(run, run.readerIndex(), arrived, from, count)) return false;
                from += count;
                at += count;
            }
            return true;
        }

        private void fault(String what) {
            if (wrong == null) wrong = what;
        }

        @Override
        public void end(long total) {
            if (total != head.length + message.size()) fault("ended at byte " + total);
        }

        @Override
        public void abort() {
            fault("given up by the server");
        }
    }
}
