/** How a new region comes to serve users, and how one leaves: a state machine without clock and I/O. */
package io.portolan.planner.bringup;
