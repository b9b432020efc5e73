package io.posthorn.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The settings of the log, as the server has them. */
@Timeout(20)
class LogTest {
    private final PrintStream before = System.err;
    private final LoggerContext context = new LoggerContext();

    private void onto(OutputStream terminal) throws Exception {
        System.setErr(new PrintStream(terminal, true, StandardCharsets.UTF_8));
        context.setMDCAdapter(new LogbackMDCAdapter());
        var settings = new JoranConfigurator();
        settings.setContext(context);
        settings.doConfigure(Log.class.getResource("/logback.xml"));
    }

    @AfterEach
    void giveBack() {
        System.setErr(before);
    }

    @Test
    void everyLineIsWrittenByTheEnd() throws Exception {
        var terminal = new ByteArrayOutputStream();
        onto(terminal);
        for (int i = 0; i < 1_000; i++) context.getLogger("io.posthorn.x").warn("line {}", i);
        context.stop();
        assertThat(terminal.toString(StandardCharsets.UTF_8).lines()).hasSize(1_000);
    }

    @Test
    void aTerminalThatIsHeldUpHoldsUpNobody() throws Exception {
        var goOn = new CountDownLatch(1);
        onto(
                new OutputStream() {
                    @Override
                    public void write(int octet) {
                        try {
                            goOn.await();
                        } catch (InterruptedException ended) {
                            Thread.currentThread().interrupt();
                        }
                    }
                });
        // More than are kept: whoever waited for one of them would wait for ever.
        for (int i = 0; i < 10_000; i++) context.getLogger("io.posthorn.x").warn("line {}", i);
        assertThat(goOn.getCount()).isOne();
        goOn.countDown();
        context.stop();
    }
}
