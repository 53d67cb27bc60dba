"""The Travel Rule: who is on the other side of a withdrawal, or of a deposit that stays locked until that is known.

Custody tells of each transfer before it acts: ``withdrawal`` before anything leaves, ``deposit`` before anything is
credited, each as often as it likes under its own reference. Invariant: a deposit that needs data is held before anybody
sees it, and its hold ends only once it was cleared or given back; a transfer cannot change under its reference;
where somebody else is named, nothing is cleared before the name was screened, and until then it is in review like any.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

import msgspec
import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from lonja.modules.verification.due_diligence import ivms101
from lonja.modules.verification.due_diligence.database import move, rows_of
from lonja.modules.verification.due_diligence.name_screening import Finding, NameScreening, check_readable, is_readable
from lonja.modules.verification.due_diligence.parts import Parts
from lonja.modules.verification.due_diligence.ports import Decision
from lonja.modules.verification.due_diligence.reviewing import evidence_name, round_of
from lonja.modules.verification.due_diligence.tables import TransferRow
from lonja.modules.verification.due_diligence.travel_needs import (
    FIELDS,
    Declaration,
    Direction,
    Need,
    NeedRules,
    Outcome,
    named_by,
    named_in,
    need_of,
    person_of,
)
from lonja.modules.verification.due_diligence.wallet_proofs import Challenge, Wallet, WalletProofs
from lonja.modules.verification.due_diligence.wallet_signatures import Chain
from lonja.primitives.errors import DataError, LonjaError, RefusedError
from lonja.primitives.instant import DAY_MS
from lonja.storage.rows import insert_new

KIND: Final = "transfer"
CASE: Final = "travel_rule"
HOLD: Final = "travel_rule"
_ADDRESS, _DECLARATION, _PAYLOAD = "transfer_address", "transfer_declaration", "transfer_payload"


class TransferState(StrEnum):
    """Where a transfer stands.

    ``in_review``: names are looked at, or staff decide; ``cleared``: the Travel Rule is content; ``returned``: it is to be
    given back.
    """

    DATA_NEEDED = "data_needed"
    PROOF_NEEDED = "proof_needed"
    IN_REVIEW = "in_review"
    CLEARED = "cleared"
    RETURNED = "returned"


_log = structlog.get_logger("lonja.due_diligence")
_SETTLED: Final = "settled"
"""Only names are still looked at: for everybody else it is in review."""
_OPEN: Final = (TransferState.DATA_NEEDED, TransferState.PROOF_NEEDED)
_STATES: Final = {
    Outcome.CLEARED: TransferState.CLEARED,
    Outcome.DATA_NEEDED: TransferState.DATA_NEEDED,
    Outcome.PROOF_NEEDED: TransferState.PROOF_NEEDED,
    Outcome.REVIEW: TransferState.IN_REVIEW,
}
_TITLES: Final = {
    TransferState.CLEARED: "your transfer goes on",
    TransferState.RETURNED: "your transfer is given back",
}
_DECIDED: Final = {"accepted": TransferState.CLEARED, "returned": TransferState.RETURNED}


@dataclass(frozen=True, slots=True)
class NewTransfer:
    """A transfer as custody knows it: ``amount`` in smallest units, ``value_cents`` in US cents at that moment.

    ``chain`` is the name of the network; ``address`` the other side's, empty for a deposit without a known one.
    """

    reference: str
    currency: str
    amount: int
    value_cents: int
    chain: str
    address: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Transfer:
    """A transfer as its person sees it. ``missing`` names fields of the other side that are wanted."""

    transfer_id: int
    direction: Direction
    state: TransferState
    currency: str
    amount: int
    chain: str
    address: str = field(repr=False)
    missing: tuple[str, ...]
    asked_ms: int
    due_ms: int
    can_prove: bool

    @property
    def is_cleared(self) -> bool:
        """Whether the Travel Rule lets it go on."""
        return self.state is TransferState.CLEARED


class TravelRule:
    """All transfers that the Travel Rule is about. Blocking; every method makes its own transactions."""

    def __init__(self, parts: Parts, wallets: WalletProofs, names: NameScreening) -> None:
        """Made once; follows what is decided about ``names``."""
        self._parts, self._wallets, self._names = parts, wallets, names
        names.follow(self._go_on)

    # -- For custody -------------------------------------------------------------------------------------------------

    def withdrawal(self, user_id: int, new: NewTransfer, declaration: Declaration | None = None) -> Transfer:
        """What the Travel Rule says of a withdrawal; nothing may leave before ``is_cleared``.

        Raises ``RefusedError``: transfer_differs, vasp_not_connected, verification_needed.
        """
        transfer = self._note(user_id, Direction.WITHDRAWAL, new)
        if declaration is not None and transfer.state in _OPEN:
            return self.answer(user_id, transfer.transfer_id, declaration)
        return transfer

    def deposit(self, user_id: int, new: NewTransfer, message: bytes | None = None) -> Transfer:
        """What the Travel Rule says of a deposit, held from now on when data is missing; call it before crediting.

        ``message`` is what the sending exchange told (IVMS101 as JSON). Raises ``RefusedError``: transfer_differs.
        """
        if self._find_reference(user_id, Direction.DEPOSIT, new.reference) is None:
            need = self._need_of_message(user_id, new, message)
            is_cleared, applies = need.outcome is Outcome.CLEARED, self._rules_of(user_id).applies_from_cents
            is_told = is_cleared and message is not None and new.value_cents >= applies
            if is_told or not is_cleared:
                # Before the row: whoever sees the row may answer, and that would end a hold not placed yet.
                governing = self._parts.house.governing
                governing.hold(user_id, HOLD, _hold_reference(new.reference), new.currency, new.amount)
            if is_told:
                return self._note(user_id, Direction.DEPOSIT, new, message)
        return self._note(user_id, Direction.DEPOSIT, new)

    def find(self, user_id: int, direction: Direction, reference: str) -> Transfer | None:
        """A transfer by custody's own reference."""
        return self._find_reference(user_id, direction, reference)

    def payload(self, user_id: int, transfer_id: int) -> bytes:
        """What goes with a cleared withdrawal to the other exchange: IVMS101 as JSON. Raises ``RefusedError``."""
        with self._parts.transaction() as session:
            row = self._row(session, user_id, transfer_id)
            sealed = row.sealed_payload if row.state == TransferState.CLEARED else b""
            return self._parts.vault.open(session, user_id, _PAYLOAD, sealed)

    def given_back(self, user_id: int, reference: str) -> None:
        """A returned deposit has left again: its hold ends. Raises ``RefusedError`` when it is not to be returned."""
        found = self._find_reference(user_id, Direction.DEPOSIT, reference)
        if found is None or found.state is not TransferState.RETURNED:
            raise RefusedError(
                "transfer_not_found", "There is no such deposit to give back.", "Look which deposits were refused."
            )
        self._parts.house.governing.release(user_id, HOLD, _hold_reference(reference))

    # -- For the person ----------------------------------------------------------------------------------------------

    def of(self, user_id: int) -> tuple[Transfer, ...]:
        """The person's transfers that wait for something, newest first."""
        with self._parts.transaction() as session:
            waiting = (*_OPEN, TransferState.IN_REVIEW, _SETTLED)
            query = select(TransferRow).where(TransferRow.user_id == user_id, TransferRow.state.in_(waiting))
            return tuple(
                self._transfer(session, row) for row in session.scalars(query.order_by(TransferRow.transfer_id.desc()))
            )

    def show(self, user_id: int, transfer_id: int) -> Transfer:
        """One transfer. Raises ``RefusedError``."""
        with self._parts.transaction() as session:
            return self._transfer(session, self._row(session, user_id, transfer_id))

    def vasps(self, user_id: int) -> tuple[str, ...]:
        """The exchanges that can be named."""
        return self._parts.names(user_id, "travel_rule.vasps")

    def answer(self, user_id: int, transfer_id: int, declaration: Declaration) -> Transfer:
        """Say who is on the other side. Raises ``RefusedError``: not_answerable, data_missing, vasp_not_connected."""
        parts = self._parts
        check_readable(named for named in named_in(declaration) if any(named.names))
        with parts.transaction() as session:
            row = self._claim(session, user_id, transfer_id)
            need = self._need(session, row, declaration)
            _refuse(need)
            sealed = parts.vault.seal(session, user_id, _DECLARATION, msgspec.json.encode(declaration))
            row.sealed_declaration, row.answered_ms = sealed, parts.clock()
            self._put(session, row, need, declaration)
        return self._after(user_id, transfer_id)

    def challenge(self, user_id: int, transfer_id: int) -> Challenge:
        """A text to sign with the wallet of the transfer. Raises ``RefusedError``."""
        with self._parts.transaction() as session:
            row = self._row(session, user_id, transfer_id)
            if row.state not in _OPEN or row.chain not in set(Chain):
                message = "No signature is wanted for this transfer."
                raise RefusedError("not_answerable", message, "Look at its state.")
            address = self._parts.vault.open(session, user_id, _ADDRESS, row.sealed_address).decode()
            wallet = Wallet(Chain(row.chain), address)
        return self._wallets.begin(user_id, _about(transfer_id), wallet)

    def prove(self, user_id: int, transfer_id: int, challenge_id: int, signature: str) -> Transfer:
        """Show by a signature that the wallet is one's own. Raises ``RefusedError``."""
        self._wallets.prove(user_id, _about(transfer_id), challenge_id, signature)
        with self._parts.transaction() as session:
            row = self._claim(session, user_id, transfer_id)
            declaration = self._declaration(session, row)
            if declaration is not None:
                self._put(session, row, self._need(session, row, declaration), declaration)
        return self._after(user_id, transfer_id)

    # -- Deciding and time -------------------------------------------------------------------------------------------

    def decided(self, number: int, decision: Decision) -> None:
        """Follow a decided case; told again, it does the same. Raises ``LonjaError`` to be told again."""
        del number
        found, state = round_of(decision, KIND), _DECIDED.get(decision.decision)
        if found is None or state is None:
            return
        at = (
            TransferRow.transfer_id == found.number,
            TransferRow.round == found.round,
            TransferRow.user_id == decision.user_id,
        )
        is_accepted, now_ms = state is TransferState.CLEARED, self._parts.clock()
        with self._parts.transaction() as session:
            in_review = (*at, TransferRow.state == TransferState.IN_REVIEW)
            moved = move(session, TransferRow, in_review, state=_SETTLED if is_accepted else state, decided_ms=now_ms)
            row = session.scalar(select(TransferRow).where(*at))
            if moved and row is not None and is_accepted:
                self._seal_payload(session, row, self._declaration(session, row))
            elif moved:
                self._names.end(session, _about(found.number))
            now = None if row is None else row.state
        if now == _SETTLED:
            self._names.screen(_about(found.number))
            self._settle(decision.user_id, found.number)
        elif now == state:
            self._after(decision.user_id, found.number)
            self._parts.house.residents.tell(decision.user_id, _TITLES[state])

    def keep_house(self) -> None:
        """Open missing cases, hand deposits nobody explained to staff, and end holds that a crash left."""
        with self._parts.transaction() as session:
            overdue = (
                TransferRow.state.in_(_OPEN),
                TransferRow.direction == Direction.DEPOSIT,
                TransferRow.due_ms <= self._parts.clock(),
            )
            for row in session.scalars(select(TransferRow).where(*overdue)).all():
                at = (TransferRow.transfer_id == row.transfer_id, TransferRow.state == row.state)
                move(session, TransferRow, at, state=TransferState.IN_REVIEW, round=row.round + 1, case_id=None)
        self.open_missing_cases()
        self._go_on()
        with self._parts.transaction() as session:
            cleared = (
                TransferRow.state == TransferState.CLEARED,
                TransferRow.direction == Direction.DEPOSIT,
                TransferRow.released_ms.is_(None),
            )
            left = [(row.user_id, row.transfer_id) for row in session.scalars(select(TransferRow).where(*cleared))]
        for user_id, transfer_id in left:
            self._after(user_id, transfer_id)

    def open_missing_cases(self) -> None:
        """Open the case of every transfer in review that has none yet."""
        house = self._parts.house
        with self._parts.transaction() as session:
            at = (TransferRow.state == TransferState.IN_REVIEW, TransferRow.case_id.is_(None))
            rows = rows_of(session, select(TransferRow).where(*at))
        for row in rows:
            reference = evidence_name(KIND, row.transfer_id, row.round)
            summary = f"{row.direction.capitalize()} {row.transfer_id} of {row.currency}: the other side is not clear."
            entity = house.rules.entity(row.place, self._parts.clock())
            case_id = house.reviews.open(CASE, row.user_id, summary, [reference], reference=reference, entity=entity)
            with self._parts.transaction() as session:
                same = (TransferRow.transfer_id == row.transfer_id, TransferRow.round == row.round)
                move(session, TransferRow, same, case_id=case_id)

    def _go_on(self, user_id: int | None = None) -> None:
        """Clear what waited for names alone, of one user or of all."""
        at = [TransferRow.state == _SETTLED]
        if user_id is not None:
            at.append(TransferRow.user_id == user_id)
        with self._parts.transaction() as session:
            waiting = session.execute(select(TransferRow.user_id, TransferRow.transfer_id).where(*at)).all()
        for who, transfer_id in waiting:
            try:
                self._settle(who, transfer_id)
            except LonjaError as error:
                _log.warning("a transfer is stuck", transfer=transfer_id, problem=error.message)

    def _settle(self, user_id: int, transfer_id: int) -> None:
        """Clear a transfer whose names are clear. With a listed name it stays where it is, and so does the money."""
        if self._names.finding(_about(transfer_id)) is not Finding.CLEAR:
            return
        with self._parts.transaction() as session:
            at = (TransferRow.transfer_id == transfer_id, TransferRow.state == _SETTLED)
            if not move(session, TransferRow, at, state=TransferState.CLEARED):
                return
            self._names.end(session, _about(transfer_id))
            was_reviewed = session.get_one(TransferRow, transfer_id).decided_ms is not None
        self._after(user_id, transfer_id)
        if was_reviewed:
            self._parts.house.residents.tell(user_id, _TITLES[TransferState.CLEARED])

    # -- Inside ------------------------------------------------------------------------------------------------------

    def _note(self, user_id: int, direction: Direction, new: NewTransfer, message: bytes | None = None) -> Transfer:
        parts, now_ms = self._parts, self._parts.clock()
        place = parts.house.residents.residence(user_id)
        with parts.transaction() as session:
            transfer_id = insert_new(
                session,
                TransferRow,
                user_id=user_id,
                direction=direction,
                reference=new.reference,
                state=TransferState.DATA_NEEDED,
                round=0,
                place=place,
                currency=new.currency,
                amount=new.amount,
                value_cents=new.value_cents,
                chain=new.chain,
                address_digest=self._digest(new),
                sealed_address=parts.vault.seal(session, user_id, _ADDRESS, new.address),
                sealed_declaration=b"",
                sealed_payload=b"",
                asked_ms=now_ms,
                due_ms=now_ms + parts.number(user_id, "travel_rule.answer_days") * DAY_MS,
            )
            at = (
                TransferRow.user_id == user_id,
                TransferRow.direction == direction,
                TransferRow.reference == new.reference,
            )
            row = session.scalars(select(TransferRow).where(*at)).one()
            same = (row.currency, row.amount, row.chain, row.address_digest)
            if same != (new.currency, new.amount, new.chain, self._digest(new)):
                message_ = "Another transfer has this reference."
                raise RefusedError("transfer_differs", message_, "Give each transfer a reference of its own.")
            if transfer_id is not None:
                self._first_look(session, row, message)
            is_new_deposit = transfer_id is not None and direction is Direction.DEPOSIT and row.state in _OPEN
            found = row.transfer_id
        transfer = self._after(user_id, found)
        if is_new_deposit:
            parts.house.residents.tell(user_id, "a deposit waits: tell us who sent it")
        return transfer

    def _first_look(self, session: Session, row: TransferRow, message: bytes | None) -> None:
        if message is not None:
            named = named_by(ivms101.read_payload(message))
            self._names.want(session, row.user_id, _about(row.transfer_id), named)
            row.state = _SETTLED if named else TransferState.CLEARED
            row.sealed_payload = self._parts.vault.seal(session, row.user_id, _PAYLOAD, message)
            return
        declaration = self._said_before(session, row)
        need = self._need(session, row, declaration)
        if declaration is not None and need.outcome is Outcome.CLEARED:
            raw = msgspec.json.encode(declaration)
            row.sealed_declaration = self._parts.vault.seal(session, row.user_id, _DECLARATION, raw)
        elif need.outcome is not Outcome.CLEARED:
            need, declaration = Need(Outcome.DATA_NEEDED), None
        self._put(session, row, need, declaration)

    def _said_before(self, session: Session, row: TransferRow) -> Declaration | None:
        """What was said of the same address when a transfer of the same way was cleared, for some days."""
        since_ms = self._parts.clock() - self._parts.number(row.user_id, "travel_rule.reuse_days") * DAY_MS
        at = (
            TransferRow.user_id == row.user_id,
            TransferRow.direction == row.direction,
            TransferRow.address_digest == row.address_digest,
            TransferRow.state == TransferState.CLEARED,
            TransferRow.answered_ms > since_ms,
        )
        last = session.scalar(select(TransferRow).where(*at).order_by(TransferRow.transfer_id.desc()).limit(1))
        return None if last is None else self._declaration(session, last)

    def _need(self, session: Session, row: TransferRow, declaration: Declaration | None) -> Need:
        rules, direction = self._rules(row.place), Direction(row.direction)
        proved = self._is_proved(session, row)
        return need_of(direction, row.value_cents, declaration, rules, is_proved=proved)

    def _need_of_message(self, user_id: int, new: NewTransfer, message: bytes | None) -> Need:
        rules = self._rules_of(user_id)
        if message is not None and new.value_cents >= rules.applies_from_cents:
            try:
                payload = ivms101.read_payload(message)
            except RefusedError:
                return Need(Outcome.DATA_NEEDED, ("message",))
            today = datetime.fromtimestamp(self._parts.clock() // 1000, UTC).date()
            can_be_read = all(map(is_readable, named_by(payload)))
            is_good = can_be_read and not ivms101.problems_of(payload, today) and self._names_customer(user_id, payload)
            return Need(Outcome.CLEARED) if is_good else Need(Outcome.DATA_NEEDED, ("message",))
        return need_of(Direction.DEPOSIT, new.value_cents, None, rules, is_proved=False)

    def _names_customer(self, user_id: int, payload: ivms101.Payload) -> bool:
        """Whether the message is for this customer; somebody else's money is looked at by a person."""
        me = self._parts.house.customers.person(user_id)
        known = ivms101.names_of(msgspec.json.decode(me, type=ivms101.Person)) if me is not None else frozenset()
        told = payload.beneficiary.beneficiary_persons
        return any(known & ivms101.names_of(person) for person in told)

    def _is_proved(self, session: Session, row: TransferRow) -> bool:
        """Whether the wallet was shown to be the person's, for this transfer or an earlier one from or to it."""
        if row.chain not in set(Chain):
            return False
        address = self._parts.vault.open(session, row.user_id, _ADDRESS, row.sealed_address).decode()
        if not address:
            return False
        since_ms = self._parts.clock() - self._parts.number(row.user_id, "travel_rule.reuse_days") * DAY_MS
        return self._wallets.is_proved_by(session, row.user_id, Wallet(Chain(row.chain), address), KIND, since_ms)

    def _put(self, session: Session, row: TransferRow, need: Need, declaration: Declaration | None) -> None:
        # Below the line nobody is asked for names, so none is looked at.
        applies = row.value_cents >= self._rules(row.place).applies_from_cents
        row.state, named = _STATES[need.outcome], named_in(declaration) if applies else ()
        self._names.want(session, row.user_id, _about(row.transfer_id), named)
        if row.state == TransferState.IN_REVIEW:
            row.round, row.case_id = row.round + 1, None
        elif row.state == TransferState.CLEARED:
            self._seal_payload(session, row, declaration)
            row.state = _SETTLED if named else row.state

    def _seal_payload(self, session: Session, row: TransferRow, declaration: Declaration | None) -> None:
        """Keep what is told to the other side of a withdrawal; of a deposit what was said of its sender."""
        if declaration is None:
            return
        me = self._parts.house.customers.person(row.user_id)
        if me is None:
            message = "The Travel Rule needs your verified name."
            raise RefusedError("verification_needed", message, "Complete your verification first.")
        self_person = msgspec.json.decode(me, type=ivms101.Person)
        other = self_person if declaration.other is None else person_of(declaration.other)
        address = self._parts.vault.open(session, row.user_id, _ADDRESS, row.sealed_address).decode()
        accounts, house = (address,) if address else (), self._house(row.place)
        named = ivms101.company(declaration.vasp) if declaration.vasp else None
        if row.direction == Direction.WITHDRAWAL:
            payload = ivms101.Payload(
                ivms101.Originator((self_person,), (str(row.user_id),)),
                ivms101.Beneficiary((other,), accounts),
                ivms101.OriginatingVasp(house),
                None if named is None else ivms101.BeneficiaryVasp(named),
            )
        else:
            payload = ivms101.Payload(
                ivms101.Originator((other,), accounts),
                ivms101.Beneficiary((self_person,), (str(row.user_id),)),
                None if named is None else ivms101.OriginatingVasp(named),
                ivms101.BeneficiaryVasp(house),
            )
        sealed = self._parts.vault.seal(session, row.user_id, _PAYLOAD, msgspec.json.encode(payload))
        row.sealed_payload = sealed

    def _house(self, place: str) -> ivms101.Person:
        rules, now_ms = self._parts.house.rules, self._parts.clock()
        name = rules.text("travel_rule.house_name", place, now_ms)
        country = rules.text("travel_rule.house_country", place, now_ms)
        return ivms101.company(name, country_of_registration=country)

    def _after(self, user_id: int, transfer_id: int) -> Transfer:
        """What follows from a state outside of this database; may be repeated."""
        with self._parts.transaction() as session:
            row = self._row(session, user_id, transfer_id)
            cleared = row.direction == Direction.DEPOSIT and row.state == TransferState.CLEARED
            is_in_review, reference = row.state == TransferState.IN_REVIEW, row.reference
        if cleared:
            self._parts.house.governing.release(user_id, HOLD, _hold_reference(reference))
            with self._parts.transaction() as session:
                at = (TransferRow.transfer_id == transfer_id, TransferRow.released_ms.is_(None))
                move(session, TransferRow, at, released_ms=self._parts.clock())
        if is_in_review:
            self.open_missing_cases()
        self._names.wake()
        return self.show(user_id, transfer_id)

    def _claim(self, session: Session, user_id: int, transfer_id: int) -> TransferRow:
        """The row, while it waits for the person; whoever else wants it waits until the transaction ends."""
        self._row(session, user_id, transfer_id)
        at = (TransferRow.transfer_id == transfer_id, TransferRow.state.in_(_OPEN))
        if not move(session, TransferRow, at, round=TransferRow.round):
            raise RefusedError("not_answerable", "This transfer does not wait for you.", "Look at its state.")
        return session.get_one(TransferRow, transfer_id, populate_existing=True)

    def _row(self, session: Session, user_id: int, transfer_id: int) -> TransferRow:
        row = session.get(TransferRow, transfer_id)
        if row is None or row.user_id != user_id:
            raise RefusedError(
                "transfer_not_found", "There is no such transfer.", "Look at the list of your transfers."
            )
        return row

    def _find_reference(self, user_id: int, direction: Direction, reference: str) -> Transfer | None:
        at = (TransferRow.user_id == user_id, TransferRow.direction == direction, TransferRow.reference == reference)
        with self._parts.transaction() as session:
            row = session.scalar(select(TransferRow).where(*at))
            return None if row is None else self._transfer(session, row)

    def _declaration(self, session: Session, row: TransferRow) -> Declaration | None:
        raw = self._parts.vault.open(session, row.user_id, _DECLARATION, row.sealed_declaration)
        return msgspec.json.decode(raw, type=Declaration) if raw else None

    def _digest(self, new: NewTransfer) -> bytes:
        return self._parts.vault.digest("transfer_address", f"{new.chain}:{new.address}")

    def _rules_of(self, user_id: int) -> NeedRules:
        return self._rules(self._parts.house.residents.residence(user_id))

    def _rules(self, place: str) -> NeedRules:
        rules, now_ms = self._parts.house.rules, self._parts.clock()
        wanted = NeedRules(
            applies_from_cents=rules.number("travel_rule.applies_from_cents", place, now_ms),
            full_from_cents=rules.number("travel_rule.full_from_cents", place, now_ms),
            proof_from_cents=rules.number("travel_rule.proof_from_cents", place, now_ms),
            fields=rules.names("travel_rule.fields", place, now_ms),
            full_fields=rules.names("travel_rule.full_fields", place, now_ms),
            vasps=rules.names("travel_rule.vasps", place, now_ms),
        )
        if not set(wanted.fields + wanted.full_fields) <= set(FIELDS):
            raise DataError(f"The Travel Rule knows the fields {', '.join(FIELDS)} only.", "Correct the rule file.")
        return wanted

    def _transfer(self, session: Session, row: TransferRow) -> Transfer:
        state = TransferState.IN_REVIEW if row.state == _SETTLED else TransferState(row.state)
        declaration = self._declaration(session, row)
        need = self._need(session, row, declaration) if state in _OPEN else Need(Outcome.CLEARED)
        return Transfer(
            transfer_id=row.transfer_id,
            direction=Direction(row.direction),
            state=state,
            currency=row.currency,
            amount=row.amount,
            chain=row.chain,
            address=self._parts.vault.open(session, row.user_id, _ADDRESS, row.sealed_address).decode(),
            missing=need.missing,
            asked_ms=row.asked_ms,
            due_ms=row.due_ms,
            can_prove=state in _OPEN and row.chain in set(Chain),
        )


def _refuse(need: Need) -> None:
    if need.outcome is Outcome.VASP_NOT_CONNECTED:
        message = "Nothing can be sent to this exchange yet."
        raise RefusedError("vasp_not_connected", message, "Choose one from the list, or send to a wallet of your own.")
    if need.outcome is Outcome.DATA_NEEDED:
        raise RefusedError("data_missing", f"This is missing: {', '.join(need.missing)}.", "Fill it in.")


def _about(transfer_id: int) -> str:
    return f"{KIND}:{transfer_id}"


def _hold_reference(reference: str) -> str:
    return f"deposit:{reference}"
