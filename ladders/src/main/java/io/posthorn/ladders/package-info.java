/** Being written. */
@NullMarked
package io.posthorn.ladders;

import org.jspecify.annotations.NullMarked;
