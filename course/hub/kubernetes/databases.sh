#!/bin/sh
# PostgreSQL's image runs this once, on an empty volume: a role and a database each for the Hub and
# for the course's gradebook, and neither role can open the other one's.
set -eu
make() {
  psql --set ON_ERROR_STOP=1 --set name="$1" --set password="$2" --username "$POSTGRES_USER" <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
}
make footguns_hub "$HUB_PASSWORD"
make footguns_course "$COURSE_PASSWORD"
