/** The control plane: API, intent, compiler of revisions, engine of rollouts. */
package io.portolan.control;
