/**
 * What has been promised to be delivered. A message is one spool with one cursor per device, each
 * at its own pace.
 *
 * <p>Start reading at {@link io.posthorn.custody.Spool}.
 */
@NullMarked
package io.posthorn.custody;

import org.jspecify.annotations.NullMarked;
