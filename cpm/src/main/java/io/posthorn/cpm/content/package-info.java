/**
 * What large messages are made of: the CPIM wrapper, file names, the ids of messages and
 * conversations. Bytes to records and back; no clock, no port, no decision.
 *
 * <p>Start reading at {@link io.posthorn.cpm.content.Cpim}.
 */
@NullMarked
package io.posthorn.cpm.content;

import org.jspecify.annotations.NullMarked;
