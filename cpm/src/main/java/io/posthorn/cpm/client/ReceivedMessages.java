package io.posthorn.cpm.client;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.Unpooled;
import io.posthorn.cpm.content.ContentSum;
import io.posthorn.cpm.content.MessageId;
import io.posthorn.strand.Disk;
import io.posthorn.strand.DiskFile;
import io.posthorn.strand.Unavailable;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * Which messages are in a directory already, in a small file beside them, so that a message that
 * comes again, as the network lost our answer, makes no second file; also after a restart. A
 * message is the same if originator, imdn.Message-ID and content are. In the disk's lane only.
 *
 * <p>The file is a ring of lines of one length, each with its number and its own checksum: it does
 * not grow, nothing in it ever moves, and a line that a crash tore, or that anybody spoilt, is
 * passed over. What is forgotten, or not yet remembered when we crash, costs a second file that
 * everybody can see, never a message.
 */
final class ReceivedMessages {

    /** Ours: about 1 MB. */
    static final int LINES = 10_000;

    /** Number, key, sum, length, checksum. */
    private static final String LINE = "%016x %s %016x %016x";

    private static final int BEFORE_CHECKSUM = 3 * 17 + 33;
    static final int LINE_BYTES = BEFORE_CHECKSUM + 8 + 1;

    private record Line(long number, String key, ContentSum.Value content) {}

    private final Disk disk;
    private final Path directory;
    private final Map<String, Line> known = new HashMap<>();
    private final @Nullable Line[] ring = new Line[LINES];
    private long next;
    private boolean read;

    ReceivedMessages(Disk disk, Path directory) {
        this.disk = disk;
        this.directory = directory;
    }

    /** Is it here already? */
    synchronized boolean has(String originator, MessageId id, ContentSum.Value content) {
        readOnce();
        var line = known.get(key(originator, id));
        return line != null && line.content().equals(content);
    }

    /**
     * It is here now, under its name. Durable on return.
     *
     * @throws Unavailable if the disk fails
     */
    synchronized void remember(String originator, MessageId id, ContentSum.Value content) {
        readOnce();
        var line = new Line(next, key(originator, id), content);
        var at = (int) (next % LINES);
        try (var file = opened()) {
            file.write((long) at * LINE_BYTES, Unpooled.wrappedBuffer(text(line)));
            file.force();
        }
        put(line, at);
    }

    private void put(Line line, int at) {
        var before = ring[at];
        ring[at] = line;
        if (before != null) known.remove(before.key(), before);
        known.merge(line.key(), line, (a, b) -> a.number() > b.number() ? a : b);
        next = Math.max(next, line.number() + 1);
    }

    private DiskFile opened() {
        var path = directory.resolve(Receiving.MEMORY);
        if (disk.list(directory).contains(path)) return disk.open(path);
        var file = disk.create(path, 0);
        try {
            disk.forceDirectory(directory);
            return file;
        } catch (Unavailable failed) {
            file.close();
            throw failed;
        }
    }

    private void readOnce() {
        if (read) return;
        read = true;
        var path = directory.resolve(Receiving.MEMORY);
        if (!disk.list(directory).contains(path)) return;
        var bytes = new byte[LINES * LINE_BYTES];
        int count;
        try (var file = disk.open(path)) {
            count = file.read(0, Unpooled.wrappedBuffer(bytes).clear());
        }
        for (int i = 0; i < LINES && (i + 1) * LINE_BYTES <= count; i++) {
            var line = line(new String(bytes, i * LINE_BYTES, LINE_BYTES, US_ASCII));
            if (line != null && line.number() % LINES == i) put(line, i);
        }
    }

    private static byte[] text(Line line) {
        var sum = line.content();
        var text =
                String.format(Locale.ROOT, LINE, line.number(), line.key(), sum.sum(), sum.bytes())
                        + " ";
        return (text + checksum(text) + "\n").getBytes(US_ASCII);
    }

    /** Null if it is none of ours, or not whole. */
    private static @Nullable Line line(String text) {
        var content = text.substring(0, BEFORE_CHECKSUM);
        if (!text.substring(BEFORE_CHECKSUM).equals(checksum(content) + "\n")) return null;
        var fields = content.split(" ");
        try {
            var number = Long.parseLong(fields[0], 16);
            var sum = Long.parseUnsignedLong(fields[2], 16);
            return new Line(
                    number, fields[1], new ContentSum.Value(sum, Long.parseLong(fields[3], 16)));
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException strange) {
            return null;
        }
    }

    private static String checksum(String text) {
        var sum = new CRC32();
        sum.update(text.getBytes(US_ASCII));
        return HexFormat.of().toHexDigits((int) sum.getValue());
    }

    /** 128 bits of SHA-256 over both: one length, and no address in a file that lies about. */
    private static String key(String originator, MessageId id) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            digest.update(originator.getBytes(UTF_8));
            digest.update((byte) 0);
            digest.update(id.value().getBytes(UTF_8));
            return HexFormat.of().formatHex(digest.digest(), 0, 16);
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("every Java has SHA-256", missing);
        }
    }
}
