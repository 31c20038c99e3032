/** A placement as one HTML file, as CSV and as lines for a terminal. */
package io.portolan.placement.report;
