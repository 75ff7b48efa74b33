"""The OpenStack driver: networks, machines, disks, images, load balancers and more, through openstacksdk.

``native`` holds what one call of an API makes, ``portable`` how portable types become these; `session` is the way in, `translate` what
errors mean. openstacksdk is imported when a connection is opened, not before.
"""

from __future__ import annotations

from mcflow import __version__
from mcflow.drivers.openstack.catalog import CATALOG
from mcflow.drivers.openstack.config import CONFIG_SCHEMA
from mcflow.drivers.openstack.native import (
    address,
    attachment,
    balance,
    clusters,
    containers,
    database,
    flavor,
    image,
    image_member,
    key_pair,
    listener,
    network,
    pool,
    pools,
    port,
    qos,
    routing,
    security,
    server,
    server_group,
    shares,
    snapshot,
    subnet,
    volume,
    volume_type,
)
from mcflow.drivers.openstack.operations import OPERATIONS
from mcflow.drivers.openstack.portable import access, choosing, compute, disk_types, files, interface, kubeconfigs, storage
from mcflow.drivers.openstack.portable import balance as balances
from mcflow.drivers.openstack.portable import clusters as kubernetes
from mcflow.drivers.openstack.portable import containers as buckets
from mcflow.drivers.openstack.portable import database as databases
from mcflow.drivers.openstack.portable import network as networks
from mcflow.drivers.openstack.raw import RAW
from mcflow.drivers.openstack.session import connect
from mcflow.drivers.openstack.telemetry import TELEMETRY
from mcflow.drivers.openstack.translate import translate
from mcflow.drivers.sdk import Driver

driver = Driver(
    name="openstack", version=__version__, title="OpenStack", connect=connect, translate=translate, config_schema=CONFIG_SCHEMA,
    verified="real service",
).add(
    network, subnet, routing, port, address, security, qos, pools,
    server, key_pair, server_group, flavor, volume, attachment, snapshot, volume_type, image, image_member,
    balance, listener, pool, shares, containers, clusters, database,
    compute, storage, choosing, disk_types,
    networks, access, interface,
    balances, files, buckets, kubernetes, databases,
)

driver.add(kubeconfigs)
driver.catalog, driver.telemetry, driver.operations, driver.raw = CATALOG, TELEMETRY, OPERATIONS, RAW
CATALOG.natives = driver.natives

__all__ = ["driver"]
