"""SPF (RFC 7208): whether an address may send for a domain, by the records that ``Dns`` has.

Why a subclass: the library asks DNS by itself and keeps a function for that per process. Invariant: no record is looked up
but through the port that was given.
"""

import ipaddress
from typing import Any, Final

from lonja.modules.notices.ports import Dns, LookupFailedError
from lonja.modules.notices.received.outcomes import Outcome, SpfResult

_VOID_LOOKUPS_MAX: Final = 2
_NAMES_MAX: Final = 10
_LABEL_LENGTH_MAX: Final = 63
_RECEIVER: Final = "unknown"


def check_spf(address: str, helo: str, mail_from: str, dns: Dns) -> SpfResult:
    """Whether ``address`` may send for the domain of ``mail_from`` ("" : of ``helo``). Never raises."""
    result, _ = explain_spf(address, helo, mail_from, dns)
    return result


def explain_spf(
    address: str, helo: str, mail_from: str, dns: Dns, default_explanation: str = ""
) -> tuple[SpfResult, str]:
    """The same with the explanation that the domain gives to who is refused."""
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return SpfResult(Outcome.NONE, "", address, "there is no address to check"), ""
    domain = (mail_from or helo).rpartition("@")[2].strip().rstrip(".").lower()
    query = _query(dns)(address, mail_from, helo, receiver=_RECEIVER)
    if default_explanation:
        query.set_default_explanation(default_explanation)
    try:
        code, _, explanation = query.check()
    except LookupFailedError as error:
        return SpfResult(Outcome.TEMPORARY_ERROR, domain, address, error.message), ""
    except (ValueError, IndexError, KeyError, AttributeError, TypeError, RecursionError):
        # A record can be malformed in ways that the library did not think of.
        return SpfResult(Outcome.PERMANENT_ERROR, domain, address, "the record is malformed"), ""
    reason = "" if code == "pass" else "".join(char for char in str(explanation)[:100] if char.isprintable())
    return SpfResult(Outcome(code), domain, address, reason), str(explanation)


def _query(dns: Dns) -> type[Any]:
    import spf  # noqa: PLC0415  # heavy

    class Query(spf.query):  # type: ignore[misc]  # the library has no types
        def dns(self, name: str, qtype: str, cnames: object = None, ignore_void: object = False) -> list[Any]:  # noqa: ARG002
            """Records of ``name``; the name and the arguments are the library's."""
            plain = str(name).rstrip(".").lower()
            if not all(0 < len(label) <= _LABEL_LENGTH_MAX for label in plain.split(".")):
                return []
            try:
                found = _records(dns, plain, qtype)
            except LookupFailedError as error:
                raise spf.TempError(error.message) from error
            if not found and not ignore_void:
                self.void_lookups += 1
                if self.void_lookups > _VOID_LOOKUPS_MAX:
                    raise spf.PermError("Void lookup limit exceeded")
            return found

        def validated_ptrs(self) -> list[str]:
            """Names of the address that lead back to it; one that DNS has trouble with is passed over (section 5.5)."""
            try:
                found = self.dns_ptr(self.i)[:_NAMES_MAX]
            except spf.TempError:
                return []
            return [name for name in found if self._leads_back(name)]

        def _leads_back(self, name: str) -> bool:
            try:
                return bool(self.cidrmatch(self.dns_a(name, self.A), self.cidrmax))
            except spf.TempError:
                return False

    return Query


def _records(dns: Dns, name: str, kind: str) -> list[Any]:
    if kind == "TXT":
        return [(record,) for record in dns.txt(name)]
    if kind in ("A", "AAAA"):
        return list(dns.addresses(name, is_v6=kind == "AAAA"))
    if kind == "MX":
        return list(dns.mail_hosts(name))
    if kind == "PTR":
        return list(dns.names(name))
    return []
