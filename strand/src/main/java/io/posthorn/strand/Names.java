package io.posthorn.strand;

import java.util.List;
import java.util.function.Consumer;

/** Finds where a name is served. Source: RFC 3263. */
public interface Names {

    /**
     * Resolves {@code service}, for example {@code sip:example.net;transport=tcp} or {@code
     * host:port;transport=udp}, and hands the targets in the order to try to {@code then} on {@code
     * loop}; an empty list if there is none.
     */
    void resolve(Loop loop, String service, Consumer<List<Target>> then);
}
