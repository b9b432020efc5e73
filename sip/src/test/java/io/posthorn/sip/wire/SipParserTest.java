package io.posthorn.sip.wire;

import static io.posthorn.sip.wire.SipMessageTest.INVITE;
import static io.posthorn.sip.wire.SipMessageTest.bytes;
import static io.posthorn.sip.wire.SipMessageTest.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class SipParserTest {

    private static Optional<SipResponse> answer(String text) {
        SipSyntax why = catchThrowableOfType(SipSyntax.class, () -> SipParser.parse(bytes(text)));
        return SipParser.tryAnswer(bytes(text), why);
    }

    @Test
    void leavesOutWhatFollowsTheBody() {
        SipRequest invite = request(INVITE + "REGISTER sip:x SIP/2.0\r\n\r\n");
        assertThat(invite.toString()).isEqualTo(INVITE);
    }

    @Test
    void takesTheRestAsBodyWithoutContentLength() {
        SipRequest invite = request(INVITE.replace("Content-Length: 4\r\n", ""));
        assertThat(invite.body()).isEqualTo(bytes("v=0\n"));
    }

    @Test
    void skipsLineBreaksBeforeTheStartLine() {
        assertThat(request("\r\n\r\n" + INVITE).toString()).isEqualTo(INVITE);
    }

    @Test
    void keepsBodiesWithAnyOctets() {
        byte[] body = {0, '\r', '\n', '\r', '\n', -1, -64, 0};
        SipRequest invite = SipMessageTest.invite().withBody("application/octet-stream", body);
        assertThat(SipParser.parse(invite.bytes()).body()).isEqualTo(body);
    }

    @Test
    void unfoldsValuesOnlyWhenAsked() {
        String folded =
                INVITE.replace(
                        "To: <sip:bob@example.net>",
                        "To\t:\r\n\t\"Bob\r\n  B\"  <sip:bob@example.net>");
        assertThat(request(folded).to().display()).isEqualTo("Bob B");
        assertThat(request(folded).header("To")).contains("\"Bob B\"  <sip:bob@example.net>");
        assertThat(request(folded).with("X", "y").toString())
                .contains("To\t:\r\n\t\"Bob\r\n  B\"  <sip:bob@example.net>\r\n");
    }

    @Test
    void answersABrokenRequestOverItsVias() {
        SipResponse answer = answer(INVITE.replace("CSeq: 1 INVITE", "CSeq: 1 BYE")).orElseThrow();
        assertThat(answer.code()).isEqualTo(400);
        assertThat(answer.values("Via")).hasSize(3);
        assertThat(answer.via().branch()).contains("z9hG4bKa1");
        assertThat(answer.callId()).isEqualTo("lmm-1@192.0.2.10");
        assertThat(answer.to().tag()).isPresent();
        assertThat(answer.from().tag()).contains("a1");
        assertThat(SipParser.parse(answer.bytes())).isInstanceOf(SipResponse.class);
    }

    @Test
    void answersCopiesOfABrokenRequestAlike() {
        String broken = INVITE.replace("CSeq: 1 INVITE", "CSeq: 1 BYE");
        assertThat(answer(broken).orElseThrow().toString())
                .isEqualTo(answer(broken).orElseThrow().toString());
    }

    @Test
    void answersARequestWithoutFromAsItsViaIsThere() {
        String broken = INVITE.replaceFirst("From: .*\r\n", "");
        assertThat(answer(broken).orElseThrow().header("From")).isEmpty();
    }

    @Test
    void answersAnotherVersionWith505() {
        assertThat(answer(INVITE.replace("SIP/2.0\r\nVia", "SIP/7.0\r\nVia")).orElseThrow().code())
                .isEqualTo(505);
    }

    @Test
    void neverAnswersAnAckAResponseOrOtherProtocols() {
        assertThat(answer(INVITE.replace("INVITE sip", "ACK sip"))).isEmpty();
        assertThat(answer(INVITE.replaceFirst("INVITE .*\r\n", "SIP/2.0 999 No\r\n"))).isEmpty();
        assertThat(answer(INVITE.replaceFirst("INVITE .*\r\n", "GET / HTTP/1.1\r\n"))).isEmpty();
    }

    @Test
    void answersNothingIfTheTopmostViaCannotBeRead() {
        assertThat(answer(INVITE.replace("SIP/2.0/TCP 192.0.2.10:5060", "SIP/2.0/TCP ,")))
                .isEmpty();
        assertThat(answer(INVITE.replace("SIP/2.0/TCP 192.0.2.10:5060", "SIP/2.0/TCP a\0")))
                .isEmpty();
    }

    @Test
    void findsTheEndOfAHeadHoweverItIsCut() {
        byte[] all = bytes(INVITE);
        int end = INVITE.indexOf("\r\n\r\n") + 4;
        for (int length = 0; length <= all.length; length++) {
            assertThat(SipParser.headEnd(all, 0, length)).isEqualTo(length < end ? -1 : end);
        }
        for (int shift = 1; shift < 9; shift++) {
            byte[] moved = bytes("x".repeat(shift) + INVITE);
            assertThat(SipParser.headEnd(moved, shift, moved.length)).isEqualTo(end + shift);
        }
    }

    private static int contentLength(String text) {
        byte[] all = bytes(text);
        return SipParser.contentLength(all, 0, SipParser.headEnd(all, 0, all.length));
    }

    @Test
    void readsContentLengthOfAHead() {
        assertThat(contentLength(INVITE)).isEqualTo(4);
        assertThat(contentLength(INVITE.replace("Content-Length: 4", "L  :\r\n 0017 ")))
                .isEqualTo(17);
        assertThat(contentLength(INVITE.replace("Content-Length: 4", "X: y\r\n Content-Length: 4")))
                .isEqualTo(-1);
        assertThatThrownBy(() -> contentLength(INVITE.replace("Content-Length: 4", "l: 4\r\nl: 4")))
                .isInstanceOf(SipSyntax.class);
        assertThatThrownBy(() -> contentLength(INVITE.replace(": 4\r\n", ": 4 4\r\n")))
                .isInstanceOf(SipSyntax.class);
        assertThatThrownBy(() -> contentLength(INVITE.replace(": 4\r\n", ": 4294967300\r\n")))
                .isInstanceOf(SipSyntax.class);
    }
}
