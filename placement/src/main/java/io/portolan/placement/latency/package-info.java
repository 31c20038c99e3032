/** How long things take over a distance: round trips, transfers, whole interactions. Pure. */
package io.portolan.placement.latency;
