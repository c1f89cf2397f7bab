#!/bin/sh
# Prints the variables that compose.yaml asks for, with new secrets. FOOTGUNS_DATA is the folder of the
# machine that holds the exchange and the course's directory; prepare it as is said below.
set -eu
secret() { python3 -c 'import secrets; print(secrets.token_hex(32))'; }
data=${1:-/srv/footguns}
cat <<END
# install --directory --owner=1001 --group=1000 --mode=2770 $data/exchange $data/course
FOOTGUNS_DATA=$data
DOCKER_GROUP=$(getent group docker | cut -d: -f3)
POSTGRES_PASSWORD=$(secret)
HUB_PASSWORD=$(secret)
COURSE_PASSWORD=$(secret)
CONFIGPROXY_AUTH_TOKEN=$(secret)
JPY_COOKIE_SECRET=$(secret)
FORMGRADER_TOKEN_FOOTGUNS=$(secret)
END
