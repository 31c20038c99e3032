/** What is asked of a placement: who uses it from where, what they do, and which regions may be chosen. */
package io.portolan.placement.workload;
