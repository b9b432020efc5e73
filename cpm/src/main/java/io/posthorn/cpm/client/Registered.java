package io.posthorn.cpm.client;

import java.util.List;

/**
 * What a registrar answered.
 *
 * @param code of its answer; 408 and 503 if there was none
 * @param gruu the public GRUU it gave; empty if none
 * @param routes its Service-Route: where requests go first
 */
public record Registered(int code, String reason, String gruu, List<String> routes) {
    public Registered {
        routes = List.copyOf(routes);
    }

    public boolean ok() {
        return code / 100 == 2;
    }
}
