"""Puts a rendered message into the form in which mail travels, signed.

Invariant: a header holds what the house put there, on one line; a mail that was composed once is never composed again,
so that each attempt to deliver it sends the same bytes.
"""

from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr

from lonja.modules.notices.rendering import Letterhead, Rendered
from lonja.modules.notices.signing import sign


def compose(rendered: Rendered, address: str, token: str, time_ms: int, head: Letterhead, dkim_key: bytes) -> bytes:
    """The mail as it travels. ``token`` makes its Message-ID."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = formataddr((head.house, head.sender))
    mail["To"] = address
    mail["Subject"] = rendered.subject
    mail["Date"] = format_datetime(datetime.fromtimestamp(time_ms / 1_000, UTC))
    mail["Message-ID"] = f"<{token}@{head.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(rendered.text, cte="quoted-printable")
    mail.add_alternative(rendered.html, subtype="html", cte="quoted-printable")
    return sign(mail.as_bytes(), head.domain, dkim_key)
