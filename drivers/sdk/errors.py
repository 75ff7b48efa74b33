"""What can go wrong in a cloud, in mcflow's words. Each driver has one ``translate`` that turns its SDK's exceptions into these."""

from __future__ import annotations


class DriverError(Exception):
    """Base of all. ``code`` is the cloud's own error code, ``request_id`` the cloud's, ``retry_after`` seconds if the cloud said so;
    ``permission`` is what the cloud calls the right to make the call (``ec2:RebootInstances``), where the driver knows it."""

    def __init__(self, message: str = "", *, code: str = "", request_id: str = "", retry_after: float | None = None,
                 permission: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.request_id = request_id
        self.retry_after = retry_after
        self.permission = permission


class NotFound(DriverError):
    """The object, or one that the request names, is not there (yet)."""


class AlreadyExists(DriverError):
    """An object with that identity exists."""


class Busy(DriverError):
    """Another change of the same object is going on; wait and try again."""


class Stale(DriverError):
    """The version (etag) sent is not the current one; read again and retry."""


class InUse(DriverError):
    """The object cannot be deleted or changed while others use it."""


class InvalidRequest(DriverError):
    """The cloud will never accept this request."""


class AccessDenied(DriverError):
    """The caller may not do that."""


class InvalidCredentials(DriverError):
    """The cloud does not know the caller, or the credentials are missing or expired."""


class Throttled(DriverError):
    """Too many requests; nothing was done."""


class QuotaExceeded(DriverError):
    """A quota or the capacity of a place is used up; nothing was done."""


class NotUpdatable(DriverError):
    """This attribute cannot be changed in place after all."""


class ServiceFault(DriverError):
    """The service failed and it is certain that nothing was done (reads, and calls refused before they began)."""


class Ambiguous(DriverError):
    """The request may or may not have been carried out: a time-out, a reset connection, a 5xx on a mutation. Resolved by ``find``.

    ``answered``: the service itself answered, so the request is not on its way any more, and will not land later; what it did is unknown
    all the same. Never of a gateway's answer, behind which the request may still be worked on.
    """

    def __init__(self, message: str = "", *, answered: bool = False, code: str = "", request_id: str = "", retry_after: float | None = None,
                 permission: str = "") -> None:
        super().__init__(message, code=code, request_id=request_id, retry_after=retry_after, permission=permission)
        self.answered = answered


class Unsupported(DriverError):
    """The cloud (or this endpoint of it) has no such operation."""
