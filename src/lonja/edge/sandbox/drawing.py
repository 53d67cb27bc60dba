"""How the sandbox's own small pages begin: without scripts, loading nothing, in every browser."""

from html import escape
from typing import Final

HTML_TYPE: Final = b"text/html; charset=utf-8"
_STYLE: Final = (
    "body{font-family:sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1f24}"
    "article{border:1px solid #d0d7de;border-radius:8px;padding:.5rem 1rem;margin:1rem 0}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f6f8fa;padding:.75rem;border-radius:6px}"
    "small{color:#57606a}"
)


def head(title: str, lead: str) -> str:
    """The page up to its first paragraph; both are plain text."""
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
        "form-action 'self'; base-uri 'none'\">"
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body><h1>{escape(title)}</h1><p>{escape(lead)}</p>"
    )
