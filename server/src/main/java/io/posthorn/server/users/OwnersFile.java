package io.posthorn.server.users;

import io.posthorn.strand.Unavailable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** A small file with secrets: mode 0600, and either the old or the new text, never half of it. */
public final class OwnersFile {

    private OwnersFile() {}

    /**
     * Its lines; none if it is not there.
     *
     * @throws Unavailable if it is not ours to read: that there is none would be a lie
     */
    public static List<String> read(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (NoSuchFileException none) {
            return List.of();
        } catch (IOException | UncheckedIOException e) {
            throw new Unavailable("cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    public static void write(Path file, String text) {
        var next = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.deleteIfExists(next);
            Files.createFile(
                    next,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
            Files.writeString(next, text, java.nio.file.StandardOpenOption.DSYNC);
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new Unavailable("cannot write " + file + ": " + e.getMessage(), e);
        }
    }
}
