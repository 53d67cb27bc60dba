"""Compiles the hot modules of the core to machine code; the package runs unchanged, slower, without it.

Usage: ``python tools/compile_core.py [--required] [--by-counts]``. Does nothing when a build of exactly these sources is
there. Says one line and ends with 0 when it cannot compile, unless ``--required`` is given.

What it makes lies in ``build/compiled/<digest of the sources>/`` and never beside a source (see ``lonja.compiled``).

``--by-counts`` compiles twice, with GCC: a build that counts which ways are taken, trained by ``train_core.py``, and from
its counts the build that stays. That takes minutes and gives a core that is a fifth faster (``docs/adr/0021``).
"""

import argparse
import fcntl
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lonja.compiled import (
    BUILD_ROOT,
    COMPILED_MODULES,
    MADE_BY_COUNTS,
    SOURCE_ROOT,
    compiled_folder,
    sources_digest,
)

if TYPE_CHECKING:
    from setuptools import Extension

GROUP_NAME = "lonja.core.native"
LINUX_FLAGS = ("-fvisibility=hidden", "-fno-semantic-interposition", "-fno-plt", "-g0")
"""Nobody outside calls the compiled functions by name, so the compiler may inline them and call them directly.

Lines of the C between Python and the machine help nobody, and cost time to note down.
"""
COUNTING = "-fprofile-generate"
BY_COUNTS = ("-fprofile-correction", "-fprofile-partial-training", "-Wno-error", "-Werror=missing-profile")
INLINED = tuple(
    f"--param={bound}"
    for bound in (
        "max-inline-insns-auto=500",
        "max-inline-insns-single=1000",
        "inline-unit-growth=1000",
        "large-function-growth=3000",
        "large-function-insns=20000",
        "large-stack-frame-growth=5000",
        "large-unit-insns=1000000",
    )
)
"""What is called often, by the counts, stands where it is called: translated Python calls much more than written C does."""
BUILDS_KEPT = 3
"""A running process may still load modules from the build it started with, so the newest few stay."""


def c_compiler() -> str:
    """The command that extensions of Python are compiled with."""
    default: str = sysconfig.get_config_var("CC") or "cc"
    return os.environ.get("CC", default).split()[0]


def missing_tool() -> str:
    """What is missing to compile C, as the end of a sentence; empty when nothing is."""
    if shutil.which(c_compiler()) is None:
        return f"there is no C compiler ({c_compiler()}); on Debian: apt-get install gcc python3-dev"
    if not Path(sysconfig.get_path("include"), "Python.h").exists():
        return "the headers of Python are missing; on Debian: apt-get install python3-dev"
    return ""


def missing_gcc(*, by_counts: bool) -> str:
    """What hinders from compiling by counts, as the end of a sentence; empty when nothing does or nobody wants to."""
    if not by_counts:
        return ""
    told = subprocess.run([c_compiler(), "--version"], capture_output=True, text=True, check=False).stdout
    if sys.platform == "linux" and "Free Software Foundation" in told:
        return ""
    return "compiling by counts needs GCC on Linux; without --by-counts any C compiler will do"


def extensions_in(work: Path) -> "list[Extension]":
    """Translate all modules that exist to C, as one group.

    The import stands here because it takes longer than finding out that there is nothing to do.
    """
    from mypyc.build import mypycify

    sources = [SOURCE_ROOT / "core" / f"{name}.py" for name in COMPILED_MODULES]
    return list(
        mypycify(
            ["--config-file=", f"--cache-dir={BUILD_ROOT / 'mypy_cache'}", *(str(s) for s in sources if s.exists())],
            opt_level="2",
            strip_asserts=False,
            multi_file=False,
            group_name=GROUP_NAME,
            target_dir=str(work),
        )
    )


def build_into(folder: Path, work: Path, extensions: "list[Extension]", flags: Sequence[str]) -> None:
    """Compile the C of ``extensions`` with ``flags`` besides their own."""
    from setuptools import Distribution

    own = [extension.extra_compile_args for extension in extensions]
    for extension in extensions:
        extension.extra_compile_args = [*extension.extra_compile_args, *flags]
        extension.extra_link_args = [flag for flag in flags if flag.startswith(COUNTING)]
    command = Distribution({"name": "lonja-core", "ext_modules": extensions}).get_command_obj("build_ext")
    command.build_lib, command.build_temp, command.force = str(folder), str(work), True
    # The group takes nearly all of the time; the hundred others are compiled beside it.
    command.parallel = 2
    command.ensure_finalized()
    command.run()
    for extension, flags_before in zip(extensions, own, strict=True):
        extension.extra_compile_args = flags_before


def compile_into(folder: Path, work: Path, *, by_counts: bool) -> None:
    """Compile all modules as one group into ``folder``; ``work`` is for intermediate files."""
    extensions = extensions_in(work)
    flags = LINUX_FLAGS if sys.platform == "linux" else ()
    if not by_counts:
        build_into(folder, work, extensions, flags)
        return
    # All that is compiled is in the group; the others only lead Python to it.
    group = [extension for extension in extensions if extension.name.startswith(GROUP_NAME)]
    build_into(folder, work, [extension for extension in extensions if extension not in group], flags)
    counts, counting = work / "counts", work / "counting"
    shutil.copytree(folder, counting)
    build_into(counting, work, group, (*flags, f"{COUNTING}={counts}"))
    print("Training it ...", flush=True)
    trainer = Path(__file__).with_name("train_core.py")
    subprocess.run([sys.executable, str(trainer), str(counting)], check=True, stdout=subprocess.DEVNULL)
    print("Compiling it by what was counted ...", flush=True)
    build_into(folder, work, group, (*flags, *INLINED, f"-fprofile-use={counts}", *BY_COUNTS))
    (folder / MADE_BY_COUNTS).touch()


def remove_old_builds() -> None:
    """Delete all but the newest builds, and what interrupted runs left."""
    builds = [path for path in BUILD_ROOT.iterdir() if path.is_dir() and path.name != "mypy_cache"]
    builds.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for path in builds[BUILDS_KEPT:]:
        shutil.rmtree(path, ignore_errors=True)


def build(*, by_counts: bool) -> str:
    """Make the build that fits the present sources and move it to its place in one step; tell why not, or nothing."""
    started, digest = time.monotonic(), sources_digest()
    length = "some minutes" if by_counts else "a minute or two"
    print(f"Compiling the core, once for these sources; this takes {length} ...", flush=True)
    with tempfile.TemporaryDirectory(dir=BUILD_ROOT, prefix="unfinished-") as name:
        unfinished = Path(name)
        try:
            compile_into(unfinished / "out", unfinished / "work", by_counts=by_counts)
        except (SystemExit, Exception) as error:  # mypyc exits after printing what it found
            return f"the compiler refused it ({error})"
        if sources_digest() != digest:
            return "the sources changed meanwhile; run it again"
        if compiled_folder().is_dir():
            # Whoever runs it has it open.
            compiled_folder().rename(BUILD_ROOT / f"{digest[:32]}-before-{time.time_ns()}")
        (unfinished / "out").rename(compiled_folder())
    print(f"Compiled the core in {time.monotonic() - started:.0f} s.")
    return ""


def main() -> None:
    """Compile unless a fitting build is there; several runs at once wait for each other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--required", action="store_true", help="fail when it cannot be compiled")
    parser.add_argument("--by-counts", action="store_true", help="compile twice, for a faster core; needs GCC on Linux")
    arguments = parser.parse_args()
    by_counts = arguments.by_counts
    BUILD_ROOT.mkdir(parents=True, exist_ok=True)
    with (BUILD_ROOT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if compiled_folder().is_dir() and (not by_counts or (compiled_folder() / MADE_BY_COUNTS).exists()):
            os.utime(compiled_folder())
            return
        obstacle = missing_tool() or missing_gcc(by_counts=by_counts) or build(by_counts=by_counts)
        if obstacle:
            stays = "as it was compiled" if compiled_folder().is_dir() else "interpreted"
            print(f"The core stays {stays} (slower, same results): {obstacle}.")
            sys.exit(1 if arguments.required else 0)
        remove_old_builds()


if __name__ == "__main__":
    main()
