package io.posthorn.sip.transaction;

import io.posthorn.sip.transport.Flow;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.strand.Loop;
import io.posthorn.strand.World;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * All SIP transactions of one node, over its transports. Each transaction lives on one loop, which
 * is named in the branch it made; what arrives elsewhere is handed home. Every callback runs on
 * that loop.
 */
public interface Transactions {

    /** Who hears of what comes in. One per node; set once, before anything is listened to. */
    interface User {
        /**
         * A new request, not an ACK and not a CANCEL that found its INVITE. For an INVITE 100 is
         * sent by itself if no answer leaves within 200 ms.
         */
        void request(ServerTransaction transaction);

        /** An ACK that belongs to a 2xx. */
        void ack(SipRequest ack, Flow from);

        /** A 2xx to an INVITE that no transaction knows any more. */
        void strayAnswer(SipResponse response, Flow from);
    }

    void user(User user);

    /**
     * The loop on which the server transactions of a call live. Whoever sends requests of the same
     * call from there ({@link #send}) meets all of it on one loop.
     */
    static Loop home(World world, String callId) {
        var loops = world.loops();
        return loops.get(Math.floorMod(callId.hashCode(), loops.size()));
    }

    /**
     * Sends {@code request} and keeps at it. Via is added here, with a new branch; the target is
     * the topmost Route, else the Request-URI (RFC 3261 section 8.1.2, RFC 3263), unless {@code
     * along} says otherwise. Requests over 1,300 bytes to a target that allows it go by TCP first
     * (18.1.1).
     *
     * @param home the loop the answers come to
     * @param along an existing flow to use, for example to a client behind NAT
     * @param listener hears every response once, and exactly one final one: 408 and 503 are made
     *     here; never from within this call
     *     <p>On {@code home}.
     */
    ClientTransaction send(
            Loop home, SipRequest request, @Nullable Flow along, ClientListener listener);

    /**
     * Sends without a transaction: the ACK to a 2xx. Via is added here unless the topmost one is of
     * this node. What {@link #send} sends to the same place from this loop afterwards does not
     * overtake it.
     *
     * <p>On {@code home}.
     */
    void sendAck(Loop home, SipRequest ack, @Nullable Flow along);

    /**
     * A new branch of this node, for the Via of an ACK that may have to be sent again: {@link
     * #sendAck} keeps it, and sets the rest of that Via. Any thread.
     */
    String branch(Loop home);

    /**
     * Keeps {@code flow} open, and hears once when it has failed. Source: RFC 5626 section 4.4. Any
     * thread; {@code lost} runs on the flow's loop.
     *
     * @param silence how long it may be silent; zero: only its end is heard of
     */
    Loop.Cancel keepAlive(Flow flow, Duration silence, Runnable lost);

    /** What a client transaction tells. */
    interface ClientListener {
        /**
         * Provisional or final. After a 2xx to an INVITE, further 2xx (copies, and those of other
         * forks) come too, for 64*T1 (RFC 6026).
         *
         * @param from where it came from; null if the response was made here
         */
        void response(SipResponse response, @Nullable Flow from);

        /**
         * Called once after a 2xx to an INVITE, when 64*T1 are over: what still comes of its
         * answers is a {@link User#strayAnswer}.
         */
        default void ended() {}
    }

    /** A request we sent. On its loop. */
    interface ClientTransaction {
        /**
         * With Via, as it was sent; without it as long as its target is looked for. Once a final
         * answer has been heard, only what is in a {@link SipRequest#skeleton()}.
         */
        SipRequest request();

        /**
         * Sends CANCEL, with {@code reason} as its Reason header if not null: at once if a
         * provisional response has come, else when it comes; not at all after a final response (RFC
         * 3261 section 9.1).
         */
        void cancel(@Nullable String reason);
    }

    /** A request we received. On {@link #loop()}, which is {@link Transactions#home} of it. */
    interface ServerTransaction {
        Loop loop();

        /**
         * @throws IllegalStateException once a final answer was given: only copies are waited for
         *     then, and what is not needed for that is given back
         */
        SipRequest request();

        Flow from();

        /**
         * Adds a To tag if there is none, always the same. A second final answer, and one after the
         * end, is ignored; but a 2xx to an INVITE is sent each time it is given here, for 64*T1:
         * repeating it until the ACK is the user's part (RFC 6026 section 7.1).
         */
        void respond(SipResponse response);

        /**
         * The To tag that the dialog of this INVITE has, before any response: the 200 to its CANCEL
         * has the same (RFC 3261 section 9.2).
         */
        void tag(String ofDialog);

        /**
         * INVITE: its 2xx has its ACK, and will not be sent again. Copies of the INVITE are still
         * absorbed (RFC 6026 section 7.1).
         */
        void confirmed();

        /**
         * Called once, if a CANCEL came for this INVITE before a final answer; the CANCEL's 200 was
         * sent, 487 was not.
         */
        void onCancel(java.util.function.Consumer<SipRequest> cancelled);

        /**
         * INVITE: called once when a non-2xx was acknowledged or its ACK never came, or when a
         * 2xx's 64*T1 are over, or it has its ACK.
         */
        void onEnd(Runnable ended);
    }
}
