package io.posthorn.custody;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.posthorn.strand.Certificate;
import io.posthorn.strand.Link;
import io.posthorn.strand.Loop;
import io.posthorn.strand.World;
import io.posthorn.strand.sim.Simulation;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WindowedSpoolTest {

    private static final int MIB = 1 << 20;

    private final Simulation simulation = new Simulation(42);
    private final World world = simulation.node("server");
    private final Loop loop = world.loops().getFirst();
    private final WindowedSpools spools =
            new WindowedSpools(world, WindowedSpools.Settings.in(Path.of("spool")));
    private final byte[] message = bytes(8 * MIB + 77);

    @AfterEach
    void end() {
        simulation.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2047, 2048, 65_537, 3 * MIB})
    void aDeviceThatKeepsUpGetsEveryByteAndNeverMeetsTheFile(int size) {
        var spool = open();
        var device = new Device(spool.cursor());
        var sender = new Sender(spool, size, 64 << 10);
        sender.start();
        simulation.pass(Duration.ofSeconds(5));

        assertThat(Arrays.equals(device.received(), first(size))).isTrue();
        assertThat(simulation.disk("server").files()).isEmpty();
        assertThat(spools.held()).isZero();
        discard(spool);
    }

    @Test
    void aDeviceBehindTheWindowIsServedFromTheFile() {
        var spool = open();
        var quick = new Device(spool.cursor());
        var slow = new Device(spool.cursor());
        slow.stand();
        new Sender(spool, message.length, 40_000).start();
        simulation.pass(Duration.ofSeconds(20));

        assertThat(Arrays.equals(quick.received(), message)).isTrue();
        assertThat(simulation.disk("server").files()).isNotEmpty();
        assertThat(spools.held()).isLessThan(3L * MIB);

        slow.go();
        simulation.pass(Duration.ofSeconds(20));
        assertThat(Arrays.equals(slow.received(), message)).isTrue();
        discard(spool);
        assertThat(spools.held()).isZero();
        assertThat(spools.open()).isZero();
    }

    /** Each piece of a device's would be looked for among all of them. */
    @Test
    void aMessageThatComesInTinyPiecesIsNotKeptInTinyPieces() {
        int size = 64 << 10;
        var spool = open();
        var quick = new Device(spool.cursor());
        var slow = new Device(spool.cursor());
        slow.stand();
        new Sender(spool, size, 3).start();
        simulation.pass(Duration.ofSeconds(30)); // a piece in each millisecond
        assertThat(Arrays.equals(quick.received(), first(size))).isTrue();

        slow.go();
        simulation.pass(Duration.ofSeconds(1));
        assertThat(Arrays.equals(slow.received(), first(size))).isTrue();
        assertThat(slow.pieces).isLessThan(50);
        discard(spool);
        assertThat(spools.held()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {700, 1023, 1024})
    void smallPiecesOfALongMessageAreServedFromTheFile(int piece) {
        var spool = open();
        var quick = new Device(spool.cursor());
        var slow = new Device(spool.cursor());
        slow.stand();
        new Sender(spool, message.length, piece).start();
        simulation.pass(Duration.ofSeconds(20));
        assertThat(Arrays.equals(quick.received(), message)).isTrue();

        slow.go();
        simulation.pass(Duration.ofSeconds(20));
        assertThat(Arrays.equals(slow.received(), message)).isTrue();
        discard(spool);
        assertThat(spools.held()).isZero();
    }

    @Test
    void aSenderIsNoMoreThanAWindowAheadOfTheQuickestDevice() {
        var spool = open();
        var device = new Device(spool.cursor());
        device.standAfterItsFirstBytes();
        var sender = new Sender(spool, message.length, 40_000);
        sender.start();
        simulation.pass(Duration.ofSeconds(5));
        assertThat(sender.waiting).isTrue();
        assertThat(spool.received()).isBetween((long) MIB, MIB + 2 * 40_000L);
        assertThat(simulation.disk("server").files()).isEmpty();

        device.go();
        simulation.pass(Duration.ofSeconds(5));
        assertThat(Arrays.equals(device.received(), message)).isTrue();
        discard(spool);
    }

    @Test
    void aSenderIsLetOnALittleThoughNoDeviceMoves() {
        var spool = open();
        new Device(spool.cursor()).standAfterItsFirstBytes();
        new Sender(spool, message.length, 40_000).start();
        simulation.pass(Duration.ofSeconds(5));
        var taken = spool.received();
        for (int i = 1; i <= 3; i++) {
            simulation.pass(Duration.ofSeconds(10));
            assertThat(spool.received()).isEqualTo(taken + i * 40_000);
        }
        discard(spool);
        assertThat(spools.held()).isZero();
    }

    @Test
    void whoeverWaitsForADeviceThatIsLostGoesOn() {
        var spool = open();
        var device = new Device(spool.cursor());
        device.standAfterItsFirstBytes();
        new Sender(spool, 3 * MIB, 40_000).start();
        simulation.pass(Duration.ofSeconds(5));
        loop.execute(device::close);
        simulation.pass(Duration.ofSeconds(5));
        assertThat(spool.complete()).isTrue();
        discard(spool);
    }

    @Test
    void aSenderFillsTheFileWhileNoDeviceHasBegun() {
        var spool = open();
        var device = new Device(spool.cursor());
        device.stand();
        new Sender(spool, message.length, 40_000).start();
        simulation.pass(Duration.ofSeconds(5));
        assertThat(spool.complete()).isTrue();

        device.go();
        simulation.pass(Duration.ofSeconds(5));
        assertThat(Arrays.equals(device.received(), message)).isTrue();
        discard(spool);
    }

    @Test
    void holdsBackTheLastByteUntilTheMessageIsComplete() {
        var spool = open();
        var cursor = spool.cursor();
        loop.execute(() -> spool.accept(0, Unpooled.wrappedBuffer(first(1000)), () -> {}));
        simulation.settle();
        assertThat(cursor.sendable()).isEqualTo(999);
        assertThat(cursor.complete()).isFalse();
        assertThat(cursor.total()).isEqualTo(-1);

        loop.execute(() -> spool.end(1000));
        simulation.settle();
        assertThat(cursor.sendable()).isEqualTo(1000);
        assertThat(cursor.total()).isEqualTo(1000);
        discard(spool);
    }

    @Test
    void whatIsOfferedAgainChangesNothing() {
        var spool = open();
        var device = new Device(spool.cursor());
        loop.execute(() -> {
            spool.accept(0, Unpooled.wrappedBuffer(first(100)), () -> {});
            spool.accept(50, Unpooled.wrappedBuffer(new byte[100]), () -> {});
            spool.end(150);
        });
        simulation.pass(Duration.ofSeconds(1));
        var expected = first(150);
        Arrays.fill(expected, 100, 150, (byte) 0);
        assertThat(Arrays.equals(device.received(), expected)).isTrue();
        discard(spool);
    }

    @Test
    void aFullDiskMakesTheSlowestDeviceSetThePace() {
        simulation.disk("server").fullAfter(MIB);
        var spool = open();
        var slow = new Device(spool.cursor());
        slow.stand();
        var sender = new Sender(spool, message.length, 40_000);
        sender.start();
        simulation.pass(Duration.ofSeconds(20));
        assertThat(sender.waiting).isTrue();
        assertThat(spools.held()).isLessThan(4L * MIB);

        slow.go();
        simulation.pass(Duration.ofSeconds(20));
        assertThat(Arrays.equals(slow.received(), message)).isTrue();
        discard(spool);
        assertThat(spools.held()).isZero();
    }

    @Test
    void aSenderThatGivesUpEndsEveryCursor() {
        var spool = open();
        var device = new Device(spool.cursor());
        loop.execute(() -> {
            spool.accept(0, Unpooled.wrappedBuffer(first(5000)), () -> {});
            spool.abort();
        });
        simulation.settle();
        assertThat(device.aborted).isTrue();
        discard(spool);
        assertThat(spools.held()).isZero();
    }

    @Test
    void whatComesAfterTheEndOfASpoolIsLetGo() {
        var spool = open();
        var cursor = spool.cursor();
        var late = Unpooled.wrappedBuffer(first(100));
        var later = Unpooled.wrappedBuffer(first(100));
        loop.execute(() -> {
            spool.accept(0, Unpooled.wrappedBuffer(first(100)), () -> {});
            spool.abort();
            assertThat(spool.accept(100, late, () -> {})).isTrue();
            assertThat(spool.accept(200, later, () -> {})).isTrue();
            spool.end(300);
        });
        simulation.settle();
        assertThat(late.refCnt() + later.refCnt()).isZero();
        assertThat(spool.complete()).isFalse();
        assertThat(cursor.aborted()).isTrue();
        discard(spool);
        assertThat(spools.held()).isZero();
    }

    @Test
    void aCursorThatIsClosedSendsNothingMore() {
        var spool = open();
        var closed = spool.cursor();
        var other = spool.cursor();
        loop.execute(() -> {
            spool.accept(0, Unpooled.wrappedBuffer(first(1000)), () -> {});
            closed.close();
            spool.end(1000);
        });
        simulation.settle();
        assertThat(closed.aborted()).isTrue();
        assertThat(closed.sendable()).isZero();
        assertThat(other.sendable()).isEqualTo(1000);
        discard(spool);
    }

    @Test
    void aSpoolFileIsUsedAgain() {
        for (int i = 0; i < 3; i++) {
            var spool = open();
            new Device(spool.cursor());
            var slow = new Device(spool.cursor());
            slow.stand();
            new Sender(spool, 3 * MIB, 40_000).start();
            simulation.pass(Duration.ofSeconds(10));
            slow.go();
            simulation.pass(Duration.ofSeconds(10));
            assertThat(Arrays.equals(slow.received(), first(3 * MIB))).isTrue();
            discard(spool);
        }
        assertThat(simulation.disk("server").files()).hasSize(1);
    }

    @Test
    void aCursorThatComesTooLateIsRefused() {
        var spool = open();
        new Device(spool.cursor());
        new Sender(spool, 3000, 1000).start();
        simulation.pass(Duration.ofSeconds(1));
        assertThatThrownBy(spool::cursor).isInstanceOf(IllegalStateException.class);
        discard(spool);
    }

    @Test
    void cursorsOfUnevenPaceAndAClosedOneGetWhatTheyShould() {
        for (int seed = 0; seed < 20; seed++) {
            var random = new Random(seed);
            var spool = open();
            var devices = new Device[4];
            for (int i = 0; i < devices.length; i++) {
                devices[i] = new Device(spool.cursor());
                if (random.nextBoolean()) devices[i].stand();
            }
            int size = random.nextInt(4 * MIB);
            new Sender(spool, size, 1000 + random.nextInt(100_000)).start();
            simulation.pass(Duration.ofMillis(random.nextInt(50)));
            loop.execute(devices[0]::close);
            simulation.pass(Duration.ofMillis(random.nextInt(50)));
            for (var device : devices) device.go();
            simulation.pass(Duration.ofSeconds(20));
            for (int i = 1; i < devices.length; i++) {
                assertThat(Arrays.equals(devices[i].received(), first(size)))
                        .as("seed %d device %d", seed, i)
                        .isTrue();
            }
            discard(spool);
            assertThat(spools.held()).as("seed %d", seed).isZero();
        }
    }

    // ---- a sender and devices on the loop

    private Spool open() {
        return spools.open(loop, world.recorder().open("test", Map.of()), -1);
    }

    private void discard(Spool spool) {
        loop.execute(spool::discard);
        simulation.pass(Duration.ofSeconds(1));
    }

    private byte[] first(int size) {
        return Arrays.copyOf(message, size);
    }

    private static byte[] bytes(int size) {
        var bytes = new byte[size];
        new Random(7).nextBytes(bytes);
        return bytes;
    }

    /** Offers the message piece by piece, and waits when it is told to. */
    private final class Sender {
        private final Spool spool;
        private final int size;
        private final int piece;
        private int at;
        boolean waiting;

        Sender(Spool spool, int size, int piece) {
            this.spool = spool;
            this.size = size;
            this.piece = piece;
        }

        void start() {
            loop.execute(this::next);
        }

        private void next() {
            waiting = false;
            if (at == size) {
                spool.end(size);
                return;
            }
            int count = Math.min(piece, size - at);
            var bytes = Unpooled.copiedBuffer(message, at, count);
            boolean more = spool.accept(at, bytes, () -> loop.execute(this::next));
            at += count;
            waiting = !more;
            if (more) loop.after(Duration.ofMillis(1), this::next);
        }
    }

    /** Takes what its cursor has, unless it stands still. */
    private final class Device implements Link {
        private final Cursor cursor;
        private final ByteArrayOutputStream got = new ByteArrayOutputStream();
        private boolean standing;
        private boolean standsAfterFirst;
        private boolean closed;
        boolean aborted;
        int pieces;

        Device(Cursor cursor) {
            this.cursor = cursor;
            loop.execute(this::pump);
        }

        void stand() {
            standing = true;
        }

        void standAfterItsFirstBytes() {
            standsAfterFirst = true;
        }

        void go() {
            standing = false;
            standsAfterFirst = false;
            loop.execute(this::pump);
        }

        byte[] received() {
            return got.toByteArray();
        }

        private void pump() {
            if (standing || closed) return;
            aborted |= cursor.aborted();
            for (long n = cursor.sendable() - got.size();
                    n > 0;
                    n = cursor.sendable() - got.size()) {
                cursor.write(got.size(), (int) Math.min(n, 30_000), this);
                standing = standsAfterFirst;
                if (standing) return;
            }
            if (!(cursor.complete() && got.size() == cursor.total())) cursor.whenMore(this::pump);
        }

        @Override
        public void write(ByteBuf bytes) {
            pieces++;
            var copy = new byte[bytes.readableBytes()];
            bytes.readBytes(copy);
            bytes.release();
            got.writeBytes(copy);
        }

        @Override
        public Loop loop() {
            return loop;
        }

        @Override
        public InetSocketAddress local() {
            throw new UnsupportedOperationException();
        }

        @Override
        public InetSocketAddress remote() {
            throw new UnsupportedOperationException();
        }

        @Override
        public @Nullable Certificate certified() {
            return null;
        }

        @Override
        public void flush() {}

        @Override
        public boolean writable() {
            return true;
        }

        @Override
        public void reading(boolean on) {}

        @Override
        public void close() {
            closed = true;
            cursor.close();
        }
    }
}
