"""The compiled core is used exactly when it was made from the sources that are present."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lonja import compiled

SOURCE = "def answer() -> int:\n    return 41\n"


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A package root with one core module."""
    for package in ("core", "primitives"):
        (tmp_path / "src" / package).mkdir(parents=True)
    (tmp_path / "src" / "core" / "book.py").write_text(SOURCE)
    return tmp_path / "src"


@pytest.fixture
def build(sources: Path, tmp_path: Path) -> Path:
    """A build made from exactly these sources."""
    root = tmp_path / "build"
    (compiled.compiled_folder(sources, root) / "lonja" / "core").mkdir(parents=True)
    return root


@pytest.fixture(autouse=True)
def _no_switch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(compiled.SWITCH, raising=False)


def test_a_build_of_these_sources_comes_first(sources: Path, build: Path) -> None:
    package_path = ["sources"]
    assert compiled.prefer_compiled(package_path, sources, build)
    assert package_path == [str(compiled.compiled_folder(sources, build) / "lonja" / "core"), "sources"]


@pytest.mark.parametrize("edited", ["core/book.py", "core/new.py", "primitives/money.py"])
def test_an_edited_source_is_never_shadowed(sources: Path, build: Path, edited: str) -> None:
    (sources / edited).write_text(SOURCE.replace("41", "42"))
    package_path = ["sources"]
    assert not compiled.prefer_compiled(package_path, sources, build)
    assert package_path == ["sources"]


def test_a_renamed_source_is_never_shadowed(sources: Path, build: Path) -> None:
    (sources / "core" / "book.py").rename(sources / "core" / "books.py")
    assert not compiled.prefer_compiled([], sources, build)


def test_taking_the_edit_back_finds_the_build_again(sources: Path, build: Path) -> None:
    (sources / "core" / "book.py").write_text("")
    (sources / "core" / "book.py").write_text(SOURCE)
    assert compiled.prefer_compiled([], sources, build)


def test_a_folder_named_twice_on_the_path_changes_nothing(
    sources: Path, build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        sys, "path", [*sys.path, *sys.path, *(f"{folder}/../{Path(folder).name}" for folder in sys.path)]
    )
    assert compiled.prefer_compiled([], sources, build)


def test_the_switch_forbids_demands_or_is_refused(
    sources: Path, build: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(compiled.SWITCH, "0")
    assert not compiled.prefer_compiled([], sources, build)
    monkeypatch.setenv(compiled.SWITCH, "1")
    assert compiled.prefer_compiled([], sources, build)
    with pytest.raises(ImportError, match="make setup"):
        compiled.prefer_compiled([], sources, tmp_path / "nothing")
    monkeypatch.setenv(compiled.SWITCH, "yes")
    with pytest.raises(ImportError, match="may be 0"):
        compiled.prefer_compiled([], sources, build)


def test_without_any_build_the_sources_run(sources: Path, tmp_path: Path) -> None:
    assert not compiled.prefer_compiled([], sources, tmp_path / "nothing")


def test_no_compiled_file_lies_beside_a_source() -> None:
    assert list(compiled.SOURCE_ROOT.rglob("*.so")) == []


@pytest.mark.parametrize("switch", ["0", ""])
def test_every_compiled_module_comes_from_the_same_form(switch: str) -> None:
    """One process runs one form: all modules of the list from the build, or none."""
    modules = [name for name in compiled.COMPILED_MODULES if (compiled.SOURCE_ROOT / "core" / f"{name}.py").exists()]
    program = (
        "import importlib, lonja.core\n"
        f"files = [importlib.import_module('lonja.core.' + name).__file__ for name in {modules}]\n"
        "assert {file.endswith('.so') for file in files} == {lonja.core.IS_COMPILED}, files\n"
    )
    environment = {**os.environ, compiled.SWITCH: switch}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)
