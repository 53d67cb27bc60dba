"""Every link of a page that stays in the project leads somewhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def broken(page: Path) -> list[str]:
    """Targets that are not there."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return [to for to in LINK.findall(text) if "://" not in to and not (page.parent / to).exists()]


def test_links_lead_somewhere() -> None:
    found = {page.relative_to(ROOT).as_posix(): broken(page) for page in PAGES}
    assert {page: targets for page, targets in found.items() if targets} == {}


@pytest.mark.parametrize(("text", "targets"), [("[a](page.md) [b](no.md#x) [c](https://e.org)", ["no.md"]), ("", [])])
def test_a_broken_link_is_found(tmp_path: Path, text: str, targets: list[str]) -> None:
    (tmp_path / "page.md").write_text(text)
    assert broken(tmp_path / "page.md") == targets
