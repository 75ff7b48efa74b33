"""How a cluster of Magnum knows its caller: by a certificate that the cluster's own authority signs when it is asked for.
https://docs.openstack.org/api-ref/container-infrastructure-management/#manage-certificates-for-cluster"""

from __future__ import annotations

from mcflow.drivers.openstack.session import OpenStackSession
from mcflow.drivers.sdk import ClusterToken, InvalidRequest

MAGNUM = "container-infrastructure-management"
USER, GROUP = "admin", "system:masters"
"""Whom Kubernetes takes the bearer for. Magnum gives certificates only to those who may administer the cluster."""
BITS = 2048


def authority(api: OpenStackSession, cluster: str) -> str:
    """The certificate of a cluster's authority, PEM. Raises NotFound."""
    return str(api.get(MAGNUM, f"/certificates/{cluster}")["pem"])


def client_certificate(api: OpenStackSession, cluster: str) -> ClusterToken:
    """A certificate for one cluster, by its id or name. Its key is made here and sent nowhere. Raises NotFound, InvalidRequest."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import NameOID

    key = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, USER), x509.NameAttribute(NameOID.ORGANIZATION_NAME, GROUP)])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    asked = {"cluster_uuid": cluster, "csr": request.public_bytes(serialization.Encoding.PEM).decode()}
    signed = str(api.call(MAGNUM, "POST", "/certificates", json=asked).body["pem"])
    try:
        until = x509.load_pem_x509_certificate(signed.encode()).not_valid_after_utc.timestamp()
    except ValueError as wrong:
        raise InvalidRequest(f"the cloud's answer is no certificate: {wrong}") from wrong
    text = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
    return ClusterToken("", until, certificate=signed, key=text)
