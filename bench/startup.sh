#!/usr/bin/env bash
# Start of a region node with many versions on its disk: one command. usage: bench/startup.sh [VERSIONS] [FILES]
# Builds, makes a node's folder with 1,000 versions of 300 files (each also as brotli and gzip), starts the node on it five times.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT

cd "$root"
# The class path of the region module's tests, as Maven says it.
if [ "${BENCH_BUILD:-}" != never ]; then
  mvn -q -Dquick -DskipTests -Dspotless.check.skip=true -pl region,dist -am package
fi
java="${JAVA_HOME:-/usr}/bin/java"
for jdk in /usr/lib/jvm/*25*; do [ -x "$jdk/bin/java" ] && java="$jdk/bin/java"; done
path="region/target/test-classes:testkit/target/classes:$(printf '%s:' dist/target/portolan/lib/*.jar)"
"$java" --enable-native-access=ALL-UNNAMED -Xmx1g -cp "$path" io.portolan.region.StartupMain "$folder" "${1:-1000}" "${2:-300}"
