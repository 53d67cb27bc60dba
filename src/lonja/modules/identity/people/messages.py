"""Messages to people about their account, by the channel of a contact.

Why here: one place that knows which channel belongs to which contact and when the anti-phishing code is shown.
"""

from collections.abc import Callable, Mapping

from lonja.modules.identity.people.contacts import Contact, ContactKind
from lonja.modules.identity.people.ports import Addressee, Messenger
from lonja.modules.identity.people.users import User


class Messages:
    """Sends by e-mail to addresses, by text message or call to numbers."""

    def __init__(self, messenger: Messenger) -> None:
        """``messenger`` delivers."""
        self._messenger = messenger
        self.links: Callable[[int], Mapping[str, str]] = lambda _: {}
        """Makes the links by which a user can act at once, shown in every notice."""

    def send(
        self,
        contact: Contact,
        template: str,
        values: Mapping[str, str],
        user: User | None = None,
        *,
        call: bool = False,
        was_theirs: bool = False,
    ) -> None:
        """Send ``template`` to ``contact``; with ``call`` a telephone is called and the text read out.

        The anti-phishing code is shown at the address of ``user`` alone, and with ``was_theirs`` at one that was
        theirs until now: whoever owns an address that is not bound yet may be somebody else.
        """
        is_email = contact.kind is ContactKind.EMAIL
        channel = "email" if is_email else "voice" if call else "sms"
        locale = user.locale if user is not None else "en"
        is_known = user is not None and is_email and (was_theirs or contact == user.email)
        shown = user.anti_phishing_code if user is not None and is_known else ""
        self._messenger.send(Addressee(channel, contact.value, locale, shown), template, values)

    def tell(self, user: User, template: str, values: Mapping[str, str], also: Contact | None = None) -> None:
        """Send a notice to every contact of ``user``, and to ``also``, one that was theirs until now."""
        shown = {**values, **self.links(user.user_id)}
        for contact in (user.email, user.phone, also):
            if contact is not None:
                self.send(contact, template, shown, user, was_theirs=contact is also)
