/** How directors and region nodes see each other: probes, tables of observations, reading them sideways. */
package io.portolan.observation;
