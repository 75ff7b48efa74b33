"""Reading what clouds sell: answers kept in files with an age, narrowed, sorted, and put beside prices.

Belongs here: the file cache, the reader that sessions are given, filters, cost. What one cloud sells, and which connection is meant,
do not.
"""

from mcflow.engine.catalog.keeping import Keeper, Key
from mcflow.engine.catalog.reader import KEPT_FOR, CachedReader, TooLateError, readers

__all__ = ["KEPT_FOR", "CachedReader", "Keeper", "Key", "TooLateError", "readers"]
