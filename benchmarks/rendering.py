"""Measure the site: building it whole, again, and ten times as large; and its list in a browser.

The full build (every notebook executed, then the site) is held against what one would do without
this package: ``nbconvert --execute`` on one notebook after the other, then plain Sphinx with
myst-nb on the results. Larger corpora are copies of this repository's under new ids. A run prints
the figures, and writes ``results/rendering.json`` and, from that, its section of ``README.md``.

    python benchmarks/rendering.py --date 2026-11-21     # fifteen minutes; writes the results
    python benchmarks/rendering.py --quick               # no notebooks, two copies; prints only
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from spine import HERE, letters, progress, rounded, slope, updated

from claimatlas import load, site
from claimatlas.atlas import read_schema
from claimatlas.rules import natural

ROOT = HERE.parent
PACKAGES = ("claimatlas", "sphinx", "myst-nb", "sphinx-book-theme", "nbclient", "itables")
AIM = (
    "the full build takes at most 1.5 times as long as executing the notebooks one after the other "
    "and rendering them with plain Sphinx; a corpus of ten times the claims builds in time that "
    "grows no faster than its size; its list page stays usable"
)
PLAIN = 'extensions = ["myst_nb"]\nnb_execution_mode = "off"\nhtml_theme = "sphinx_book_theme"\n'
ONCE = ("codes", "relations", "grading_rules", "instruments", "do_not_cite", "second_coding")
ONCE += ("hedges",)
"""Tables that copies share."""


# --- enlarged corpora --------------------------------------------------------------------------


def renamed(name: str, copy: int, article: bool) -> str:
    """Return the id of a row's copy; the copy 0 keeps its id."""
    head, digits = re.fullmatch(r"(.*?)(\d*)", name).groups()
    if not copy or not name:
        return name
    if article:
        return f"{head}{letters(copy, 2)}{digits}"
    return f"{head}{copy:02d}{digits}" if head.isupper() else f"{name}_copy{copy}"


def enlarged(root: Path, copies: int) -> Path:
    """Write this repository's corpus so many times into one.

    Parameters
    ----------
    root : pathlib.Path
        Where the corpus goes; it must not exist.
    copies : int
        How many copies; 1 is the corpus itself.

    Returns
    -------
    pathlib.Path
        The same folder.
    """
    shutil.copytree(ROOT / "data", root / "data")
    (root / "seeds").mkdir()
    schema = read_schema(ROOT)
    keyed = {t.name: t.key[0] for t in schema.tables.values() if len(t.key) == 1}
    for table in schema.tables.values():
        if table.name in ONCE:
            continue
        columns = {keyed[table.name]: table.name} if table.name in keyed else {}
        for key in table.foreign_keys:
            columns |= dict(zip(key.columns, [key.table] * len(key.columns), strict=True))
        columns = {c: t for c, t in columns.items() if t not in ONCE}
        with (ROOT / table.file).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        with (root / table.file).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [c.name for c in table.columns], lineterminator="\n")
            writer.writeheader()
            made = [
                _copied(root, table.name, row, columns, c) for c in range(copies) for row in rows
            ]
            writer.writerows(sorted(made, key=lambda row: [natural(row[k]) for k in table.key]))
    return root


def _copied(root: Path, table: str, row: dict[str, str], columns: dict, copy: int) -> dict:
    new = row | {c: renamed(row[c], copy, t in ("articles", "claims")) for c, t in columns.items()}
    if copy and table in ("articles", "nodes", "studies", "groups"):
        new["label"] = f"{row['label']} {copy}"
    for name, column in (("propositions", "statement"), ("evidence", "result")):
        if copy and table == name:
            new[column] = f"{row[column]} ({copy})"
    if table == "articles":
        raw = (ROOT / row["file"]).read_bytes()
        new |= {"file": f"seeds/{new['article_id']}.txt", "sha256": hashlib.sha256(raw).hexdigest()}
        (root / new["file"]).write_bytes(raw)
    return new


# --- measuring ---------------------------------------------------------------------------------


def timed(run: Callable[[], Any]) -> float:
    """Return the processor's seconds of a call and of the processes it starts."""
    before = os.times()
    run()
    after = os.times()
    return sum(after[:4]) - sum(before[:4])


def call(*words: Any) -> None:
    """Run a command of this Python; show what it says where it fails."""
    command = [sys.executable, "-m", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}")


def megabytes(folder: Path) -> float:
    """Return how much the files of a folder hold."""
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6


def measure_whole(folder: Path) -> dict[str, Any]:
    """Time the full build of this repository's site and its rival, and builds after it."""
    notebooks = sorted((ROOT / "notebooks").glob("*.ipynb"))
    ours, plain = folder / "executed", folder / "plain"
    out, work = folder / "html", folder / "work"

    def execute() -> None:
        for notebook in notebooks:
            call("claimatlas.site", "execute", notebook, ours / notebook.name)

    def convert() -> None:
        words = ("nbconvert", "--to", "notebook", "--execute", "--output-dir", plain)
        for notebook in notebooks:
            call(*words, notebook)

    def render() -> None:
        (plain / "conf.py").write_text(PLAIN)
        (plain / "index.md").write_text("# Notebooks\n\n```{toctree}\n:glob:\n\n0*\n```\n")
        call("sphinx", "-b", "html", plain, folder / "rendered")

    def build() -> None:
        paths = (ROOT, ROOT / "site", ours, out)
        call("claimatlas.site", "build", *paths, "--work", work)

    result: dict[str, Any] = {"notebooks": len(notebooks)}
    for name, run in {
        "execute": execute,
        "build": build,
        "build_unchanged": build,
        "nbconvert": convert,
        "plain_sphinx": render,
    }.items():
        result[name] = timed(run)
        progress(f"{name}: {result[name]:.1f} s")
    result["full"] = result["execute"] + result["build"]
    result["rival"] = result["nbconvert"] + result["plain_sphinx"]
    result["ratio"] = result["full"] / result["rival"]
    result |= {"megabytes": megabytes(out), "plain_megabytes": megabytes(folder / "rendered")}
    return result


def measure_sizes(folder: Path, sizes: list[int]) -> list[dict[str, Any]]:
    """Time the build of the corpus so many times over, and its list in a browser."""
    result = []
    for copies in sizes:
        root, out = folder / f"x{copies}", folder / f"html{copies}"
        enlarged(root, copies)
        atlas = load(root)
        paths = (root, ROOT / "site", ROOT / "notebooks", out)
        row = {
            "copies": copies,
            "claims": len(atlas.claims),
            "statements": len(atlas.propositions),
            "seconds": timed(lambda p=paths: site.build(*p)),
            "pages": len([*out.rglob("*.html")]),
            "megabytes": megabytes(out),
            "list_kilobytes": (out / "statements.html").stat().st_size / 1e3,
            **measure_list(out / "statements.html"),
        }
        progress(f"{copies} copies: {row['seconds']:.1f} s, list ready in {row['ready']:.2f} s")
        result.append(row)
        shutil.rmtree(root)
        shutil.rmtree(out)
    return result


def measure_list(page: Path) -> dict[str, float]:
    """Time in a browser how soon a list can be searched, and how long each answer takes."""
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    clock = "performance.now() / 1000"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--headless", "--no-sandbox", "--disable-gpu"]
        )
        opened = browser.new_page()
        opened.goto(page.as_uri())
        opened.locator("html[data-searchable=ready]").wait_for(state="attached", timeout=60_000)
        ready = opened.evaluate(clock)
        typed = """() => {
            const box = document.querySelector(".dt-search input");
            const before = performance.now();
            box.value = "memory";
            box.dispatchEvent(new Event("input", { bubbles: true }));
            return new Promise((done) => setTimeout(() => done(performance.now() - before), 0));
        }"""
        chosen = """() => {
            const select = document.querySelector(".filters select");
            const before = performance.now();
            select.selectedIndex = 1;
            select.dispatchEvent(new Event("change"));
            return performance.now() - before;
        }"""
        result = {"search": opened.evaluate(typed) / 1000, "filter": opened.evaluate(chosen) / 1000}
        browser.close()
    return {"ready": ready, **result}


def measure(quick: bool, date: str) -> dict[str, Any]:
    """Take all measurements; seconds and megabytes."""
    result: dict[str, Any] = {
        "date": date,
        "machine": {"cores": os.cpu_count(), "system": f"{platform.system()} {platform.machine()}"},
        "versions": {"python": platform.python_version(), **{p: version(p) for p in PACKAGES}},
    }
    with tempfile.TemporaryDirectory() as name:
        if not quick:
            result["whole"] = measure_whole(Path(name))
        sizes = measure_sizes(Path(name), [1, 2] if quick else [1, 3, 10])
    claims = [row["claims"] for row in sizes]
    seconds = [row["seconds"] for row in sizes]
    result |= {"sizes": sizes, "slope": slope(claims, seconds)}
    return rounded(result)


# --- the report --------------------------------------------------------------------------------


def section(result: dict[str, Any]) -> str:
    """Return the section of the benchmarks' page."""
    machine = f"{result['machine']['cores']} cores, {result['machine']['system']}"
    versions = ", ".join(f"{name} {number}" for name, number in result["versions"].items())
    when = f"Measured on {result['date']}. " if result["date"] else ""
    lines = [
        "## The site",
        "",
        f"Aim: {AIM}.",
        "",
        "Made by `python benchmarks/rendering.py` from `results/rendering.json`. Seconds are those",
        "of the processor, all processes together.",
        "",
        f"{when}Machine: {machine}. Versions: {versions}.",
        "",
    ]
    if whole := result.get("whole"):
        lines += [
            f"| {whole['notebooks']} notebooks and the site | seconds | MB |",
            "| --- | ---: | ---: |",
            f"| full build: execute {whole['execute']:.0f}, render {whole['build']:.0f} "
            f"| **{whole['full']:.0f}** | {whole['megabytes']:.0f} |",
            f"| `nbconvert --execute` {whole['nbconvert']:.0f}, plain Sphinx on them alone "
            f"{whole['plain_sphinx']:.0f} "
            f"| {whole['rival']:.0f} | {whole['plain_megabytes']:.0f} |",
            f"| ratio | **{whole['ratio']:.2f}** | |",
            f"| render again, nothing changed | {whole['build_unchanged']:.0f} | |",
            "",
            "`make site` with nothing changed does nothing at all.",
            "",
        ]
    lines += [
        "Larger corpora: copies of this one under new ids, the notebooks as stored. *Ready* is how",
        "soon after opening the list of all statements can be searched and filtered.",
        "",
        "| copies | claims | statements | pages | build, s | MB | list page, kB | ready, s "
        "| search, s | filter, s |",
        "|" + " ---: |" * 10,
    ]
    for row in result["sizes"]:
        cells = [
            f"{row['copies']}",
            f"{row['claims']:,}",
            f"{row['statements']:,}",
            f"{row['pages']:,}",
            f"{row['seconds']:.0f}",
            f"{row['megabytes']:.0f}",
            f"{row['list_kilobytes']:,.0f}",
            *(f"{row[name]:.2f}" for name in ("ready", "search", "filter")),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(
        [*lines, "", f"Slope of the build over the claims: **{result['slope']:.2f}**.", ""]
    )


def main() -> None:
    """Run the measurements from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small sizes; prints only")
    parser.add_argument("--date", default="", help="a date to record, such as 2026-11-21")
    given = parser.parse_args()
    result = measure(given.quick, given.date)
    print(section(result))
    if not given.quick:
        text = json.dumps(result, indent=2) + "\n"
        (HERE / "results" / "rendering.json").write_text(text, encoding="utf-8")
        updated(HERE / "README.md", section(result))


if __name__ == "__main__":
    main()
