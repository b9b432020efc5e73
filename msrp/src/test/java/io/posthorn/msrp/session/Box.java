package io.posthorn.msrp.session;

import io.netty.buffer.ByteBuf;
import io.posthorn.strand.BodySink;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Whoever owns a session in a test: its receiver and its inbox. */
final class Box implements Receiver, Predicate<MsrpEvent> {

    /** One message that arrived. */
    static final class Letter implements BodySink {
        final Incoming message;
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        final Box box;
        boolean ended;
        boolean aborted;

        Letter(Incoming message, Box box) {
            this.message = message;
            this.box = box;
        }

        @Override
        public boolean accept(long at, ByteBuf more, Runnable room) {
            if (ended || aborted) throw new AssertionError("bytes after the end");
            if (at != bytes.size()) throw new AssertionError("at " + at + " of " + bytes.size());
            var copy = new byte[more.readableBytes()];
            more.readBytes(copy);
            more.release();
            bytes.writeBytes(copy);
            if (!box.full) return true;
            box.room.add(room);
            return false;
        }

        @Override
        public void end(long total) {
            if (ended || aborted || total != bytes.size()) throw new AssertionError("end");
            ended = true;
        }

        @Override
        public void abort() {
            if (ended || aborted) throw new AssertionError("abort");
            aborted = true;
        }
    }

    final List<MsrpEvent> events = new ArrayList<>();
    final List<Letter> letters = new ArrayList<>();
    final List<Runnable> room = new ArrayList<>();
    boolean full;
    boolean acceptAll = true;
    boolean deaf;
    int refuseArriving;

    @Override
    public BodySink arriving(Incoming message) {
        var letter = new Letter(message, this);
        letters.add(letter);
        if (refuseArriving != 0) message.refuse(refuseArriving);
        return letter;
    }

    @Override
    public boolean test(MsrpEvent event) {
        events.add(event);
        if (deaf) return false;
        if (acceptAll && event instanceof MsrpEvent.Complete complete) complete.message().accept();
        return true;
    }

    void makeRoom() {
        full = false;
        var waiting = List.copyOf(room);
        room.clear();
        waiting.forEach(Runnable::run);
    }

    Letter letter() {
        return letters.getLast();
    }

    <E extends MsrpEvent> List<E> all(Class<E> kind) {
        return events.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    <E extends MsrpEvent> boolean has(Class<E> kind) {
        return !all(kind).isEmpty();
    }

    @Nullable String lost() {
        var lost = all(MsrpEvent.Lost.class);
        return lost.isEmpty() ? null : lost.getLast().why();
    }
}
