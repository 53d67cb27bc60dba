"""The person signed in, and their devices."""

from litestar import Router, delete, get
from litestar.params import FromPath

from lonja.edge.account.answers import DeviceAnswer, UserAnswer, device_answer, user_answer
from lonja.edge.account.caller import House, Live, SteppedUp
from lonja.modules.identity.api import uid
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


ROUTER = Router("/me", route_handlers=[me, devices, remove_device], tags=["Me"])
