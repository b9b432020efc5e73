/**
 * Who may use the embedded core, and what is kept of their passwords.
 *
 * <p>Start reading at {@link io.posthorn.server.users.Users}.
 */
@NullMarked
package io.posthorn.server.users;

import org.jspecify.annotations.NullMarked;
