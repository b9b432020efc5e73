package io.posthorn.sip.auth;

import java.util.Optional;

/** What is kept of the users' passwords. Any thread, never waits. */
@FunctionalInterface
public interface Secrets {

    /**
     * H(A1) of {@code username} in {@code realm}; empty if there is no such user or no such kind.
     */
    Optional<String> of(String username, String realm, Algorithm algorithm);
}
