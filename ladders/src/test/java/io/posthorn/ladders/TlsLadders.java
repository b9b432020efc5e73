package io.posthorn.ladders;

import static io.posthorn.ladders.LargeMessage.cpim;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.cpm.call.PathMode;
import io.posthorn.ladders.coverage.LadderTest;
import io.posthorn.ladders.coverage.Proves;
import io.posthorn.ladders.dsl.PlainDialog;
import io.posthorn.ladders.dsl.PlainMsrpPeer;
import io.posthorn.ladders.dsl.PlainSip;
import io.posthorn.ladders.dsl.Scenario;
import io.posthorn.ladders.dsl.Wire;
import java.net.InetAddress;
import java.util.List;

/** Media over TLS: RFC 4975 section 14.1, RFC 8122, RFC 4145, RFC 6714. */
class TlsLadders {

    private static final String HERE =
            "msrps://[2001:db8:85a3::8a2e:370:7334]:49154/1717000000005;tcp";

    /** As handsets of carriers offer: TLS, IPv6, CEMA, a certificate of their own. */
    private static String carriers(String fingerprint) {
        return """
        v=0
        o=- 3826514 3826514 IN IP6 2001:db8:85a3::8a2e:370:7334
        s=-
        c=IN IP6 2001:db8:85a3::8a2e:370:7334
        t=0 0
        m=message 49154 TCP/TLS/MSRP *
        a=accept-types:message/cpim application/im-iscomposing+xml
        a=accept-wrapped-types:text/plain application/vnd.gsma.rcs-ft-http+xml message/imdn+xml
        a=setup:actpass
        a=connection:new
        a=path:%s
        a=fingerprint:%s
        a=msrp-cema
        a=sendonly
        """
                .formatted(HERE, fingerprint)
                .replace("\n", "\r\n");
    }

    private static List<String> path(PlainSip message) {
        return List.of(message.sdp("path").split(" "));
    }

    /** What stands in c= and m= is where the path leads, for peers that read the one or other. */
    private static void saysWhereItIs(PlainSip message, String uri) {
        var at = PlainMsrpPeer.address(uri);
        assertThat(message.hasSdp("m=message " + at.getPort() + " TCP/TLS/MSRP *")).isTrue();
        var line =
                message.body()
                        .lines()
                        .filter(said -> said.startsWith("c=IN IP"))
                        .findFirst()
                        .orElseThrow();
        var address = line.substring(line.lastIndexOf(' ') + 1);
        assertThat(line).startsWith(address.contains(":") ? "c=IN IP6 " : "c=IN IP4 ");
        assertThat(InetAddress.ofLiteral(address)).isEqualTo(at.getAddress());
    }

    @LadderTest({Wire.SIMULATED, Wire.SOCKETS, Wire.SOCKETS6})
    @Proves({"S0-OPF-20"})
    void whatADeviceOfACarrierOffersIsTakenAsItIs(Scenario l) {
        for (var mode : PathMode.values()) {
            var at = new Originating(l, Chain.path(mode), "OPF " + mode, msrp -> msrp.withTls(0));
            boolean prepends = mode == PathMode.PREPEND;
            at.sender.isCalled(HERE);
            var offer = carriers(at.sender.speaksTls());
            at.receiver.speaksTls();

            var invite = at.invite().body("application/sdp", offer);
            var onward = at.onward(invite);
            var answer =
                    at.ok(onward).body("application/sdp", LargeMessage.activeAnswer(at.receiver));
            at.next.answers(onward, answer);
            var ok = at.alice.receives("200");
            var caller = PlainDialog.caller(at.alice, invite, ok);
            caller.acknowledges();
            at.next.receives("ACK");

            // RFC 4145 section 4.1: to actpass passive is an answer, actpass is none.
            assertThat(ok.sdp("setup")).isEqualTo("passive");
            // RFC 4145 section 5: new, if nothing is said.
            assertThat(ok.countSdp("a=connection:existing")).isZero();
            // RFC 8122 section 5: of the certificate that is shown, and not of the device's.
            assertThat(ok.sdp("fingerprint"))
                    .startsWith("sha-256 ")
                    .isNotEqualToIgnoringCase(at.sender.fingerprint());
            // RFC 4975 section 14.1: msrps.
            assertThat(path(ok).getFirst()).startsWith("msrps://" + at.pf.host() + ":");
            assertThat(path(ok).subList(1, path(ok).size()))
                    .isEqualTo(prepends ? List.of(at.receiver.uri()) : List.of());
            saysWhereItIs(ok, path(ok).getFirst());
            // RFC 6714 section 4.3: not with a path of several URIs.
            assertThat(ok.hasSdp("a=msrp-cema")).isEqualTo(!prepends);

            // What the sender asked for holds on the next leg, with a certificate of ours.
            assertThat(onward.sdp("fingerprint")).isEqualTo(ok.sdp("fingerprint"));
            assertThat(path(onward).subList(1, path(onward).size()))
                    .isEqualTo(prepends ? List.of(HERE) : List.of());
            saysWhereItIs(onward, path(onward).getFirst());

            at.receiver.connects(path(onward).getFirst(), onward.sdp("fingerprint"));
            at.receiver.binds(path(onward));
            at.receiver.receives("200");
            at.sender.connects(path(ok).getFirst(), ok.sdp("fingerprint"));
            at.sender.binds(path(ok));
            at.sender.receives("200");
            var message = cpim(70_000, "Msg" + mode);
            at.sender.sendsMessage(path(ok), "m1", message, 30_000);
            assertThat(at.receiver.receivesMessage()).isEqualTo(message);

            caller.saysBye(1);
            at.alice.receives("200");
            at.next.answers(at.next.receives("BYE"), 200, "OK");
        }
        l.nothingMore();
    }
}
