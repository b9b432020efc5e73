package io.posthorn.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** A real world for the contracts; lets it run by looking again and again. */
final class LivePorts implements AutoCloseable {
    private static final long LIMIT = 20_000_000_000L;

    private final LiveWorld world;

    LivePorts(Path directory) {
        this(directory, Carriers::best);
    }

    LivePorts(Path directory, Function<List<LiveLoop>, Carriers> carriers) {
        world = LiveWorld.start(2, directory, new Untracked(), Sockets.best(), carriers);
        showing("localhost");
    }

    private static final Authority AUTHORITY =
            Authority.named("Contract", Instant.now(), Duration.ofDays(1));

    /** As {@code NetContract.showing}. */
    void showing(String... names) {
        var now = Instant.now();
        var issued =
                names.length == 0
                        ? Authority.selfSigned("nobody", now, Duration.ofDays(1))
                        : AUTHORITY.issue(List.of(names), now, Duration.ofDays(1));
        world.show(Credentials.of(issued.key(), issued.chain(), List.of(AUTHORITY.certificate())));
    }

    LiveWorld world() {
        return world;
    }

    void until(BooleanSupplier done) {
        var start = System.nanoTime();
        while (!done.getAsBoolean()) {
            assertThat(System.nanoTime() - start).as("nanoseconds waited").isLessThan(LIMIT);
            LockSupport.parkNanos(200_000);
        }
    }

    @Override
    public void close() {
        world.close();
    }
}
