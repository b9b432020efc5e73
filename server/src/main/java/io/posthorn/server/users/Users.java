package io.posthorn.server.users;

import io.posthorn.server.config.InvalidConfig;
import io.posthorn.sip.auth.Algorithm;
import io.posthorn.sip.auth.Secrets;
import io.posthorn.sip.wire.SipSyntax;
import io.posthorn.sip.wire.SipUri;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The users of a data directory, a line each: the address, the algorithm, and H(A1) of RFC 7616 for
 * the two names that a client may give, {@code bob} and {@code bob@example.net}. A password itself
 * is never kept, but who reads these lines can act as their users: only their owner can.
 *
 * <p>As long as there never was one, anybody who can read the directory is whoever he wants: see
 * {@link Development}.
 */
public final class Users implements Secrets {

    private static final String HEAD =
            "# The users of this server; change them with 'posthorn users'. Keep this file secret.";

    /** One line. */
    private record Line(String address, Algorithm algorithm, String plain, String full) {
        static Line parse(Path file, int number, String text) {
            var words = text.strip().split("\\s+");
            if (words.length != 4)
                throw new InvalidConfig(
                        file
                                + ":"
                                + number
                                + ": not four words: write users with"
                                + " 'posthorn users add'");
            for (var algorithm : Algorithm.values())
                if (algorithm.toString().equals(words[1]))
                    return new Line(words[0], algorithm, words[2], words[3]);
            throw new InvalidConfig(
                    file + ":" + number + ": '" + words[1] + "' is not SHA-256 or MD5");
        }

        @Override
        public String toString() {
            return address + " " + algorithm + " " + plain + " " + full;
        }
    }

    private final Path file;
    private final @Nullable Development development;
    private volatile Map<String, List<Line>> lines = Map.of();

    /** Whether there ever was a user. */
    private volatile boolean used;

    private Users(Path directory, @Nullable Development development) {
        this.file = directory.resolve("users");
        this.development = development;
    }

    /**
     * @param development whom to believe as long as there are no users; null: nobody
     * @throws InvalidConfig naming file and line, if they cannot be read
     */
    public static Users in(Path directory, @Nullable Development development) {
        var users = new Users(directory, development);
        users.reload();
        return users;
    }

    /**
     * Whose registrations end.
     *
     * @param everybody the password that held for all holds no more
     * @param addresses users that are no more, or have another password
     */
    public record Ended(boolean everybody, List<String> addresses) {}

    /** Reads the file anew; what cannot be read changes nothing. */
    public Ended reload() {
        var before = lines;
        boolean hadUsers = used;
        var now = new TreeMap<String, List<Line>>();
        int number = 0;
        var texts = OwnersFile.read(file);
        for (var text : texts) {
            number++;
            if (text.isBlank() || text.startsWith("#")) continue;
            var line = Line.parse(file, number, text);
            now.computeIfAbsent(line.address(), _ -> new ArrayList<>()).add(line);
        }
        lines = Map.copyOf(now);
        used = !texts.isEmpty();
        var changed =
                before.entrySet().stream()
                        .filter(user -> !user.getValue().equals(now.get(user.getKey())))
                        .map(Map.Entry::getKey)
                        .sorted()
                        .toList();
        return new Ended(!hadUsers && used && development != null, changed);
    }

    /** In the order of the alphabet. */
    public List<String> addresses() {
        return lines.keySet().stream().sorted().toList();
    }

    /** In place of what was known of {@code address}, on disk before this returns. */
    public void put(String address, String password, boolean md5) {
        var all = new TreeMap<>(lines);
        var kinds = new ArrayList<Line>();
        kinds.add(line(Algorithm.SHA_256, address, password));
        if (md5) kinds.add(line(Algorithm.MD5, address, password));
        all.put(address, kinds);
        write(all);
    }

    private static Line line(Algorithm algorithm, String address, String password) {
        var uri = SipUri.parse(address);
        var realm = uri.host();
        return new Line(
                address,
                algorithm,
                algorithm.secret(uri.user(), realm, password),
                algorithm.secret(uri.user() + "@" + realm, realm, password));
    }

    /** Says whether there was such a user. */
    public boolean remove(String address) {
        var all = new TreeMap<>(lines);
        if (all.remove(address) == null) return false;
        write(all);
        return true;
    }

    private void write(Map<String, List<Line>> all) {
        var text = new StringBuilder(HEAD).append('\n');
        for (var user : all.values()) for (var line : user) text.append(line).append('\n');
        OwnersFile.write(file, text.toString());
        lines = Map.copyOf(all);
        used = true;
    }

    /**
     * {@code text} as the address of a user.
     *
     * @throws InvalidConfig if it is none
     */
    public static String address(String text) {
        try {
            var uri = SipUri.parse(text);
            if (uri.scheme().equals("sip") && !uri.user().isEmpty()) return uri.aor();
        } catch (SipSyntax wrong) {
            // said below
        }
        throw new InvalidConfig(
                "'" + text + "' is no user's address: write for example sip:bob@example.net");
    }

    @Override
    public Optional<String> of(String username, String realm, Algorithm algorithm) {
        if (!used && development != null)
            return Optional.of(algorithm.secret(username, realm, development.password()));
        boolean full = username.contains("@");
        var address = "sip:" + (full ? username : username + "@" + realm);
        return lines.getOrDefault(address, List.of()).stream()
                .filter(line -> line.algorithm() == algorithm)
                .filter(line -> address.endsWith("@" + realm))
                .map(line -> full ? line.full() : line.plain())
                .findFirst();
    }
}
