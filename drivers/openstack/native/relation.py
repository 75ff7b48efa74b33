"""What stands between two objects and has no id of its own: its place is its id, and it is made and ended by changing one of the two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from mcflow.drivers.openstack.session import OpenStackSession, lacking
from mcflow.drivers.sdk import Intent, NativeType, Natural, Observed


class Relation(NativeType[OpenStackSession]):
    """A type whose id follows from its want."""

    identity = Natural()
    exclusive = True
    family = "network"
    service: ClassVar[str] = "network"
    """The service by which it is made."""

    def place(self, want: Mapping[str, Any]) -> str:
        """The id of what is wanted: the ids of its two ends, and what else tells it apart, with ``|`` between."""
        raise NotImplementedError

    def lacking(self, api: OpenStackSession) -> str:
        return "" if api.offers(self.service) else lacking(self.service)

    def find(self, api: OpenStackSession, want: Mapping[str, Any], intent: Intent) -> Iterator[Observed]:
        return self.observe(api, [self.place(want)])

    def match(self, api: OpenStackSession, want: Mapping[str, Any]) -> Iterator[Observed]:
        return self.observe(api, [self.place(want)]) if all(want.get(name) for name in self.required) else iter(())
