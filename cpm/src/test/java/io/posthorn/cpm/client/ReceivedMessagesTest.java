package io.posthorn.cpm.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.posthorn.cpm.content.ContentSum;
import io.posthorn.cpm.content.MessageId;
import io.posthorn.strand.Disk;
import io.posthorn.strand.Lane;
import io.posthorn.strand.Unavailable;
import io.posthorn.strand.sim.Simulation;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReceivedMessagesTest {

    private static final Path IN = Path.of("/in");
    private static final Path FILE = IN.resolve(Receiving.MEMORY);
    private static final String ALICE = "sip:alice@example.com";

    private final Simulation simulation = new Simulation(1);

    @AfterEach
    void end() {
        simulation.close();
    }

    /** On the disk, where a client's memory is at home. */
    private void on(Consumer<Disk> work) {
        var world = simulation.node("bob");
        world.strands().run(Lane.DISK, () -> work.accept(world.disk()));
        simulation.pass(Duration.ofMinutes(1));
    }

    private static MessageId id(int number) {
        return MessageId.of("id-" + number).orElseThrow();
    }

    private static ContentSum.Value content(int number) {
        return new ContentSum.Value(-number, number);
    }

    private static ReceivedMessages remembering(Disk disk, int count) {
        var received = new ReceivedMessages(disk, IN);
        for (int i = 0; i < count; i++) received.remember(ALICE, id(i), content(i));
        return received;
    }

    private static boolean has(Disk disk, int number) {
        return new ReceivedMessages(disk, IN).has(ALICE, id(number), content(number));
    }

    @Test
    void knowsOriginatorIdAndContent() {
        on(disk -> {
            var received = remembering(disk, 3);
            assertThat(received.has(ALICE, id(1), content(1))).isTrue();
            assertThat(received.has(ALICE, id(1), content(2))).isFalse();
            assertThat(received.has(ALICE, id(3), content(1))).isFalse();
            assertThat(received.has("sip:mallory@example.com", id(1), content(1))).isFalse();
        });
    }

    /** The first force is that of the directory, the second that of the file. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void closesItsFileAlsoWhenTheDiskFails(int force) {
        simulation.disk("bob").failForce(force);
        on(disk -> assertThatThrownBy(() -> remembering(disk, 1)).isInstanceOf(Unavailable.class));
        assertThat(simulation.disk("bob").open()).isEmpty();
    }

    @Test
    void knowsThemAfterARestart() {
        on(disk -> {
            remembering(disk, 3);
            new ReceivedMessages(disk, IN).remember(ALICE, id(3), content(3));
            for (int i = 0; i < 4; i++) assertThat(has(disk, i)).as("message %d", i).isTrue();
        });
    }

    @Test
    void anIdWithAnotherContentMeansTheNewOne() {
        on(disk -> {
            remembering(disk, 2).remember(ALICE, id(0), content(9));
            var received = new ReceivedMessages(disk, IN);
            assertThat(received.has(ALICE, id(0), content(9))).isTrue();
            assertThat(received.has(ALICE, id(0), content(0))).isFalse();
        });
    }

    @Test
    void aTornLineIsPassedOverAndWrittenAgain() {
        on(disk -> {
            remembering(disk, 2);
            write(disk, ReceivedMessages.LINE_BYTES, "0000000000000001 torn");
            assertThat(has(disk, 0)).isTrue();
            assertThat(has(disk, 1)).isFalse();
            new ReceivedMessages(disk, IN).remember(ALICE, id(1), content(1));
            assertThat(has(disk, 0)).isTrue();
            assertThat(has(disk, 1)).isTrue();
        });
    }

    @Test
    void aFileThatEndsEarlyOrIsAnotherIsNoHarm() {
        on(disk -> {
            remembering(disk, 2);
            byte[] bytes = read(disk);
            disk.delete(FILE);
            var shorter = disk.create(FILE, 0);
            shorter.write(0, Unpooled.wrappedBuffer(bytes, 0, bytes.length - 1));
            shorter.close();
            assertThat(has(disk, 0)).isTrue();
            assertThat(has(disk, 1)).isFalse();

            disk.delete(FILE);
            var other = disk.create(FILE, 0);
            other.write(0, Unpooled.wrappedBuffer(new byte[1000]));
            other.close();
            assertThat(has(disk, 0)).isFalse();
            new ReceivedMessages(disk, IN).remember(ALICE, id(5), content(5));
            assertThat(has(disk, 5)).isTrue();
        });
    }

    @Test
    void theFileDoesNotGrowForEver() {
        on(disk -> {
            remembering(disk, ReceivedMessages.LINES + 5);
            assertThat(has(disk, 4)).isFalse();
            assertThat(has(disk, 5)).isTrue();
            assertThat(has(disk, ReceivedMessages.LINES + 4)).isTrue();
            assertThat(read(disk)).hasSize(ReceivedMessages.LINES * ReceivedMessages.LINE_BYTES);
        });
    }

    private static void write(Disk disk, long at, String text) {
        try (var file = disk.open(FILE)) {
            file.write(at, Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.US_ASCII)));
        }
    }

    private static byte[] read(Disk disk) {
        try (var file = disk.open(FILE)) {
            var bytes = new byte[(int) file.size()];
            file.read(0, Unpooled.wrappedBuffer(bytes).clear());
            return bytes;
        }
    }
}
