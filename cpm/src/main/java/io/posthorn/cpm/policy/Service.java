package io.posthorn.cpm.policy;

import io.posthorn.sip.wire.AcceptContact;
import io.posthorn.sip.wire.Icsi;
import io.posthorn.sip.wire.SipRequest;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The CPM service that a request asks for, by its communication service identifier (ICSI). */
public enum Service {
    MESSAGE("msg"),
    GROUP_MESSAGE("msg.group"),
    LARGE_MESSAGE("largemsg"),
    GROUP_LARGE_MESSAGE("largemsg.group"),
    DEFERRED("deferred"),
    SESSION("session"),
    GROUP_SESSION("session.group"),
    FILE_TRANSFER("filetransfer"),
    GROUP_FILE_TRANSFER("filetransfer.group"),
    SYSTEM_MESSAGE("systemmsg");

    /** Large messages in the words of OMA SIMPLE IM: a feature tag. */
    public static final String LEGACY_LARGE = "+g.oma.sip-im.large-message";

    /** Chat in the words of OMA SIMPLE IM: a feature tag. */
    private static final String LEGACY_IM = "+g.oma.sip-im";

    private static final List<Service> ALL = List.of(values());

    private final String urn;
    private final String tag;

    Service(String suffix) {
        urn = "urn:urn-7:3gpp-service.ims.icsi.oma.cpm." + suffix;
        tag = Icsi.REF + "=" + Icsi.value(List.of(urn));
    }

    /** As in P-Preferred-Service and P-Asserted-Service. */
    public String urn() {
        return urn;
    }

    /** As in Contact and Accept-Contact: the feature tag with the URN, its colons escaped. */
    public String tag() {
        return tag;
    }

    /** An INVITE for this service is handled as one large message. */
    public boolean large() {
        return this == LARGE_MESSAGE || this == GROUP_LARGE_MESSAGE || this == DEFERRED;
    }

    /**
     * What {@code request} asks for; empty if it is not a request of CPM.
     *
     * @param trusted the previous hop may assert a service
     * @throws io.posthorn.sip.wire.SipSyntax if a caller preference or Contact is wrong
     */
    public static Optional<Service> of(SipRequest request, boolean trusted) {
        if (trusted) {
            var asserted = first(request.values("P-Asserted-Service"));
            if (asserted.isPresent()) return asserted;
        }
        var accepted = AcceptContact.all(request);
        var byTag = first(Icsi.of(accepted));
        if (byTag.isPresent()) return byTag;
        if (accepted.stream().anyMatch(value -> value.tags().has(LEGACY_LARGE)))
            return Optional.of(LARGE_MESSAGE);
        var preferred = first(request.values("P-Preferred-Service"));
        if (preferred.isPresent()) return preferred;
        var contact = ofContact(request);
        if (contact.isPresent()) return contact;
        return accepted.stream().anyMatch(value -> value.tags().has(LEGACY_IM))
                ? simple(request)
                : Optional.empty();
    }

    private static Optional<Service> ofContact(SipRequest request) {
        var services =
                request.contact().stream()
                        .flatMap(contact -> Icsi.all(contact.params()).stream())
                        .flatMap(urn -> named(urn).stream())
                        .toList();
        return services.size() == 1 ? Optional.of(services.getFirst()) : Optional.empty();
    }

    private static Optional<Service> simple(SipRequest request) {
        return switch (request.method()) {
            case "MESSAGE" -> Optional.of(MESSAGE);
            case "INVITE" ->
                    Optional.of(
                            new String(request.body(), java.nio.charset.StandardCharsets.UTF_8)
                                            .contains("a=file-transfer-id:")
                                    ? FILE_TRANSFER
                                    : SESSION);
            default -> Optional.empty();
        };
    }

    private static Optional<Service> first(List<String> urns) {
        for (var urn : urns) {
            var service = named(urn);
            if (service.isPresent()) return service;
        }
        return Optional.empty();
    }

    /** The whole URN is compared: one suffix is the beginning of another. */
    private static Optional<Service> named(String urn) {
        var wanted = urn.strip().toLowerCase(Locale.ROOT);
        for (var service : ALL) if (service.urn.equals(wanted)) return Optional.of(service);
        return Optional.empty();
    }
}
