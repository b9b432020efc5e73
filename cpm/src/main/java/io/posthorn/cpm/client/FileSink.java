package io.posthorn.cpm.client;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.posthorn.cpm.content.ContentDisposition;
import io.posthorn.cpm.content.ContentSum;
import io.posthorn.cpm.content.Cpim;
import io.posthorn.cpm.content.CpimHead;
import io.posthorn.strand.BodySink;
import io.posthorn.strand.Disk;
import io.posthorn.strand.DiskFile;
import io.posthorn.strand.Lane;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Strands;
import io.posthorn.strand.Unavailable;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Unwraps a message into {@code NAME.part}, and makes it {@code NAME} once it is whole and durable;
 * never overwrites. Loop only, but for the file, which belongs to one task of the disk's lane at a
 * time.
 */
final class FileSink implements BodySink {

    /** Bytes that may wait for the disk before the sender has to. */
    private static final int WINDOW = 1 << 20;

    private static final int NAMES = 10_000;

    /** So much is forced at once, so that the last force of a large file is a short one. */
    private static final long FORCED = 32L << 20;

    /** What became of it. */
    sealed interface Result {
        record Kept(Path file, long bytes) implements Result {}

        /** It was received before, and is in its file since. */
        record Again() implements Result {}

        record Failed(String why) implements Result {}
    }

    private final Strands strands;
    private final Disk disk;
    private final Loop home;
    private final Receiving settings;
    private final IntConsumer refuse;
    private final Consumer<FileSink> headed;
    private final Inbox inbox;
    private final String originator;
    private final ReceivedMessages before;
    private final long limit;

    private CpimHead head = new CpimHead();
    private volatile @Nullable Cpim cpim;
    private volatile @Nullable ContentSum sum;
    private long received;
    private long written;
    private final Deque<ByteBuf> waiting = new ArrayDeque<>();
    private int waitingBytes;
    private boolean writing;
    private boolean stopped;
    private String failure = "";
    private @Nullable Runnable room;
    private @Nullable Consumer<Result> finish;
    private @Nullable DiskFile file;
    private @Nullable Path part;

    /**
     * @param originator who sends it, as far as we are told
     * @param before what was received before
     * @param limit bytes that are taken at most
     * @param refuse tells the sender why no more is taken
     * @param headed is called once the head is known
     */
    FileSink(
            Strands strands,
            Disk disk,
            Loop home,
            Receiving settings,
            String originator,
            ReceivedMessages before,
            long limit,
            Inbox inbox,
            IntConsumer refuse,
            Consumer<FileSink> headed) {
        this.strands = strands;
        this.disk = disk;
        this.home = home;
        this.settings = settings;
        this.originator = originator;
        this.before = before;
        this.limit = limit;
        this.inbox = inbox;
        this.refuse = refuse;
        this.headed = headed;
    }

    /** The head; null until it has come. */
    @Nullable Cpim cpim() {
        return cpim;
    }

    /** The name it will have, if that is free. */
    String name() {
        var known = cpim;
        if (known == null) return "";
        var name = ContentDisposition.filename(known.mime("Content-Disposition").orElse(""));
        if (!name.isEmpty()) return name;
        return known.contentType().equals("text/plain") ? "message.txt" : "message.bin";
    }

    @Override
    public boolean accept(long at, ByteBuf bytes, Runnable whenRoom) {
        bytes.skipBytes((int) Math.min(Math.max(0, received - at), bytes.readableBytes()));
        if (stopped || !bytes.isReadable()) {
            bytes.release();
            return true;
        }
        received += bytes.readableBytes();
        inbox.progress(received);
        if (received > limit) return stop(413, "larger than " + limit + " bytes", bytes);
        if (cpim == null && !look(bytes)) return true;
        if (bytes.isReadable()) {
            if (sum != null) sum.add(bytes);
            waiting.add(bytes);
            waitingBytes += bytes.readableBytes();
        } else {
            bytes.release();
        }
        write();
        // A peer that misbehaves on demand: from here on nothing is taken any more.
        if (settings.stallAfter() >= 0 && received >= settings.stallAfter()) return false;
        if (waitingBytes <= WINDOW) return true;
        room = whenRoom;
        return false;
    }

    /** Collects the head, and leaves in {@code bytes} what comes behind it. False: it is wrong. */
    private boolean look(ByteBuf bytes) {
        var before = head.length();
        switch (head.add(bytes)) {
            case Cpim.Read.More _ -> bytes.skipBytes(head.length() - before);
            case Cpim.Read.Malformed(_, var why) -> {
                stop(400, "no CPIM: " + why, bytes);
                return false;
            }
            case Cpim.Read.Head(var read, var length) -> {
                bytes.skipBytes(length - before);
                cpim = read;
                sum = new ContentSum(read.content());
                head = new CpimHead();
                headed.accept(this);
            }
        }
        return true;
    }

    private boolean stop(int code, String why, ByteBuf bytes) {
        bytes.release();
        fail(why);
        refuse.accept(code);
        return true;
    }

    private void fail(String why) {
        if (stopped) return;
        stopped = true;
        failure = why;
        drop();
        settle();
    }

    private void drop() {
        waiting.forEach(ByteBuf::release);
        waiting.clear();
        waitingBytes = 0;
        var then = room;
        room = null;
        if (then != null) home.execute(then);
    }

    private void write() {
        if (writing || waiting.isEmpty()) return;
        writing = true;
        var pieces = new ArrayList<>(waiting);
        waiting.clear();
        var bytes = waitingBytes;
        waitingBytes = 0;
        var at = written;
        strands.run(Lane.DISK, () -> writePieces(pieces, at, bytes));
    }

    /** In the disk's lane. */
    private void writePieces(List<ByteBuf> pieces, long at, int bytes) {
        var whole = Unpooled.wrappedBuffer(pieces.toArray(ByteBuf[]::new));
        try {
            var to = opened();
            to.write(at, whole);
            if ((at + bytes) / FORCED > at / FORCED) to.force();
            home.execute(() -> wrote(bytes));
        } catch (Unavailable failed) {
            home.execute(() -> unwritten(String.valueOf(failed.getMessage())));
        } finally {
            whole.release();
        }
    }

    /** In the disk's lane: the file, created under a name that is free. */
    private DiskFile opened() {
        if (file != null) return file;
        var name = name();
        var taken = taken();
        for (int i = 0; i < NAMES; i++) {
            var candidate = numbered(name, i) + ".part";
            if (taken.contains(candidate)) continue;
            var at = settings.into().resolve(candidate);
            var created = disk.create(at, 0);
            part = at;
            file = created;
            return created;
        }
        throw new Unavailable("disk: too many files like " + name, null);
    }

    private HashSet<String> taken() {
        var taken = new HashSet<String>();
        for (var path : disk.list(settings.into())) taken.add(String.valueOf(path.getFileName()));
        return taken;
    }

    /** {@code photo.jpg}, {@code photo-1.jpg}, {@code photo-2.jpg}. */
    static String numbered(String name, int i) {
        if (i == 0) return name;
        var dot = name.lastIndexOf('.');
        return dot <= 0 ? name + "-" + i : name.substring(0, dot) + "-" + i + name.substring(dot);
    }

    private void wrote(int bytes) {
        writing = false;
        written += bytes;
        if (stopped) {
            drop();
            settle();
            return;
        }
        write();
        if (waitingBytes <= WINDOW / 2 && room != null) {
            var then = room;
            room = null;
            then.run();
        }
        settle();
    }

    private void unwritten(String why) {
        writing = false;
        if (stopped) {
            settle(); // given up meanwhile: the file goes now that the lane has done with it
            return;
        }
        refuse.accept(413);
        fail(why);
    }

    @Override
    public void end(long total) {
        if (cpim == null) {
            fail("no CPIM: the head does not end");
        }
    }

    @Override
    public void abort() {
        fail("aborted");
    }

    /**
     * Makes what has come durable, under its name, and tells; or why not. Any thread.
     *
     * @param then gets one result, on the loop
     */
    void finish(Consumer<Result> then) {
        home.execute(() -> {
            finish = then;
            settle();
        });
    }

    /** Throws away what is not finished. Any thread; harmless afterwards. */
    void discard() {
        home.execute(() -> fail("not finished"));
    }

    /** Ends the file, as soon as the disk's lane is done with it. */
    private void settle() {
        if (writing || !waiting.isEmpty()) return;
        var then = finish;
        if (stopped) {
            writing = true; // nothing more begins
            strands.run(Lane.DISK, this::deleteIt);
            finish = null;
            if (then != null) then.accept(new Result.Failed(failure));
        } else if (then != null) {
            finish = null;
            writing = true;
            strands.run(Lane.DISK, () -> keep(then));
        }
    }

    /** In the disk's lane. */
    private void deleteIt() {
        try {
            if (file != null) file.close();
            if (part != null) disk.delete(part);
        } catch (Unavailable left) {
            System.getLogger(FileSink.class.getName())
                    .log(System.Logger.Level.DEBUG, "part of a message left behind", left);
        }
    }

    private boolean again() {
        var id = cpim == null ? null : cpim.messageId().orElse(null);
        return id != null && sum != null && before.has(originator, id, sum.value());
    }

    /** The message is safe, whatever becomes of this: it may only be received twice. */
    private void remember() {
        var id = cpim == null ? null : cpim.messageId().orElse(null);
        if (id == null || sum == null) return;
        try {
            before.remember(originator, id, sum.value());
        } catch (Unavailable forgotten) {
            System.getLogger(FileSink.class.getName())
                    .log(
                            System.Logger.Level.WARNING,
                            "a message that comes again would be received again: {0}",
                            forgotten.getMessage());
        }
    }

    /** In the disk's lane: force, rename, force the directory; only then it is received. */
    private void keep(Consumer<Result> then) {
        Result result;
        try {
            if (again()) {
                deleteIt();
                result = new Result.Again();
            } else {
                var opened = opened();
                opened.force();
                opened.close();
                result = new Result.Kept(renamed(), written);
                remember();
            }
        } catch (Unavailable failed) {
            deleteIt();
            result = new Result.Failed(String.valueOf(failed.getMessage()));
        }
        var told = result;
        home.execute(() -> {
            stopped = true;
            then.accept(told);
        });
    }

    private Path renamed() {
        var from = part;
        if (from == null) throw new IllegalStateException("no file");
        var taken = taken();
        for (int i = 0; i < NAMES; i++) {
            var candidate = numbered(name(), i);
            if (taken.contains(candidate)) continue;
            var to = settings.into().resolve(candidate);
            disk.rename(from, to);
            part = to; // so that it goes, too, if it cannot be made durable
            disk.forceDirectory(settings.into());
            return to;
        }
        throw new Unavailable("disk: too many files like " + name(), null);
    }
}
