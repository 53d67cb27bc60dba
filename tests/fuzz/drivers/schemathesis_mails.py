"""Teaches schemathesis to send mails as they are saved, which the account API takes to judge whether they are the house's.

Runs in the environment of schemathesis, which imports it by ``SCHEMATHESIS_HOOKS``.
"""

import schemathesis

schemathesis.serializer.alias("message/rfc822", "text/plain")
