"""Where money comes from: asked once, answered with papers and proved wallets, reviewed, or overdue."""

import threading
from hashlib import sha256

from coincurve import PrivateKey

from lonja.modules.governance.api import Capability
from lonja.modules.verification.api import Chain, FundsAnswer, FundsState, NewPaper, Question, Wallet
from lonja.modules.verification.due_diligence.funds_answers import OnChain, Source, SourceKind
from lonja.modules.verification.due_diligence.keccak import keccak_256
from lonja.modules.verification.due_diligence.wallet_signatures import checksum_address, personal_digest
from lonja.primitives.instant import MINUTE_MS
from tests.modules.verification.due_diligence.conftest import CAL, CLEO, Bureau, paper, pdf, refused

KEY, OTHER_KEY = PrivateKey(sha256(b"one").digest()), PrivateKey(sha256(b"two").digest())
MINING = Source(SourceKind.MINING, "Two machines in the cellar", 5_000_000, "CH")


def address_of(key: PrivateKey) -> str:
    return checksum_address("0x" + keccak_256(key.public_key.format(compressed=False)[1:])[-20:].hex())


def sign(key: PrivateKey, text: str) -> str:
    raw = key.sign_recoverable(personal_digest(text), hasher=None)
    return "0x" + (raw[:64] + bytes([raw[64] + 27])).hex()


def answer_of(*sources: Source) -> FundsAnswer:
    return FundsAnswer(sources)


def earned(*wallets: Wallet) -> Source:
    chain = OnChain(wallets, ("0x" + "ab" * 32,), "Uniswap", "Put in by card", "Taken out to here")
    return Source(SourceKind.DEFI, "Fees of a pool", 100_000, "CH", chain)


def ask(bureau: Bureau, user_id: int, reference: str = "review:1") -> int:
    return bureau.diligence.funds.ask(user_id, Question.FUNDS, reference=reference, asked_by="staff:1")


def answer_mining(bureau: Bureau, user_id: int, request_id: int) -> None:
    for kind in ("payout_statement", "monitor_screenshot"):
        bureau.diligence.funds.add_paper(user_id, request_id, paper(kind))
    bureau.diligence.funds.answer(user_id, request_id, answer_of(MINING))


def test_a_question_is_asked_once_however_often(bureau: Bureau) -> None:
    ann = bureau.person()
    assert ask(bureau, ann) == ask(bureau, ann)
    assert ask(bureau, ann, "review:2") != ask(bureau, ann)
    assert bureau.titles() == ["tell us where your money comes from"] * 2


def test_two_members_of_staff_ask_together(bureau: Bureau) -> None:
    ann, proposals = bureau.person(), bureau.office.proposals
    with refused("act_incomplete"):
        proposals.propose(CAL, "funds.ask", ann, "Large deposits.", {"question": "gossip", "reference": "1"})
    values = {"question": "source_of_wealth", "reference": "1"}
    proposal_id = proposals.propose(CAL, "funds.ask", ann, "Large deposits.", values)
    assert bureau.diligence.funds.of(ann) == ()
    proposals.approve(CLEO, proposal_id)
    (asked,) = bureau.diligence.funds.of(ann)
    assert asked.question is Question.WEALTH


def test_an_answer_needs_every_paper_of_its_sources(bureau: Bureau) -> None:
    ann = bureau.person()
    request_id, funds = ask(bureau, ann), bureau.diligence.funds
    problems = funds.problems(ann, request_id, answer_of(MINING))
    assert [problem.about for problem in problems] == [
        "mining: payout_statement",
        "mining: equipment_receipt|monitor_screenshot",
    ]
    with refused("answer_incomplete"):
        funds.answer(ann, request_id, answer_of(MINING))
    answer_mining(bureau, ann, request_id)
    found = funds.find(ann, request_id)
    assert (found.state, found.answer) == (FundsState.IN_REVIEW, answer_of(MINING))
    with refused("not_answerable"):
        funds.answer(ann, request_id, answer_of(MINING))
    with refused("paper_kind"):
        funds.add_paper(ann, request_id, paper("party_invitation"))


def test_staff_read_the_answer_and_its_papers_as_evidence(small_bureau: Bureau) -> None:
    bureau = small_bureau
    ann = bureau.person()
    request_id = ask(bureau, ann)
    answer_mining(bureau, ann, request_id)
    (case_id,) = bureau.cases("source_of_funds")
    shown = {name: bureau.office.evidence.read(CLEO, case_id, name) for name in bureau.evidence(case_id)}
    told = shown[f"funds:{request_id}.1"].values
    assert told["answer.sources.1.description"] == "Two machines in the cellar"
    assert {each.content for each in shown.values() if each.content} == {
        pdf("payout_statement"),
        pdf("monitor_screenshot"),
    }


def test_an_accepted_answer_lifts_what_its_lateness_closed_and_shows_the_funds(bureau: Bureau) -> None:
    ann = bureau.person()
    request_id = ask(bureau, ann)
    bureau.wait(days=15)
    bureau.diligence.keep_house()
    (restriction,) = bureau.rights.restrictions.of(ann)
    assert (restriction.kind, restriction.closes) == ("source_of_funds", ("money_in", "money_out", "products"))
    answer_mining(bureau, ann, request_id)
    assert len(bureau.rights.restrictions.of(ann)) == 1  # an answer alone ends nothing
    bureau.decide("source_of_funds", "accepted")
    found = bureau.diligence.funds.find(ann, request_id)
    assert (found.state, found.is_restricting) == (FundsState.ACCEPTED, False)
    assert bureau.rights.restrictions.of(ann) == []
    assert "funds" in _passed(bureau, ann)


def _passed(bureau: Bureau, user_id: int) -> frozenset[str]:
    with bureau.levels._vault.transaction() as session:
        return bureau.levels.passed(session, user_id)


def test_more_is_asked_with_remedies_and_nothing_else_of_what_staff_wrote(small_bureau: Bureau) -> None:
    bureau = small_bureau
    ann = bureau.person()
    request_id = ask(bureau, ann)
    answer_mining(bureau, ann, request_id)
    bureau.decide("source_of_funds", "more_needed", "Looks like Bob's money laundering. source_unproven, paper_unclear")
    found = bureau.diligence.funds.find(ann, request_id)
    assert (found.state, found.remedies) == (FundsState.MORE_NEEDED, ("source_unproven", "paper_unclear"))
    bureau.diligence.funds.answer(ann, request_id, answer_of(MINING))
    bureau.decide("source_of_funds", "refused")
    assert bureau.diligence.funds.find(ann, request_id).state is FundsState.REFUSED
    assert [each.can_appeal for each in bureau.rights.restrictions.of(ann)] == [True]


def test_a_decision_told_again_or_about_an_earlier_answer_changes_nothing(bureau: Bureau) -> None:
    ann, told = bureau.person(), []
    bureau.office.cases.subscribe("source_of_funds", lambda number, decided: told.append(decided))
    request_id = ask(bureau, ann)
    answer_mining(bureau, ann, request_id)
    bureau.decide("source_of_funds", "more_needed")
    bureau.diligence.funds.answer(ann, request_id, answer_of(MINING))
    bureau.diligence.funds.decided(1, told[0])
    assert bureau.diligence.funds.find(ann, request_id).state is FundsState.IN_REVIEW
    bureau.decide("source_of_funds", "accepted")
    bureau.diligence.funds.decided(2, told[1])
    assert bureau.diligence.funds.find(ann, request_id).state is FundsState.ACCEPTED


def test_reminders_come_once_each_and_the_restriction_at_the_date(small_bureau: Bureau) -> None:
    bureau = small_bureau
    ann = bureau.person()
    ask(bureau, ann)
    reminders = []
    for _ in range(16):
        for _ in range(2):
            bureau.diligence.keep_house()
        reminders.append(bureau.titles().count("we still wait for your answer about your money"))
        bureau.wait(days=1)
    assert reminders == [0] * 7 + [1] * 5 + [2] * 4
    assert bureau.titles().count("your account is restricted until you answer about your money") == 1


def test_a_ceiling_that_is_crossed_asks_by_itself_and_not_again_for_a_year(small_bureau: Bureau) -> None:
    bureau = small_bureau
    ann, deposit = bureau.person(), Capability.MONEY_DEPOSIT
    bureau.rights.standings.spend(ann, deposit, 50_000_000, None, "deposit:1")
    assert bureau.diligence.funds.of(ann) == ()
    bureau.rights.standings.spend(ann, deposit, 1, None, "deposit:2")
    bureau.rights.standings.spend(ann, deposit, 1, None, "deposit:3")
    (found,) = bureau.diligence.funds.of(ann)
    answer_mining(bureau, ann, found.request_id)
    bureau.decide("source_of_funds", "accepted")
    bureau.wait(days=364)
    bureau.rights.standings.spend(ann, deposit, 60_000_000, None, "deposit:4")
    assert len(bureau.diligence.funds.of(ann)) == 1
    bureau.wait(days=2)
    bureau.rights.standings.spend(ann, deposit, 60_000_000, None, "deposit:5")
    assert len(bureau.diligence.funds.of(ann)) == 2


def test_a_ceiling_is_lower_in_the_eea(small_bureau: Bureau) -> None:
    dora = small_bureau.person(residence="DE")
    small_bureau.rights.standings.spend(dora, Capability.FIAT_DEPOSIT, 10_000_001, None, "deposit:1")
    assert [found.question for found in small_bureau.diligence.funds.of(dora)] == [Question.FUNDS]


def test_many_who_see_the_ceiling_crossed_at_once_ask_once(bureau: Bureau) -> None:
    ann = bureau.person()
    threads = [
        threading.Thread(target=lambda: bureau.diligence.funds.ask_by_ceiling(ann, 60_000_000)) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(bureau.diligence.funds.of(ann)) == 1


def test_a_crash_between_the_answer_and_its_case_is_mended(small_bureau: Bureau) -> None:
    bureau = small_bureau
    ann = bureau.person()
    request_id = ask(bureau, ann)
    for kind in ("payout_statement", "monitor_screenshot"):
        bureau.diligence.funds.add_paper(ann, request_id, paper(kind))
    bureau.diligence.funds.open_missing_cases = lambda: None  # type: ignore[method-assign]  # the machine stops here
    bureau.diligence.funds.answer(ann, request_id, answer_of(MINING))
    assert bureau.cases("source_of_funds") == []
    again = bureau.open()
    for _ in range(2):
        again.keep_house()
    assert len(bureau.cases("source_of_funds")) == 1
    again.close()


# -- Wallets -------------------------------------------------------------------------------------------------------------


def test_earnings_on_chain_need_every_wallet_proved(small_bureau: Bureau) -> None:
    bureau = small_bureau
    ann = bureau.person()
    request_id, funds = ask(bureau, ann), bureau.diligence.funds
    funds.add_paper(ann, request_id, paper("protocol_screenshot"))
    wallets = [Wallet(Chain.ETHEREUM, address_of(key)) for key in (KEY, OTHER_KEY)]
    for key, wallet in zip((KEY, OTHER_KEY), wallets, strict=True):
        with refused("answer_incomplete"):
            funds.answer(ann, request_id, answer_of(earned(*wallets)))
        challenge = funds.challenge(ann, request_id, wallet)
        funds.prove(ann, request_id, challenge.challenge_id, sign(key, challenge.text))
    assert funds.answer(ann, request_id, answer_of(earned(*wallets))).wallets == tuple(wallets)


def test_attack_a_signature_is_accepted_once_and_only_under_its_own_text(bureau: Bureau) -> None:
    ann, bob = bureau.person(), bureau.person("bob@example.com")
    funds, wallet = bureau.diligence.funds, Wallet(Chain.ETHEREUM, address_of(KEY))
    first, second, of_bob = ask(bureau, ann, "a:1"), ask(bureau, ann, "a:2"), ask(bureau, bob, "a:1")
    challenge = funds.challenge(ann, first, wallet)
    signed = sign(KEY, challenge.text)
    with refused("challenge_over"):  # another question
        funds.prove(ann, second, challenge.challenge_id, signed)
    with refused("challenge_over"):  # another person
        funds.prove(bob, of_bob, challenge.challenge_id, signed)
    with refused("signature_wrong"):  # another wallet
        funds.prove(ann, first, challenge.challenge_id, sign(OTHER_KEY, challenge.text))
    other = funds.challenge(ann, first, wallet)
    with refused("signature_wrong"):  # another text, though of the same wallet
        funds.prove(ann, first, other.challenge_id, signed)
    assert funds.prove(ann, first, challenge.challenge_id, signed) == wallet
    with refused("challenge_over"):  # a replay
        funds.prove(ann, first, challenge.challenge_id, signed)


def test_attack_an_old_text_and_another_chain_prove_nothing(small_bureau: Bureau) -> None:
    bureau = small_bureau
    ann = bureau.person()
    request_id, funds = ask(bureau, ann), bureau.diligence.funds
    challenge = funds.challenge(ann, request_id, Wallet(Chain.ETHEREUM, address_of(KEY)))
    assert "Chain: ethereum" in challenge.text
    assert f"Address: {address_of(KEY)}" in challenge.text
    bureau.town.now_ms += 30 * MINUTE_MS
    with refused("challenge_over"):
        funds.prove(ann, request_id, challenge.challenge_id, sign(KEY, challenge.text))
    on_polygon = funds.challenge(ann, request_id, Wallet(Chain.POLYGON, address_of(KEY)))
    funds.prove(ann, request_id, on_polygon.challenge_id, sign(KEY, on_polygon.text))
    funds.add_paper(ann, request_id, paper("protocol_screenshot"))
    with refused("answer_incomplete"):
        funds.answer(ann, request_id, answer_of(earned(Wallet(Chain.ETHEREUM, address_of(KEY)))))


def test_attack_texts_to_sign_are_not_handed_out_without_end(small_bureau: Bureau) -> None:
    ann = small_bureau.person()
    request_id, wallet = ask(small_bureau, ann), Wallet(Chain.ETHEREUM, address_of(KEY))
    for _ in range(20):
        small_bureau.diligence.funds.challenge(ann, request_id, wallet)
    with refused("too_many_attempts"):
        small_bureau.diligence.funds.challenge(ann, request_id, wallet)


def test_of_many_who_use_one_text_at_once_one_succeeds(bureau: Bureau) -> None:
    ann = bureau.person()
    request_id, funds = ask(bureau, ann), bureau.diligence.funds
    challenge = funds.challenge(ann, request_id, Wallet(Chain.ETHEREUM, address_of(KEY)))
    signed, outcomes = sign(KEY, challenge.text), list[str]()

    def use() -> None:
        try:
            funds.prove(ann, request_id, challenge.challenge_id, signed)
            outcomes.append("proved")
        except Exception as error:  # noqa: BLE001
            outcomes.append(getattr(error, "code", repr(error)))

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["challenge_over"] * 3 + ["proved"]


# -- Papers --------------------------------------------------------------------------------------------------------------

PNG = b"\x89PNG\r\n\x1a\n" + b"picture" + b"\x00\x00\x00\x00IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0picture\xff\xd9"


def test_papers_are_known_by_their_content(small_bureau: Bureau) -> None:
    ann = small_bureau.person()
    request_id = ask(small_bureau, ann)
    for content in (pdf(), PNG, JPEG):
        kept = small_bureau.diligence.funds.add_paper(ann, request_id, NewPaper("bank_statement", "x.exe", content))
        assert small_bureau.diligence.read_paper(ann, kept.paper_id)[1] == content


HOSTILE = [
    (b"", "paper_type"),
    (b"MZ" + pdf(), "paper_type"),
    (pdf() + b"PK\x03\x04 an archive", "paper_type"),
    (PNG + b"<script>", "paper_type"),
    (JPEG + pdf(), "paper_type"),
    (b"GIF89a;", "paper_type"),
    (b"<html></html>", "paper_type"),
    (pdf("/JavaScript (app.alert(1))"), "paper_active"),
    (pdf("/J#61vaScript (app.alert(1))"), "paper_active"),
    (pdf("/Launch"), "paper_active"),
    (pdf("/EmbeddedFile"), "paper_active"),
    (pdf("/Encrypt 5 0 R"), "paper_active"),
    (pdf("x" * 20_000_000), "paper_too_large"),
]
NAMES = ["", "../etc/passwd", "a\\b.pdf", "two\nlines.pdf", "x" * 121, "hidden\u202efdp.exe"]


def test_attack_what_is_no_paper_or_more_than_one_is_refused(small_bureau: Bureau) -> None:
    ann = small_bureau.person()
    request_id = ask(small_bureau, ann)
    for content, code in HOSTILE:
        with refused(code):
            small_bureau.diligence.funds.add_paper(ann, request_id, NewPaper("bank_statement", "a.pdf", content))


def test_attack_papers_do_not_fill_the_disk(small_bureau: Bureau) -> None:
    ann = small_bureau.person()
    first, second = ask(small_bureau, ann, "a:1"), ask(small_bureau, ann, "a:2")
    for number in range(60):
        small_bureau.diligence.funds.add_paper(ann, first, paper("bank_statement", f"{number}"))
    with refused("papers_full"):
        small_bureau.diligence.funds.add_paper(ann, first, paper("bank_statement", "one more"))
    for number in range(40):
        small_bureau.diligence.funds.add_paper(ann, second, paper("bank_statement", f"{number}"))
    with refused("papers_full"):  # of one day
        small_bureau.diligence.funds.add_paper(ann, second, paper("bank_statement", "one more"))
    small_bureau.wait(days=1)
    small_bureau.diligence.funds.add_paper(ann, second, paper("bank_statement", "one more"))


def test_attack_names_of_files_are_plain(small_bureau: Bureau) -> None:
    ann = small_bureau.person()
    request_id = ask(small_bureau, ann)
    for name in NAMES:
        with refused("paper_name"):
            small_bureau.diligence.funds.add_paper(ann, request_id, NewPaper("bank_statement", name, pdf()))


def test_a_paper_belongs_to_its_person_and_the_same_one_is_kept_once(bureau: Bureau) -> None:
    ann, bob = bureau.person(), bureau.person("bob@example.com")
    request_id, funds = ask(bureau, ann), bureau.diligence.funds
    first = funds.add_paper(ann, request_id, paper("bank_statement"))
    assert funds.add_paper(ann, request_id, paper("bank_statement")) == first
    with refused("paper_not_found"):
        bureau.diligence.read_paper(bob, first.paper_id)
    with refused("question_not_found"):
        funds.remove_paper(bob, request_id, first.paper_id)
    funds.remove_paper(ann, request_id, first.paper_id)
    with refused("paper_not_found"):
        bureau.diligence.read_paper(ann, first.paper_id)


def test_what_was_told_is_sealed_and_forgotten_years_after_the_account_was_closed(bureau: Bureau) -> None:
    ann = bureau.person()
    request_id = ask(bureau, ann)
    answer_mining(bureau, ann, request_id)
    with bureau.diligence.parts.database.connect() as connection:
        for table in ("dd_papers", "dd_paper_contents", "dd_funds"):
            rows = connection.exec_driver_sql(f"SELECT * FROM {table}").all()
            assert rows
            assert not any(
                b"cellar" in bytes(cell) or b"%PDF" in bytes(cell)
                for row in rows
                for cell in row
                if isinstance(cell, bytes | memoryview)
            )
    kept = bureau.diligence.funds.find(ann, request_id).papers[0]
    bureau.diligence.account_closed(ann)
    bureau.wait(days=5 * 365 - 1)
    bureau.diligence._forget_due()
    assert bureau.diligence.read_paper(ann, kept.paper_id)[1] == pdf(kept.kind)
    bureau.wait(days=2)
    bureau.diligence._forget_due()
    with refused("user_not_found"):
        bureau.diligence.funds.find(ann, request_id)
    with refused("paper_not_found"):
        bureau.diligence.read_paper(ann, kept.paper_id)
