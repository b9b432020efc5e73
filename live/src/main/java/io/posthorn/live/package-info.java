/**
 * The ports of {@link io.posthorn.strand} for real: Netty (epoll), files, DNS, clocks, threads. The
 * only module that may name {@code io.netty.channel}, {@code Thread}, an executor, the system clock
 * or a random source.
 *
 * <p>Start reading at {@code LiveWorld}.
 */
@NullMarked
package io.posthorn.live;

import org.jspecify.annotations.NullMarked;
