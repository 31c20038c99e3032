/** How a region node or a director follows the revisions of its environment: join, fetch, verify, keep, apply, report. */
package io.portolan.sync;
