/**
 * The command line. One class per command; exit codes are in {@link io.posthorn.server.cli.Exit}.
 *
 * <p>Start reading at {@link io.posthorn.server.cli.Posthorn}.
 */
@NullMarked
package io.posthorn.server.cli;

import org.jspecify.annotations.NullMarked;
