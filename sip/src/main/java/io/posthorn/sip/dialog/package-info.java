/**
 * Dialogs, and the user agent that procedures see. Source: RFC 3261 sections 12 to 15, RFC 4028,
 * RFC 6665.
 *
 * <p>Start reading at {@link io.posthorn.sip.dialog.SipUserAgent}.
 */
@NullMarked
package io.posthorn.sip.dialog;

import org.jspecify.annotations.NullMarked;
