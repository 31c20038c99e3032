/** What is counted, in the text format of Prometheus. */
package io.portolan.region.metrics;
