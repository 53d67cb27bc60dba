"""Compiles the hot modules of the core to machine code; the package runs unchanged, slower, without it.

Usage: ``python tools/compile_core.py [--required]``. Does nothing when a build of exactly these sources is there.
Says one line and ends with 0 when it cannot compile, unless ``--required`` is given.

What it makes lies in ``build/compiled/<digest of the sources>/`` and never beside a source (see ``lonja.compiled``).
"""

import argparse
import fcntl
import os
import shutil
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

from lonja.compiled import BUILD_ROOT, COMPILED_MODULES, SOURCE_ROOT, compiled_folder, sources_digest

GROUP_NAME = "lonja.core.native"
HIDDEN = ("-fvisibility=hidden", "-fno-semantic-interposition", "-fno-plt")
"""Nobody outside calls the compiled functions by name, so the compiler may inline them and call them directly."""
BUILDS_KEPT = 3
"""A running process may still load modules from the build it started with, so the newest few stay."""


def missing_tool() -> str:
    """What is missing to compile C, as the end of a sentence; empty when nothing is."""
    compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
    if shutil.which(os.environ.get("CC", compiler).split()[0]) is None:
        return f"there is no C compiler ({compiler}); on Debian: apt-get install gcc python3-dev"
    if not Path(sysconfig.get_path("include"), "Python.h").exists():
        return "the headers of Python are missing; on Debian: apt-get install python3-dev"
    return ""


def compile_into(folder: Path, work: Path) -> None:
    """Compile all modules that exist as one group into ``folder``; ``work`` is for intermediate files.

    The imports stand here because they take longer than finding out that there is nothing to do.
    """
    from mypyc.build import mypycify
    from setuptools import Distribution

    sources = [SOURCE_ROOT / "core" / f"{name}.py" for name in COMPILED_MODULES]
    extensions = mypycify(
        ["--config-file=", f"--cache-dir={BUILD_ROOT / 'mypy_cache'}", *(str(s) for s in sources if s.exists())],
        opt_level="3",
        strip_asserts=False,
        multi_file=False,
        group_name=GROUP_NAME,
        target_dir=str(work),
    )
    if sys.platform == "linux":
        for extension in extensions:
            extension.extra_compile_args += HIDDEN
    command = Distribution({"name": "lonja-core", "ext_modules": extensions}).get_command_obj("build_ext")
    command.build_lib, command.build_temp = str(folder), str(work)
    command.ensure_finalized()
    command.run()


def remove_old_builds() -> None:
    """Delete all but the newest builds, and what interrupted runs left."""
    builds = [path for path in BUILD_ROOT.iterdir() if path.is_dir() and path.name != "mypy_cache"]
    builds.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for path in builds[BUILDS_KEPT:]:
        shutil.rmtree(path, ignore_errors=True)


def build() -> str:
    """Make the build that fits the present sources and move it to its place in one step; tell why not, or nothing."""
    started, digest = time.monotonic(), sources_digest()
    print("Compiling the core, once for these sources; this takes about a minute ...", flush=True)
    with tempfile.TemporaryDirectory(dir=BUILD_ROOT, prefix="unfinished-") as name:
        unfinished = Path(name)
        try:
            compile_into(unfinished / "out", unfinished / "work")
        except (SystemExit, Exception) as error:  # mypyc exits after printing what it found
            return f"the compiler refused it ({error})"
        if sources_digest() != digest:
            return "the sources changed meanwhile; run it again"
        (unfinished / "out").rename(compiled_folder())
    print(f"Compiled the core in {time.monotonic() - started:.0f} s.")
    return ""


def main() -> None:
    """Compile unless a fitting build is there; several runs at once wait for each other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--required", action="store_true", help="fail when it cannot be compiled")
    required = parser.parse_args().required
    BUILD_ROOT.mkdir(parents=True, exist_ok=True)
    with (BUILD_ROOT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if compiled_folder().is_dir():
            os.utime(compiled_folder())
            return
        obstacle = missing_tool() or build()
        if obstacle:
            print(f"The core stays interpreted (slower, same results): {obstacle}.")
            sys.exit(1 if required else 0)
        remove_old_builds()


if __name__ == "__main__":
    main()
