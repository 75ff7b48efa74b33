"""What a load balancer listens to: listeners, their rules, and further certificates. The API lists them only below what they are on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from mcflow.drivers.aws.native.actions import ACTION, CONDITION, canonical_actions, canonical_conditions
from mcflow.drivers.aws.native.balance import PROTOCOLS, BalanceType, switches
from mcflow.drivers.aws.native.parts import join, split
from mcflow.drivers.aws.native.service import Calls
from mcflow.drivers.aws.session import AwsSession
from mcflow.drivers.sdk import (
    Intent,
    NativeType,
    Natural,
    NotFound,
    Observed,
    Submitted,
    array,
    boolean,
    integer,
    native_type,
    record,
    string,
    tags,
)


def balancer_of(listener: str) -> str:
    """The ARN of a listener's load balancer: ``…:listener/app/web/1/2`` → ``…:loadbalancer/app/web/1``."""
    return listener.replace(":listener/", ":loadbalancer/").rpartition("/")[0]


def listener_of(rule: str) -> str:
    """The ARN of a rule's listener: ``…:listener-rule/app/web/1/2/3`` → ``…:listener/app/web/1/2``."""
    return rule.replace(":listener-rule/", ":listener/").rpartition("/")[0]


def balancers(api: AwsSession) -> list[str]:
    """The ARNs of all load balancers."""
    return list(api.rows("elbv2", "describe_load_balancers", "load_balancers[].load_balancer_arn"))


def listeners_on(api: AwsSession, balancer: str) -> list[dict[str, Any]]:
    """The rows of one load balancer's listeners; none where it is not there."""
    try:
        return list(api.rows("elbv2", "describe_listeners", "listeners", load_balancer_arn=balancer))
    except NotFound:
        return []


class Below(BalanceType):
    """What the API lists only below its parent, whose ARN its own ARN tells: a call for each parent."""

    identity = Natural(marked=True)
    parent: ClassVar[str]
    """The attribute that names the parent."""
    place: ClassVar[str]
    """The attribute that tells it apart among its parent's."""

    def rows_of(self, api: AwsSession, ids: Sequence[str]) -> Iterator[dict[str, Any]]:
        asked = set(ids)
        parents = dict.fromkeys(self.parent_of(id) for id in ids)
        return self._tagged(api, [row for parent in parents for row in self.below(api, parent) if self.id_of(row) in asked])

    def all_rows(self, api: AwsSession) -> Iterator[dict[str, Any]]:
        return self._tagged(api, [row for parent in self.parents(api) for row in self.below(api, parent)])

    def parent_of(self, id: str) -> str:
        """The parent's ARN, as it can be read from this one."""
        raise NotImplementedError

    def parents(self, api: AwsSession) -> list[str]:
        """The ARNs of everything that could be a parent."""
        raise NotImplementedError

    def below(self, api: AwsSession, parent: str) -> list[dict[str, Any]]:
        """The rows below one parent; none where it is not there."""
        raise NotImplementedError

    def find(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Iterator[Observed]:
        return self.match(api, want)

    def match(self, api: AwsSession, want: Mapping[str, Any]) -> Iterator[Observed]:
        rows = self._tagged(api, self.below(api, want[self.parent]))
        return self.shown(api, (row for row in rows if str(row.get(self.place)) == str(want.get(self.place))))


@native_type
class Listener(Below):
    """One port of a load balancer. The id is its ARN. A look takes a call for each load balancer, one for the tags of 20 listeners, and one
    for each one's attributes. A gateway load balancer has one listener, without port.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html"""

    name = "aws.lb_listener"
    switched = "listener"
    parent, place = "load_balancer_arn", "port"
    calls = Calls("elbv2", create="create_listener", list="describe_listeners", delete="delete_listener", id="listener_arn",
                  key="listener_arn", made="listeners[0]", rows="listeners", updates={"listener": "modify_listener"})
    usual = {
        "tcp.idle_timeout.seconds": "350", "routing.http.response.server.enabled": "true",
        **{f"routing.http.response.{name}.header_value": "" for name in (
            "strict_transport_security", "access_control_allow_origin", "access_control_allow_methods", "access_control_allow_headers",
            "access_control_allow_credentials", "access_control_expose_headers", "access_control_max_age", "content_security_policy",
            "x_content_type_options", "x_frame_options")},
    }
    attributes = {
        "load_balancer_arn": string("The load balancer.", reference=["aws.lb"]),
        "port": integer("The port it listens to.", minimum=1, maximum=65535),
        "protocol": string("What it speaks.", enum=PROTOCOLS, group="listener"),
        "default_actions": array(ACTION, "What it does with what no rule takes.", group="listener"),
        "certificates": array(record({"certificate_arn": string(), "is_default": boolean(default_from_cloud=True)}),
                              "Its certificate (HTTPS and TLS); exactly one.", group="listener"),
        "ssl_policy": string("Which ciphers and versions it takes.", group="listener", default_from_cloud=True),
        "alpn_policy": array(string(), "HTTP1Only, HTTP2Only, HTTP2Optional, HTTP2Preferred or None (TLS).", group="listener"),
        "mutual_authentication": record({
            "mode": string("off, passthrough or verify."), "trust_store_arn": string(),
            "ignore_client_certificate_expiry": boolean(), "advertise_trust_store_ca_names": string(),
            "trust_store_association_status": string(read_only=True)},
            "Whether clients show certificates.", group="listener", default_from_cloud=True),
        "attributes": switches(usual),
        "tags": tags(),
    }
    required = ("load_balancer_arn", "default_actions")

    def parent_of(self, id: str) -> str:
        return balancer_of(id)

    def parents(self, api: AwsSession) -> list[str]:
        return balancers(api)

    def below(self, api: AwsSession, parent: str) -> list[dict[str, Any]]:
        return listeners_on(api, parent)

    def request(self, api: AwsSession, want: Mapping[str, Any]) -> dict[str, Any]:
        return _with_order(super().request(api, want), "default_actions")

    def change(self, api: AwsSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any], group: str) -> Submitted | Any:
        if group == "listener":
            # What is so already is not sent: a protocol said anew asks for certificates anew.
            same = [name for name in ("protocol", "ssl_policy", "alpn_policy") if want.get(name) == last.get(name)]
            want = _with_order({name: value for name, value in want.items() if name not in same}, "default_actions")
        return super().change(api, id, want, last, group)

    def read(self, api: AwsSession, row: Mapping[str, Any]) -> dict[str, Any]:
        told = super().read(api, row)
        return {**told, "default_actions": canonical_actions(told.get("default_actions", ()))}

    def normalise(self, attribute: str, value: Any) -> Any:
        return canonical_actions(value) if attribute == "default_actions" else super().normalise(attribute, value)

    def portray(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        portrayed = super().portray(attributes)
        if portrayed.get("mutual_authentication", {}).get("mode") == "off":
            del portrayed["mutual_authentication"]
        if portrayed.get("protocol") not in ("HTTPS", "TLS"):
            portrayed.pop("ssl_policy", None)
        return portrayed


@native_type
class ListenerRule(Below):
    """What a listener does with some of its requests; rules are tried by priority. The id is its ARN. A look takes a call for each
    listener, and one for the tags of 20 rules.  https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html"""

    name = "aws.lb_listener_rule"
    parent, place = "listener_arn", "priority"
    calls = Calls("elbv2", create="create_rule", list="describe_rules", delete="delete_rule", id="rule_arn", key="rule_arn",
                  made="rules[0]", rows="rules", updates={"rule": "modify_rule"})
    attributes = {
        "listener_arn": string("The listener.", reference=["aws.lb_listener"]),
        "priority": integer("Its place; lower numbers come first.", minimum=1, maximum=50000),
        "conditions": array(CONDITION, "Which requests it takes: those that fulfil all.", set=True, group="rule"),
        "actions": array(ACTION, "What it does with them.", group="rule"),
        "tags": tags(),
    }
    required = ("listener_arn", "priority", "conditions", "actions")

    def parent_of(self, id: str) -> str:
        return listener_of(id)

    def parents(self, api: AwsSession) -> list[str]:
        return [row["listener_arn"] for balancer in balancers(api) for row in listeners_on(api, balancer)]

    def below(self, api: AwsSession, parent: str) -> list[dict[str, Any]]:
        try:
            rows = list(api.rows("elbv2", "describe_rules", "rules", listener_arn=parent))
        except NotFound:
            return []
        # The default rule is the listener's own default action.
        return [{**row, "listener_arn": parent, "priority": int(row["priority"])} for row in rows if not row.get("is_default")]

    def request(self, api: AwsSession, want: Mapping[str, Any]) -> dict[str, Any]:
        return _with_order(super().request(api, want), "actions")

    def change(self, api: AwsSession, id: str, want: Mapping[str, Any], last: Mapping[str, Any], group: str) -> Submitted | Any:
        return super().change(api, id, _with_order(want, "actions"), last, group)

    def read(self, api: AwsSession, row: Mapping[str, Any]) -> dict[str, Any]:
        told = super().read(api, row)
        return {name: self.normalise(name, value) for name, value in told.items()}

    def normalise(self, attribute: str, value: Any) -> Any:
        if attribute == "actions":
            return canonical_actions(value)
        return canonical_conditions(value) if attribute == "conditions" else super().normalise(attribute, value)


def _with_order(want: Mapping[str, Any], attribute: str) -> dict[str, Any]:
    """The API wants several actions numbered."""
    actions = want.get(attribute) or ()
    numbered = [{"order": place, **action} for place, action in enumerate(actions, 1)] if len(actions) > 1 else list(actions)
    return {**want, attribute: numbered} if actions else dict(want)


@native_type
class ListenerCertificate(NativeType[AwsSession]):
    """One further certificate of a listener, chosen by the name that clients ask for; the id is ``listener|certificate``. A look takes a
    call for each listener.  https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_AddListenerCertificates.html"""

    name = "aws.lb_listener_certificate"
    identity = Natural()
    family = "elbv2"
    exclusive = True
    attributes = {
        "listener_arn": string("The listener.", reference=["aws.lb_listener"]),
        "certificate_arn": string("The certificate, of ACM or IAM."),
    }
    required = ("listener_arn", "certificate_arn")

    def create(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Submitted:
        listener, certificate = want["listener_arn"], want["certificate_arn"]
        answer = api.tell("elbv2", "add_listener_certificates", listener_arn=listener, certificates=[{"certificate_arn": certificate}])
        return Submitted(join(listener, certificate), request_id=answer["request_id"])

    def observe(self, api: AwsSession, ids: Sequence[str]) -> Iterator[Observed]:
        asked = set(ids)
        return (seen for listener in dict.fromkeys(split(id)[0] for id in ids) for seen in self._on(api, listener) if seen.id in asked)

    def find(self, api: AwsSession, want: Mapping[str, Any], intent: Intent) -> Iterator[Observed]:
        return self.match(api, want)

    def match(self, api: AwsSession, want: Mapping[str, Any]) -> Iterator[Observed]:
        return self.observe(api, [join(want["listener_arn"], want["certificate_arn"])])

    def discover(self, api: AwsSession) -> Iterator[Observed]:
        rows = (row for balancer in balancers(api) for row in listeners_on(api, balancer) if row.get("certificates"))
        return (seen for row in rows for seen in self._on(api, row["listener_arn"]))

    def delete(self, api: AwsSession, id: str, last: Mapping[str, Any]) -> Submitted:
        listener, certificate = split(id)
        answer = api.tell("elbv2", "remove_listener_certificates", listener_arn=listener, certificates=[{"certificate_arn": certificate}])
        return Submitted(id, request_id=answer["request_id"])

    def _on(self, api: AwsSession, listener: str) -> Iterator[Observed]:
        try:
            rows = list(api.rows("elbv2", "describe_listener_certificates", "certificates", listener_arn=listener))
        except NotFound:
            return
        for row in rows:
            if not row.get("is_default"):
                attributes = {"listener_arn": listener, "certificate_arn": row["certificate_arn"]}
                yield Observed(join(*attributes.values()), "ready", attributes)
