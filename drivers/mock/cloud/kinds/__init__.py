"""The kinds of objects the service knows, by family: each is data plus the rules that are its own."""

from mcflow.drivers.mock.cloud.kinds import balance, compute, network, services, storage, texts
from mcflow.drivers.mock.cloud.objects import Kind

KINDS: dict[str, Kind] = {
    kind.name: kind for family in (network, compute, storage, balance, services, texts) for kind in family.KINDS
}
