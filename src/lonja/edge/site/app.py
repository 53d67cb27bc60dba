"""Answers for the pages: a file of the site, or the one page that draws whatever address it was opened at.

Why beside the trading API and not before it: an address the API has stays the API's, and an unknown one below its
prefixes stays a refusal in the envelope. Invariant: no answer lets a browser run, load or frame anything from elsewhere;
pages of staff and pages of customers are never found at the same door.
"""

from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from lonja.edge.site.files import INDEX, SiteFile, inline_script_sources, read_site

RESERVED: Final = ("/api/", "/ws/", "/sandbox/", "/account/", "/healthz", "/metrics")
"""How the addresses begin that are never a page."""
STAFF_PAGES: Final = "/staff"
"""Where the pages of staff begin."""
HASHED: Final = "/_app/immutable/"
"""Below it names change with the content."""
FOR_EVER: Final = b"public, max-age=31536000, immutable"
ASK_FIRST: Final = b"no-cache"
FILE_HEADERS: Final = (
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
)
"""What browsers obey of files that no address shows: policies of pages on each of sixty would be most of a visit."""
_METHODS: Final = ("GET", "HEAD")
_FIELDS_MAX: Final = 50

_Headers = list[tuple[bytes, bytes]]


class SiteAnswer(NamedTuple):
    """What goes back; ``headers`` lack only what depends on the transport."""

    status: int
    headers: _Headers
    body: bytes


class Site:
    """The built pages; empty when they were not built."""

    def __init__(self, files: Mapping[str, SiteFile], *, of_staff: bool = False) -> None:
        """``files`` are what ``read_site`` found; its pages ``of_staff`` are shown, or all others.

        Files that only pages of staff need are at their door alone; those of customers' pages are no secret of anybody.
        """
        self._all, self._of_staff = files, of_staff
        self._files = {name: file for name, file in files.items() if of_staff or not file.is_of_staff}
        index = files.get(INDEX)
        self._headers = () if index is None else _page_headers(inline_script_sources(index.body))

    @classmethod
    def of_folder(cls, folder: Path) -> "Site":
        """The site built into ``folder``; reads all of it. Raises ``DataError``."""
        return cls(read_site(folder))

    def of_staff(self) -> "Site":
        """The same files with the pages of staff, and none of the others."""
        return Site(self._all, of_staff=True)

    @property
    def is_built(self) -> bool:
        """Whether there are pages at all."""
        return INDEX in self._files

    # Any: ASGI leaves the values of its messages open.
    def answer(self, scope: MutableMapping[str, Any]) -> SiteAnswer | None:
        """The answer to a request for a file or a page, None when it is for neither."""
        headers: dict[bytes, bytes] = dict(scope["headers"])
        name = self._name(scope["path"], headers)
        if name is None:
            return None
        if scope["method"] not in _METHODS:
            return SiteAnswer(405, [(b"allow", b"GET, HEAD"), (b"content-length", b"0"), *self._headers], b"")
        answer = self._found(name, self._files[name], headers)
        return answer if scope["method"] == "GET" else answer._replace(body=b"")

    def _name(self, path: str, headers: Mapping[bytes, bytes]) -> str | None:
        """Which file is asked for."""
        if path in self._files:
            return path
        if INDEX not in self._files or path.startswith(RESERVED) or _is_of_staff(path) != self._of_staff:
            return None
        is_page = path == "/" or ("." not in path and b"text/html" in headers.get(b"accept", b""))
        return INDEX if is_page else None

    def _found(self, name: str, file: SiteFile, asked: Mapping[bytes, bytes]) -> SiteAnswer:
        encoding, body = _form(file, asked.get(b"accept-encoding", b""))
        # Each form has a tag of its own: they are different bytes.
        etag = file.etag if not encoding else file.etag[:-1] + b"-" + encoding + b'"'
        headers: _Headers = [
            (b"cache-control", FOR_EVER if name.startswith(HASHED) else ASK_FIRST),
            (b"etag", etag),
            (b"vary", b"accept-encoding"),
            *(FILE_HEADERS if name.startswith(HASHED) else self._headers),
        ]
        if _is_known(etag, asked.get(b"if-none-match", b"")):
            return SiteAnswer(304, headers, b"")
        headers += [(b"content-type", file.content_type), (b"content-length", b"%d" % len(body))]
        if encoding:
            headers.append((b"content-encoding", encoding))
        return SiteAnswer(200, headers, body)


def _is_of_staff(path: str) -> bool:
    return path == STAFF_PAGES or path.startswith(STAFF_PAGES + "/")


def content_policy(scripts: tuple[bytes, ...]) -> bytes:
    """What a page may load: files of its own origin, and the ``scripts`` it is begun with. 'self' covers its sockets."""
    return b"; ".join(
        (
            b"default-src 'none'",
            b" ".join((b"script-src 'self'", *scripts)),
            b"style-src 'self'",
            b"img-src 'self' data: blob:",
            b"font-src 'self'",
            b"connect-src 'self'",
            b"manifest-src 'self'",
            b"base-uri 'none'",
            b"form-action 'self'",
            b"frame-ancestors 'none'",
            b"object-src 'none'",
            b"require-trusted-types-for 'script'",
        )
    )


def _page_headers(scripts: tuple[bytes, ...]) -> tuple[tuple[bytes, bytes], ...]:
    return (
        (b"content-security-policy", content_policy(scripts)),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"permissions-policy", b"camera=(self), geolocation=(), microphone=(), payment=(), usb=()"),
        (b"referrer-policy", b"no-referrer"),
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"DENY"),
    )


def _form(file: SiteFile, accepted: bytes) -> tuple[bytes, bytes]:
    """The best form of a file that the browser takes: the name of its encoding ("" for none), and its bytes."""
    wanted = _accepted(accepted)
    for encoding, body in file.encoded.items():
        if encoding in wanted:
            return encoding, body
    return b"", file.body


def _accepted(header: bytes) -> set[bytes]:
    """The encodings a request names without refusing them (RFC 9110, section 12.5.3); nobody needs ``*``."""
    found = set()
    for part in header.lower().split(b",", _FIELDS_MAX)[:_FIELDS_MAX]:
        name, _, weight = part.partition(b";")
        if weight.replace(b" ", b"").rstrip(b"0") not in (b"q=", b"q=0."):
            found.add(name.strip())
    return found


def _is_known(etag: bytes, header: bytes) -> bool:
    """Whether the browser has it already (weak comparison, RFC 9110, section 13.1.2)."""
    return any(tag.strip().removeprefix(b"W/") in (etag, b"*") for tag in header.split(b",", _FIELDS_MAX))
