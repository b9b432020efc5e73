package io.posthorn.sip.dialog;

import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.strand.Track;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * A user agent: calls in and out, and requests outside of calls. Calls may be made from any thread;
 * callbacks run on a loop.
 */
public interface SipUserAgent {

    /** Who takes incoming calls: starts a strand, or answers. 100 is sent by itself. */
    void onInvite(Consumer<Leg> incoming);

    /** Who takes requests of one method outside of dialogs: MESSAGE, REGISTER, SUBSCRIBE, ... */
    void onRequest(String method, Consumer<Question> incoming);

    /**
     * Calls: one client transaction, one leg; further forks get ACK and BYE.
     *
     * @param invite without Via, tags, CSeq, Call-ID (all are filled in if missing); with Route if
     *     it must go elsewhere than to the Request-URI
     * @param track gets every message of the leg and of its dialog
     * @param inbox gets the leg's events; may say false, as {@link io.posthorn.strand.Strand#post}
     */
    Leg invite(SipRequest invite, Track track, Predicate<LegEvent> inbox);

    /**
     * Asks outside of a dialog. {@code inbox} gets one final response; 408 and 503 are made here.
     */
    void ask(SipRequest request, Predicate<SipResponse> inbox);

    /** Ours, as it stands in Contact, without parameters: {@code sip:host:port}. */
    String contact();
}
