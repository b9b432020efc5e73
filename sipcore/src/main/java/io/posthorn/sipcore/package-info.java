/**
 * The embedded SIP/IP core: registrar, reg event, routing by session case, asserted identity. It
 * knows nothing of CPM but which requests to show to an application server; the two talk SIP over
 * sockets. A real IMS can stand in its place. Source: RFC 3261 section 10, RFC 3680, RFC 5627, RFC
 * 3325, 3GPP TS 24.229.
 *
 * <p>Start reading at {@link io.posthorn.sipcore.SipCore}.
 */
@NullMarked
package io.posthorn.sipcore;

import org.jspecify.annotations.NullMarked;
