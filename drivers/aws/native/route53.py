"""Names: hosted zones and their records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mcflow.drivers.aws.native.parts import join
from mcflow.drivers.aws.native.service import Calls, ServiceType, Tagging
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import (
    Again,
    Intent,
    NativeType,
    Natural,
    NotFound,
    Observed,
    Progress,
    Submitted,
    Token,
    array,
    boolean,
    integer,
    native_type,
    record,
    string,
    tags,
)

FOREVER = 10 * 365 * 86400.0
"""A reference is remembered as long as its zone is there."""
PAGE = 100
"""Records deleted by one change."""


@native_type
class Zone(ServiceType):
    """One hosted zone; the id is the plain one (``Z0123456789``).
    https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateHostedZone.html

    The create call takes no tags, so the marks are what its CallerReference says: Route 53 refuses another zone with the same one, and
    shows it for ever. Zones are listed by the page; each takes a request for its networks and name servers, and one for its tags.
    """

    name = "aws.route53_zone"
    identity = Token(lifetime=FOREVER)
    calls = Calls("route53", create="create_hosted_zone", read="get_hosted_zone", list="list_hosted_zones", rows="hosted_zones",
                  whole=False, row="merge(hosted_zone, {vpcs: vpcs, name_servers: delegation_set.name_servers, "
                                   "delegation_set_id: delegation_set.id})",
                  delete="delete_hosted_zone", made="hosted_zone", id="id", key="id", token="caller_reference",
                  updates={"comment": "update_hosted_zone_comment"})
    tagging = Tagging("change_tags_for_resource", "change_tags_for_resource", parameter="resource_id", tags="add_tags",
                      keys="remove_tag_keys", list="list_tags_for_resource", listed="resource_tag_set.tags",
                      fixed={"resource_type": "hostedzone"})
    paths = {"comment": "config.comment", "private_zone": "config.private_zone"}
    sent = {"comment": "hosted_zone_config.comment"}
    unset = {"comment": ""}
    attributes = {
        "name": string("The domain, with or without the dot at its end."),
        "comment": string("What it is for.", group="comment", default=""),
        "vpcs": array(record({"vpc_id": string(reference=["aws.vpc"]), "vpc_region": string(default_from_cloud=True)}, required=["vpc_id"]),
                      "The networks that see it, for a private zone; absent: everybody does.", set=True, group="vpcs"),
        "delegation_set_id": string("The reusable name servers it gets.", default_from_cloud=True, incidental=True),
        "force_destroy": boolean("Whether the records in it are deleted with it.", local=True),
        "private_zone": boolean("Whether only networks see it.", read_only=True),
        "name_servers": array(string(), "The servers to name at the registrar.", read_only=True),
        "tags": {**tags(), "set_after_create": True},
    }
    required = ("name",)

    # -- create

    def request(self, api: AwsSession, want: Mapping[str, Any]) -> dict[str, Any]:
        plain = super().request(api, {name: value for name, value in want.items() if name != "vpcs"})
        networks = want.get("vpcs") or ()
        if not networks:
            return plain
        config = {**plain.get("hosted_zone_config", {}), "private_zone": True}
        return {**plain, "vpc": _network(api, networks[0]), "hosted_zone_config": config}

    def proof(self, want: Mapping[str, Any], intent: Intent) -> dict[str, Any]:
        return {"caller_reference": " ".join([*(f"{key}={value}" for key, value in sorted(intent.marks.items())), intent.token])}

    def create(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Submitted:
        made = super().create(api, want, intent)
        return Submitted(_plain(made.id or ""), request_id=made.request_id)

    def find(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Iterator[Observed]:
        reference = self.proof(want, intent)["caller_reference"]
        return self._referred(api, lambda row: row["caller_reference"] == reference)

    def match(self, api: AwsSession, want: Mapping[str, Any]) -> Iterator[Observed]:
        private = bool(want.get("vpcs"))
        return self._referred(api, lambda row: _domain(row["name"]) == _domain(want["name"]) and bool(
            (row.get("config") or {}).get("private_zone")) == private)

    def _referred(self, api: AwsSession, fits: Any) -> Iterator[Observed]:
        rows = api.rows("route53", "list_hosted_zones", "hosted_zones")
        return self.observe(api, [self.id_of(row) for row in rows if fits(row)])

    # -- read

    def id_of(self, row: Mapping[str, Any]) -> str:
        return _plain(row["id"])

    def read(self, api: AwsSession, row: Mapping[str, Any]) -> dict[str, Any]:
        return {**super().read(api, row), "name": _domain(row["name"])}

    def tags_of(self, api: AwsSession, row: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, str]:
        pairs = (word.partition("=") for word in str(row.get("caller_reference", "")).split())
        marks = {key: value for key, _, value in pairs if key.startswith("mcflow-")}
        return {**marks, **super().tags_of(api, {**row, "id": self.id_of(row)}, told)}

    def normalise(self, attribute: str, value: Any) -> Any:
        return _domain(value) if attribute == "name" and isinstance(value, str) else value

    # -- change

    def change(self, api: AwsSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any],
               group: str) -> Submitted | Again | dict[str, Any]:
        if group == "comment":
            return api.tell("route53", "update_hosted_zone_comment", id=id, comment=want.get("comment") or "")
        row = self.row(api, id)
        if row is None:
            raise NotFound(f"zone {id} is not there")
        wanted = {each["vpc_id"]: each for each in want.get("vpcs") or ()}
        present = {each["vpc_id"]: each for each in row.get("vpcs") or ()}
        joining = [wanted[key] for key in sorted(wanted.keys() - present.keys())]
        leaving = [present[key] for key in sorted(present.keys() - wanted.keys())]
        for operation, networks in (("associate_vpc_with_hosted_zone", joining), ("disassociate_vpc_from_hosted_zone", leaving)):
            if networks:
                api.tell("route53", operation, hosted_zone_id=id, vpc=_network(api, networks[0]))
                return Again(f"{len(networks)} networks left")
        return Submitted(id)

    def delete(self, api: AwsSession, id: str, last: Mapping[str, Any]) -> Submitted | Again:
        if last.get("force_destroy"):
            rows = list(record_rows(api, id))
            own = [row for row in rows if not _by_itself(row, _top(rows))][:PAGE]
            if own:
                alter(api, id, *(("DELETE", row) for row in own))
                return Again(f"{len(own)} records deleted")
        return super().delete(api, id, last)


@native_type
class Record(NativeType[AwsSession]):
    """One record set of a zone; the id is ``zone|name|type``, with ``|set identifier`` where several share name and type.
    https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html

    A change is done when all name servers know it. Zones are read by the page of records; one record alone by one request.
    """

    name = "aws.route53_record"
    identity = Natural()
    family = "route53"
    exclusive = True
    attributes = {
        "hosted_zone_id": string("The zone.", reference=["aws.route53_zone"]),
        "name": string("The whole name, with or without the dot at its end."),
        "type": string("What kind of record.", enum=[
            "A", "AAAA", "CAA", "CNAME", "DS", "HTTPS", "MX", "NAPTR", "NS", "PTR", "SOA", "SPF", "SRV", "SSHFP", "SVCB", "TLSA", "TXT"]),
        "set_identifier": string("What tells apart records of one name and type that are chosen among."),
        "ttl": integer("How long it may be remembered, seconds; not for an alias.", minimum=0, group="record"),
        "resource_records": array(record({"value": string()}, required=["value"]), "Its values, as a zone file has them.", set=True,
                                  group="record"),
        "alias_target": record({
            "hosted_zone_id": string("The zone of what it leads to."), "dns_name": string("What it leads to."),
            "evaluate_target_health": boolean()}, "What it leads to in AWS, instead of values.", group="record",
            required=["hosted_zone_id", "dns_name", "evaluate_target_health"]),
        "weight": integer("Its share among those of one name.", minimum=0, maximum=255, group="record"),
        "region": string("For whom it is the nearest.", group="record"),
        "failover": string(enum=["PRIMARY", "SECONDARY"], group="record"),
        "geo_location": record({"continent_code": string(), "country_code": string(), "subdivision_code": string()},
                               "From where it is asked for.", group="record"),
        "multi_value_answer": boolean("Whether it is one of several answers.", group="record"),
        "health_check_id": string("The health check it depends on.", group="record"),
    }
    required = ("hosted_zone_id", "name", "type")

    def create(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Submitted:
        return self._send(api, "CREATE", want)

    def observe(self, api: AwsSession, ids: Sequence[str]) -> Iterator[Observed]:
        zones: dict[str, list[list[str]]] = {}
        for id in ids:
            zone, *rest = id.split("|")
            zones.setdefault(zone, []).append(rest)
        asked = set(ids)
        for zone, rests in zones.items():
            rows = record_rows(api, zone) if len(rests) > 1 else record_rows(api, zone, *rests[0])
            yield from (_seen(zone, row) for row in rows if record_id(zone, row) in asked)

    def find(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Iterator[Observed]:
        return self.observe(api, [record_id(want["hosted_zone_id"], want)])

    def match(self, api: AwsSession, want: Mapping[str, Any]) -> Iterator[Observed]:
        return self.observe(api, [record_id(want["hosted_zone_id"], want)])

    def discover(self, api: AwsSession) -> Iterator[Observed]:
        for zone in api.rows("route53", "list_hosted_zones", "hosted_zones[].id"):
            rows = list(record_rows(api, _plain(zone)))
            yield from (_seen(_plain(zone), row, _top(rows)) for row in rows)

    def update(self, api: AwsSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any], group: str) -> Submitted:
        return self._send(api, "UPSERT", want)

    def delete(self, api: AwsSession, id: str, last: Mapping[str, Any]) -> Submitted:
        zone, *rest = id.split("|")
        # Route 53 deletes what is described exactly, so what is there now must be told.
        for row in record_rows(api, zone, *rest):
            if record_id(zone, row) == id:
                return _submitted(id, alter(api, zone, ("DELETE", row)))
        raise NotFound(f"record {id} is not there")

    def poll(self, api: AwsSession, operations: Sequence[str]) -> Iterator[Progress]:
        for operation in operations:
            told = api.tell("route53", "get_change", id=operation)["change_info"]
            yield Progress(operation, "done" if told["status"] == "INSYNC" else "running")

    def normalise(self, attribute: str, value: Any) -> Any:
        if attribute == "name" and isinstance(value, str):
            return _domain(value)
        if attribute == "alias_target" and isinstance(value, dict) and isinstance(value.get("dns_name"), str):
            return {**value, "dns_name": _domain(value["dns_name"])}
        return value

    def _send(self, api: AwsSession, action: str, want: Mapping[str, Any]) -> Submitted:
        row = {name: want[name] for name in self.attributes if name != "hosted_zone_id" and want.get(name) is not None}
        row["name"] = _domain(row["name"])
        return _submitted(record_id(want["hosted_zone_id"], want), alter(api, want["hosted_zone_id"], (action, row)))


def alter(api: AwsSession, zone: str, *changes: tuple[str, Mapping[str, Any]]) -> dict[str, Any]:
    """One change of a zone's records: all of it or nothing."""
    batch = [{"action": action, "resource_record_set": dict(row)} for action, row in changes]
    return api.tell("route53", "change_resource_record_sets", hosted_zone_id=zone, change_batch={"changes": batch})


def record_rows(api: AwsSession, zone: str, name: str = "", type: str = "", identifier: str = "") -> Iterator[dict[str, Any]]:
    """All records of a zone, or what stands where the one named would; nothing if the zone is gone."""
    try:
        if not name:
            yield from api.rows("route53", "list_resource_record_sets", "resource_record_sets", hosted_zone_id=zone)
            return
        told = api.tell("route53", "list_resource_record_sets", hosted_zone_id=zone, start_record_name=name, start_record_type=type,
                        start_record_identifier=identifier or None, max_items="100" if identifier else "1")
        yield from told.get("resource_record_sets") or ()
    except NotFound:
        return


def record_id(zone: str, row: Mapping[str, Any]) -> str:
    """Zone, name and type, and the set identifier where there is one."""
    identifier = row.get("set_identifier")
    return join(zone, _domain(row["name"]), row["type"], *([identifier] if identifier else []))


def _seen(zone: str, row: Mapping[str, Any], top: str = "") -> Observed:
    told = {name: row[name] for name in Record.attributes if row.get(name) is not None}
    told |= {"hosted_zone_id": zone, "name": _domain(row["name"])}
    return Observed(record_id(zone, row), "ready", told, provided=_by_itself(row, top))


def _by_itself(row: Mapping[str, Any], top: str) -> bool:
    """Route 53 puts both into every zone, at its top."""
    return row["type"] in ("SOA", "NS") and row["name"] == top


def _top(rows: Sequence[Mapping[str, Any]]) -> str:
    """The zone's own name, which its SOA record has."""
    return next((str(row["name"]) for row in rows if row["type"] == "SOA"), "")


def _submitted(id: str, answer: Mapping[str, Any]) -> Submitted:
    return Submitted(id, operation=_plain(answer["change_info"]["id"]), request_id=answer["request_id"])


def _network(api: AwsSession, network: Mapping[str, Any]) -> dict[str, Any]:
    return {"vpc_id": network["vpc_id"], "vpc_region": network.get("vpc_region") or api.region}


def _plain(id: str) -> str:
    """Without what the API puts before it: ``/hostedzone/Z1`` → ``Z1``."""
    return id.rpartition("/")[2]


def _domain(name: str) -> str:
    """One spelling of a name: small letters, no dot at the end, ``*`` as it is written."""
    return name.lower().rstrip(".").replace("\\052", "*")
