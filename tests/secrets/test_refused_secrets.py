"""Secrets where none can be, or that do not fit: refused without being told, in any form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.secrets.scanner import leaks
from tests.secrets.station import Station

SECRET = 'Refused"Secret/é+&%-41d7-Hq'
NET = {"net": {"type": "vpc", "properties": {"cidr": "10.0.0.0/16"}}}
REFUSED: dict[str, dict[str, Any]] = {
    "pattern": {"variable": {"pattern": "^x$"}},
    "enum": {"variable": {"enum": ["a", "b"]}},
    "length": {"variable": {"min_length": 99}},
    "rule": {"variable": {"validation": [{"check": "{{ vars.secret == 'x' }}", "message": "no"}]}},
    "key of for_each": {"resources": {"net": {**NET["net"], "for_each": "{{ [vars.secret] }}"}}},
    "property": {"resources": {"net": {"type": "vpc", "properties": {"cidr": "{{ vars.secret }}"}}}},
    "condition": {"resources": {"net": {**NET["net"], "when": "{{ vars.secret }}"}}},
    "connection": {"resources": {"net": {**NET["net"], "connection": "{{ vars.secret }}"}}},
    "time-out": {"resources": {"net": {**NET["net"], "timeouts": {"create": "{{ vars.secret }}"}}}},
    "index": {"locals": {"m": {"a": 1}}, "outputs": {"o": "{{ locals.m[vars.secret] }}"}},
    "functions": {"outputs": {name: f"{{{{ {text} }}}}" for name, text in {
        "a": "int(vars.secret)", "b": "cidrsubnet(vars.secret, 8, 1)", "c": "from_json(vars.secret)", "d": "file(vars.secret)",
        "e": "regex('a', vars.secret ~ '(')", "f": "lookup({'a': 1}, vars.secret)", "g": "vars.secret + 1", "h": "from_b64(vars.secret)",
    }.items()}},
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_is_not_told(tmp_path: Path, case: str) -> None:
    station = Station(tmp_path, {})
    told = dict(REFUSED[case])
    variable = {"type": "string", "sensitive": True, **told.pop("variable", {})}
    connections = {"c": station.cloud.connection}
    blueprint = {"mcflow": 1, "name": "x", "variables": {"secret": variable}, "connections": connections, "resources": NET}
    (station.folder / "mcflow.yaml").write_text(json.dumps({**blueprint, **told}))
    given = {"MCFLOW_VAR_secret": SECRET, "MCFLOW_DEBUG": "1"}
    station.run("apply", "-y", "-vv", "--json-into", "events.jsonl", expect=(1,), **given)
    written = [(str(path), path.read_bytes()) for top in (station.folder, station.home) for path in top.rglob("*") if path.is_file()]
    assert [(where, form) for where, data in [*station.said, *written] for form in leaks(data, SECRET)] == []
    assert b"MC0" in b"".join(data for _, data in station.said)
    assert not any(b"Traceback" in data or b"MC0904" in data for _, data in station.said)
    assert station.cloud.living() == []
