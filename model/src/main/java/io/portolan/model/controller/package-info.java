/** Controllers: backends that are deployed with a version's pages, as its package declares them and as nodes report them. Pure. */
package io.portolan.model.controller;
