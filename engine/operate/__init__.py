"""What one does with objects that is no plan: looking at how they do, starting and stopping them, logging in, calling an API by name.

Belongs here: finding what an address means, asking the driver's telemetry, operations and raw calls, and journalling what may change
something. Nothing here changes the wanted state of anything.
"""
