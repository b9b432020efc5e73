package io.posthorn.strand.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.posthorn.strand.Disk;
import io.posthorn.strand.DiskFile;
import io.posthorn.strand.Lane;
import io.posthorn.strand.Unavailable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What every {@link Disk} and {@link DiskFile} does while it does not crash. */
public abstract class DiskContract extends PortContract {

    /** A directory for this test alone. */
    protected abstract Path root();

    private interface Work {
        void on(Disk disk) throws Exception;
    }

    /** Runs {@code work} where disks may be used; what it throws is thrown here. */
    private void disk(Work work) {
        var done = new AtomicBoolean();
        var thrown = new AtomicReference<Throwable>();
        this.<String>start(me -> {
            try {
                world().strands()
                        .call(
                                Lane.DISK,
                                () -> {
                                    world().disk().list(root());
                                    work.on(world().disk());
                                    return true;
                                });
            } catch (Throwable t) {
                thrown.set(t);
            }
            done.set(true);
        });
        until(done::get);
        if (thrown.get() instanceof RuntimeException e) throw e;
        if (thrown.get() instanceof Error e) throw e;
        if (thrown.get() != null) throw new IllegalStateException(thrown.get());
    }

    private Path path(String name) {
        return root().resolve(name);
    }

    private static void write(DiskFile file, long at, String text) {
        var bytes = Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
        file.write(at, bytes);
        assertThat(bytes.refCnt()).isEqualTo(1);
        bytes.release();
    }

    private static String read(DiskFile file, long at, int most) {
        var bytes = Unpooled.buffer(most, most);
        int count = file.read(at, bytes);
        assertThat(bytes.readableBytes()).isEqualTo(count);
        var text = bytes.toString(StandardCharsets.US_ASCII);
        bytes.release();
        return text;
    }

    private static void unavailable(ThrowingCallable what) {
        assertThatThrownBy(what).isInstanceOf(Unavailable.class);
    }

    @Test
    void whatIsWrittenIsRead() {
        disk(disk -> {
            try (var file = disk.create(path("a"), 0)) {
                assertThat(file.size()).isZero();
                write(file, 0, "hello world");
                write(file, 6, "there");
                assertThat(file.size()).isEqualTo(11);
                assertThat(read(file, 0, 100)).isEqualTo("hello there");
                assertThat(read(file, 4, 3)).isEqualTo("o t");
                assertThat(read(file, 11, 5)).isEmpty();
                assertThat(read(file, 500, 5)).isEmpty();
                file.force();
            }
            disk.forceDirectory(root());
            try (var file = disk.open(path("a"))) {
                assertThat(read(file, 0, 100)).isEqualTo("hello there");
                write(file, 11, "!");
            }
            try (var file = disk.open(path("a"))) {
                assertThat(file.size()).isEqualTo(12);
            }
        });
    }

    @Test
    void aGapReadsAsZeros() {
        disk(disk -> {
            try (var file = disk.create(path("a"), 0)) {
                write(file, 10_000, "x");
                assertThat(file.size()).isEqualTo(10_001);
                assertThat(read(file, 9_998, 10)).isEqualTo("\0\0x");
            }
        });
    }

    @Test
    void aReservedFileIsEmptyAndTakesWhatWasReserved() {
        disk(disk -> {
            try (var file = disk.create(path("a"), 100_000)) {
                write(file, 0, "x".repeat(100_000));
                assertThat(read(file, 99_999, 1)).isEqualTo("x");
            }
        });
    }

    @Test
    void createReplacesNothing() {
        disk(disk -> {
            disk.create(path("a"), 0).close();
            unavailable(() -> disk.create(path("a"), 0));
        });
    }

    @Test
    void openCreatesNothing() {
        disk(disk -> {
            unavailable(() -> disk.open(path("a")));
            assertThat(disk.list(root())).isEmpty();
        });
    }

    @Test
    void renameMovesAndReplacesNothing() {
        disk(disk -> {
            try (var file = disk.create(path("a.part"), 0)) {
                write(file, 0, "a");
            }
            disk.rename(path("a.part"), path("a"));
            assertThat(disk.list(root())).containsExactly(path("a"));
            disk.create(path("b"), 0).close();
            unavailable(() -> disk.rename(path("b"), path("a")));
            unavailable(() -> disk.rename(path("none"), path("c")));
            assertThat(disk.list(root())).containsExactly(path("a"), path("b"));
            try (var file = disk.open(path("a"))) {
                assertThat(read(file, 0, 9)).isEqualTo("a");
            }
        });
    }

    @Test
    void deleteIsHarmlessIfNothingIsThere() {
        disk(disk -> {
            disk.create(path("a"), 0).close();
            disk.delete(path("a"));
            disk.delete(path("a"));
            assertThat(disk.list(root())).isEmpty();
        });
    }

    @Test
    void listIsSortedAndMakesTheDirectory() {
        disk(disk -> {
            var deep = path("deep").resolve("er");
            assertThat(disk.list(deep)).isEmpty();
            for (var name : List.of("c", "a", "b")) disk.create(deep.resolve(name), 0).close();
            assertThat(disk.list(deep))
                    .containsExactly(deep.resolve("a"), deep.resolve("b"), deep.resolve("c"));
        });
    }

    @Test
    void thereIsRoom() {
        disk(disk -> assertThat(disk.free()).isPositive());
    }
}
