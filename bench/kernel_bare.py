"""Runs the bare kernel on messages in files and prints what ``kernel_baseline.cpp`` prints.

``python -m bench.kernel_bare ACCOUNTS SETUP_FILE MESSAGES_FILE RUNS``. A process of its own, because it loads a build
of the core that has ``kernel_driver`` compiled into the same group, so that calls between them are plain C calls.
"""

import gc
import json
import sys
import time
from pathlib import Path
from types import ModuleType

import lonja.core
from lonja.compiled import BUILD_ROOT, COMPILED_MODULES, SOURCE_ROOT, sources_digest

DRIVER = Path(__file__).with_name("kernel_driver.py")


def built() -> Path:
    """The folder of the build, made when the sources have changed."""
    from mypyc.build import mypycify
    from setuptools import Distribution

    folder = BUILD_ROOT.parent / "bench" / f"{sources_digest()[:16]}-{hash_of(DRIVER)}"
    if not (folder / "made").exists():
        sources = [str(SOURCE_ROOT / "core" / f"{name}.py") for name in COMPILED_MODULES]
        options = ["--config-file=", "--cache-dir=" + str(folder / "cache"), *sources, str(DRIVER)]
        extensions = mypycify(options, opt_level="3", group_name="lonja.core.native", target_dir=str(folder / "work"))
        command = Distribution({"name": "bench", "ext_modules": extensions}).get_command_obj("build_ext")
        command.build_lib, command.build_temp = str(folder / "out"), str(folder / "work")
        command.ensure_finalized()
        command.run()
        (folder / "made").touch()
    return folder / "out"


def hash_of(path: Path) -> str:
    """A short digest of a file."""
    from hashlib import sha256

    return sha256(path.read_bytes()).hexdigest()[:16]


def load(folder: Path) -> ModuleType:
    """The compiled driver, with the core that was compiled with it."""
    import importlib

    lonja.core.__path__.insert(0, str(folder / "lonja" / "core"))
    sys.path.insert(0, str(folder))
    return importlib.import_module("kernel_driver")


def main(accounts: int, setup: Path, messages: Path, runs: int) -> None:
    """Run and print one line of JSON."""
    driver = load(built())
    from bench import kernel as full
    from lonja.core.layout import encode_command
    from lonja.core.state import State

    seconds = []
    for _ in range(runs):
        state = State()
        full.apply_all(state, full.batches([encode_command(command) for command in full.founding(accounts)]))
        driver.run(state, setup.read_bytes(), full.FIRST_ACCOUNT)
        body = messages.read_bytes()
        gc.collect()
        start = time.process_time()
        driver.run(state, body, full.FIRST_ACCOUNT)
        seconds.append(time.process_time() - start)
    told = {"seconds": seconds, "trades": int(state.instruments[0].last_trade_id)}
    told |= {"resting": int(state.orders.by_id.count), "digest": full.digest_of(state, accounts)}
    print(json.dumps(told))


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
