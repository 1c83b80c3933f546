"""Measure the commands on corpora of other people's articles: twelve articles, a long one.

Two corpora go the whole way, each command in a process of its own: twelve invented articles with
5,000 claims and no evidence yet, and one article of a megabyte, laid out and reported before
anybody has filled a table. (``rendering.py`` builds larger corpora with all tables.) A run prints
the figures, and writes ``results/corpora.json`` and, from that, its section of ``README.md``.

    python benchmarks/corpora.py --date 2026-11-21     # five minutes; writes the results
    python benchmarks/corpora.py --quick               # small corpora; prints only
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import resource
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import spine
from rendering import megabytes

from claimatlas import load

ARTICLES = 12
AIM = (
    "twelve articles with 5,000 claims, and an article of a megabyte, go from text to site without "
    "an error; no command but report takes longer than a minute"
)
PACKAGES = ("claimatlas", "sentencex", "pandas", "frictionless", "sphinx", "nbclient")


def command(*words: object) -> dict[str, float]:
    """Run a command of the package; return its processor's seconds and the most memory, in MB."""
    code = "import sys; from claimatlas.cli import main; sys.exit(main(sys.argv[1:]))"
    before = os.times()
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, words)], capture_output=True, text=True, check=False
    )
    after = os.times()
    if done.returncode:
        raise SystemExit(f"{words} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    row = {"seconds": sum(after[2:4]) - sum(before[2:4]), "most_so_far": most}
    spine.progress(f"{words[0]}: {row['seconds']:.1f} s")
    return row


def laid_out(folder: Path, sentences: int) -> dict[str, Any]:
    """Lay out a corpus of one long article, look for its last words, and report it."""
    text, quotes = spine.article(random.Random(1), 0, sentences)
    source, root = folder / "long.txt", folder / "long"
    source.write_text(text, encoding="utf-8")
    result = {"megabytes": source.stat().st_size / 1e6, "sentences": sentences}
    result["new"] = command("new", root, "--article", source)
    result["quote"] = command("quote", root, "A", quotes[-1]["quote"])
    return result | commands(root)


def commands(root: Path) -> dict[str, Any]:
    """Run the commands that every corpus goes through; count what comes of them."""
    result: dict[str, Any] = {
        "tidy": command("tidy", root),
        "check": command("check", root),
        "report": command("report", root),
    }
    site, atlas = root / "_build" / "report", load(root)
    result |= {"articles": len(atlas.articles), "claims": len(atlas.claims)}
    result |= {"statements": len(atlas.propositions), "pages": len([*site.rglob("*.html")])}
    result |= {"site_megabytes": megabytes(site)}
    shutil.rmtree(root)
    return result


def measure(quick: bool, date: str) -> dict[str, Any]:
    """Take all measurements.

    Parameters
    ----------
    quick : bool
        Take small corpora.
    date : str
        The date to record.

    Returns
    -------
    dict
        Seconds of the processor, megabytes, and counts, by corpus and command.
    """
    claims, sentences = (240, 500) if quick else (5000, 10_400)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        spine.CLAIMS_AN_ARTICLE = -(-claims // ARTICLES)
        spine.write_corpus(folder / "claims", claims)
        corpora = {
            "one long article, nothing filled": laid_out(folder, sentences),
            "claims alone": commands(folder / "claims"),
        }
    return spine.rounded(
        {
            "date": date,
            "machine": {
                "cores": os.cpu_count(),
                "system": f"{platform.system()} {platform.machine()}",
            },
            "versions": {"python": platform.python_version(), **{p: version(p) for p in PACKAGES}},
            "corpora": corpora,
        }
    )


def section(result: dict[str, Any]) -> str:
    """Return the section of the benchmarks' page."""
    machine = f"{result['machine']['cores']} cores, {result['machine']['system']}"
    versions = ", ".join(f"{name} {number}" for name, number in result["versions"].items())
    when = f"Measured on {result['date']}. " if result["date"] else ""
    long = next(row for row in result["corpora"].values() if "new" in row)
    lines = [
        "## Anyone's articles",
        "",
        f"Aim: {AIM}.",
        "",
        "Made by `python benchmarks/corpora.py` from `results/corpora.json`. Seconds are those of",
        "the processor, all processes of a command together.",
        "",
        f"{when}Machine: {machine}. Versions: {versions}.",
        "",
        f"Laying out an article of {long['megabytes']:.2f} MB and {long['sentences']:,} sentences "
        f"(`new`): **{long['new']['seconds']:.1f} s**; finding its last words (`quote`): "
        f"**{long['quote']['seconds']:.1f} s**.",
        "",
        "| corpus | articles | claims | statements | tidy, s | check, s | report, s | pages | MB |",
        "| --- |" + " ---: |" * 8,
    ]
    for name, row in result["corpora"].items():
        cells = [f"{row[k]:,}" for k in ("articles", "claims", "statements")]
        cells += [f"{row[k]['seconds']:.1f}" for k in ("tidy", "check", "report")]
        cells += [f"{row['pages']:,}", f"{row['site_megabytes']:.0f}"]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    most = max(row["report"]["most_so_far"] for row in result["corpora"].values())
    return "\n".join([*lines, "", f"The most memory that a process held: {most:,.0f} MB.", ""])


def main() -> None:
    """Run the measurements from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small corpora; prints only")
    parser.add_argument("--date", default="", help="a date to record, such as 2026-11-21")
    given = parser.parse_args()
    result = measure(given.quick, given.date)
    print(section(result))
    if not given.quick:
        text = json.dumps(result, indent=2) + "\n"
        (spine.HERE / "results" / "corpora.json").write_text(text, encoding="utf-8")
        spine.updated(spine.HERE / "README.md", section(result))


if __name__ == "__main__":
    main()
