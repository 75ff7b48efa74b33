"""The rehearsal cloud: a driver like any other, over a simulated service that refuses, delays, fails and loses what clouds do.

Belongs here: the service (``cloud``), its native types, lowerings, catalog choices, its session and its commands. The engine does not
know it from any other cloud.
"""

from mcflow.drivers.mock import native, portable, selling
from mcflow.drivers.mock.operations import MockOperations
from mcflow.drivers.mock.raw import MockRaw
from mcflow.drivers.mock.session import CONFIG_SCHEMA, MockSession, translate
from mcflow.drivers.mock.telemetry import MockTelemetry
from mcflow.drivers.sdk import Driver

driver = Driver(
    name="mock",
    version="1.0.0",
    title="Rehearsal cloud",
    connect=MockSession,
    translate=translate,
    config_schema=CONFIG_SCHEMA,
    verified="rehearsal",
    telemetry=MockTelemetry(),
    operations=MockOperations(),
    raw=MockRaw(),
    catalog=selling.CATALOG,
).add(*native.FAMILIES, *portable.FAMILIES, selling)
