"""How reading can fail, and in which words: an address without its secrets, a reason without the server's own text."""

from __future__ import annotations

from http import HTTPStatus

from dualvariant.core.errors import DualvariantError
from dualvariant.network.urls import shown

__all__ = ["DamagedError", "GoneError", "RefusedError", "SourceError", "reason", "refusal"]


class SourceError(DualvariantError):
    """An index, or a file on it, that cannot be read."""

    exit_code = 5
    code = "index-unreachable"


class GoneError(SourceError):
    """The server says that there is no such thing: 404 or 410."""

    code = "not-found"


class RefusedError(SourceError):
    """The server says that we may not see it: 403."""

    code = "index-forbidden"


class DamagedError(SourceError):
    """There is something, but it is not what the page or the server itself says it is."""

    code = "damaged-file"


def refusal(url: str, status: int, why: str | None = None) -> SourceError:
    """The error for a status that is no success; the server's own words are not repeated."""
    try:
        phrase = f" ({HTTPStatus(status).phrase})"
    except ValueError:
        phrase = ""
    message = f"{shown(url)} answers {status}{phrase}"
    match status:
        case 401 | 407:
            return SourceError(
                f"{message}; {why}" if why else message,
                "name and password may stand in the index's address, in ~/.netrc or in a keyring (--keyring-provider)",
            )
        case 403:
            return RefusedError(message)
        case 404 | 410:
            return GoneError(message)
        case 429:
            return SourceError(message, "it wants to be left alone for a while: try again later")
    return SourceError(message)


def reason(error: BaseException, timeout: float) -> str:
    """What went wrong, in words; an exception's own text may quote addresses with credentials."""
    from urllib3 import exceptions

    match error:
        case exceptions.ProxyError():
            return f"the proxy fails: {reason(error.original_error, timeout)}"
        case exceptions.NameResolutionError():
            return "its name is not known"
        case exceptions.NewConnectionError():
            pass  # to urllib3 a time-out of its own kind; its cause says more
        case exceptions.TimeoutError() | TimeoutError():
            return f"silent for {timeout:g} s"
        case exceptions.SSLError():
            return f"no secure connection: {error}"
        case exceptions.IncompleteRead():
            return f"{error.partial} of {(error.partial or 0) + (error.expected or 0)} bytes came"
        case exceptions.DecodeError():
            return "its compression is broken"
        case OSError() if error.strerror:
            return error.strerror
        case ValueError():
            return "it is no address"
    inner = error.__cause__ or error.__context__ or next((a for a in error.args if isinstance(a, Exception)), None)
    return reason(inner, timeout) if isinstance(inner, Exception) else type(error).__name__
