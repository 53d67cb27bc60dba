"""Finds the compiled twin of the core and puts it in front of the sources, or leaves the sources to be interpreted.

Why here: only this file knows where compiled modules lie, so nothing compiled ever lies beside its source.
Invariant: a compiled module is used only when the digest of the sources it was made from equals that of the sources
present now, so that an edited source is never shadowed.

``tools/compile_core.py`` makes the compiled modules. ``LONJA_COMPILED=0`` forbids them, ``LONJA_COMPILED=1`` demands
them; otherwise they are used when they fit.
"""

import hashlib
import os
import sysconfig
from collections.abc import MutableSequence
from importlib.util import find_spec
from pathlib import Path

COMPILED_MODULES = (
    "accounts",
    "admin",
    "ahead",
    "algo_ending",
    "algo_linking",
    "algo_orders",
    "algo_placing",
    "algo_running",
    "algo_slices",
    "algo_snapshot",
    "algos",
    "apply",
    "book",
    "calm",
    "changing",
    "collateral",
    "collateral_snapshot",
    "collateral_views",
    "contract_placing",
    "contracts",
    "cursor",
    "deleveraging",
    "corrections",
    "cross_liquidation",
    "crossing",
    "emit",
    "families",
    "family_leverage",
    "fees",
    "funding",
    "funds",
    "index",
    "instruments",
    "ledger",
    "lending",
    "liquidation",
    "maintenance",
    "margin",
    "margin_placing",
    "margin_snapshot",
    "matching",
    "orders",
    "packed",
    "placing",
    "pocket_closing",
    "pocket_positions",
    "pocket_reducing",
    "pocket_settings",
    "pocket_views",
    "pockets",
    "pool_liquidation",
    "pool_margin",
    "pooled_placing",
    "pools",
    "position_settings",
    "position_views",
    "positions",
    "price_levels",
    "reading_ahead",
    "seats",
    "settling",
    "snapshot",
    "state",
    "state_views",
    "takeovers",
    "ticket",
    "timers",
    "transfers",
    "warning",
    "withdrawal_holds",
    "words",
)
"""Modules of ``lonja.core`` that are compiled, as one group so that they call each other directly."""

SOURCE_ROOT = Path(__file__).resolve().parent
BUILD_ROOT = SOURCE_ROOT.parents[1] / "build" / "compiled"
MADE_BY_COUNTS = "made-by-counts"
"""A file in the folder of a build that was compiled by counts of a training."""
SWITCH = "LONJA_COMPILED"
_DIGESTED_PACKAGES = ("core", "primitives")


def sources_digest(source_root: Path = SOURCE_ROOT) -> str:
    """Hex digest of everything that decides what the compiler makes: sources, Python, and the run-time library.

    All of core and primitives counts, because the compiler copies constants from one module into another.
    """
    digest = hashlib.sha256(f"{sysconfig.get_config_var('SOABI')} {_runtime_library()} {COMPILED_MODULES}".encode())
    for package in _DIGESTED_PACKAGES:
        for path in sorted((source_root / package).glob("*.py")):
            digest.update(f"\0{package}/{path.name}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def compiled_folder(source_root: Path = SOURCE_ROOT, build_root: Path = BUILD_ROOT) -> Path:
    """Where the compiled core made from exactly the present sources lies, or would lie."""
    return build_root / sources_digest(source_root)[:32]


def prefer_compiled(
    package_path: MutableSequence[str], source_root: Path = SOURCE_ROOT, build_root: Path = BUILD_ROOT
) -> bool:
    """Put the compiled core first in ``package_path`` when there is one that fits; tell whether it did.

    Raises ``ImportError`` when the switch demands a compiled core and none fits, or when the switch has an unknown
    value.
    """
    switch = os.environ.get(SWITCH, "")
    if switch not in {"", "0", "1"}:
        raise ImportError(f"{SWITCH} is {switch!r}; it may be 0 (interpreted), 1 (compiled) or unset.")
    if switch == "0" or not (switch == "1" or build_root.is_dir()):
        return False
    modules = compiled_folder(source_root, build_root) / "lonja" / "core"
    if modules.is_dir():
        package_path.insert(0, str(modules))
        return True
    if switch == "1":
        raise ImportError(f"{SWITCH}=1, but no compiled core fits the present sources. Run 'make setup'.")
    return False


def _runtime_library() -> str:
    """Version of the library that compiled code calls into; its binary interface changes with it.

    Read off the name of the installed distribution, because ``importlib.metadata`` takes longer than all the rest.
    """
    spec = find_spec("librt")
    places = (spec and spec.submodule_search_locations) or ()
    # A set, because a folder that is twice on the path has the package twice.
    return " ".join(sorted({path.name for place in places for path in Path(place).parent.glob("librt-*.dist-info")}))
