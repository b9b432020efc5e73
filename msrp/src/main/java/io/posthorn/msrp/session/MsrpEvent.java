package io.posthorn.msrp.session;

/** What a session tells the strand that owns it. */
public sealed interface MsrpEvent {
    MsrpSession session();

    /** A connection carries this session now. */
    record Bound(MsrpSession session) implements MsrpEvent {}

    /** All bytes are in the sink; the last chunk is unanswered. */
    record Complete(MsrpSession session, Incoming message, long total) implements MsrpEvent {}

    /** The sender ended a message with {@code #}. */
    record Aborted(MsrpSession session, Incoming message) implements MsrpEvent {}

    /** Every byte was acknowledged. */
    record Delivered(MsrpSession session, Outgoing message) implements MsrpEvent {}

    /** The peer refused, or did not answer for 30 s (408); 0 if it was aborted on our side. */
    record Failed(MsrpSession session, Outgoing message, int code) implements MsrpEvent {}

    /** The last chunk of a message that was relayed from here is answered 200. */
    record Relayed(MsrpSession session, String messageId, long total) implements MsrpEvent {}

    /** A message was not let through the relay that begins here. */
    record Refused(MsrpSession session, String messageId, int code) implements MsrpEvent {}

    /** A REPORT came. */
    record Reported(MsrpSession session, String messageId, int status) implements MsrpEvent {}

    /** Connect, bind, stall or close failed the session. The last event. */
    record Lost(MsrpSession session, String why) implements MsrpEvent {
        /** The sender began a message and then said nothing more. */
        public static final String SILENT = "silent in mid-message";
    }
}
