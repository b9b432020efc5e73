package io.posthorn.sip.dialog;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.strand.Link;
import io.posthorn.strand.Net;
import io.posthorn.strand.Target;
import io.posthorn.strand.World;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Messages with something wrong in them, in the manner of the PROTOS c07-sip set and of RFC 4475,
 * against a whole node: nothing is thrown in it, all that they began ends, and it serves the next
 * call.
 */
class GarbageTest extends Bench {

    private static final int MESSAGES = 4_000;

    private static final List<String> JUNK =
            List.of(
                    "a".repeat(300),
                    "%s%n%x",
                    "\0",
                    "\r\n",
                    "\r",
                    "\n ",
                    "\"",
                    "\\",
                    "\\\0",
                    "<",
                    ">",
                    "<>",
                    ",",
                    ";",
                    "=",
                    ":",
                    "@",
                    "%",
                    "%zz",
                    "?",
                    "[::",
                    "[::1]",
                    "4294967296",
                    "99999999999999999999",
                    "-1",
                    "0",
                    "z9hG4bK",
                    "*",
                    "\u00c3\u00a9",
                    "\u00ed\u00a0\u0080",
                    "\u00ff",
                    ";lr",
                    ";tag=",
                    ";tag=x",
                    ";rport",
                    ";received=[",
                    ";maddr=224.0.0.1",
                    "sip:",
                    "tel:",
                    "sips:bob@127.0.0.1",
                    "SIP/2.0",
                    "INVITE",
                    "ACK",
                    "CANCEL",
                    "BYE",
                    "Route: <sip:a;lr>\r\n",
                    "Record-Route: <sip:10.9.9.9;lr>,<sip:a>\r\n",
                    "Require: nothing\r\n",
                    "Session-Expires: 5\r\n",
                    "Session-Expires: 999999;refresher=uac\r\n",
                    "Replaces: x;to-tag=1;from-tag=2\r\n",
                    "Reason: SIP;cause=abc\r\n",
                    "v: SIP/2.0/UDP a\r\n",
                    "l: 5\r\n");

    private final World mallory = s.node("mallory");
    private final RandomGenerator dice = dice();
    private final InetSocketAddress here = new InetSocketAddress(s.address("mallory"), 0);

    private @Nullable Link link;
    private long answers;

    private RandomGenerator dice() {
        return () -> {
            var eight = new byte[8];
            mallory.entropy().fill(eight);
            return Unpooled.wrappedBuffer(eight).readLong();
        };
    }

    private String message(String method, int n) {
        var victim = s.address("bob").getHostAddress();
        var body = method.equals("INVITE") ? new String(Phone.sdp(1), ISO_8859_1) : "";
        return """
        %s sip:bob@%s:5060 SIP/2.0\r
        Via: SIP/2.0/UDP %s:5060;branch=z9hG4bKbad%d;rport\r
        Via: SIP/2.0/TCP [2001:db8::9]:5060;branch=z9hG4bKb;received=192.0.2.1\r
        Record-Route: <sip:%s:5060;lr>\r
        From: "M. \\"M\\"" <sip:mallory@example.org>;tag=m%d\r
        To: <sip:bob@example.net>%s\r
        Call-ID: bad%d@example.org\r
        CSeq: 1 %s\r
        Max-Forwards: 70\r
        Contact: <sip:mallory@%s:5060;transport=udp>;expires=60;q=0.5\r
        Event: presence;id=1\r
        Subscription-State: active;expires=60\r
        Expires: 60\r
        Supported: timer, 100rel\r
        Allow: INVITE, ACK, UPDATE\r
        Session-Expires: 1800;refresher=uas\r
        Min-SE: 90\r
        P-Asserted-Identity: <sip:mallory@example.org>, <tel:+491>\r
        Content-Type: application/sdp\r
        Content-Length: %d\r
        \r
        %s\
        """
                .formatted(
                        method,
                        victim,
                        here.getAddress().getHostAddress(),
                        n / 3, // every third with a branch and a dialog that were there before
                        here.getAddress().getHostAddress(),
                        n / 5,
                        dice.nextInt(4) == 0 ? ";tag=x" : "",
                        n / 5,
                        method,
                        here.getAddress().getHostAddress(),
                        body.length(),
                        body);
    }

    private String response(int n) {
        var request = message("INVITE", n);
        return "SIP/2.0 " + dice.nextInt(100, 700) + request.substring(request.indexOf("\r\n"));
    }

    private byte[] mutated(String text) {
        var message = new StringBuilder(text);
        for (int times = dice.nextInt(4); times > 0; times--) mutate(message);
        return message.toString().getBytes(ISO_8859_1);
    }

    private void mutate(StringBuilder message) {
        int at = dice.nextInt(message.length());
        int to = Math.min(message.length(), at + 1 + dice.nextInt(40));
        switch (dice.nextInt(7)) {
            case 0 -> message.setCharAt(at, (char) dice.nextInt(256));
            case 1 -> message.delete(at, to);
            case 2 -> message.insert(at, message.substring(at, to));
            case 3 -> message.setLength(Math.max(1, at));
            case 4 -> {
                int line = message.indexOf("\r\n", at);
                int next = line < 0 ? -1 : message.indexOf("\r\n", line + 2);
                if (next > 0) message.insert(at, message.substring(line, next));
            }
            default -> message.insert(at, JUNK.get(dice.nextInt(JUNK.size())));
        }
    }

    private byte[] any(int n) {
        var methods =
                List.of(
                        "INVITE",
                        "INVITE",
                        "CANCEL",
                        "ACK",
                        "BYE",
                        "MESSAGE",
                        "SUBSCRIBE",
                        "NOTIFY",
                        "REFER",
                        "REGISTER",
                        "OPTIONS",
                        "UPDATE",
                        "PRACK",
                        "NEW");
        int kind = dice.nextInt(methods.size() + 1);
        return mutated(kind == methods.size() ? response(n) : message(methods.get(kind), n));
    }

    @Test
    void mutatedDatagramsHarmNobody() {
        var bob = new Phone(s, "bob");
        takeAll(bob);
        var socket = mallory.net().datagrams(mallory.loops().getFirst(), here, (_, _) -> answers++);
        for (int n = 0; n < MESSAGES; n++) {
            socket.send(new InetSocketAddress(s.address("bob"), 5060), any(n));
            if (n % 8 == 0) s.pass(Duration.ofMillis(40));
        }
        servesOn(bob);
    }

    @Test
    void mutatedStreamsHarmNobody() throws IOException {
        var bob = new Phone(s, "bob");
        takeAll(bob);
        for (int n = 0; n < MESSAGES; n += 8) {
            if (link == null) connect();
            s.pass(Duration.ofMillis(20));
            var some = new ByteArrayOutputStream();
            for (int k = 0; k < 8; k++) some.write(any(n + k));
            write(some.toByteArray());
            s.pass(Duration.ofMillis(20));
        }
        servesOn(bob);
        assertThat(bob.sip.connections()).isLessThan(4);
    }

    private static void takeAll(Phone phone) {
        for (var method : List.of("MESSAGE", "REFER", "REGISTER"))
            phone.agent.onRequest(
                    method, asked -> asked.answer(SipResponse.to(asked.request(), 200)));
        phone.agent.onRequest(
                "SUBSCRIBE",
                asked -> {
                    var notifier = phone.agent.accept(asked, Duration.ofMinutes(1), _ -> {});
                    notifier.notify("text/plain", new byte[] {'x'});
                });
    }

    private void connect() {
        var bob = new InetSocketAddress(s.address("bob"), 5060);
        var loop = mallory.loops().getFirst();
        loop.execute(() ->
                mallory.net()
                        .connect(
                                loop,
                                new Target(bob, Net.Kind.TCP, "bob"),
                                this::opened,
                                _ -> link = null));
    }

    private Link.Reader opened(Link opened) {
        link = opened;
        return new Link.Reader() {
            @Override
            public void bytes(ByteBuf bytes) {
                answers++;
                bytes.release();
            }

            @Override
            public void writableAgain() {}

            @Override
            public void closed(@Nullable Exception why) {
                link = null;
            }
        };
    }

    private void write(byte[] bytes) {
        var to = link;
        if (to == null) return;
        to.loop()
                .execute(() -> {
                    to.write(Unpooled.wrappedBuffer(bytes));
                    to.flush();
                });
    }

    private void servesOn(Phone bob) {
        assertThat(answers).as("answers").isGreaterThan(100);
        seconds(200);
        nothingIsLeft(bob);
        bob.calls.clear();
        var alice = new Phone(s, "alice");
        var leg = alice.invite(bob.uri());
        seconds(2);
        leg.bye(null, java.util.Map.of());
        seconds(2);
        assertThat(alice.history(leg)).containsExactly("answered 200", "ended BYE");
        assertThat(bob.history(bob.call())).endsWith("confirmed", "bye", "ended BYE");
    }
}
