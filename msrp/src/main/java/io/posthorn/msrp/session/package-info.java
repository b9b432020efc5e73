/**
 * MSRP sessions: bind, chunking, windows, reports, relay. Source: RFC 4975, RFC 6135.
 *
 * <p>Start reading at {@link io.posthorn.msrp.session.MsrpEndpoint}.
 */
@NullMarked
package io.posthorn.msrp.session;

import org.jspecify.annotations.NullMarked;
