package io.posthorn.sip.reginfo;

import io.posthorn.sip.wire.Params;
import java.math.BigDecimal;

/** Values to XML. */
final class RegInfoWriter {
    private final StringBuilder out = new StringBuilder(1_024);

    private RegInfoWriter() {}

    static String write(RegInfo info) {
        RegInfoWriter writer = new RegInfoWriter();
        writer.document(info);
        return writer.out.toString();
    }

    private void document(RegInfo info) {
        out.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<reginfo xmlns=\"")
                .append(RegInfoReader.REGINFO)
                .append("\" xmlns:gr=\"")
                .append(RegInfoReader.GRUUINFO)
                .append('"');
        attribute("version", Long.toString(info.version()));
        attribute("state", info.full() ? "full" : "partial");
        out.append(">\n");
        info.registrations().forEach(this::registration);
        out.append("</reginfo>\n");
    }

    private void registration(RegInfo.Registration registration) {
        out.append("  <registration");
        attribute("aor", registration.aor());
        attribute("id", registration.id());
        attribute("state", RegInfo.lower(registration.state()));
        out.append(">\n");
        registration.contacts().forEach(this::contact);
        out.append("  </registration>\n");
    }

    private void contact(RegInfo.Contact contact) {
        out.append("    <contact");
        attribute("id", contact.id());
        attribute("state", contact.active() ? "active" : "terminated");
        attribute("event", RegInfo.lower(contact.event()));
        number("expires", contact.expires());
        number("retry-after", contact.retryAfter());
        if (contact.q() >= 0) {
            attribute("q", BigDecimal.valueOf(contact.q()).stripTrailingZeros().toPlainString());
        }
        if (!contact.callId().isEmpty()) {
            attribute("callid", contact.callId());
        }
        number("cseq", contact.cseq());
        out.append(">\n      <uri>");
        text(contact.uri());
        out.append("</uri>\n");
        if (!contact.displayName().isEmpty()) {
            out.append("      <display-name>");
            text(contact.displayName());
            out.append("</display-name>\n");
        }
        contact.params().list().forEach(this::param);
        gruus(contact);
        out.append("    </contact>\n");
    }

    private void param(Params.Param param) {
        out.append("      <unknown-param");
        attribute("name", param.name());
        out.append('>');
        text(param.value() == null ? "" : param.value());
        out.append("</unknown-param>\n");
    }

    private void gruus(RegInfo.Contact contact) {
        if (contact.publicGruu() != null) {
            out.append("      <gr:pub-gruu");
            attribute("uri", contact.publicGruu());
            out.append("/>\n");
        }
        if (contact.temporaryGruu() != null) {
            out.append("      <gr:temp-gruu");
            attribute("uri", contact.temporaryGruu());
            number("first-cseq", Math.max(contact.firstCseq(), 0));
            out.append("/>\n");
        }
    }

    private void number(String name, long value) {
        if (value >= 0) {
            attribute(name, Long.toString(value));
        }
    }

    private void attribute(String name, String value) {
        out.append(' ').append(name).append("=\"");
        escaped(value, true);
        out.append('"');
    }

    private void text(String text) {
        escaped(text, false);
    }

    private void escaped(String text, boolean attribute) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '&' -> out.append("&amp;");
                case '"' -> out.append(attribute ? "&quot;" : "\"");
                default -> {
                    // XML 1.0 section 2.2: other control characters cannot stand in a document.
                    if (c >= ' ' || c == '\t') {
                        out.append(c);
                    }
                }
            }
        }
    }
}
