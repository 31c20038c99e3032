/** Values of the domain: identifiers, states, stage definitions. JDK only, no I/O, no logging. */
package io.portolan.model;
