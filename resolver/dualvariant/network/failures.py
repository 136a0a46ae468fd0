"""How reading a URL can fail: error classes, and messages without secrets and without a server's own words."""

from __future__ import annotations

from http import HTTPStatus

from dualvariant.core.errors import DualvariantError
from dualvariant.network.urls import redact_url

__all__ = [
    "BrokenOffError",
    "DamagedError",
    "ForbiddenError",
    "InsecureConnectionError",
    "InvalidPageError",
    "InvalidRedirectError",
    "LoginRequiredError",
    "NoRangesError",
    "NotFoundError",
    "OfflineError",
    "ProxyFailedError",
    "RateLimitedError",
    "SourceError",
    "TimedOutError",
    "TooLargeError",
    "UnexpectedStatusError",
    "UnreadableSourceFileError",
    "describe_error",
    "error_class_of",
    "error_for_limit",
    "error_for_missing_login",
    "error_for_status",
    "is_error_status",
    "is_of_server",
]


_GIVE_LOGIN = (
    "put user name and password into the URL of the index (or the proxy), into ~/.netrc or into a keyring "
    "(--keyring-provider)"
)


class SourceError(DualvariantError):
    """An index, or a file on it, that cannot be read."""

    exit_code = 5
    code = "index-unreachable"
    #: The status code of the server's answer; None if there is none, or if something else is wrong with it.
    status: int | None = None
    #: The server that cannot be reached, or is silent, for whatever it is asked; None where only this answer is wrong.
    server: tuple[str, str] | None = None


class LoginRequiredError(SourceError):
    """The server, or the proxy in front of it, wants a login: 401 or 407."""

    code = "index-login-required"


class OfflineError(SourceError):
    """A setting says that no server may be asked."""

    code = "offline"


class NotFoundError(SourceError):
    """The server does not have the page or file: 404 or 410."""

    code = "not-found"


class ForbiddenError(SourceError):
    """The server does not allow us to read the page or file: 403.

    Args:
        message: what is wrong.
        next_step: what the user can do.
        url: what was asked for.
    """

    code = "index-forbidden"

    def __init__(self, message: str, next_step: str, *, url: str) -> None:
        super().__init__(message, next_step)
        self.url = url


class RateLimitedError(SourceError):
    """The server limits how often it is asked: 429."""

    code = "index-rate-limited"


class UnexpectedStatusError(SourceError):
    """The server answers with another status that is not a success."""

    code = "index-status"


class TimedOutError(SourceError):
    """The server does not answer in time, or its answer comes too slowly."""

    code = "index-timeout"


class BrokenOffError(SourceError):
    """The answer ends too early, or its compression is damaged."""

    code = "index-broke-off"


class InsecureConnectionError(SourceError):
    """There is no secure connection to the server, for example because its certificate is not trusted."""

    code = "index-insecure"


class ProxyFailedError(SourceError):
    """The proxy cannot be reached, or refuses the connection."""

    code = "proxy-failed"


class InvalidRedirectError(SourceError):
    """The server redirects too often, or to a URL that must not be read."""

    code = "index-redirect"


class TooLargeError(SourceError):
    """A page or file is larger than the limit."""

    code = "too-large"


class UnreadableSourceFileError(SourceError):
    """A folder or file on this machine that serves as a source cannot be read."""

    code = "unreadable-source"


class InvalidPageError(SourceError):
    """The server answers, but not with a page that lists files."""

    code = "invalid-index-page"


class DamagedError(SourceError):
    """A file is not what the page, or the server itself, says it is."""

    code = "damaged-file"


class NoRangesError(TooLargeError):
    """A wheel that is too large to be downloaded for a look into it, on a server that has no ranges."""

    code = "no-ranges"


def is_error_status(status: int) -> bool:
    """Whether the status of an answer says that the server failed or refused; pip and uv read all other answers.

    A proxy that has changed something answers 203, for example.
    """
    return 400 <= status < 600


def error_for_status(url: str, status: int, why: str | None = None) -> SourceError:
    """The error for a status that is not a success. The server's own words are not repeated.

    Args:
        url: what was asked for.
        status: the status code of the answer.
        why: why there is no better login, if a keyring failed.
    """
    error = _make_error(url, status, why)
    error.status = status
    return error


def _make_error(url: str, status: int, why: str | None) -> SourceError:
    try:
        phrase = f" ({HTTPStatus(status).phrase})"
    except ValueError:
        phrase = ""
    message = f"{redact_url(url)} answers {status}{phrase}"
    match status:
        case 401 | 407:
            return LoginRequiredError(f"{message}; {why}" if why else message, _GIVE_LOGIN)
        case 403:
            return ForbiddenError(message, "check that the URL is right and that your login may read it", url=url)
        case 404 | 410:
            return NotFoundError(message, "check the URL of the index")
        case 429:
            return RateLimitedError(message, "it limits how often it is asked: try again later")
    if status >= 500:
        step = "the server has a problem: try again later, or name another index (--index-url)"
        return UnexpectedStatusError(message, step)
    return UnexpectedStatusError(message, "check that the URL is that of an index (--index-url, --extra-index-url)")


def error_for_missing_login(shown: str) -> SourceError:
    """For a URL that is not to be asked for without a login, where there is none.

    Args:
        shown: how a message names the URL.
    """
    message = f"there is no login for {shown}, and its index is set to be asked only with one"
    return LoginRequiredError(message, f"{_GIVE_LOGIN}; or leave out 'authenticate = \"always\"' of uv")


def error_for_limit(shown: str, error: Exception) -> SourceError:
    """The error for an answer that does not keep the limits of :mod:`dualvariant.network.answers`.

    Args:
        shown: what was asked for, as a message names it.
        error: what was raised there.
    """
    from dualvariant.network.answers import SlowAnswerError

    message = f"{shown} is given up ({error})"
    if isinstance(error, SlowAnswerError):
        return TimedOutError(message, "try again later; --timeout sets how long a server may be silent")
    return TooLargeError(message, "check that the URL is that of an index (--index-url, --extra-index-url)")


def error_class_of(error: BaseException) -> type[SourceError]:
    """The error class for a request that got no answer.

    Args:
        error: what urllib3, or the operating system, raised.
    """
    from urllib3 import exceptions

    match error:
        case exceptions.ProxyError():
            return ProxyFailedError
        case exceptions.SSLError():
            return InsecureConnectionError
        case exceptions.NewConnectionError():
            return SourceError  # a kind of time-out in urllib3, although it fails at once
        case exceptions.TimeoutError() | TimeoutError():
            return TimedOutError
    return SourceError


def is_of_server(error: BaseException) -> bool:
    """Whether the server itself cannot be reached, or is silent: it need not be asked for anything else.

    Args:
        error: what urllib3, or the operating system, raised.
    """
    from urllib3 import exceptions

    # A failure to connect is one of urllib3's time-outs.
    return isinstance(error, exceptions.ProxyError | exceptions.SSLError | exceptions.TimeoutError | TimeoutError)


def describe_error(error: BaseException, timeout: float) -> str:
    """What went wrong, in words. An exception's own text is not used, because it may quote URLs with credentials.

    Args:
        error: what urllib3, or the operating system, raised.
        timeout: seconds without a byte after which a read is given up.
    """
    from urllib3 import exceptions

    match error:
        case exceptions.ProxyError():
            return f"the proxy fails: {describe_error(error.original_error, timeout)}"
        case exceptions.NameResolutionError():
            return "its name is not known"
        case exceptions.NewConnectionError():
            pass  # urllib3 makes it a time-out of a kind of its own; its cause says more
        case exceptions.TimeoutError() | TimeoutError():
            return f"silent for {timeout:g} s"
        case exceptions.SSLError():
            return f"no secure connection: {error}"
        case exceptions.IncompleteRead():
            return f"{error.partial} of {(error.partial or 0) + (error.expected or 0)} bytes came"
        case exceptions.DecodeError():
            return "its compression is broken"
        case exceptions.InvalidHeader():
            return "a header of its answer contradicts another one, or is not valid"
    return _describe_cause(error) or _describe_inner(error, timeout)


def _describe_cause(error: BaseException) -> str | None:
    """What the standard library's exceptions mean in words."""
    from http.client import HTTPException, RemoteDisconnected

    match error:
        case OSError() if error.strerror:
            return error.strerror
        case RemoteDisconnected():
            return "it closes the connection"
        case HTTPException():
            return "its answer is not HTTP"
        case ValueError():
            return "it is not a URL"
    return None


def _describe_inner(error: BaseException, timeout: float) -> str:
    """What the exception means that was the reason for this one, if there is one."""
    inner = error.__cause__ or error.__context__ or next((a for a in error.args if isinstance(a, Exception)), None)
    return describe_error(inner, timeout) if isinstance(inner, Exception) else "the connection fails"
