#!/usr/bin/env bash
# A real S3 server of one node: a Ceph RADOS gateway, in memory, on loopback. Debian:
#   apt-get install --no-install-recommends radosgw ceph-mon ceph-osd
#
#   ceph-rgw.sh FOLDER MONITOR_PORT S3_PORT
#
# Prints `ready` on standard output. Lives until its standard input ends, and takes all it started with it: whoever
# holds the other end of the pipe may die of anything. Users: AK/SK, and OTHER/OTHERSECRET, who owns nothing.
set -euo pipefail
folder=$(realpath -m "$1") monitor=$2 s3=$3
mkdir -p "$folder"/{mon,osd,run,log,rgw}
fsid=$(cat /proc/sys/kernel/random/uuid)

cat > "$folder/ceph.conf" <<CONF
[global]
fsid = $fsid
mon host = v1:127.0.0.1:$monitor
auth cluster required = none
auth service required = none
auth client required = none
ms bind ipv6 = false
ms bind msgr2 = false
public addr = 127.0.0.1
cluster addr = 127.0.0.1
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
mon data avail crit = 1
run dir = $folder/run
admin socket = $folder/run/\$cluster-\$name.asok
log file = $folder/log/\$name.log
pid file = $folder/run/\$name.pid
[mon]
mon data = $folder/mon
mon initial members = a
[osd]
osd data = $folder/osd
osd objectstore = memstore
memstore device bytes = 6442450944
# Both are commands that it sends before it knows the cluster's identity, and dies of the answer, one start in three.
osd class update on start = false
osd crush update on start = false
osd class load list = *
osd class default list = *
[client.rgw.t]
rgw frontends = beast endpoint=127.0.0.1:$s3
rgw data = $folder/rgw
rgw gc obj min wait = 1
rgw gc processor period = 5
rgw enable usage log = false
CONF

conf=(-c "$folder/ceph.conf")
children=()
# The gateway first, then what it asks: the other way round each waits for one that is gone.
end() {
  trap - EXIT
  for ((at = ${#children[@]} - 1; at >= 0; at--)); do kill -KILL "${children[$at]}" 2>/dev/null || true; done
  wait 2>/dev/null || true
  # What it kept is nobody's; but of a start that failed, the log is.
  [ -z "${was_ready:-}" ] || rm -rf "$folder"
  exit 0
}
trap end EXIT TERM INT HUP
run() {
  "$@" </dev/null >>"$folder/log/output" 2>&1 &
  children+=($!)
}

monmaptool --create --addv a "[v1:127.0.0.1:$monitor]" --fsid "$fsid" --clobber "$folder/monmap" >/dev/null
ceph-mon "${conf[@]}" --mkfs -i a --monmap "$folder/monmap" >>"$folder/log/output" 2>&1
run ceph-mon "${conf[@]}" -i a -f
# memstore makes up an identity of its own when it is formatted: that one is told to the monitor.
ceph-osd "${conf[@]}" -i 0 --mkfs >>"$folder/log/output" 2>&1
ceph "${conf[@]}" --connect-timeout 20 osd new "$(cat "$folder/osd/fsid")" >/dev/null 2>>"$folder/log/output"
run ceph-osd "${conf[@]}" -i 0 -f
ceph "${conf[@]}" osd crush add osd.0 1 root=default host=here >/dev/null 2>>"$folder/log/output"
run radosgw "${conf[@]}" -n client.rgw.t -f
for _ in $(seq 240); do
  curl -fs -o /dev/null "http://127.0.0.1:$s3/" && break
  sleep 0.25
done
user() { radosgw-admin "${conf[@]}" user create --uid="$1" --display-name="$1" --access-key="$2" --secret-key="$3" >/dev/null 2>>"$folder/log/output"; }
user t AK SK
user other OTHER OTHERSECRET
was_ready=yes
echo ready

# Until the other end is gone.
cat >/dev/null || true
