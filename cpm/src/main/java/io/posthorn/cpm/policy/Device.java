package io.posthorn.cpm.policy;

import io.posthorn.sip.wire.FeatureTags;
import io.posthorn.sip.wire.Icsi;
import org.jspecify.annotations.Nullable;

/**
 * One registered client of a user, as the registration event shows it.
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

    /** Can take a large message: it announced one of the three forms. */
    public boolean largeMessages() {
        var services = Icsi.all(tags.params());
        return tags.has(Service.LEGACY_LARGE)
                || services.contains(Service.LARGE_MESSAGE.urn())
                || services.contains(Service.DEFERRED.urn());
    }
}
