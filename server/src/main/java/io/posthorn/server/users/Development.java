package io.posthorn.server.users;

import io.posthorn.strand.Entropy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * One password for every user of a server that has no users yet, in a file that only its owner can
 * read: whoever may read it may be anybody, so that trying Posthorn needs no preparation, and a
 * stranger on the same machine is still a stranger.
 */
public record Development(String password) {

    private static final String HEAD =
            "# As long as 'posthorn users add' was never used, every user of this server has this password.";

    private static Path file(Path directory) {
        return directory.resolve("development");
    }

    /** The one of {@code directory}, made if it is not there. */
    public static Development in(Path directory, Entropy entropy) {
        var known = find(directory);
        if (known.isPresent()) return known.get();
        var made = new Development(entropy.hex(128));
        OwnersFile.write(file(directory), HEAD + "\n" + made.password() + "\n");
        return made;
    }

    /** Empty if there is none, or if somebody else owns it. */
    public static Optional<Development> find(Path directory) {
        if (!Files.isReadable(file(directory))) return Optional.empty();
        return OwnersFile.read(file(directory)).stream()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .findFirst()
                .map(String::strip)
                .map(Development::new);
    }

    /** Without the password. */
    @Override
    public String toString() {
        return "development";
    }
}
