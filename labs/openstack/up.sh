#!/usr/bin/env bash
# A real OpenStack control plane on 127.0.0.1, for tests: keystone, placement, glance, nova (fake hypervisor), neutron (binds ports at once),
# cinder (files), octavia (load balancers on paper), manila (dummy), swift with its S3 API, magnum (clusters on paper). No containers, no KVM,
# no systemd. Run it again whenever: it does only what is missing.
#
#   ./up.sh                      everything
#   WITH="cinder" ./up.sh        of the optional services only cinder (WITH="" for none)
#   ./down.sh [--wipe]           stop (and forget the data)
#
# Needs: a Debian or Ubuntu (root or sudo for two packages, the first time only) with Python 3.11 to 3.13; 3 GiB of memory, 1.2 GB of disk.
set -u
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
if listens "$P_KEYSTONE" && ! alive keystone; then
  die "port $P_KEYSTONE is taken: another lab? stop it, or name its folder in MCFLOW_OPENSTACK_LAB"
fi
"$here/start.sh" && exit
echo "openstack lab: did not come up; once more, from nothing" >&2
"$here/down.sh" --wipe >&2
"$here/start.sh" && exit
echo "openstack lab: did not come up. What its daemons said last:" >&2
tail -q -n 2 "$LOG"/*.log 2>/dev/null | cut -c 1-240 >&2
"$here/down.sh" >&2
exit 1
