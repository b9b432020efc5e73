/**
 * The registration event package's document: which devices a user has. Source: RFC 3680, RFC 5628.
 *
 * <p>Text to values and back: no clock, no thread, no I/O. Start reading at {@link
 * io.posthorn.sip.reginfo.RegInfo}.
 */
@NullMarked
package io.posthorn.sip.reginfo;

import org.jspecify.annotations.NullMarked;
