"""What the rules refuse is in the log, by code and operation; what was typed is not."""

from structlog.testing import capture_logs

from tests.edge.account.conftest import Office
from tests.modules.identity.people.conftest import EMAIL, PASSWORD


async def test_a_wrong_password_and_a_forged_change_are_logged(office: Office) -> None:
    laptop = office.browser()
    await laptop.sign_up()
    with capture_logs() as lines:
        await office.script().call("POST", "/sign-in", {"identifier": EMAIL, "password": "Wrong-" + PASSWORD})
        await laptop.call("DELETE", "/me/devices/4711", **{"x-csrf-token": "made up"})
    refused = [(line["code"], line["method"], line["path"]) for line in lines if "refused" in line["event"]]
    assert refused == [
        ("credentials_wrong", "POST", "/api/account/sign-in"),
        ("csrf_failed", "DELETE", "/api/account/me/devices/{device_id}"),
    ]
    for secret in (EMAIL, PASSWORD, "4711", "203.0.113.7"):
        assert secret not in str(lines)
