"""Why a mirror did not send the archive, in a few words, and what the learner can do about it."""

import errno
import os
import ssl
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from cnnlab.errors import DataError, chain, pip_install

BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # in the order in which requests reads them
LOGIN = (
    "A Wi-Fi does this until you have logged in: open any page in a browser, log in and try again."
)
OFFLINE = "Look whether this computer is online."
DATE = "Look whether this computer's date is right."
SIGNED_BETWEEN = (
    "A company's proxy and the login page of a Wi-Fi sign for other sites: log in with a browser, "
    "or set REQUESTS_CA_BUNDLE to the file with your company's certificates."
)
WHAT_TO_DO = {
    403: "Some networks and countries are refused: another network may help.",
    404: "A newer version of the course may know where it is now.",
    407: "The proxy wants a user name and a password: put them into the variable, as "
    "http://NAME:PASSWORD@HOST:PORT.",
    429: "Too much was asked for from your network: wait an hour, or use another network.",
    511: LOGIN,
}
AT_FAULT = "The mirror itself has trouble: try again later (the download resumes where it stopped)."
WHY = {
    errno.ECONNREFUSED: ("refused the connection", ""),
    errno.ECONNRESET: ("broke off", ""),
    errno.ENETUNREACH: ("cannot be reached: there is no network", OFFLINE),
    errno.EHOSTUNREACH: ("cannot be reached from this network", OFFLINE),
}


class Refusal(NamedTuple):
    """`said` follows the name of a mirror; `fix` is a sentence, or empty where none is known."""

    said: str
    fix: str = ""


WRONG_BYTES = Refusal("sent other bytes than CIFAR-10's")
WEB_PAGE = Refusal("sent a web page and not CIFAR-10", LOGIN)
BROKE_OFF = Refusal("broke off")


class WrongAnswerError(Exception):
    """An answer that says yes and is not the archive; its argument is the `Refusal`."""


def is_web_page(beginning: bytes) -> bool:
    """Return whether a file that begins so is HTML."""
    return beginning.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<"


def from_error(error: Exception, url: str, seconds: tuple[float, float], requests: Any) -> Refusal:
    """Return why a request for `url` failed.

    Args:
        requests: the library, which only a download needs.
        seconds: how long it waited for a connection, and for the next bytes.

    Raises:
        DataError: if the file of certificates that a variable names is not there: no mirror can
            be asked then.
        OSError: the error itself, if it is not of the network.
    """
    if isinstance(error, WrongAnswerError):
        return error.args[0]
    if not isinstance(error, requests.RequestException):
        raise _bundle_error(error) from None
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return _from_status(error.response.status_code, error.response.reason)
    if isinstance(error, requests.TooManyRedirects):
        return Refusal("sends from one address to the next without an end")
    if isinstance(error, requests.exceptions.SSLError):
        return _from_certificate(_first(error, ssl.SSLError))
    if (proxy := _proxy_of(url)) and (refusal := _from_proxy(error, *proxy, requests)):
        return refusal
    if isinstance(error, requests.ConnectTimeout):
        return Refusal(f"did not answer in {seconds[0]:g} s")
    if "timed out" in str(error):  # while reading, requests calls this a ConnectionError
        return Refusal(f"sent nothing for {seconds[1]:g} s")
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return BROKE_OFF
    if "Failed to resolve" in str(error) or "Name or service" in str(error):
        return Refusal("its name was not found", OFFLINE)
    causes = [each.errno for each in chain(error) if isinstance(each, OSError)]
    return next(
        (Refusal(*WHY[each]) for each in causes if each in WHY), Refusal("cannot be reached")
    )


def _first(error: Exception, kind: type[BaseException]) -> Any:
    return next((each for each in chain(error) if isinstance(each, kind)), None)


def _from_status(status: int, reason: str | None) -> Refusal:
    known = {each.value: each.phrase for each in HTTPStatus}
    said = f"answered {status} {reason or known.get(status, '')}".rstrip()
    return Refusal(said, WHAT_TO_DO.get(status, AT_FAULT if status >= 500 else ""))


def _from_certificate(error: Any) -> Refusal:
    """Say what is wrong with a certificate; the file of trusted ones may be the fault."""
    bundle = next(((name, os.environ[name]) for name in BUNDLES if os.environ.get(name)), None)
    trusted = f" Trusted are those in {bundle[1]}, which {bundle[0]} names." if bundle else ""
    if isinstance(error, ssl.SSLCertVerificationError):
        why = error.verify_message
        fix = DATE if "expired" in why or "not yet valid" in why else SIGNED_BETWEEN
        return Refusal(f"its certificate is not accepted ({why})", fix + trusted)
    if bundle and "X509" in str(error):
        fix = f"{bundle[0]} names {bundle[1]}, which holds no certificates: correct or unset it."
        return Refusal("its certificate cannot be checked", fix)
    why = (getattr(error, "reason", None) or "TLS failed").replace("_", " ").lower()
    return Refusal(f"made no secure connection ({why})", SIGNED_BETWEEN + trusted)


def _proxy_of(url: str) -> tuple[str, str] | None:
    """Return (variable, proxy) for an address: what requests would use; None without one."""
    parts = urlsplit(url)
    if proxy_bypass(parts.hostname or ""):
        return None
    found = getproxies()
    for key in (parts.scheme, "all"):
        if proxy := found.get(key):
            names = (f"{key}_proxy", f"{key}_proxy".upper())
            named = (name for name in names if os.environ.get(name))
            return next(named, "A setting of this system"), proxy
    return None


def _from_proxy(error: Exception, variable: str, proxy: str, requests: Any) -> Refusal | None:
    """Say that the proxy is the fault, if it is, without the password that may stand in it."""
    text = str(error)
    at = proxy.rpartition("@")[2].rpartition("//")[2].strip("/")
    correct = f"{variable} names the proxy {at}: correct or unset it."
    if isinstance(error, requests.exceptions.InvalidURL):
        return Refusal("cannot be asked: the proxy's address is not one", correct)
    if "SOCKS" in text:
        how = f"`{pip_install('pysocks')}` gets it."
        return Refusal("cannot be asked: the proxy needs PySocks", how)
    if not isinstance(error, requests.exceptions.ProxyError):
        return None
    if "Tunnel connection failed: " in text:
        words = text.partition("Tunnel connection failed: ")[2]
        status = int(words[:3]) if words[:3].isdigit() else 0
        fix = (
            WHAT_TO_DO[407].replace("the variable", variable)
            if status == 407
            else f"{variable} names it."
        )
        answer = _from_status(status, None).said if status else "does not connect"
        return Refusal(f"cannot be reached: the proxy {at} {answer}", fix)
    return Refusal(f"cannot be reached: the proxy {at} does not answer", correct)


def _bundle_error(error: Exception) -> Exception:
    """Return the sentence for a file of certificates that is not there; else the error itself."""
    if "TLS CA certificate bundle" not in str(error):
        return error
    for name in BUNDLES:
        if path := os.environ.get(name):
            return DataError(
                f"{name} names {path}, and there is no such file, so no mirror's certificate can "
                f"be checked. Set it to the file with your company's certificates, or unset it."
            )
    return DataError(
        "The certificates that mirrors are checked with are missing. Install them again: "
        f"{pip_install('--force-reinstall', 'certifi')}."
    )
