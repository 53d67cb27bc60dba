"""Who speaks: the account, key and address behind a request or a logged-in connection."""

from typing import NamedTuple

from lonja.modules.identity.api import ApiKey


class Session(NamedTuple):
    """An authenticated speaker. ``account`` is the number in the core, ``uid`` what clients see of it.

    ``place`` is the country of ``address``, "" when it is unknown.
    """

    account: int
    uid: str
    key: ApiKey
    address: str
    place: str = ""
