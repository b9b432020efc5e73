package io.posthorn.sipcore;

import io.posthorn.sip.auth.Seal;
import io.posthorn.sip.wire.SipRequest;
import java.util.List;
import java.util.Optional;

/**
 * The user parts of our route entries in dialogs. Each is sealed for its Call-ID and for its two
 * parties: only who is in the dialog has it, and in no other name than at the beginning. It may
 * name the flow by which that side of the dialog is reached, the flow token of RFC 5626 section
 * 5.2. Any thread.
 */
final class DialogRoutes {

    /** The one behind which no flow is. */
    static final String NO_FLOW = "";

    private static final String BOTH = "-";

    /** Marks a flow that has nothing to take its place: RFC 5626 is in use. */
    private static final String ONLY = "o";

    /**
     * Where a request in a dialog goes at the end of its route.
     *
     * @param flow named by {@link Location#token}; empty: wherever its URI leads
     * @param only nowhere else, if that flow has ended
     */
    record Exit(String flow, boolean only) {}

    private final Seal seal;

    DialogRoutes(Seal seal) {
        this.seal = seal;
    }

    /**
     * The user part of the entry on the side of {@code exit}.
     *
     * @param asked as its sender sees it
     * @param onward as its recipient does: without the sender's name, if he wishes so
     */
    String user(SipRequest asked, SipRequest onward, Exit exit) {
        var flow = (exit.only() ? ONLY : "") + exit.flow();
        var ours = text(asked, flow);
        var theirs = text(onward, flow);
        var sealed = seal.of(ours) + (theirs.equals(ours) ? "" : BOTH + seal.of(theirs));
        return flow.isEmpty() ? sealed : flow + "." + sealed;
    }

    /** RFC 3261 section 12.2.1.1: in a dialog From and To stay, for one side or for the other. */
    private static String text(SipRequest request, String flow) {
        var from = Identity.aor(request.from().uri());
        var to = Identity.aor(request.to().uri());
        boolean ordered = from.compareTo(to) <= 0;
        return String.join(
                " ", "dialog", flow, ordered ? from : to, ordered ? to : from, request.callId());
    }

    /** Whether one of {@code users}, the entries that led here, is of that dialog. */
    boolean ofDialog(SipRequest request, List<String> users) {
        return users.stream().anyMatch(user -> read(request, user).isPresent());
    }

    /**
     * Where the last of {@code users} leads: each side has an entry of its own, and the last is
     * that of the side it goes to. One of them is of this dialog, as {@link #ofDialog} knows.
     */
    Optional<Exit> exit(SipRequest request, List<String> users) {
        return users.isEmpty() ? Optional.empty() : read(request, users.getLast());
    }

    private Optional<Exit> read(SipRequest request, String user) {
        int dot = user.indexOf('.');
        var flow = dot < 0 ? NO_FLOW : user.substring(0, dot);
        var text = text(request, flow);
        var seals = List.of(user.substring(dot + 1).split(BOTH));
        if (seals.stream().noneMatch(sealed -> seal.fits(text, sealed))) return Optional.empty();
        boolean only = flow.startsWith(ONLY);
        return Optional.of(new Exit(only ? flow.substring(1) : flow, only));
    }
}
