"""The built pages in a real Chromium, served by a real sandbox."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browser import launched
from tests.e2e.sandbox_process import SandboxProcess
from tests.web.site import Site, require_pages


@pytest.fixture(scope="package")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    require_pages()
    with SandboxProcess(tmp_path_factory.mktemp("web") / "data", "--pairs", "12") as process:
        yield process


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Not for longer: it keeps an event loop running, beside which no asynchronous test of another module runs."""
    expect.set_options(timeout=15_000)
    with launched() as browser:
        yield browser


@pytest.fixture
def site(sandbox: SandboxProcess, browser: Browser) -> Iterator[Site]:
    """The site, which must be spotless when the test is over: see ``Site.complaints``."""
    site = Site(browser, sandbox)
    yield site
    found = site.complaints()
    site.close()
    assert found == []
