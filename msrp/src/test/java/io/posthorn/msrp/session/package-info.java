/** Tests of sessions and the relay, in simulations. */
@NullMarked
package io.posthorn.msrp.session;

import org.jspecify.annotations.NullMarked;
