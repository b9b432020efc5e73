package io.posthorn.server.cli;

import java.io.PrintWriter;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** A bar on stderr while bytes pass, if stderr is a terminal; else nothing. Any thread. */
final class Progress implements AutoCloseable {

    private static final long MEGABYTE = 1_000_000;

    private final @Nullable ProgressBar bar;

    private Progress(@Nullable ProgressBar bar) {
        this.bar = bar;
    }

    /**
     * @param total bytes, or -1 if nobody knows
     */
    static Progress of(String task, long total) {
        var console = System.console();
        if (console == null || !console.isTerminal()) return new Progress(null);
        var builder =
                new ProgressBarBuilder()
                        .setTaskName(task)
                        .setInitialMax(total)
                        .setUnit(" MB", MEGABYTE)
                        .setStyle(ProgressBarStyle.COLORFUL_UNICODE_BLOCK)
                        .setUpdateIntervalMillis(100)
                        .showSpeed();
        return new Progress(builder.build());
    }

    void at(long bytes, long total) {
        if (bar == null) return;
        if (total >= 0) bar.maxHint(total);
        bar.stepTo(bytes);
    }

    @Override
    public void close() {
        if (bar != null) bar.close();
    }

    static void line(PrintWriter out, String text) {
        out.println(text);
        out.flush();
    }
}
