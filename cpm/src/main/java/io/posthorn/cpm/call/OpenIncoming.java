package io.posthorn.cpm.call;

import io.posthorn.msrp.session.Head;
import io.posthorn.msrp.session.Incoming;
import java.util.concurrent.atomic.AtomicBoolean;

/** A complete message that is answered once: by the procedure, else by the call's end. */
final class OpenIncoming implements Incoming {

    private final Incoming incoming;
    private final AtomicBoolean answered = new AtomicBoolean();

    OpenIncoming(Incoming incoming) {
        this.incoming = incoming;
    }

    @Override
    public Head head() {
        return incoming.head();
    }

    @Override
    public long total() {
        return incoming.total();
    }

    @Override
    public void accept() {
        if (answered.compareAndSet(false, true)) incoming.accept();
    }

    @Override
    public void refuse(int code) {
        if (answered.compareAndSet(false, true)) incoming.refuse(code);
    }
}
