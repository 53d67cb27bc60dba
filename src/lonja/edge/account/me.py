"""The person signed in, and their devices."""

import msgspec
from litestar import Router, delete, get, post
from litestar.params import FromPath

from lonja.edge.account.answers import DeviceAnswer, UserAnswer, device_answer, user_answer
from lonja.edge.account.caller import House, HttpRequest, Live, SteppedUp, client_of, session_token
from lonja.modules.identity.api import csrf_token_of, uid
from lonja.primitives.errors import RefusedError


@get("/", sync_to_thread=True, summary="Who is signed in")
def me(services: House, live: Live) -> UserAnswer:
    """The person signed in."""
    user = services.people.user(live.user_id)
    required = services.people.policy(user.residence, services.clock()).required_factors
    return user_answer(user, "" if user.account is None else uid(user.account), required)


@get("/devices", sync_to_thread=True, summary="Devices")
def devices(services: House, live: Live) -> list[DeviceAnswer]:
    """The devices that were let in, last seen first."""
    return [device_answer(device, live.device_id) for device in services.people.devices(live.user_id)]


@delete("/devices/{device_id:str}", sync_to_thread=True, status_code=204, summary="Remove a device")
def remove_device(services: House, stepped_up: SteppedUp, device_id: FromPath[str]) -> None:
    """Throw a device out; its sessions end at once. Needs a step-up."""
    if not (device_id.isascii() and device_id.isdigit() and len(device_id) < 19):
        raise RefusedError("device_not_found", "There is no such device.", "Look at the list of your devices.")
    services.people.remove_device(stepped_up.user_id, int(device_id), services.clock(), stepped_up)


class PageToken(msgspec.Struct, frozen=True):
    """What a page sends as ``x-csrf-token`` with each change."""

    csrf_token: str


@get("/csrf-token", sync_to_thread=True, summary="What a page proves itself with")
def csrf_token(request: HttpRequest, live: Live) -> PageToken:
    """The token of before, for a page that was loaded anew; pages of others cannot read the answer."""
    del live
    token, _ = session_token(request)
    return PageToken(csrf_token_of(token))


class TradingKey(msgspec.Struct, frozen=True):
    """A key for the trading API, shown this once; it ends with the session, and at ``expires_ms`` at the latest."""

    api_key: str
    secret_key: str
    passphrase: str
    expires_ms: int


@post("/trading-key", sync_to_thread=True, status_code=201, summary="Open the trading API to a page")
def open_trading_key(request: HttpRequest, services: House, live: Live) -> TradingKey:
    """Make a key that reads and trades, from this address alone. Pages keep it in memory and ask again when loaded anew."""
    user = services.people.user(live.user_id)
    if user.account is None:
        raise RefusedError("account_not_ready", "The trading account is not open yet.", "Sign in again.")
    expires_ms = live.created_ms + services.people.policy("", services.clock()).session_life_ms
    made = services.identity.session_keys.open(
        user.account,
        client_of(request).address,
        lambda: services.people.is_session_live(live, services.clock()),
        expires_ms,
    )
    return TradingKey(made.key.api_key, made.secret, made.passphrase, expires_ms)


ROUTER = Router("/me", route_handlers=[me, devices, remove_device, csrf_token, open_trading_key], tags=["Me"])
