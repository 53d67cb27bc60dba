"""Names that people give to their things: an address, a way to pay.

Pure. Invariant: a name is one line that shows all it holds, and none that only looks like another by mixing scripts.
"""

import unicodedata
from typing import Final

from lonja.primitives.errors import RefusedError

LABEL_LENGTH_MAX: Final = 50


def check_label(text: str) -> str:
    """``text`` in its kept form. Raises ``RefusedError``."""
    label = unicodedata.normalize("NFC", text).strip()
    if not 1 <= len(label) <= LABEL_LENGTH_MAX or not label.isprintable():
        raise RefusedError(
            "label_form",
            f"A label has 1 to {LABEL_LENGTH_MAX} printable characters.",
            "Choose a shorter one that shows.",
        )
    if not label.isascii() and _mixes_scripts(label):
        raise RefusedError("label_form", "A label has letters of one script.", "It could be taken for another one.")
    return label


def _mixes_scripts(label: str) -> bool:
    # Imported late: few labels go beyond ASCII.
    from confusable_homoglyphs import confusables  # noqa: PLC0415

    return bool(confusables.is_dangerous(label))
