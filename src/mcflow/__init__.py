"""mcflow: a declarative multi-cloud infrastructure engine.

Importing this package imports nothing else: faces import :mod:`mcflow.engine.api`, driver authors :mod:`mcflow.drivers.sdk`.
"""

__version__ = "0.1.0"
