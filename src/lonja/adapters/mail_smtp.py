"""Mail by SMTP, to the server that sends for this house.

Why a connection per mail: the house writes few, and a connection that was left open is the one that turns out broken.
Invariant: what goes wrong is told by the server's number and never by its words, which repeat addresses.
"""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from lonja.modules.notices.ports import Mail, UndeliverableError
from lonja.primitives.errors import SettingsError

_FINAL_FROM = 500


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mail is handed in.

    ``security``: ``tls`` from the first byte, ``starttls`` (demanded, not just tried), or ``none``. ``ca_file`` is an
    authority to trust instead of the machine's.
    """

    host: str
    port: int
    security: Literal["tls", "starttls", "none"] = "starttls"
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None
    timeout_s: float = 30.0


class SmtpMail:
    """A ``MailPort`` that speaks SMTP."""

    def __init__(self, server: SmtpServer) -> None:
        """Raises ``SettingsError`` when the authority's file cannot be read."""
        self._server = server
        self._context = None if server.security == "none" else _context(server.ca_file)

    async def deliver(self, mail: Mail) -> None:
        """Hand ``mail`` in. Raises ``UndeliverableError``."""
        # Imported late: a sandbox sends no mail.
        from aiosmtplib import (  # noqa: PLC0415
            SMTP,
            SMTPDataError,
            SMTPException,
            SMTPRecipientsRefused,
            SMTPResponseException,
            SMTPTimeoutError,
        )

        server = self._server
        client = SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username or None,
            password=server.password or None,
            timeout=server.timeout_s,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            tls_context=self._context,
        )
        try:
            async with client:
                await client.sendmail(mail.sender, [mail.recipient], mail.content)
        except SMTPRecipientsRefused as error:
            code = error.recipients[0].code if error.recipients else 0
            raise _answered(code, "the recipient", is_final=code >= _FINAL_FROM) from None
        except SMTPDataError as error:
            raise _answered(error.code, "the text", is_final=error.code >= _FINAL_FROM) from None
        except SMTPResponseException as error:
            # A login or a sender that is refused is our own mistake: it is mended, and then the mail can go.
            raise _answered(error.code, "the conversation", is_final=False) from None
        except (SMTPTimeoutError, TimeoutError):
            raise UndeliverableError("the mail server did not answer in time") from None
        except ssl.SSLError as error:
            raise UndeliverableError(f"the mail server's certificate is not trusted ({error.reason})") from None
        except (SMTPException, OSError) as error:
            raise UndeliverableError(f"the mail server cannot be reached ({type(error).__name__})") from None


def _answered(code: int, what: str, *, is_final: bool) -> UndeliverableError:
    return UndeliverableError(f"the mail server answered {code} about {what}", is_final=is_final)


def _context(ca_file: Path | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    except (OSError, ssl.SSLError) as error:
        message = f"The certificate authority of the mail server cannot be read from {ca_file}."
        raise SettingsError(message, "Name a file in PEM.") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
