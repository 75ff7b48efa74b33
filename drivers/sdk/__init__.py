"""The contract between the engine and a driver, version `CONTRACT`. Everything a driver author needs is exported here.

Belongs here: native types, lowerings, choosers, sessions, attribute schemas, errors, the registry. What only one cloud needs does not.
"""

from mcflow.drivers.sdk.attributes import anything, array, boolean, integer, mapping, number, record, string, tags
from mcflow.drivers.sdk.catalog import Answer, Catalog, Image, Offer, Price, Query, Quota, Reader, Region, Spec, Zone, reader_of
from mcflow.drivers.sdk.costs import Charge, Unpriced, by_use, free, prices
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
from mcflow.drivers.sdk.operations import ClusterToken, Login, Operations
from mcflow.drivers.sdk.raw import ApiOperation, Parameter, Raw, RawAnswer, UnknownNameError, WrongParametersError
from mcflow.drivers.sdk.session import Session
from mcflow.drivers.sdk.telemetry import Happening, Series, Subject, Telemetry, Window

__all__ = [
    "CONTRACT", "AccessDenied", "Again", "AlreadyExists", "Ambiguous", "Answer", "ApiOperation", "Busy", "Catalog", "Charge", "Chosen",
    "ClusterToken", "Driver", "DriverError", "Group", "Happening", "Identity", "Image", "InUse", "Intent", "InvalidCredentials",
    "InvalidRequest", "Login", "Lowering", "Native", "NativeType", "Natural", "NoIdentity", "NotFound", "NotUpdatable", "Observed",
    "Offer", "Operations", "Parameter", "Price", "Progress", "Query", "Quota", "QuotaExceeded", "Raw", "RawAnswer", "Reader", "Region",
    "Series", "ServiceFault", "Session", "Spec", "Stale", "Subject", "Submitted", "Tagged", "Telemetry", "Throttled", "Token",
    "UniqueName", "UnknownNameError", "Unpriced", "Unsuitable", "Unsupported", "Want", "Window", "WrongParametersError", "Zone",
    "accepts", "anything", "array", "boolean", "by_use", "chooses", "derives", "free", "integer", "lowers", "mapping", "native_type",
    "number", "own_marks", "prices", "reader_of", "record", "string", "tags", "user_tags",
]
