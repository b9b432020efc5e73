package io.posthorn.cpm.policy;

import io.posthorn.cpm.call.Rejection;
import io.posthorn.sip.wire.SipRequest;
import java.util.LinkedHashMap;

/**
 * The three checks with which every participating function begins, in the order of the standard;
 * the first that fails answers.
 *
 * @param originators who may send
 * @param agents which releases are served
 * @param anonymity whether the sender may hide
 * @param warnings how refusals are worded
 */
public record Checks(
        Originators originators, AgentVersion agents, Anonymity anonymity, Warnings warnings) {

    /** Everybody, everything; {@code agent} is the host in Warning. */
    public static Checks open(String agent) {
        return new Checks(
                address -> true,
                AgentVersion.ANY,
                Anonymity.ALLOWED,
                new Warnings(agent, Warnings.Numbers.RCS));
    }

    /**
     * @throws Rejection 403 with Warning
     */
    public void originator(String address) {
        if (!originators.mayStart(address))
            throw new Rejection(403, "originator not allowed to send", warnings.notAuthorised());
    }

    /**
     * @throws Rejection 403 with Error-Info
     */
    public void agent(SipRequest request) {
        if (agents.served(request)) return;
        var headers = new LinkedHashMap<>(warnings.versionNotSupported());
        headers.put("Error-Info", "<" + agents.errorInfo() + ">");
        throw new Rejection(403, "release of the user agent not served", headers);
    }

    /**
     * @throws Rejection 403 with Warning
     */
    public void anonymity(SipRequest request) {
        if (anonymity == Anonymity.FORBIDDEN && Anonymity.requested(request))
            throw new Rejection(403, "anonymity not allowed", warnings.anonymityNotAllowed());
    }
}
