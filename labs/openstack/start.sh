#!/usr/bin/env bash
# One attempt at starting the lab; up.sh is what people call. Prints a line per stage; ends with a code that is not 0 if a stage failed.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$here/../../.ci/setup.sh"               # install_packages, as_root, find_python
export PYTHONPATH=$here/plugins PYTHONWARNINGS=ignore
export PYTHONDONTWRITEBYTECODE=            # byte code is worth seconds at every start
unset OS_CLOUD http_proxy https_proxy HTTP_PROXY HTTPS_PROXY || true
mkdir -p "$LAB" "$ETC" "$RUN" "$LOG" "$DATA" "$DONE"
exec 9>"$LAB/lock"
flock -w 600 9 || die "another start has been going on for ten minutes"
began=$(date +%s%N) stage_began=$began
echo "--- $(date -u +%FT%TZ)" >>"$LAB/times.log"

# --- 1. Debian packages ----------------------------------------------------------------------------------------
packages=()
command -v mariadbd >/dev/null || packages+=(mariadb-server-core)
command -v mariadb >/dev/null || packages+=(mariadb-client-core)
[ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || packages+=(rabbitmq-server)
if [ ${#packages[@]} != 0 ]; then
  # rabbitmq-server would be started on every interface while it is being installed, where the machine allows that.
  forbidden=
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee /usr/sbin/policy-rc.d >/dev/null
    as_root chmod +x /usr/sbin/policy-rc.d
    forbidden=1
  fi
  installed=0
  install_packages "${packages[@]}" || installed=1
  [ -z "$forbidden" ] || as_root rm -f /usr/sbin/policy-rc.d
  [ $installed = 0 ] || die "could not install ${packages[*]}"
fi
stage "Debian packages"

# --- 2. virtual environment ------------------------------------------------------------------------------------
wanted="$VENV $(cksum <"$here/requirements.txt")"
if [ "$(cat "$VENV/.oslab" 2>/dev/null)" != "$wanted" ]; then
  if ! "$PY" -c 'import pip' >/dev/null 2>&1; then
    base=$(find_python) || die "needs Python 3.11 to 3.13"
    "$base" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || die "needs Python 3.11 to 3.13, and $base is another"
    "$base" -c 'import ensurepip, venv' >/dev/null 2>&1 || install_packages python3-venv || die "needs Python's venv"
    "$base" -m venv "$VENV"
  fi
  "$PY" -m pip install -q uv >"$LOG/pip.log" 2>&1 || { tail -n 20 "$LOG/pip.log" >&2; die "could not install uv"; }
  # Byte code once, here, and not again by each of some twenty-five processes at every start.
  "$VENV/bin/uv" pip install --compile-bytecode --python "$PY" -r "$here/requirements.txt" >>"$LOG/pip.log" 2>&1 \
    || { tail -n 20 "$LOG/pip.log" >&2; die "could not install OpenStack"; }
  echo "$wanted" >"$VENV/.oslab"
  stage "Python packages, byte-compiled"
fi
SITE=$("$PY" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
cp "$here/plugins/oslab/nova_virt_oslab.py" "$SITE/nova/virt/oslab.py"

# --- 3. configuration ------------------------------------------------------------------------------------------
. "$here/configure.sh"
stage "configuration"

# --- 4. database and message bus --------------------------------------------------------------------------
if [ ! -d "$DATA/mysql/mysql" ]; then
    mariadb-install-db --no-defaults --datadir="$DATA/mysql" --auth-root-authentication-method=normal \
        --skip-test-db --user="$(id -un)" > "$LOG/mariadb-install.log" 2>&1 || die "mariadb-install-db"
fi
# Socket only. Durability is off: the data are worth nothing after a crash.
spawn mariadb mariadbd --no-defaults --datadir="$DATA/mysql" --socket="$SOCK" --pid-file="$RUN/mariadbd.own" \
    --user="$(id -un)" --skip-networking --skip-log-bin --skip-name-resolve --max-connections=600 \
    --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 --innodb-flush-method=nosync --innodb-file-per-table=0 \
    --innodb-buffer-pool-size=192M --innodb-log-file-size=64M --performance-schema=off \
    --character-set-server=utf8mb3 --collation-server=utf8mb3_general_ci

# Erlang's port mapper belongs to us too, so that it goes away with the rest.
spawn epmd env ERL_EPMD_RELAXED_COMMAND_CHECK=1 epmd -address $HOST -port "$P_EPMD" -relaxed_command_check
mkdir -p "$DATA/rabbit"
: > "$ETC/rabbitmq-env.conf"; : > "$ETC/enabled_plugins"; echo '[].' > "$ETC/enabled_plugins"
cat > "$ETC/rabbitmq.conf" <<X
listeners.tcp.local = $HOST:$P_RABBIT
log.console = true
log.file = false
log.console.level = warning
vm_memory_high_watermark.absolute = 1GB
disk_free_limit.absolute = 50MB
X
spawn rabbit env -u PYTHONPATH HOME="$DATA/rabbit" RABBITMQ_NODENAME=oslab@localhost RABBITMQ_CONF_ENV_FILE="$ETC/rabbitmq-env.conf" \
    RABBITMQ_CONFIG_FILE="$ETC/rabbitmq" RABBITMQ_ENABLED_PLUGINS_FILE="$ETC/enabled_plugins" \
    RABBITMQ_DIST_PORT="$P_DIST" RABBITMQ_MNESIA_BASE="$DATA/rabbit/mnesia" RABBITMQ_LOG_BASE="$LOG" \
    RABBITMQ_PID_FILE="$RUN/rabbit.own" ERL_EPMD_PORT="$P_EPMD" ERL_EPMD_ADDRESS=$HOST \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1} +S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none" \
    /usr/lib/rabbitmq/bin/rabbitmq-server
for i in $(seq 1 300); do [ -S "$SOCK" ] && mariadb --no-defaults -S "$SOCK" -u root -e 'select 1' >/dev/null 2>&1 && break; alive mariadb || die "mariadb: $LOG/mariadb.log"; sleep 0.1; done
if [ ! -f "$DONE/databases" ]; then
    {
        for d in keystone placement glance nova nova_api nova_cell0 neutron cinder octavia manila magnum; do
            echo "CREATE DATABASE IF NOT EXISTS $d CHARACTER SET utf8mb3;"
        done
        echo "CREATE USER IF NOT EXISTS oslab@localhost IDENTIFIED BY '$SECRET'; GRANT ALL ON *.* TO oslab@localhost;"
    } | mariadb --no-defaults -S "$SOCK" -u root
    touch "$DONE/databases"
fi
stage "MariaDB"

# --- 5. schemas and services ------------------------------------------------------------------------------
B=$VENV/bin
once() { # NAME command...: run once in the lab's life, with its own log
    local n=$1; shift
    [ -f "$DONE/$n" ] && return 0
    local since=$SECONDS
    "$@" > "$LOG/$n.log" 2>&1 || { tail -5 "$LOG/$n.log"; die "$n failed: $LOG/$n.log"; }
    echo "  $n: $((SECONDS - since)) s" >>"$LAB/times.log"
    touch "$DONE/$n"
}
C() { echo "--config-file=$ETC/$1"; }
sync_keystone() {
    "$B/keystone-manage" $(C keystone/keystone.conf) db_sync
    "$B/keystone-manage" $(C keystone/keystone.conf) fernet_setup --keystone-user "$(id -un)" --keystone-group "$(id -gn)"
    "$B/keystone-manage" $(C keystone/keystone.conf) credential_setup --keystone-user "$(id -un)" --keystone-group "$(id -gn)"
    "$B/keystone-manage" $(C keystone/keystone.conf) bootstrap --bootstrap-password "$SECRET" --bootstrap-region-id "$REGION" \
        --bootstrap-public-url "$KS" --bootstrap-internal-url "$KS" --bootstrap-admin-url "$KS"
}
sync_nova() {
    "$B/nova-manage" $(C nova/nova.conf) api_db sync
    "$B/nova-manage" $(C nova/nova.conf) cell_v2 map_cell0 --database_connection "$(db nova_cell0)"
    "$B/nova-manage" $(C nova/nova.conf) cell_v2 create_cell --name cell1
    "$B/nova-manage" $(C nova/nova.conf) db sync     # cell0 and cell1
}
sync_swift() {
    local kind port
    for kind in object container account; do
        case $kind in object) port=$P_SWIFT_OBJ;; container) port=$P_SWIFT_CON;; account) port=$P_SWIFT_ACC;; esac
        "$B/swift-ring-builder" "$ETC/swift/$kind.builder" create 4 1 1
        "$B/swift-ring-builder" "$ETC/swift/$kind.builder" add "r1z1-$HOST:$port/d1" 1
        "$B/swift-ring-builder" "$ETC/swift/$kind.builder" rebalance
    done
}
serve() { # NAME MODULE PORT [oslo.config arguments]
    local n=$1 m=$2 p=$3; shift 3
    spawn "$n" env OS_KEYSTONE_CONFIG_DIR="$ETC/keystone" OS_PLACEMENT_CONFIG_DIR="$ETC/placement" \
        OS_GLANCE_CONFIG_DIR="$ETC/glance" OS_NOVA_CONFIG_DIR="$ETC/nova" \
        OS_NEUTRON_CONFIG_DIR="$ETC/neutron" OS_NEUTRON_CONFIG_FILES='neutron.conf;ml2.ini' \
        "$PY" -m oslab.serve "$n" "$m" "$HOST:$p" "$@"
}
once keystone-db sync_keystone
serve keystone keystone.wsgi.api "$P_KEYSTONE"
stage "keystone schema"

once placement-db "$B/placement-manage" $(C placement/placement.conf) db sync &  J=$!
once neutron-db "$B/neutron-db-manage" $(C neutron/neutron.conf) $(C neutron/ml2.ini) upgrade heads & J="$J $!"
once nova-db sync_nova & J="$J $!"
once glance-db "$B/glance-manage" $(C glance/glance-api.conf) db_sync & J="$J $!"
has cinder && { once cinder-db "$B/cinder-manage" $(C cinder/cinder.conf) db sync & J="$J $!"; }
has octavia && { once octavia-db "$B/octavia-db-manage" $(C octavia/octavia.conf) upgrade head & J="$J $!"; }
has manila && { once manila-db "$B/manila-manage" $(C manila/manila.conf) db sync & J="$J $!"; }
has magnum && { once magnum-db "$B/magnum-db-manage" $(C magnum/magnum.conf) upgrade & J="$J $!"; }
has swift && { once swift-rings sync_swift & J="$J $!"; }
wait_port keystone "$P_KEYSTONE" 60
once accounts "$PY" "$here/seed.py" accounts "$LAB/clouds.yaml" "$SECRET" \
    placement=http://$HOST:$P_PLACEMENT image=http://$HOST:$P_GLANCE compute=http://$HOST:$P_NOVA/v2.1 \
    network=http://$HOST:$P_NEUTRON \
    $(has cinder && echo block-storage=http://$HOST:$P_CINDER/v3) \
    $(has octavia && echo load-balancer=http://$HOST:$P_OCTAVIA) \
    $(has manila && echo shared-file-system=http://$HOST:$P_MANILA/v2) \
    $(has swift && echo "object-store=http://$HOST:$P_SWIFT/v1/AUTH_%(tenant_id)s") \
    $(has magnum && echo container-infrastructure-management=http://$HOST:$P_MAGNUM/v1)
for j in $J; do wait "$j" || die "a schema failed"; done
stage "other schemas + accounts"

wait_port rabbit "$P_RABBIT" 60
stage "RabbitMQ (started above)"

serve placement placement.wsgi.api "$P_PLACEMENT"
serve glance glance.wsgi.api "$P_GLANCE"
serve neutron neutron.wsgi.api "$P_NEUTRON"
serve nova-api nova.wsgi.osapi_compute "$P_NOVA"
spawn nova-conductor "$B/nova-conductor" $(C nova/nova.conf)
spawn nova-scheduler "$B/nova-scheduler" $(C nova/nova.conf)
wait_port placement "$P_PLACEMENT" 90
spawn nova-compute "$B/nova-compute" $(C nova/nova.conf)
if has cinder; then
    serve cinder-api cinder.wsgi.api "$P_CINDER" $(C cinder/cinder.conf)
    spawn cinder-scheduler "$B/cinder-scheduler" $(C cinder/cinder.conf)
    spawn cinder-volume "$B/cinder-volume" $(C cinder/cinder.conf)
fi
has octavia && serve octavia octavia.wsgi.api "$P_OCTAVIA" $(C octavia/octavia.conf)
if has manila; then
    serve manila-api manila.wsgi.api "$P_MANILA" $(C manila/manila.conf)
    spawn manila-scheduler "$B/manila-scheduler" $(C manila/manila.conf)
    # On the very first start both make the availability zone "nova"; the loser finds neither its own row nor the
    # other's (REPEATABLE READ) and hangs. So the scheduler goes first (seen once in six fresh starts).
    for i in $(seq 1 600); do
        [ "$(mariadb --no-defaults -S "$SOCK" -u root -Nse 'select count(*) from manila.availability_zones')" = 0 ] || break
        sleep 0.1
    done
    spawn manila-share "$B/manila-share" $(C manila/manila.conf)
fi
if has swift; then
    for k in object container account proxy; do spawn "swift-$k" "$B/swift-$k-server" "$ETC/swift/$k-server.conf"; done
fi
if has magnum; then
    serve magnum-api magnum.wsgi.api "$P_MAGNUM" $(C magnum/magnum.conf)
    spawn magnum-conductor "$PY" -m oslab.conductor $(C magnum/magnum.conf)
fi
wait_port glance "$P_GLANCE" 120; wait_port neutron "$P_NEUTRON" 120; wait_port nova-api "$P_NOVA" 120
has cinder && wait_port cinder-api "$P_CINDER" 120
has octavia && wait_port octavia "$P_OCTAVIA" 120
has manila && wait_port manila-api "$P_MANILA" 120
has swift && wait_port swift-proxy "$P_SWIFT" 120
has magnum && wait_port magnum-api "$P_MAGNUM" 120
stage "APIs listening"

"$PY" "$here/seed.py" ready "$LAB/clouds.yaml" "$WITH" || die "back ends did not report in"
stage "back ends reported in"
once discover "$B/nova-manage" $(C nova/nova.conf) cell_v2 discover_hosts
once seed "$PY" "$here/seed.py" seed "$LAB/clouds.yaml" "$WITH"
stage "seed"
stage_began=$began; stage "up"
echo "export OS_CLIENT_CONFIG_FILE=$LAB/clouds.yaml OS_CLOUD=oslab"
