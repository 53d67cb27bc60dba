"""Every screen of the site, in one table. Who adds a screen adds its line; a test finds those that lack one."""

from typing import Final, Literal, NamedTuple

Who = Literal["nobody", "demo", "person", "staff"]


class Screen(NamedTuple):
    """One screen: its name in files, its address, who looks at it, and what is seen when it is there.

    ``{case}`` and ``{user}`` in an address stand for a case of staff and somebody it is about. ``waits`` is a role of
    something that has to be visible; ``tab`` is opened first, where a screen has several.
    """

    name: str
    path: str
    who: Who
    waits: str = "heading"
    tab: str = ""


SCREENS: Final = (
    Screen("trade-spot", "/trade/BTC-USDT", "nobody"),
    Screen("trade-contract", "/trade/BTC-USDT-SWAP", "nobody"),
    Screen("trade-depth", "/trade/ETH-USDT", "nobody", tab="Depth"),
    Screen("trade-demo", "/trade/BTC-USDT-SWAP", "demo"),
    Screen("trade-assets", "/trade/QUIET-USDT", "demo", tab="Assets"),
    Screen("bench", "/bench", "nobody"),
    Screen("sign-in", "/sign-in", "nobody"),
    Screen("sign-in-recover", "/sign-in/recover", "nobody"),
    Screen("sign-in-reset", "/sign-in/reset", "nobody"),
    Screen("sign-up", "/sign-up", "nobody"),
    Screen("from-us", "/from-us", "nobody"),
    Screen("no-such-page", "/no/such/page", "nobody"),
    Screen("overview", "/overview", "person"),
    Screen("notices", "/notices", "person"),
    Screen("security", "/security", "person"),
    Screen("security-addresses", "/security/addresses", "person"),
    Screen("security-anti-phishing", "/security/anti-phishing", "person"),
    Screen("security-authenticator", "/security/authenticator", "person"),
    Screen("security-backup-codes", "/security/backup-codes", "person"),
    Screen("security-close", "/security/close", "person"),
    Screen("security-connected", "/security/connected", "person"),
    Screen("security-contacts", "/security/contacts", "person"),
    Screen("security-devices", "/security/devices", "person"),
    Screen("security-emergency-contact", "/security/emergency-contact", "person"),
    Screen("security-freeze", "/security/freeze", "person"),
    Screen("security-keys", "/security/keys", "person"),
    Screen("security-not-me", "/security/not-me", "person"),
    Screen("security-passkeys", "/security/passkeys", "person"),
    Screen("security-password", "/security/password", "person"),
    Screen("verification", "/verification", "person"),
    Screen("verification-address", "/verification/address", "person"),
    Screen("verification-appeals", "/verification/appeals", "person"),
    Screen("verification-funds", "/verification/funds", "person"),
    Screen("verification-identity", "/verification/identity", "person"),
    Screen("verification-institution", "/verification/institution", "person"),
    Screen("verification-residence", "/verification/residence", "person"),
    Screen("staff", "/staff", "staff"),
    Screen("staff-audit", "/staff/audit", "staff"),
    Screen("staff-case", "/staff/cases/{case}", "staff"),
    Screen("staff-engine", "/staff/engine", "staff"),
    Screen("staff-funds", "/staff/funds", "staff"),
    Screen("staff-people", "/staff/people", "staff"),
    Screen("staff-person", "/staff/people/{user}", "staff"),
    Screen("staff-proposals", "/staff/proposals", "staff"),
    Screen("staff-rights", "/staff/rights", "staff"),
)
