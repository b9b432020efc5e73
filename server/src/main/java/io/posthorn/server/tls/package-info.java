/**
 * Certificates of a server: those it was given in files, or those it makes for itself so that TLS
 * works on the first start; checked before they are used, read again when told.
 *
 * <p>Start reading at {@code Certificates}.
 */
@NullMarked
package io.posthorn.server.tls;

import org.jspecify.annotations.NullMarked;
