package io.posthorn.sip.wire;

import java.util.Optional;

/**
 * One Via value.
 *
 * @param transport upper case: UDP, TCP, TLS
 * @param port -1 if there is none
 */
public record Via(String transport, String host, int port, Params params) {

    /**
     * @throws SipSyntax if {@code text} is not one
     */
    public static Via parse(String text) {
        throw new UnsupportedOperationException("being written");
    }

    public Optional<String> branch() {
        return params.get("branch");
    }

    public Via with(String name, @org.jspecify.annotations.Nullable String value) {
        return new Via(transport, host, port, params.with(name, value));
    }

    @Override
    public String toString() {
        throw new UnsupportedOperationException("being written");
    }
}
