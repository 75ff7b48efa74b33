"""VPC endpoints: ways to AWS's services that do not go through the internet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcflow.drivers.aws.native.documents import meaning_of, text_of, value_of
from mcflow.drivers.aws.native.ec2 import Ec2Type, Noun, pascal, request_id
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.aws.translate import classify
from mcflow.drivers.sdk import Submitted, Token, anything, array, boolean, native_type, string, tags

STATES: dict[str, Any] = {
    "pending": "pending", "pendingacceptance": "ready", "available": "ready", "partial": "ready", "failed": "failed", "rejected": "failed",
    "expired": "failed", "deleting": "deleting", "deleted": "gone",
}
MANY = ("route_table_ids", "subnet_ids", "security_group_ids")


@native_type
class VpcEndpoint(Ec2Type):
    """One endpoint: a gateway in route tables (S3, DynamoDB), or interfaces in subnets.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html"""

    name = "aws.vpc_endpoint"
    identity = Token()
    noun = Noun("create_vpc_endpoint", "describe_vpc_endpoints", "delete_vpc_endpoints", "VpcEndpoints", "VpcEndpointId",
                "vpc-endpoint-id", "vpc-endpoint", made="VpcEndpoint")
    matched_by = {"vpc_id": "vpc-id", "service_name": "service-name"}
    seconds = 60.0
    attributes = {
        "vpc_id": string("The VPC it is in.", reference=["aws.vpc"]),
        "service_name": string("The service, as com.amazonaws.<region>.s3."),
        "vpc_endpoint_type": string("Gateway, Interface or GatewayLoadBalancer.", enum=["Gateway", "Interface", "GatewayLoadBalancer"],
                                    default="Gateway"),
        "route_table_ids": array(string(), "The tables that get a route to it, for a gateway.", set=True, group="tables", default=[],
                                 reference=["aws.route_table"]),
        "subnet_ids": array(string(), "The subnets that get an interface, for interfaces.", set=True, group="subnets", default=[],
                            reference=["aws.subnet"]),
        "security_group_ids": array(string(), "The security groups of its interfaces.", set=True, group="security_groups",
                                    default_from_cloud=True, reference=["aws.security_group"]),
        "private_dns_enabled": boolean("Whether the service's own name leads to it in the VPC.", group="dns", default_from_cloud=True),
        "ip_address_type": string("ipv4, dualstack or ipv6.", group="addresses", default_from_cloud=True, incidental=True),
        "policy_document": anything("Who may do what through it; absent: everything.", group="policy", default_from_cloud=True),
        "network_interface_ids": array(string(), "Its interfaces.", read_only=True, changes_with=["subnets"]),
        "dns_names": array(string(), "The names it is reached by.", read_only=True, changes_with=["subnets", "dns"]),
        "state": string("pending, available …", read_only=True),
        "tags": tags(),
    }
    required = ("vpc_id", "service_name")

    def request(self, api: AwsSession, want: Mapping[str, Any]) -> dict[str, Any]:
        sent = super().request(api, {"vpc_endpoint_type": "Gateway", **{name: value for name, value in want.items() if value != []}})
        return {**sent, **({"PolicyDocument": text_of(want["policy_document"])} if want.get("policy_document") is not None else {})}

    def status(self, row: Mapping[str, Any]) -> tuple[Any, str]:
        return STATES.get(row["State"].lower(), "pending"), row.get("LastError", {}).get("Message", "") or row.get("FailureReason", "")

    def read(self, row: Mapping[str, Any]) -> dict[str, Any]:
        told = {**super().read(row), **{name: sorted(row.get(pascal(name)) or ()) for name in ("route_table_ids", "subnet_ids")}}
        told["dns_names"] = [each["DnsName"] for each in row.get("DnsEntries", ()) if each.get("DnsName")]
        if told.get("vpc_endpoint_type") == "Gateway":
            return {**told, "policy_document": value_of(told.get("policy_document"))}
        groups = sorted(group["GroupId"] for group in row.get("Groups", ()))
        return {**told, "policy_document": value_of(told.get("policy_document")), "security_group_ids": groups}

    def provided(self, row: Mapping[str, Any]) -> bool:
        return bool(row.get("RequesterManaged"))

    def normalise(self, attribute: str, value: Any) -> Any:
        return meaning_of(value) if attribute == "policy_document" else value

    def portray(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        portrayed = super().portray(attributes)
        if _allows_everything(portrayed.get("policy_document")):
            del portrayed["policy_document"]
        if portrayed.get("private_dns_enabled") is False and portrayed.get("vpc_endpoint_type", "Gateway") == "Gateway":
            del portrayed["private_dns_enabled"]
        return portrayed

    def change(self, api: AwsSession, id: str, want: Mapping[str, Any], group: str) -> Submitted | dict[str, Any]:
        changed: dict[str, Any] = {}
        if group == "policy":
            policy = want.get("policy_document")
            changed = {"ResetPolicy": True} if policy is None else {"PolicyDocument": text_of(policy)}
        elif group == "dns":
            changed = {"PrivateDnsEnabled": bool(want.get("private_dns_enabled"))}
        elif group == "addresses":
            changed = {"IpAddressType": want["ip_address_type"]}
        else:
            name = next(name for name in MANY if self.attributes[name]["group"] == group)
            present, wanted = set(self.read(self.row(api, id)).get(name, ())), set(want.get(name) or ())
            both = {f"Add{pascal(name)}": sorted(wanted - present), f"Remove{pascal(name)}": sorted(present - wanted)}
            changed = {spelling: ids for spelling, ids in both.items() if ids}
        return api.call("modify_vpc_endpoint", VpcEndpointId=id, **changed) if changed else Submitted(id)

    def delete(self, api: AwsSession, id: str, last: Mapping[str, Any]) -> Submitted:
        answer = api.call("delete_vpc_endpoints", VpcEndpointIds=[id])
        for refused in answer.get("Unsuccessful", ()):
            # The call is about many, and succeeds where it fails for one.
            error = refused.get("Error", {})
            code = str(error.get("Code", ""))
            raise classify(code, 400, False)(str(error.get("Message") or code), code=code, request_id=request_id(answer))
        return Submitted(id, request_id=request_id(answer))


def _allows_everything(policy: Any) -> bool:
    """Whether it is the policy that an endpoint has without one: everybody may do everything."""
    statements = policy.get("Statement") if isinstance(policy, Mapping) else None
    if not isinstance(statements, list) or len(statements) != 1:
        return False
    one = statements[0]
    return all(one.get(name) == value for name, value in (("Effect", "Allow"), ("Principal", "*"), ("Action", "*"), ("Resource", "*")))
