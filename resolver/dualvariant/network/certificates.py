"""TLS: the certificates that are trusted, and the client's own."""

from __future__ import annotations

from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from dualvariant.core.errors import UsageError

if TYPE_CHECKING:
    import ssl

    from dualvariant.network.transport import Transport

__all__ = ["CertificateError", "is_client_certificate", "make_context"]


class CertificateError(UsageError):
    """A setting names certificates that cannot be used."""

    code = "certificate-unusable"


def make_context(transport: Transport, *, trusted: bool) -> ssl.SSLContext:
    """A TLS context with the certificates to trust.

    These are those that are named, or else the system's (OpenSSL itself reads ``SSL_CERT_FILE`` and ``SSL_CERT_DIR``),
    or else, on a system that has none, those in the pip package.

    Args:
        transport: names them.
        trusted: the server's certificate is not checked.

    Raises:
        CertificateError: what is named cannot be used.
    """
    import ssl

    import urllib3
    from urllib3.util.ssl_ import create_urllib3_context

    context = create_urllib3_context(cert_reqs=ssl.CERT_NONE if trusted else ssl.CERT_REQUIRED)
    if trusted:
        # The user has asked for it; urllib3's own warning would be printed for each request.
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    else:
        if transport.cert:
            _load_named_certificates(context, transport.cert)
        if not transport.cert or transport.trusts_system:
            _load_system_certificates(context)
            for path in transport.more_certs:
                with suppress(OSError):  # ssl.SSLError is one
                    context.load_verify_locations(path)
    if transport.client_cert:
        _load_client_certificate(context, transport.client_cert)
    return context


def is_client_certificate(path: str) -> bool:
    """Whether a file holds a client's certificate and its key, which is not encrypted."""
    import ssl

    try:
        _load_client_certificate(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), path)
    except CertificateError:
        return False
    return True


def _load_named_certificates(context: ssl.SSLContext, bundle: str) -> None:
    path = Path(bundle)
    step = "name a file or folder of PEM certificates (--cert, REQUESTS_CA_BUNDLE), or unset it"
    if not path.exists():
        raise CertificateError(f"the certificates to trust do not exist (cert): {bundle!r}", step)
    try:
        context.load_verify_locations(**{"capath" if path.is_dir() else "cafile": bundle})
    except OSError as error:
        raise CertificateError(f"the certificates to trust cannot be read ({error}): {bundle!r}", step) from error


def _load_system_certificates(context: ssl.SSLContext) -> None:
    context.load_default_certs()
    import ssl

    folder = ssl.get_default_verify_paths().capath
    # OpenSSL reads a folder of certificates when it needs one of them, so the count does not include these.
    if not context.cert_store_stats()["x509_ca"] and not (folder and any(Path(folder).iterdir())):
        spec = find_spec("pip")
        vendored = Path(spec.origin).parent / "_vendor/certifi/cacert.pem" if spec and spec.origin else None
        if vendored is not None and vendored.is_file():
            context.load_verify_locations(cafile=str(vendored))


def _load_client_certificate(context: ssl.SSLContext, path: str) -> None:
    def refuse_password() -> str:
        # OpenSSL would ask on the terminal, and wait for ever where nobody answers.
        raise CertificateError(
            f"the key of the client certificate needs a password (client-cert): {path!r}",
            "'openssl pkey -in KEY -out NEW' writes the key without one; keep NEW readable by you alone",
        )

    try:
        context.load_cert_chain(path, password=refuse_password)
    except OSError as error:
        raise CertificateError(
            f"the client certificate cannot be used ({error}) (client-cert): {path!r}",
            "--client-cert names one PEM file with the certificate and its key",
        ) from error
