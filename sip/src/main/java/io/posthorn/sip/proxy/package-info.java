/**
 * A stateful, record-routing proxy over the same transactions that the user agent uses. The
 * embedded core is one, and a participating function that only passes a session on is one. Source:
 * RFC 3261 section 16, RFC 4320, RFC 5393.
 *
 * <p>Loop only: everything about one request happens on the loop of its server transaction. Start
 * reading at {@link io.posthorn.sip.proxy.Proxy}.
 */
@NullMarked
package io.posthorn.sip.proxy;

import org.jspecify.annotations.NullMarked;
