"""The built pages are served from memory, cached as their names allow, and may load nothing from elsewhere."""

import base64
import gzip
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from lonja.edge.people_guard import STAY_WITH_TLS
from lonja.edge.rest.app import ASGIApp, build_app
from lonja.edge.site import files
from lonja.edge.site.app import Site
from lonja.edge.site.files import SiteFile, inline_script_sources, read_site
from lonja.primitives.errors import DataError
from tests.edge.house import House, request

SCRIPT = b"start()"
HTML = b"<!doctype html><title>lonja</title><script>" + SCRIPT + b"</script><script src=/a.js></script>"
CODE = b"export const answer = 42;\n" * 40
HASHED = "/_app/immutable/entry/app.5grs6iJp.js"
PAGE = {"Accept": "text/html,application/xhtml+xml;q=0.9"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    site = tmp_path / "site"
    (site / HASHED[1:]).parent.mkdir(parents=True)
    (site / "index.html").write_bytes(HTML)
    (site / HASHED[1:]).write_bytes(CODE)
    (site / f"{HASHED[1:]}.gz").write_bytes(gzip.compress(CODE))
    (site / f"{HASHED[1:]}.br").write_bytes(b"brotli")
    (site / "favicon.svg").write_bytes(b"<svg/>")
    (site / "favicon.svg.gz").write_bytes(gzip.compress(b"<svg/>"))
    (site / "data.gz").write_bytes(b"of nothing")
    (tmp_path / "secret.txt").write_bytes(b"secret")
    (site / "link.txt").symlink_to(tmp_path / "secret.txt")
    return site


@pytest.fixture
def app(rest: House, folder: Path) -> ASGIApp:
    return build_app(replace(rest.services, site=Site.of_folder(folder)))


@pytest.mark.parametrize(
    ("path", "content_type", "cached"),
    [
        ("/", b"text/html; charset=utf-8", b"no-cache"),
        ("/index.html", b"text/html; charset=utf-8", b"no-cache"),
        ("/favicon.svg", b"image/svg+xml", b"no-cache"),
        (HASHED, b"text/javascript; charset=utf-8", b"public, max-age=31536000, immutable"),
        ("/data.gz", b"application/octet-stream", b"no-cache"),
    ],
)
async def test_a_file_has_its_type_and_is_kept_as_long_as_its_name_holds(
    app: ASGIApp, path: str, content_type: bytes, cached: bytes
) -> None:
    reply = await request(app, "GET", path)
    assert (reply.status, reply.headers[b"content-type"]) == (200, content_type)
    assert reply.headers[b"cache-control"] == cached
    assert reply.headers[b"content-length"] == b"%d" % len(reply.raw)


@pytest.mark.parametrize(
    ("accepts", "encoding", "body"),
    [
        ("", None, CODE),
        ("gzip, deflate, br, zstd", b"br", b"brotli"),
        ("gzip", b"gzip", None),
        ("GZIP;q=0.5", b"gzip", None),
        ("br;q=0, gzip", b"gzip", None),
        ("br; q=0.000, gzip;q=0", None, CODE),
        ("zstd", None, CODE),
        ("," * 1_000 + "br", None, CODE),
    ],
)
async def test_the_best_form_that_the_browser_takes(
    app: ASGIApp, accepts: str, encoding: bytes | None, body: bytes | None
) -> None:
    reply = await request(app, "GET", HASHED, headers={"Accept-Encoding": accepts})
    assert reply.headers.get(b"content-encoding") == encoding
    assert (reply.raw if body is not None else gzip.decompress(reply.raw)) == (body or CODE)
    assert reply.headers[b"vary"] == b"accept-encoding"


async def test_a_form_that_is_not_smaller_is_not_sent_and_none_has_an_address(app: ASGIApp) -> None:
    reply = await request(app, "GET", "/favicon.svg", headers={"Accept-Encoding": "gzip"})
    assert (reply.raw, reply.headers.get(b"content-encoding")) == (b"<svg/>", None)
    assert (await request(app, "GET", f"{HASHED}.gz")).status == 404


async def test_what_the_browser_has_is_not_sent_again(app: ASGIApp) -> None:
    plain = (await request(app, "GET", HASHED)).headers[b"etag"].decode()
    packed = (await request(app, "GET", HASHED, headers={"Accept-Encoding": "br"})).headers[b"etag"].decode()
    assert plain != packed
    for known, status in ((plain, 304), (f'"x", W/{plain}', 304), ("*", 304), (packed, 200), ('"x"', 200)):
        reply = await request(app, "GET", HASHED, headers={"If-None-Match": known})
        assert (reply.status, reply.raw) == (status, b"" if status == 304 else CODE), known
        assert reply.headers[b"etag"] == plain.encode()


async def test_head_tells_the_same_without_the_body(app: ASGIApp) -> None:
    got, headed = await request(app, "GET", HASHED), await request(app, "HEAD", HASHED)
    assert (headed.status, headed.headers, headed.raw) == (200, got.headers, b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
async def test_pages_are_only_read(app: ASGIApp, method: str) -> None:
    reply = await request(app, method, "/", headers=PAGE)
    assert (reply.status, reply.headers[b"allow"], reply.raw) == (405, b"GET, HEAD", b"")


@pytest.mark.parametrize("path", ["/trade/BTC-USDT", "/sign-in", "/no/such/page", "/apiary", "/accounts"])
async def test_every_page_is_drawn_by_the_index(app: ASGIApp, path: str) -> None:
    reply = await request(app, "GET", path, headers=PAGE)
    assert (reply.status, reply.raw, reply.headers[b"cache-control"]) == (200, HTML, b"no-cache")


@pytest.mark.parametrize(
    ("path", "accepts"),
    [
        *[(path, PAGE) for path in ("/api/v5/nothing", "/api/", "/ws/v5/nothing", "/sandbox/x", "/account/", "/a.js")],
        *[(path, PAGE) for path in ("/_app/immutable/gone.js", "/../secret.txt", "/..%2fsecret.txt", "/link.txt")],
        *[("/trade/BTC-USDT", accepts) for accepts in ({}, {"Accept": "*/*"}, {"Accept": "application/json"})],
    ],
)
async def test_what_is_no_page_is_refused_in_the_envelope(app: ASGIApp, path: str, accepts: dict[str, str]) -> None:
    reply = await request(app, "GET", path, headers=accepts)
    assert (reply.status, reply.code, reply.data) == (404, "404", [])


@pytest.mark.parametrize("path", ["/healthz", "/metrics", "/api/v5/public/time"])
async def test_addresses_of_the_api_stay_its_own(app: ASGIApp, path: str) -> None:
    reply = await request(app, "GET", path, headers=PAGE)
    assert reply.status == 200
    assert b"content-security-policy" not in reply.headers


async def test_files_that_are_never_a_page_say_no_more_than_they_need(app: ASGIApp) -> None:
    reply = await request(app, "GET", HASHED)
    assert b"content-security-policy" not in reply.headers
    assert reply.headers[b"x-content-type-options"] == b"nosniff"
    assert reply.headers[b"cross-origin-resource-policy"] == b"same-origin"


@pytest.mark.parametrize("path", ["/", "/trade/BTC-USDT", "/favicon.svg"])
async def test_a_page_loads_and_runs_nothing_but_its_own(app: ASGIApp, path: str) -> None:
    reply = await request(app, "GET", path, headers=PAGE)
    given = reply.headers[b"content-security-policy"].decode()
    policy = dict(part.split(" ", 1) for part in given.split("; "))
    digest = base64.b64encode(hashlib.sha256(SCRIPT).digest()).decode()
    assert policy["script-src"] == f"'self' 'sha256-{digest}'"
    for name in ("default-src", "base-uri", "frame-ancestors", "object-src"):
        assert policy[name] == "'none'"
    for name in ("style-src", "font-src", "connect-src", "form-action"):
        assert policy[name] == "'self'"
    assert "unsafe" not in given
    assert "http" not in given
    assert reply.headers[b"x-content-type-options"] == b"nosniff"
    assert reply.headers[b"referrer-policy"] == b"no-referrer"
    features = reply.headers[b"permissions-policy"].decode().split(", ")
    assert [feature for feature in features if not feature.endswith("=()")] == ["camera=(self)"]


async def test_pages_too_ask_to_stay_with_tls(app: ASGIApp) -> None:
    for host, stays in (("lonja.example", True), ("localhost:8443", False)):
        reply = await request(app, "GET", "/", headers={"Host": host}, scheme="https")
        assert (STAY_WITH_TLS[0] in reply.headers) is stays


async def test_without_a_build_there_are_no_pages(rest: House, tmp_path: Path) -> None:
    (tmp_path / "app.js").write_bytes(b"left over")
    app = build_app(replace(rest.services, site=Site.of_folder(tmp_path)))
    for path in ("/", "/app.js", "/trade/BTC-USDT"):
        assert (await request(app, "GET", path, headers=PAGE)).status == 404
    assert read_site(tmp_path / "absent") == {}


@pytest.mark.parametrize(("name", "bound"), [("BYTES_MAX", 10), ("FILES_MAX", 2)])
def test_more_than_a_site_is_not_read(monkeypatch: pytest.MonkeyPatch, folder: Path, name: str, bound: int) -> None:
    monkeypatch.setattr(files, name, bound)
    with pytest.raises(DataError, match="make web"):
        read_site(folder)


def test_files_that_only_staff_need_are_at_their_door_alone(folder: Path) -> None:
    desk = "/_app/immutable/nodes/desk.js"
    (folder / desk[1:]).parent.mkdir()
    (folder / desk[1:]).write_bytes(CODE)
    (folder / "staff-only.json").write_text(f'["{desk}"]')
    site = Site.of_folder(folder)
    staff = site.of_staff()
    asked = {"method": "GET", "headers": []}
    assert site.answer(asked | {"path": desk}) is None
    assert [door.answer(asked | {"path": HASHED}) is None for door in (site, staff)] == [False, False]
    assert [door.answer(asked | {"path": "/staff-only.json"}) for door in (site, staff)] == [None, None]
    found = staff.answer(asked | {"path": desk})
    assert found is not None
    assert found.body == CODE


def test_a_list_of_files_of_staff_that_is_none_hides_nothing_by_guess(folder: Path) -> None:
    (folder / "staff-only.json").write_text('{"files": 1}')
    with pytest.raises(DataError, match="make web"):
        read_site(folder)


def test_a_file_is_the_same_bytes_in_every_form(folder: Path) -> None:
    found = read_site(folder)[HASHED]
    assert isinstance(found, SiteFile)
    assert list(found.encoded) == [b"br", b"gzip"]
    assert found.etag.strip(b'"').decode() == hashlib.sha256(CODE).hexdigest()[:32]


def test_only_scripts_written_in_the_page_are_named_by_digest() -> None:
    assert inline_script_sources(b"<script src=/a.js></script><p>") == ()
    assert len(inline_script_sources(b"<script>a</script><script type=module>\nb\n</script>")) == 2
