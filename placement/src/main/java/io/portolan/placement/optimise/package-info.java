/** The best k regions: exact search with lower bounds, greedy choice, brute force is left to tests. Pure. */
package io.portolan.placement.optimise;
