/**
 * Everything the server can be told: one record per section of {@code posthorn.toml}, and how they
 * are read.
 *
 * <p>Start reading at {@link io.posthorn.server.config.Config}.
 */
@NullMarked
package io.posthorn.server.config;

import org.jspecify.annotations.NullMarked;
