package io.posthorn.sip.reginfo;

import io.posthorn.sip.wire.Params;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/** XML to values: no DTD, no entities but the five, nothing from outside, within limits. */
final class RegInfoReader {

    static final String REGINFO = "urn:ietf:params:xml:ns:reginfo";
    static final String GRUUINFO = "urn:ietf:params:xml:ns:gruuinfo";

    // Ours: a user with sixteen devices has some 20 KiB.
    private static final int MAX_BYTES = 262_144;
    private static final int MAX_DEPTH = 8;
    private static final int MAX_ELEMENTS = 4_096;
    private static final int MAX_TEXT = 8_192;

    private static XMLInputFactory factory() {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_COALESCING, true);
        factory.setXMLResolver((publicId, systemId, base, namespace) -> {
            throw new XMLStreamException("nothing from outside");
        });
        return factory;
    }

    private final byte[] bytes;
    private int elements;

    RegInfoReader(byte[] bytes) {
        this.bytes = bytes;
    }

    RegInfo read() {
        if (bytes.length > MAX_BYTES) {
            throw RegInfo.wrong(MAX_BYTES, "reginfo above " + MAX_BYTES + " bytes");
        }
        try {
            XMLStreamReader xml = factory().createXMLStreamReader(new ByteArrayInputStream(bytes));
            try {
                while (next(xml) != XMLStreamConstants.START_ELEMENT) {
                    // Comments and white space stand before the root.
                }
                return document(xml);
            } finally {
                xml.close();
            }
        } catch (XMLStreamException notXml) {
            int at = notXml.getLocation() == null ? 0 : notXml.getLocation().getCharacterOffset();
            throw RegInfo.wrong(Math.max(at, 0), "reginfo that is no XML");
        }
    }

    private int next(XMLStreamReader xml) throws XMLStreamException {
        int event = xml.next();
        if (event == XMLStreamConstants.DTD || event == XMLStreamConstants.ENTITY_REFERENCE) {
            throw wrong(xml, "reginfo with a DTD or an entity");
        }
        if (event == XMLStreamConstants.START_ELEMENT && ++elements > MAX_ELEMENTS) {
            throw wrong(xml, "reginfo with too many elements");
        }
        if (event == XMLStreamConstants.END_DOCUMENT) {
            throw wrong(xml, "reginfo without an end");
        }
        return event;
    }

    /** The next child's start, or false at the parent's end. */
    private boolean child(XMLStreamReader xml) throws XMLStreamException {
        while (true) {
            int event = next(xml);
            if (event == XMLStreamConstants.START_ELEMENT) {
                return true;
            }
            if (event == XMLStreamConstants.END_ELEMENT) {
                return false;
            }
        }
    }

    private RegInfo document(XMLStreamReader xml) throws XMLStreamException {
        if (!is(xml, REGINFO, "reginfo")) {
            throw wrong(xml, "document that is no reginfo");
        }
        long version = number(xml, "version");
        if (version < 0) {
            throw wrong(xml, "reginfo without a version");
        }
        boolean full =
                switch (needed(xml, "state")) {
                    case "full" -> true;
                    case "partial" -> false;
                    default -> throw wrong(xml, "reginfo with an unknown state");
                };
        List<RegInfo.Registration> registrations = new ArrayList<>(2);
        while (child(xml)) {
            if (is(xml, REGINFO, "registration")) {
                registrations.add(registration(xml));
            } else {
                skip(xml, 2);
            }
        }
        return new RegInfo(version, full, registrations);
    }

    private RegInfo.Registration registration(XMLStreamReader xml) throws XMLStreamException {
        String aor = needed(xml, "aor");
        String id = needed(xml, "id");
        RegInfo.State state = constant(xml, RegInfo.State.values(), needed(xml, "state"));
        List<RegInfo.Contact> contacts = new ArrayList<>(4);
        while (child(xml)) {
            if (is(xml, REGINFO, "contact")) {
                contacts.add(contact(xml));
            } else {
                skip(xml, 3);
            }
        }
        return new RegInfo.Registration(aor, id, state, contacts);
    }

    private RegInfo.Contact contact(XMLStreamReader xml) throws XMLStreamException {
        String id = needed(xml, "id");
        RegInfo.State state = constant(xml, RegInfo.State.values(), needed(xml, "state"));
        RegInfo.Event event = constant(xml, RegInfo.Event.values(), needed(xml, "event"));
        long expires = number(xml, "expires");
        long retryAfter = number(xml, "retry-after");
        double q = q(xml);
        String callId = attribute(xml, "callid");
        long cseq = number(xml, "cseq");
        String uri = "";
        String displayName = "";
        String publicGruu = null;
        String temporaryGruu = null;
        long firstCseq = -1;
        List<Params.Param> params = new ArrayList<>(8);
        while (child(xml)) {
            if (is(xml, REGINFO, "uri")) {
                uri = text(xml).strip();
            } else if (is(xml, REGINFO, "display-name")) {
                displayName = text(xml).strip();
            } else if (is(xml, REGINFO, "unknown-param")) {
                params.add(param(xml));
            } else if (is(xml, GRUUINFO, "pub-gruu")) {
                publicGruu = needed(xml, "uri");
                skip(xml, 4);
            } else if (is(xml, GRUUINFO, "temp-gruu")) {
                temporaryGruu = needed(xml, "uri");
                firstCseq = number(xml, "first-cseq");
                skip(xml, 4);
            } else {
                skip(xml, 4);
            }
        }
        if (uri.isEmpty()) {
            throw wrong(xml, "contact without a URI");
        }
        return new RegInfo.Contact(
                id,
                state == RegInfo.State.ACTIVE,
                event,
                expires,
                retryAfter,
                q,
                callId == null ? "" : callId,
                cseq,
                displayName,
                uri,
                new Params(params),
                publicGruu,
                temporaryGruu,
                firstCseq);
    }

    private Params.Param param(XMLStreamReader xml) throws XMLStreamException {
        String name = needed(xml, "name");
        String value = text(xml).strip();
        return new Params.Param(name, value.isEmpty() ? null : value);
    }

    private double q(XMLStreamReader xml) {
        String text = attribute(xml, "q");
        if (text == null) {
            return -1;
        }
        boolean legal = text.length() <= 5 && text.matches("[01](\\.[0-9]{0,3})?");
        double q = legal ? Double.parseDouble(text) : 2;
        if (q > 1) {
            throw wrong(xml, "q out of range");
        }
        return q;
    }

    private String text(XMLStreamReader xml) throws XMLStreamException {
        StringBuilder out = new StringBuilder();
        while (true) {
            int event = next(xml);
            if (event == XMLStreamConstants.END_ELEMENT) {
                return out.toString();
            }
            if (event == XMLStreamConstants.START_ELEMENT) {
                skip(xml, 5);
            } else if (event == XMLStreamConstants.CHARACTERS
                    || event == XMLStreamConstants.CDATA) {
                out.append(xml.getText());
            }
            if (out.length() > MAX_TEXT) {
                throw wrong(xml, "reginfo with a text above " + MAX_TEXT);
            }
        }
    }

    /** To the end of an element that we do not know. */
    private void skip(XMLStreamReader xml, int depth) throws XMLStreamException {
        int level = depth;
        while (level >= depth) {
            int event = next(xml);
            level += event == XMLStreamConstants.START_ELEMENT ? 1 : 0;
            level -= event == XMLStreamConstants.END_ELEMENT ? 1 : 0;
            if (level > MAX_DEPTH) {
                throw wrong(xml, "reginfo deeper than " + MAX_DEPTH);
            }
        }
    }

    private static boolean is(XMLStreamReader xml, String namespace, String name) {
        return name.equals(xml.getLocalName()) && namespace.equals(xml.getNamespaceURI());
    }

    private static @Nullable String attribute(XMLStreamReader xml, String name) {
        return xml.getAttributeValue(null, name);
    }

    private static String needed(XMLStreamReader xml, String name) {
        String value = attribute(xml, name);
        if (value == null || value.isBlank()) {
            throw wrong(xml, xml.getLocalName() + " without " + name);
        }
        return value.strip();
    }

    /** -1 if there is none. */
    private static long number(XMLStreamReader xml, String name) {
        String text = attribute(xml, name);
        if (text == null) {
            return -1;
        }
        String digits = text.strip();
        boolean legal = !digits.isEmpty() && digits.length() <= 18;
        for (int i = 0; legal && i < digits.length(); i++) {
            legal = digits.charAt(i) >= '0' && digits.charAt(i) <= '9';
        }
        if (!legal) {
            throw wrong(xml, name + " that is no number");
        }
        return Long.parseLong(digits);
    }

    private static <E extends Enum<E>> E constant(XMLStreamReader xml, E[] all, String text) {
        for (E constant : all) {
            if (constant.name().toLowerCase(Locale.ROOT).equals(text)) {
                return constant;
            }
        }
        throw wrong(xml, "reginfo with an unknown state or event");
    }

    private static io.posthorn.sip.wire.SipSyntax wrong(XMLStreamReader xml, String what) {
        return RegInfo.wrong(Math.max(xml.getLocation().getCharacterOffset(), 0), what);
    }
}
