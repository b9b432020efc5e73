package io.posthorn.cpm.participating;

import io.posthorn.cpm.policy.Service;
import io.posthorn.sip.wire.SipRequest;
import java.util.List;

/** What both outgoing requests share. */
final class Requests {

    private Requests() {}

    static SipRequest routed(SipRequest request, List<String> routes) {
        var routed = request;
        for (var route : routes) routed = routed.withAdded("Route", route);
        return routed;
    }

    /**
     * With Accept-Contact and P-Asserted-Service of the service: the ICSI is added where only the
     * tag of SIMPLE IM was there, which stays.
     */
    static SipRequest identified(SipRequest onward, SipRequest received) {
        var service = Service.of(received, true).orElse(Service.LARGE_MESSAGE);
        var accepted =
                onward.values("Accept-Contact").stream()
                        .anyMatch(value -> value.contains("icsi-ref"));
        var identified =
                accepted
                        ? onward
                        : onward.withFirst("Accept-Contact", "*;" + Service.LARGE_MESSAGE.tag());
        return identified.header("P-Asserted-Service").isPresent()
                ? identified
                : identified.with("P-Asserted-Service", service.urn());
    }
}
