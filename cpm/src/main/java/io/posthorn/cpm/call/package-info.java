/**
 * The vocabulary of procedures: a call with its legs and its media. ("Session" is the standard's
 * word for a chat.)
 *
 * <p>Start reading at {@link io.posthorn.cpm.call.Procedure}.
 */
@NullMarked
package io.posthorn.cpm.call;

import org.jspecify.annotations.NullMarked;
