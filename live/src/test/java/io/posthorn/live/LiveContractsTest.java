package io.posthorn.live;

import io.posthorn.strand.Net;
import io.posthorn.strand.World;
import io.posthorn.strand.contract.DiskContract;
import io.posthorn.strand.contract.LoopContract;
import io.posthorn.strand.contract.NetContract;
import io.posthorn.strand.contract.StrandsContract;
import io.posthorn.strand.contract.WorldContract;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The real ports keep the contracts that the simulated ones keep. */
@Timeout(60)
class LiveContractsTest {
    @TempDir static Path directory;

    @Nested
    class LoopIsKept extends LoopContract {
        @AutoClose private final LivePorts ports = new LivePorts(directory);

        @Override
        protected World world() {
            return ports.world();
        }

        @Override
        protected void until(BooleanSupplier done) {
            ports.until(done);
        }
    }

    @Nested
    class StrandsIsKept extends StrandsContract {
        @AutoClose private final LivePorts ports = new LivePorts(directory);

        @Override
        protected World world() {
            return ports.world();
        }

        @Override
        protected void until(BooleanSupplier done) {
            ports.until(done);
        }
    }

    @Nested
    class StrandsIsKeptOnThePool extends StrandsContract {
        @AutoClose
        private final LivePorts ports = new LivePorts(directory, loops -> Carriers.pooled());

        @Override
        protected World world() {
            return ports.world();
        }

        @Override
        protected void until(BooleanSupplier done) {
            ports.until(done);
        }
    }

    @Nested
    class NetIsKeptOverTls extends NetIsKept {
        @Override
        protected Net.Kind kind() {
            return Net.Kind.TLS;
        }
    }

    @Nested
    class NetIsKept extends NetContract {
        @AutoClose private final LivePorts ports = new LivePorts(directory);

        @Override
        protected void showing(String... names) {
            ports.showing(names);
        }

        @Override
        protected World world() {
            return ports.world();
        }

        @Override
        protected void until(BooleanSupplier done) {
            ports.until(done);
        }
    }

    @Nested
    class WorldIsKept extends WorldContract {
        @AutoClose private final LivePorts ports = new LivePorts(directory);

        @Override
        protected World world() {
            return ports.world();
        }

        @Override
        protected void until(BooleanSupplier done) {
            ports.until(done);
        }
    }

    @Nested
    class DiskIsKept extends DiskContract {
        @AutoClose private final LivePorts ports = new LivePorts(directory);
        @TempDir private Path root = directory;

        @Override
        protected Path root() {
            return root;
        }

        @Override
        protected World world() {
            return ports.world();
        }

        @Override
        protected void until(BooleanSupplier done) {
            ports.until(done);
        }
    }
}
