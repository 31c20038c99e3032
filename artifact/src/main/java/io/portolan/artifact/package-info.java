/** The package format: strict zip reader, rules, packing, splitting into blobs, served manifests, blob store in a folder. */
@org.jspecify.annotations.NullMarked
package io.portolan.artifact;
