package io.posthorn.cpm.call;

import io.posthorn.msrp.session.MsrpEvent;
import io.posthorn.sip.dialog.LegEvent;

/** What can happen to a call. */
public sealed interface Event {
    record Sip(LegEvent event) implements Event {}

    record Msrp(MsrpEvent event) implements Event {}

    /** The server is about to stop. */
    record Drain() implements Event {}

    /** Whoever began this call wants it to end. */
    record Abort() implements Event {}
}
