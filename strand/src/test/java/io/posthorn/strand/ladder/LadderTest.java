package io.posthorn.strand.ladder;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.strand.Track.Way;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LadderTest {

    private static final Instant START = Instant.parse("2026-03-01T10:00:00Z");
    private static final String CALLER = "10.0.0.1:5060";
    private static final String SERVER = "10.0.0.2:5060";
    private static final String CALLED = "10.0.0.3:5060";

    private static final class Node {
        final String owner;
        final List<Seen> seen = new ArrayList<>();

        Node(String owner) {
            this.owner = owner;
        }

        Node out(long ms, String link, String label) {
            seen.add(new Seen.Message(START.plusMillis(ms), Way.OUT, link, label));
            return this;
        }

        Node in(long ms, String link, String label) {
            seen.add(new Seen.Message(START.plusMillis(ms), Way.IN, link, label));
            return this;
        }

        Node media(long ms, Way way, String link, long chunks, long bytes) {
            seen.add(new Seen.Media(START.plusMillis(ms), way, link, "SEND", chunks, bytes));
            return this;
        }

        Node step(long ms, String clause, int n, String text) {
            seen.add(new Seen.Step(START.plusMillis(ms), "OMA CPM Conv " + clause, n, text));
            return this;
        }

        Node skips(long ms, String clause, int n, String why) {
            seen.add(new Seen.Skipped(START.plusMillis(ms), "OMA CPM Conv " + clause, n, why));
            return this;
        }

        SeenCall call() {
            return new SeenCall(owner, seen);
        }
    }

    private static String link(String local, String remote) {
        return "/" + local + ">" + remote;
    }

    private static Ladder largeMessage() {
        var alice = link(CALLER, SERVER);
        var opf = link(SERVER, CALLER);
        var onward = link(SERVER, CALLED);
        var bob = link(CALLED, SERVER);
        var sender =
                new Node("Alice")
                        .step(0, "7.3.2.1", 11, "offer the large message")
                        .out(0, alice, "INVITE")
                        .in(9, alice, "200")
                        .out(9, alice, "ACK")
                        .media(10, Way.OUT, "10.0.0.1:40000>10.0.0.2:2855", 80, 5_000_000)
                        .step(90, "7.3.2.2", 1, "release the session")
                        .out(90, alice, "BYE")
                        .in(91, alice, "200");
        var relay =
                new Node("OPF")
                        .in(1, opf, "INVITE")
                        .step(1, "8.3.1.1", 1, "may the originator send")
                        .skips(1, "8.3.1.1", 2, "no version is required")
                        .step(2, "8.3.1.1", 6, "send the INVITE")
                        .out(2, onward, "INVITE")
                        .in(7, onward, "200")
                        .step(7, "8.3.1.1, upon 200 OK", 3, "generate a 200 OK")
                        .out(8, opf, "200")
                        .in(10, opf, "ACK")
                        .step(10, "8.3.1.1, upon ACK", 1, "send the ACK")
                        .out(10, onward, "ACK")
                        .media(11, Way.IN, "10.0.0.2:2855>10.0.0.1:40000", 80, 5_000_000)
                        .media(12, Way.OUT, "10.0.0.2:40001>10.0.0.3:2855", 80, 5_000_000)
                        .in(90, opf, "BYE")
                        .step(90, "8.3.1.1, upon BYE", 1, "answer 200")
                        .out(90, opf, "200");
        var receiver =
                new Node("Bob")
                        .in(5, bob, "INVITE")
                        .step(5, "7.3.3", 2, "answer 200")
                        .out(6, bob, "200")
                        .in(11, bob, "ACK")
                        .media(13, Way.IN, "10.0.0.3:2855>10.0.0.2:40001", 80, 5_000_000);
        return Ladder.of(
                "Alice sends Bob a large message",
                List.of(receiver.call(), relay.call(), sender.call()),
                Map.of());
    }

    @Test
    void drawsEachMessageOnceAndItsStepBesideIt() {
        assertThat(largeMessage().text())
                .isEqualTo(
                        """
                        Alice sends Bob a large message

                                 Alice                 OPF                  Bob
                          0.000    │────── INVITE ─────>│                    │  7.3.2.1 step 11 offer the large message
                                   │                    ●                    │  8.3.1.1 step 1 may the originator send
                                   │                    ●                    │    skips 2: no version is required
                          0.002    │                    │────── INVITE ─────>│    step 6 send the INVITE
                          0.006    │                    │<────── 200 ────────│  7.3.3 step 2 answer 200
                          0.008    │<────── 200 ────────│                    │  8.3.1.1 upon 200 OK step 3 generate a 200 OK
                          0.009    │─────── ACK ───────>│                    │
                          0.010    │                    │─────── ACK ───────>│  8.3.1.1 upon ACK step 1 send the ACK
                          0.010    │═══════ SEND ══════>│                    │  80 chunks, 5,000,000 bytes
                          0.012    │                    │═══════ SEND ══════>│  80 chunks, 5,000,000 bytes
                          0.090    │─────── BYE ───────>│                    │  7.3.2.2 step 1 release the session
                          0.090    │<────── 200 ────────│                    │  8.3.1.1 upon BYE step 1 answer 200
                        """);
    }

    @Test
    void drawsInAsciiForPlainTerminals() {
        assertThat(largeMessage().text(100, Pen.ASCII))
                .isEqualTo(
                        """
                        Alice sends Bob a large message

                                 Alice                 OPF                  Bob
                          0.000    |------ INVITE ----->|                    |  7.3.2.1 step 11 offer the large message
                                   |                    *                    |  8.3.1.1 step 1 may the originator send
                                   |                    *                    |    skips 2: no version is required
                          0.002    |                    |------ INVITE ----->|    step 6 send the INVITE
                          0.006    |                    |<------ 200 --------|  7.3.3 step 2 answer 200
                          0.008    |<------ 200 --------|                    |  8.3.1.1 upon 200 OK step 3 generate a 200 OK
                          0.009    |------- ACK ------->|                    |
                          0.010    |                    |------- ACK ------->|  8.3.1.1 upon ACK step 1 send the ACK
                          0.010    |======= SEND ======>|                    |  80 chunks, 5,000,000 bytes
                          0.012    |                    |======= SEND ======>|  80 chunks, 5,000,000 bytes
                          0.090    |------- BYE ------->|                    |  7.3.2.2 step 1 release the session
                          0.090    |<------ 200 --------|                    |  8.3.1.1 upon BYE step 1 answer 200
                        """);
    }

    @Test
    void drawsMermaid() {
        assertThat(largeMessage().mermaid())
                .isEqualTo(
                        """
                        sequenceDiagram
                            accTitle: Alice sends Bob a large message
                            participant p0 as Alice
                            participant p1 as OPF
                            participant p2 as Bob
                            p0->>p1: INVITE
                            Note over p0: 7.3.2.1 step 11 offer the large message
                            Note over p1: 8.3.1.1 step 1 may the originator send
                            Note over p1: 8.3.1.1 skips 2: no version is required
                            p1->>p2: INVITE
                            Note over p1: 8.3.1.1 step 6 send the INVITE
                            p2-->>p1: 200
                            Note over p2: 7.3.3 step 2 answer 200
                            p1-->>p0: 200
                            Note over p1: 8.3.1.1 upon 200 OK step 3 generate a 200 OK
                            p0->>p1: ACK
                            p1->>p2: ACK
                            Note over p1: 8.3.1.1 upon ACK step 1 send the ACK
                            p0->>p1: SEND 80 chunks, 5,000,000 bytes
                            p1->>p2: SEND 80 chunks, 5,000,000 bytes
                            p0->>p1: BYE
                            Note over p0: 7.3.2.2 step 1 release the session
                            p1-->>p0: 200
                            Note over p1: 8.3.1.1 upon BYE step 1 answer 200
                        """);
    }

    @Test
    void fitsFivePartiesIntoAHundredColumns() {
        var names = new LinkedHashMap<String, String>();
        names.put("10.0.0.1:1", "Alice");
        names.put("10.0.0.2:1", "OPF");
        names.put("10.0.0.3:1", "core");
        names.put("10.0.0.4:1", "TPF");
        names.put("10.0.0.5:1", "Bob");
        var opf =
                new Node("OPF")
                        .in(0, "10.0.0.2:1>10.0.0.3:1", "INVITE")
                        .step(1, "8.3.1.1", 6, "send the INVITE to the recipient's domain")
                        .out(1, "10.0.0.2:1>10.0.0.3:1", "INVITE")
                        .media(3, Way.OUT, "10.0.0.2:40000>10.0.0.4:2", 80, 5_000_000);
        var tpf =
                new Node("TPF")
                        .in(2, "10.0.0.4:1>10.0.0.3:1", "INVITE")
                        .out(3, "10.0.0.4:1>10.0.0.5:1", "SUBSCRIBE")
                        .media(4, Way.IN, "10.0.0.4:2>10.0.0.2:40000", 80, 5_000_000)
                        .out(5, "10.0.0.4:1>10.0.0.1:1", "BYE");
        var text = Ladder.of("", List.of(opf.call(), tpf.call()), names).text();
        assertThat(text.lines())
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(100));
        assertThat(text)
                .isEqualTo(
                        """
                                 Alice          OPF          core           TPF           Bob
                          0.000    │             │<─ INVITE ───│             │             │
                          0.001    │             │── INVITE ──>│             │             │  8.3.1.1 step 6 send the INVITE
                                   │             │             │             │             │      to the recipient's domain
                          0.002    │             │             │── INVITE ──>│             │
                          0.003    │             │═══ SEND ════╪════════════>│             │  80 chunks, 5,000,000 bytes
                          0.003    │             │             │             │─ SUBSCRIBE >│
                          0.005    │<────────────┼─────────────┼──── BYE ────│             │
                        """);
    }

    @Test
    void neverDrawsAReceiptBeforeItsSending() {
        var one = new Node("A").out(0, "a:1>b:1", "PING").in(0, "a:1>b:1", "200");
        var two =
                new Node("B")
                        .in(0, "b:1>a:1", "PING")
                        .step(0, "1.2", 1, "answer")
                        .out(0, "b:1>a:1", "200");
        var rows = Ladder.of("", List.of(two.call(), one.call()), Map.of()).rows();
        assertThat(rows).hasSize(2);
        assertThat(rows.getFirst())
                .isInstanceOfSatisfying(
                        Row.Arrow.class, a -> assertThat(a.label()).isEqualTo("PING"));
        assertThat(rows.getLast().clause()).isEqualTo("1.2");
        assertThat(rows.getLast().beside()).isEqualTo("step 1 answer");
    }

    @Test
    void namesAFunctionThatSharesItsPortByTheCallThatUsesIt() {
        var opf = new Node("OPF").out(0, "pf:1>core:1", "INVITE");
        var tpf = new Node("TPF").in(5, "pf:1>core:1", "INVITE");
        var rows = Ladder.of("", List.of(opf.call(), tpf.call()), Map.of("core:1", "core")).rows();
        assertThat(rows).hasSize(2);
        assertThat(rows.getFirst())
                .isInstanceOfSatisfying(
                        Row.Arrow.class, a -> assertThat(a.from() + a.to()).isEqualTo("OPFcore"));
        assertThat(rows.getLast())
                .isInstanceOfSatisfying(
                        Row.Arrow.class, a -> assertThat(a.from() + a.to()).isEqualTo("coreTPF"));
    }

    @Test
    void drawsNothingOfNothing() {
        assertThat(Ladder.of("empty", List.of(), Map.of()).text())
                .isEqualTo("empty\n\n(nothing passed)\n");
    }
}
