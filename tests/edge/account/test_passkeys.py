"""Passkeys over HTTP: link one, sign in with it alone, confirm an act with it."""

from lonja.primitives.instant import MINUTE_MS
from tests.edge.account.conftest import Office
from tests.modules.identity.people.soft_authenticator import SoftAuthenticator


async def test_from_linking_to_signing_in_without_a_password(office: Office) -> None:
    laptop, key = office.browser(), SoftAuthenticator()
    await laptop.sign_up()
    options = (await laptop.call("POST", "/passkeys/options")).body
    assert options["rp"] == {"id": "localhost", "name": "lonja"}
    made = await laptop.call("POST", "/passkeys", {"credential": key.make(options), "name": "laptop"})
    assert made.status == 201
    await laptop.call("DELETE", "/sign-in")
    options = (await laptop.call("POST", "/passkeys/sign-in/options")).body
    done = await laptop.call("POST", "/passkeys/sign-in", {"credential": key.use(options)})
    assert done.body["stage"] == "done"
    office.town.wait(6 * MINUTE_MS)
    assert (await laptop.call("POST", "/security/backup-codes")).code == "step_up_required"
    assert (await laptop.call("GET", "/sign-in/step-up")).body == {"methods": ["passkey", "email"]}
    options = (await laptop.call("POST", "/passkeys/step-up/options")).body
    assert (await laptop.call("POST", "/passkeys/step-up", {"credential": key.use(options)})).status == 204
    assert (await laptop.call("POST", "/security/backup-codes")).status == 201
    methods = ["passkey", "email", "backup_code"]
    assert (await laptop.call("GET", "/sign-in/step-up")).body == {"methods": methods}
    (passkey,) = (await laptop.call("GET", "/passkeys")).body
    assert (await laptop.call("DELETE", f"/passkeys/{passkey['passkey']}")).code == "last_passkey"
    assert (await laptop.call("PATCH", f"/passkeys/{passkey['passkey']}", {"name": "blue key"})).status == 204
    assert (await laptop.call("GET", "/passkeys")).body[0]["name"] == "blue key"


async def test_a_replayed_answer_signs_nobody_in(office: Office) -> None:
    laptop, key = office.browser(), SoftAuthenticator()
    await laptop.sign_up()
    options = (await laptop.call("POST", "/passkeys/options")).body
    await laptop.call("POST", "/passkeys", {"credential": key.make(options), "name": "laptop"})
    options = (await laptop.call("POST", "/passkeys/sign-in/options")).body
    answer = {"credential": key.use(options)}
    assert (await office.browser().call("POST", "/passkeys/sign-in", answer)).status == 200
    replayed = await office.browser().call("POST", "/passkeys/sign-in", answer)
    assert (replayed.status, replayed.code) == (401, "passkey_over")
