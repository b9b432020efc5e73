package io.posthorn.server.tls;

import io.posthorn.live.Authority;
import io.posthorn.live.Credentials;
import io.posthorn.live.DataDirectory;
import io.posthorn.live.Pem;
import io.posthorn.server.users.OwnersFile;
import io.posthorn.strand.Certificate;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;

/**
 * An authority of this server's own in its data directory, and the certificate that it issues for
 * the server: whoever may read the directory can trust it, as it can read the development password.
 */
final class Development {

    /** Ours: nobody renews it by hand. */
    private static final Duration LIFE_OF_AUTHORITY = Duration.ofDays(3_650);

    /** Ours: made anew at a start within the last month. */
    private static final Duration LIFE = Duration.ofDays(365);

    private static final Duration SOON = Duration.ofDays(30);

    private final Path directory;

    private Development(Path data) {
        this.directory = data.resolve("tls");
    }

    static Development in(Path data) {
        return new Development(data);
    }

    /** What others must trust; it need not be there. */
    Path trust() {
        return directory.resolve("ca.pem");
    }

    /** The certificate for {@code names}: the one that is there if it will do, else a new one. */
    Authority.Issued certificate(Collection<String> names, Instant now) {
        DataDirectory.make(directory);
        var authority = authority(now);
        var certificate = directory.resolve("server.pem");
        var key = directory.resolve("server.key");
        if (Files.exists(certificate) && Files.exists(key)) {
            var known = new Authority.Issued(Pem.key(key), Pem.certificates(certificate));
            if (usable(known, authority, names, now)) return known;
        }
        var made = authority.issue(names, now, LIFE);
        OwnersFile.write(key, Pem.text(made.key()));
        OwnersFile.write(certificate, Pem.text(made.chain()));
        return made;
    }

    private static boolean usable(
            Authority.Issued known, Authority authority, Collection<String> names, Instant now) {
        return Given.usable(known, now.plus(SOON))
                && known.chain().getLast().equals(authority.certificate())
                && names.stream().allMatch(named(known)::covers);
    }

    private static Certificate named(Authority.Issued known) {
        return Certificate.vouched(new byte[0], Credentials.names(known.chain().getFirst()));
    }

    private Authority authority(Instant now) {
        var key = directory.resolve("ca.key");
        if (Files.exists(key) && Files.exists(trust())) {
            var known = Authority.known(Pem.key(key), Pem.certificates(trust()).getFirst());
            if (known.certificate().getNotAfter().toInstant().isAfter(now.plus(LIFE))) return known;
        }
        var made = Authority.named("Posthorn development, " + directory, now, LIFE_OF_AUTHORITY);
        OwnersFile.write(key, Pem.text(made.key()));
        OwnersFile.write(trust(), Pem.text(List.of(made.certificate())));
        return made;
    }
}
