"""What staff see of what was handed in: values by name, or a paper's bytes.

Why here: the one place that opens it for anybody but its person. Whoever calls this writes the look into the log of the
back office first, which the back office does by itself for evidence of a case.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, cast

import msgspec

from lonja.modules.verification.due_diligence.funds import KIND as FUNDS
from lonja.modules.verification.due_diligence.institutions import KIND as INSTITUTION
from lonja.modules.verification.due_diligence.name_screening import KIND as NAME_HIT
from lonja.modules.verification.due_diligence.name_screening import NameScreening
from lonja.modules.verification.due_diligence.parts import Parts
from lonja.modules.verification.due_diligence.residence import KIND as RESIDENCE
from lonja.modules.verification.due_diligence.reviewing import read_evidence
from lonja.modules.verification.due_diligence.tables import (
    FundsRow,
    InstitutionRow,
    PaperContentRow,
    PaperRow,
    ResidenceRow,
    TransferRow,
)
from lonja.modules.verification.due_diligence.travel_rule import KIND as TRANSFER
from lonja.primitives.errors import RefusedError

_Row = InstitutionRow | FundsRow | ResidenceRow | TransferRow
PAPER: Final = "paper"
KINDS: Final = (INSTITUTION, FUNDS, RESIDENCE, TRANSFER, PAPER, NAME_HIT)
"""The kinds of evidence that lie here."""
_SEALED: Final[Mapping[str, tuple[type[_Row], Mapping[str, str]]]] = {
    INSTITUTION: (InstitutionRow, {"form": "institution_form", "signer": "institution_signer"}),
    FUNDS: (FundsRow, {"answer": "funds_answer"}),
    RESIDENCE: (ResidenceRow, {"address": "residence_address"}),
    TRANSFER: (TransferRow, {"declaration": "transfer_declaration", "address": "transfer_address"}),
}
_SHOWN: Final = ("state", "entity_type", "kind", "from_place", "to_place", "direction", "currency", "amount", "chain")


@dataclass(frozen=True, slots=True)
class Shown:
    """A paper in ``content``, ``name`` its kind, or values by name."""

    media_type: str = ""
    content: bytes = field(default=b"", repr=False)
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    name: str = ""


def show(parts: Parts, names: NameScreening, kind: str, name: str) -> Shown:
    """What the evidence ``kind:name`` refers to. Raises ``RefusedError``."""
    if kind == NAME_HIT:
        values = names.exhibit(name)
        if values is None:
            raise _gone()
        return Shown(values=values)
    return _paper(parts, name) if kind == PAPER else _submission(parts, kind, name)


def _paper(parts: Parts, name: str) -> Shown:
    number = int(name) if name.isascii() and name.isdigit() and len(name) <= 18 else 0
    with parts.transaction() as session:
        row, content = session.get(PaperRow, number), session.get(PaperContentRow, number)
        if row is None or content is None:
            raise _gone()
        opened = parts.vault.open(session, row.user_id, "paper_content", content.sealed_content)
        return Shown(row.media_type, opened, name=row.kind)


def _submission(parts: Parts, kind: str, name: str) -> Shown:
    found = read_evidence(f"{kind}:{name}", kind)
    model, sealed = _SEALED[kind]
    with parts.transaction() as session:
        row = None if found is None else cast("_Row | None", session.get(model, found.number))
        if row is None:
            raise _gone()
        values = {field: str(getattr(row, field)) for field in _SHOWN if hasattr(row, field)}
        for label, sealed_as in sealed.items():
            raw = parts.vault.open(session, row.user_id, sealed_as, getattr(row, f"sealed_{label}"))
            values.update(_readable(label, raw))
        return Shown(values=values)


def _readable(label: str, raw: bytes) -> Iterator[tuple[str, str]]:
    try:
        whole = msgspec.json.decode(raw) if raw else ""
    except msgspec.DecodeError:
        whole = raw.decode()
    yield from _flat(label, whole)


def _flat(path: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(f"{path}.{name}", inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value, 1):
            yield from _flat(f"{path}.{number}", inner)
    else:
        yield path, str(value)


def _gone() -> RefusedError:
    return RefusedError(
        "evidence_unknown", "This is not there any more.", "Decide by what is left, or ask the customer for it."
    )
