package io.posthorn.cpm.policy;

import io.posthorn.sip.wire.SipRequest;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which releases of User-Agent are served. Source: OMA CPM Conv Appendix D for the product names;
 * the pattern is configuration.
 *
 * @param required is looked for in User-Agent; null if every release is served
 * @param errorInfo the URI where a refused user can read why
 */
public record AgentVersion(@Nullable Pattern required, String errorInfo) {

    public static final AgentVersion ANY =
            new AgentVersion(null, "https://posthorn.example/cpm-version");

    /** A request without User-Agent fails when a release is required. */
    public boolean served(SipRequest request) {
        if (required == null) return true;
        return request.header("User-Agent").filter(ua -> required.matcher(ua).find()).isPresent();
    }
}
