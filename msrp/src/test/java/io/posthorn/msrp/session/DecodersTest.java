package io.posthorn.msrp.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** More connections than keep a decoder between two messages, all on one loop. */
class DecodersTest {

    private record Peer(Field.Party party, Field.Raw raw, String uri) {

        static Peer of(Field field, int n) {
            var party = field.party("bob");
            var uri = "msrp://10.0.0.9:7654/peer" + n + ";tcp";
            var offer = new Media(List.of(uri), "active", true, false, List.of(), 0);
            party.session().start(party.media("passive", false), offer);
            return new Peer(party, field.dial("peer", party.session()), uri);
        }

        String chunk(String id, String body) {
            return "MSRP %s SEND\r\nTo-Path: %s\r\nFrom-Path: %s\r\n"
                            .formatted(id, party.session().uri(), uri)
                    + "Message-ID: "
                    + id
                    + "\r\nContent-Type: text/plain\r\n\r\n"
                    + body
                    + "\r\n-------"
                    + id
                    + "$\r\n";
        }
    }

    /** The cuts lie in the start line, the paths, the headers, the body and the end-line. */
    @ParameterizedTest
    @ValueSource(ints = {7, 50, 170, 225, 300, 700})
    void eachConnectionGoesOnWhereItStopped(int cut) {
        try (var field = new Field(5)) {
            var peers = new ArrayList<Peer>();
            for (int i = 0; i < 80; i++) peers.add(Peer.of(field, i));
            for (var id : List.of("first001", "second02")) {
                for (var peer : peers)
                    peer.raw().begin(peer.chunk(id, text(peer, id)).substring(0, cut));
                field.pass(Field.SECOND);
                for (var peer : peers)
                    peer.raw().begin(peer.chunk(id, text(peer, id)).substring(cut));
                field.pass(Field.SECOND);
                for (var peer : peers) {
                    assertThat(peer.raw().heard()).startsWith("MSRP " + id + " 200 OK\r\n");
                    assertThat(peer.party().box().letters.getLast().bytes)
                            .hasToString(text(peer, id));
                }
            }
            field.nothingStays();
        }
    }

    @Test
    void theOthersGoOnWhenThoseThatReadLastHaveEnded() {
        try (var field = new Field(6)) {
            var peers = new ArrayList<Peer>();
            for (int i = 0; i < 60; i++) peers.add(Peer.of(field, i));
            exchange(field, peers, "first001");
            var ended = peers.subList(40, 60);
            for (var peer : ended) peer.raw().hangUp();
            ended.clear();
            for (int i = 60; i < 120; i++) peers.add(Peer.of(field, i));
            exchange(field, peers, "second02");
            exchange(field, peers, "third003");
            field.nothingStays();
        }
    }

    private static void exchange(Field field, List<Peer> peers, String id) {
        for (var peer : peers) peer.raw().begin(peer.chunk(id, text(peer, id)));
        field.pass(Field.SECOND);
        for (var peer : peers) {
            assertThat(peer.raw().heard()).startsWith("MSRP " + id + " 200 OK\r\n");
            assertThat(peer.party().box().letters.getLast().bytes).hasToString(text(peer, id));
        }
    }

    private static String text(Peer peer, String id) {
        return (id + " of " + peer.uri() + "\r\n-------").repeat(10);
    }
}
