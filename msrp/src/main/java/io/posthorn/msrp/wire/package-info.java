/**
 * Bytes to MSRP and back; bodies pass as slices of what was read. Source: RFC 4975 sections 7 and
 * 9.
 *
 * <p>No clock, no thread, no I/O. Start reading at {@code MsrpDecoder}.
 */
@NullMarked
package io.posthorn.msrp.wire;

import org.jspecify.annotations.NullMarked;
