/** Bundled facts: cloud regions, round-trip times between them, countries and their internet users, the outline of the land. */
package io.portolan.placement.data;
