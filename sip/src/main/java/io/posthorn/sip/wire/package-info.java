/**
 * SIP messages: bytes with an index of offsets; headers parse on demand, edits are splices, unknown
 * headers survive byte for byte. Source: RFC 3261 sections 7, 19, 20, 25.
 *
 * <p>Bytes to values and back: no clock, no thread, no I/O. Start reading at {@link
 * io.posthorn.sip.wire.SipMessage}.
 */
@NullMarked
package io.posthorn.sip.wire;

import org.jspecify.annotations.NullMarked;
