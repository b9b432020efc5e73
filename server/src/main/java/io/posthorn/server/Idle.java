package io.posthorn.server;

import io.posthorn.strand.Loop;
import io.posthorn.strand.World;
import java.time.Duration;

/**
 * Gives memory back to the machine once nothing goes on any more: a heap keeps what its busiest
 * minute took until somebody looks at what of it is still in use. Loop only.
 */
public final class Idle {

    /** Ours: longer than SIP repeats itself, 32 s, so that nothing of the last calls is kept. */
    private static final Duration REST = Duration.ofSeconds(40);

    private final Loop loop;
    private final Wiring wiring;
    private final Runnable giveBack;
    private long seen;
    private boolean worked;

    private Idle(Loop loop, Wiring wiring, Runnable giveBack) {
        this.loop = loop;
        this.wiring = wiring;
        this.giveBack = giveBack;
    }

    /**
     * Begins to look. Any thread.
     *
     * @param giveBack what is done when {@code wiring} has come to rest, once for each time
     */
    public static void watch(World world, Wiring wiring, Runnable giveBack) {
        var loop = world.loops().getFirst();
        loop.execute(new Idle(loop, wiring, giveBack)::look);
    }

    private void look() {
        long begun = wiring.begun();
        if (begun != seen || !wiring.open().isEmpty()) {
            worked = true;
        } else if (worked) {
            worked = false;
            giveBack.run();
        }
        seen = begun;
        loop.after(REST, this::look);
    }
}
