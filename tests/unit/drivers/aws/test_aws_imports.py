"""Importing the driver costs no SDK; the registry finds it."""

from __future__ import annotations

import subprocess
import sys

from mcflow.drivers.sdk.registry import install_hint, load_driver


def test_importing_the_driver_imports_no_botocore() -> None:
    heavy = "('boto', 's3transfer', 'cryptography')"
    code = f"import mcflow.drivers.aws, sys; print([name for name in sys.modules if name.startswith({heavy})])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_registry_loads_it() -> None:
    driver = load_driver("aws")
    assert set(driver.lowerings) >= {"vpc", "subnet", "security_group", "key_pair", "vm", "disk", "public_ip"}
    assert all(name.startswith("aws.") for name in driver.natives)
    assert "mcflow[aws]" in install_hint("aws")
