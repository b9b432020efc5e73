package io.posthorn.custody;

import io.posthorn.strand.Lane;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Strands;
import io.posthorn.strand.Track;
import io.posthorn.strand.World;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** Spools that keep a window of each message in memory, and write behind to recycled files. */
public final class WindowedSpools implements Spools {

    /**
     * How much memory messages may hold.
     *
     * @param directory of the files beyond the window
     * @param window bytes per message
     * @param narrow bytes per message once all messages together hold {@code crowded} bytes
     * @param filesKept files kept open for re-use
     */
    public record Settings(Path directory, int window, int narrow, long crowded, int filesKept) {

        /** Ours: 1 MiB a message, 64 KiB beyond 256 MiB in all. */
        public static Settings in(Path directory) {
            return new Settings(directory, 1 << 20, 64 << 10, 256L << 20, 16);
        }
    }

    private final Settings settings;
    private final Strands strands;
    private final SpoolFiles files;
    private final AtomicLong held = new AtomicLong();
    private final AtomicInteger open = new AtomicInteger();

    public WindowedSpools(World world, Settings settings) {
        this.settings = settings;
        this.strands = world.strands();
        this.files = new SpoolFiles(world.disk(), settings.directory(), settings.filesKept());
    }

    @Override
    public Spool open(Loop home, Track track, long expected) {
        open.incrementAndGet();
        return new WindowedSpool(this, home, expected);
    }

    /** Spools not yet discarded. Any thread. */
    public int open() {
        return open.get();
    }

    /** Bytes that all spools hold in memory. Any thread. */
    public long held() {
        return held.get();
    }

    /** Files that spools have taken and not given back. Any thread. */
    public int files() {
        return files.out();
    }

    int window() {
        return held.get() > settings.crowded() ? settings.narrow() : settings.window();
    }

    void hold(long bytes) {
        held.addAndGet(bytes);
    }

    void gone() {
        open.decrementAndGet();
    }

    /** Runs {@code work} on the files, off the loop; it must not throw. */
    void onDisk(Consumer<SpoolFiles> work) {
        strands.run(Lane.DISK, () -> work.accept(files));
    }
}
