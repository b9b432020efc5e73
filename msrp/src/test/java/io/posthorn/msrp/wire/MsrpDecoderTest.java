package io.posthorn.msrp.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read does not depend on how it was cut, and prints back as it was. */
class MsrpDecoderTest {

    private static final String PATHS =
            "To-Path: msrp://198.51.100.11:2855/U1a3f;tcp msrp://203.0.113.7:49200/B1zzPq;tcp\r\n"
                    + "From-Path: msrp://192.0.2.10:7654/jshA7weztas;tcp\r\n";

    private static final String TRANSCRIPT =
            "MSRP b1nd0001 SEND\r\n"
                    + PATHS
                    + "Message-ID: bind-77\r\nByte-Range: 1-0/0\r\n-------b1nd0001$\r\n"
                    + "MSRP a786hjs2 SEND\r\n"
                    + PATHS
                    + "Message-ID: 87652491\r\nByte-Range: 1-61/61\r\nX-Other:\tkept \u00fc\r\n"
                    + "Content-Type: message/cpim\r\n\r\n"
                    + "Hey\r\n-------a786hjs\r\n-------a786hjs2 $\r\n-------a786hjs2$\r \r\n-----"
                    + "\r\n-------a786hjs2+\r\n"
                    + "MSRP a786hjs2 200 OK\r\n"
                    + PATHS
                    + "-------a786hjs2$\r\n"
                    + "MSRP n0th1ng SEND\r\n"
                    + PATHS
                    + "Message-ID: 87652492\r\nContent-Type: text/plain\r\n\r\n\r\n-------n0th1ng#\r\n"
                    + "MSRP r3p0rt01 REPORT\r\n"
                    + PATHS
                    + "Message-ID: 87652491\r\nByte-Range: 1-335/335\r\nStatus: 000 200 OK\r\n"
                    + "-------r3p0rt01$\r\n";

    /** Everything that was decoded, as it would be written, a line in brackets per part. */
    static String decode(List<byte[]> pieces) {
        var shown = new StringBuilder();
        var printed = new ByteArrayOutputStream();
        var decoder = new MsrpDecoder();
        decode(decoder, pieces, shown, printed);
        assertThat(decoder.idle()).isTrue();
        return shown + "\n" + printed.toString(ISO_8859_1);
    }

    /** The same up to where the framing is lost, if it is, or the last message breaks off. */
    private static String decodeAsFarAsItGoes(List<byte[]> pieces) {
        var shown = new StringBuilder();
        var printed = new ByteArrayOutputStream();
        try {
            decode(new MsrpDecoder(), pieces, shown, printed);
        } catch (MsrpSyntax lost) {
            shown.append(lost.getMessage());
        }
        return shown + "\n" + printed.toString(ISO_8859_1);
    }

    private static void decode(
            MsrpDecoder decoder,
            List<byte[]> pieces,
            StringBuilder shown,
            ByteArrayOutputStream printed) {
        var last = new MsrpHead[1];
        for (var piece : pieces) {
            ByteBuf in = Unpooled.directBuffer(Math.max(1, piece.length)).writeBytes(piece);
            try {
                for (var part = decoder.next(in); part != null; part = decoder.next(in))
                    print(part, shown, printed, last);
                assertThat(in.isReadable()).isFalse();
            } finally {
                in.release();
            }
        }
    }

    private static void print(
            MsrpDecoder.Part part,
            StringBuilder shown,
            ByteArrayOutputStream printed,
            MsrpHead[] last) {
        switch (part) {
            case MsrpDecoder.Part.Head(var head) -> {
                last[0] = head;
                shown.append('[')
                        .append(head)
                        .append(head.fault())
                        .append(values(head))
                        .append(']');
                printed.writeBytes(head.bytes());
                if (head.hasBody()) printed.writeBytes("\r\n".getBytes(ISO_8859_1));
            }
            case MsrpDecoder.Part.Body(var bytes) -> {
                assertThat(bytes.isReadable()).isTrue();
                printed.writeBytes(io.netty.buffer.ByteBufUtil.getBytes(bytes));
                bytes.release();
            }
            case MsrpDecoder.Part.End(var flag) -> {
                shown.append(flag);
                var out = Unpooled.buffer();
                if (last[0].hasBody()) MsrpEncoder.endBody(out, last[0].transaction(), flag);
                else MsrpEncoder.end(out, last[0].transaction(), flag);
                printed.writeBytes(io.netty.buffer.ByteBufUtil.getBytes(out));
            }
        }
    }

    private static List<@Nullable Object> values(MsrpHead head) {
        var values = new ArrayList<@Nullable Object>();
        values.add(head.toPath());
        values.add(head.fromPath());
        values.add(head.messageId());
        values.add(head.contentType());
        values.add(head.failureReport());
        values.add(head.byteRange());
        for (var name : List.of("Message-ID", "Byte-Range", "Content-Type", "Status"))
            values.add(head.header(name));
        return values;
    }

    private static List<byte[]> every(byte[] wire, int size) {
        var pieces = new ArrayList<byte[]>();
        for (int at = 0; at < wire.length; at += size)
            pieces.add(java.util.Arrays.copyOfRange(wire, at, Math.min(wire.length, at + size)));
        return pieces;
    }

    private static List<byte[]> at(byte[] wire, int... cuts) {
        var pieces = new ArrayList<byte[]>();
        int from = 0;
        for (int cut : cuts) {
            pieces.add(java.util.Arrays.copyOfRange(wire, from, cut));
            from = cut;
        }
        pieces.add(java.util.Arrays.copyOfRange(wire, from, wire.length));
        return pieces;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(ISO_8859_1);
    }

    @Test
    void printsATranscriptBackByteForByte() {
        assertThat(decode(List.of(bytes(TRANSCRIPT)))).endsWith("\n" + TRANSCRIPT);
    }

    @Test
    void readsTheSameAtEveryCut() {
        var wire = bytes(TRANSCRIPT);
        var whole = decode(List.of(wire));
        for (int size = 1; size <= wire.length; size++)
            assertThat(decode(every(wire, size))).as("pieces of %d", size).isEqualTo(whole);
        for (int cut = 0; cut <= wire.length; cut++)
            assertThat(decode(at(wire, cut))).as("cut at %d", cut).isEqualTo(whole);
    }

    @Test
    void readsTheSameAtEveryPairOfCutsAroundTheEndLines() {
        var wire = bytes(TRANSCRIPT);
        var whole = decode(List.of(wire));
        int from = TRANSCRIPT.indexOf("\r\n\r\nHey");
        int to = TRANSCRIPT.indexOf("MSRP a786hjs2 200");
        for (int one = from; one < to; one++)
            for (int two = one; two < to; two++)
                assertThat(decode(at(wire, one, two))).as("%d, %d", one, two).isEqualTo(whole);
    }

    @Test
    void findsTheEndLineWhereverItLies() {
        for (int size = 0; size < 200; size++) {
            var wire = bytes(send("abcd1234", "-".repeat(size)));
            assertThat(decode(List.of(wire))).endsWith(new String(wire, ISO_8859_1));
            assertThat(decode(every(wire, 17))).endsWith(new String(wire, ISO_8859_1));
        }
    }

    private static String send(String id, String body) {
        return "MSRP "
                + id
                + " SEND\r\n"
                + PATHS
                + "Message-ID: 4711\r\nContent-Type: text/plain\r\n\r\n"
                + body
                + "\r\n-------"
                + id
                + "$\r\n";
    }

    @Test
    void passesBodiesOfHostileBytes() {
        var random = new Random(7);
        String[] pieces = {
            "\r", "\n", "-", "-------", "abcd", "abcd$", "\r\n", "+", "\r\n-------ab"
        };
        for (int round = 0; round < 3000; round++) {
            var body = new StringBuilder();
            for (int i = random.nextInt(30); i > 0; i--)
                body.append(pieces[random.nextInt(pieces.length)]);
            var text = body.toString();
            if (("\r\n" + text + "\r\n").contains("\r\n-------abcd$\r\n")
                    || ("\r\n" + text + "\r\n").contains("\r\n-------abcd+\r\n")) continue;
            var wire = bytes(send("abcd", text));
            var cuts = random.ints(3, 0, wire.length + 1).sorted().toArray();
            assertThat(decode(at(wire, cuts))).endsWith(new String(wire, ISO_8859_1));
        }
    }

    @Test
    void passesAll256Values() {
        var body = new StringBuilder();
        for (int i = 0; i < 256; i++) body.append((char) i);
        var wire = bytes(send("abcd1234", body.toString()));
        for (int size : new int[] {1, 7, 64, 10_000})
            assertThat(decode(every(wire, size))).endsWith(new String(wire, ISO_8859_1));
    }

    @Test
    void readsFiftyRequestsInOneSegment() {
        var wire = new StringBuilder();
        for (int i = 0; i < 50; i++) wire.append(send("tid" + (100 + i), "message " + i));
        assertThat(decode(List.of(bytes(wire.toString())))).endsWith(wire.toString());
    }

    /** Of chunks that are alike only what differs is read; in pieces of four bytes all of it is. */
    @Test
    void readsHeadsThatAreAlikeAsItReadsTheFirst() {
        for (int seed = 0; seed < 300; seed++) {
            var random = new Random(seed);
            var wire = new StringBuilder();
            var body = seed % 2 == 0 ? "\r\nsome bytes\r\n" : "";
            int chunks = 2 + random.nextInt(4);
            for (int i = 0; i < chunks; i++) wire.append(chunk(random, body));
            var whole = decodeAsFarAsItGoes(List.of(bytes(wire.toString())));
            var pieces = decodeAsFarAsItGoes(every(bytes(wire.toString()), 4));
            assertThat(whole).as("seed %d: %s", seed, wire).isEqualTo(pieces);
        }
    }

    /** Mostly as the others: in one place of ten it is another. */
    private static String chunk(Random random, String mostly) {
        var id =
                some(
                        random,
                        "tr4n5act",
                        "tr4n",
                        "other.-+%=id",
                        "tr n",
                        "x".repeat(32),
                        "x".repeat(33));
        var ends = some(random, id, id + "x", "x");
        var body = some(random, mostly, "\r\n\r\n", "", "X-More: 1\r\n");
        return "MSRP %s%s\r\n%s%s%s%s%s-------%s%s\r\n"
                .formatted(
                        id,
                        some(random, " SEND", " 200 OK", "  SEND", " REPORT"),
                        some(random, PATHS, PATHS.toLowerCase(Locale.ROOT), ""),
                        some(random, "Message-ID: 4711\r\n", "Message-ID: 4712\r\n", ""),
                        range(random),
                        some(
                                random,
                                "Content-Type: a/b\r\n",
                                "Content-Type: a/b \r\n",
                                "Status: x\r\n"),
                        body,
                        ends,
                        some(random, "+", "$", "?"));
    }

    private static String range(Random random) {
        int start = 1 + random.nextInt(12);
        var said = "%d-%d/%d".formatted(start, start + random.nextInt(100), 200);
        return some(
                random,
                "Byte-Range: " + said + "\r\n",
                "Byte-Range: " + said + " \r\n",
                "Byte-Range:" + said + "\r\n",
                "Byte-Range: 9-1/x\r\n",
                "Byte-Range: 1-9999999999999999999/*\r\n",
                "Byte-Range: \r\n",
                "");
    }

    private static String some(Random random, String mostly, String... seldom) {
        return random.nextInt(10) > 0 ? mostly : seldom[random.nextInt(seldom.length)];
    }

    @Test
    void passesEverySizeFrom0To5000() {
        for (int size = 0; size <= 5000; size++) {
            var wire = bytes(send("abcd1234", "x".repeat(size)));
            assertThat(decode(at(wire, wire.length / 3, wire.length - 9)))
                    .endsWith(new String(wire, ISO_8859_1));
        }
    }

    @Test
    void passesSlicesOfWhatWasReadAndCopiesNothing() {
        var head = bytes(send("abcd1234", "").replace("\r\n-------abcd1234$\r\n", ""));
        var decoder = new MsrpDecoder();
        var in = Unpooled.wrappedBuffer(head);
        while (decoder.next(in) != null) {
            // the head
        }
        in.release();
        var data = Unpooled.directBuffer(65536).writeZero(65536);
        var part = decoder.next(data);
        if (!(part instanceof MsrpDecoder.Part.Body(var slice))) throw new AssertionError(part);
        assertThat(slice.readableBytes()).isEqualTo(65536);
        assertThat(slice.memoryAddress()).isEqualTo(data.memoryAddress());
        slice.release();
        data.release();
        assertThat(data.refCnt()).isZero();
    }

    @Test
    void passes100MegabytesOfDashesWithoutSlowingDown() {
        var decoder = new MsrpDecoder();
        var head = Unpooled.wrappedBuffer(bytes("MSRP abcd1234 SEND\r\n\r\n"));
        assertThat(decoder.next(head)).isInstanceOf(MsrpDecoder.Part.Head.class);
        head.release();
        var block = Unpooled.directBuffer(1 << 20);
        while (block.isWritable()) block.writeByte('-');
        long seen = 0;
        for (int i = 0; i < 100; i++) {
            block.readerIndex(0);
            for (var part = decoder.next(block); part != null; part = decoder.next(block))
                if (part instanceof MsrpDecoder.Part.Body(var bytes)) {
                    seen += bytes.readableBytes();
                    bytes.release();
                }
        }
        assertThat(seen).isEqualTo(100L << 20);
        block.release();
    }

    /** RFC 4975 section 9 wants CRLF CRLF CRLF; some write an empty SEND with an empty line. */
    @Test
    void acceptsAnEndLineRightBehindTheEmptyLine() {
        var wire =
                bytes(
                        "MSRP abcd1234 SEND\r\n"
                                + PATHS
                                + "Message-ID: 12345\r\n\r\n-------abcd1234$\r\n");
        var whole = decode(List.of(wire));
        assertThat(whole).contains("COMPLETE");
        for (int cut = 0; cut < wire.length; cut++)
            assertThat(decode(at(wire, cut))).isEqualTo(whole);
    }

    @Test
    void headerNamesAreFoundInAnyCase() {
        var head =
                head(
                        "MSRP abcd1234 SEND\r\n"
                                + PATHS.toLowerCase(java.util.Locale.ROOT)
                                + "MESSAGE-ID: 4711\r\n-------abcd1234$\r\n");
        assertThat(head.fault()).isNull();
        assertThat(head.messageId()).isEqualTo("4711");
        assertThat(head.toPath()).hasSize(2);
    }

    static MsrpHead head(String wire) {
        var in = Unpooled.wrappedBuffer(bytes(wire));
        try {
            var part = new MsrpDecoder().next(in);
            if (part instanceof MsrpDecoder.Part.Head(var head)) return head;
            throw new AssertionError("no head: " + part);
        } finally {
            in.release();
        }
    }

    private static String sendWith(String headers) {
        return "MSRP abcd1234 SEND\r\n" + PATHS + headers + "-------abcd1234$\r\n";
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1-100/50",
                "0-10/10",
                "5-4/10",
                "-1-5/*",
                "",
                "1-5",
                "1/5",
                "x-5/5",
                "*-5/5",
                "1-*",
                "7-*/5",
                "1--5/5"
            })
    void aBadByteRangeIsAnswered400(String range) {
        var head = head(sendWith("Message-ID: 4711\r\nByte-Range: " + range + "\r\n"));
        assertThat(head.fault()).extracting(f -> f == null ? 0 : f.code()).isEqualTo(400);
    }

    @Test
    void aByteRangeBeyondOurLimitIsAnswered423() {
        var head = head(sendWith("Message-ID: 4711\r\nByte-Range: 1-99999999999999999999/*\r\n"));
        assertThat(head.fault()).extracting(f -> f == null ? 0 : f.code()).isEqualTo(423);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1-0/0", "1-*/*", "1-25/25", "26-*/50", "1-*/0", "51-50/50", "1-5/*"})
    void aGoodByteRangePrintsBack(String range) {
        var head = head(sendWith("Message-ID: 4711\r\nByte-Range: " + range + "\r\n"));
        assertThat(head.fault()).isNull();
        assertThat(head.byteRange()).hasToString(range);
    }

    @Test
    void aSendWithoutByteRangeIsTheWholeMessage() {
        assertThat(head(sendWith("Message-ID: 4711\r\n")).byteRange()).isEqualTo(ByteRange.ALL);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "MSRP abc SEND\r\n%s-------abc$\r\n",
                "MSRP a23456789012345678901234567890123 SEND\r\n%s-------a23456789012345678901234567890123$\r\n",
                "MSRP ab/d1234 SEND\r\n%s-------ab/d1234$\r\n",
                "MSRP abcd1234 SEND\r\nMessage-ID: 4711\r\n-------abcd1234$\r\n",
                "MSRP abcd1234 SEND\r\n%sTo-Path: msrp://a;tcp\r\n-------abcd1234$\r\n",
                "MSRP abcd1234 SEND\r\n%sno colon here\r\n-------abcd1234$\r\n",
                "MSRP abcd1234 SEND\r\n%s folded: line\r\n-------abcd1234$\r\n",
                "MSRP abcd1234 SEND\r\n%s-------abcd1234$\r\n",
                "MSRP abcd1234 SEND\r\n%sMessage-ID: 4711\r\nSuccess-Report: maybe\r\n-------abcd1234$\r\n",
                "MSRP abcd1234 SEND\r\n%sMessage-ID: 4711\r\nFailure-Report: never\r\n-------abcd1234$\r\n",
                "MSRP abcd1234 send\r\n%sMessage-ID: 4711\r\n-------abcd1234$\r\n",
                "MSRP abcd1234 SEND\r\nTo-Path: sip:bob\r\nFrom-Path: msrp://a/b;tcp\r\n-------abcd1234$\r\n"
            })
    void aWellFramedButWrongRequestIsAnswered400(String wire) {
        var text = wire.replace("%s", PATHS);
        var head = head(text);
        assertThat(head.fault()).as(text).extracting(f -> f == null ? 0 : f.code()).isEqualTo(400);
        assertThat(decode(every(bytes(text), 3))).contains("COMPLETE");
    }

    @Test
    void aLineOfNineKilobytesIsAnswered400() {
        var path = "msrp://h.example.com:2855/s;tcp ".repeat(300).strip();
        var text =
                "MSRP abcd1234 SEND\r\nTo-Path: "
                        + path
                        + "\r\n"
                        + PATHS.substring(PATHS.indexOf("From"))
                        + "Message-ID: 4711\r\n-------abcd1234$\r\n";
        var head = head(text);
        assertThat(head.fault()).isNotNull();
        assertThat(head.toPath().getFirst()).isEqualTo("msrp://h.example.com:2855/s;tcp");
    }

    @Test
    void aPathOfFiftyUrisIsAnswered400() {
        var path = "msrp://h:2855/s;tcp ".repeat(50).strip();
        var text =
                "MSRP abcd1234 SEND\r\nTo-Path: "
                        + path
                        + "\r\nFrom-Path: msrp://a/b;tcp\r\nMessage-ID: 4711\r\n-------abcd1234$\r\n";
        assertThat(head(text).fault()).isNotNull();
    }

    @Test
    void sixtyFiveHeadersAreAnswered400() {
        var more = new StringBuilder("Message-ID: 4711\r\n");
        for (int i = 0; i < 65; i++) more.append("X-").append(i).append(": y\r\n");
        assertThat(head(sendWith(more.toString())).fault()).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\n",
                "msrp abcd SEND\r\n",
                "MSRP\r\n",
                "MSRP  SEND\r\n",
                "MSRP abcd\r\n",
                "MSRP abcd SEND NOW\r\n",
                "MSRP abcd SEND\n",
                "MSRP ab\u0001cd SEND\r\n",
                "\r\n"
            })
    void aLostFramingIsSaidAndNothingElse(String wire) {
        assertThatThrownBy(() -> decode(List.of(bytes(wire)))).isInstanceOf(MsrpSyntax.class);
    }

    /** RFC 8446 section 5.1: a handshake record. */
    @Test
    void tlsIsToldWhereItIsSpoken() {
        var hello = bytes("\026\003\001\002\000\001\000\001\374\003\003");
        for (int size : new int[] {1, 3, 11})
            assertThatThrownBy(() -> decode(every(hello, size)))
                    .isInstanceOf(MsrpSyntax.class)
                    .hasMessage("TLS on a port without TLS (tls.msrp names one with it)");
    }

    @Test
    void aHeadThatNeverEndsIsGivenUp() {
        var wire = "MSRP abcd1234 SEND\r\n" + ("X-Long: " + "x".repeat(1000) + "\r\n").repeat(9);
        assertThatThrownBy(() -> decode(List.of(bytes(wire)))).isInstanceOf(MsrpSyntax.class);
        var line = "MSRP abcd1234 SEND\r\nX-Long: " + "x".repeat(20_000);
        assertThatThrownBy(() -> decode(every(bytes(line), 1000))).isInstanceOf(MsrpSyntax.class);
        assertThatThrownBy(() -> decode(every(bytes("MSRP " + "x".repeat(5000)), 100)))
                .isInstanceOf(MsrpSyntax.class);
    }

    @Test
    void anythingElseEitherParsesOrIsSyntax() {
        var random = new Random(11);
        var good = bytes(TRANSCRIPT);
        for (int round = 0; round < 20_000; round++) {
            var wire = good.clone();
            for (int i = random.nextInt(4); i >= 0; i--)
                wire[random.nextInt(wire.length)] = (byte) random.nextInt(256);
            feed(wire, 1 + random.nextInt(200));
        }
    }

    private static void feed(byte[] wire, int size) {
        var decoder = new MsrpDecoder();
        for (var piece : every(wire, size)) {
            var in = Unpooled.wrappedBuffer(piece);
            try {
                for (var part = decoder.next(in); part != null; part = decoder.next(in))
                    if (part instanceof MsrpDecoder.Part.Body(var bytes)) bytes.release();
            } catch (MsrpSyntax expected) {
                return;
            } finally {
                in.release();
            }
        }
    }
}
