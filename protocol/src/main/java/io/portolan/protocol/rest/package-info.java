/** Bodies of the REST interface, one record a resource; field names are the contract's. */
package io.portolan.protocol.rest;
