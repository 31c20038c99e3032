/** Documents of a revision: what nodes and directors are told, one record a document. */
package io.portolan.model.document;
