#!/usr/bin/env bash
# Stops exactly what start.sh started (pid files in $LAB/run; each daemon leads a process group, so that its workers go with it). Data stay;
# --wipe removes databases, logs and configuration too, but not the virtual environment.
set -u
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
began=$SECONDS

stop() { # SECONDS NAME…: ask all at once, then kill what is left of each group
  local wait=$1 name pid since left _ groups=()
  shift
  for name; do
    if alive "$name"; then read -r pid since <"$RUN/$name.pid"; groups+=("$pid"); kill "$pid" 2>/dev/null; fi
  done
  for _ in $(seq 1 $((wait * 10))); do
    left=0
    for name; do alive "$name" && left=1; done
    [ $left = 0 ] && break
    sleep 0.1
  done
  for pid in "${groups[@]:-}"; do [ -n "$pid" ] && kill -9 -- "-$pid" 2>/dev/null; done
  for name; do rm -f "$RUN/$name.pid"; done
}

names=()
for file in "$RUN"/*.pid; do [ -e "$file" ] && names+=("$(basename "$file" .pid)"); done
last=" mariadb rabbit epmd "
services=()
for name in "${names[@]:-}"; do [[ -n "$name" && "$last" != *" $name "* ]] && services+=("$name"); done
# The services first, then the bus and the database that they talk to.
stop 5 "${services[@]:-}"
stop 30 mariadb rabbit
stop 5 epmd
if [ "${1:-}" = --wipe ]; then rm -rf "$ETC" "$RUN" "$LOG" "$DATA" "$DONE" "$LAB/clouds.yaml"; fi
echo "openstack lab: stopped in $((SECONDS - began)) s"
