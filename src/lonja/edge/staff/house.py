"""The house over HTTP: who works for it, by which rules, what is official, and what everybody did."""

import msgspec
from litestar import Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from lonja.edge.staff.caller import By, House
from lonja.edge.staff.numbers import Number, QueryNumber
from lonja.edge.staff.people import person_in
from lonja.modules.notices.api import Kind


class RoleAnswer(msgspec.Struct, frozen=True):
    """A role and what it may do alone."""

    role: str
    about: str
    may: tuple[str, ...]


class ActAnswer(msgspec.Struct, frozen=True):
    """An act: who proposes, who approves, who may do it ``alone``, which values it needs, and whether it is offered."""

    act: str
    about: str
    propose: tuple[str, ...]
    approve: tuple[str, ...]
    alone: tuple[str, ...]
    values: tuple[str, ...]
    is_offered: bool


class RulesAnswer(msgspec.Struct, frozen=True):
    """The rules that staff work by."""

    roles: list[RoleAnswer]
    acts: list[ActAnswer]


class MemberAnswer(msgspec.Struct, frozen=True):
    """A member of staff."""

    user_id: int
    roles: list[str]


class AccountForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another account of the same person."""

    user_id: Number


class ChannelAnswer(msgspec.Struct, frozen=True):
    """An official channel."""

    kind: Kind
    value: str


class ChannelsAnswer(msgspec.Struct, frozen=True):
    """The signed list in force, and the key it is signed with."""

    version: int
    issued_ms: int
    key: str
    channels: list[ChannelAnswer]


class EntryAnswer(msgspec.Struct, frozen=True):
    """An entry of the audit log; ``digest`` binds it to all before it. Detail about who was forgotten is empty."""

    sequence: int
    time_ms: int
    actor: str
    action: str
    subject: str
    reference: str
    detail: dict[str, str]
    digest: str


class VerificationAnswer(msgspec.Struct, frozen=True):
    """``broken`` is the first entry that does not hold, None while the chain is whole."""

    entries: int
    digest: str
    broken: int | None
    problem: str


@get("/rules", sync_to_thread=True, summary="Rules of staff")
def rules(services: House, by: By) -> RulesAnswer:
    """Roles, and acts that need two people."""
    office = services.back_office
    office.record(by, "house.read", None, {"read": "rules"})
    return RulesAnswer(
        [RoleAnswer(name, rule.about, rule.may) for name, rule in office.rules.roles.items()],
        [
            ActAnswer(
                name,
                rule.about,
                rule.propose,
                rule.approve,
                rule.alone,
                rule.values,
                office.proposals.is_carried_out(name),
            )
            for name, rule in office.rules.acts.items()
        ],
    )


@get("/members", sync_to_thread=True, summary="Members of staff")
def members(services: House, by: By) -> list[MemberAnswer]:
    """Everybody who has a role."""
    return [MemberAnswer(found.user_id, sorted(found.roles)) for found in services.back_office.staff.members(by)]


@post("/members/{user:str}/accounts", sync_to_thread=True, status_code=204, summary="Note another account")
def note_account(services: House, by: By, user: FromPath[str], data: JSONBody[AccountForm]) -> None:
    """Note that a member of staff has another account: the two count as one person from now on."""
    user_id = person_in(user)
    services.back_office.record(by, "staff.note_account", None, {"user": str(user_id), "other": str(data.user_id)})
    services.people.user(user_id)
    services.people.user(data.user_id)
    services.back_office.staff.note_own_account(user_id, data.user_id)


@get("/channels", sync_to_thread=True, summary="Official channels")
def channels(services: House, by: By) -> ChannelsAnswer:
    """The signed list by which people check who wrote to them."""
    services.back_office.record(by, "house.read", None, {"read": "channels"})
    current = services.notices.channels.current
    listed = [ChannelAnswer(channel.kind, channel.value) for channel in current.channels]
    return ChannelsAnswer(current.version, current.issued_ms, services.notices.list_key, listed)


@get("/audit", sync_to_thread=True, summary="The audit log")
def audit(  # one parameter per filter
    services: House,
    by: By,
    subject: FromQuery[str] = "",
    actor: FromQuery[str] = "",
    action: FromQuery[str] = "",
    before: QueryNumber = 0,
    limit: QueryNumber = 50,
) -> list[EntryAnswer]:
    """Entries, newest first, before number ``before``.

    ``subject`` is like ``user:7``, ``actor`` like ``staff:3``, ``action`` like ``case.decide`` or ``case`` for all of them.
    """
    found = services.back_office.read_audit(
        by, subject=subject, actor=actor, action=action, before=before or None, limit=limit
    )
    return [
        EntryAnswer(
            entry.sequence,
            entry.time_ms,
            entry.actor,
            entry.action,
            entry.subject,
            entry.reference,
            dict(entry.detail),
            entry.digest.hex(),
        )
        for entry in found
    ]


@get("/audit/verification", sync_to_thread=True, summary="Whether the audit log is whole")
def verification(services: House, by: By) -> VerificationAnswer:
    """Walk the whole chain; note the digest elsewhere, so that a rewritten log would not fit it."""
    report = services.back_office.verify_audit(by)
    return VerificationAnswer(report.entries, report.digest.hex(), report.broken, report.problem)


ROUTER = Router(
    "/house",
    route_handlers=[rules, members, note_account, channels, audit, verification],
    tags=["House"],
)
