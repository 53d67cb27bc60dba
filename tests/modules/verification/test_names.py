"""Names: what is a name, how scripts are written in Latin, and when two are the same."""

import pytest

from lonja.modules.verification.names import is_name, is_transliterated, latin, name_forms, names_match

TRANSLITERATED = [
    ("Anna Maria", "ANNA MARIA"),
    ("Müller", "MUELLER"),
    ("Straße", "STRASSE"),
    ("Søren Ærø", "SOEREN AEROE"),
    ("Łukasz Wałęsa", "LUKASZ WALESA"),
    ("José Núñez", "JOSE NUNEZ"),
    ("D'Ângelo", "DANGELO"),
    ("Smith-Jones", "SMITH JONES"),
    ("Þórðardóttir", "THORDARDOTTIR"),
    ("Nguyễn", "NGUYEN"),
    ("Щербаков", "SHCHERBAKOV"),
    ("Юлия", "IULIIA"),
    ("Παπαδόπουλος", "PAPADOPOULOS"),
]


@pytest.mark.parametrize(("name", "written"), TRANSLITERATED)
def test_names_are_written_as_documents_write_them(name: str, written: str) -> None:
    assert latin(name) == written
    assert is_name(name)
    assert is_transliterated(name)


@pytest.mark.parametrize(
    ("stated", "read", "is_same"),
    [
        (("Eriksson", "Anna Maria"), ("ERIKSSON", "ANNA MARIA"), True),
        (("Eriksson", "Anna"), ("ERIKSSON", "ANNA MARIA"), True),
        (("Eriksson", "Anna Maria Lena"), ("ERIKSSON", "ANNA LENA"), True),
        (("Müller", "Jörg"), ("MULLER", "JORG"), True),
        (("Müller", "Jörg"), ("MUELLER", "JOERG"), True),
        (("Smith-Jones", "Ann"), ("SMITH JONES", "ANN"), True),
        (("O'Brien", "Seán"), ("O BRIEN", "SEAN"), True),
        (("Иванов", "Сергей"), ("IVANOV", "SERGEY"), True),
        (("Sukarno", ""), ("SUKARNO", ""), True),
        (("Eriksson", "Maria"), ("ERIKSSON", "ANNA MARIA"), False),
        (("Eriksen", "Anna Maria"), ("ERIKSSON", "ANNA MARIA"), False),
        (("Anna", "Eriksson"), ("ERIKSSON", "ANNA"), False),
        (("Eriksson", "Anna"), ("ERIKSSON", ""), False),
        (("Eriks", "Anna"), ("ERIKSSON", "ANNA"), False),
        (("王", "王"), ("", ""), False),
    ],
)
def test_stated_names_and_those_of_a_document(stated: tuple[str, str], read: tuple[str, str], *, is_same: bool) -> None:
    assert names_match(stated, read) is is_same


def test_a_zone_too_short_for_a_name_has_its_beginning() -> None:
    long = ("Nilavadhanananda", "Chayapa Dejthamrong Krasuang")
    assert names_match(long, ("NILAVADHANANANDA", "CHAYAPA DEJTHAMRONG KRA"), is_truncated=True)
    assert not names_match(long, ("NILAVADHANANANDA", "CHAYAPA DEJTHAMRONG KRA"))
    assert not names_match(long, ("NILAVADHANANANDA", "CHAYAPA DEJTHAMRONG KAR"), is_truncated=True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " Anna",
        "Anna ",
        "Anna1",
        "An<na",
        "Anna\n",
        "An\u200bna",
        "\u202eanna",
        "P\u0430ul",
        "\u0421ruz",
        "--",
        "x" * 101,
        "<b>",
    ],
)
def test_attack_look_alikes_and_markup_are_no_names(text: str) -> None:
    assert not is_name(text)


def test_attack_a_name_of_many_letters_has_few_forms() -> None:
    assert len(name_forms("ÄÖÜÅÑØĐГИЙХЦЧ" * 7)) <= 16
