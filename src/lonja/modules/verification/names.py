"""Names of people as documents and lists write them: in Latin capitals without marks (ICAO Doc 9303 part 3, section 6).

Pure. Why more than one form of a name: states write the same letter differently (MÜLLER is MUELLER or MULLER), so names
are equal when any of their forms are. Invariant: a form has only A to Z and single spaces.
"""

# ruff: noqa: RUF001  # tables of other scripts are what this file is about

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import product
from typing import Final

NAME_LENGTH_MAX: Final = 100
_FORMS_MAX: Final = 16
_MARKS_ALLOWED: Final = frozenset(" -'’.,·")

# Letters that lose more than a mark, each with the ways states write it; the first is the recommended one.
_LATIN: Final[dict[str, tuple[str, ...]]] = {
    "Ä": ("AE", "A"), "Ö": ("OE", "O"), "Ü": ("UE", "U"), "Å": ("AA", "A"), "Ñ": ("N", "NXX"), "ß": ("SS",),
    "ẞ": ("SS",), "Æ": ("AE",), "Œ": ("OE",), "Ø": ("OE", "O"), "Þ": ("TH",), "Ð": ("D",), "Đ": ("D", "DJ"),
    "Ł": ("L",), "Ħ": ("H",), "Ŧ": ("T",), "ı": ("I",), "Ŋ": ("N",), "Ĳ": ("IJ",), "Ə": ("E",),
}  # fmt: skip
_CYRILLIC: Final[dict[str, tuple[str, ...]]] = {
    "А": ("A",), "Б": ("B",), "В": ("V",), "Г": ("G", "H"), "Ґ": ("G",), "Д": ("D",), "Ђ": ("D", "DJ"), "Е": ("E",),
    "Ё": ("E", "IO"), "Є": ("IE",), "Ж": ("ZH", "Z"), "З": ("Z",), "И": ("I", "Y"), "І": ("I",), "Ї": ("I",),
    "Й": ("I", "Y"), "Ј": ("J",), "К": ("K",), "Л": ("L",), "Љ": ("LJ",), "М": ("M",), "Н": ("N",), "Њ": ("NJ",),
    "О": ("O",), "П": ("P",), "Р": ("R",), "С": ("S",), "Т": ("T",), "Ћ": ("C",), "У": ("U",), "Ў": ("U",), "Ф": ("F",),
    "Х": ("KH", "H"), "Ц": ("TS", "C"), "Ч": ("CH", "C"), "Џ": ("DZ",), "Ш": ("SH", "S"), "Щ": ("SHCH",), "Ъ": ("IE", ""),
    "Ы": ("Y",), "Ь": ("",), "Э": ("E",), "Ю": ("IU", "YU"), "Я": ("IA", "YA"),
}  # fmt: skip
_GREEK: Final[dict[str, tuple[str, ...]]] = {
    "Α": ("A",), "Β": ("V",), "Γ": ("G",), "Δ": ("D",), "Ε": ("E",), "Ζ": ("Z",), "Η": ("I",), "Θ": ("TH",), "Ι": ("I",),
    "Κ": ("K",), "Λ": ("L",), "Μ": ("M",), "Ν": ("N",), "Ξ": ("X",), "Ο": ("O",), "Π": ("P",), "Ρ": ("R",), "Σ": ("S",),
    "ς": ("S",), "Τ": ("T",), "Υ": ("Y",), "Φ": ("F",), "Χ": ("CH",), "Ψ": ("PS",), "Ω": ("O",),
}  # fmt: skip
_LETTERS: Final = {**_LATIN, **_CYRILLIC, **_GREEK}
_GREEK_PAIRS: Final = (("ΟΥ", "OU"), ("ΜΠ", "B"), ("ΝΤ", "NT"), ("ΓΓ", "NG"), ("ΓΚ", "GK"), ("ΑΥ", "AF"), ("ΕΥ", "EF"))


def is_name(text: str) -> bool:
    """Whether ``text`` is a name of letters in one script, with the marks that names have between them."""
    if not text or len(text) > NAME_LENGTH_MAX or text != text.strip():
        return False
    if not all(character.isalpha() or character in _MARKS_ALLOWED or _is_mark(character) for character in text):
        return False
    return any(character.isalpha() for character in text) and not mixes_scripts(text)


def mixes_scripts(text: str) -> bool:
    """Whether ``text`` has letters of more than one script, which only somebody who pretends writes."""
    # Imported late: its tables are large.
    from confusable_homoglyphs import confusables  # noqa: PLC0415

    return bool(confusables.is_mixed_script(text, allowed_aliases=["COMMON", "INHERITED"]))


def is_transliterated(text: str) -> bool:
    """Whether every letter of ``text`` has a Latin form here."""
    return all(_of_letter(letter) is not None for letter in _capitals(text) if letter.isalpha())


def latin(text: str) -> str:
    """The recommended form of ``text``."""
    return name_forms(text)[0]


@lru_cache(maxsize=4096)
def name_forms(text: str) -> tuple[str, ...]:
    """The forms of a name, the recommended one first; letters without a Latin form are left out."""
    capitals = _capitals(text)
    for pair, written in _GREEK_PAIRS:
        capitals = capitals.replace(pair, written)
    # Letter by letter would be many forms; a document writes the same letter in one way.
    kinds = sorted({letter for letter in capitals if len(_of_letter(letter) or ()) > 1})
    choices = [_of_letter(letter) or ("",) for letter in kinds]
    found = dict.fromkeys(
        _spaced(_write(capitals, dict(zip(kinds, chosen, strict=True)))) for chosen in _few(product(*choices))
    )
    return tuple(found)


def names_match(stated: tuple[str, str], read: tuple[str, str], *, is_truncated: bool = False) -> bool:
    """Whether stated (surname, given names) are those that a document has.

    Of given names one in common order suffices, since people leave out further ones; of a truncated zone the beginning.
    """
    return any(
        _fits(surname, read[0], is_truncated=is_truncated and not read[1])
        and any(_given_fit(given, read[1], is_truncated=is_truncated) for given in name_forms(stated[1]))
        for surname in name_forms(stated[0])
    )


def _fits(stated: str, read: str, *, is_truncated: bool) -> bool:
    one, other = stated.replace(" ", ""), read.replace(" ", "")
    return bool(other) and (one == other or (is_truncated and one.startswith(other)))


def _given_fit(stated: str, read: str, *, is_truncated: bool) -> bool:
    if _fits(stated, read, is_truncated=is_truncated):
        return True
    mine, theirs = stated.split(), read.split()
    if not mine or not theirs:
        # A person of one name has no given ones, in either place; a truncated zone may have lost them.
        return mine == theirs or (is_truncated and not theirs)
    fewer, more = sorted((mine, theirs), key=len)
    return fewer[0] == more[0] and _is_in_order(fewer, more)


def _is_in_order(fewer: list[str], more: list[str]) -> bool:
    rest = iter(more)
    return all(name in rest for name in fewer)


def _capitals(text: str) -> str:
    composed = unicodedata.normalize("NFC", text)
    return "".join(letter if letter in _LETTERS else letter.upper() for letter in composed)


def _of_letter(letter: str) -> tuple[str, ...] | None:
    known = _LETTERS.get(letter)
    if known is not None:
        return known
    if letter.isascii():
        return (letter,) if letter.isalpha() else ()
    base = unicodedata.normalize("NFKD", letter)[0]
    if base == letter:
        return None
    return _of_letter(base)


def _write(capitals: str, chosen: dict[str, str]) -> str:
    written = []
    for letter in capitals:
        ways = _of_letter(letter)
        if ways:
            written.append(chosen.get(letter, ways[0]))
        elif letter not in "'’.·" and not _is_mark(letter) and not letter.isalpha():
            written.append(" ")
    return "".join(written)


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) == "Mn"


def _few(combinations: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return [combination for _, combination in zip(range(_FORMS_MAX), combinations, strict=False)]
