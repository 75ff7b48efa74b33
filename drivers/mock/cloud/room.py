"""What one mutation sees and checks while it has the store to itself."""

from __future__ import annotations

from mcflow.drivers.mock.cloud import errors
from mcflow.drivers.mock.cloud.errors import Refused
from mcflow.drivers.mock.cloud.faults import Behaviour
from mcflow.drivers.mock.cloud.objects import Attributes, Kind, Object, natural_key, natural_term, unique_term, values_at
from mcflow.drivers.mock.cloud.store import Store


class Room:
    """The world as of ``now``, in one account and region. The checks that every kind shares; the rules of kinds ask it for the rest."""

    def __init__(self, store: Store, scope: str, now: float, behaviour: Behaviour) -> None:
        self.store = store
        self.scope = scope
        self.now = now
        self.behaviour = behaviour

    def living(self, found: Object | None) -> Object | None:
        """The object, unless its deletion has settled: then it is dropped here, since reads never write."""
        if found is not None and found.status(self.now) == "gone":
            self.store.drop(found.id)
            return None
        return found

    def need(self, kind: str, id: str, attribute: str) -> Object:
        """A living, visible object of the kind. Raises Refused(NotFound)."""
        found = self.living(self.store.get(id))
        if found is None or found.kind != kind or found.scope != self.scope or found.visible_at > self.now:
            raise Refused(errors.NOT_FOUND, f"{attribute}: there is no {kind} {id}")
        return found

    def having(self, term: str) -> list[Object]:
        """Living objects indexed under a term."""
        return [found for found in self.store.find(term) if self.living(found)]

    def users(self, id: str, kind: str | None = None) -> list[Object]:
        """Living objects that hold on to ``id``."""
        return [found for found in self.having(f"to:{id}") if found.id != id and (kind is None or found.kind == kind)]

    def changeable(self, spec: Kind, id: str) -> Object:
        """An object that takes changes now. Raises Refused (NotFound, IncorrectState)."""
        found = self.need(spec.name, id, "id")
        status = found.status(self.now)
        if status != "ready":
            raise Refused(errors.INCORRECT_STATE, f"{id} is {status}")
        return found

    def check_links(self, spec: Kind, attributes: Attributes) -> None:
        """Everything referred to is there and ready."""
        for link in spec.links:
            for id in values_at(attributes, link.path):
                self._check_link(link.path, link.kinds, id)

    def _check_link(self, path: str, kinds: tuple[str, ...], id: str) -> None:
        found = self.living(self.store.get(id))
        if found is None or found.kind not in kinds or found.scope != self.scope or found.visible_at > self.now:
            raise Refused(errors.NOT_FOUND, f"{path}: there is no {' or '.join(kinds)} {id}")
        status = found.status(self.now)
        if status == "pending":
            raise Refused(errors.INCORRECT_STATE, f"{path}: {id} is pending")
        if status != "ready":
            raise Refused(errors.NOT_FOUND, f"{path}: {id} is {status}")

    def check_serial(self, spec: Kind, attributes: Attributes) -> None:
        """The parent has no other change going on."""
        if spec.serial:
            parent = self.store.get(attributes[spec.serial])
            if parent is not None and parent.status(self.now) == "pending":
                raise Refused(errors.INCORRECT_STATE, f"another change of {parent.id} is going on")

    def occupy(self, spec: Kind, found: Object, seconds: float) -> None:
        """Keep the serial parent busy while a change settles."""
        parent = self.store.get(found.attributes[spec.serial]) if spec.serial and seconds > 0 else None
        if parent is not None:
            parent.ready_at = max(parent.ready_at, self.now + seconds)
            self.store.put(parent)

    def check_quota(self, spec: Kind) -> None:
        """The account may have one more of the kind."""
        limit = self.behaviour.quotas.get(spec.name)
        if limit is not None and self.store.count(f"kind:{self.scope}:{spec.name}") >= limit:
            living = len(self.having(f"kind:{self.scope}:{spec.name}"))
            if living >= limit:
                raise Refused(errors.QUOTA, f"the quota of {limit} {spec.name} in {self.scope} is used up")

    def check_unique(self, spec: Kind, attributes: Attributes) -> None:
        """Nobody has the unique name or the natural identity."""
        if spec.unique and (held := self.having(unique_term(spec, self.scope, str(attributes[spec.unique])))):
            raise Refused(errors.ALREADY_EXISTS, f"the {spec.name} {attributes[spec.unique]} exists: {held[0].id}")
        if spec.natural and (held := self.having(natural_term(spec, self.scope, natural_key(spec, attributes)))):
            raise Refused(errors.ALREADY_EXISTS, f"this {spec.name} exists: {held[0].id}")

    def capacity(self, zone: str) -> int | None:
        """How many machines the zone still takes; None: unlimited."""
        limit = self.behaviour.capacities.get(zone)
        if limit is None:
            return None
        return limit - sum(int(each.attributes.get("desired_size", 1)) for each in self.having(f"zone:{self.scope}:{zone}"))

    def exhausted(self, spec: Kind, attributes: Attributes) -> str:
        """Why the zone cannot take what is asked for; empty if it can."""
        if spec.name not in ("instance", "node_group", "cluster"):
            return ""
        zone = attributes.get("zone", "")
        left = self.capacity(zone)
        asked = int(attributes.get("desired_size", 1))
        return "" if left is None or left >= asked else f"{zone} has no room for {asked} more"
