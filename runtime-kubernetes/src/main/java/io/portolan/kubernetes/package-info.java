/** Controllers as workloads of a region's Kubernetes cluster; the only module that knows the client library. */
package io.portolan.kubernetes;
