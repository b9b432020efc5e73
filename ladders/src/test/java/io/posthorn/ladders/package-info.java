/**
 * The scenarios of the standard, each drawn as a ladder from what really passed, in the simulation
 * and on sockets, and the architecture that the build holds. Depends on everything.
 *
 * <p>A row of the requirements is proven by the ladder that claims it with {@code @Proves}; {@code
 * SPECS.md} is made from what ran. Start reading at {@code OriginatingLadders}.
 */
@NullMarked
package io.posthorn.ladders;

import org.jspecify.annotations.NullMarked;
