"""Every route of the staff API leaves an entry in the audit log, and none answers who is not signed in as staff.

The table is held equal to the OpenAPI file, so that a route cannot be added without its row.
"""

import json
from typing import Any, NamedTuple

from lonja.modules.backoffice.api import StaffSession
from tests.edge.account.conftest import Caller
from tests.edge.staff.conftest import House, Member


class Row(NamedTuple):
    """Who asks, with what body, and what is answered. ``{names}`` in paths and bodies are filled in."""

    who: str
    body: Any = None
    status: int = 200


WHY = {"reason": "ticket 77"}
ACT = {"kind": "risk_review", "reference": "{turn}"}
PLACE = {"reference": "{turn}", "reason": "ticket 77"}
ROUTES = {
    "POST /sign-in": Row("cal", {"identifier": "cal@staff.example.com", "password": "Quarry-7-lantern"}),
    "POST /sign-in/passkey": Row("cal"),
    "POST /sign-in/confirm/options": Row("cal"),
    "POST /sign-in/confirm": Row("cal", status=204),
    "GET /sign-in": Row("cal"),
    "DELETE /sign-in": Row("cal"),
    "GET /queues": Row("cal"),
    "GET /cases": Row("cal"),
    "GET /cases/{case}": Row("cal"),
    "GET /cases/{case}/evidence/{reference}": Row("cal"),
    "POST /cases/{case}/claim": Row("cal", status=204),
    "POST /cases/{case}/release": Row("cleo", status=204),
    "POST /cases/{case}/assignee": Row("cal", {"to": "{cleo}", "seen": "{cleo}"}, 204),
    "POST /cases/{case}/notes": Row("cal", {"text": "seen before"}, 204),
    "POST /cases/{case}/questions": Row("cleo", {"text": "whose card?"}, 204),
    "POST /cases/{case}/answers": Row("cleo", {"text": "my own"}, 409),
    "POST /cases/{case}/decision": Row("cleo", {"decision": "refused", "reason": "proven"}),
    "GET /proposals": Row("cal"),
    "GET /proposals/own": Row("cleo"),
    "POST /proposals": Row("cal", {"act": "restriction.place", "user_id": "{alice}", "values": ACT} | WHY, 201),
    "GET /proposals/{proposal}": Row("cal"),
    "POST /proposals/{proposal}/approve": Row("cal", status=204),
    "POST /proposals/{proposal}/refuse": Row("cal", WHY, 204),
    "POST /people/search": Row("hal", {"text": "alice@example.com"}),
    "GET /people/{user}": Row("hal"),
    "POST /people/{user}/reveal": Row("sue", {"fields": ["email"]} | WHY),
    "GET /people/{user}/devices": Row("sue"),
    "GET /people/{user}/sessions": Row("sue"),
    "POST /people/{user}/sessions/end": Row("sue", WHY),
    "GET /people/{user}/rights": Row("hal"),
    "GET /people/{user}/rights/{capability}": Row("hal"),
    "GET /people/{user}/holds": Row("hal"),
    "POST /people/{user}/holds": Row("sue", PLACE | {"kind": "new_device"}, 201),
    "POST /people/{user}/holds/{hold}/release": Row("sue", WHY, 201),
    "GET /people/{user}/restrictions": Row("hal"),
    "POST /people/{user}/restrictions": Row("cal", PLACE | {"kind": "risk_review"}, 201),
    "POST /people/{user}/restrictions/{restriction}/lift": Row("cal", WHY, 201),
    "POST /people/{user}/freeze": Row("sue", WHY, 201),
    "GET /house/rules": Row("hal"),
    "GET /house/members": Row("ada"),
    "POST /house/members/{user}/accounts": Row("ada", {"user_id": "{alice}"}, 204),
    "GET /house/health": Row("hal"),
    "GET /house/funds": Row("hal"),
    "GET /house/funds/{kind}/{family}": Row("hal", status=400),
    "GET /house/channels": Row("hal"),
    "GET /house/audit": Row("cal"),
    "GET /house/audit/verification": Row("cal"),
}
OPEN = ("POST /sign-in", "POST /sign-in/passkey")
"""What needs no session yet."""


def things(house: House, turn: int) -> dict[str, str]:
    """What is there to name, new each ``turn``: a case, a hold and a restriction of alice, a proposal of cleo."""
    alice, cleo = house.ids["alice"], house.ids["cleo"]
    hold = house.rights.holds.place(alice, "new_device", reference=f"hold {turn}")
    placed = house.rights.restrictions.place(alice, "risk_review", reference=f"{turn}", placed_by="rules")
    reference = f"restriction:{placed.restriction_id}"
    act = {"kind": "risk_review", "reference": f"proposed {turn}"}
    by = StaffSession(cleo, signed_in_with_passkey=True)
    return {
        "case": str(house.back.cases.open("appeal", alice, "I did nothing", (reference,))),
        "reference": reference,
        "hold": str(hold.hold_id),
        "restriction": str(placed.restriction_id),
        "proposal": str(house.back.proposals.propose(by, "restriction.place", alice, "seen", act)),
        "capability": "trade.spot",
        "kind": "SWAP",
        "family": "BTC-USDT",
        "turn": f"ticket {turn}",
    } | {name: str(number) for name, number in house.ids.items()}


def filled(body: Any, known: dict[str, str]) -> Any:
    if isinstance(body, dict):
        return {name: filled(value, known) for name, value in body.items()}
    if isinstance(body, str) and body.startswith("{"):
        return known["turn"] if body == "{turn}" else int(known[body.strip("{}")])
    return body


async def prepared(house: House, operation: str, known: dict[str, str], member: Member) -> Any:
    """Bring the house to where ``operation`` makes sense; the body that only then is known."""
    if operation.startswith("POST /cases/") and not operation.endswith("claim"):
        by = StaffSession(house.ids["cleo"], signed_in_with_passkey=True)
        house.back.cases.take(by, int(known["case"]))
    if operation == "POST /sign-in/passkey":
        begun = (await member.begin()).body
        return {"sign_in": begun["sign_in"], "credential": member.signed(begun["options"])}
    if operation == "POST /sign-in/confirm":
        options = (await member.call("POST", "/sign-in/confirm/options")).body
        return {"credential": member.signed(options)}
    return filled(ROUTES[operation].body, known)


async def test_the_table_names_every_route(house: House) -> None:
    found = json.loads((await house.member("cal").call("GET", "/openapi.json")).body)["paths"]
    assert set(ROUTES) == {
        f"{method.upper()} {path.removeprefix('/api/staff')}"
        for path, methods in found.items()
        for method in methods
        if method in ("get", "post", "put", "patch", "delete")
    }


async def test_the_file_says_which_routes_ask_for_a_session_and_which_for_the_passkey(house: House) -> None:
    # Any: the edge hides which framework it is made of.
    app: Any = house.app
    confirming = {
        f"{method} {route.path_format.removeprefix('/api/staff')}"
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        for method in handler.http_methods
        if "confirmed" in handler.parsed_fn_signature.parameters
    }
    for path, methods in app.openapi_schema.to_schema()["paths"].items():
        for method, about in methods.items():
            name = f"{method.upper()} {path.removeprefix('/api/staff')}"
            rank = ["step-up"] if name in confirming else []
            page = {"page": rank} if method == "get" else {"page": rank, "csrf": []}
            assert about.get("security", []) == ([] if name in OPEN else [{"script": rank}, page]), name


async def test_each_request_leaves_an_entry(house: House, alice: Caller) -> None:
    at_work: dict[str, Member] = {}
    for turn, (operation, row) in enumerate(ROUTES.items()):
        known = things(house, turn)
        known["user"] = known["sue"] if "members" in operation else known["alice"]
        member = at_work.get(row.who) or await house.signed_in(row.who)
        # Who signed out, or anew, is not at work in the session of before.
        at_work |= {} if "/sign-in" in operation else {row.who: member}
        body = await prepared(house, operation, known, member)
        method, _, path = operation.partition(" ")
        before = house.entries()
        answer = await member.call(method, path.format(**known), body)
        assert answer.status == row.status, (operation, answer)
        assert house.entries() > before, operation
    assert house.back.audit.verify().broken is None


async def test_nobody_is_answered_without_a_session_of_staff(house: House, alice: Caller) -> None:
    known, stranger = things(house, 0), house.member("cal")
    known["user"] = known["alice"]
    for operation, row in ROUTES.items():
        if operation in OPEN:
            continue
        method, _, path = operation.partition(" ")
        body = {"credential": {}} if operation == "POST /sign-in/confirm" else filled(row.body, known)
        # A session of a customer is none of staff, also when the customer works here.
        for token in ("", alice.headers["authorization"]):
            answer = await stranger.call(method, path.format(**known), body, authorization=token)
            assert (answer.status, answer.code) == (401, "signed_out"), operation
