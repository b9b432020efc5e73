/**
 * What reading and writing one message costs, measured by JMH: {@code posthorn bench codecs}.
 *
 * <p>May use the codecs and their records only. JMH wants its classes and methods public. Start
 * reading at {@link io.posthorn.bench.codec.SipBench}.
 */
@NullMarked
package io.posthorn.bench.codec;

import org.jspecify.annotations.NullMarked;
