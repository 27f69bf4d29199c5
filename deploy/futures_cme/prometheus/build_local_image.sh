#!/usr/bin/env bash
# Builds a Prometheus image from Debian's package, for machines on which no image can be pulled.
#
#   deploy/futures_cme/prometheus/build_local_image.sh [IMAGE]
#   export PT_PROMETHEUS_IMAGE=peaktrade-futures-cme/prometheus:local
#
# Needs apt-get, dpkg and a Docker engine. The image holds the two programs, libc and its loader, and no shell.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
image=${1:-peaktrade-futures-cme/prometheus:local}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

(cd "$work" && { apt-get download prometheus || { apt-get update && apt-get download prometheus; }; }) >&2
dpkg -x "$work"/prometheus_*.deb "$work/package"
mkdir -p "$work/context/dist/bin" "$work/context/skel"
cp -r "$here/skel/prometheus" "$work/context/skel/"
for program in prometheus promtool; do
  cp "$work/package/usr/bin/$program" "$work/context/dist/bin/"
  # Lines such as "libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x...)", and the loader without an arrow.
  ldd "$work/package/usr/bin/$program" | grep -o '/[^ ]*' | while read -r library; do
    mkdir -p "$work/context/dist$(dirname "$library")"
    cp -L "$library" "$work/context/dist$library"
  done
done
DOCKER_BUILDKIT=0 docker build --quiet --tag "$image" --file "$here/Dockerfile" "$work/context"
