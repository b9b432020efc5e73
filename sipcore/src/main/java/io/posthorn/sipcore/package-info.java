/** Being written. */
@NullMarked
package io.posthorn.sipcore;

import org.jspecify.annotations.NullMarked;
