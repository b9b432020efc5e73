package io.posthorn.sip.wire;

import java.util.Optional;

/**
 * A sip, sips or tel URI.
 *
 * @param scheme lower case
 * @param user as it is written, escapes kept; empty if there is none; the number of a tel URI
 * @param host lower case, IPv6 with its brackets; empty for tel
 * @param port -1 if there is none
 * @param headers what follows the question mark, or empty
 */
public record SipUri(
        String scheme, String user, String host, int port, Params params, String headers) {

    /**
     * @throws SipSyntax if {@code text} is not one; {@link #scheme(String)} tells unknown schemes
     *     apart
     */
    public static SipUri parse(String text) {
        throw new UnsupportedOperationException("being written");
    }

    /** The scheme in lower case, of any URI. */
    public static String scheme(String text) {
        throw new UnsupportedOperationException("being written");
    }

    /**
     * Scheme, user and host only: what a user is known by. No port, no parameters. A tel URI
     * without parameters.
     */
    public String aor() {
        throw new UnsupportedOperationException("being written");
    }

    /** The {@code gr} parameter: empty string for a temporary GRUU. Source: RFC 5627. */
    public Optional<String> gruu() {
        throw new UnsupportedOperationException("being written");
    }

    public SipUri withParam(String name, @org.jspecify.annotations.Nullable String value) {
        throw new UnsupportedOperationException("being written");
    }

    /** Comparison by RFC 3261 section 19.1.4. */
    public boolean matches(SipUri other) {
        throw new UnsupportedOperationException("being written");
    }

    @Override
    public String toString() {
        throw new UnsupportedOperationException("being written");
    }
}
