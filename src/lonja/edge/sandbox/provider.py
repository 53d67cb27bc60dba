"""``/sandbox/provider``: where a browser is sent that signs in by the sandbox's own provider.

Invariant: it leads back to the house itself and nowhere else.
"""

from lonja.edge.sandbox.control import Params, Rows, SandboxControl, check_names, text_in, wrong
from lonja.edge.wire.numbers import text_of

_ASKED = ("state", "nonce", "challenge", "redirect")


async def admit(control: SandboxControl, params: Params) -> Rows:
    """Say who you are with ``email``; the answer has the address to go on to."""
    check_names(params, *_ASKED, "email")
    if control.provider is None:
        raise wrong("provider", "this sandbox has none")
    text_in(params, "email")
    asked = {name: text_of(params, name) for name in _ASKED}
    return [{"address": control.provider.admit_by(asked, text_of(params, "email"))}]
