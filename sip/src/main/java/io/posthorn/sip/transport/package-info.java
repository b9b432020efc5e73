/**
 * How SIP messages travel: framing on streams, flows, Via, CRLF keep-alives. Source: RFC 3261
 * section 18, RFC 3581, RFC 5626.
 *
 * <p>Loop only; sockets are reached through {@link io.posthorn.strand.Net}. Start reading at {@link
 * io.posthorn.sip.transport.Transport}.
 */
@NullMarked
package io.posthorn.sip.transport;

import org.jspecify.annotations.NullMarked;
