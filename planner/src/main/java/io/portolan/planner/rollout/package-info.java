/** Pure rules of rollouts and rollbacks: what may start, what comes next, what it waits for. No clock, no I/O. */
package io.portolan.planner.rollout;
