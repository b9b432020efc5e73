package io.posthorn.cpm.call;

import io.posthorn.sip.dialog.Question;
import io.posthorn.sip.transport.Flow;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import java.util.concurrent.atomic.AtomicBoolean;

/** A request within a call that is answered once: by the procedure, else by the call's end. */
final class OpenQuestion implements Question {

    private final Question question;
    private final AtomicBoolean answered = new AtomicBoolean();

    OpenQuestion(Question question) {
        this.question = question;
    }

    @Override
    public SipRequest request() {
        return question.request();
    }

    @Override
    public Flow from() {
        return question.from();
    }

    @Override
    public void answer(SipResponse response) {
        if (answered.compareAndSet(false, true)) question.answer(response);
    }

    /** A BYE is granted; whatever else nobody cared for is refused. */
    void settle() {
        answer(SipResponse.to(request(), request().method().equals("BYE") ? 200 : 488));
    }
}
