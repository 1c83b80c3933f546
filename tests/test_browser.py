"""The built site (`make site`), read as a stranger reads it: links, browser, phone, accessibility.

The tests marked `browser` need Chromium. Without one they are skipped, loudly; with
REQUIRE_BROWSER=1 in the environment they fail instead.
"""

import csv
import functools
import http.server
import os
import re
import shutil
import threading
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from .conftest import ROOT
from .test_site import hostile as hostile

SITE = ROOT / "_build" / "html"
SCREENSHOTS = ROOT / "_build" / "screenshots"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}

WORD = "bicuculline"
"""A word that stands in the quote of a claim and nowhere else on the site."""


@pytest.fixture(scope="module")
def site() -> Path:
    """The built site; nothing checked is a failure."""
    if not (SITE / "index.html").is_file():
        pytest.fail("there is no site in _build/html (make site builds it)")
    return SITE


def pages(folder: Path) -> list[Path]:
    """Return the pages of a site; what lies in _static are parts and templates."""
    found = sorted(folder.rglob("*.html"))
    return [page for page in found if "_static" not in page.relative_to(folder).parts]


def kinds(folder: Path) -> dict[str, Path]:
    """Return one page of each kind."""
    named = {
        "index": folder / "index.html",
        "notebook": folder / "notebooks" / "01_claims.html",
        "data_dictionary": folder / "data_dictionary.html",
        "topic": next(iter(sorted((folder / "topics").glob("*.html"))), folder / "topics"),
        "article": folder / "articles" / "A.html",
        "statements": folder / "statements.html",
        "studies": folder / "studies.html",
        "graph": folder / "graph.html",
        "downloads": folder / "downloads.html",
        "methods": folder / "methods.html",
        "search": folder / "search.html",
    }
    missing = [kind for kind, page in named.items() if not page.is_file()]
    assert not missing, f"the site has no page of these kinds: {', '.join(missing)}"
    return named


def assert_none(problems: list[str]) -> None:
    """Fail with every problem on a line of its own."""
    assert not problems, "".join(f"\n  {problem}" for problem in problems)


# --- links, without a browser ------------------------------------------------------------------


class Page(HTMLParser):
    """The anchors of a page, where it leads, and what it loads."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        cells = {name: value or "" for name, value in attrs}
        self.anchors |= {cells[name] for name in ("id", "name") if cells.get(name)}
        if tag == "a" and "href" in cells:
            self.links.append(cells["href"])
        elif "href" in cells:
            self.loads.append(cells["href"])
        self.loads += [cells[name] for name in ("src", "data", "poster") if cells.get(name)]
        self.loads += [part.split()[0] for part in cells.get("srcset", "").split(",") if part]


def broken_links(folder: Path) -> list[str]:
    """Return links and anchors that lead nowhere, and parts that another host would serve."""
    read = {page: Page(page) for page in pages(folder)}
    problems = []
    for path, page in read.items():
        name = path.relative_to(folder)
        for link in dict.fromkeys([*page.links, *page.loads]):
            split = urlsplit(link)
            if split.scheme in ("data", "mailto"):
                continue
            if split.scheme or split.netloc:
                if link in page.loads:
                    problems.append(f"{name}: loads {link} from another host")
                elif split.scheme not in ("http", "https"):
                    problems.append(f"{name}: link {link} is of no known kind")
                continue
            place = unquote(split.path)
            target = (path.parent / place).resolve() if place else path
            anchor = unquote(split.fragment)
            if not target.is_relative_to(folder.resolve()):
                problems.append(f"{name}: {link} leaves the site")
            elif not target.is_file():
                problems.append(f"{name}: {link} leads to no file")
            elif anchor not in ("", "top") and anchor not in anchors(target, read):
                problems.append(f"{name}: {link} leads to no anchor")
    return problems if read else ["no pages"]


def anchors(target: Path, read: dict[Path, Page]) -> set[str]:
    if target not in read:
        return Page(target).anchors if target.suffix == ".html" else set()
    return read[target].anchors


def test_every_internal_link_and_anchor_resolves(site):
    assert_none(broken_links(site.resolve()))


def test_no_anchor_stands_twice_on_a_page(site):
    twice = []
    for path in pages(site):
        anchors = re.findall(r"<[a-z][^>]*? id=\"([^\"]+)\"", path.read_text(encoding="utf-8"))
        again = [name for name, n in Counter(anchors).items() if n > 1]
        twice += [f"{path.relative_to(site)}: {name}" for name in again]
    assert_none(twice)


LINKS = {
    "good.html#here": "",
    "good.html?q=a#here": "",
    "with%20space.csv": "",
    "#mine": "",
    "#": "",
    "https://example.org/": "",
    "gone.html": "index.html: gone.html leads to no file",
    "folder/": "index.html: folder/ leads to no file",
    "good.html#gone": "index.html: good.html#gone leads to no anchor",
    "#gone": "index.html: #gone leads to no anchor",
    "../outside.html": "index.html: ../outside.html leaves the site",
    "file:///tmp/x": "index.html: link file:///tmp/x is of no known kind",
}


@pytest.mark.parametrize(("link", "problem"), LINKS.items(), ids=LINKS)
def test_a_broken_link_is_found(tmp_path, link, problem):
    folder = tmp_path / "html"
    (folder / "folder").mkdir(parents=True)
    (tmp_path / "outside.html").write_text("")
    (folder / "with space.csv").write_text("")
    (folder / "good.html").write_text('<p id="here">')
    (folder / "index.html").write_text(f'<p id="mine"><a href="{link}">x</a>')
    assert broken_links(folder) == ([problem] if problem else [])


@pytest.mark.parametrize(
    "part",
    [
        '<script src="https://example.org/x.js"></script>',
        '<link rel="stylesheet" href="//example.org/x.css">',
        '<img src="http://example.org/x.png">',
    ],
)
def test_a_part_from_another_host_is_found(tmp_path, part):
    (tmp_path / "index.html").write_text(part)
    [problem] = broken_links(tmp_path)
    assert "from another host" in problem


def test_a_site_without_pages_is_a_problem(tmp_path):
    assert broken_links(tmp_path) == ["no pages"]


# --- a browser, or a loud word that there is none ----------------------------------------------


def find_browser() -> str | None:
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def need_browser() -> str:
    """Return the path of a browser; skip without one, or fail where one is required."""
    path = find_browser()
    if path:
        return path
    words = f"NO BROWSER: none of {', '.join(BROWSERS)} is installed (make browser installs one)"
    if os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(words)
    warnings.warn(f"{words}; the site was not opened in a browser", stacklevel=2)
    pytest.skip(words)


def test_without_a_browser_the_skip_is_loud(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.delenv("REQUIRE_BROWSER", raising=False)
    with (
        pytest.warns(UserWarning, match="NO BROWSER"),
        pytest.raises(pytest.skip.Exception, match=r"^NO BROWSER"),
    ):
        need_browser()


def test_a_required_browser_cannot_be_skipped(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setenv("REQUIRE_BROWSER", "1")
    with pytest.raises(pytest.fail.Exception, match=r"^NO BROWSER"):
        need_browser()


@pytest.fixture(scope="module")
def browser(site: Path) -> Iterator[Any]:
    path = need_browser()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield opened
        opened.close()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def served(site: Path) -> Iterator[str]:
    """The address of a local server of the site."""
    handler = functools.partial(Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def open_page(browser: Any) -> Iterator[Callable[..., Any]]:
    """Open a page in a window of its own, closed at the end."""
    contexts = []

    def opened(url: str = "about:blank", **options: Any) -> Any:
        contexts.append(browser.new_context(**{"viewport": WIDE, **options}))
        page = contexts[-1].new_page()
        page.goto(url)
        return page

    yield opened
    for context in contexts:
        context.close()


# --- what the browser sees ---------------------------------------------------------------------


def complaints(page: Any, base: str, names: list[str]) -> list[str]:
    """Visit pages below an address; return errors, and requests for anything not below it."""
    seen: list[str] = []
    problems = []
    page.on("console", lambda said: seen.append(spoken(said)) if said.type == "error" else None)
    page.on("pageerror", lambda error: seen.append(f"script: {error}"))
    # A request that the next page cuts short (the icon, mostly) did not fail.
    page.on(
        "requestfailed",
        lambda r: None if cut(r) else seen.append(f"request failed: {r.url}: {r.failure}"),
    )
    page.on("request", lambda r: seen.append(f"asks for {r.url}") if foreign(r.url, base) else None)
    for name in names:
        page.goto(f"{base}/{name}")
        page.wait_for_timeout(100)  # what scripts start once the page is there
        problems += [f"{name}: {words}" for words in seen]
        seen.clear()
    return problems


def cut(request):
    """Say whether a request was cut short by leaving the page."""
    return request.failure == "net::ERR_ABORTED"


def spoken(said: Any) -> str:
    return f"console: {said.text} ({said.location.get('url', '')})"


def foreign(url: str, base: str) -> bool:
    return not url.startswith((f"{base}/", "data:", "blob:", "about:"))


@pytest.mark.browser
@pytest.mark.parametrize("way", ["from the file system", "from a server"])
def test_every_page_opens_without_a_complaint(site, served, open_page, way):
    base = served if way == "from a server" else site.as_uri()
    names = [page.relative_to(site).as_posix() for page in pages(site)]
    assert_none(complaints(open_page(), base, names))


@pytest.mark.browser
@pytest.mark.parametrize(
    ("part", "complaint"),
    [
        ("<script>console.error('broken')</script>", "console: broken"),
        ("<script>throw new Error('thrown')</script>", "script: thrown"),
        ('<img src="gone.png" alt="">', "gone.png"),
        ('<img src="http://127.0.0.2:9/x.png" alt="">', "asks for http://127.0.0.2:9/x.png"),
    ],
)
def test_a_bad_page_is_complained_of(tmp_path, open_page, part, complaint):
    (tmp_path / "bad.html").write_text(f"<!doctype html><title>bad</title>{part}")
    found = complaints(open_page(), tmp_path.as_uri(), ["bad.html"])
    assert any(complaint in words for words in found), found


@pytest.mark.browser
def test_search_finds_a_claim_by_a_word_of_its_quote(site, open_page):
    with (ROOT / "data" / "claims.csv").open(encoding="utf-8", newline="") as table:
        quoted = [row["claim_id"] for row in csv.DictReader(table) if WORD in row["quote"]]
    assert quoted, f"no claim quotes {WORD!r} any more: choose another word"
    page = open_page(f"{(site / 'search.html').as_uri()}?q={WORD}")
    result = page.locator("ul.search li a")
    result.first.wait_for(timeout=10_000)
    targets = {urlsplit(link.get_attribute("href")).path for link in result.all()}
    texts = [(site / unquote(target)).read_text(encoding="utf-8") for target in targets]
    assert any(WORD in text and quoted[0] in text for text in texts), targets


@pytest.mark.browser
def test_search_finds_nothing_for_a_word_that_is_not_there(site, open_page):
    page = open_page(f"{(site / 'search.html').as_uri()}?q=xyzzyqwv")
    page.get_by_text("did not match any documents").wait_for(timeout=10_000)
    assert page.locator("ul.search li").count() == 0


# --- marked articles ---------------------------------------------------------------------------


def rows_of(table: str) -> list[dict[str, str]]:
    with (ROOT / "data" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.browser
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_on_a_phone_a_tap_on_a_sign_shows_the_note(site, open_page, scripts):
    claim = rows_of("claims")[0]["claim_id"]
    phone = {"viewport": PHONE, "has_touch": True, "java_script_enabled": scripts}
    page = open_page((site / "articles" / "A.html").as_uri(), **phone)
    sign, note = page.locator(f"a[href='#note-{claim}']"), page.locator(f"#note-{claim}")
    assert sign.locator(".word").is_visible()
    assert not note.is_visible()
    sign.tap()
    assert note.is_visible()
    assert note.locator(".pill").inner_text().strip() == sign.locator(".word").inner_text().strip()
    note.locator(f"a[href='#{claim}']").tap()
    assert page.url.endswith(f"#{claim}")


@pytest.mark.browser
def test_on_a_wide_screen_notes_stand_beside_and_marks_lead_to_boxes_and_back(site, open_page):
    claim = rows_of("claims")[0]
    page = open_page((site / "articles" / "A.html").as_uri())
    mark, note = page.locator(f"#{claim['claim_id']}"), page.locator(f"#note-{claim['claim_id']}")
    assert note.is_visible()
    assert note.bounding_box()["x"] > mark.bounding_box()["x"] + mark.bounding_box()["width"]
    mark.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/topics/*.html#{claim['proposition_id']}")
    box = page.locator(f"#{claim['proposition_id']}")
    assert box.is_visible() and box.bounding_box()["y"] < WIDE["height"]
    box.get_by_role("link", name=claim["claim_id"], exact=True).first.click()
    page.wait_for_url(f"**/articles/A.html#{claim['claim_id']}")


# --- lists to search ---------------------------------------------------------------------------

READY = "html[data-searchable=ready]"


def shown(page: Any) -> list[list[str]]:
    """Return the cells of the rows that a list shows."""
    rows = page.locator("table.searchable tbody tr").all()
    return [[cell.inner_text() for cell in row.locator("td").all()] for row in rows]


@pytest.mark.browser
def test_without_scripts_the_list_is_a_plain_table_of_every_statement(site, open_page):
    page = open_page((site / "statements.html").as_uri(), java_script_enabled=False)
    assert page.locator("table.searchable tbody tr").count() == len(rows_of("propositions"))
    assert page.locator(".filters").count() == 0
    assert page.locator("table.searchable tbody tr").last.is_visible()


@pytest.mark.browser
def test_the_list_filters_by_each_column_and_shows_all_again(site, open_page):
    page = open_page((site / "statements.html").as_uri())
    page.locator(READY).wait_for(state="attached")
    total = len(rows_of("propositions"))
    heads = [h.inner_text().strip() for h in page.locator("table.searchable thead th").all()]
    labels = [label.inner_text().split("\n")[0] for label in page.locator(".filters label").all()]
    assert labels == heads[1:]
    for label in labels:
        select = page.locator(".filters label", has_text=label).locator("select")
        value = select.locator("option").nth(1).inner_text()
        select.select_option(value)
        found = [row[heads.index(label)].split("\n") for row in shown(page)]
        assert found and all(value in [v.strip() for v in values] for values in found)
        page.get_by_role("button", name="Show all").click()
        assert page.locator(".dt-info").inner_text().endswith(f"of {total}")


@pytest.mark.browser
def test_the_list_searches_and_sorts_by_the_gap(site, open_page):
    page = open_page((site / "statements.html").as_uri())
    page.locator(READY).wait_for(state="attached")
    wanted = rows_of("propositions")[7]["statement"]
    page.get_by_label("Search", exact=True).last.fill(wanted)
    assert wanted in [row[0] for row in shown(page)]
    page.get_by_role("button", name="Show all").click()
    head = page.locator("th.number")
    for _ in range(2):
        head.click()
        first = shown(page)[0][-1]
        if first != "not graded":
            break
    gaps = [row[-1] for row in shown(page)]
    steps = [int(gap.rsplit(" ", 1)[1]) for gap in gaps if gap.startswith("overstated")]
    assert len(steps) > 5 and steps == sorted(steps, reverse=True)


@pytest.mark.browser
def test_a_link_to_a_study_shows_it_wherever_it_stands_in_the_list(site, open_page):
    studies = [row["study_id"] for row in rows_of("studies")]
    page = open_page(f"{(site / 'studies.html').as_uri()}#{studies[-1]}")
    page.locator(READY).wait_for(state="attached")
    row = page.locator(f"tr#{studies[-1]}")
    row.wait_for()
    assert 0 <= row.bounding_box()["y"] < WIDE["height"]


# --- the graph ---------------------------------------------------------------------------------


@pytest.mark.browser
def test_the_graph_answers_to_the_mouse_and_the_keyboard(site, open_page):
    page = open_page((site / "graph.html").as_uri())
    part = page.locator(".explorable").first
    links = part.locator("svg .node.bundle a")
    target = links.nth(1).get_attribute("href")
    links.nth(1).click()
    assert page.url.endswith(target) and page.locator(target).is_visible()
    links.nth(0).focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == target
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    assert page.url.endswith(links.nth(0).get_attribute("href"))


@pytest.mark.browser
def test_the_graph_filters_and_zooms(site, open_page):
    page = open_page((site / "graph.html").as_uri())
    part = page.locator(".explorable").first
    select = part.locator(".filters label", has_text="Who says it").locator("select")
    rows, bundles = part.locator("tbody tr"), part.locator("svg .node.bundle")
    value = select.locator("option").nth(1).inner_text()
    select.select_option(value)
    visible = [row for row in rows.all() if row.is_visible()]
    assert 0 < len(visible) < rows.count()
    assert all(value in row.locator("td").nth(1).inner_text() for row in visible)
    assert sum(bundle.is_visible() for bundle in bundles.all()) == len(visible)
    part.get_by_role("button", name="Show all").click()
    assert all(row.is_visible() for row in rows.all())
    before = part.locator("svg").bounding_box()["width"]
    part.get_by_role("button", name="Zoom in").click()
    assert part.locator("svg").bounding_box()["width"] == pytest.approx(before * 1.25, rel=0.01)
    part.get_by_role("button", name="Zoom out").click()
    assert part.locator("svg").bounding_box()["width"] == pytest.approx(before, rel=0.01)


@pytest.mark.browser
def test_without_scripts_the_graph_stands_with_its_table(site, open_page):
    page = open_page((site / "graph.html").as_uri(), java_script_enabled=False)
    part = page.locator(".explorable").first
    target = part.locator("svg .node.bundle a").first.get_attribute("href")
    part.locator("svg .node.bundle a").first.click()
    assert page.url.endswith(target) and page.locator(target).is_visible()


# --- hostile words -----------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.slow
def test_hostile_words_run_nothing_and_break_no_page(hostile, open_page):
    page = open_page(viewport=PHONE)
    dialogs, problems = [], []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.on("pageerror", lambda error: problems.append(str(error)))
    addresses = [path.as_uri() for path in pages(hostile)]
    addresses += [f"{(hostile / 'search.html').as_uri()}?q={word}" for word in ("pwned", "moss")]
    for address in addresses:
        page.goto(address)
        page.wait_for_timeout(700 if "search" in address else 150)
        for link in page.locator("a.claim, .filters select").all()[:3]:
            link.hover()
        if page.evaluate("window.pwned"):
            problems.append(f"{address}: ran {page.evaluate('window.pwned')}")
        if page.evaluate(WIDTH) > PHONE["width"] + 1:
            problems.append(f"{address}: {page.evaluate(WIDTH)} pixels wide")
    assert_none(problems + dialogs)


WIDTH = "() => document.documentElement.scrollWidth"


@pytest.mark.browser
def test_no_page_scrolls_sideways_on_a_phone(site, open_page):
    page = open_page(viewport=PHONE)
    too_wide = []
    for path in pages(site):
        page.goto(path.as_uri())
        width = page.evaluate(WIDTH)
        if width > PHONE["width"] + 1:
            too_wide.append(f"{path.relative_to(site)}: {width} pixels")
    assert_none(too_wide)


@pytest.mark.browser
def test_a_page_that_scrolls_sideways_is_found(open_page):
    page = open_page(viewport=PHONE)
    page.set_content("<div style='width: 500px'>wide</div>")
    assert page.evaluate(WIDTH) > PHONE["width"] + 1


def violations(page: Any) -> list[str]:
    """Return what axe finds, no rule disabled: rule, weight, place and help."""
    from axe_playwright_python.sync_playwright import Axe

    return [
        f"{found['id']} ({found['impact']}): {' '.join(map(str, node['target']))}: {found['help']}"
        for found in Axe().run(page).response["violations"]
        for node in found["nodes"]
    ]


KINDS = ["index", "notebook", "data_dictionary", "topic", "methods", "article", "statements"]
KINDS += ["studies", "graph", "downloads"]


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_no_violation(site, open_page, kind, scheme):
    page = open_page(color_scheme=scheme, reduced_motion="reduce")
    page.goto(kinds(site)[kind].as_uri(), wait_until="networkidle")
    page.wait_for_timeout(500)  # colours change over a moment when the theme sets its mode
    assert_none(violations(page))


@pytest.mark.browser
def test_axe_can_find_a_violation(open_page):
    page = open_page()
    page.set_content("<html lang='en'><title>t</title><main><h1>h</h1><img src='x.png'></main>")
    assert any(line.startswith("image-alt (critical)") for line in violations(page))


@pytest.mark.browser
@pytest.mark.parametrize("size", ["wide", "phone"])
def test_screenshots_of_each_kind(site, open_page, size):
    """Keep pictures for a person to look at; only that they show something is tested."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page = open_page(viewport=WIDE if size == "wide" else PHONE)
    for kind, path in kinds(site).items():
        page.goto(path.as_uri(), wait_until="networkidle")
        picture = SCREENSHOTS / f"{kind}-{size}.png"
        page.screenshot(path=picture, full_page=kind in ("index", "methods", "downloads"))
        assert picture.stat().st_size > 5_000
