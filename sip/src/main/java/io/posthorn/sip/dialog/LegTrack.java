package io.posthorn.sip.dialog;

import io.posthorn.sip.wire.SipMessage;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.strand.Track;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes a leg's messages into its call's track; keeps them until there is one. Loop only. */
final class LegTrack {

    // Ours: a call that nobody takes has an INVITE, a few answers and a BYE.
    private static final int HELD = 32;

    private record Passed(Track.Way way, SipMessage<?> message) {}

    private List<Passed> held;
    private final String link;
    private @Nullable Track track;

    /**
     * @param link as {@link io.posthorn.strand.Recorder#link} made it; one for the leg's whole
     *     life, so that a ladder has one column for one peer
     */
    LegTrack(String link, @Nullable Track track) {
        this.link = link.intern(); // most calls go between the same two places
        this.track = track;
        this.held = track == null ? new ArrayList<>(2) : List.of();
    }

    void begin(Track to) {
        track = to;
        held.forEach(passed -> write(to, passed));
        held = List.of();
    }

    void in(SipMessage<?> message) {
        passed(new Passed(Track.Way.IN, message));
    }

    void out(SipMessage<?> message) {
        passed(new Passed(Track.Way.OUT, message));
    }

    private void passed(Passed passed) {
        var to = track;
        if (to != null) write(to, passed);
        else if (held.size() < HELD) held.add(passed);
    }

    private void write(Track to, Passed passed) {
        to.message(passed.way, link, label(passed.message), passed.message.bytes());
    }

    private static String label(SipMessage<?> message) {
        return switch (message) {
            case SipRequest request -> request.method();
            case SipResponse response -> Integer.toString(response.code());
        };
    }
}
