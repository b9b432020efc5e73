package io.posthorn.cpm.policy;

import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Which devices a user has registered. Owned by the terminating participating function, which
 * learns them from the registration event (OMA CPM Conv 8.1.3).
 */
public interface Registrations {

    /**
     * Finds the devices of {@code user} and hands them to {@code then}, once: at once if they are
     * known, else when they are. Any thread; {@code then} must not block.
     *
     * @param user an address of record
     */
    void devices(String user, Consumer<Registered> then);

    /**
     * The devices of one user.
     *
     * @param devices highest {@code q} first; without elements if none is registered
     * @param unknown why they are not known; null if they are
     */
    record Registered(List<Device> devices, @Nullable String unknown) {
        public Registered {
            devices = List.copyOf(devices);
        }

        public static Registered of(List<Device> devices) {
            return new Registered(devices, null);
        }

        public static Registered unknown(String why) {
            return new Registered(List.of(), why);
        }
    }
}
