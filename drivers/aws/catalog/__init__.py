"""What AWS sells, and what its natives cost. Every module is a table and the few calls that fill it; `AwsCatalog` is the door."""

from mcflow.drivers.aws.catalog import costs
from mcflow.drivers.aws.catalog.catalog import CATALOG, AwsCatalog
from mcflow.drivers.aws.catalog.images import PUBLISHERS

__all__ = ["CATALOG", "PUBLISHERS", "AwsCatalog", "costs"]
