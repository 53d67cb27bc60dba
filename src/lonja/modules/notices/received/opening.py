"""Takes a mail apart without trusting a byte of it.

Why not the standard parser for the whole: it recurses as deep as a mail says, and decodes what a mail names as its
character set. Invariant: the work is bounded by the size of the mail, and whatever is malformed is noted, never raised.
"""

import re
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from typing import Final

MAIL_BYTES_MAX: Final = 10 * 1024 * 1024
_HEAD_BYTES_MAX: Final = 256 * 1024
_HEADERS_MAX: Final = 500
_STRUCTURE_LENGTH_MAX: Final = 2_000
_DEPTH_MAX: Final = 10
_PARTS_MAX: Final = 100
_TEXT_BYTES_MAX: Final = 1024 * 1024
_LINE: Final = re.compile(rb"([\x21-\x39\x3b-\x7e]{1,100})[ \t]*:(.*)", re.DOTALL)
_SAFE_CHARSETS: Final = re.compile(
    r"utf-?8|us-ascii|ascii|utf-?16(le|be)?|iso-8859-\d{1,2}|windows-125\d|cp125\d|koi8-[ru]|gb(k|2312|18030)|big5"
    r"|euc-(jp|kr)|iso-2022-(jp|kr)|shift_jis",
    re.IGNORECASE,
)
_MALFORMED: Final = (ValueError, LookupError, TypeError, AttributeError, HeaderParseError)


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a mail that holds no other: ``kind`` like ``text/html``, its name if it has one, and what is in it."""

    kind: str
    name: str = field(repr=False)
    content: bytes = field(repr=False)
    charset: str
    is_attached: bool

    @property
    def text(self) -> str:
        """The content as text, at most a megabyte of it."""
        charset = self.charset if _SAFE_CHARSETS.fullmatch(self.charset) else "utf-8"
        return self.content[:_TEXT_BYTES_MAX].decode(charset, "replace")


@dataclass(frozen=True, slots=True)
class OpenedMail:
    """A mail taken apart. ``problems`` are sentences about what is malformed."""

    raw: bytes = field(repr=False)
    headers: tuple[tuple[str, bytes], ...] = field(repr=False)
    parts: tuple[Part, ...] = field(repr=False)
    problems: tuple[str, ...]

    def values(self, name: str) -> list[bytes]:
        """The values of the headers called ``name``, topmost first."""
        return [value for each, value in self.headers if each == name]


def open_mail(raw: bytes) -> OpenedMail:
    """``raw`` taken apart; never raises."""
    plain = _without_wrapping(raw)
    opening = _Opening()
    headers, body = opening.split_head(plain)
    opening.walk(headers, body, 0)
    return OpenedMail(plain, tuple(headers), tuple(opening.parts), tuple(opening.problems))


def decoded(value: bytes, length_max: int = 300) -> str:
    """A header's value as people see it, on one line."""
    text = value[:_STRUCTURE_LENGTH_MAX].decode("utf-8", "replace")
    try:
        pieces = decode_header(text.replace("\r", " ").replace("\n", " "))
        found = "".join(_piece(piece, charset) for piece, charset in pieces)
    except _MALFORMED:
        found = text
    return " ".join(found.split())[:length_max]


def _piece(piece: bytes | str, charset: str | None) -> str:
    if isinstance(piece, str):
        return piece
    fits = charset is not None and _SAFE_CHARSETS.fullmatch(charset)
    return piece.decode(charset if charset is not None and fits else "utf-8", "replace")


def _without_wrapping(raw: bytes) -> bytes:
    """Without what programs put around a saved mail: a mark of its encoding, empty lines, mbox's own first line."""
    plain = raw.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    if plain.startswith((b"From ", b">From ")):
        plain = plain.partition(b"\n")[2]
    return plain


class _Opening:
    """The work on one mail."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.problems: list[str] = []

    def note(self, problem: str) -> None:
        if problem not in self.problems:
            self.problems.append(problem)

    def split_head(self, raw: bytes) -> tuple[list[tuple[str, bytes]], bytes]:
        """Headers in lower case with their unfolded values, and the body."""
        end = re.search(rb"\r?\n\r?\n", raw[: _HEAD_BYTES_MAX + 4])
        if end is None and len(raw) > _HEAD_BYTES_MAX:
            self.note("its headers have no end")
        head = raw[: end.start()] if end else raw[:_HEAD_BYTES_MAX]
        body = raw[end.end() :] if end else b""
        headers: list[tuple[str, bytes]] = []
        for line in re.split(rb"\r?\n(?![ \t])", head):
            found = _LINE.fullmatch(line)
            if found is None:
                if line.strip():
                    self.note("one of its headers is malformed")
                continue
            if len(headers) >= _HEADERS_MAX:
                self.note("it has too many headers")
                break
            headers.append((found[1].decode("ascii").lower(), b" ".join(found[2].split())))
        return headers, body

    def walk(self, headers: list[tuple[str, bytes]], body: bytes, depth: int) -> None:
        if depth > _DEPTH_MAX:
            self.note("its parts are nested too deep")
            return
        if len(self.parts) >= _PARTS_MAX:
            self.note("it has too many parts")
            return
        structure = _structure(headers)
        kind = _kind(structure)
        if kind.startswith("multipart/"):
            self._walk_pieces(structure, body, depth)
        elif kind == "message/rfc822":
            inner, rest = self.split_head(self._content(structure, body))
            self.walk(inner, rest, depth + 1)
        else:
            self.parts.append(self._part(structure, kind, body))

    def _walk_pieces(self, structure: Message, body: bytes, depth: int) -> None:
        boundary = _parameter(structure, "boundary")
        if not boundary or len(boundary) > 200:
            self.note("its parts are not marked")
            self.parts.append(self._part(structure, "text/plain", body))
            return
        mark = re.escape(boundary.encode("utf-8", "replace"))
        pieces = re.split(rb"(?:\A|\r?\n)--" + mark + rb"(?:--)?[ \t]*(?=\r?\n|\Z)", body, maxsplit=_PARTS_MAX)
        if len(pieces) == 1:
            self.note("its parts are missing")
        for piece in pieces[1:]:
            inner = piece[2:] if piece.startswith(b"\r\n") else piece[1:]
            if not inner.strip():
                continue
            # A part that begins with an empty line has no headers.
            if inner.startswith((b"\n", b"\r\n")):
                self.walk([], inner.lstrip(b"\r\n"), depth + 1)
            else:
                self.walk(*self.split_head(inner), depth + 1)

    def _part(self, structure: Message, kind: str, body: bytes) -> Part:
        name, attached = _file_name(structure), False
        try:
            attached = structure.get_content_disposition() == "attachment"
        except _MALFORMED:
            self.note("one of its headers is malformed")
        charset = _parameter(structure, "charset") or "utf-8"
        return Part(kind, name, self._content(structure, body), charset, attached)

    def _content(self, structure: Message, body: bytes) -> bytes:
        """What is in a part, decoded; decoding makes nothing longer."""
        structure.set_payload(body.decode("ascii", "surrogateescape"))
        try:
            content = structure.get_payload(decode=True)
        except _MALFORMED:
            self.note("one of its parts is malformed")
            return body
        return content if isinstance(content, bytes) else body


def _structure(headers: list[tuple[str, bytes]]) -> Message:
    """The headers that say what a part is, in the library's form."""
    structure = Message()
    for name, value in headers:
        if name.startswith("content-") and name not in structure:
            structure[name] = value[:_STRUCTURE_LENGTH_MAX].decode("ascii", "replace")
    return structure


def _kind(structure: Message) -> str:
    try:
        return structure.get_content_type()
    except _MALFORMED:
        return "text/plain"


def _parameter(structure: Message, name: str) -> str:
    try:
        found = structure.get_param(name)
    except _MALFORMED:
        return ""
    value = found[2] if isinstance(found, tuple) else found
    return value if isinstance(value, str) else ""


def _file_name(structure: Message) -> str:
    try:
        name = structure.get_filename() or ""
    except _MALFORMED:
        name = ""
    return decoded(name.encode("utf-8", "replace"))
