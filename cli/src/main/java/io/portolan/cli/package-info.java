/** The {@code portolan} command line: one class a noun, all of them over the public REST interface. */
@org.jspecify.annotations.NullMarked
package io.portolan.cli;
