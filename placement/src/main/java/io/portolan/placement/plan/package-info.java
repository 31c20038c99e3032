/** The plan: the best regions for each number of them, what a workload needs, what a loss costs. Pure. */
package io.portolan.placement.plan;
