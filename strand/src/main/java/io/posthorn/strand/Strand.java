package io.posthorn.strand;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One call, focus or job: a virtual thread and the inbox it reads. Its state is its local
 * variables.
 *
 * @param <E> what can happen to it, a sealed interface
 */
public interface Strand<E> {

    /**
     * Puts an event into the inbox. Any thread; never waits.
     *
     * @return false if the strand has ended or 1,024 events are unread: then the poster answers
     *     itself (481, 503)
     */
    boolean post(E event);

    /**
     * The next event, or null once {@code deadline} has passed with none. The strand's own thread
     * only.
     */
    @Nullable E await(Instant deadline);

    /**
     * Starts at the wall clock and then runs monotonic, so that a clock jump fires nothing. Any
     * thread.
     */
    Instant now();

    /** The moment {@code d} from now. */
    default Instant in(Duration d) {
        return now().plus(d);
    }

    /** This strand's history. */
    Track track();
}
