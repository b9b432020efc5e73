package io.posthorn.cpm.participating;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.posthorn.cpm.content.ContentSum;
import io.posthorn.cpm.content.MessageId;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The messages that a device has acknowledged in full, so that one that comes again, since its
 * sender missed the answer, is answered and not delivered again. Any thread.
 *
 * <p>A message is the same if its authenticated originator, its recipient and its imdn.Message-ID
 * (RFC 5438 section 6.3) are, and its content too: an id alone may be guessed, or be used twice by
 * mistake, and must never make a message disappear. Of two copies that are under way at the same
 * time both are delivered: neither is acknowledged when the other begins. Forgotten with the
 * process.
 */
final class Duplicates {

    /** What became of an id that is used again. */
    sealed interface Earlier {
        /** The same message, and when it was delivered. */
        record Same(Instant delivered) implements Earlier {}

        /** Another message of the same id. */
        record Other() implements Earlier {}
    }

    /**
     * Ours: 128 bits of SHA-256 take less room than three names, and nobody can make two collide.
     */
    private record Key(long high, long low) {}

    private record Delivered(ContentSum.Value content, Instant at) {}

    private final Settings.Repeats limits;
    private final Map<Key, Delivered> delivered = new LinkedHashMap<>();

    Duplicates(Settings.Repeats limits) {
        this.limits = limits;
    }

    /** The messages of one originator to one recipient. */
    Between between(String originator, String recipient) {
        return new Between(originator, recipient);
    }

    /** Any thread. */
    final class Between {
        private final String originator;
        private final String recipient;

        private Between(String originator, String recipient) {
            this.originator = originator;
            this.recipient = recipient;
        }

        /** What was delivered under this id before. */
        Optional<Earlier> earlier(MessageId id, ContentSum.Value content, Instant now) {
            var key = key(originator, recipient, id.value());
            synchronized (delivered) {
                forget(now, limits.messages());
                var before = delivered.get(key);
                if (before == null) return Optional.empty();
                return Optional.of(
                        before.content().equals(content)
                                ? new Earlier.Same(before.at())
                                : new Earlier.Other());
            }
        }

        /** A device has acknowledged every byte of this message. */
        void remember(MessageId id, ContentSum.Value content, Instant now) {
            var key = key(originator, recipient, id.value());
            synchronized (delivered) {
                delivered.remove(key);
                forget(now, limits.messages() - 1);
                if (limits.messages() > 0) delivered.put(key, new Delivered(content, now));
            }
        }
    }

    /** Messages that are remembered. */
    int size() {
        synchronized (delivered) {
            return delivered.size();
        }
    }

    /** The oldest first: what is too old, and what is too many. */
    private void forget(Instant now, int most) {
        var old = now.minus(limits.keep());
        for (Iterator<Delivered> each = delivered.values().iterator(); each.hasNext(); ) {
            if (!each.next().at().isBefore(old) && delivered.size() <= most) return;
            each.remove();
        }
    }

    private static Key key(String... names) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            for (var name : names) {
                digest.update(name.getBytes(UTF_8));
                digest.update((byte) 0); // in none of the names
            }
            var bytes = ByteBuffer.wrap(digest.digest());
            return new Key(bytes.getLong(), bytes.getLong());
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("every Java has SHA-256", missing);
        }
    }
}
