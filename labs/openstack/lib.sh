# shellcheck shell=bash
# Sourced by up.sh, start.sh and down.sh: where the lab lives, which ports it takes, and what keeps its daemons.
# Everything may be set from outside.
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
LAB="${LAB:-$(cd "$here/../.." && pwd -P)/.labs/openstack}"  # all of it: virtual environment, configuration, data, logs
VENV="${VENV:-$LAB/venv}"
HOST=127.0.0.1                              # nothing listens anywhere else
REGION="${REGION:-RegionOne}"
SECRET=oslab                                # a cloud on the loopback with nothing in it: one password for everything
# All below 32768, so that no outgoing connection can be sitting on one of them.
P_KEYSTONE=${P_KEYSTONE:-15000} P_GLANCE=${P_GLANCE:-19292} P_PLACEMENT=${P_PLACEMENT:-18778}
P_NOVA=${P_NOVA:-18774} P_NEUTRON=${P_NEUTRON:-19696} P_CINDER=${P_CINDER:-18776}
P_OCTAVIA=${P_OCTAVIA:-19876} P_MANILA=${P_MANILA:-18786} P_MAGNUM=${P_MAGNUM:-19511}
P_SWIFT=${P_SWIFT:-18080} P_SWIFT_OBJ=${P_SWIFT_OBJ:-16200} P_SWIFT_CON=${P_SWIFT_CON:-16201} P_SWIFT_ACC=${P_SWIFT_ACC:-16202}
P_RABBIT=${P_RABBIT:-15670} P_DIST=${P_DIST:-15671} P_EPMD=${P_EPMD:-14369}
WITH=${WITH-cinder octavia manila swift magnum}         # optional services; the rest is always there

ETC=$LAB/etc RUN=$LAB/run LOG=$LAB/log DATA=$LAB/data DONE=$LAB/done
SOCK=$RUN/mysqld.sock
PY=$VENV/bin/python

has() { case " $WITH " in *" $1 "*) return 0 ;; *) return 1 ;; esac; }
die() { echo "openstack lab: $*" >&2; exit 1; }

# A pid file counts only if the process is the one that was started: its start time is kept beside its number.
started_at() { awk '{sub(/^.*\) /, ""); print $20}' "/proc/$1/stat" 2>/dev/null; }
alive() {
  local pid since
  [ -f "$RUN/$1.pid" ] && read -r pid since <"$RUN/$1.pid" && [ -n "$since" ] && [ "$(started_at "$pid")" = "$since" ]
}

# spawn NAME COMMAND…: a daemon that leads its own process group, with a pid file and a log.
spawn() {
  local name=$1 pid; shift
  alive "$name" && return 0
  setsid "$@" >>"$LOG/$name.log" 2>&1 </dev/null 9>&- &
  pid=$!
  disown
  echo "$pid $(started_at "$pid")" >"$RUN/$name.pid"
}

listens() { (exec 3<>"/dev/tcp/$HOST/$1") 2>/dev/null; }

wait_port() { # NAME PORT SECONDS
  local _
  for _ in $(seq 1 $(($3 * 10))); do
    listens "$2" && return 0
    alive "$1" || { tail -n 20 "$LOG/$1.log" >&2; die "$1 ended; see $LOG/$1.log"; }
    sleep 0.1
  done
  die "$1 does not listen on $2 after $3 s"
}

# stage NAME: what has just been done, and how long it took.
stage() {
  local now; now=$(date +%s%N)
  printf '%-34s %4d.%d s\n' "$1" $(((now - stage_began) / 1000000000)) $(((now - stage_began) / 100000000 % 10)) | tee -a "$LAB/times.log"
  stage_began=$now
}
