/**
 * The CPM Client: registers, sends large messages, receives them into files. Made to be embedded,
 * by the command line and by tests. Uses sip.dialog and msrp.session; files through the Disk port.
 *
 * <p>Start reading at {@link io.posthorn.cpm.client.CpmClient}.
 */
@NullMarked
package io.posthorn.cpm.client;

import org.jspecify.annotations.NullMarked;
