package io.portolan.control;

import io.portolan.model.Digest;
import io.portolan.model.EnvironmentName;
import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.protocol.rest.BringUpBody;
import io.portolan.storage.StateStore;
import io.portolan.storage.Writer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes the tokens with which nodes of added regions, and further directors, join: each once, for a while, shown in the answer and never
 * again. What is kept is the digest. Thread-safe.
 */
final class NodeTokens {
    /** Stands for a region where a director is meant: directors answer for all of them. */
    static final RegionName DIRECTOR = new RegionName("director");

    /** How long a token is good for unless said otherwise. */
    static final Duration LIFE = Duration.ofHours(1);

    private static final Duration LONGEST_LIFE = Duration.ofDays(7);
    private static final int BYTES = 32;

    private final StateStore store;
    private final Commands commands;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();

    NodeTokens(StateStore store, Commands commands, InstantSource clock) {
        this.store = store;
        this.commands = commands;
        this.clock = clock;
    }

    void addTo(Routes routes) {
        routes.add("POST", "/v1/regions/{region}/tokens", this::ofRegion);
        routes.add("POST", "/v1/environments/{environment}/director-tokens", this::ofDirector);
    }

    /** How long, as text; null for the default. */
    private record Wanted(@Nullable String expires) {}

    /** Whom a token lets in. */
    private record For(EnvironmentName environment, RegionName region, int incarnation) {}

    private interface Whom {
        For of(Writer tx);
    }

    private Answer ofRegion(Call call) {
        return make(call, tx -> {
            var place = BringUpApi.place(tx, call.parameter("region"));
            var way = place.row().value().way();
            if (place.row().generation() == Writer.ABSENT) {
                throw new ApiException(
                        ErrorCode.CONFLICT,
                        "token for " + way.region() + ": it is declared by the settings, which name its tokens");
            }
            if (way.leaving() || way.state() == RegionState.RETIRED) {
                throw new ApiException(
                        ErrorCode.CONFLICT, "token for " + way.region() + ": it is " + way.state() + " on its way out");
            }
            return new For(way.environment(), way.region(), way.incarnation());
        });
    }

    private Answer ofDirector(Call call) {
        return make(call, tx -> {
            var name = Call.identifier(EnvironmentName::new, call.parameter("environment"));
            return new For(Lookup.environment(tx, name).name(), DIRECTOR, 0);
        });
    }

    private Answer make(Call call, Whom whom) {
        var bytes = call.bytes();
        var wanted = bytes.length == 0 ? new Wanted(null) : Call.json(bytes, Wanted.class);
        var life = wanted.expires() == null ? LIFE : RolloutsApi.duration(wanted.expires());
        if (life.isNegative() || life.isZero() || life.compareTo(LONGEST_LIFE) > 0) {
            throw new ApiException(
                    ErrorCode.INVALID, "expires: " + life + " (expected: above PT0S, at most " + LONGEST_LIFE + ")");
        }
        var secret = new byte[BYTES];
        random.nextBytes(secret);
        var token = HexFormat.of().formatHex(secret);
        // Not kept for an Idempotency-Key: what is stored is the digest, and nothing else.
        return Answer.json(201, store.write(tx -> {
            var let = whom.of(tx);
            var expires = clock.instant().plus(life);
            if (!call.dryRun()) {
                var key = key(token);
                var record = new Records.NodeToken(
                        Records.SCHEMA, let.environment(), let.region(), let.incarnation(), expires, "");
                Table.NODE_TOKENS.put(tx, key, Writer.ABSENT, record);
                commands.log(
                        tx,
                        call,
                        "portolan.node.token",
                        record.subject(),
                        "",
                        Map.of("region", let.region(), "expiresAt", expires),
                        Table.NODE_TOKENS,
                        key,
                        record);
            }
            return new BringUpBody.TokenBody(token, let.region(), let.environment(), expires);
        }));
    }

    /** Key under which a token is known. */
    static String key(String token) {
        return Digest.of(token.getBytes(StandardCharsets.UTF_8)).value();
    }
}
