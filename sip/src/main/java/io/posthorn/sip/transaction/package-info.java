/**
 * The four transactions, each a table without clock or I/O, and what drives them. Source: RFC 3261
 * section 17, RFC 6026, RFC 4320.
 *
 * <p>Loop only. Start reading at {@link io.posthorn.sip.transaction.Transactions}; the tables are
 * {@code InviteServer}, {@code InviteClient}, {@code NonInviteServer}, {@code NonInviteClient}.
 */
@NullMarked
package io.posthorn.sip.transaction;

import org.jspecify.annotations.NullMarked;
