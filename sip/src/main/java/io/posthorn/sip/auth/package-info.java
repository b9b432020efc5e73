/**
 * Digest access authentication. Source: RFC 7616, RFC 8760, RFC 3261 section 22.
 *
 * <p>Start reading at {@link io.posthorn.sip.auth.Authenticator} for the side that asks, at {@link
 * io.posthorn.sip.auth.Account} for the side that answers.
 */
@NullMarked
package io.posthorn.sip.auth;

import org.jspecify.annotations.NullMarked;
