"""What listeners do with a request, and when: one spelling for what is wanted and for what the API shows, which says the same in several
ways and fills in what goes without saying."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mcflow.drivers.sdk import array, boolean, integer, mapping, record, string

ACTION = record({
    "type": string(enum=["forward", "redirect", "fixed-response", "authenticate-oidc", "authenticate-cognito", "jwt-validation"]),
    "order": integer("Its place among several.", minimum=1, maximum=50000),
    "target_group_arn": string("Where it forwards to.", reference=["aws.lb_target_group"]),
    "forward_config": record({
        "target_groups": array(record({"target_group_arn": string(reference=["aws.lb_target_group"]),
                                       "weight": integer(minimum=0, maximum=999)})),
        "target_group_stickiness_config": record({"enabled": boolean(), "duration_seconds": integer(minimum=1, maximum=604800)}),
    }, "Several groups, each with a weight."),
    "redirect_config": mapping(string(), "protocol, port, host, path, query, status_code (HTTP_301, HTTP_302)."),
    "fixed_response_config": mapping(string(), "status_code, content_type, message_body."),
    "authenticate_oidc_config": record({
        **{name: string() for name in ("issuer", "authorization_endpoint", "token_endpoint", "user_info_endpoint", "client_id",
                                       "session_cookie_name", "scope", "on_unauthenticated_request")},
        "client_secret": string("Never told by the API.", sensitive=True), "session_timeout": integer(),
        "use_existing_client_secret": boolean(), "authentication_request_extra_params": mapping(string())}),
    "authenticate_cognito_config": record({
        **{name: string() for name in ("user_pool_arn", "user_pool_client_id", "user_pool_domain", "session_cookie_name", "scope",
                                       "on_unauthenticated_request")},
        "session_timeout": integer(), "authentication_request_extra_params": mapping(string())}),
    "jwt_validation_config": record({"jwks_endpoint": string(), "issuer": string(), "additional_claims": array(
        record({"name": string(), "format": string(), "values": array(string(), set=True)}), set=True)}),
}, required=["type"])

VALUES = record({"values": array(string(), set=True), "regex_values": array(string(), set=True)})
PLAIN = record({"values": array(string(), set=True)})
CONDITION = record({
    "field": string(enum=["host-header", "path-pattern", "http-header", "query-string", "http-request-method", "source-ip"]),
    "values": array(string(), "In short, for host-header and path-pattern.", set=True),
    "host_header_config": VALUES, "path_pattern_config": VALUES, "http_request_method_config": PLAIN, "source_ip_config": PLAIN,
    "http_header_config": record({"http_header_name": string(), "values": array(string(), set=True),
                                  "regex_values": array(string(), set=True)}),
    "query_string_config": record({"values": array(record({"key": string(), "value": string()}), set=True)}),
}, required=["field"])

_LOGIN = {"scope": "openid", "session_cookie_name": "AWSELBAuthSessionCookie", "session_timeout": 604800,
          "on_unauthenticated_request": "authenticate", "authentication_request_extra_params": {}, "use_existing_client_secret": False}
USUAL: Mapping[str, Mapping[str, Any]] = {
    "redirect_config": {"protocol": "#{protocol}", "port": "#{port}", "host": "#{host}", "path": "/#{path}", "query": "#{query}"},
    "authenticate_oidc_config": _LOGIN, "authenticate_cognito_config": _LOGIN,
}
"""What AWS fills in where nothing is said."""
UNTOLD = ("client_secret", "use_existing_client_secret")
SHORT = {"host-header": "host_header_config", "path-pattern": "path_pattern_config"}




def canonical_actions(actions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Actions in the order they are taken; forwarding to one group is said in one way."""
    ordered = sorted(actions, key=lambda action: action.get("order") or 0)
    return [_action(action) for action in ordered]


def _action(action: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: _config(name, value) for name, value in action.items() if value is not None and name not in ("order", "forward_config")}
    forward = action.get("forward_config")
    if forward:
        groups = [{"target_group_arn": each["target_group_arn"], "weight": 1 if each.get("weight") is None else each["weight"]}
                  for each in forward.get("target_groups") or ()]
        sticky = forward.get("target_group_stickiness_config") or {}
        if len(groups) == 1 and not sticky.get("enabled"):
            return {**told, "target_group_arn": groups[0]["target_group_arn"]}
        told.pop("target_group_arn", None)
        told["forward_config"] = {"target_groups": sorted(groups, key=lambda group: str(group["target_group_arn"]))}
        if sticky.get("enabled"):
            told["forward_config"]["target_group_stickiness_config"] = {name: value for name, value in sticky.items() if value is not None}
    return told


def _config(name: str, value: Any) -> Any:
    if name not in USUAL or not isinstance(value, Mapping):
        return value
    return {key: item for key, item in value.items() if item is not None and key not in UNTOLD and item != USUAL[name].get(key)}


def canonical_conditions(conditions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Conditions, each with the values under the configuration of its field."""
    return [_condition(condition) for condition in conditions]


def _condition(condition: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in condition.items() if value not in (None, [], {}) and name not in ("values", "regex_values")}
    short = SHORT.get(str(condition.get("field")))
    if short and condition.get("values") and short not in told:
        told[short] = {"values": list(condition["values"])}
    return {name: {key: item for key, item in value.items() if item not in (None, [])} if isinstance(value, Mapping) else value
            for name, value in told.items()}
