package io.portolan.region;

/**
 * Why a request is not even looked at. Immutable.
 *
 * @param status what to answer, 4xx or 505
 */
record Refusal(int status, TransportCounters.Limit limit, String detail) {}
