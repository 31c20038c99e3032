/** What runs in browsers, as text: built from the TypeScript in {@code src/main/ts}. */
package io.portolan.loader;
