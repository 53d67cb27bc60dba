"""Signed links for security mails: they say whom they are for and until when, and the house keeps nothing of them.

Invariant: a link does one thing only, which can do no more than close; nobody but the house can make one.
"""

import hmac
from collections.abc import Mapping
from typing import Final

from lonja.primitives.errors import RefusedError
from lonja.storage.envelopes import BlindIndex

FREEZE: Final = "freeze_link"
NOT_ME: Final = "not_me_link"
CANCEL_RESET: Final = "cancel_reset_link"
_PAGES: Final = {FREEZE: "freeze", NOT_ME: "not-me", CANCEL_RESET: "cancel-reset"}
_DIGITS_MAX: Final = 18


class SecurityLinks:
    """Makes and reads signed links."""

    def __init__(self, index: BlindIndex) -> None:
        """``index`` holds the key that signs."""
        self._index = index

    def make(self, kind: str, number: int, ends_ms: int) -> str:
        """A token for ``kind`` about ``number`` (a user, a reset), good until ``ends_ms``."""
        body = f"{number}.{ends_ms}"
        return f"{body}.{self._seal_of(kind, body)}"

    def read(self, kind: str, token: str, now_ms: int) -> int:
        """What a token of ``kind`` is about. Raises ``RefusedError``."""
        body, _, seal = token.rpartition(".")
        number, _, ends_ms = body.partition(".")
        is_ours = hmac.compare_digest(seal.encode("utf-8", "replace"), self._seal_of(kind, body).encode())
        if not is_ours or len(number) > _DIGITS_MAX or int(ends_ms) <= now_ms:
            raise RefusedError("link_over", "This link is over.", "Sign in and do it there.")
        return int(number)

    def in_mail(self, user_id: int, ends_ms: int) -> Mapping[str, str]:
        """The two links of every security mail, by the names under which mails show them."""
        return {
            "this_was_not_me_link": path_of(NOT_ME, self.make(NOT_ME, user_id, ends_ms)),
            "freeze_the_account_link": path_of(FREEZE, self.make(FREEZE, user_id, ends_ms)),
        }

    def _seal_of(self, kind: str, body: str) -> str:
        return self._index.digest(kind, body).hex()


def path_of(kind: str, token: str) -> str:
    """The page behind a link of ``kind``. It does nothing until a button on it is pressed."""
    return f"/account/{_PAGES[kind]}?token={token}"
