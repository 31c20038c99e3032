/** What tests of Portolan's parts and of extensions run against: real servers on loopback, sample values. */
package io.portolan.testkit;
