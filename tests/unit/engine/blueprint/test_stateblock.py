"""`state:` in the blueprint: expressions in it, and secrets out of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.unit.engine.blueprint.loading import caret, loaded, refused

from mcflow.model.diagnostic import Diagnostic
from mcflow.model.values import Secret, reveal


def codes(found: list[Diagnostic]) -> list[str]:
    return [one.code for one in found]


def test_every_setting_takes_an_expression(tmp_path: Path) -> None:
    blueprint = loaded(tmp_path, """\
        variables:
          team: {type: string, default: shop}
          kept: {type: integer, default: 7}
        locals: {bucket: "acme-{{ env.STAGE }}"}
        state:
          s3: {bucket: "{{ locals.bucket }}", prefix: "teams/{{ vars.team }}", region: "{{ env.REGION }}"}
          history: "{{ vars.kept }}"
          lease: "{{ vars.kept }}s"
          key: "env:{{ vars.team | upper }}_KEY"
        """, environ={"STAGE": "prod", "REGION": "eu-central-1"})
    assert blueprint.state == {
        "s3": {"bucket": "acme-prod", "prefix": "teams/shop", "region": "eu-central-1"}, "history": 7, "lease": "7s", "key": "env:SHOP_KEY"}


@pytest.mark.parametrize("setting", ["password", "url"])
def test_what_is_shown_nowhere_may_be_sensitive(tmp_path: Path, setting: str) -> None:
    blueprint = loaded(tmp_path, f"""\
        variables:
          word: {{type: string, sensitive: true}}
        state: {{postgresql: {{host: db, {setting}: "{{{{ vars.word }}}}"}}}}
        """, variables=("word=postgresql://ann:hunter2@db/ops",))
    kept = blueprint.state["postgresql"][setting]
    assert isinstance(kept, Secret)
    assert reveal(kept) == "postgresql://ann:hunter2@db/ops"
    assert "hunter2" not in repr(blueprint.state)


@pytest.mark.parametrize(("state", "shown"), [
    ("{postgresql: {host: db, password: hunter2}}", "hunter2"),
    ('{postgresql: {url: "postgresql://ann:hunter2@db/ops"}}', '"postgresql://ann:hunter2@db/ops"'),
    ('{postgresql: {url: "postgresql://db/ops?password=hunter2"}}', '"postgresql://db/ops?password=hunter2"'),
    ("{s3: {bucket: acme-state, secret_access_key: hunter2}}", "hunter2"),
    ("{azure: {account: acme, container: state, account_key: hunter2}}", "hunter2"),
    ("{azure: {account: acme, container: state, sas_token: hunter2}}", "hunter2"),
])
def test_a_secret_that_is_written_out_is_refused_and_not_repeated(tmp_path: Path, state: str, shown: str) -> None:
    found = refused(tmp_path, f"state: {state}\n")
    secret = next(one for one in found if one.code == "MC0351")
    assert caret(tmp_path, secret) == shown
    for one in found:
        assert "hunter2" not in one.message + one.help + (one.suggestion or "")


@pytest.mark.parametrize(("expression", "code"), [("{{ vars.plain }}", "MC0351"), ("env:DB_PASSWORD", "")])
def test_a_password_that_an_expression_gives_must_be_sensitive(tmp_path: Path, expression: str, code: str) -> None:
    text = f"""\
        variables:
          plain: {{type: string, default: hunter2}}
        outputs: {{used: {{value: "{{{{ vars.plain }}}}"}}}}
        state: {{postgresql: {{host: db, password: "{expression}"}}}}
        """
    if code:
        found = refused(tmp_path, text)
        assert codes(found) == [code]
        assert "hunter2" not in str([one.message for one in found])
    else:
        assert loaded(tmp_path, text).state["postgresql"]["password"] == expression


@pytest.mark.parametrize(("state", "code"), [
    ("{s3: {bucket: acme-state}, gcs: {bucket: acme-state}}", "MC0350"), ("{path: x, azure: {account: acme, container: state}}", "MC0350"),
    ("{s3: {bucket: acme-state}, lease: 2s}", "MC0353"), ("{swift: {bucket: x}}", "MC0203"),
    ('{s3: {bucket: "{{ vars.hidden }}"}}', "MC0352"), ('{s3: {bucket: "{{ vars.nothing }}"}}', "MC0306"),
    ('{s3: {bucket: "{{ vars.wrong }}"}}', "MC0217"), ('{key: "{{ vars.wrong }}"}', "MC0217"),
])
def test_what_is_wrong_is_told_once(tmp_path: Path, state: str, code: str) -> None:
    found = refused(tmp_path, f"""\
        variables:
          hidden: {{type: string, sensitive: true, default: acme-state}}
          wrong: {{type: string, default: "so wrong"}}
        outputs: {{used: {{value: "{{{{ vars.hidden }}}} {{{{ vars.wrong }}}}", sensitive: true}}}}
        state: {state}
        """)
    assert codes(found) == [code]


def test_a_key_that_is_no_reference_is_not_shown(tmp_path: Path) -> None:
    found: list[Any] = refused(tmp_path, """\
        variables: {given: {type: string, default: c2VjcmV0LWtleQ==}}
        state: {key: "{{ vars.given }}"}
        """)
    assert "c2Vj" not in str([(one.message, one.args) for one in found])
