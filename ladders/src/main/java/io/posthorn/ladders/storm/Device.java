package io.posthorn.ladders.storm;

import io.posthorn.cpm.client.Inbox;
import io.posthorn.cpm.client.Receiving;
import io.posthorn.server.ClientNode;
import io.posthorn.sip.dialog.Leg;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A device of a user: a machine with a client, which may be off. */
final class Device implements Inbox {

    static final Path INTO = Path.of("/in");

    /** Its machine, for example {@code bob-2}. */
    final String node;

    /** Its user's address. */
    final String user;

    /** Of its SIP: {@code udp} or {@code tcp}. */
    final String transport;

    final Receiving receiving;

    final List<Received> received = new ArrayList<>();
    final List<String> failures = new ArrayList<>();

    /** The calls that it made, by their Contribution-ID. */
    final Map<String, Leg> legs = new LinkedHashMap<>();

    /** Null while it is off. */
    @Nullable ClientNode client;

    /** When its registrar said yes; null while it has not. */
    @Nullable Instant registered;

    boolean crashed;

    Device(String node, String user, String transport, Receiving receiving) {
        this.node = node;
        this.user = user;
        this.transport = transport;
        this.receiving = receiving;
    }

    @Override
    public void received(Received message) {
        received.add(message);
    }

    @Override
    public void failed(String from, String why) {
        failures.add(why);
    }

    @Override
    public String toString() {
        return node;
    }
}
