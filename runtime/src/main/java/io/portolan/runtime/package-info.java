/** Where controllers run: the interface of runtimes, where their replicas are to be found, and local processes. */
package io.portolan.runtime;
