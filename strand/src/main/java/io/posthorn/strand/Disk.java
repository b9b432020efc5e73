package io.posthorn.strand;

import java.nio.file.Path;
import java.util.List;

/**
 * Files, for custody and the client. Called in {@link Lane#DISK}; the simulated one keeps, drops or
 * tears what was not forced. Every method throws {@link Unavailable} if the disk fails.
 */
public interface Disk {

    /**
     * Creates a file; fails if it is there.
     *
     * @param reserve bytes to preallocate, 0 for none
     */
    DiskFile create(Path file, long reserve);

    DiskFile open(Path file);

    /** Atomic; replaces nothing: fails if {@code to} is there. */
    void rename(Path from, Path to);

    /** Makes creations, renames and deletions in {@code dir} durable. */
    void forceDirectory(Path dir);

    /** Harmless if the file is not there. */
    void delete(Path file);

    /**
     * The files in {@code dir}, in the order of their names. Creates the directory if it is not
     * there.
     */
    List<Path> list(Path dir);

    /** Bytes that can still be written. */
    long free();
}
