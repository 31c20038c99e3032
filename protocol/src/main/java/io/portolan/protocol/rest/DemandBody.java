package io.portolan.protocol.rest;

import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.access.AccessSummary.Asked;
import java.util.List;

/**
 * What the clients of one node asked of an extension, by their networks, from the node's access log.
 *
 * @param node      id of the node
 * @param networks  most requests first
 * @param uncounted answers of clients without an address, or of networks beyond the limit
 * @param complete  false when the node keeps no access log: then nothing is known, which is not the same as no requests
 */
public record DemandBody(
        String node,
        RegionName region,
        ExtensionName extension,
        List<Asked> networks,
        long uncounted,
        boolean complete) {}
