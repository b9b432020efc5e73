package io.posthorn.msrp.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a peer by somebody else may do to us, written by hand; and what it then hears. */
class PeerTest {

    private static final String PEER = "msrp://10.0.0.9:7654/peer;tcp";

    /** A server of ours whose peer is {@code raw}. */
    private static final class Table implements AutoCloseable {
        final Field field;
        final Field.Party bob;
        final Field.Raw raw;

        Table() {
            this(0, settings -> settings);
        }

        Table(long maxSize, Field.MsrpSettingsChange change) {
            field = new Field(21).with(change);
            bob = field.party("bob");
            bob.session().start(bob.media("passive", false, maxSize), offer());
            raw = field.dial("peer", bob.session());
        }

        static Media offer() {
            return new Media(List.of(PEER), "active", true, false, List.of(), 0);
        }

        String paths() {
            return "To-Path: " + bob.session().uri() + "\r\nFrom-Path: " + PEER + "\r\n";
        }

        String request(String id, String method, String headers) {
            return "MSRP " + id + " " + method + "\r\n" + paths() + headers + "-------" + id
                    + "$\r\n";
        }

        String bind(String id) {
            return request(id, "SEND", "Message-ID: bind-77\r\nByte-Range: 1-0/0\r\n");
        }

        String chunk(String id, String message, String range, String body, char flag) {
            return chunk(id, message, range, "", body, flag);
        }

        String chunk(String id, String message, String range, String more, String body, char flag) {
            return "MSRP "
                    + id
                    + " SEND\r\n"
                    + paths()
                    + "Message-ID: "
                    + message
                    + "\r\n"
                    + (range.isEmpty() ? "" : "Byte-Range: " + range + "\r\n")
                    + more
                    + "Content-Type: text/plain\r\n\r\n"
                    + body
                    + "\r\n-------"
                    + id
                    + flag
                    + "\r\n";
        }

        String answer(String id, String code) {
            return "MSRP "
                    + id
                    + " "
                    + code
                    + "\r\nTo-Path: "
                    + PEER
                    + "\r\nFrom-Path: "
                    + bob.session().uri()
                    + "\r\n-------"
                    + id
                    + "$\r\n";
        }

        String ok(String id) {
            return answer(id, "200 OK");
        }

        /** Says {@code text} and gives the codes of the answers. */
        List<String> codes(String text) {
            raw.say(text);
            return raw.heard()
                    .lines()
                    .filter(line -> line.startsWith("MSRP "))
                    .map(line -> line.split(" ", 4)[2])
                    .toList();
        }

        @Override
        public void close() {
            field.nothingStays();
            field.close();
        }
    }

    @Test
    void anEmptySendBindsAndIsAnsweredHopByHop() {
        try (var table = new Table()) {
            table.raw.say(table.bind("b1nd0001"));
            assertThat(table.raw.heard()).isEqualTo(table.ok("b1nd0001"));
            assertThat(table.bob.box().has(MsrpEvent.Bound.class)).isTrue();
            assertThat(table.bob.box().letters).isEmpty();
        }
    }

    @Test
    void theFirstMessageBindsAsWell() {
        try (var table = new Table()) {
            table.raw.say(table.chunk("s3nd0001", "m1", "1-5/5", "Hello", '$'));
            assertThat(table.raw.heard()).isEqualTo(table.ok("s3nd0001"));
            assertThat(table.bob.box().letter().bytes).hasToString("Hello");
        }
    }

    @Test
    void keepAlivesOfAllKindsAreAnsweredAndNeverAMessage() {
        try (var table = new Table()) {
            assertThat(
                            table.codes(
                                    table.bind("abcd0001")
                                            + table.bind("abcd0002")
                                            + table.request(
                                                    "abcd0003",
                                                    "SEND",
                                                    "Message-ID: k1\r\nKeep-Alive: yes\r\n")
                                            + table.request(
                                                    "abcd0004",
                                                    "SEND",
                                                    "Message-ID: k2\r\nSuccess-Report: yes\r\n\r\n")
                                            + table.request(
                                                    "abcd0005",
                                                    "SEND",
                                                    "Message-ID: k3\r\n\r\n\r\n")))
                    .containsExactly("200", "200", "200", "200", "200");
            assertThat(table.bob.box().letters).isEmpty();
            assertThat(table.bob.box().events).hasSize(1);
        }
    }

    @Test
    void aMessageOfNoBytesIsAMessage() {
        try (var table = new Table()) {
            assertThat(table.codes(table.chunk("abcd0001", "m1", "1-0/0", "", '$')))
                    .containsExactly("200");
            assertThat(table.bob.box().letter().ended).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({"'',$", "1-*/*,$", "1-*/5,$", "1-5/*,$", "1-5/5,$"})
    void byteRangesOfAllKindsAreTaken(String range, char flag) {
        try (var table = new Table()) {
            assertThat(table.codes(table.chunk("abcd0001", "m1", range, "Hello", flag)))
                    .containsExactly("200");
            assertThat(table.bob.box().letter().bytes).hasToString("Hello");
            assertThat(table.bob.box().letter().ended).isTrue();
        }
    }

    @Test
    void chunksOutOfOrderInterleavedAndRepeatedArriveOnce() {
        try (var table = new Table()) {
            assertThat(
                            table.codes(
                                    table.chunk("abcd0001", "m1", "4-6/9", "def", '+')
                                            + table.chunk("abcd0002", "m2", "1-2/4", "AB", '+')
                                            + table.chunk("abcd0003", "m1", "1-3/9", "abc", '+')
                                            + table.chunk("abcd0004", "m1", "1-3/9", "abc", '+')
                                            + table.chunk("abcd0005", "m1", "3-7/9", "cdefg", '+')
                                            + table.chunk("abcd0006", "m2", "3-4/4", "CD", '$')
                                            + table.chunk("abcd0007", "m1", "8-9/9", "hi", '$')
                                            + table.chunk("abcd0008", "m1", "8-9/9", "hi", '$')))
                    .containsExactly("200", "200", "200", "200", "200", "200", "200", "200");
            assertThat(table.bob.box().letters).hasSize(2);
            assertThat(table.bob.box().letters.getFirst().bytes).hasToString("abcdefghi");
            assertThat(table.bob.box().letters.getLast().bytes).hasToString("ABCD");
            assertThat(table.bob.box().all(MsrpEvent.Complete.class)).hasSize(2);
        }
    }

    @Test
    void aHoleAtTheEndIsNoMessageButMayBeSentAgain() {
        try (var table = new Table()) {
            assertThat(
                            table.codes(
                                    table.chunk("abcd0001", "m1", "1-3/9", "abc", '+')
                                            + table.chunk("abcd0002", "m1", "7-9/9", "ghi", '$')))
                    .containsExactly("200", "413");
            assertThat(table.bob.box().has(MsrpEvent.Complete.class)).isFalse();
            assertThat(table.bob.box().letter().aborted).isTrue();
            assertThat(table.codes(table.chunk("abcd0003", "m1", "1-9/9", "abcdefghi", '$')))
                    .containsExactly("200");
        }
    }

    @Test
    void tooMuchAheadOfItsTurnIsStopped() {
        try (var table = new Table()) {
            var big = "x".repeat(70_000);
            assertThat(table.codes(table.chunk("abcd0001", "m1", "100-*/*", big, '+')))
                    .containsExactly("413");
            assertThat(table.bob.box().letter().aborted).isTrue();
        }
    }

    @Test
    void twentyThousandChunksOfOneByteAreOneMessage() {
        try (var table = new Table()) {
            var all = new StringBuilder();
            for (int i = 1; i <= 20_000; i++)
                all.append(
                        table.chunk(
                                "abcd" + (100_000 + i),
                                "m1",
                                i + "-" + i + "/20000",
                                "Failure-Report: no\r\n",
                                "x",
                                i == 20_000 ? '$' : '+'));
            assertThat(table.codes(all.toString())).isEmpty();
            table.field.pass(Duration.ofSeconds(5));
            assertThat(table.bob.box().letter().bytes.size()).isEqualTo(20_000);
            assertThat(table.bob.box().letter().ended).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({
        // the chunk, then what a second chunk hears, which is good in itself
        "1-3/9, abcd, 400",
        "1-5/9, abc, 400",
        "1-*/3, abcd, 400",
        "1-99999999999999999999/*, a, 423",
        "0-10/10, a, 400",
        "1-100/50, a, 400",
    })
    void aBodyThatIsNotItsRangeIsRefused(String range, String body, String code) {
        try (var table = new Table()) {
            assertThat(table.codes(table.chunk("abcd0001", "m1", range, body, '$')))
                    .containsExactly(code);
            assertThat(table.bob.box().has(MsrpEvent.Complete.class)).isFalse();
            for (var letter : table.bob.box().letters) {
                assertThat(letter.aborted).isTrue();
                assertThat(letter.bytes.size()).isLessThanOrEqualTo(3);
            }
            assertThat(table.codes(table.chunk("abcd0002", "m2", "1-2/2", "ok", '$')))
                    .containsExactly("200");
        }
    }

    @Test
    void aTotalThatChangesFailsTheMessage() {
        try (var table = new Table()) {
            assertThat(
                            table.codes(
                                    table.chunk("abcd0001", "m1", "1-3/9", "abc", '+')
                                            + table.chunk("abcd0002", "m1", "4-6/8", "def", '+')
                                            + table.chunk("abcd0003", "m1", "4-6/9", "def", '+')))
                    .containsExactly("200", "400", "413");
            assertThat(table.bob.box().letter().aborted).isTrue();
        }
    }

    @Test
    void oneByteTooMuchIsStoppedWhetherAnnouncedOrNot() {
        try (var table = new Table(10, settings -> settings)) {
            assertThat(table.codes(table.chunk("abcd0001", "m1", "1-*/11", "abc", '+')))
                    .containsExactly("413");
            assertThat(table.codes(table.chunk("abcd0002", "m2", "1-*/*", "abcdefghij", '+')))
                    .containsExactly("200");
            assertThat(table.codes(table.chunk("abcd0003", "m2", "11-*/*", "k", '$')))
                    .containsExactly("413");
            assertThat(table.codes(table.chunk("abcd0004", "m3", "1-10/10", "abcdefghij", '$')))
                    .containsExactly("200");
        }
    }

    @Test
    void a413DoesNotWaitForTheEndOfTheChunk() {
        try (var table = new Table(10, settings -> settings)) {
            var chunk = table.chunk("abcd0001", "m1", "1-*/*", "x".repeat(100_000), '$');
            assertThat(table.codes(chunk.substring(0, 5000))).containsExactly("413");
            assertThat(table.codes(chunk.substring(5000))).isEmpty();
            assertThat(table.codes(table.bind("abcd0002"))).containsExactly("200");
        }
    }

    @Test
    void aHashAbortsInEachState() {
        try (var table = new Table()) {
            assertThat(table.codes(table.chunk("abcd0001", "m1", "1-*/9", "", '#')))
                    .containsExactly("200");
            assertThat(
                            table.codes(
                                    table.chunk("abcd0002", "m2", "1-8/9", "abcdefgh", '+')
                                            + table.request(
                                                            "abcd0003",
                                                            "SEND",
                                                            "Message-ID: m2\r\nByte-Range: 9-*/9\r\n")
                                                    .replace("abcd0003$", "abcd0003#")))
                    .containsExactly("200", "200");
            assertThat(table.codes(table.chunk("abcd0004", "m3", "1-9/9", "abc", '#')))
                    .containsExactly("200");
            assertThat(table.codes(table.chunk("abcd0005", "m4", "1-2/2", "ok", '$')))
                    .containsExactly("200");
            assertThat(table.codes(table.chunk("abcd0006", "m4", "1-2/2", "ok", '#')))
                    .containsExactly("200");
            assertThat(table.bob.box().all(MsrpEvent.Aborted.class)).hasSize(3);
            assertThat(table.bob.box().all(MsrpEvent.Complete.class)).hasSize(1);
            for (int i = 0; i < 3; i++) assertThat(table.bob.box().letters.get(i).aborted).isTrue();
        }
    }

    @Test
    void failureReportSaysWhichAnswersAreWanted() {
        try (var table = new Table()) {
            var no = "Failure-Report: no\r\n";
            var partial = "Failure-Report: partial\r\n";
            assertThat(
                            table.codes(
                                    table.chunk("abcd0001", "m1", "1-2/2", no, "ok", '$')
                                            + table.chunk("abcd0002", "m2", "1-2/2", no, "bad", '$')
                                            + table.chunk(
                                                    "abcd0003", "m3", "1-2/2", partial, "ok", '$')
                                            + table.chunk(
                                                    "abcd0004",
                                                    "m4",
                                                    "1-2/2",
                                                    partial,
                                                    "bad",
                                                    '$')))
                    .containsExactly("400");
            assertThat(table.bob.box().all(MsrpEvent.Complete.class)).hasSize(2);
        }
    }

    @Test
    void aSuccessReportGoesToTheWholePathAndSaysTheWholeRange() {
        try (var table = new Table()) {
            var yes = "Success-Report: yes\r\n";
            table.raw.say(
                    table.chunk("abcd0001", "m1", "1-3/5", yes, "abc", '+')
                            + table.chunk("abcd0002", "m1", "4-5/5", yes, "de", '$'));
            var heard = table.raw.heard();
            assertThat(heard).startsWith(table.ok("abcd0001") + table.ok("abcd0002") + "MSRP ");
            assertThat(heard.substring(heard.lastIndexOf("MSRP ")))
                    .matches(
                            "(?s)MSRP (\\w+) REPORT\r\nTo-Path: "
                                    + PEER
                                    + "\r\nFrom-Path: "
                                    + table.bob.session().uri()
                                    + "\r\nMessage-ID: m1\r\nByte-Range: 1-5/5\r\n"
                                    + "Status: 000 200 OK\r\n-------\\1\\$\r\n");
        }
    }

    @Test
    void aTransactionIdInUseIsRefusedAndTheFirstGoesOn() {
        try (var table = new Table()) {
            table.bob.box().acceptAll = false;
            assertThat(
                            table.codes(
                                    table.chunk("abcd0001", "m1", "1-2/2", "ok", '$')
                                            + table.chunk("abcd0001", "m2", "1-2/2", "no", '$')))
                    .containsExactly("400");
            table.bob.box().letter().message.accept();
            table.field.pass(Field.SECOND);
            assertThat(table.raw.heard()).isEqualTo(table.ok("abcd0001"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"FOO", "AUTH", "NICKNAME"})
    void unknownMethodsAreAnswered501(String method) {
        try (var table = new Table()) {
            assertThat(
                            table.codes(
                                    table.bind("abcd0000")
                                            + table.request("abcd0001", method, "")
                                            + table.bind("abcd0002")))
                    .containsExactly("200", "501", "200");
        }
    }

    @Test
    void missingHeadersAreAnswered400AndTheSessionStays() {
        try (var table = new Table()) {
            var good = table.request("abcd0001", "SEND", "Message-ID: m1\r\n");
            var noFrom = good.replaceFirst("From-Path[^\n]*\n", "");
            var noTo = good.replaceFirst("To-Path[^\n]*\n", "");
            assertThat(
                            table.codes(
                                    table.bind("abcd0000")
                                            + noFrom
                                            + noTo
                                            + table.request("abcd0001", "SEND", "")
                                            + table.chunk("abcd0002", "m1", "1-2/2", "no", '$')
                                                    .replaceFirst("Content-Type[^\n]*\n", "")
                                            + table.bind("abcd0003")))
                    .containsExactly("200", "400", "400", "400", "400", "200");
            assertThat(table.bob.box().letters).isEmpty();
        }
    }

    @Test
    void unknownSessionsAreAnswered481AndGuessingEndsTheConnection() {
        try (var table = new Table()) {
            var wrong = table.bind("abcd0001").replace(table.bob.session().id(), "guess");
            assertThat(table.codes(wrong)).containsExactly("481");
            assertThat(table.codes(wrong)).containsExactly("481");
            assertThat(table.raw.closed).isNull();
            assertThat(table.codes(wrong)).containsExactly("481");
            assertThat(table.raw.closed).isNotNull();
        }
    }

    @Test
    void anotherFromPathIsAnswered481UnlessPathsAreLenient() {
        try (var table = new Table()) {
            var moved = table.bind("abcd0001").replace(PEER, "msrp://192.0.2.1:9/x;tcp");
            assertThat(table.codes(moved)).containsExactly("481");
            assertThat(table.codes(table.bind("abcd0002"))).containsExactly("200");
        }
        try (var table = new Table(0, s -> s.with(MsrpSettings.Paths.SESSION_ID))) {
            var moved = table.bind("abcd0001").replace(PEER, "msrp://192.0.2.1:9/x;tcp");
            assertThat(table.codes(moved)).containsExactly("200");
        }
    }

    /** Behind an ALG everything but the session-id may have changed. */
    @Test
    void theSessionIdFindsTheSession() {
        try (var table = new Table()) {
            var uri = "MSRP://u@alg.example.com:9/" + table.bob.session().id() + ";TCP;x=y";
            var moved = table.bind("abcd0001").replace(table.bob.session().uri(), uri);
            var peer = moved.replace(PEER, PEER.replace("msrp:", "MSRP:"));
            assertThat(table.codes(peer)).containsExactly("200");
        }
    }

    @Test
    void aSecondConnectionForOneSessionIsAnswered506() {
        try (var table = new Table()) {
            assertThat(table.codes(table.bind("abcd0001"))).containsExactly("200");
            var second = table.field.dial("peer", table.bob.session());
            second.say(table.bind("abcd0002"));
            assertThat(second.heard())
                    .isEqualTo(table.answer("abcd0002", "506 Session Already Bound"));
            assertThat(table.codes(table.bind("abcd0003"))).containsExactly("200");
        }
    }

    @Test
    void twoSessionsShareAConnectionAndTheirMessagesDoNotMix() {
        try (var table = new Table()) {
            var carol = table.field.party("bob");
            carol.session().start(carol.media("passive", false), Table.offer());
            table.field.pass(Field.SECOND);
            var other =
                    table.chunk("abcd0002", "m1", "1-3/6", "ABC", '+')
                                    .replace(table.bob.session().uri(), carol.session().uri())
                            + table.chunk("abcd0003", "m1", "4-6/6", "def", '$')
                            + table.chunk("abcd0004", "m1", "4-6/6", "DEF", '$')
                                    .replace(table.bob.session().uri(), carol.session().uri());
            assertThat(table.codes(table.chunk("abcd0001", "m1", "1-3/6", "abc", '+') + other))
                    .containsExactly("200", "200", "200", "200");
            assertThat(table.bob.box().letter().bytes).hasToString("abcdef");
            assertThat(carol.box().letter().bytes).hasToString("ABCDEF");
            table.bob.session().close();
            table.field.pass(Field.SECOND);
            assertThat(table.raw.closed).isNull();
            carol.session().close();
            table.field.pass(Field.SECOND);
            assertThat(table.raw.closed).isNotNull();
        }
    }

    @Test
    void whoSaysNothingIsClosedAfter10Seconds() {
        try (var table = new Table()) {
            table.field.pass(Duration.ofSeconds(8));
            assertThat(table.raw.closed).isNull();
            table.field.pass(Duration.ofSeconds(3));
            assertThat(table.raw.closed).isNotNull();
        }
    }

    /** Its ACK may be lost, and be sent again as long as the 200 is. */
    @Test
    void whoBindsBeforeTheStartWaits32SecondsForIt() {
        try (var table = new Table()) {
            var carol = table.field.party("bob");
            table.raw.say(bindOf(table, carol, "abcd0001"));
            table.field.pass(Duration.ofSeconds(30));
            assertThat(table.raw.heard()).isEmpty();
            assertThat(table.raw.closed).isNull();
            table.field.pass(Duration.ofSeconds(2));
            assertThat(table.raw.heard()).startsWith("MSRP abcd0001 481");
            table.field.pass(Duration.ofSeconds(11));
            assertThat(table.raw.closed).isNotNull();
        }
    }

    @Test
    void otherSessionsOfTheConnectionWaitOnly5Seconds() {
        try (var table = new Table()) {
            assertThat(table.codes(table.bind("abcd0001"))).containsExactly("200");
            var carol = table.field.party("bob");
            table.raw.say(bindOf(table, carol, "abcd0002"));
            table.raw.say(table.bind("abcd0003"));
            assertThat(table.raw.heard()).isEmpty();
            table.field.pass(Duration.ofSeconds(5));
            assertThat(table.raw.heard())
                    .contains("MSRP abcd0002 481")
                    .contains("MSRP abcd0003 200");
        }
    }

    @Test
    void whoLostAConnectionThatWaitedMayBindByAnother() {
        try (var table = new Table()) {
            var carol = table.field.party("bob");
            table.raw.say(bindOf(table, carol, "abcd0001"));
            table.field.simulation.network().reset("bob", "peer");
            table.field.pass(Field.SECOND);
            var second = table.field.dial("peer", carol.session());
            second.say(bindOf(table, carol, "abcd0002"));
            carol.session().start(carol.media("passive", false), Table.offer());
            table.field.pass(Field.SECOND);
            assertThat(second.heard()).startsWith("MSRP abcd0002 200");
        }
    }

    private static String bindOf(Table table, Field.Party other, String id) {
        return table.bind(id).replace(table.bob.session().uri(), other.session().uri());
    }

    @Test
    void aThousandSilentConnectionsAreHeldToTheirCap() {
        try (var table = new Table()) {
            assertThat(table.codes(table.bind("abcd0000"))).containsExactly("200");
            for (int i = 0; i < 300; i++) table.field.dial("silent", table.bob.session());
            assertThat(table.field.node("bob").open().connections()).isLessThanOrEqualTo(101);
            assertThat(table.codes(table.bind("abcd0001"))).containsExactly("200");
            table.field.pass(Duration.ofSeconds(12));
            assertThat(table.field.node("bob").open().connections()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
                "MSRP abcd0001 SEND\r\n" + "X",
            })
    void whatIsNotMsrpEndsTheConnectionAndTheSession(String text) {
        try (var table = new Table()) {
            assertThat(table.codes(table.bind("abcd0000"))).containsExactly("200");
            table.raw.say(text.endsWith("X") ? text + "x: y\r\n".repeat(2000) : text);
            assertThat(table.raw.closed).isNotNull();
            assertThat(table.bob.box().lost()).contains("not MSRP");
        }
    }

    /** RFC 4975 section 7.1: the frame ends at the first end-line; what follows is no request. */
    @Test
    void anEndLineInsideTheBodyEndsTheChunkThere() {
        try (var table = new Table()) {
            table.raw.say(
                    table.chunk(
                            "abcd0001",
                            "m1",
                            "1-*/40",
                            "some text\r\n-------abcd0001+\r\nmore text follows it",
                            '$'));
            assertThat(table.bob.box().has(MsrpEvent.Complete.class)).isFalse();
            assertThat(table.raw.closed).isNotNull();
            assertThat(table.bob.box().letter().aborted).isTrue();
        }
    }

    @Test
    void answersToNothingAreIgnoredUpToALimit() {
        try (var table = new Table()) {
            assertThat(table.codes(table.bind("abcd0000"))).containsExactly("200");
            table.raw.say(table.ok("nobody01").repeat(20));
            assertThat(table.raw.closed).isNull();
            table.raw.say(table.ok("nobody01"));
            assertThat(table.raw.closed).isNotNull();
        }
    }

    @Test
    void reportsThatMakeNoSenseAreIgnoredAndNeverAnswered() {
        try (var table = new Table()) {
            assertThat(table.codes(table.bind("abcd0000"))).containsExactly("200");
            table.bob
                    .session()
                    .send(
                            new Head("m1", "text/plain", true, FailureReport.NO),
                            GrowingSource.whole(new byte[10]));
            table.field.pass(Field.SECOND);
            table.raw.heard();
            String range = "Byte-Range: 1-10/10\r\n";
            var bad =
                    List.of(
                            "Message-ID: other\r\n" + range + "Status: 000 200 OK\r\n",
                            "Message-ID: m1\r\n" + range + "Status: 000 abc\r\n",
                            "Message-ID: m1\r\n" + range + "Status: 001 200 OK\r\n",
                            "Message-ID: m1\r\n" + range + "Status: 000\r\n",
                            "Message-ID: m1\r\n" + range,
                            "Message-ID: m1\r\nByte-Range: 1-11/11\r\nStatus: 000 200 OK\r\n",
                            range + "Status: 000 200 OK\r\n");
            for (var headers : bad) table.raw.say(table.request("abcd0001", "REPORT", headers));
            assertThat(table.bob.box().has(MsrpEvent.Reported.class)).isFalse();
            table.raw.say(
                    table.request(
                            "abcd0001",
                            "REPORT",
                            "Message-ID: m1\r\n" + range + "Status: 000 413 too big\r\n"));
            assertThat(table.bob.box().all(MsrpEvent.Reported.class))
                    .extracting(MsrpEvent.Reported::status)
                    .containsExactly(413);
            assertThat(table.raw.heard()).isEmpty();
            assertThat(table.raw.closed).isNull();
        }
    }

    @Test
    void aSenderWhoIsAlwaysTooSlowIsLost() {
        try (var table = new Table()) {
            table.raw.say(
                    table.chunk("abcd0001", "m1", "1-*/*", "", '$').split("\r\n\r\n")[0]
                            + "\r\n\r\n");
            for (int i = 0; i < 200 && table.raw.closed == null; i++) table.raw.say("x");
            assertThat(table.bob.box().lost()).contains("slower");
        }
    }

    @Test
    void aBodyWithoutEndIsStreamed() {
        try (var table = new Table()) {
            table.raw.say(
                    table.chunk("abcd0001", "m1", "1-*/*", "", '$').split("\r\n\r\n")[0]
                            + "\r\n\r\n");
            for (int i = 0; i < 10; i++) table.raw.say("x".repeat(100_000));
            assertThat(table.bob.box().letter().bytes.size()).isEqualTo(1_000_000);
            table.raw.say("\r\n-------abcd0001$\r\n");
            assertThat(table.bob.box().letter().ended).isTrue();
        }
    }

    @Test
    void whatWeSendIsWhatTheStandardShows() {
        try (var field = new Field(31)) {
            var alice = field.party("alice");
            var raw = field.listen("peer");
            var host = new InetSocketAddress(field.simulation.address("peer"), 7000);
            var uri = "msrp://" + host.getAddress().getHostAddress() + ":7000/B1zzPq;tcp";
            var onward = "msrp://203.0.113.7:49200/beyond;tcp";
            var ours = alice.media("actpass", true);
            alice.session()
                    .start(
                            ours,
                            new Media(List.of(uri, onward), "passive", false, false, List.of(), 0));
            alice.session().send(Field.text("m1"), GrowingSource.whole("Hello".getBytes()));
            field.pass(Field.SECOND);
            var bind = raw.heard();
            var paths =
                    "To-Path: " + uri + " " + onward + "\r\nFrom-Path: " + alice.session().uri();
            assertThat(bind)
                    .matches(
                            "(?s)MSRP (\\w+) SEND\r\n\\Q"
                                    + paths
                                    + "\\E\r\nMessage-ID: \\w+\r\nByte-Range: 1-0/0\r\n"
                                    + "-------\\1\\$\r\n");
            raw.say(
                    "MSRP "
                            + bind.split(" ")[1]
                            + " 200\r\nTo-Path: "
                            + alice.session().uri()
                            + "\r\nFrom-Path: "
                            + uri
                            + "\r\n-------"
                            + bind.split(" ")[1]
                            + "$\r\n");
            assertThat(raw.heard())
                    .matches(
                            "(?s)MSRP (\\w+) SEND\r\n\\Q"
                                    + paths
                                    + "\\E\r\nMessage-ID: m1\r\nByte-Range: 1-5/5\r\n"
                                    + "Content-Type: text/plain\r\n\r\nHello\r\n-------\\1\\$\r\n");
            alice.session().close();
            field.pass(Field.SECOND);
            field.nothingStays();
        }
    }
}
