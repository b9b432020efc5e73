package io.posthorn.cpm.policy;

import io.posthorn.sip.wire.FeatureTags;
import io.posthorn.sip.wire.Icsi;
import org.jspecify.annotations.Nullable;

/**
 * One registered client of a user, as the registration event or a third-party REGISTER shows it.
 *
 * @param contact the URI it registered
 * @param gruu its public GRUU; null if it has none
 * @param instance its {@code +sip.instance}; null if it has none
 * @param tags what it can do
 * @param q its preference, 0 to 1
 */
public record Device(
        String contact,
        @Nullable String gruu,
        @Nullable String instance,
        FeatureTags tags,
        double q) {

    /** The same instance, or the same contact. */
    public boolean same(Device other) {
        return contact.equals(other.contact) || instance != null && instance.equals(other.instance);
    }

    /** With what {@code other} knows of the same client, where this one knows nothing. */
    public Device completedBy(Device other) {
        return new Device(
                contact,
                gruu == null ? other.gruu : gruu,
                instance == null ? other.instance : instance,
                tags.isEmpty() ? other.tags : tags,
                q);
    }

    /**
     * With a public GRUU made of the user's address and the instance, if it has none. Source: RFC
     * 5627 section 5.4, the form that registrars give it; whether they do, only their operator
     * knows.
     *
     * @param aor the user's address
     */
    public Device withBuiltGruu(String aor) {
        if (gruu != null || instance == null) return this;
        return new Device(contact, aor + ";gr=" + instance, instance, tags, q);
    }

    /** Can take a large message: it announced one of the three forms. */
    public boolean largeMessages() {
        var services = Icsi.all(tags.params());
        return tags.has(Service.LEGACY_LARGE)
                || services.contains(Service.LARGE_MESSAGE.urn())
                || services.contains(Service.DEFERRED.urn());
    }
}
