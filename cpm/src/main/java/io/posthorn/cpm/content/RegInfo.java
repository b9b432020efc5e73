package io.posthorn.cpm.content;

import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/**
 * What a registrar says of a user's registrations. Source: RFC 3680, with the GRUUs of RFC 5628.
 *
 * @param version grows by one with each document of a subscription
 * @param full everything, in place of what was known; else only what changed
 */
public record RegInfo(long version, boolean full, List<Contact> contacts) {

    // Ours: a user with more devices than this is no user.
    private static final int LIMIT = 256;

    /**
     * One contact of one registration.
     *
     * @param id names it within the subscription
     * @param active false once it has ended
     * @param gruu its public GRUU; null if it has none
     * @param params what it registered besides: name to value as in a Contact field, quotes
     *     included
     */
    public record Contact(
            String id,
            boolean active,
            String uri,
            double q,
            @Nullable String gruu,
            Map<String, String> params) {}

    public RegInfo {
        contacts = List.copyOf(contacts);
    }

    /** Empty if it is not such a document. */
    public static Optional<RegInfo> parse(byte[] xml) {
        // No DTD, nothing external: neither entities that grow, nor files or hosts that are read.
        var factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_COALESCING, true);
        try {
            return read(factory.createXMLStreamReader(new ByteArrayInputStream(xml)));
        } catch (XMLStreamException | NumberFormatException wrong) {
            return Optional.empty();
        }
    }

    private static Optional<RegInfo> read(XMLStreamReader xml) throws XMLStreamException {
        if (xml.nextTag() != XMLStreamConstants.START_ELEMENT
                || !xml.getLocalName().equals("reginfo")) return Optional.empty();
        var version = Long.parseLong(attribute(xml, "version", "0"));
        var full = attribute(xml, "state", "full").equals("full");
        var contacts = new ArrayList<Contact>();
        var ended = false;
        while (xml.hasNext()) {
            if (xml.next() != XMLStreamConstants.START_ELEMENT) continue;
            if (xml.getLocalName().equals("registration"))
                ended = attribute(xml, "state", "active").equals("terminated");
            if (!xml.getLocalName().equals("contact")) continue;
            if (contacts.size() == LIMIT) return Optional.empty();
            contacts.add(contact(xml, ended));
        }
        return Optional.of(new RegInfo(version, full, contacts));
    }

    private static Contact contact(XMLStreamReader xml, boolean ended) throws XMLStreamException {
        var id = attribute(xml, "id", "");
        var active = !ended && attribute(xml, "state", "active").equals("active");
        var q = Double.parseDouble(attribute(xml, "q", "1"));
        var uri = "";
        String gruu = null;
        var params = new LinkedHashMap<String, String>();
        while (!(xml.next() == XMLStreamConstants.END_ELEMENT
                && xml.getLocalName().equals("contact"))) {
            if (xml.getEventType() != XMLStreamConstants.START_ELEMENT) continue;
            switch (xml.getLocalName()) {
                case "uri" -> uri = xml.getElementText().strip();
                case "pub-gruu" -> gruu = attribute(xml, "uri", "");
                case "unknown-param" -> {
                    var name = attribute(xml, "name", "");
                    params.put(name, xml.getElementText().strip());
                }
                default -> {}
            }
        }
        return new Contact(id, active, uri, q, gruu, params);
    }

    private static String attribute(XMLStreamReader xml, String name, String otherwise) {
        var value = xml.getAttributeValue(null, name);
        return value == null ? otherwise : value;
    }
}
