"""Who runs mcflow, where and for which change: for the audit log and for those who wait for the lease."""

from __future__ import annotations

import getpass
import os
from collections.abc import Mapping

_CI_LINKS = ("CI_JOB_URL", "BUILD_URL", "CIRCLE_BUILD_URL")
_COMMITS = ("GITHUB_SHA", "CI_COMMIT_SHA", "GIT_COMMIT", "CIRCLE_SHA1")
_PEOPLE = ("MCFLOW_WHO", "GITHUB_ACTOR", "GITLAB_USER_LOGIN", "USER", "LOGNAME")


def who(environ: Mapping[str, str]) -> str:
    """A person's or a job's name."""
    named = _first(environ, _PEOPLE)
    if named:
        return named
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"uid {os.getuid()}"


def ci_link(environ: Mapping[str, str]) -> str:
    """A link to the CI job that runs this; empty where there is none."""
    if environ.get("GITHUB_RUN_ID"):
        host, repository = environ.get("GITHUB_SERVER_URL", "https://github.com"), environ.get("GITHUB_REPOSITORY", "")
        return f"{host}/{repository}/actions/runs/{environ['GITHUB_RUN_ID']}"
    return _first(environ, _CI_LINKS)


def commit(environ: Mapping[str, str]) -> str:
    """The commit that is being applied, as the CI says; empty where it does not."""
    return _first(environ, _COMMITS)


def _first(environ: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((environ[name] for name in names if environ.get(name)), "")
