package io.posthorn.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.posthorn.strand.Unavailable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class LiveDiskTest {
    @TempDir Path directory = Path.of("");

    @AutoClose LiveWorld world = LiveWorld.start(2, directory, new Untracked());

    @BeforeEach
    void inTheDirectory() {
        world.close();
        world = LiveWorld.start(2, directory, new Untracked());
    }

    private static ByteBuf text(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
    }

    private void write(String name, String text) {
        try (var file = world.disk().create(Path.of(name), 0)) {
            file.write(0, text(text));
            file.force();
        }
    }

    private String read(String name) throws IOException {
        return Files.readString(directory.resolve(name));
    }

    @Test
    void writesAndReadsAnywhereInAFile() {
        try (var file = world.disk().create(Path.of("a"), 1 << 20)) {
            assertThat(file.size()).isZero();
            var whole = Unpooled.wrappedBuffer(text("to "), text("them"));
            file.write(4, whole);
            file.write(0, text("hand"));
            assertThat(whole.readableBytes()).isEqualTo(7);
            file.force();
            assertThat(file.size()).isEqualTo(11);
            var into = Unpooled.buffer(100, 100);
            assertThat(file.read(4, into)).isEqualTo(7);
            assertThat(into.toString(StandardCharsets.UTF_8)).isEqualTo("to them");
            var small = Unpooled.buffer(3, 3);
            assertThat(file.read(8, small)).isEqualTo(3);
            assertThat(file.read(500, Unpooled.buffer(3, 3))).isZero();
        }
    }

    @Test
    void onlyTheOwnerMayReadWhatItCreates() throws IOException {
        write("a", "secret");
        assertThat(Files.getPosixFilePermissions(directory.resolve("a")))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    void createsNothingTwice() {
        write("a", "first");
        assertThatThrownBy(() -> world.disk().create(Path.of("a"), 0))
                .isInstanceOf(Unavailable.class)
                .hasMessageContaining(directory.resolve("a").toString())
                .hasMessageContaining("there already");
    }

    @Test
    void renameNeverOverwrites() throws IOException {
        write("a", "new");
        write("b", "old");
        assertThatThrownBy(() -> world.disk().rename(Path.of("a"), Path.of("b")))
                .isInstanceOf(Unavailable.class)
                .hasMessageContaining("there already");
        assertThat(read("a")).isEqualTo("new");
        assertThat(read("b")).isEqualTo("old");
        world.disk().rename(Path.of("a"), Path.of("c"));
        world.disk().forceDirectory(Path.of(""));
        assertThat(read("c")).isEqualTo("new");
        assertThat(directory.resolve("a")).doesNotExist();
    }

    @Test
    void listsFilesInOrderAndCreatesTheDirectory() throws IOException {
        assertThat(world.disk().list(Path.of("spool"))).isEmpty();
        assertThat(directory.resolve("spool")).isDirectory();
        for (var name : Set.of("c", "a", "b")) write("spool/" + name, name);
        Files.createDirectory(directory.resolve("spool/deeper"));
        assertThat(world.disk().list(Path.of("spool")))
                .containsExactly(Path.of("spool/a"), Path.of("spool/b"), Path.of("spool/c"));
        world.disk().delete(Path.of("spool/b"));
        world.disk().delete(Path.of("spool/b"));
        assertThat(world.disk().list(Path.of("spool"))).hasSize(2);
    }

    @Test
    void sendsAFileThatMayNotBeChanged() throws IOException {
        write("a", "fixed");
        Files.setPosixFilePermissions(
                directory.resolve("a"), PosixFilePermissions.fromString("r--------"));
        try (var file = world.disk().open(Path.of("a"))) {
            assertThat(file.size()).isEqualTo(5);
        }
    }

    @Test
    void aMissingFileIsNamed() {
        assertThatThrownBy(() -> world.disk().open(Path.of("nowhere")))
                .isInstanceOf(Unavailable.class)
                .hasMessage("cannot open " + directory.resolve("nowhere") + ": it is not there");
    }

    @Test
    void knowsWhatIsFreeAndReservesNoMore() {
        var free = world.disk().free();
        assertThat(free).isPositive();
        assertThatThrownBy(() -> world.disk().create(Path.of("huge"), Long.MAX_VALUE / 2))
                .isInstanceOf(Unavailable.class)
                .hasMessageContaining("huge");
        assertThat(directory.resolve("huge")).doesNotExist();
    }
}
