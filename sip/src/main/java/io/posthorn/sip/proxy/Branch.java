package io.posthorn.sip.proxy;

import io.posthorn.sip.transport.Flow;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One place to send a request on to.
 *
 * @param request with its Request-URI and Route as they shall leave; Via and Max-Forwards are the
 *     proxy's
 * @param along the flow to use, or null to go where Route or the Request-URI lead
 * @param answers what to change in the responses of this branch
 * @param lost called if the flow has failed: it ended, or whoever keeps it says 430
 * @param otherwise another flow of the same device, tried after this one has failed; null: none
 */
public record Branch(
        SipRequest request,
        @Nullable Flow along,
        UnaryOperator<SipResponse> answers,
        Runnable lost,
        @Nullable Branch otherwise) {

    public Branch(SipRequest request, @Nullable Flow along, UnaryOperator<SipResponse> answers) {
        this(request, along, answers, () -> {}, null);
    }

    public static Branch of(SipRequest request) {
        return new Branch(request, null, UnaryOperator.identity());
    }
}
