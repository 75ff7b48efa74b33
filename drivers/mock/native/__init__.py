"""The native types of the rehearsal cloud: data over one generic class, in families. The cloud's own rules are not here."""

from mcflow.drivers.mock.native import balance, compute, network, services, storage, texts

FAMILIES = (network, compute, storage, balance, services, texts)
