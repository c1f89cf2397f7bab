#!/bin/sh
# What tests need and a fresh Debian lacks: a browser, PostgreSQL's server, another clock, and the
# proxy, which goes into the environment whose folder is the argument. Elsewhere, and for other users
# than root, nothing happens: tests that need these things say so and are skipped.
set -eu
[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || exit 0
prefix=$1
export DEBIAN_FRONTEND=noninteractive

exec 9>/run/lock/footguns-requirements.lock
flock 9 # workers of one test run ask at the same time

missing=
command -v chromium >/dev/null || missing="$missing chromium"
command -v faketime >/dev/null || missing="$missing faketime"
command -v useradd >/dev/null || missing="$missing passwd"
command -v pkill >/dev/null || missing="$missing procps"
command -v systemd-analyze >/dev/null || missing="$missing systemd"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
# Debian starts a cluster of its own with the package; the tests start theirs.
if [ -n "$missing" ]; then
    mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] ||
        echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
    # Somebody else may be installing something.
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        apt-get update -qq && break
        sleep 6
    done
    # shellcheck disable=SC2086
    apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends $missing
fi
sh "$(dirname "$0")/../course/hub/install_proxy.sh" "$prefix"
