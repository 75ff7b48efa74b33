#!/usr/bin/env bash
# Proof on a machine that has nothing: a minbase Debian 12 with python3 and git, a clone, ./tryout and ./check.
#   sudo tests/fresh/chroot.sh [SECTION…]        default: ./check unit
# Needs root and debootstrap (apt-get install debootstrap). KEEP=1 leaves the folder. What this machine needs to reach the
# network (resolver, certificates, pip's and npm's settings) is copied in; nothing else is.
set -eu
[ "$(id -u)" = 0 ] || { echo "chroot.sh: needs root" >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "chroot.sh: needs debootstrap: apt-get install debootstrap" >&2; exit 1; }

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)"
place="$(mktemp -d "${TMPDIR:-/tmp}/mcflow-fresh.XXXXXX")"
inside="$place/debian"

leave() {
  for mount in dev/shm dev/pts dev proc; do
    mountpoint -q "$inside/$mount" && umount -l "$inside/$mount"
  done
  [ -n "${KEEP:-}" ] || rm -rf --one-file-system "$place"
}
trap leave EXIT

mirror="${MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Codename: bookworm' | head -n 1)}"
debootstrap --variant=minbase --include=python3,git bookworm "$inside" ${mirror:+"$mirror"} >"$place/debootstrap.log"
mount -t proc proc "$inside/proc"
mount -t tmpfs tmpfs "$inside/dev"
mkdir -p "$inside/dev/shm" "$inside/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$inside/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$inside/dev/pts"
ln -s pts/ptmx "$inside/dev/ptmx"
for node in "null 1 3" "zero 1 5" "random 1 8" "urandom 1 9" "tty 5 0"; do
  read -r name major minor <<<"$node"; mknod -m 666 "$inside/dev/$name" c "$major" "$minor"
done
ln -s /proc/self/fd "$inside/dev/fd"

cp /etc/resolv.conf "$inside/etc/resolv.conf"
for file in /etc/pip.conf /etc/ssl/certs/ca-certificates.crt /usr/local/share/ca-certificates/*.crt; do
  if [ -f "$file" ]; then install -D -m 644 "$file" "$inside$file"; fi
done
own="$inside/srv/home"
mkdir -p "$own"
if [ -f "$HOME/.npmrc" ]; then install -m 600 "$HOME/.npmrc" "$own/.npmrc"; fi
git -C "$root" bundle create -q "$inside/tmp/mcflow.bundle" HEAD main

authorities=()
if [ -f "${NODE_EXTRA_CA_CERTS:-}" ]; then
  install -D -m 644 "$NODE_EXTRA_CA_CERTS" "$inside/etc/ssl/node.crt"
  authorities=(NODE_EXTRA_CA_CERTS=/etc/ssl/node.crt)
fi
run() {
  chroot "$inside" /usr/bin/env -i HOME=/srv/home PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 "${authorities[@]}" "$@"
}
run sh -c 'dpkg -l | grep -c ^ii; python3 --version; git --version; ! python3 -c "import ensurepip" 2>/dev/null'
run git clone -q -b main /tmp/mcflow.bundle /srv/mcflow
run sh -c 'cd / && /srv/mcflow/tryout'
run sh -c 'cd / && /srv/mcflow/tryout >/dev/null && echo "tryout: twice in a row works"'
run /srv/mcflow/check "${@:-unit}"
