package io.posthorn.cpm.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.posthorn.strand.DiskFile;
import io.posthorn.strand.Unavailable;
import io.posthorn.strand.sim.Simulation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whatever becomes of a message, the pieces that were read ahead and the file are given back. */
class FileSourceTest {

    private static final int LENGTH = 10 << 20;

    private final Simulation s = new Simulation(1);
    private final Photo photo = new Photo();
    private final FileSource source =
            FileSource.of(
                    s.node("alice").strands(),
                    s.node("alice").loops().getFirst(),
                    new byte[100],
                    photo,
                    LENGTH);

    @AfterEach
    void close() {
        s.close();
    }

    @Test
    void closedWithPiecesThatNobodyTook() {
        source.begin();
        s.pass(Duration.ofSeconds(1));
        assertThat(source.sendable()).isGreaterThan(100).isLessThan(LENGTH);
        source.close();
        allIsGivenBack();
    }

    @Test
    void closedWhileAPieceIsRead() {
        photo.whenRead = source::close;
        source.begin();
        allIsGivenBack();
        assertThat(photo.pieces).hasSize(1);
        assertThat(source.aborted()).isTrue();
    }

    @Test
    void closedBeforeAnythingIsRead() {
        source.close();
        source.begin();
        allIsGivenBack();
    }

    @Test
    void closedTwice() {
        source.begin();
        source.close();
        source.close();
        allIsGivenBack();
    }

    @Test
    void theDiskFails() {
        photo.whenRead =
                () -> {
                    throw new Unavailable("disk", null);
                };
        source.begin();
        s.pass(Duration.ofSeconds(1));
        assertThat(source.aborted()).isTrue();
        source.close();
        allIsGivenBack();
    }

    private void allIsGivenBack() {
        s.pass(Duration.ofSeconds(1));
        assertThat(photo.pieces).allSatisfy(piece -> assertThat(piece.refCnt()).isZero());
        assertThat(photo.closed).isEqualTo(1);
    }

    /** Keeps in mind what it was read into. */
    private static final class Photo implements DiskFile {
        final List<ByteBuf> pieces = new ArrayList<>();
        Runnable whenRead = () -> {};
        int closed;

        @Override
        public long size() {
            return LENGTH;
        }

        @Override
        public void write(long at, ByteBuf bytes) {
            throw new IllegalStateException("not for writing");
        }

        @Override
        public int read(long at, ByteBuf into) {
            pieces.add(into);
            whenRead.run();
            int count = into.writableBytes();
            into.writeZero(count);
            return count;
        }

        @Override
        public void force() {}

        @Override
        public void close() {
            closed++;
        }
    }
}
