package io.posthorn.live;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.posthorn.strand.Disk;
import io.posthorn.strand.DiskFile;
import io.posthorn.strand.Lane;
import io.posthorn.strand.Unavailable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;

/**
 * The file system. Relative paths lie in the data directory. Called from another thread than one of
 * {@link Lane#DISK}, the work moves there and the caller parks.
 */
final class LiveDisk implements Disk {
    private static final FileAttribute<?> OWNER_FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final FileAttribute<?> OWNER_DIRECTORY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private final Path data;
    private final Lanes lanes;

    LiveDisk(Path data, Lanes lanes) {
        this.data = data;
        this.lanes = lanes;
    }

    /** Work on a file. */
    interface Work<T> {
        T run() throws IOException;
    }

    /** Runs {@code work} in the lane; {@code what} begins the message if it fails. */
    static <T> T at(Lanes lanes, String what, Path file, Work<T> work) {
        try {
            return lanes.call(Lane.DISK, work::run);
        } catch (IOException failed) {
            throw new Unavailable("cannot " + what + " " + file + ": " + reason(failed), failed);
        } catch (RuntimeException already) {
            throw already;
        } catch (Exception other) {
            throw new Unavailable("cannot " + what + " " + file, other);
        }
    }

    private static String reason(IOException failed) {
        return switch (failed) {
            case FileAlreadyExistsException e -> "it is there already";
            case NoSuchFileException e -> "it is not there";
            case AccessDeniedException e -> "access denied";
            case FileSystemException e when e.getReason() != null -> e.getReason();
            default -> String.valueOf(failed.getMessage());
        };
    }

    @Override
    public DiskFile create(Path file, long reserve) {
        var path = data.resolve(file);
        return at(
                lanes,
                "create",
                path,
                () -> {
                    // Ours: checked, not taken: the JDK has no fallocate, and writing zeros first
                    // would double the work of the disk.
                    if (reserve > usable(path)) {
                        throw new IOException("no room for " + reserve + " bytes");
                    }
                    return new LiveFile(path, created(path), lanes);
                });
    }

    private static FileChannel created(Path path) throws IOException {
        var options = Set.of(CREATE_NEW, READ, WRITE);
        try {
            return FileChannel.open(path, options, OWNER_FILE);
        } catch (NoSuchFileException noDirectory) {
            var parent = path.getParent();
            if (parent == null) throw noDirectory;
            Files.createDirectories(parent, OWNER_DIRECTORY);
            return FileChannel.open(path, options, OWNER_FILE);
        }
    }

    @Override
    public DiskFile open(Path file) {
        var path = data.resolve(file);
        return at(lanes, "open", path, () -> new LiveFile(path, channel(path), lanes));
    }

    private static FileChannel channel(Path path) throws IOException {
        try {
            return FileChannel.open(path, READ, WRITE);
        } catch (FileSystemException readOnly) {
            // A file to send may well be one that we may not change.
            if (!Files.isRegularFile(path) || !Files.isReadable(path)) throw readOnly;
            return FileChannel.open(path, READ);
        }
    }

    @Override
    public void rename(Path from, Path to) {
        var source = data.resolve(from);
        var target = data.resolve(to);
        at(
                lanes,
                "rename " + source + " to",
                target,
                () -> {
                    link(source, target);
                    return true;
                });
    }

    /**
     * rename(2) replaces what is there; link(2) refuses. After a crash between the two calls the
     * file has both names, and all its bytes under each.
     */
    private static void link(Path source, Path target) throws IOException {
        try {
            Files.createLink(target, source);
        } catch (FileAlreadyExistsException | NoSuchFileException plain) {
            throw plain;
        } catch (UnsupportedOperationException | IOException noLinks) {
            moveIfFree(source, target);
            return;
        }
        Files.delete(source);
    }

    /** File systems without links: here another process could still come between. */
    private static synchronized void moveIfFree(Path source, Path target) throws IOException {
        if (Files.exists(target)) throw new FileAlreadyExistsException(target.toString());
        Files.move(source, target, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public void forceDirectory(Path dir) {
        var path = data.resolve(dir);
        at(
                lanes,
                "force",
                path,
                () -> {
                    try (var channel = FileChannel.open(path, READ)) {
                        channel.force(true);
                    }
                    return true;
                });
    }

    @Override
    public void delete(Path file) {
        var path = data.resolve(file);
        at(lanes, "delete", path, () -> Files.deleteIfExists(path));
    }

    @Override
    public List<Path> list(Path dir) {
        var path = data.resolve(dir);
        return at(
                lanes,
                "list",
                path,
                () -> {
                    if (!Files.isDirectory(path)) Files.createDirectories(path, OWNER_DIRECTORY);
                    try (var files = Files.list(path)) {
                        return files.filter(Files::isRegularFile)
                                .map(file -> dir.resolve(file.getFileName()))
                                .sorted()
                                .toList();
                    }
                });
    }

    @Override
    public long free() {
        return at(lanes, "measure", data, () -> usable(data));
    }

    private static long usable(Path path) throws IOException {
        var there = path.toAbsolutePath();
        while (!Files.exists(there) && there.getParent() != null) there = there.getParent();
        return Files.getFileStore(there).getUsableSpace();
    }
}
