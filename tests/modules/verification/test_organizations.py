"""Names of organizations: found on the real list in other spellings, forms and orders, and not found when they are others."""

# ruff: noqa: RUF001  # names of other scripts are what is tried here

import pytest

from lonja.bootstrap.verification import SAMPLE_LISTS
from lonja.modules.verification.lists import lists_of, read_lists
from lonja.modules.verification.matching import Matcher
from lonja.modules.verification.organizations import organization_words
from tests.modules.verification.test_lists import POLICY

MATCHER = Matcher(read_lists(SAMPLE_LISTS))

VARIATIONS = [
    # number on the list, how a company may state the name
    (36, "Aero Caribbean"),
    (36, "AeroCaribbean Airlines Ltd"),
    (651, "Delvest Holding AG"),
    (651, "Delvest S. A."),
    (1043, "Interconsult GmbH"),
    (6912, "Al-Rasheed Trust"),
    (8393, "Shipping Orient Ltd."),
    (8916, "Panamericana"),
    (9520, "Tosong Trading Technology Corp"),
    (10241, "Cables Nacionáles"),
    (10762, "Belarusian Oil Trading House, LLC"),
    (10932, "Islamic Foundation Al Haramain"),
    (11009, "Agrícola Gaxiola, S. A. de C. V."),
    (11194, "Piedmont UK Limited"),
    (11309, "Vest Spectrum Pte"),
    (11441, "Khorasan Metallurgical Industries"),
    (11581, "Korea Kwangsong Banking"),
    (12313, "Korea Daesong General Trading Co., Ltd."),
    (12803, "Tide Water Middle East Company"),
    (12867, "Syrian Petroleum Co"),
    (13142, "Bank Iran-Zamin"),
    (15128, "Hirmand Shiping Company"),
    (16038, "One Vision Investments 5"),
    (16869, "АО «Концерн Созвездие»"),
    (18247, "Altaf Khanani"),
    (18994, "Kremsont Comercial Corporation"),
    (19730, "General Trading Mazaka FZE"),
    (20292, "Совфрахт"),
    (20292, "ПАО Совфрахт"),
    (20564, "Dandong Hong Xiang Industrial Development"),
    (22407, "Оборонлогистика ООО"),
    (23265, "Emaxon International Finance"),
    (24303, "Renova Group of Companies"),
]
OTHERS = [
    "Quarry Capital AG", "Apple Inc.", "Deutsche Bank AG", "Siemens Energy AG", "Continental AG", "Nestlé S.A.",
    "Orient Express Hotels Ltd", "Global Trading Company Ltd", "General Trading LLC", "International Shipping Company",
    "First Oil Company", "China National Petroleum Corporation", "Korea Electric Power Corporation", "Bank of China",
    "Islamic Development Bank", "Great Lakes Brewing Company", "Blue Star Ferries", "Diamond Capital Partners",
    "Global Maritime Services Ltd", "Banco Santander, S.A.", "Inversiones del Sur S.A.", "Inmobiliaria Rivera S.A.",
    "Grupo Carso, S.A.B. de C.V.", "Holdings International Ltd", "Sunrise Trading Co., Ltd.", "Star Shipping AS",
    "Progressive Insurance", "Patriot Software LLC", "Federal Express Corporation", "Capital Group", "Renault Group",
    "Delta Air Lines", "Panasonic Corporation", "Transportes del Norte S.A.", "Agrícola San José SpA", "Arab Bank plc",
    "Petroleum Engineering Ltd", "Kraken", "Coinbase", "Binance", "Bitstamp Ltd", "Mountain Star Investments Ltd",
    "Karat Jewellers Ltd", "Barclays Bank PLC", "Energy Investments Ltd", "All Star Energy LLC", "Investment Company Ltd",
    "ООО Ромашка", "Газпромбанк", "Vista Investments 5 Ltd", "One Investments", "Sea Line Logistics", "Pronto Pizza",
    "Soho House Ltd", "KB Financial Group", "VAD Capital", "Opel GmbH", "Karst Research Institute", "Step Software",
    "Unitas SA", "Iran Air", "Syrian Arab Airlines", "United Shipping Company", "Daniel Ltd", "Huge Ltd",
]  # fmt: skip
"""Names as common as those of customers, also such that share words with entries, or are those of ships."""


def found(name: str) -> list[str]:
    return [like.entry.key for like in MATCHER.find_organizations((name,), POLICY.score_min)]


@pytest.mark.parametrize(("number", "name"), VARIATIONS, ids=[f"{row[0]}-{row[1]}" for row in VARIATIONS])
def test_a_variation_of_a_listed_organization_is_found(number: int, name: str) -> None:
    assert f"sdn:{number}" in found(name)


@pytest.mark.parametrize("name", OTHERS)
def test_other_companies_are_not_found(name: str) -> None:
    assert found(name) == []


def test_listed_organizations_are_found_by_their_own_names_in_any_order_and_case() -> None:
    for entry in [entry for entry in MATCHER.entries.values() if entry.is_organization][::6]:
        for name in entry.names:
            turned = " ".join(reversed(name.lower().replace(".", "").split()))
            assert entry.key in found(name), name
            assert entry.key in found(turned), name


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Acme Ltd", "ACME"),
        ("ACME, Limited", "ACME"),
        ("Acme S. A. de C. V.", "ACME"),
        ("The Acme Group of Companies", "ACME"),
        ("ООО «Акме»", "AKME"),
        ("Müller & Söhne GmbH", "MUELLER SOEHNE"),
        ("7-Eleven, Inc.", "ELEVEN 7"),
        ("Limited Company", "LIMITED COMPANY"),
        ("!!!", ""),
    ],
)
def test_the_form_of_a_company_is_not_part_of_its_name(name: str, words: str) -> None:
    assert " ".join(organization_words(name)) == words


def test_a_number_tells_one_company_from_another() -> None:
    row = '1,"ZAVOD 38",-0- ,TEST,-0-,-0-,-0-,-0-,-0-,-0-,-0-,-0-\n'
    matcher = Matcher(lists_of({"sdn.csv": row}))
    scores = {
        name: [like.score for like in matcher.find_organizations((name,), 86)] for name in ("Zavod 38", "Zavod 9")
    }
    assert scores == {"Zavod 38": [100], "Zavod 9": []}


def test_a_name_of_an_organization_that_is_all_common_words_is_found_only_as_a_whole() -> None:
    row = '1,"OVERSEAS TRADING COMPANY",-0- ,TEST,-0-,-0-,-0-,-0-,-0-,-0-,-0-,-0-\n'
    matcher = Matcher(lists_of({"sdn.csv": row}))
    for name, is_found in (
        ("Trading Overseas Ltd", True),
        ("Overseas Ltd", False),
        ("Overseas General Trading", False),
    ):
        assert bool(matcher.find_organizations((name,), 86)) is is_found
