/**
 * The program: {@link io.posthorn.server.Wiring} makes everything that serves from the settings,
 * {@code cli} is the command line, {@code control} answers questions to a running server.
 *
 * <p>The only module that makes live things. Start reading at {@link io.posthorn.server.Wiring}.
 */
@NullMarked
package io.posthorn.server;

import org.jspecify.annotations.NullMarked;
