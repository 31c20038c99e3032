/** The one capacity rule: may regions be taken out of service? Pure, no clock, no I/O. */
package io.portolan.planner.capacity;
