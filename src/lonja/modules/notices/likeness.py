"""Whether a name looks like another one: letters that resemble others, a slip of the finger, a word around it.

Pure. Invariant: a name is never like itself.
"""

import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Final

_PAIRS: Final = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("nn", "m"))
_SINGLES: Final = str.maketrans(
    {"0": "o", "1": "l", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "i": "l", "|": "l"}
)
_TRADE_WORDS: Final = frozenset(
    ("app", "exchange", "help", "login", "my", "official", "pay", "secure", "support", "wallet")
)
_NEAR_LENGTH_MIN: Final = 5
_FAR_LENGTH_MIN: Final = 9


def skeleton(text: str) -> str:
    """``text`` with every letter replaced by the plain one that it resembles; equal for texts that look alike."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(_plain(char) for char in decomposed if not unicodedata.combining(char)).casefold()
    for pair, single in _PAIRS:
        plain = plain.replace(pair, single)
    return plain.translate(_SINGLES)


def resembled(text: str, names: Iterable[str]) -> str | None:
    """The first of ``names`` that ``text`` could be taken for; None when it is none, or one of them."""
    known = [name.casefold() for name in names]
    if text.casefold() in known:
        return None
    return next((name for name in known if _alike(text.casefold(), name)), None)


def _alike(text: str, name: str) -> bool:
    from rapidfuzz.distance import OSA  # noqa: PLC0415  # only these checks need it

    ours, theirs = skeleton(name), skeleton(text)
    if ours == theirs:
        return True
    slips = 2 if len(ours) >= _FAR_LENGTH_MIN else 1 if len(ours) >= _NEAR_LENGTH_MIN else 0
    if slips and OSA.distance(ours, theirs, score_cutoff=slips) <= slips:
        return True
    words = _words(theirs)
    # A short name is a part of many words; a longer one stands in another for a reason.
    if ours in words or (len(ours) >= _NEAR_LENGTH_MIN and ours in theirs):
        return True
    return any(
        word.removeprefix(ours) in _SKELETAL_WORDS or word.removesuffix(ours) in _SKELETAL_WORDS for word in words
    )


def _words(text: str) -> list[str]:
    for mark in "._@/+":
        text = text.replace(mark, "-")
    return [word for word in text.split("-") if word]


@cache
def _plain(char: str) -> str:
    if char.isascii():
        return char
    from confusable_homoglyphs import confusables  # noqa: PLC0415  # heavy

    for found in confusables.is_confusable(char, greedy=True) or ():
        for glyph in found["homoglyphs"]:
            if str(glyph["c"]).isascii() and str(glyph["c"]).isalnum():
                return str(glyph["c"])
    return char


_SKELETAL_WORDS: Final = frozenset(skeleton(word) for word in _TRADE_WORDS)
