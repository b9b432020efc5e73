package io.posthorn.cpm.policy;

import java.util.List;
import java.util.function.Consumer;

/**
 * Which devices a user has registered. Owned by the terminating participating function, which
 * learns them from the registration event (OMA CPM Conv 8.1.3).
 */
public interface Registrations {

    /**
     * Finds the devices of {@code user}, highest {@code q} first, and hands them to {@code then},
     * once: at once if they are known, else when they are. A list without elements says that none
     * is registered. Any thread; {@code then} must not block.
     *
     * @param user an address of record
     */
    void devices(String user, Consumer<List<Device>> then);
}
