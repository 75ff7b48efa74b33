"""Starting is cheap: what a command does not need, it does not import."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

CLOUDS = ("boto3", "botocore", "azure", "google", "openstack")
HEAVY = ("networkx", "jsonschema", "jsonschema_rs", "jinja2", "yaml", "cryptography", "rich", "moto")
PRELUDE = "import json, sys, resource\n"
REPORT = """
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({"modules": sorted({name.partition(".")[0] for name in sys.modules}), "cpu": used.ru_utime + used.ru_stime}))
"""


def _run(code: str) -> dict[str, object]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("COVERAGE", "PYTEST"))}
    done = subprocess.run([sys.executable, "-c", PRELUDE + code + REPORT], capture_output=True, text=True, env=environment, check=True)
    answer: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _loaded(code: str) -> set[str]:
    modules = _run(code)["modules"]
    assert isinstance(modules, list)
    return set(modules)


HELP = """
from mcflow.cli import main
sys.argv = ["mcflow", "--help"]
try:
    main()
except SystemExit:
    pass
"""


STARTS = {"mcflow": "import mcflow", "api": "import mcflow.engine.api", "cli": "import mcflow.cli", "help": HELP}


@pytest.mark.parametrize("code", STARTS.values(), ids=STARTS)
def test_starting_imports_neither_clouds_nor_heavy_libraries(code: str) -> None:
    loaded = _loaded(code)
    assert not loaded & {*CLOUDS, *HEAVY}


@pytest.mark.parametrize("driver", ["mock", "aws", "openstack"])
def test_loading_a_driver_does_not_import_an_sdk(driver: str) -> None:
    loaded = _loaded(f"from mcflow.drivers.sdk.registry import load_driver; load_driver({driver!r})")
    assert not loaded & set(CLOUDS)


def test_help_takes_less_than_150_milliseconds_of_cpu() -> None:
    best = min(float(str(_run(HELP)["cpu"])) for _ in range(5))
    assert best < 0.15, f"mcflow --help took {best:.3f} s of CPU"
