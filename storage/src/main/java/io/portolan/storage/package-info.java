/** State of the control plane: one transactional store of documents, objects, revisions and the log. */
package io.portolan.storage;
