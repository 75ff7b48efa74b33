"""The contract between the engine and a driver, version `CONTRACT`. Everything a driver author needs is exported here.

Belongs here: native types, lowerings, choosers, sessions, attribute schemas, errors, the registry. What only one cloud needs does not.
"""

from mcflow.drivers.sdk.attributes import anything, array, boolean, integer, mapping, number, record, string, tags
from mcflow.drivers.sdk.driver import CONTRACT, Chosen, Driver, accepts, chooses, derives, lowers, native_type
from mcflow.drivers.sdk.errors import (
    AccessDenied,
    AlreadyExists,
    Ambiguous,
    Busy,
    DriverError,
    InUse,
    InvalidCredentials,
    InvalidRequest,
    NotFound,
    NotUpdatable,
    QuotaExceeded,
    ServiceFault,
    Stale,
    Throttled,
    Unsupported,
)
from mcflow.drivers.sdk.identity import Identity, Natural, NoIdentity, Tagged, Token, UniqueName
from mcflow.drivers.sdk.lowering import Lowering, Native, Unsuitable, Want
from mcflow.drivers.sdk.native import Again, Group, Intent, NativeType, Observed, Progress, Submitted, own_marks, user_tags
from mcflow.drivers.sdk.session import Session

__all__ = [
    "CONTRACT", "AccessDenied", "Again", "AlreadyExists", "Ambiguous", "Busy", "Chosen", "Driver", "DriverError", "Group", "Identity",
    "InUse", "Intent", "InvalidCredentials", "InvalidRequest", "Lowering", "Native", "NativeType", "Natural", "NoIdentity", "NotFound",
    "NotUpdatable", "Observed", "Progress", "QuotaExceeded", "ServiceFault", "Session", "Stale", "Submitted", "Tagged", "Throttled",
    "Token", "UniqueName", "Unsuitable", "Unsupported", "Want", "accepts", "anything", "array", "boolean", "chooses", "derives",
    "integer", "lowers", "mapping", "native_type", "number", "own_marks", "record", "string", "tags", "user_tags",
]
