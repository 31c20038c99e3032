/** When a CDN is taken away from browsers without anybody being asked, and how it comes back. */
package io.portolan.planner.cdn;
