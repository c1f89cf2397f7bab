#!/bin/sh
# Makes an authority of your own, and by it a certificate each for dask's scheduler, its workers and
# the formgrader, in the folder named (default: certificates). They are valid for a year; run it in
# a new folder for others. What to do with them is in docs/hub.md.
set -eu
umask 077
folder=${1:-certificates}
mkdir "$folder"
cd "$folder"
openssl req -x509 -newkey rsa:3072 -nodes -days 366 -subj "/CN=footguns-dask" \
  -keyout ca.key -out ca.crt 2> /dev/null
for name in scheduler worker client; do
  mkdir "$name"
  openssl req -newkey rsa:3072 -nodes -subj "/CN=dask-$name" \
    -keyout "$name/tls.key" -out request 2> /dev/null
  openssl x509 -req -in request -days 365 -CA ca.crt -CAkey ca.key -CAcreateserial \
    -out "$name/tls.crt" 2> /dev/null
  cp ca.crt "$name/ca.crt"
  rm request
done
# Whoever has it makes certificates that the scheduler trusts.
rm ca.key ca.srl
echo "$folder"
