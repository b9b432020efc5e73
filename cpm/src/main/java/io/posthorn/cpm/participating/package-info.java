/**
 * The participating functions, which act for the sender (originating) and for the recipient
 * (terminating). A class is a procedure of the standard. Uses sip.dialog, msrp.session, custody.
 *
 * <p>Start reading at {@link io.posthorn.cpm.participating.Participating}.
 */
@NullMarked
package io.posthorn.cpm.participating;

import org.jspecify.annotations.NullMarked;
