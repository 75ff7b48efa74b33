"""``mcflow catalog``: what a connection's cloud sells, and what mcflow can make there."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import click

from mcflow.cli.invocation import answer_in
from mcflow.cli.options import BLUEPRINT, SCREEN, Flag, Named, Settings, listing, shares
from mcflow.cli.pages import Command

F = TypeVar("F", bound=Callable[..., Any])
KINDS = ("regions", "zones", "images", "specs", "prices", "quotas", "services")
_RANGE = re.compile(r"(\d+(?:\.\d+)?)?(?:(\.\.)(\d+(?:\.\d+)?)?)?")


class RangeType(click.ParamType[Any]):
    """``2..8``, ``4..``, ``..16``, ``4``: both ends are included."""

    name = "range"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from mcflow.engine.options import Range

        found = _RANGE.fullmatch(str(value).strip())
        low, high = (float(end) if end else None for end in (found[1], found[3])) if found else (None, None)
        if found is None or (low is None and high is None) or (low is not None and high is not None and low > high):
            self.fail(f"{value!r} is not a range; write it like 2..8, 4.., ..16 or 4", param, ctx)
        return Range(low, high if found[2] else low)


_wanted = partial(click.option, cls=Flag, section="Which of them")
_NAME = _wanted("--name", default="", metavar="GLOB", help="Only names that fit, such as 't3.*'.")
_ARCH = _wanted("--arch", default="", metavar="NAME", help="Only this architecture: x86_64, arm64.")
_ZONE = _wanted("--zone", default="", metavar="NAME", help="Only what there is in this zone.")
_OF = _wanted("--of", default="", metavar="THING", help="Only of this: vm, disk, database, load_balancer …")
_SPOT = _wanted("--spot", is_flag=True, help="Spot prices: of machines that the cloud may take back.")
_MAX_PRICE = _wanted("--max-price", type=float, metavar="AMOUNT", help="At most so much an hour, in the cloud's currency.")
_SERVICE = _wanted("--service", default="", metavar="NAME", help="Only of this service of the cloud.")
_COUNT = partial(_wanted, type=RangeType(), metavar="FROM..TO")

FILTERS: dict[str, tuple[Callable[[Any], Any], ...]] = {
    "regions": (_NAME,),
    "zones": (_NAME,),
    "images": (
        _wanted("--os", default="", metavar="NAME", help="Only this system: ubuntu, debian, windows …"),
        _wanted("--version", default="", metavar="VERSION", help="Only this version; 9 is every 9.x."),
        _ARCH, _wanted("--publisher", default="", metavar="NAME", help="Only of this publisher."), _NAME,
    ),
    "specs": (
        _COUNT("--vcpus", help="Only with so many virtual processors: 2..8, 4.., ..16 or 4."),
        _COUNT("--memory", help="Only with so much memory, GiB."),
        _COUNT("--gpus", help="Only with so many GPUs."),
        _ARCH, _ZONE, _OF, _NAME, _MAX_PRICE, _SPOT,
        _wanted("--old", is_flag=True, help="Earlier generations too."),
    ),
    "prices": (_OF, _NAME, _ZONE, _MAX_PRICE, _SPOT),
    "quotas": (_SERVICE, _NAME),
    "services": (_NAME, _wanted("--available", is_flag=True, help="Only types that are offered.")),
}
ABOUT = {
    "regions": "The cloud's regions, and which this account may use.",
    "zones": "The zones of the connection's region.",
    "images": "Images to start machines from. Without --os: of every system the usual version.",
    "specs": "Sizes of machines (and databases), with their price where it is known.",
    "prices": "What things cost an hour or a month, before discounts, taxes and what is paid by use.",
    "quotas": "How many of each the account may have.",
    "services": "Which portable and native types the connection offers, with which limits.",
}


@click.group("catalog")
def command() -> None:
    """What a cloud sells: regions, zones, images, sizes, prices, quotas, and the types that mcflow can make there."""


def _filtered(kind: str) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        for option in reversed(FILTERS[kind]):
            function = option(function)
        return function

    return decorate


def _make(kind: str) -> click.Command:
    @click.command(kind, cls=Command, help=ABOUT[kind])
    @click.argument("connection", required=False, default="", type=Named("connection"), metavar="[CONNECTION]")
    @click.option("--driver", cls=Flag, default="", type=Named("driver"), metavar="NAME", help="Without a blueprint: a driver's name.")
    @click.option("--region", cls=Flag, default="", metavar="NAME", help="Another region than the connection's.")
    @click.option("--sort", cls=Flag, multiple=True, metavar="[-]COLUMN", help="Sort by this; with - the other way; may be repeated.")
    @click.option("--limit", cls=Flag, type=click.IntRange(0), default=0, metavar="N", help="So many rows at most.")
    @click.option("--refresh", "fresh", cls=Flag, envvar="MCFLOW_CATALOG_REFRESH", is_flag=True,
                  help="Ask the cloud, whatever is kept of an earlier answer.")
    @_filtered(kind)
    @shares(BLUEPRINT, listing("table", "json", "yaml", "csv", "name"), SCREEN)
    def subcommand(settings: Settings, fresh: bool, **given: Any) -> int:
        from mcflow.cli.catalog import show_catalog

        return answer_in(settings, lambda invocation: show_catalog(invocation, kind, refresh=fresh, **given))

    return subcommand


for _kind in KINDS:
    command.add_command(_make(_kind))
