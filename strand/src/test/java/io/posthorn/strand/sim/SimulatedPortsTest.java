package io.posthorn.strand.sim;

import io.posthorn.strand.World;
import io.posthorn.strand.contract.DiskContract;
import io.posthorn.strand.contract.LoopContract;
import io.posthorn.strand.contract.NetContract;
import io.posthorn.strand.contract.StrandsContract;
import io.posthorn.strand.contract.WorldContract;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;

/** The simulation does what every world does. */
class SimulatedPortsTest {

    private final Simulation simulation = new Simulation(7);
    private final World world = simulation.node("a");

    private void run(BooleanSupplier done) {
        simulation.until(done, Duration.ofSeconds(30));
    }

    @AfterEach
    void close() {
        simulation.close();
    }

    @Nested
    class Loops extends LoopContract {
        @Override
        protected World world() {
            return world;
        }

        @Override
        protected void until(BooleanSupplier done) {
            run(done);
        }
    }

    @Nested
    class Strands extends StrandsContract {
        @Override
        protected World world() {
            return world;
        }

        @Override
        protected void until(BooleanSupplier done) {
            run(done);
        }
    }

    private void showing(String... names) {
        if (names.length == 0) simulation.network().doubtfulCertificate("a", "is self-signed");
        else simulation.network().certificate("a", names);
    }

    @Nested
    class Tls extends Net {
        @Override
        protected io.posthorn.strand.Net.Kind kind() {
            return io.posthorn.strand.Net.Kind.TLS;
        }
    }

    @Nested
    class Net extends NetContract {
        @Override
        protected void showing(String... names) {
            SimulatedPortsTest.this.showing(names);
        }

        @Override
        protected World world() {
            return world;
        }

        @Override
        protected void until(BooleanSupplier done) {
            run(done);
        }
    }

    @Nested
    class Disk extends DiskContract {
        @Override
        protected World world() {
            return world;
        }

        @Override
        protected void until(BooleanSupplier done) {
            run(done);
        }

        @Override
        protected Path root() {
            return Path.of("/data");
        }
    }

    @Nested
    class Ports extends WorldContract {
        @Override
        protected World world() {
            return world;
        }

        @Override
        protected void until(BooleanSupplier done) {
            run(done);
        }
    }
}
