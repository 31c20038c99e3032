package io.portolan.protocol.rest;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Form of every list; {@code next} is null on the last page. */
public record Page<T>(List<T> items, @Nullable String next) {}
