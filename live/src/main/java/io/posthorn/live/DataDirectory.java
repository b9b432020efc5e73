package io.posthorn.live;

import io.posthorn.strand.Unavailable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/** The directory a server owns: only its user can enter it, and a second server is refused. */
public final class DataDirectory implements AutoCloseable {

    private final Path path;
    private final FileChannel locked;

    private DataDirectory(Path path, FileChannel locked) {
        this.path = path;
        this.locked = locked;
    }

    /**
     * Creates the directory if it is not there (mode 0700), and locks it.
     *
     * @throws Unavailable if it cannot be made, or another server holds it
     */
    public static DataDirectory own(Path path) {
        try {
            make(path);
            var lock =
                    FileChannel.open(
                            path.resolve("lock"),
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE);
            if (tryLock(lock)) return new DataDirectory(path, lock);
            lock.close();
        } catch (IOException e) {
            throw new Unavailable("data directory " + path + ": " + e.getMessage(), e);
        }
        throw new Unavailable(
                "data directory " + path + " is in use by another server; give --data another one",
                null);
    }

    /**
     * Creates the directory if it is not there, so that only its user can enter it.
     *
     * @throws Unavailable if it cannot be made
     */
    public static void make(Path path) {
        if (Files.isDirectory(path)) return;
        var owner =
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        try {
            Files.createDirectories(path, owner);
        } catch (IOException e) {
            throw new Unavailable("data directory " + path + ": " + e.getMessage(), e);
        }
    }

    private static boolean tryLock(FileChannel lock) throws IOException {
        try {
            return lock.tryLock() != null;
        } catch (OverlappingFileLockException sameProcess) {
            return false;
        }
    }

    public Path path() {
        return path;
    }

    /** Where {@link ControlSocket} listens. */
    public Path control() {
        return path.resolve("control");
    }

    @Override
    public void close() {
        try {
            locked.close();
        } catch (IOException e) {
            throw new Unavailable("data directory " + path, e);
        }
    }
}
