package io.posthorn.custody;

import io.posthorn.strand.Disk;
import io.posthorn.strand.DiskFile;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The files that spools overflow into. A file that is given back is used again as it is:
 * overwriting costs a third of writing a fresh one. Disk lane only.
 */
final class SpoolFiles {
    private static final String PREFIX = "spool-";

    private final Disk disk;
    private final Path directory;
    private final int kept;
    private final Deque<DiskFile> free = new ArrayDeque<>();
    private int made;
    private boolean swept;

    /**
     * @param kept files to keep for re-use
     */
    SpoolFiles(Disk disk, Path directory, int kept) {
        this.disk = disk;
        this.directory = directory;
        this.kept = kept;
    }

    synchronized DiskFile take() {
        sweep();
        var file = free.poll();
        return file != null ? file : disk.create(directory.resolve(PREFIX + made++), 0);
    }

    synchronized void giveBack(DiskFile file) {
        if (free.size() < kept) free.push(file);
        else file.close();
    }

    /** What an earlier process left behind belongs to calls that died with it. */
    private void sweep() {
        if (swept) return;
        swept = true;
        for (var file : disk.list(directory)) {
            if (String.valueOf(file.getFileName()).startsWith(PREFIX)) disk.delete(file);
        }
    }
}
