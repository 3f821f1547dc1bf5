"""Networks that get in the way: each has its own sentence, and leaves nothing that is resumed."""

import os
import ssl

import pytest

from cnnlab import data
from cnnlab.data import cifar10, mirrors, refusals
from cnnlab.errors import DataError
from tests.data.miniature import Mirror, assert_right

pytestmark = pytest.mark.usefixtures("hashes", "_no_network_of_this_machine")
PAGE = b"<html><body>Please log in</body></html>"  # 39 bytes
SECRET = "sesame"
PART = mirrors.ARCHIVE + ".part"


@pytest.fixture
def _no_network_of_this_machine(monkeypatch):
    for name in [*os.environ]:
        if name.lower().endswith("_proxy") or name in refusals.BUNDLES:
            monkeypatch.delenv(name)


def sentences(tmp_path, capsys, within=None):
    """Return what is printed and raised while CIFAR-10 is asked for."""
    with pytest.raises(DataError) as raised:
        cifar10.load(tmp_path, within=within)
    return capsys.readouterr().out + str(raised.value)


@pytest.mark.parametrize("within", [None, 5])
@pytest.mark.parametrize("page", [PAGE, b"\xef\xbb\xbf\n <!DOCTYPE html>" + bytes(1 << 17)])
def test_a_login_page_is_not_kept(tmp_path, serve, capsys, within, page):
    serve(Mirror(page), Mirror(page))
    said = sentences(tmp_path, capsys, within)
    assert "sent a web page and not CIFAR-10" in said
    assert "open any page in a browser, log in and try again" in said
    assert not (tmp_path / PART).exists()


def test_an_earlier_login_page_is_not_resumed_behind(tmp_path, archive, serve):
    (tmp_path / PART).write_bytes(PAGE)
    (mirror,) = serve(Mirror(archive))
    assert_right(cifar10.load(tmp_path))
    assert mirror.asked == [None]


def test_a_login_page_does_not_replace_what_is_there_already(tmp_path, archive, serve):
    (tmp_path / PART).write_bytes(archive[:700])
    serve(Mirror(PAGE, ranges=False), Mirror(PAGE, ranges=False))
    with pytest.raises(DataError, match="log in"):
        cifar10.load(tmp_path)
    assert (tmp_path / PART).read_bytes() == archive[:700]


@pytest.mark.parametrize("answer", [b"\n", b'{"error": "quota"}'])
def test_any_other_answer_is_not_kept(tmp_path, archive, serve, capsys, answer):
    serve(Mirror(answer), Mirror(archive))
    assert_right(cifar10.load(tmp_path))
    assert "sent other bytes than CIFAR-10's; trying" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("status", "said", "fix"),
    [
        (403, "answered 403 Forbidden", "Some networks and countries are refused"),
        (404, "answered 404 Not Found", "A newer version of the course may know"),
        (429, "answered 429 Too Many Requests", "Too much was asked for from your network"),
        (500, "answered 500 Internal Server Error", "The mirror itself has trouble: try again"),
        (503, "answered 503 Service Unavailable", "The mirror itself has trouble: try again"),
        (511, "answered 511 Network Authentication Required", "A Wi-Fi does this until"),
        (410, "answered 410 Gone", "Try again later"),
    ],
)
def test_a_status_is_told_with_what_to_do(tmp_path, serve, capsys, status, said, fix):
    serve(Mirror(b"", status=status))
    told = sentences(tmp_path, capsys)
    assert f"127.0.0.1: {said}.\n" in told
    assert f"No mirror served CIFAR-10. {fix}" in told


def at(monkeypatch, *urls):
    monkeypatch.setattr(mirrors, "MIRRORS", urls)


def test_a_redirect_without_end_is_told(tmp_path, serve, capsys):
    class Circle(Mirror):
        def answer(self, request):
            request.send_response(302)
            request.send_header("Location", self.url)
            request.send_header("Content-Length", "0")
            request.end_headers()

    serve(Circle(b""))
    assert "sends from one address to the next without an end" in sentences(tmp_path, capsys)


def test_a_certificate_that_is_not_accepted_is_told(tmp_path, archive, serve, capsys, monkeypatch):
    (mirror,) = serve(Mirror(archive))
    (tmp_path / "pair.pem").write_text(PAIR)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "pair.pem")
    mirror.server.socket = context.wrap_socket(mirror.server.socket, server_side=True)
    mirror.server.handle_error = lambda *_: None
    at(monkeypatch, mirror.url.replace("http:", "https:"))
    for within in (None, 5):
        said = sentences(tmp_path, capsys, within)
        assert "its certificate is not accepted (self-signed certificate)" in said
        assert "set REQUESTS_CA_BUNDLE to the file with your company's certificates." in said
        assert "No such file" not in said
    (tmp_path / "empty.pem").write_text("")
    monkeypatch.setenv("CURL_CA_BUNDLE", str(tmp_path / "empty.pem"))
    said = sentences(tmp_path, capsys)
    assert f"CURL_CA_BUNDLE names {tmp_path / 'empty.pem'}, which holds no certificates" in said
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "pair.pem"))
    assert_right(cifar10.load(tmp_path))


def test_a_wrong_date_is_told_as_one():
    error = ssl.SSLCertVerificationError(1, "verify failed")
    error.verify_message = "certificate has expired"
    assert refusals._from_certificate(error) == (
        "its certificate is not accepted (certificate has expired)",
        "Look whether this computer's date is right.",
    )


def test_a_server_without_tls_is_told(tmp_path, archive, serve, capsys, monkeypatch):
    (mirror,) = serve(Mirror(archive))
    mirror.server.handle_error = lambda *_: None
    at(monkeypatch, mirror.url.replace("http:", "https:"))
    said = sentences(tmp_path, capsys)
    assert "made no secure connection (wrong version number)" in said


@pytest.mark.parametrize("name", refusals.BUNDLES)
@pytest.mark.parametrize("within", [None, 5])
def test_a_bundle_that_is_not_there_is_named(tmp_path, capsys, monkeypatch, name, within):
    at(monkeypatch, "https://127.0.0.1:1/", "https://127.0.0.1:1/")
    monkeypatch.setenv(name, "/nowhere/company.pem")
    said = sentences(tmp_path, capsys, within)
    assert said.startswith(f"{name} names /nowhere/company.pem, and there is no such file")
    assert "could not be written" not in said
    assert data.load("auto", root=tmp_path, within=5).name == "shapes10"


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_dead_proxy_is_named_without_its_password(tmp_path, capsys, monkeypatch, name):
    at(monkeypatch, "https://mirror.invalid/")
    monkeypatch.setenv(name, f"http://me:{SECRET}@127.0.0.1:1")
    for within in (None, 5):
        said = sentences(tmp_path, capsys, within)
        assert "the proxy 127.0.0.1:1 does not answer" in said
        assert f"{name} names the proxy 127.0.0.1:1: correct or unset it." in said
        assert SECRET not in said


@pytest.mark.parametrize("status", [407, 403])
def test_a_proxy_that_refuses_is_told(tmp_path, serve, capsys, monkeypatch, status):
    (proxy,) = serve(Mirror(b"", status=status))
    handler = proxy.server.RequestHandlerClass
    handler.do_CONNECT = handler.do_GET
    at(monkeypatch, "https://mirror.invalid/")
    where = f"127.0.0.1:{proxy.server.server_port}"
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:{SECRET}@{where}")
    said = sentences(tmp_path, capsys)
    assert f"cannot be reached: the proxy {where} answered {status}" in said
    assert ("wants a user name and a password" in said) is (status == 407)
    assert SECRET not in said


@pytest.mark.parametrize(
    ("proxy", "said"),
    [
        ("http:///x", "the proxy's address is not one"),
        (f"foo://me:{SECRET}@host:1", "the proxy's address is not one"),
        (f"http://me:{SECRET}@host:port", "the proxy's address is not one"),
        (f"socks5://me:{SECRET}@127.0.0.1:1", "PySocks"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_told(tmp_path, capsys, monkeypatch, proxy, said):
    at(monkeypatch, "https://mirror.invalid/")
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    told = sentences(tmp_path, capsys)
    assert said in told
    assert SECRET not in told


def test_without_a_network_no_name_is_found(tmp_path, capsys, monkeypatch):
    at(monkeypatch, "https://mirror.invalid/", "http://another.invalid/")
    said = sentences(tmp_path, capsys)
    assert "mirror.invalid: its name was not found; trying the next mirror." in said
    assert "another.invalid: its name was not found.\n" in said
    assert said.count("Look whether this computer is online.") == 1


def test_a_part_that_cannot_be_written_is_not_the_networks_fault(tmp_path, archive, serve):
    serve(Mirror(archive))
    (tmp_path / PART).mkdir()
    with pytest.raises(DataError, match=r"part could not be written \(Is a directory\)\. Set CNN"):
        cifar10.load(tmp_path)


def test_a_folder_in_the_archives_place_is_told(tmp_path, archive, serve):
    serve(Mirror(archive))
    (tmp_path / mirrors.ARCHIVE).mkdir()
    with pytest.raises(DataError, match=r"tar\.gz could not be written \(Is a directory\)"):
        cifar10.load(tmp_path)


def test_a_full_disk_is_told_with_what_to_do(tmp_path, archive, serve, monkeypatch):
    serve(Mirror(archive))

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(mirrors, "_progress", full)
    with pytest.raises(DataError, match=r"\(No space left on device\)\. Make room, or set CNNLAB"):
        cifar10.load(tmp_path)


# A certificate for 127.0.0.1 that signs itself, with its key: made for this test, good until 2126.
PAIR = """
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgJggvB+0v+DyI9SsD
yVhqt99EOEiJhmvg3mMlLstIL0ShRANCAAR6kBF4gGNRACzkDiaHZB89Hch4P0/2
JTC4VNi5RKdk6NydQR/weyeJbveomPHvY9zZJROe6gnkfe93ljZld19d
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBjzCCATagAwIBAgIUQQhGxA3L22LSIFetdVYwkRjjELAwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJMTI3LjAuMC4xMCAXDTI2MTEyOTIxNTgzOVoYDzIxMjYxMTA1
MjE1ODM5WjAUMRIwEAYDVQQDDAkxMjcuMC4wLjEwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAR6kBF4gGNRACzkDiaHZB89Hch4P0/2JTC4VNi5RKdk6NydQR/weyeJ
bveomPHvY9zZJROe6gnkfe93ljZld19do2QwYjAdBgNVHQ4EFgQUNZDRqIiHahAZ
iStMGIylV08WmAIwHwYDVR0jBBgwFoAUNZDRqIiHahAZiStMGIylV08WmAIwDwYD
VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0cAMEQC
IF9Iv+8MrzJpRizpgtaWshJ+HOKfQScYMa702VxaYcDaAiBWYC2bcPeE8sO7tkfJ
X7IWXs3soij/levomXHl1PwMqw==
-----END CERTIFICATE-----
"""
