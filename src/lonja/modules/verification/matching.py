"""Likeness of the name of a person or an organization to the names on lists, of 100.

Pure. Names are compared word by word, whatever their order: each word of the shorter name is set against the most alike
word of the longer one, which a transliteration or a slip changes little; missing middle names cost little, a word
that has no counterpart costs much. Invariant: an equal name has 100, whatever the order and the marks.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import JaroWinkler, Levenshtein

from lonja.modules.verification.lists import Entry, NameLists
from lonja.modules.verification.names import latin, name_forms
from lonja.modules.verification.organizations import is_telling, organization_words, weight_of

_EXACT: Final = 100
_WORD_ALIKE_MIN: Final = 78.0
_CONFLICT: Final = 12
_ONE_WORD: Final = 0.8
_SOUNDS: Final = {
    letter: str(sound)
    for sound, letters in enumerate(("AEIOUY", "BPFVW", "CGJKQSXZ", "DT", "L", "MN", "R"))
    for letter in letters
}
_PARTICLES: Final = frozenset(
    {"AL", "EL", "BIN", "IBN", "BINT", "ABU", "ABD", "DE", "DA", "DI", "DU", "LA", "LE", "DEL", "VAN", "VON", "DER", "DR",
     "MR", "MRS", "SHAYKH", "SHEIKH", "HAJJI", "HAJI", "MULLAH", "JR", "SR", "THE"}
)  # fmt: skip
_SAME: Final = {
    "MUHAMMAD": "MOHAMED", "MOHAMMED": "MOHAMED", "MOHAMMAD": "MOHAMED", "MUHAMMED": "MOHAMED", "MOHAMAD": "MOHAMED",
    "MEHMET": "MOHAMED", "USAMA": "OSAMA", "YUSUF": "YOUSSEF", "YOUSEF": "YOUSSEF", "YUSEF": "YOUSSEF", "JOSEF": "JOSEPH",
    "AHMAD": "AHMED", "HUSAYN": "HUSSEIN", "HUSSAIN": "HUSSEIN", "HUSEIN": "HUSSEIN", "ALEKSANDR": "ALEXANDER",
    "ALEXANDR": "ALEXANDER", "SERGEI": "SERGEY", "DMITRI": "DMITRY", "DMITRII": "DMITRY", "IURII": "YURI", "YURIY": "YURI",
    "JON": "JOHN", "SAID": "SAEED", "SAYED": "SAEED", "HASSAN": "HASAN", "QASSEM": "QASIM",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Likeness:
    """An entry whose name is like somebody's."""

    entry: Entry
    score: int


class Matcher:
    """Names of one edition of the lists, made ready to be compared."""

    def __init__(self, lists: NameLists) -> None:
        """Split every name into words, those of organizations also in their own way."""
        self.edition = lists.edition
        self.entries = {entry.key: entry for entry in lists.entries}
        self._everybody = _Index(lists.entries, lambda name: _words(latin(name)), name_likeness)
        organizations = [entry for entry in lists.entries if entry.is_organization]
        self._organizations = _Index(organizations, organization_words, organization_likeness)

    def find(
        self, names: Iterable[str], born: date | None, score_min: int, birth_years_apart_max: int
    ) -> tuple[Likeness, ...]:
        """Entries at least ``score_min`` like one of ``names``, the most alike first; births that conflict cost much."""
        found = (
            Likeness(like.entry, like.score - _birth_conflict(like.entry, born, birth_years_apart_max))
            for name in names
            for form in name_forms(name)
            for like in self._everybody.like(_words(form), score_min)
        )
        return _best(found, score_min)

    def find_organizations(self, names: Iterable[str], score_min: int) -> tuple[Likeness, ...]:
        """Organizations at least ``score_min`` like one of ``names``, the most alike first."""
        ways = {organization_words(form) for name in names for form in (name, *_with_digits(name))}
        return _best((like for words in sorted(ways) for like in self._organizations.like(words, score_min)), score_min)


class _Index:
    """Entries by their names, found by how words begin."""

    def __init__(
        self,
        entries: Iterable[Entry],
        split: Callable[[str], tuple[str, ...]],
        likeness: Callable[[tuple[str, ...], tuple[str, ...]], int],
    ) -> None:
        """``split`` makes words of a name, ``likeness`` compares two such."""
        self._likeness = likeness
        self._named = [
            (entry, words) for entry in entries for words in dict.fromkeys(split(name) for name in entry.names) if words
        ]
        self._by_beginning: defaultdict[str, set[int]] = defaultdict(set)
        for at, (_, words) in enumerate(self._named):
            for word in words:
                for spelled in (word, _SAME.get(word, word)):
                    self._by_beginning[_beginning(spelled)].add(at)

    def like(self, words: tuple[str, ...], score_min: int) -> list[Likeness]:
        """Entries at least ``score_min`` like ``words``."""
        spelled = (way for word in words for way in (word, _SAME.get(word, word)))
        near = set().union(*(self._by_beginning.get(_beginning(way), set()) for way in spelled))
        scored = ((self._named[at][0], self._likeness(words, self._named[at][1])) for at in sorted(near))
        return [Likeness(entry, score) for entry, score in scored if score >= score_min]


def _best(found: Iterable[Likeness], score_min: int) -> tuple[Likeness, ...]:
    best: dict[str, Likeness] = {}
    for like in found:
        known = best.get(like.entry.key)
        if like.score >= score_min and (known is None or known.score < like.score):
            best[like.entry.key] = like
    return tuple(sorted(best.values(), key=lambda like: (-like.score, like.entry.key)))


def _with_digits(name: str) -> list[str]:
    """The forms of a name, which lose its numbers, with them."""
    digits = " ".join(re.findall(r"\d+", name))
    return [f"{form} {digits}".strip() for form in name_forms(name)]


def organization_likeness(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """How alike two names of organizations are, as words, of 100.

    Words that many have decide nothing, and one word that tells is not enough unless the names have no other.
    """
    telling = [[word for word in words if is_telling(word)] for words in (one, other)]
    fewer, more = sorted(telling, key=len)
    if not fewer:
        return name_likeness(one, other, weight_of) if len(one) == len(other) and not more else 0
    score = name_likeness(one, other, weight_of)
    if len(fewer) == 1 and score < _EXACT:
        # A short word is soon like another one, so here letters are counted.
        closest = max(Levenshtein.normalized_similarity(fewer[0], word) for word in more)
        score = round(score * closest * (_ONE_WORD if len(one) != len(other) else 1))
    return score


def name_likeness(one: tuple[str, ...], other: tuple[str, ...], weight: Callable[[str], float] = len) -> int:
    """How alike two names are, as words, of 100; a word counts by its ``weight``."""
    if not one or not other:
        return 0
    if sorted(one) == sorted(other) or "".join(one) == "".join(other):
        return _EXACT
    fewer, more = sorted((one, other), key=lambda words: (sum(map(weight, words)), words))
    total, found, used = 0.0, 0.0, set[int]()
    for word in fewer:
        alike, at = max(
            ((word_likeness(word, against), at) for at, against in enumerate(more) if at not in used), default=(0.0, -1)
        )
        used.add(at)
        total += weight(word)
        found += weight(word) * (alike if alike >= _WORD_ALIKE_MIN else alike / 2)
    likeness = found / total
    # One word in common says little, also of a name that has but one.
    if len(fewer) == 1 and len(more) > 1:
        likeness *= _ONE_WORD
    missing = sum(weight(word) for at, word in enumerate(more) if at not in used)
    return round(likeness * (1 - 0.25 * missing / (missing + total)))


@lru_cache(maxsize=1 << 16)
def word_likeness(one: str, other: str) -> float:
    """How alike two words are, of 100; an initial is like every word it begins, but not fully."""
    usual_one, usual_other = _SAME.get(one, one), _SAME.get(other, other)
    if usual_one == usual_other:
        return 100.0
    if 1 in (len(one), len(other)):
        return 85.0 if one[0] == other[0] else 0.0
    return max(_spelled_alike(one, other), _spelled_alike(usual_one, usual_other))


def _spelled_alike(one: str, other: str) -> float:
    winkler = JaroWinkler.normalized_similarity(one, other)
    edits = Levenshtein.normalized_similarity(one, other)
    return 100.0 * max((winkler + edits) / 2, winkler if min(len(one), len(other)) > 4 and edits >= 0.6 else 0.0)


def _birth_conflict(entry: Entry, born: date | None, apart_max: int) -> int:
    if born is None or not entry.birth_years:
        return 0
    return 0 if min(abs(born.year - year) for year in entry.birth_years) <= apart_max else _CONFLICT


def _words(form: str) -> tuple[str, ...]:
    words = form.split()
    kept = [word for word in words if word not in _PARTICLES]
    # Initials alone are nobody's name.
    return tuple(kept or words) if any(len(word) > 1 for word in words) else ()


def _beginning(word: str) -> str:
    """What spellings of one word share: the sounds of its first two consonants, or a vowel and one."""
    sounds = [_SOUNDS.get(letter, "") for letter in word.replace("GH", "G").replace("KH", "K").replace("PH", "F")]
    first, *rest = [sound for sound in sounds if sound] or ["0"]
    return first + next((sound for sound in rest if sound not in (first, "0")), "")
