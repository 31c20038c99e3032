/** Authoritative DNS server that answers with the nearest region that is up: location table, probes, answers, explanations. */
package io.portolan.director;
