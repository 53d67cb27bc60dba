"""Fields are readable with the right key, for the right subject, as the right field, and not otherwise."""

import pytest

from lonja.adapters.secrets_memory import MemorySecretBox
from lonja.primitives.errors import DataCorruptError
from lonja.storage.envelopes import BlindIndex, Envelopes, new_index_key


@pytest.fixture
def envelopes() -> Envelopes:
    return Envelopes(MemorySecretBox())


@pytest.mark.parametrize("text", ["", "person@example.com", "日本", "x" * 100_000])
def test_what_is_sealed_opens(envelopes: Envelopes, text: str) -> None:
    key = envelopes.new_key("user 7")
    sealed = envelopes.seal(key, "user 7", "email", text)
    assert envelopes.open_text(key, "user 7", "email", sealed) == text
    assert text == "" or text.encode() not in sealed


def test_equal_texts_are_sealed_differently(envelopes: Envelopes) -> None:
    key = envelopes.new_key("user 7")
    assert len({envelopes.seal(key, "user 7", "email", "a") for _ in range(100)}) == 100


@pytest.mark.parametrize(
    ("subject", "field", "cut"), [("user 8", "email", 0), ("user 7", "phone", 0), ("user 7", "email", 1)]
)
def test_moved_or_altered_fields_do_not_open(envelopes: Envelopes, subject: str, field: str, cut: int) -> None:
    key = envelopes.new_key("user 7")
    sealed = envelopes.seal(key, "user 7", "email", "person@example.com")
    with pytest.raises(DataCorruptError):
        envelopes.open(key, subject, field, sealed[cut:])


def test_a_key_of_another_subject_opens_nothing(envelopes: Envelopes) -> None:
    mine, other = envelopes.new_key("user 7"), envelopes.new_key("user 7")
    sealed = envelopes.seal(mine, "user 7", "email", "person@example.com")
    with pytest.raises(DataCorruptError):
        envelopes.open(other, "user 7", "email", sealed)


def test_an_opened_key_is_forgotten(envelopes: Envelopes) -> None:
    key = envelopes.new_key("user 7")
    sealed = envelopes.seal(key, "user 7", "email", "person@example.com")
    envelopes.forget("user 7", key)
    with pytest.raises(DataCorruptError):
        envelopes.open(b"", "user 7", "email", sealed)


def test_a_blind_index_finds_by_equality_only() -> None:
    index, other = BlindIndex(new_index_key()), BlindIndex(new_index_key())
    digest = index.digest("email", "person@example.com")
    assert digest == index.digest("email", "person@example.com")
    assert len(digest) == 32
    assert digest not in (index.digest("phone", "person@example.com"), other.digest("email", "person@example.com"))
