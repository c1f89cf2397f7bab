#!/bin/sh
# The Hub's proxy, into the environment whose folder is the argument, whose own npm fetches it.
set -eu
[ -x "$1/node/node_modules/.bin/configurable-http-proxy" ] ||
    "$1/bin/npm" install --silent --no-fund --no-audit --prefix "$1/node" \
        configurable-http-proxy@5.3.0
