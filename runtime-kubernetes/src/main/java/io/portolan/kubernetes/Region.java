package io.portolan.kubernetes;

import io.portolan.runtime.OpenCalls;
import java.time.InstantSource;

/** What all controllers of a node share. Thread-safe. */
record Region(
        KubernetesApi api,
        Watched watched,
        KubernetesSecrets secrets,
        Scope scope,
        KubernetesSettings settings,
        OpenCalls calls,
        InstantSource clock) {}
