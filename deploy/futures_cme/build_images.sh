#!/usr/bin/env bash
# Builds static programs on this machine and puts each into an image that holds nothing else.
#
#   deploy/futures_cme/build_images.sh
#
# Needs cargo, a C compiler and a Docker engine, but no registry: the images start FROM scratch.
#
# CARGO_TARGET_DIR   where cargo builds (default: target)
# COMPOSE            compose command (default: docker-compose, or docker compose where that is installed)
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../.."
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}
platform=$(rustc -vV | sed -n 's/^host: //p')
if [[ -z ${COMPOSE:-} ]]; then
  if docker compose version > /dev/null 2>&1; then COMPOSE="docker compose"; else COMPOSE=docker-compose; fi
fi
read -ra compose <<< "$COMPOSE"

# The platform is named although it is the host's own: without it the flag would reach build scripts and macros too.
RUSTFLAGS="-C target-feature=+crt-static" cargo build --release --locked --workspace --bins --target "$platform"
rm -rf "$here/dist"
mkdir -p "$here/dist"
for program in calendar dataset risk-gate paper-broker edge-gw peakctl; do
  cp "$CARGO_TARGET_DIR/$platform/release/$program" "$here/dist/"
done

# The classic builder is everywhere; the images are a handful of COPY lines.
export PT_IMAGE_TARGET=prebuilt DOCKER_BUILDKIT=0 COMPOSE_DOCKER_CLI_BUILD=0
"${compose[@]}" -p peaktrade-futures-cme -f "$here/docker-compose.yml" --profile runner build
# Images that this build replaced have lost their names and would pile up.
docker image prune --force --filter label=org.opencontainers.image.title=peaktrade-futures-cme
