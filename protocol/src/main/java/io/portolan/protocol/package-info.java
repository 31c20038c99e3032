/** What crosses a wire: JSON, REST types, signed envelopes, revisions, status. No HTTP client or server. */
package io.portolan.protocol;
