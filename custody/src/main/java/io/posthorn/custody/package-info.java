/**
 * What has been promised to be delivered. A message is one spool with one cursor per device, each
 * at its own pace. What is kept for longer than the call lives (the queue of deferred messages)
 * will stand here too.
 *
 * <p>May use: {@code strand}, {@code io.netty.buffer}. Start reading at {@link
 * io.posthorn.custody.Spool}.
 */
@NullMarked
package io.posthorn.custody;

import org.jspecify.annotations.NullMarked;
