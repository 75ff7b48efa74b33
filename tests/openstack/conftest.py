"""The OpenStack of the tests: the lab's real services, a project of its own for each test, and a proxy before them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.openstack.lab import FOLDER, Lab, Project, running


def pytest_configure(config: pytest.Config) -> None:
    """What openstacksdk says about its own next releases is no news here."""
    config.addinivalue_line("filterwarnings", "ignore::PendingDeprecationWarning")


@pytest.fixture(scope="session")
def lab() -> Lab:
    """The lab that runs. Without one its tests are skipped; one that was named must run."""
    found = running()
    if isinstance(found, str):
        if os.environ.get(FOLDER):
            pytest.fail(found)
        pytest.skip(found)
    return found


@pytest.fixture
def project(lab: Lab) -> Iterator[Project]:
    """An empty project with a member and a proxy; what a test leaves there goes with it."""
    with lab.project() as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path, project: Project, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to write blueprints in, with the project's credentials in the environment and nothing of the machine's own settings."""
    for name in [name for name in os.environ if name.startswith(("MCFLOW_", "OS_"))]:
        monkeypatch.delenv(name)
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    for name, value in project.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return tmp_path
