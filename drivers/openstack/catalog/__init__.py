"""What an OpenStack cloud offers. Every module reads one kind of answer; `OpenStackCatalog` is the door."""

from mcflow.drivers.openstack.catalog.catalog import CATALOG, OpenStackCatalog

__all__ = ["CATALOG", "OpenStackCatalog"]
