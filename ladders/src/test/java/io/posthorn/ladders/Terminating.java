package io.posthorn.ladders;

import io.posthorn.cpm.participating.Settings;
import io.posthorn.ladders.dsl.Party;
import io.posthorn.ladders.dsl.PlainDialog;
import io.posthorn.ladders.dsl.PlainMsrpPeer;
import io.posthorn.ladders.dsl.PlainSip;
import io.posthorn.ladders.dsl.Scenario;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;

/**
 * A Terminating PF between the Originating PF and Bob's core. The core tells which devices are
 * registered, and speaks SIP for them; each device has an MSRP peer of its own.
 */
final class Terminating {

    /** A registered client of Bob. */
    record Device(String name, String gruu, String contact, String tags, PlainMsrpPeer media) {}

    /** Alice's URI behind the Originating PF's. */
    static final String BEHIND = "msrp://192.0.2.10:7654/jshA7weztas;tcp";

    final Scenario l;
    final Party opf;
    final PlainMsrpPeer sender;
    final Units.Pf pf;
    final Party core;
    final Map<String, Device> devices = new LinkedHashMap<>();
    private boolean subscribed;

    Terminating(Scenario l) {
        this(l, settings -> settings);
    }

    Terminating(Scenario l, UnaryOperator<Settings> settings) {
        this(l, settings, "TPF");
    }

    Terminating(Scenario l, UnaryOperator<Settings> settings, String name) {
        this.l = l;
        l.columns("OPF", name, "core");
        this.opf = l.party("OPF");
        this.sender = l.msrp("OPF");
        sender.shows(BEHIND);
        this.core = l.party("core");
        this.pf = Units.participating(l, name, core, List.of(opf, core), settings);
    }

    /** A device that takes large messages. */
    Device device(String name) {
        return device(name, LargeMessage.TAG);
    }

    /**
     * @param tags what its Contact announces
     */
    Device device(String name, String tags) {
        var gruu =
                LargeMessage.BOB
                        + ";gr=urn:uuid:00000000-0000-4000-8000-00000000000"
                        + devices.size();
        var contact = "sip:bob@203.0.113." + (7 + devices.size()) + ":5060";
        var device = new Device(name, gruu, contact, tags, l.msrp(name));
        devices.put(gruu, device);
        return device;
    }

    /** The INVITE of the Originating PF. */
    PlainSip invite() {
        var invite = LargeMessage.invite(opf, sender, "call-" + l.number());
        return invite.with("Route", "<sip:term@" + pf.hostPort() + ";lr>")
                .with("Route", "<sip:term@" + core.hostPort() + ";lr;odi=4712>")
                .set("From", "\"Alice\" <" + LargeMessage.ALICE + ">;tag=o1")
                .body("application/sdp", LargeMessage.offer(sender, BEHIND));
    }

    PlainSip refused(PlainSip invite, String code) {
        opf.sends(pf.at(), invite);
        registrations();
        return opf.receives(code);
    }

    /** Sends it and answers the subscription, if there is one. */
    void sends(PlainSip invite) {
        opf.sends(pf.at(), invite);
        registrations();
    }

    /** The INVITE that came for each device, by its GRUU. */
    Map<String, PlainSip> invited(int count) {
        var invites = new LinkedHashMap<String, PlainSip>();
        for (int i = 0; i < count; i++) {
            var invite = core.receives("INVITE");
            invites.put(invite.requestUri(), invite);
        }
        return invites;
    }

    PlainSip invited(Device device) {
        var invites = invited(1);
        var invite = invites.get(device.gruu());
        if (invite == null)
            throw new AssertionError(
                    "expected an INVITE for " + device.gruu() + ", got " + invites.keySet());
        return invite;
    }

    /** The 200 of a device. */
    PlainSip ok(Device device, PlainSip invite) {
        var answer = core.answer(invite, 200, "OK");
        var to = invite.header("To") + ";tag=" + device.name();
        return new PlainSip(
                        answer.start(),
                        answer.fields().stream()
                                .map(f -> f.name().equals("To") ? new PlainSip.Field("To", to) : f)
                                .toList(),
                        "")
                .with(
                        "Contact",
                        "<sip:" + device.name() + "@" + core.hostPort() + ">;" + LargeMessage.TAG)
                .with("P-Asserted-Identity", "<" + LargeMessage.BOB + ">")
                .with("Server", "CPM-client/OMA9.9 plain")
                .with("Allow", "INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE")
                .body("application/sdp", LargeMessage.activeAnswer(device.media()));
    }

    /** The device dials what the INVITE offered, and binds. */
    void binds(Device device, PlainSip invite) {
        var path = List.of(invite.sdp("path").split(" "));
        device.media().connects(path.getFirst());
        device.media().binds(path);
        device.media().receives("200");
    }

    /** The Originating PF dials what the 200 answered, and binds. */
    void bound(PlainSip ok) {
        var path = List.of(ok.sdp("path").split(" "));
        sender.connects(path.getFirst());
        sender.binds(path);
        sender.receives("200");
    }

    /** From INVITE to ACK with one device, nothing bound. */
    record Up(PlainSip invite, PlainSip ok, PlainDialog caller) {
        List<String> path() {
            return List.of(ok.sdp("path").split(" "));
        }
    }

    Up established(Device device) {
        return established(device, ok -> ok);
    }

    Up established(Device device, UnaryOperator<PlainSip> answer) {
        return established(device, invite(), answer);
    }

    Up established(Device device, PlainSip invite, UnaryOperator<PlainSip> answer) {
        sends(invite);
        var onward = invited(device);
        core.answers(onward, answer.apply(ok(device, onward)));
        var ok = opf.receives("200");
        var caller = PlainDialog.caller(opf, invite, ok);
        caller.acknowledges();
        core.receives("ACK");
        return new Up(onward, ok, caller);
    }

    /** Several devices that were called, and have answered in this order. */
    record Together(Map<Device, PlainSip> invites, PlainSip ok, PlainDialog caller) {

        PlainSip invite(Device device) {
            return Objects.requireNonNull(invites.get(device), device.name());
        }

        List<String> path() {
            return List.of(ok.sdp("path").split(" "));
        }
    }

    /** From INVITE to ACK with all devices, nothing bound; the first one's 200 goes back. */
    Together together() {
        var invite = invite();
        sends(invite);
        var invites = invitedAll();
        PlainSip ok = null;
        for (var called : invites.entrySet()) {
            core.answers(called.getValue(), ok(called.getKey(), called.getValue()));
            if (ok == null) ok = opf.receives("200");
            else core.receives("ACK");
        }
        var caller = PlainDialog.caller(opf, invite, Objects.requireNonNull(ok));
        caller.acknowledges();
        core.receives("ACK");
        return new Together(invites, ok, caller);
    }

    /** The INVITE that came for each device, in the order in which the devices were made. */
    Map<Device, PlainSip> invitedAll() {
        var came = invited(devices.size());
        var invites = new LinkedHashMap<Device, PlainSip>();
        for (var device : devices.values())
            invites.put(device, Objects.requireNonNull(came.get(device.gruu()), device.name()));
        return invites;
    }

    /** From INVITE to a sender and devices that are bound. */
    Together bound() {
        var call = together();
        bound(call.ok());
        for (var called : call.invites().entrySet()) binds(called.getKey(), called.getValue());
        return call;
    }

    /** The BYE of that device, which is answered. */
    PlainSip byeOf(Device device) {
        var bye = core.receives("BYE", Duration.ofSeconds(40));
        var to = PlainSip.parameter(bye.header("To"), "tag");
        if (!to.equals(device.name()))
            throw new AssertionError("expected the BYE of " + device.name() + ", got\n" + bye);
        core.answers(bye, 200, "OK");
        return bye;
    }

    /** The sender is told so by BYE, and answers. */
    PlainSip byeOfSender() {
        var bye = opf.receives("BYE", Duration.ofSeconds(40));
        opf.answers(bye, 200, "OK");
        return bye;
    }

    /** The sender says BYE and is answered. */
    void hangsUp(PlainDialog caller) {
        caller.saysBye(1);
        opf.receives("200");
    }

    /** The sender ends it; the device is told once it has everything. */
    void ends(Up up) {
        up.caller().saysBye(1);
        opf.receives("200");
        core.answers(core.receives("BYE"), 200, "OK");
        endsSubscription();
        l.nothingMore();
    }

    // ---- the registration event, RFC 3680

    void registrations() {
        if (subscribed) return;
        var pending = core.receivesUnless(opf, "SUBSCRIBE");
        if (pending == null) return;
        subscribed = true;
        subscribe = pending;
        core.answers(
                pending,
                core.answer(pending, 200, "OK")
                        .with("Contact", "<sip:" + core.hostPort() + ">")
                        .with("Expires", pending.header("Expires", "3600")));
        notify(1, "active;expires=3600");
        core.receives("200");
    }

    private PlainSip subscribe = PlainSip.of("SUBSCRIBE sip:nobody SIP/2.0");

    /** The core ends the subscription, so that nothing is left open. */
    void endsSubscription() {
        if (!subscribed) return;
        notify(2, "terminated;reason=noresource");
        core.receives("200");
    }

    private void notify(int cseq, String state) {
        var target = PlainSip.uri(subscribe.header("Contact"));
        core.sends(
                core.from(subscribe),
                PlainSip.of("NOTIFY " + target + " SIP/2.0")
                        .with("Max-Forwards", "70")
                        .with("From", subscribe.header("To") + ";tag=" + core.tag())
                        .with("To", subscribe.header("From"))
                        .with("Call-ID", subscribe.header("Call-ID"))
                        .with("CSeq", cseq + " NOTIFY")
                        .with("Contact", "<sip:" + core.hostPort() + ">")
                        .with("Event", subscribe.header("Event"))
                        .with("Subscription-State", state)
                        .body("application/reginfo+xml", reginfo()));
    }

    private String reginfo() {
        var s = new StringBuilder();
        s.append("<?xml version=\"1.0\"?>\r\n<reginfo xmlns=\"urn:ietf:params:xml:ns:reginfo\"");
        s.append(" xmlns:gr=\"urn:ietf:params:xml:ns:gruuinfo\" version=\"0\" state=\"full\">\r\n");
        s.append("<registration aor=\"").append(LargeMessage.BOB).append("\" id=\"r1\" state=\"");
        s.append(devices.isEmpty() ? "terminated" : "active").append("\">\r\n");
        for (var device : devices.values()) {
            s.append("<contact id=\"").append(device.name());
            s.append("\" state=\"active\" event=\"registered\" q=\"0.8\">\r\n<uri>");
            s.append(device.contact()).append("</uri>\r\n");
            for (var tag : device.tags().split(";")) {
                int equals = tag.indexOf('=');
                s.append("<unknown-param name=\"");
                if (equals < 0) s.append(tag).append("\"/>\r\n");
                else
                    s.append(tag, 0, equals)
                            .append("\">")
                            .append(tag.substring(equals + 1).replace("<", "&lt;"))
                            .append("</unknown-param>\r\n");
            }
            s.append("<gr:pub-gruu uri=\"").append(device.gruu()).append("\"/>\r\n</contact>\r\n");
        }
        return s.append("</registration>\r\n</reginfo>\r\n").toString();
    }
}
