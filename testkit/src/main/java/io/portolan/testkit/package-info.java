/**
 * What tests of Portolan and of extensions need: a clock, a control plane's wire, faults on it, free ports, crashes at named
 * points.
 */
package io.portolan.testkit;
