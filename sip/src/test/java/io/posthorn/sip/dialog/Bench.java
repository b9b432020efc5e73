package io.posthorn.sip.dialog;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.strand.sim.Simulation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A simulation, and the end of every test: nothing is left, and no bug was swallowed below. */
abstract class Bench {

    final Simulation s = new Simulation(11);
    private final Logger logger = Logger.getLogger("io.posthorn");
    private final List<String> bugs = new ArrayList<>();
    private final Handler watcher =
            new Handler() {
                @Override
                public void publish(LogRecord record) {
                    if (record.getLevel().intValue() >= Level.SEVERE.intValue())
                        bugs.add(record.getMessage() + " " + record.getThrown());
                }

                @Override
                public void flush() {}

                @Override
                public void close() {}
            };

    @BeforeEach
    void watch() {
        logger.addHandler(watcher);
    }

    @AfterEach
    void close() {
        logger.removeHandler(watcher);
        s.close();
        assertThat(bugs).isEmpty();
    }

    final void seconds(double n) {
        s.pass(Duration.ofMillis((long) (n * 1_000)));
    }

    /** After all that may still repeat. */
    final void nothingIsLeft(Phone... phones) {
        seconds(80);
        for (var phone : phones) {
            assertThat(phone.agent.stats().open()).as("open at %s", phone.name).isZero();
            assertThat(phone.sip.open()).as("transactions at %s", phone.name).isZero();
        }
    }
}
