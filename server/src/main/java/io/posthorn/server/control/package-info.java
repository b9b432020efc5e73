/**
 * What a running server answers to {@code posthorn sessions}, {@code session} and {@code ladder}:
 * texts made from what its recorder kept.
 */
@NullMarked
package io.posthorn.server.control;

import org.jspecify.annotations.NullMarked;
