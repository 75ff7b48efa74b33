"""How portable resources become natives of the rehearsal cloud, and how its catalog answers selectors.

Lowerings are pure; only choosers ask the cloud. What a native is made of does not belong here.
"""

from mcflow.drivers.mock.portable import balance, compute, network, services, storage

FAMILIES = (network, compute, storage, balance, services)
