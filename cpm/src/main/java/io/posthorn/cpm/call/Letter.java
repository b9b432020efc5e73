package io.posthorn.cpm.call;

/** What lies in the inbox of a call's strand. */
sealed interface Letter {

    /** For the procedure. */
    record Of(Event event) implements Letter {}

    /** What a port answered that the procedure waits for. */
    record Reply(long ticket, Object value) implements Letter {}
}
