"""Runs a server for as long as somebody wants it: until its standard input ends, as it does with the process that holds the other end.

    python tests/stores/guard.py [--signal INT] [--as USER] [--remove FOLDER] COMMAND…

The server gets the signal (default TERM), five seconds later KILL; a guard that is killed takes its server with it (Linux).
"""

from __future__ import annotations

import argparse
import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import threading

_DEATH = 1
"""PR_SET_PDEATHSIG."""


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_DEATH, signal.SIGKILL)


def main() -> int:
    """Start the command, wait for the end of input, stop it. Its exit code if it ends by itself."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--signal", default="TERM")
    parser.add_argument("--as", dest="user", default="")
    parser.add_argument("--remove", default="")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    asked = parser.parse_args()
    user = {}
    if asked.user:
        entry = pwd.getpwnam(asked.user)
        user = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": [], "cwd": "/"}
    server = subprocess.Popen(asked.command, stdin=subprocess.DEVNULL, start_new_session=True,
                              preexec_fn=_die_with_parent if sys.platform == "linux" else None, **user)
    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(each, lambda *_: os.close(0))
    threading.Thread(target=_watch, args=(server, getattr(signal, f"SIG{asked.signal}")), daemon=True).start()
    code = server.wait()
    if asked.remove:
        shutil.rmtree(asked.remove, ignore_errors=True)
    return code


def _watch(server: subprocess.Popen[bytes], how: signal.Signals) -> None:
    try:
        while os.read(0, 4096):
            pass
    except OSError:
        pass
    server.send_signal(how)
    try:
        server.wait(5)
    except subprocess.TimeoutExpired:
        server.kill()


if __name__ == "__main__":
    sys.exit(main())
