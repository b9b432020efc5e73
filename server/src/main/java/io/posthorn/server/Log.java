package io.posthorn.server;

import ch.qos.logback.classic.LoggerContext;
import org.slf4j.LoggerFactory;

/** What is logged is written behind the back of who logs it. */
public final class Log {
    private Log() {}

    /** Writes what is not written yet, for at most a second; what is logged afterwards is lost. */
    public static void end() {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) context.stop();
    }
}
