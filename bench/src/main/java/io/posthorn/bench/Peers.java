package io.posthorn.bench;

/** The users of every run. */
final class Peers {
    static final String ALICE = "sip:alice@example.com";
    static final String BOB = "sip:bob@example.net";

    private Peers() {}
}
