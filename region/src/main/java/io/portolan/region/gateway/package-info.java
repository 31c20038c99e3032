/**
 * The gateway to controllers: carries calls to replicas and their answers back, on the event loop of the client, as bytes come. It
 * knows no revisions and no routes; whoever uses it says which controller a call is for.
 */
package io.portolan.region.gateway;
