"""The API's spelling and ours: a blueprint says ``db_instance_class``, the API ``DBInstanceClass``. The service's own model tells.

A shape is botocore's (``botocore.model.Shape``): a structure with members, a list, a map with free keys, or a scalar.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mcflow.drivers.sdk import InvalidRequest


def snake(member: str) -> str:
    """A member's name as mcflow writes it: ``VpcSecurityGroupIds`` → ``vpc_security_group_ids``."""
    from botocore import xform_name

    # botocore makes ``i_pv4`` and ``_vpcs`` of the few members that are spelled so.
    return str(xform_name(member.replace("IPv", "Ipv"))).lstrip("_")


def spelled(shape: Any, value: Any) -> Any:
    """A value in the API's spelling. Members that are None are left out; keys of free maps stay. Raises InvalidRequest for a member that is
    not the API's."""
    if shape.type_name == "structure" and isinstance(value, Mapping):
        members = {snake(member): member for member in shape.members}
        unknown = [key for key in value if key not in members]
        if unknown:
            raise InvalidRequest(f"{shape.name} has no {', '.join(unknown)}; it has {', '.join(sorted(members))}")
        return {members[key]: spelled(shape.members[members[key]], item) for key, item in value.items() if item is not None}
    if shape.type_name == "list" and isinstance(value, list | tuple):
        return [spelled(shape.member, item) for item in value]
    if shape.type_name == "map" and isinstance(value, Mapping):
        return {key: spelled(shape.value, item) for key, item in value.items() if item is not None}
    return value


def told(shape: Any, value: Any) -> Any:
    """An answer in mcflow's spelling, as plain JSON values: times as ISO 8601 texts, bytes in base64."""
    if shape is None or value is None:
        return value
    if shape.type_name == "structure" and isinstance(value, Mapping):
        return {snake(member): told(shape.members[member], item) for member, item in value.items() if member in shape.members}
    if shape.type_name == "list":
        return [told(shape.member, item) for item in value]
    if shape.type_name == "map":
        return {key: told(shape.value, item) for key, item in value.items()}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    return value
