"""What AWS and botocore say went wrong, in mcflow's words. The tables are the knowledge; the functions only look things up.

botocore is looked at by the names of its exception classes, so that this module can be imported without it.
"""

from __future__ import annotations

from typing import Any

from mcflow.drivers.sdk import (
    AccessDenied,
    AlreadyExists,
    Ambiguous,
    Busy,
    DriverError,
    InUse,
    InvalidCredentials,
    InvalidRequest,
    NotFound,
    QuotaExceeded,
    ServiceFault,
    Throttled,
    Unsupported,
)

CODES: dict[type[DriverError], str] = {
    Throttled: "Throttling ThrottlingException RequestLimitExceeded RequestThrottled RequestThrottledException TooManyRequestsException "
               "EC2ThrottledException SlowDown BandwidthLimitExceeded PriorRequestNotComplete Throttled "
               "ProvisionedThroughputExceededException",
    InvalidCredentials: "AuthFailure InvalidClientTokenId InvalidAccessKeyId ExpiredToken ExpiredTokenException RequestExpired "
                        "UnrecognizedClientException SignatureDoesNotMatch IncompleteSignature MissingAuthenticationToken "
                        "MissingAuthenticationTokenException InvalidToken",
    AccessDenied: "UnauthorizedOperation AccessDenied AccessDeniedException OptInRequired PendingVerification Blocked "
                  "InvalidRegion OperationNotPermitted AllAccessDisabled AuthorizationError",
    InUse: "DependencyViolation InvalidGroup.InUse VolumeInUse InvalidIPAddress.InUse InvalidNetworkInterface.InUse CannotDelete "
           "InvalidPlacementGroup.InUse ResourceInUse DeleteConflict BucketNotEmpty HostedZoneNotEmpty RepositoryNotEmptyException "
           "FileSystemInUse InvalidDBSubnetGroupStateFault InvalidDBParameterGroupState InvalidDBParameterGroupStateFault "
           "SubnetAlreadyInUse",
    Busy: "IncorrectState IncorrectInstanceState IncorrectModificationState ConcurrentTagAccess ConcurrentUpdate OperationInProgress "
          "IncorrectSpotRequestState SnapshotCreationPerVolumeRateExceeded ConcurrentModification ConcurrentModificationException "
          "EntityTemporarilyUnmodifiable OperationAbortedException TooManyUpdates OperationAborted "
          "ConcurrentAccess QueueDeletedRecently AWS.SimpleQueueService.QueueDeletedRecently ResourceConflictException "
          "IncorrectFileSystemLifeCycleState IncorrectMountTargetState InvalidDBInstanceState InvalidDBInstanceStateFault "
          "InvalidDBSnapshotState InvalidDBSnapshotStateFault InvalidDBClusterStateFault",
    AlreadyExists: "RouteAlreadyExists Resource.AlreadyAssociated Resource.AlreadyExists InvalidKeyPair.Duplicate InvalidGroup.Duplicate "
                   "InvalidPermission.Duplicate InvalidVolume.Duplicate ResourceExistsException BucketAlreadyOwnedByYou "
                   "QueueNameExists QueueAlreadyExists DuplicateLoadBalancerName DuplicateTargetGroupName DuplicateListener PriorityInUse "
                   "MountTargetConflict",
    NotFound: "Gateway.NotAttached InvalidAMIID.Unavailable NoSuchEntity NoSuchResourceException NoSuchBucket NoSuchKey NoSuchUpload "
              "NoSuchVersion InvalidPlacementGroup.Unknown "
              "NoSuchBucketPolicy NoSuchCORSConfiguration NoSuchLifecycleConfiguration NoSuchPublicAccessBlockConfiguration NoSuchTagSet "
              "NoSuchWebsiteConfiguration OwnershipControlsNotFoundError ServerSideEncryptionConfigurationNotFoundError "
              "QueueDoesNotExist AWS.SimpleQueueService.NonExistentQueue NoSuchHostedZone",
    QuotaExceeded: "InsufficientInstanceCapacity InsufficientHostCapacity InsufficientCapacity InsufficientVolumeCapacity "
                   "InsufficientAddressCapacity InsufficientFreeAddressesInSubnet InsufficientReservedInstanceCapacity "
                   "MaxSpotInstanceCountExceeded VolumeModificationRateExceeded VolumeModificationSizeLimitExceeded TooManyBuckets "
                   "TooManyHostedZones CodeStorageExceededException TooManyLoadBalancers TooManyTargetGroups TooManyListeners TooManyRules "
                   "TooManyTargets TooManyRegistrationsForTargetId TooManyCertificates TooManyActions TooManyRequests "
                   "TooManyUniqueTargetGroupsPerLoadBalancer NoFreeAddressesInSubnet InsufficientThroughputCapacity",
    Unsupported: "InvalidAction UnknownOperationException NotImplemented UnsupportedProtocol",
    InvalidRequest: "IdempotentParameterMismatch IdempotentInstanceTerminated DryRunOperation UnsupportedOperation Unsupported",
}
"""Error codes by meaning. What is not here is classified by `ENDINGS`, then by the HTTP status."""

ENDINGS: tuple[tuple[str, type[DriverError]], ...] = (
    ("NotFound", NotFound), (".Duplicate", AlreadyExists), ("AlreadyExists", AlreadyExists), ("LimitExceeded", QuotaExceeded),
    ("QuotaExceeded", QuotaExceeded), (".InUse", InUse),
)
"""Families of codes, told by how they end; some services add ``Exception`` or ``Fault``."""

MESSAGES: tuple[tuple[str, type[DriverError]], ...] = (
    ("Invalid IAM Instance Profile", NotFound), ("Invalid IamInstanceProfile", NotFound), ("cannot be assumed", NotFound),
    ("could not be assumed", NotFound), ("Invalid principal", NotFound), ("invalid principals", NotFound),
    ("scheduled for deletion", Busy), ("but it already exists", AlreadyExists), ("but it was not found", NotFound),
)
"""What services say of a role, a profile or a principal that was made just now and is not known everywhere yet, of a secret whose name
is not free yet, or of a DNS record. Their codes are those of any invalid request, so the text must tell."""

BY_VERB: dict[str, tuple[tuple[str, type[DriverError]], ...]] = {
    "ResourceInUseException": (("create", AlreadyExists), ("delete", InUse), ("", Busy)),
}
"""What some codes mean depends on the call: of EKS and DynamoDB this one says that the name is taken, that something still hangs on it, or
that another change is going on."""

EXCEPTIONS: dict[str, type[DriverError]] = {
    "NoCredentialsError": InvalidCredentials, "PartialCredentialsError": InvalidCredentials, "CredentialRetrievalError": InvalidCredentials,
    "ProfileNotFound": InvalidCredentials, "SSOError": InvalidCredentials, "TokenRetrievalError": InvalidCredentials,
    "RefreshWithMFAUnsupportedError": InvalidCredentials, "InvalidConfigError": InvalidCredentials,
    "EndpointConnectionError": ServiceFault, "ConnectTimeoutError": ServiceFault, "ProxyConnectionError": ServiceFault,
    "SSLError": ServiceFault,
    "ParamValidationError": InvalidRequest, "NoRegionError": InvalidRequest, "InvalidRegionError": InvalidRequest,
    "UnknownServiceError": Unsupported,
}
"""botocore's own exceptions, by class name (the nearest class in the inheritance counts). Those about connecting: nothing was sent."""

ANSWERS = (500, 503)
"""Statuses by which a service says itself that it failed (``InternalError``, ``Unavailable``). AWS says of them that the request may be
repeated, and does not say that nothing was done. 502 and 504 are of what stands before it.
https://docs.aws.amazon.com/ec2/latest/devguide/errors-overview.html"""

_BY_CODE = {code: error for error, codes in CODES.items() for code in codes.split()}


def is_read(operation: str) -> bool:
    """True for an operation that changes nothing, in either spelling (``describe_vpcs``, ``DescribeVpcs``)."""
    return operation.lower().startswith(("describe", "get", "list"))


def translate(exception: BaseException, operation: str = "") -> DriverError | None:
    """The DriverError for an exception of this driver's calls, None for one that is none of ours.

    ``operation`` is the API's operation where the exception does not know it. A call of which nothing is known counts as a mutation: if it
    may have been carried out, it is Ambiguous.
    """
    if isinstance(exception, DriverError):
        return exception
    names = [cls.__name__ for cls in type(exception).__mro__]
    if "ClientError" in names:
        return _from_answer(exception, operation)
    if not {"BotoCoreError", "HTTPClientError", "ResponseParserError"} & set(names):
        return None
    text = str(exception)
    for name in names:
        if name in EXCEPTIONS:
            return EXCEPTIONS[name](text, code=names[0])
    return (ServiceFault if is_read(operation) else Ambiguous)(text, code=names[0])


def _from_answer(exception: Any, operation: str) -> DriverError:
    error = exception.response.get("Error", {})
    metadata = exception.response.get("ResponseMetadata", {})
    code = str(error.get("Code", ""))
    operation = operation or str(getattr(exception, "operation_name", ""))
    kind = classify(code, int(metadata.get("HTTPStatusCode", 400)), is_read(operation))
    kind = next((meant for verb, meant in BY_VERB.get(code, ()) if operation.lower().startswith(verb)), kind)
    if kind is InvalidRequest:
        kind = next((meant for text, meant in MESSAGES if text in str(error.get("Message", ""))), kind)
    wait = metadata.get("HTTPHeaders", {}).get("retry-after", "")
    about: dict[str, Any] = {"code": code, "request_id": str(metadata.get("RequestId", "")),
                             "retry_after": float(wait) if wait.isdigit() else None}
    if kind is Ambiguous:
        # Where no service's error could be read, botocore says the status for a code.
        about["answered"] = metadata.get("HTTPStatusCode") in ANSWERS and bool(code) and not code.isdigit()
    message = str(error.get("Message") or "")
    # A proxy's or a faulty service's page of HTML says nothing that its status does not say.
    if message.lstrip().startswith("<"):
        message = f"the service answered with status {metadata.get('HTTPStatusCode', code)} and gave no reason"
    return kind(message or str(code or exception), **about)


def classify(code: str, status: int, read: bool) -> type[DriverError]:
    """What an error code with an HTTP status means, for a read or for a mutation."""
    if code in _BY_CODE:
        return _BY_CODE[code]
    family = code.removesuffix("Exception").removesuffix("Fault")
    for ending, kind in ENDINGS:
        if family.endswith(ending):
            return kind
    if status >= 500 or code in ("500", "502", "503", "504"):
        return ServiceFault if read else Ambiguous
    if status == 429:
        return Throttled
    return InvalidRequest
