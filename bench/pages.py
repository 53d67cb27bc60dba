"""``make measure-pages``: what the trading terminal costs a browser, in Chromium against a served sandbox.

First load: compressed bytes of all that comes before the chart, with
empty caches. Interactive: from the navigation until prices, the book and the order form are there and take input. Then a
book that changes fifty times a second: the heap after collection, minute by minute (how: ``page_heap``), and the
scripting of each frame (processor time of the page's main thread between two frames) in windows that are traced.
"""

import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

from playwright.sync_api import Browser, Page

from bench.page_heap import WARM_UP, Heap
from bench.page_relay import running_relay
from bench.report import Row
from tests.e2e.browser import launched
from tests.e2e.sandbox_process import SandboxProcess

INSTRUMENT: Final = "BTC-USDT"
PATH: Final = f"/trade/{INSTRUMENT}"
CHART: Final = ("lightweight", "candle-chart")
RATE: Final = 50.0
LOADS: Final = 7
TRACE_S: Final = 20.0
LOAD_KB_MAX: Final = 300.0
READY_MS_MAX: Final = 1_500.0
FRAME_MS_MAX: Final = 8.0
SCRIPTS: Final = {
    "FunctionCall",
    "EvaluateScript",
    "TimerFire",
    "FireAnimationFrame",
    "EventDispatch",
    "RunMicrotasks",
    "WebSocketReceive",
    "MinorGC",
    "MajorGC",
    "V8.GC_MC_INCREMENTAL",
}
READY: Final = """() => {
    const look = () => {
        const hasPrice = /\\d/.test(document.querySelector('[data-testid=last]')?.textContent ?? '');
        const rows = document.querySelectorAll('[data-testid=book] button').length;
        const size = document.querySelector('input[name=size]');
        if (hasPrice && rows > 8 && size && !size.disabled) window.readyMs = performance.now();
        else requestAnimationFrame(look);
    };
    look();
}"""


class Frames(NamedTuple):
    """Scripting of frames, in milliseconds of processor time."""

    p50: float
    p95: float
    p99: float
    most: float
    frames: int

    def text(self) -> str:
        """As the table shows it."""
        return f"p50 {self.p50:.1f}, p95 {self.p95:.1f}, p99 {self.p99:.1f}, most {self.most:.1f} ms of {self.frames:,} frames"


def page_rows(minutes: float) -> list[Row]:
    """All figures; the book changes for so many minutes."""
    with (
        tempfile.TemporaryDirectory() as folder,
        SandboxProcess(Path(folder) / "data", "--rate-limits", "off") as sandbox,
        launched() as browser,
    ):
        origin: str = sandbox.told["rest"]
        loads = [_load(browser, origin) for _ in range(LOADS)]
        rows = [_load_row(loads), _ready_row(loads)]
        with running_relay(origin, INSTRUMENT, RATE) as relay, _opened(browser, relay.origin) as page:
            return [*rows, *_busy_rows(browser, page, minutes)]


class Load(NamedTuple):
    """One visit with empty caches."""

    page_kb: float
    data_kb: float
    ready_ms: float


def _load(browser: Browser, origin: str) -> Load:
    with _opened(browser, "") as page:
        devtools = page.context.new_cdp_session(page)
        addresses: dict[str, str] = {}
        sizes: dict[str, float] = {}
        devtools.on("Network.requestWillBeSent", lambda event: addresses.update({event["requestId"]: _url(event)}))
        devtools.on(
            "Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]})
        )
        devtools.send("Network.enable")
        page.add_init_script(f"({READY})()")
        page.goto(origin + PATH)
        page.wait_for_function("() => window.readyMs")
        ready_ms: float = page.evaluate("() => window.readyMs")
        # All files but those of the chart, and the market data that it took to come so far.
        early = set(sizes)
        page.wait_for_load_state("networkidle")
        told = [(one, addresses[one], size / 1_000) for one, size in sizes.items() if one in addresses]
        chart = set(page.evaluate(_CHART_FILES))
        data = sum(size for one, url, size in told if _is_data(url) and one in early)
        pages = sum(size for _, url, size in told if not _is_data(url) and url not in chart)
        return Load(pages, data, ready_ms)


_CHART_FILES: Final = """async () => {
    const files = performance.getEntriesByType('resource').map((one) => one.name).filter((name) => name.endsWith('.js'));
    const texts = await Promise.all(files.map(async (name) => [name, await (await fetch(name)).text()]));
    return texts.filter(([, text]) => text.includes('tv-lightweight-charts')).map(([name]) => name);
}"""


def _is_data(url: str) -> bool:
    return "/api/" in url or "/sandbox" in url


def _url(event: dict[str, Any]) -> str:
    return str(event["request"]["url"])


def _load_row(loads: Sequence[Load]) -> Row:
    page = statistics.median(load.page_kb for load in loads)
    data = statistics.median(load.data_kb for load in loads)
    ours = f"{page:.0f} kB of pages, headers included; {data:.0f} kB of market data until it takes input"
    return Row(
        "first load of the terminal, compressed, before the chart",
        ours,
        "",
        "",
        "pages under 300 kB",
        page < LOAD_KB_MAX,
    )


def _ready_row(loads: Sequence[Load]) -> Row:
    ready = statistics.median(load.ready_ms for load in loads)
    ours = f"{ready:,.0f} ms (median of {len(loads)}; {min(load.ready_ms for load in loads):,.0f} to"
    ours += f" {max(load.ready_ms for load in loads):,.0f})"
    return Row("terminal interactive on the loopback", ours, "", "", "under 1.5 s", ready < READY_MS_MAX)


@contextmanager
def _opened(browser: Browser, origin: str) -> Iterator[Page]:
    """A window of its own; empty without ``origin``."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="dark", locale="en")
    context.set_default_timeout(60_000)
    page = context.new_page()
    if origin:
        page.goto(origin + PATH)
        page.get_by_test_id("book").get_by_role("button").nth(8).wait_for()
    yield page
    context.close()


def _busy_rows(browser: Browser, page: Page, minutes: float) -> list[Row]:
    heap = Heap(page.context.new_cdp_session(page), page.wait_for_timeout)
    page.evaluate(
        "() => { const book = document.querySelector('[data-testid=book]'); window.drawn = 0;"
        " new MutationObserver(() => { window.drawn += 1; }).observe(book, {subtree: true, childList: true,"
        " characterData: true, attributes: true}); }"
    )
    spans: list[float] = []
    begun, steps = time.monotonic(), max(WARM_UP + 3, round(minutes) + 1)
    for step in range(steps):
        page.wait_for_timeout(max(begun + step * minutes * 60 / (steps - 1) - time.monotonic(), 0.2) * 1_000)
        if step in {0, steps // 2, steps - 1}:
            spans += _traced(browser, page)
        heap.read()
        if step in {WARM_UP, steps - 1}:
            heap.snapshot()
    drawn: int = page.evaluate("() => window.drawn")
    assert drawn > minutes * 60, "the book did not change"
    frames = _frames(spans)
    what = f"{RATE:.0f} book updates a second for {minutes:g} minutes"
    return [
        *heap.rows(what),
        Row(f"{what}: scripting per frame", frames.text(), "", "", "p99 under 8 ms", frames.p99 < FRAME_MS_MAX),
    ]


def _traced(browser: Browser, page: Page) -> list[float]:
    """Scripting of each frame of some seconds, in milliseconds of processor time."""
    categories = [
        "devtools.timeline",
        "devtools.timeline.frame",
        "disabled-by-default-devtools.timeline",
        "v8",
        "disabled-by-default-v8.gc",
    ]
    browser.start_tracing(page=page, categories=categories)
    page.wait_for_timeout(TRACE_S * 1_000)
    return scripting_of_frames(json.loads(browser.stop_tracing())["traceEvents"])


def scripting_of_frames(events: Sequence[dict[str, Any]]) -> list[float]:
    """Processor time of scripts from one frame to the next, on the thread that commits most of them."""
    frames: dict[tuple[int, int], list[int]] = {}
    for event in events:
        if event["name"] == "Commit" and event.get("ph") == "X":
            frames.setdefault((event["pid"], event["tid"]), []).append(event["ts"])
    thread, begins = max(frames.items(), key=lambda item: len(item[1]))
    begins.sort()
    scripts = [
        event
        for event in events
        if event.get("ph") == "X" and event["name"] in SCRIPTS and (event["pid"], event["tid"]) == thread
    ]
    scripts.sort(key=lambda event: (event["ts"], -event.get("dur", 0)))
    spent, at, end = [0.0] * (len(begins) - 1), 0, -1
    spans = list(pairwise(begins))
    for event in scripts:
        if event["ts"] < end:
            continue  # part of one that was counted
        end = event["ts"] + event.get("dur", 0)
        while at < len(spans) and spans[at][1] <= event["ts"]:
            at += 1
        if at < len(spans) and event["ts"] >= spans[at][0]:
            spent[at] += event.get("tdur", event.get("dur", 0)) / 1_000
    return spent


def _frames(spans: Sequence[float]) -> Frames:
    ordered = sorted(spans)

    def share(part: float) -> float:
        return ordered[min(len(ordered) - 1, int(len(ordered) * part))]

    return Frames(share(0.5), share(0.95), share(0.99), ordered[-1], len(ordered))
