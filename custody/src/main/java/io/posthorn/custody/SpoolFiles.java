package io.posthorn.custody;

import io.posthorn.strand.Disk;
import io.posthorn.strand.DiskFile;
import io.posthorn.strand.Unavailable;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Map;

/**
 * The files that spools overflow into. A file that is given back is used again as it is:
 * overwriting costs a third of writing a fresh one. Disk lane only.
 */
final class SpoolFiles {
    private static final System.Logger LOG = System.getLogger(SpoolFiles.class.getName());
    private static final String PREFIX = "spool-";

    private final Disk disk;
    private final Path directory;
    private final int kept;
    private final Deque<DiskFile> free = new ArrayDeque<>();
    private final Map<DiskFile, Path> paths = new IdentityHashMap<>();
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
        if (file != null) return file;
        var path = directory.resolve(PREFIX + made++);
        var created = disk.create(path, 0);
        paths.put(created, path);
        return created;
    }

    /** Files taken and not yet given back. Any thread. */
    synchronized int out() {
        return paths.size() - free.size();
    }

    synchronized void giveBack(DiskFile file) {
        if (free.size() < kept) free.push(file);
        else drop(file);
    }

    /** What could not be written is not used again, and its room is given back. */
    synchronized void drop(DiskFile file) {
        file.close();
        var path = paths.remove(file);
        try {
            if (path != null) disk.delete(path);
        } catch (Unavailable broken) {
            LOG.log(System.Logger.Level.WARNING, broken.getMessage());
        }
    }

    /** What an earlier process left behind belongs to calls that died with it. */
    private void sweep() {
        if (swept) return;
        for (var file : disk.list(directory)) {
            if (String.valueOf(file.getFileName()).startsWith(PREFIX)) disk.delete(file);
        }
        swept = true;
    }
}
