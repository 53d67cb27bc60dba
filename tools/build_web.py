"""Builds the pages of ``web/`` into the package; the exchange runs unchanged, without pages, where they are missing.

Usage: ``python tools/build_web.py [--required] [--run SCRIPT]``. Does nothing when a build of exactly these sources is
there. Says one line and ends with 0 when it cannot build, unless ``--required`` is given. ``--run`` builds nothing: it
runs a script of ``web/package.json``, such as its checks, and ends as that ends.

Node comes from the machine; where it has none that is new enough, from the packages in ``requirements/node.lock``.
"""

import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[1]
WEB = ROOT / "web"
BUILT = ROOT / "src" / "lonja" / "edge" / "site" / "built"
STAMPS = ROOT / "build" / "web"
NODE_LOCK = ROOT / "requirements" / "node.lock"
OPENAPI = ROOT / "docs" / "reference" / "openapi.json"
NODE_OLDEST = (20, 19)
UNBUILT = {"node_modules", ".svelte-kit", "generated"}
"""Folders of ``web/`` that are made, not written."""


class CannotBuildError(Exception):
    """Why there are no pages, as the end of a sentence."""


def sources_digest() -> str:
    """A digest of everything the build reads."""
    digest = hashlib.sha256()
    paths = [path for path in WEB.rglob("*") if path.is_file() and not UNBUILT.intersection(path.parts)]
    paths = [path for path in paths if not path.name.endswith(".test.ts")]
    for path in [*sorted(paths), OPENAPI]:
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def find_node() -> Path:
    """The folder that holds ``node`` and ``npm``, installed into this environment if need be."""
    own = Path(sys.executable).parent
    for folder in (Path(found).parent for found in (shutil.which("node"), str(own / "node")) if found):
        if (folder / "npm").exists() and _version(folder / "node") >= NODE_OLDEST:
            return folder
    print("Installing Node.js, which builds the pages (requirements/node.lock) ...", flush=True)
    install = ["install", "-qq", "--require-hashes", "-r", str(NODE_LOCK)]
    # An environment may have no pip of its own; then the one of the Python it was made with does it (tools/setup.sh).
    elsewhere = [str(Path(sys.base_prefix) / "bin" / "python3"), "-m", "pip", "--python", sys.executable]
    commands = [[*pip, *install] for pip in ([sys.executable, "-m", "pip"], elsewhere)]
    if all(subprocess.run(command, capture_output=True, check=False).returncode for command in commands):
        oldest = ".".join(map(str, NODE_OLDEST))
        raise CannotBuildError(
            f"there is no Node.js {oldest} or newer, and none could be installed; get it, then: make web"
        )
    return own


def _version(node: Path) -> tuple[int, ...]:
    try:
        told = subprocess.run([node, "--version"], capture_output=True, text=True, check=True, timeout=20).stdout
        return tuple(int(part) for part in told.strip().removeprefix("v").split("."))
    except (OSError, ValueError, subprocess.SubprocessError):
        return ()


def npm(node: Path, *arguments: str, output: IO[str] | None = None, **environment: str) -> int:
    """Run npm in ``web/`` and tell how it ended; what it prints goes to ``output``, or is shown."""
    path = os.pathsep.join((str(node), os.environ["PATH"]))
    env = os.environ | {"PATH": path} | environment
    to = subprocess.STDOUT if output is not None else None
    command = [str(node / "npm"), *arguments]
    return subprocess.run(
        command, cwd=WEB, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=to, check=False
    ).returncode


def must_npm(node: Path, *arguments: str, **environment: str) -> None:
    """Run npm in ``web/``, quietly. Raises ``CannotBuildError``."""
    with (STAMPS / "npm.log").open("w+", encoding="utf-8") as log:
        if npm(node, *arguments, output=log, **environment) == 0:
            return
        log.seek(0)
        reason = next((line for line in log if "error" in line.lower()), "it says nothing")
        raise CannotBuildError(f"npm {arguments[0]} failed ({reason.strip()}); all of it is in build/web/npm.log")


def install_modules(node: Path) -> None:
    """Install exactly what ``web/package-lock.json`` names, unless it is there."""
    wanted = hashlib.sha256(
        (WEB / "package-lock.json").read_bytes() + str(_version(node / "node")).encode()
    ).hexdigest()
    stamp = WEB / "node_modules" / ".lonja"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print("Installing what the pages are built with (web/package-lock.json) ...", flush=True)
    must_npm(node, "ci", "--no-audit", "--no-fund", "--prefer-offline")
    stamp.write_text(wanted)


def build(digest: str) -> None:
    """Build the pages of the sources that ``digest`` stands for."""
    started = time.monotonic()
    node = find_node()
    install_modules(node)
    print("Building the pages, once for these sources ...", flush=True)
    # Into a folder beside it: an exchange that starts meanwhile finds the old pages or the new ones whole.
    BUILT.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=STAMPS, prefix="unfinished-") as name:
        new = Path(name) / "built"
        must_npm(node, "run", "build", LONJA_WEB_DIGEST=digest, LONJA_WEB_BUILT=str(new))
        shutil.rmtree(BUILT, ignore_errors=True)
        shutil.move(new, BUILT)
    (STAMPS / "stamp").write_text(digest)
    print(f"Built the pages in {time.monotonic() - started:.0f} s.")


def build_if_needed() -> None:
    """Build unless a fitting build is there."""
    digest, stamp = sources_digest(), STAMPS / "stamp"
    if not ((BUILT / "index.html").exists() and stamp.exists() and stamp.read_text() == digest):
        build(digest)


def main() -> None:
    """Build, or run a script; several runs at once wait for each other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--required", action="store_true", help="fail when they cannot be built")
    parser.add_argument("--run", metavar="SCRIPT", help="run a script of web/package.json instead")
    options = parser.parse_args()
    STAMPS.mkdir(parents=True, exist_ok=True)
    try:
        with (STAMPS / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not options.run:
                build_if_needed()
                return
            node = find_node()
            install_modules(node)
    except CannotBuildError as obstacle:
        print(f"No pages for browsers (the API works all the same): {obstacle}.")
        sys.exit(1 if options.required or options.run else 0)
    sys.exit(npm(node, "run", "--silent", options.run))


if __name__ == "__main__":
    main()
