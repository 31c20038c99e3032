/** What was really asked of an extension: access logs of region nodes, and where the clients in them are. */
package io.portolan.placement.records;
