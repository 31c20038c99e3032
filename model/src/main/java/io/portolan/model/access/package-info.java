/** Access logs as region nodes write them: one line, and sums of many. Pure. */
package io.portolan.model.access;
