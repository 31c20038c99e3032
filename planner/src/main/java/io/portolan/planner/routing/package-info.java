/** Which region a client is sent to. Pure. */
package io.portolan.planner.routing;
