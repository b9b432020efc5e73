/**
 * SIPp, a SIP tester by others, against our user agent on real sockets: its own scenarios, and ours
 * of {@code src/test/resources/sipp}.
 *
 * <p>May use: the live world, the user agent, child processes. Start reading at {@link
 * io.posthorn.ladders.sipp.SippTest}.
 */
@NullMarked
package io.posthorn.ladders.sipp;

import org.jspecify.annotations.NullMarked;
