package io.posthorn.ladders;

import io.posthorn.ladders.dsl.Party;
import io.posthorn.ladders.dsl.PlainSip;
import java.time.Duration;

/** The registrar's side of one subscription to the registration event (RFC 3680), as it is told. */
final class PlainRegistrar {

    private final Party core;
    private final PlainSip subscribe;
    private final String expires;
    private int cseq;

    private PlainRegistrar(Party core, PlainSip subscribe) {
        this.core = core;
        this.subscribe = subscribe;
        this.expires = subscribe.header("Expires", "3600");
    }

    /** Waits for the SUBSCRIBE and accepts it; says nothing yet. */
    static PlainRegistrar subscribed(Party core) {
        return accepting(core, core.receives("SUBSCRIBE", Duration.ofMinutes(6)));
    }

    /** Accepts a SUBSCRIBE that came; says nothing yet. */
    static PlainRegistrar accepting(Party core, PlainSip subscribe) {
        var registrar = new PlainRegistrar(core, subscribe);
        registrar.accepts(registrar.subscribe);
        return registrar;
    }

    private void accepts(PlainSip request) {
        core.answers(
                request,
                core.answer(request, 200, "OK")
                        .with("Contact", "<sip:" + core.hostPort() + ">")
                        .with("Expires", request.header("Expires", "3600")));
    }

    /** The subscription is refreshed, which asks for everything. */
    void isRefreshed() {
        var refresh = core.receives("SUBSCRIBE");
        if (!refresh.header("Call-ID").equals(subscribe.header("Call-ID")))
            throw new AssertionError("expected a refresh, got\n" + refresh);
        accepts(refresh);
    }

    /** Tells this document, and has its 200. */
    void tells(String reginfo) {
        sends("active;expires=" + expires, reginfo);
        core.receives("200");
    }

    /** Ends it, with a document or without. */
    void ends(String reason, String reginfo) {
        sends("terminated" + (reason.isEmpty() ? "" : ";reason=" + reason), reginfo);
        core.receives("200");
    }

    PlainSip sends(String state, String reginfo) {
        var notify =
                PlainSip.of("NOTIFY " + PlainSip.uri(subscribe.header("Contact")) + " SIP/2.0")
                        .with("Max-Forwards", "70")
                        .with("From", subscribe.header("To") + ";tag=" + core.tag())
                        .with("To", subscribe.header("From"))
                        .with("Call-ID", subscribe.header("Call-ID"))
                        .with("CSeq", ++cseq + " NOTIFY")
                        .with("Contact", "<sip:" + core.hostPort() + ">")
                        .with("Event", "reg")
                        .with("Subscription-State", state);
        if (!reginfo.isEmpty()) notify = notify.body("application/reginfo+xml", reginfo);
        return core.sends(core.from(subscribe), notify);
    }

    // ---- documents

    /** All that is registered of this address. */
    static String full(int version, String aor, String... contacts) {
        return document(
                version, "full", aor, contacts.length == 0 ? "terminated" : "active", contacts);
    }

    static String partial(int version, String aor, String... contacts) {
        return document(version, "partial", aor, "active", contacts);
    }

    static String document(
            int version, String state, String aor, String registration, String... contacts) {
        return "<?xml version=\"1.0\"?>\r\n<reginfo xmlns=\"urn:ietf:params:xml:ns:reginfo\""
                + " xmlns:gr=\"urn:ietf:params:xml:ns:gruuinfo\" version=\""
                + version
                + "\" state=\""
                + state
                + "\">\r\n<registration aor=\""
                + aor
                + "\" id=\"r1\" state=\""
                + registration
                + "\">\r\n"
                + String.join("\r\n", contacts)
                + "\r\n</registration>\r\n</reginfo>\r\n";
    }

    /** A registered client that takes large messages. */
    static String contact(Terminating.Device device) {
        return contact(device, "active", "registered", true);
    }

    static String contact(Terminating.Device device, String state, String event, boolean gruu) {
        var tag = device.tags();
        int equals = tag.indexOf('=');
        return "<contact id=\""
                + device.name()
                + "\" state=\""
                + state
                + "\" event=\""
                + event
                + "\">\r\n<uri>"
                + device.contact()
                + "</uri>\r\n<unknown-param name=\""
                + tag.substring(0, equals)
                + "\">"
                + tag.substring(equals + 1)
                + "</unknown-param>\r\n"
                + (gruu ? "<gr:pub-gruu uri=\"" + device.gruu() + "\"/>\r\n" : "")
                + "</contact>";
    }
}
