/**
 * Who may send what to whom: the checks of every procedure, the service of a request, the devices
 * of a user. Ports belong to this package; until preferences are read from documents they are
 * driven by configuration.
 *
 * <p>Start reading at {@link io.posthorn.cpm.policy.Checks}.
 */
@NullMarked
package io.posthorn.cpm.policy;

import org.jspecify.annotations.NullMarked;
