@NullMarked
package io.posthorn.live;

import org.jspecify.annotations.NullMarked;
