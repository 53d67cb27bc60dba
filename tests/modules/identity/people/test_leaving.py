"""Closing an account, and being missed: what is in the way, what is forgotten, who is told and when."""

from collections.abc import Sequence

import pytest
from sqlalchemy import text

from lonja.modules.identity.people.closing import Obligation
from lonja.modules.identity.people.emergency import EmergencyContact
from lonja.modules.identity.people.events import StateChanged
from lonja.modules.identity.people.policy import SignInPolicy
from lonja.modules.identity.people.sessions import LiveSession
from lonja.modules.identity.people.sign_up import SignUpForm
from lonja.modules.identity.people.users import UserState
from lonja.primitives.errors import RefusedError
from lonja.primitives.instant import DAY_MS
from tests.modules.identity.people.conftest import EMAIL, LAPTOP, PASSWORD, TERMS, Town, refused

BOB = EmergencyContact("Bob", "brother", "+1 415 555 0199", "bob@example.net", 3, 14)


def session_of(town: Town, user_id: int) -> LiveSession:
    step = town.people.sign_ins.admit(user_id, "sign_up", LAPTOP, town.now_ms)
    assert step.opened is not None
    return town.people.session(step.opened.token, LAPTOP, town.now_ms)


class Debts:
    """Something is open until it is settled."""

    def __init__(self, *left: Obligation) -> None:
        self.left = list(left)

    def of(self, account: int) -> Sequence[Obligation]:
        assert account == 7
        return self.left


# -- Closing ---------------------------------------------------------------------------------------------------------


def test_what_is_open_is_in_the_way_and_named(town: Town) -> None:
    live = session_of(town, town.sign_up())
    town.people.attach_account(live.user_id, 7)
    town.people.closing.obligations = debts = Debts(Obligation("open_orders", 3), Obligation("balances", 2))
    with pytest.raises(RefusedError, match="3 open orders, 2 currencies with a balance"):
        town.people.closing.begin(live, "", town.now_ms)
    assert [one.count for one in town.people.closing.view(live.user_id, town.now_ms).hindrances] == [3, 2]
    debts.left.clear()
    assert town.people.closing.begin(live, "", town.now_ms) == town.now_ms + 30 * DAY_MS
    assert town.people.user(live.user_id).state is UserState.CLOSING


def test_for_thirty_days_it_can_be_taken_back(town: Town) -> None:
    live = session_of(town, town.sign_up())
    town.people.closing.begin(live, "leaving", town.now_ms)
    with refused("state_changed"):
        town.people.closing.begin(live, "again", town.now_ms)
    town.wait(30 * DAY_MS - 1)
    assert town.people.closing.finish_due(town.now_ms) == 0
    again = session_of(town, live.user_id)
    town.people.closing.take_back(again, town.now_ms)
    assert [fact.state for fact in town.facts if isinstance(fact, StateChanged)] == ["closing", "active"]
    with refused("state_changed"):
        town.people.closing.take_back(again, town.now_ms)


def test_attack_what_an_intruder_began_to_close_is_frozen_by_the_link_in_the_notice(town: Town) -> None:
    people, user_id = town.people, town.sign_up()
    step = people.sign_ins.admit(user_id, "sign_up", LAPTOP, town.now_ms)
    assert step.opened is not None
    people.closing.begin(people.session(step.opened.token, LAPTOP, town.now_ms), "", town.now_ms)
    people.recoveries.freeze_by_link(people.recoveries.freeze_link(user_id, town.now_ms), town.now_ms)
    assert people.user(user_id).state is UserState.FROZEN
    with refused("session_ended"):
        people.session(step.opened.token, LAPTOP, town.now_ms)
    town.wait(30 * DAY_MS)
    assert people.closing.finish_due(town.now_ms) == 0


def test_attack_freezing_does_not_stop_what_the_house_closes(town: Town) -> None:
    user_id, people = town.sign_up(), town.people
    people.closing.begin_by_house(user_id, town.now_ms)
    with refused("closed_by_house"):
        people.recoveries.freeze_by_link(people.recoveries.freeze_link(user_id, town.now_ms), town.now_ms)
    assert people.user(user_id).state is UserState.CLOSING


def test_the_contact_stays_taken_until_the_end(town: Town) -> None:
    live = session_of(town, town.sign_up())
    town.people.closing.begin(live, "", town.now_ms)
    town.wait()
    with refused("code_wrong"):
        form = SignUpForm(EMAIL, PASSWORD, "ES", [TERMS.text_hash])
        town.people.sign_ups.confirm(town.people.sign_ups.begin(form, town.now_ms), "000000", town.now_ms)
    assert town.post.last(EMAIL)[0] == "sign_up_taken"
    town.wait(30 * DAY_MS)
    assert town.people.closing.finish_due(town.now_ms) == 1
    assert town.sign_up() != live.user_id


def test_who_was_closed_is_forgotten(town: Town) -> None:
    live = session_of(town, town.sign_up())
    town.people.emergencies.set(live.user_id, BOB, town.now_ms)
    town.people.self_service.new_backup_codes(live, town.now_ms)
    town.people.closing.begin(live, "", town.now_ms)
    town.wait(30 * DAY_MS)
    town.people.closing.finish_due(town.now_ms)
    with refused("user_not_found"):
        town.people.user(live.user_id)
    with refused("credentials_wrong"):
        town.people.sign_ins.begin(EMAIL, PASSWORD, LAPTOP, town.now_ms)
    with town.people.parts.database.connect() as connection:
        (user,) = connection.execute(text("SELECT * FROM users")).mappings()
        left = {
            table: connection.execute(text(f"SELECT count(*) FROM {table}")).scalar()
            for table in ("sessions", "devices", "backup_codes", "emergency_contacts", "passkeys")
        }
    assert {name: value for name, value in user.items() if name.startswith("sealed") and value} == {}
    assert (user["email_digest"], user["password_hash"], user["state"]) == (None, "", "closed")
    assert left == dict.fromkeys(left, 0)
    assert town.post.last(EMAIL) == ("notice", {"title": "your account was closed"})


def test_how_long_it_is_thought_over_is_a_rule(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    live = session_of(town, town.sign_up())
    monkeypatch.setattr(town.people.parts.rules, "policy", lambda _place, _now_ms: SignInPolicy(closing_ms=3 * DAY_MS))
    assert town.people.closing.begin(live, "", town.now_ms) == town.now_ms + 3 * DAY_MS
    assert town.post.last(EMAIL)[1]["title"] == "your account will be closed in 3 days"
    town.wait(3 * DAY_MS)
    assert town.people.closing.finish_due(town.now_ms) == 1


def test_what_comes_in_meanwhile_keeps_it_open(town: Town) -> None:
    live = session_of(town, town.sign_up())
    town.people.attach_account(live.user_id, 7)
    town.people.closing.obligations = debts = Debts()
    town.people.closing.begin(live, "", town.now_ms)
    debts.left.append(Obligation("balances", 1))
    town.wait(30 * DAY_MS)
    assert town.people.closing.finish_due(town.now_ms) == 0
    assert town.people.user(live.user_id).state is UserState.ACTIVE


def test_what_the_house_closes_its_owner_cannot_keep(town: Town) -> None:
    user_id = town.sign_up()
    session_of(town, user_id)
    town.people.closing.begin_by_house(user_id, town.now_ms)
    assert town.post.last(EMAIL)[1]["title"] == "we will close your account in 30 days; write to us if you object"
    assert [fact.reason for fact in town.facts if isinstance(fact, StateChanged)] == ["house"]
    with refused("closed_by_house"):
        town.people.closing.take_back(session_of(town, user_id), town.now_ms)
    with refused("state_changed"):
        town.people.closing.check_by_house(user_id)
    town.people.closing.begin_by_house(user_id, town.now_ms + 1)  # told again
    town.wait(30 * DAY_MS)
    assert town.people.closing.finish_due(town.now_ms) == 1
    with refused("user_not_found"):
        town.people.user(user_id)


@pytest.mark.parametrize("before", [UserState.ACTIVE, UserState.FROZEN])
def test_what_the_house_closes_goes_back_to_what_it_was_when_something_came_in(town: Town, before: UserState) -> None:
    user_id = town.sign_up()
    town.people.attach_account(user_id, 7)
    town.people.closing.obligations = debts = Debts(Obligation("balances", 1))
    if before is UserState.FROZEN:
        town.people.recoveries.freeze(user_id, "staff", town.now_ms)
    with refused("account_in_use"):
        town.people.closing.begin_by_house(user_id, town.now_ms)
    settled = debts.left.pop()
    town.people.closing.begin_by_house(user_id, town.now_ms)
    debts.left.append(settled)
    town.wait(30 * DAY_MS)
    assert town.people.closing.finish_due(town.now_ms) == 0
    assert town.people.user(user_id).state is before


def test_when_the_owner_begins_at_the_same_time_the_owner_closes(town: Town) -> None:
    live = session_of(town, town.sign_up())
    town.people.attach_account(live.user_id, 7)

    class OwnerIsQuicker(Debts):
        def of(self, account: int) -> Sequence[Obligation]:
            town.people.closing.obligations = Debts()
            town.people.closing.begin(live, "leaving", town.now_ms)
            return super().of(account)

    town.people.closing.obligations = OwnerIsQuicker()
    with refused("state_changed"):
        town.people.closing.begin_by_house(live.user_id, town.now_ms + 1)
    town.people.closing.take_back(session_of(town, live.user_id), town.now_ms)
    assert town.people.user(live.user_id).state is UserState.ACTIVE


def test_what_the_owner_closes_after_the_house_gave_up_can_be_kept(town: Town) -> None:
    user_id = town.sign_up()
    town.people.attach_account(user_id, 7)
    town.people.closing.obligations = debts = Debts()
    town.people.closing.begin_by_house(user_id, town.now_ms)
    debts.left.append(Obligation("balances", 1))
    town.wait(30 * DAY_MS)
    town.people.closing.finish_due(town.now_ms)
    debts.left.clear()
    live = session_of(town, user_id)
    town.people.closing.begin(live, "", town.now_ms)
    town.people.closing.take_back(live, town.now_ms)
    assert town.people.user(user_id).state is UserState.ACTIVE


# -- Emergency contact -----------------------------------------------------------------------------------------------

WRONG = [
    ({"name": ""}, "name_form"),
    ({"relation": "bro\nther"}, "name_form"),
    ({"phone": "0199"}, "phone_invalid"),
    ({"email": "bob"}, "email_invalid"),
    ({"inactivity_months": 1}, "period_form"),
    ({"response_days": 1}, "period_form"),
]


@pytest.mark.parametrize(("change", "code"), WRONG)
def test_refused_emergency_contacts(town: Town, change: dict[str, object], code: str) -> None:
    user_id = town.sign_up()
    given = EmergencyContact(**({name: getattr(BOB, name) for name in BOB.__struct_fields__} | change))
    with refused(code):
        town.people.emergencies.set(user_id, given, town.now_ms)
    assert town.people.emergencies.find(user_id) is None


def test_the_periods_to_choose_from_are_those_of_the_rules(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    user_id, offered = town.sign_up(), SignInPolicy(inactivity_months=(1,), response_days=(2,))
    monkeypatch.setattr(town.people.parts.rules, "policy", lambda _place, _now_ms: offered)
    with refused("period_form"):
        town.people.emergencies.set(user_id, BOB, town.now_ms)
    chosen = EmergencyContact("Bob", "brother", BOB.phone, BOB.email, 1, 2)
    assert town.people.emergencies.set(user_id, chosen, town.now_ms).inactivity_months == 1


@pytest.mark.parametrize("tell_now", [True, False])
def test_the_contact_is_told_at_once_if_so_wished(town: Town, tell_now: bool) -> None:
    user_id = town.sign_up()
    given = EmergencyContact("Bob", "brother", BOB.phone, BOB.email, 3, 14, tell_now=tell_now)
    assert town.people.emergencies.set(user_id, given, town.now_ms).phone == "+14155550199"
    assert town.people.emergencies.find(user_id) == town.people.emergencies.set(user_id, given, town.now_ms)
    assert any(to.address == "bob@example.net" for to, _, _ in town.post.sent) is tell_now


def day_by_day(town: Town, days: int) -> list[tuple[int, str]]:
    """Day and receiver of what was sent."""
    heard = []
    for day in range(days):
        before = len(town.post.sent)
        town.people.emergencies.watch(town.now_ms)
        heard += [(day, to.address) for to, _, _ in town.post.sent[before:]]
        town.wait()
    return heard


def test_the_person_is_asked_three_times_before_the_contact_hears(town: Town) -> None:
    town.people.emergencies.set(town.sign_up(), BOB, town.now_ms)
    assert day_by_day(town, 120) == [
        (90, EMAIL),
        (95, EMAIL),
        (100, EMAIL),
        (104, "bob@example.net"),
        (104, "+14155550199"),
    ]
    told = town.post.last("bob@example.net")[1]["title"]
    assert EMAIL not in told


def test_a_sign_of_life_begins_it_anew(town: Town) -> None:
    user_id = town.sign_up()
    town.people.emergencies.set(user_id, BOB, town.now_ms)
    assert day_by_day(town, 97) == [(90, EMAIL), (95, EMAIL)]
    session_of(town, user_id)
    assert [day for day, _ in day_by_day(town, 95)] == [90]


def test_removing_it_ends_the_watch(town: Town) -> None:
    user_id = town.sign_up()
    town.people.emergencies.set(user_id, BOB, town.now_ms)
    town.people.emergencies.remove(user_id)
    town.people.emergencies.remove(user_id)
    assert day_by_day(town, 120) == []
