package io.posthorn.cpm.participating;

import io.posthorn.cpm.policy.Device;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;

/**
 * The devices of one user as third-party REGISTERs tell of them, each as long as it was said to
 * live. The loop of its owner only.
 */
final class ToldDevices {

    // Ours: more than any user has; the oldest gives way, as its registrar limits them too.
    private static final int MAX = 64;

    private record Told(Device device, Instant heard, Instant until) {}

    private final LinkedHashMap<String, Told> told = new LinkedHashMap<>();

    /** Takes what {@code register} says; an answer inside names all there are. */
    void hear(ThirdPartyRegister register, Instant now) {
        if (register.leaves()) told.clear();
        for (var contact : register.asked()) {
            var before = before(contact);
            told.values().removeIf(same -> same.device().contact().equals(uri(contact)));
            told.remove(contact.flow());
            if (contact.life().isPositive()) told.put(contact.flow(), told(contact, before, now));
        }
        var granted = register.granted();
        if (granted == null) return;
        var all = new LinkedHashMap<String, Told>();
        for (var contact : granted)
            if (contact.life().isPositive())
                all.put(contact.flow(), told(contact, before(contact), now));
        told.clear();
        told.putAll(all);
    }

    private static Told told(
            ThirdPartyRegister.Contact contact, Optional<Device> before, Instant now) {
        var device = before.map(contact.device()::completedBy).orElse(contact.device());
        return new Told(device, now, now.plus(contact.life()));
    }

    private Optional<Device> before(ThirdPartyRegister.Contact contact) {
        var same = told.get(contact.flow());
        return same == null ? of(uri(contact)) : Optional.of(same.device());
    }

    private static String uri(ThirdPartyRegister.Contact contact) {
        return contact.device().contact();
    }

    private Optional<Device> of(String contact) {
        return told.values().stream()
                .map(Told::device)
                .filter(device -> device.contact().equals(contact))
                .findFirst();
    }

    void clear() {
        told.clear();
    }

    boolean isEmpty() {
        return told.isEmpty();
    }

    /** Those that live. */
    List<Device> at(Instant now) {
        told.values().removeIf(one -> !one.until().isAfter(now));
        return told.values().stream().map(Told::device).toList();
    }

    /** Those that were told, or told again, after {@code moment}. */
    List<Device> since(Instant moment) {
        return told.values().stream()
                .filter(one -> one.heard().isAfter(moment))
                .map(Told::device)
                .toList();
    }

    List<String> contacts() {
        return told.values().stream().map(one -> one.device().contact()).toList();
    }

    /** How long the longest of them lives from {@code now} on; zero if there is none. */
    Duration life(Instant now) {
        return told.values().stream()
                .map(one -> Duration.between(now, one.until()))
                .max(Duration::compareTo)
                .filter(Duration::isPositive)
                .orElse(Duration.ZERO);
    }

    /** {@code device} of the registration event, with what only a REGISTER said of it. */
    Device completed(Device device) {
        return told.values().stream()
                .map(Told::device)
                .filter(device::same)
                .findFirst()
                .map(device::completedBy)
                .orElse(device);
    }
}
