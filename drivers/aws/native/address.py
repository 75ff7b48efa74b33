"""Elastic IP addresses, and what they lead to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mcflow.drivers.aws.native.ec2 import Ec2Type, Noun, pascal, request_id, where
from mcflow.drivers.aws.native.interface import gateways_interfaces
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import Intent, NativeType, Natural, Observed, Submitted, Tagged, native_type, string, tags


@native_type
class Address(Ec2Type):
    """One Elastic IP address.  https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AllocateAddress.html"""

    name = "aws.address"
    identity = Tagged()
    noun = Noun("allocate_address", "describe_addresses", "release_address", "Addresses", "AllocationId", "allocation-id", "elastic-ip")
    attributes = {
        "public_ipv4_pool": string("The pool it comes from.", default_from_cloud=True),
        "network_border_group": string("Where it is announced.", default_from_cloud=True, incidental=True),
        "public_ip": string("The address.", read_only=True),
        "tags": tags(),
    }
    seconds = 2.0

    def request(self, api: AwsSession, want: Mapping[str, Any]) -> dict[str, Any]:
        return {"Domain": "vpc", **super().request(api, want)}

    def portray(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in super().portray(attributes).items() if (name, value) != ("public_ipv4_pool", "amazon")}

    def rows(self, api: AwsSession, *conditions: dict[str, Any]) -> Iterator[dict[str, Any]]:
        # Addresses of EC2-Classic have no allocation; nothing here can name them.
        return (row for row in super().rows(api, *conditions) if row.get("AllocationId"))


@native_type
class AddressAssociation(NativeType[AwsSession]):
    """What an address leads to: one instance or interface.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateAddress.html"""

    name = "aws.address_association"
    identity = Natural()
    family = "ec2"
    exclusive = True
    attributes = {
        "allocation_id": string("The address.", reference=["aws.address"]),
        "instance_id": string("The instance; its first interface.", reference=["aws.instance"], default_from_cloud=True),
        "network_interface_id": string("The interface.", reference=["aws.network_interface"], default_from_cloud=True),
        "private_ip_address": string("Which of the interface's addresses.", default_from_cloud=True),
    }
    required = ("allocation_id",)

    def create(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Submitted:
        given = {pascal(name): want[name] for name in self.attributes if want.get(name) is not None}
        answer = api.call("associate_address", AllowReassociation=False, **given)
        return Submitted(answer["AssociationId"], request_id=request_id(answer))

    def portray(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        portrayed = super().portray(attributes)
        # An instance has its first interface and that one's first address.
        return {name: value for name, value in portrayed.items() if name in ("allocation_id", "instance_id")} \
            if "instance_id" in portrayed else portrayed

    def observe(self, api: AwsSession, ids: Sequence[str]) -> Iterator[Observed]:
        asked = set(ids)
        return (seen for seen in self._look(api, where("association-id", ids)) if seen.id in asked)

    def find(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Iterator[Observed]:
        return self._look(api, where("allocation-id", want["allocation_id"]))

    def match(self, api: AwsSession, want: Mapping[str, Any]) -> Iterator[Observed]:
        return self._look(api, where("allocation-id", want["allocation_id"]))

    def discover(self, api: AwsSession) -> Iterator[Observed]:
        taken = gateways_interfaces(api)
        return (replace(seen, provided=seen.attributes.get("network_interface_id") in taken) for seen in self._look(api))

    def delete(self, api: AwsSession, id: str, last: Mapping[str, Any]) -> Submitted:
        return Submitted(id, request_id=request_id(api.call("disassociate_address", AssociationId=id)))

    def _look(self, api: AwsSession, *conditions: dict[str, Any]) -> Iterator[Observed]:
        for row in api.pages("describe_addresses", "Addresses", Filters=list(conditions)):
            if row.get("AssociationId"):
                attributes = {name: row[pascal(name)] for name in self.attributes if row.get(pascal(name))}
                yield Observed(row["AssociationId"], "ready", attributes)
