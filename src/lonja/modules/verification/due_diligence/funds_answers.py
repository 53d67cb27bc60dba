"""What a person answers when asked where money comes from, and what is still missing in it.

Pure. Source: domain rows 3.09 (papers per source) and 3.10 (earnings on chain: wallets, transactions, protocol, entry
and exit). Invariant: an answer without a problem names at least one source, and every source has all its papers.
"""

from collections.abc import Callable, Collection
from enum import StrEnum
from typing import Annotated, NamedTuple

import msgspec

from lonja.modules.verification.due_diligence.wallet_proofs import Wallet

Line = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Story = Annotated[str, msgspec.Meta(min_length=1, max_length=4_000)]
Hash = Annotated[str, msgspec.Meta(min_length=32, max_length=100, pattern="^(0x)?[0-9a-fA-F]+$")]


class Question(StrEnum):
    """What is asked: where this money comes from, or all that somebody has."""

    FUNDS = "source_of_funds"
    WEALTH = "source_of_wealth"


class SourceKind(StrEnum):
    """Kinds of sources; each has papers of its own, ``funds.papers.KIND`` in the rules."""

    SALARY = "salary"
    BUSINESS = "business"
    SAVINGS = "savings"
    MINING = "mining"
    SALE_OF_ASSETS = "sale_of_assets"
    INHERITANCE = "inheritance"
    GIFT = "gift"
    LOAN = "loan"
    DEFI = "defi"


class OnChain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Earnings on chain: each wallet must be proved, each transaction can be looked up."""

    wallets: Annotated[tuple[Wallet, ...], msgspec.Meta(min_length=1, max_length=20)]
    transactions: Annotated[tuple[Hash, ...], msgspec.Meta(min_length=1, max_length=100)]
    protocol: Line
    entry: Story
    exit: Story


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One source. ``amount_cents`` in US cents, ``country`` where it comes from; ``on_chain`` for DeFi only."""

    kind: SourceKind
    description: Story
    amount_cents: Annotated[int, msgspec.Meta(gt=0, le=10**15)]
    country: Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")]
    on_chain: OnChain | None = None


class FundsAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole answer."""

    sources: Annotated[tuple[Source, ...], msgspec.Meta(min_length=1, max_length=20)]


class Problem(NamedTuple):
    """Something still missing: a code, what it is about, and what to do."""

    code: str
    about: str
    remedy: str


def problems_of(
    answer: FundsAnswer,
    paper_kinds: Collection[str],
    papers_for: Callable[[SourceKind], Collection[str]],
    is_proved: Callable[[Wallet], bool],
) -> tuple[Problem, ...]:
    """What is missing in ``answer``. ``papers_for`` a source: each group ``a|b`` wants one of its kinds."""
    found: list[Problem] = []
    for source in answer.sources:
        for group in papers_for(source.kind):
            if set(group.split("|")).isdisjoint(paper_kinds):
                wanted = " or ".join(group.replace("_", " ").split("|"))
                found.append(Problem("paper_missing", f"{source.kind}: {group}", f"Hand in: {wanted}."))
        if source.kind is SourceKind.DEFI and source.on_chain is None:
            remedy = "Name the wallets, transactions, protocol, and how money went in and out."
            found.append(Problem("on_chain_missing", source.kind, remedy))
        if source.kind is not SourceKind.DEFI and source.on_chain is not None:
            found.append(Problem("on_chain_elsewhere", source.kind, "Name wallets with a source of the kind defi."))
        wallets = source.on_chain.wallets if source.on_chain is not None else ()
        remedy = "Sign a text of ours with this wallet."
        found += [Problem("wallet_unproven", wallet.address, remedy) for wallet in wallets if not is_proved(wallet)]
    return tuple(dict.fromkeys(found))
