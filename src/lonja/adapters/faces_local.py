"""Who compares faces where no vendor does: reviewers, or nobody at all.

Why here: a vendor's service would stand beside these. Invariant: without a vendor no machine says that a face is right.
"""

from typing import Final


class ReviewersCompare:
    """A ``FaceComparer`` that leaves it to staff."""

    told: Final = ("reviewer", "A reviewer compares your face with the document.")

    def compare(self, document: bytes, face: bytes) -> bool | None:  # noqa: ARG002  # the port's form
        """Never known here."""
        return None


class NobodyCompares:
    """A ``FaceComparer`` for a sandbox, where no face is anybody's."""

    told: Final = ("local", "In this sandbox nobody compares faces: whatever picture is handed in counts as yours.")

    def compare(self, document: bytes, face: bytes) -> bool | None:  # noqa: ARG002  # the port's form
        """Always matched."""
        return True
