# Shared by the scripts here: packages, the build, the work folder. Sourced, with $packages set.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
root="$(dirname "$here")"
work="$here/target"

missing=()
for package in $packages; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ "${#missing[@]}" -gt 0 ]; then
  if [ "$(id -u)" != 0 ]; then
    echo "missing packages; as root: apt-get update && apt-get install -y --no-install-recommends ${missing[*]}" >&2
    exit 2
  fi
  apt-get -qq update
  DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "${missing[@]}"
fi

# The product as shipped, and the tests' classes, whose mains make the world that a node follows.
if [ "${BENCH_BUILD:-}" != never ]; then
  (cd "$root" && mvn -q -Dquick -DskipTests -Dspotless.check.skip=true -pl region,dist -am package)
  touch "$root/dist/target/portolan/stamp"
fi
mkdir -p "$work/logs"
[ -f "$work/openload" ] && [ "$work/openload" -nt "$here/openload.c" ] || gcc -O2 -w -o "$work/openload" "$here/openload.c"
[ -f "$work/cert.pem" ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
  -keyout "$work/key.pem" -out "$work/cert.pem" -subj /CN=localhost \
  -addext subjectAltName=DNS:localhost,IP:127.0.0.1 2>"$work/logs/openssl.log"
python3 "$here/site.py" "$work"
