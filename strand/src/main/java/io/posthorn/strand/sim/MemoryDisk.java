package io.posthorn.strand.sim;

import io.netty.buffer.ByteBuf;
import io.posthorn.strand.Disk;
import io.posthorn.strand.DiskFile;
import io.posthorn.strand.Lane;
import io.posthorn.strand.Unavailable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The disk of one node. It outlives a crash of the node, but what was not forced is then kept,
 * dropped or torn, page by page; and a name that was created, renamed or deleted without {@link
 * #forceDirectory} may be as before.
 */
public final class MemoryDisk implements Disk {

    private static final int PAGE = 4_096;

    /** A change of a directory that is not durable yet. Takes effect on {@link #durable}. */
    private record Change(Path dir, @Nullable Path from, @Nullable Path to, @Nullable Data data) {
        boolean in(Path directory) {
            return directory.equals(dir) || (from != null && directory.equals(from.getParent()));
        }

        void apply(Map<Path, Data> names) {
            if (from != null && (data == null || names.get(from) == data)) names.remove(from);
            if (to != null && data != null) names.put(to, data);
        }
    }

    private final Agenda agenda;
    private final String node;
    private final Map<Path, Data> names = new TreeMap<>();
    private final Map<Path, Data> durable = new TreeMap<>();
    private List<Change> changes = new ArrayList<>();
    private long capacity = 1L << 40;
    private int failForce;
    private long operationsLeft = Long.MAX_VALUE;
    private final List<OpenFile> open = new ArrayList<>();
    private int life;

    MemoryDisk(Agenda agenda, String node) {
        this.agenda = agenda;
        this.node = node;
    }

    /** From now on the disk is full after {@code bytes} more. */
    public MemoryDisk fullAfter(long bytes) {
        capacity = used() + bytes;
        return this;
    }

    /**
     * The {@code nth} force from now fails, of a file or a directory. What it should have made
     * durable can be lost at the next crash, even if a later force says it went well.
     */
    public MemoryDisk failForce(int nth) {
        failForce = nth;
        return this;
    }

    /** After {@code operations} more, every operation fails, until the node crashes. */
    public MemoryDisk stopAfter(long operations) {
        operationsLeft = operations;
        return this;
    }

    /** What a file is made of, by the offset: for files that are too large to be made at once. */
    public interface Content {

        /** Fills {@code into} with the bytes from {@code at} on. */
        void read(long at, byte[] into);
    }

    /** Puts a durable file there, of {@code size} bytes. For the test itself. */
    public MemoryDisk put(Path file, long size, Content content) {
        var data = new Data(0);
        for (long at = 0; at < size; at += PAGE) {
            var page = new byte[(int) Math.min(PAGE, size - at)];
            content.read(at, page);
            data.write(at, page);
        }
        data.force();
        names.put(file.normalize(), data);
        durable.put(file.normalize(), data);
        return this;
    }

    /**
     * Where a file is not the {@code size} bytes of {@code content}: the offset of the first that
     * differs or is missing or too many, or -1. For the test itself.
     */
    public long differs(Path file, long size, Content content) {
        var data = there(file.normalize());
        long both = Math.min(size, data.size);
        for (long at = 0; at < both; at += PAGE) {
            var is = new byte[(int) Math.min(PAGE, both - at)];
            var should = new byte[is.length];
            data.read(at, is);
            content.read(at, should);
            int first = Arrays.mismatch(is, should);
            if (first >= 0) return at + first;
        }
        return size == data.size ? -1 : both;
    }

    /** Would all of this file survive a crash now, under this name? For the test itself. */
    public boolean durable(Path file) {
        var data = names.get(file.normalize());
        return data != null && durable.get(file.normalize()) == data && data.forced();
    }

    /** What a program would read now. For the test itself. */
    public byte[] contents(Path file) {
        var data = there(file.normalize());
        var bytes = new byte[Math.toIntExact(data.size)];
        data.read(0, bytes);
        return bytes;
    }

    /** Files that were opened and not closed since the last crash. For the test itself. */
    public List<Path> open() {
        return open.stream().map(file -> file.path).toList();
    }

    /** All files there are, in the order of their names. For the test itself. */
    public List<Path> files() {
        return List.copyOf(names.keySet());
    }

    @Override
    public DiskFile create(Path file, long reserve) {
        operation();
        var path = file.normalize();
        if (names.containsKey(path)) throw unavailable(path + " is there already");
        if (free() < reserve) throw unavailable("full: no room for " + reserve + " bytes");
        var data = new Data(reserve);
        names.put(path, data);
        changes.add(new Change(directory(path), null, path, data));
        return opened(path, data);
    }

    @Override
    public DiskFile open(Path file) {
        operation();
        var path = file.normalize();
        return opened(path, there(path));
    }

    private Data there(Path path) {
        var data = names.get(path);
        if (data == null) throw unavailable("no file " + path);
        return data;
    }

    @Override
    public void rename(Path from, Path to) {
        operation();
        var old = from.normalize();
        var path = to.normalize();
        var data = there(old);
        if (names.containsKey(path)) throw unavailable(path + " is there already");
        names.remove(old);
        names.put(path, data);
        changes.add(new Change(directory(path), old, path, data));
    }

    @Override
    public void forceDirectory(Path dir) {
        operation();
        var directory = dir.normalize();
        if (forceFails()) throw unavailable("force of " + directory + " failed");
        var left = new ArrayList<Change>();
        for (var change : changes)
            if (change.in(directory)) change.apply(durable);
            else left.add(change);
        changes = left;
    }

    @Override
    public void delete(Path file) {
        operation();
        var path = file.normalize();
        var data = names.remove(path);
        if (data != null) changes.add(new Change(directory(path), path, null, data));
    }

    @Override
    public List<Path> list(Path dir) {
        operation();
        var directory = dir.normalize();
        return names.keySet().stream().filter(p -> directory.equals(p.getParent())).toList();
    }

    @Override
    public long free() {
        return Math.max(0, capacity - used());
    }

    private long used() {
        long sum = 0;
        for (var data : names.values()) sum += data.taken();
        return sum;
    }

    private static Path directory(Path file) {
        var parent = file.getParent();
        return parent == null ? Path.of("") : parent;
    }

    private boolean forceFails() {
        return failForce > 0 && --failForce == 0;
    }

    private void operation() {
        if (!(agenda.current() instanceof BatonStrands.Work work)
                || work.lane() != Lane.DISK
                || !work.node().name().equals(node))
            throw new IllegalStateException(
                    "disk of " + node + " used outside Lane.DISK, from " + agenda.current());
        if (operationsLeft-- <= 0) throw unavailable("stopped");
    }

    private Unavailable unavailable(String what) {
        return new Unavailable("disk of " + node + ": " + what, null);
    }

    /** Power is lost: what is not durable is kept, dropped or torn. */
    void crash() {
        var cutoffs = new LinkedHashMap<Path, Integer>();
        var counts = new LinkedHashMap<Path, Integer>();
        for (var change : changes) counts.merge(change.dir(), 1, Integer::sum);
        counts.forEach((dir, count) -> cutoffs.put(dir, agenda.dice.below(count + 1)));
        // A directory keeps its changes up to some point, whatever others keep.
        for (var change : changes)
            if (cutoffs.merge(change.dir(), -1, Integer::sum) >= 0) change.apply(durable);
        changes = new ArrayList<>();
        names.clear();
        names.putAll(durable);
        for (var data : names.values()) data.crash(agenda.dice);
        operationsLeft = Long.MAX_VALUE;
        failForce = 0;
        life++;
        open.clear();
    }

    /** What a file holds, in pages, and those pages as they were when last forced. */
    private static final class Data {
        private final Pages pages = new Pages(PAGE);
        private final TreeMap<Long, byte[]> before = new TreeMap<>();
        private final long reserved;
        private long size;
        private long forcedSize;
        private boolean neverForcedAgain;

        Data(long reserved) {
            this.reserved = reserved;
        }

        long taken() {
            return Math.max(size, reserved);
        }

        boolean forced() {
            return before.isEmpty() && forcedSize == size && !neverForcedAgain;
        }

        void write(long at, byte[] bytes) {
            for (int done = 0; done < bytes.length; ) {
                long number = (at + done) / PAGE;
                int offset = (int) ((at + done) % PAGE);
                int part = Math.min(bytes.length - done, PAGE - offset);
                if (!before.containsKey(number)) before.put(number, pages.copy(number));
                pages.write(number, offset, bytes, done, part);
                done += part;
            }
            size = Math.max(size, at + bytes.length);
        }

        int read(long at, byte[] into) {
            int count = (int) Math.max(0, Math.min(into.length, size - at));
            for (int done = 0; done < count; ) {
                int offset = (int) ((at + done) % PAGE);
                int part = Math.min(count - done, PAGE - offset);
                pages.read((at + done) / PAGE, offset, into, done, part);
                done += part;
            }
            return count;
        }

        void force() {
            if (neverForcedAgain) return; // it says so, but the pages are lost to it
            before.clear();
            forcedSize = size;
        }

        void crash(Dice dice) {
            before.forEach((number, old) -> tear(dice, number, old));
            before.clear();
            if (size > forcedSize)
                size =
                        switch (dice.below(3)) {
                            case 0 -> forcedSize;
                            case 1 -> size;
                            default -> dice.between(forcedSize, size);
                        };
            forcedSize = size;
            blankBeyondEnd();
            neverForcedAgain = false;
        }

        private void tear(Dice dice, long number, byte[] old) {
            if (!pages.has(number)) return;
            int kept =
                    switch (dice.below(3)) {
                        case 0 -> 0;
                        case 1 -> PAGE;
                        default -> dice.below(PAGE);
                    };
            pages.write(number, kept, old, kept, PAGE - kept);
        }

        private void blankBeyondEnd() {
            pages.dropFrom((size + PAGE - 1) / PAGE);
            int kept = (int) (size % PAGE);
            if (pages.has(size / PAGE))
                pages.write(size / PAGE, kept, new byte[PAGE - kept], 0, PAGE - kept);
        }
    }

    private OpenFile opened(Path path, Data data) {
        var file = new OpenFile(path, data);
        open.add(file);
        return file;
    }

    private final class OpenFile implements DiskFile {
        private final Path path;
        private final Data data;
        private final int opened = life;
        private boolean closed;

        OpenFile(Path path, Data data) {
            this.path = path;
            this.data = data;
        }

        private void use() {
            operation();
            if (closed || opened != life) throw unavailable(path + " is closed");
        }

        @Override
        public long size() {
            use();
            return data.size;
        }

        @Override
        public void write(long at, ByteBuf bytes) {
            use();
            int length = bytes.readableBytes();
            if (at + length - data.taken() > free())
                throw unavailable("full: writing " + length + " bytes at " + at + " of " + path);
            var copy = new byte[length];
            bytes.getBytes(bytes.readerIndex(), copy);
            data.write(at, copy);
            agenda.trace(copy, 0, length);
        }

        @Override
        public int read(long at, ByteBuf into) {
            use();
            var bytes = new byte[(int) Math.min(into.writableBytes(), Math.max(0, data.size - at))];
            int count = data.read(at, bytes);
            into.writeBytes(bytes, 0, count);
            return count;
        }

        @Override
        public void force() {
            use();
            if (forceFails()) {
                data.neverForcedAgain = true;
                throw unavailable("force of " + path + " failed");
            }
            data.force();
        }

        @Override
        public void close() {
            closed = true;
            open.remove(this);
        }
    }
}
