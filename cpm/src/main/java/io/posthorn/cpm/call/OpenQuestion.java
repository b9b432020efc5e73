package io.posthorn.cpm.call;

import io.posthorn.sip.dialog.Question;
import io.posthorn.sip.transport.Flow;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.sip.wire.Warning;
import java.util.concurrent.atomic.AtomicBoolean;

/** A request within a call that is answered once: by the procedure, else for it. */
final class OpenQuestion implements Question {

    private static final String ALLOW = "INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE";

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

    /**
     * What a procedure left unanswered: a BYE is granted. A session is as it was first described:
     * an offer that changes it is refused, and it goes on untouched (RFC 3261 section 14.2).
     *
     * @param agent who refuses
     */
    void settle(String agent) {
        switch (request().method()) {
            case "BYE" -> answer(SipResponse.to(request(), 200));
            case "INVITE", "UPDATE" ->
                    answer(
                            SipResponse.to(request(), 488)
                                    .with(
                                            "Warning",
                                            new Warning(399, agent, "Session cannot be changed")
                                                    .toString()));
            default -> answer(SipResponse.to(request(), 405).with("Allow", ALLOW));
        }
    }
}
