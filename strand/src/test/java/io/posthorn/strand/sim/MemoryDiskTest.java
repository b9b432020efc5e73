package io.posthorn.strand.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.posthorn.strand.Disk;
import io.posthorn.strand.DiskFile;
import io.posthorn.strand.Lane;
import io.posthorn.strand.Unavailable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class MemoryDiskTest {

    private static final Path DIR = Path.of("/spool");
    private static final Path FILE = DIR.resolve("f");

    private static void disk(Simulation simulation, Consumer<Disk> work) {
        var node = simulation.node("a");
        node.strands().run(Lane.DISK, () -> work.accept(node.disk()));
        simulation.pass(Duration.ofMillis(10));
    }

    private static void write(DiskFile file, long at, int count, int value) {
        var bytes = new byte[count];
        Arrays.fill(bytes, (byte) value);
        file.write(at, Unpooled.wrappedBuffer(bytes));
    }

    @Test
    void tellsWhichFilesAreOpen() {
        try (var simulation = new Simulation(1)) {
            disk(
                    simulation,
                    disk -> {
                        disk.create(FILE, 0).close();
                        disk.create(DIR.resolve("g"), 0);
                        disk.open(FILE);
                        disk.open(FILE).close();
                    });
            assertThat(simulation.disk("a").open()).containsExactly(DIR.resolve("g"), FILE);
            simulation.crash("a");
            assertThat(simulation.disk("a").open()).isEmpty();
        }
    }

    @Test
    void whatWasForcedSurvivesACrash() {
        for (long seed = 0; seed < 50; seed++)
            try (var simulation = new Simulation(seed)) {
                disk(
                        simulation,
                        disk -> {
                            var file = disk.create(FILE, 0);
                            write(file, 0, 10_000, 1);
                            file.force();
                            disk.forceDirectory(DIR);
                        });
                simulation.crash("a");
                assertThat(simulation.disk("a").contents(FILE)).hasSize(10_000).containsOnly(1);
            }
    }

    @Test
    void whatWasNotForcedIsKeptDroppedOrTorn() {
        var seen = new HashSet<String>();
        for (long seed = 0; seed < 100; seed++)
            try (var simulation = new Simulation(seed)) {
                disk(
                        simulation,
                        disk -> {
                            var file = disk.create(FILE, 0);
                            write(file, 0, 4_096, 1);
                            file.force();
                            disk.forceDirectory(DIR);
                            write(file, 0, 4_096, 2);
                            write(file, 4_096, 100, 3);
                        });
                simulation.crash("a");
                var bytes = simulation.disk("a").contents(FILE);
                int twos = 0;
                while (twos < 4_096 && bytes[twos] == 2) twos++;
                for (int i = twos; i < 4_096; i++) assertThat(bytes[i]).isEqualTo((byte) 1);
                seen.add(twos == 0 ? "dropped" : twos == 4_096 ? "kept" : "torn");
                int length = bytes.length - 4_096;
                seen.add(length == 0 ? "short" : length == 100 ? "long" : "between");
            }
        assertThat(seen)
                .containsExactlyInAnyOrder("dropped", "kept", "torn", "short", "long", "between");
    }

    @Test
    void aNameSurvivesSurelyOnlyWithItsDirectoryForced() {
        Map<Boolean, Set<Integer>> left = new HashMap<>();
        for (boolean forced : new boolean[] {true, false})
            for (long seed = 0; seed < 60; seed++)
                try (var simulation = new Simulation(seed)) {
                    disk(
                            simulation,
                            disk -> {
                                disk.create(DIR.resolve("f.part"), 0).force();
                                disk.rename(DIR.resolve("f.part"), FILE);
                                if (forced) disk.forceDirectory(DIR);
                            });
                    simulation.crash("a");
                    var files = simulation.disk("a").files();
                    assertThat(files).hasSizeLessThanOrEqualTo(1);
                    left.computeIfAbsent(forced, f -> new HashSet<>())
                            .add(files.isEmpty() ? 0 : files.contains(FILE) ? 2 : 1);
                }
        assertThat(left.get(true)).containsExactly(2);
        assertThat(left.get(false)).containsExactlyInAnyOrder(0, 1, 2);
    }

    @Test
    void aDeletedFileMayComeBack() {
        var counts = new HashSet<Integer>();
        for (long seed = 0; seed < 40; seed++)
            try (var simulation = new Simulation(seed)) {
                disk(
                        simulation,
                        disk -> {
                            disk.create(FILE, 0).close();
                            disk.forceDirectory(DIR);
                            disk.delete(FILE);
                        });
                simulation.crash("a");
                counts.add(simulation.disk("a").files().size());
            }
        assertThat(counts).containsExactlyInAnyOrder(0, 1);
    }

    @Test
    void aForceAfterAFailedForceMakesNothingDurable() {
        var lost = new HashSet<Boolean>();
        for (long seed = 0; seed < 40; seed++)
            try (var simulation = new Simulation(seed)) {
                simulation.disk("a").failForce(1);
                disk(
                        simulation,
                        disk -> {
                            var file = disk.create(FILE, 0);
                            write(file, 0, 10, 1);
                            assertThatThrownBy(file::force).isInstanceOf(Unavailable.class);
                            file.force();
                            disk.forceDirectory(DIR);
                        });
                simulation.crash("a");
                lost.add(simulation.disk("a").contents(FILE).length < 10);
            }
        assertThat(lost).containsExactlyInAnyOrder(true, false);
    }

    @Test
    void aFullDiskSaysSo() {
        try (var simulation = new Simulation(1)) {
            simulation.disk("a").fullAfter(1_000);
            disk(
                    simulation,
                    disk -> {
                        assertThat(disk.free()).isEqualTo(1_000);
                        var file = disk.create(FILE, 600);
                        assertThat(disk.free()).isEqualTo(400);
                        write(file, 0, 900, 1);
                        write(file, 0, 900, 2);
                        assertThatThrownBy(() -> write(file, 900, 101, 1))
                                .isInstanceOf(Unavailable.class)
                                .hasMessageContaining("full");
                        assertThatThrownBy(() -> disk.create(DIR.resolve("g"), 101))
                                .isInstanceOf(Unavailable.class);
                        assertThat(disk.free()).isEqualTo(100);
                    });
        }
    }

    @Test
    void aStoppedDiskWorksAgainAfterTheCrash() {
        try (var simulation = new Simulation(1)) {
            simulation.disk("a").stopAfter(2);
            disk(
                    simulation,
                    disk -> {
                        disk.create(FILE, 0).force();
                        assertThatThrownBy(() -> disk.forceDirectory(DIR))
                                .isInstanceOf(Unavailable.class);
                    });
            simulation.crash("a");
            disk(simulation, disk -> disk.list(DIR));
        }
    }

    @Test
    void disksAreUsedInTheirLaneOnly() {
        try (var simulation = new Simulation(1)) {
            var node = simulation.node("a");
            assertThatThrownBy(() -> node.disk().list(DIR))
                    .isInstanceOf(IllegalStateException.class);
            node.strands().run(Lane.DATABASE, () -> node.disk().list(DIR));
            assertThatThrownBy(() -> simulation.pass(Duration.ofSeconds(1)))
                    .hasRootCauseInstanceOf(IllegalStateException.class);
        }
    }
}
