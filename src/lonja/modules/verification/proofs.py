"""Proofs of address that come as PDF, as banks and offices send them.

Why kept as it is: a PDF cannot be written anew as a picture can, so it is refused unless it is one by its first and last
bytes and does nothing by itself. Invariant: nothing here draws or runs it; staff get it as a file, never as a page.
"""

from typing import Final

from lonja.modules.verification.file_types import is_active, media_type_of
from lonja.modules.verification.refusals import refusal

PDF: Final = "application/pdf"
_BEGIN: Final = b"%PDF-"


def is_pdf(raw: bytes) -> bool:
    """Whether a file says that it is a PDF."""
    return raw.startswith(_BEGIN)


def check_pdf(raw: bytes, bytes_max: int) -> bytes:
    """``raw`` as it may be kept. Raises ``RefusedError``."""
    if len(raw) > bytes_max:
        raise refusal("proof_too_large")
    if media_type_of(raw) != PDF:
        raise refusal("proof_type")
    if is_active(raw):
        raise refusal("proof_active")
    return raw
