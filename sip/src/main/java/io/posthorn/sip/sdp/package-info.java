/**
 * Session descriptions, and what they say about MSRP. Source: RFC 8866, RFC 3264, RFC 4975 section
 * 8, RFC 4145, RFC 5547, RFC 6135, RFC 6714, RFC 8122.
 *
 * <p>Text to values and back: no clock, no thread, no I/O. Start reading at {@link
 * io.posthorn.sip.sdp.MsrpMedia}.
 */
@NullMarked
package io.posthorn.sip.sdp;

import org.jspecify.annotations.NullMarked;
