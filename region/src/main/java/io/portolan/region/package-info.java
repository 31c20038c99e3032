/** A region node: holds the versions that its revision names and serves their pages and assets, with nothing but its own folder. */
package io.portolan.region;
