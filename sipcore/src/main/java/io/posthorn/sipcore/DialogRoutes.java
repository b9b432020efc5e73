package io.posthorn.sipcore;

import io.posthorn.sip.auth.Seal;
import java.util.List;
import java.util.Optional;

/**
 * The user parts of our route entries in dialogs. Each is sealed for its Call-ID: only who is in
 * the dialog has it. It may name the flow by which that side of the dialog is reached, the flow
 * token of RFC 5626 section 5.2. Any thread.
 */
final class DialogRoutes {

    /** The one behind which no flow is. */
    static final String NO_FLOW = "";

    /** Marks a flow that has nothing to take its place: RFC 5626 is in use. */
    private static final String ONLY = "o";

    /**
     * Where a request in a dialog goes at the end of its route.
     *
     * @param flow named as {@link Location#name}; empty: wherever its URI leads
     * @param only nowhere else, if that flow has ended
     */
    record Exit(String flow, boolean only) {}

    private final Seal seal;

    DialogRoutes(Seal seal) {
        this.seal = seal;
    }

    /** The user part of the entry on the side of {@code exit}. */
    String user(String callId, Exit exit) {
        if (exit.flow().isEmpty()) return seal(callId, NO_FLOW);
        var flow = (exit.only() ? ONLY : "") + exit.flow();
        return flow + "." + seal(callId, flow);
    }

    private String seal(String callId, String flow) {
        return seal.of(text(callId, flow));
    }

    private static String text(String callId, String flow) {
        return "dialog " + flow + " " + callId;
    }

    /** Whether one of {@code users}, the entries that led here, is of that dialog. */
    boolean ofDialog(String callId, List<String> users) {
        return users.stream().anyMatch(user -> read(callId, user).isPresent());
    }

    /**
     * Where the last of {@code users} leads: each side has an entry of its own, and the last is
     * that of the side it goes to.
     */
    Optional<Exit> exit(String callId, List<String> users) {
        return users.isEmpty() ? Optional.empty() : read(callId, users.getLast());
    }

    private Optional<Exit> read(String callId, String user) {
        int dot = user.indexOf('.');
        var flow = dot < 0 ? NO_FLOW : user.substring(0, dot);
        if (!seal.fits(text(callId, flow), user.substring(dot + 1))) return Optional.empty();
        boolean only = flow.startsWith(ONLY);
        return Optional.of(new Exit(only ? flow.substring(1) : flow, only));
    }
}
