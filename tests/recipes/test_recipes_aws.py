"""The web tier on AWS (moto behind the wrapper): the recipe's text, unchanged but for the connection."""

from __future__ import annotations

from pathlib import Path

from tests.conformance.aws_cloud import aws_cloud
from tests.recipes import tier
from tests.recipes.recipe import Recipe


def test_web_tier_takes_every_kind_of_change_on_aws(tmp_path: Path) -> None:
    with aws_cloud(tmp_path) as cloud:
        block = ", ".join(f"{key}: {value}" for key, value in cloud.connection.items())
        recipe = Recipe("web-tier", tmp_path, {"{driver: mock, region: mock-east}": f"{{{block}}}"}, cloud.environ)
        tier.exercise(recipe, cloud.inventory)
