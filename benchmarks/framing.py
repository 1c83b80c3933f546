"""Measure the framing analysis over 2, 20, 200 and 2,000 invented articles: time and memory.

One run builds invented corpora in memory, runs each table of `claimatlas.framing` in a process of
its own for each size, and writes ``results/framing.json`` and its section of ``README.md``, which
`spine.py` writes the rest of (run that first). Needs the library textstat.

    python benchmarks/framing.py --date 2026-11-21     # some minutes; writes the results
    python benchmarks/framing.py --quick               # up to 200 articles; prints only
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import platform
import random
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
from spine import (
    CLAIMS_AN_ARTICLE,
    HERE,
    _megabytes,
    article,
    letters,
    progress,
    rounded,
    slope,
    updated,
)

MOSS = HERE.parent / "tests" / "corpora" / "moss"
LEXICON = HERE.parent / "data" / "lexicons" / "hedges.csv"
HEADING = "## Framing"
AIM = (
    "the whole analysis grows with the number of articles by a power of at most 1.1, where each "
    "proposition is spoken of by a bounded number of articles"
)
# Articles in bundles that speak of the same things: each two of a bundle meet on most of them.
BUNDLE = 4
PROPOSITIONS_A_BUNDLE = 150


def corpus(articles: int) -> Any:
    """Return an invented corpus of so many articles, in memory, under the schema of the tests' one.

    Parameters
    ----------
    articles : int
        How many; each has 250 claims on some of the 150 propositions of its bundle of 4, so that
        restatements and meetings are common; every fifth claim is coded twice, every tenth
        proposition is linked.

    Returns
    -------
    claimatlas.Atlas
        The corpus.
    """
    import claimatlas

    chance, moss = random.Random(articles), claimatlas.load(MOSS)
    texts, rows = {}, []
    lists = {name: list(moss.labels(name)) for name in ("about", "voice", "stance", "wording")}
    lists["voice"] += ["own"] * 17  # 18 of 20 claims
    for n in range(articles):
        name = letters(n, 3)
        text, quotes = article(chance, n * CLAIMS_AN_ARTICLE, CLAIMS_AN_ARTICLE)
        texts[name] = text
        first = n // BUNDLE * PROPOSITIONS_A_BUNDLE
        for i, quote in enumerate(quotes):
            codes = {c: chance.choice(values) for c, values in lists.items()}
            proposition = f"P{first + chance.randrange(PROPOSITIONS_A_BUNDLE) + 1:06d}"
            ids = {"claim_id": f"{name}{i:03d}", "article_id": name, "proposition_id": proposition}
            rows.append({**moss.claims.iloc[0].to_dict(), **quote, **codes, **ids})
    tables = _tables(moss, texts, pd.DataFrame(rows)[list(moss.claims)], chance)
    return dataclasses.replace(moss, tables={**moss.tables, **tables}, texts=texts)


def _tables(moss: Any, texts: dict, claims: pd.DataFrame, chance: random.Random) -> dict:
    names = [f"P{n + 1:06d}" for n in range(-(-len(texts) // BUNDLE) * PROPOSITIONS_A_BUNDLE)]
    number = pd.Series(range(len(names)))
    propositions = moss.propositions.iloc[number % len(moss.propositions)]
    propositions = propositions.reset_index(drop=True).assign(proposition_id=names)
    links = {"from_id": names[:-1:10], "to_id": names[1::10], "why": "Invented."}
    relations = ("entails", "excludes", "same_quantity")
    twice = claims.iloc[::5].reset_index(drop=True)
    other = [chance.choice([w] * 9 + ["bare"]) for w in twice["wording"]]
    coded = {"table": "claims", "key": twice["claim_id"], "column": "wording", "reason": ""}
    coded |= {"unit": twice["claim_id"], "first": twice["wording"], "second": other}
    body_end = pd.array([pd.NA] * len(texts), dtype="Int64")
    articles = moss.articles.iloc[[0] * len(texts)].reset_index(drop=True)
    return {
        "claims": claims,
        "articles": articles.assign(article_id=list(texts), label=list(texts), body_end=body_end),
        "propositions": propositions,
        "proposition_links": pd.DataFrame(links).assign(
            relation=[relations[n % 3] for n in range(len(links["from_id"]))]
        ),
        "second_coding": pd.DataFrame(coded).assign(final=twice["wording"]),
        "hedges": pd.read_csv(LEXICON, dtype=str),
    }


def run(articles: int, alone: bool) -> dict[str, Any]:
    """Run the analysis once and return seconds by table, rows and megabytes."""
    import textstat  # noqa: F401  imported here, so that it is not part of the time

    from claimatlas import framing
    from claimatlas.grading import claims_graded, grade

    atlas = corpus(articles)
    begun = time.process_time()
    grades = grade(atlas)
    held = claims_graded(atlas, grades)
    result: dict[str, Any] = {"articles": articles, "claims": len(atlas.claims)}
    result |= {"grades": time.process_time() - begun, "before": _megabytes(), "seconds": {}}
    matters = list(atlas.labels("matter"))
    tasks = {
        "stance": lambda: framing.stance_table(atlas, alone=False),
        "gaps": lambda: [
            (framing.gap_table(atlas, held, unit=u), framing.step_table(atlas, held, u))
            for u in ("claims", "propositions")
        ],
        "omissions": lambda: (framing.omissions(atlas, grades), framing.matter_table(atlas)),
        "practice": lambda: (
            [framing.practice_table(atlas, matter) for matter in matters],
            framing.dose_table(atlas, "moss_tea"),
        ),
        "scores": lambda: framing.scores_table(atlas),
        "coverage": lambda: (framing.coverage_table(atlas), framing.section_table(atlas)),
        "coding": lambda: framing.range_table(atlas, "wording"),
        "hedges": lambda: framing.hedges(atlas),
        "words": lambda: framing.distinctive_words(atlas),
        "readability": lambda: framing.readability(atlas),
    }
    for name, task in tasks.items():
        begun = time.process_time()
        made = task()
        result["seconds"][name] = time.process_time() - begun
        if name == "stance":
            result["pairs"] = len(made)
    result["total"], result["peak"] = sum(result["seconds"].values()), _megabytes()
    if alone:
        begun = time.process_time()
        result["alone_rows"] = len(framing.stance_table(atlas))
        result["alone_seconds"] = time.process_time() - begun
    return result


def measure(quick: bool, date: str) -> dict[str, Any]:
    """Run every size in a process of its own; return what ``results/framing.json`` holds."""
    sizes = [2, 20, 200] if quick else [2, 20, 200, 2000]
    rows = []
    for size in sizes:
        command = [sys.executable, __file__, "--task", str(size), str(int(size <= 20))]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        rows.append(json.loads(done.stdout))
        progress(f"{size:>5,} articles: {rows[-1]['total']:.2f} s, {rows[-1]['peak']:.0f} MB")
    packages = ("claimatlas", "pandas", "numpy", "regex", "textstat")
    result: dict[str, Any] = {
        "date": date,
        "machine": {"cores": os.cpu_count(), "system": f"{platform.system()} {platform.machine()}"},
        "versions": {"python": platform.python_version(), **{p: version(p) for p in packages}},
        "sizes": rows,
    }
    for last in (len(rows), 2):
        counts, costs = sizes[-last:], rows[-last:]
        kind = "slopes" if last > 2 else "last_slopes"
        result[kind] = {"total": slope(counts, [r["total"] for r in costs])}
        for name in rows[0]["seconds"]:
            result[kind][name] = slope(counts, [r["seconds"][name] for r in costs])
    return rounded(result)


def section(result: dict[str, Any]) -> str:
    """Return the section of the page that shows the recorded results."""
    rows, names = result["sizes"], list(result["sizes"][0]["seconds"])
    versions = ", ".join(f"{name} {number}" for name, number in result["versions"].items())
    when = f"Measured on {result['date']}. " if result["date"] else ""
    machine = f"{result['machine']['cores']} cores, {result['machine']['system']}"
    alone = [r for r in rows if "alone_rows" in r]
    lines = [
        HEADING,
        "",
        "Made by `python benchmarks/framing.py` from `results/framing.json`, after `spine.py`.",
        f"{when}Machine: {machine}. Versions: {versions}.",
        "",
        f"Aim: {AIM}.",
        "",
        f"Invented articles of {CLAIMS_AN_ARTICLE} claims, in bundles of {BUNDLE} that speak of",
        f"the same {PROPOSITIONS_A_BUNDLE} propositions; seconds of each table, run once, after",
        "imports and without grading (shown beside, as the input it is). `stance` holds the pairs",
        "of articles that both speak. Memory is the most that the process held.",
        "",
        f"| articles | claims | pairs | {' | '.join(names)} | all, s | grading, s | MB |",
        "|" + " ---: |" * (len(names) + 6),
    ]
    for row in rows:
        cells = [f"{row[c]:,.0f}" for c in ("articles", "claims", "pairs")]
        cells += [f"{row['seconds'][name]:.2f}" for name in names]
        cells += [f"**{row['total']:.2f}**", f"{row['grades']:.2f}", f"{row['peak']:,.0f}"]
        lines.append(f"| {' | '.join(cells)} |")
    slopes, last = result["slopes"], result["last_slopes"]
    worst = max(names, key=lambda name: last[name])
    rows_alone = " and ".join(f"{r['alone_rows']:,.0f} at {r['articles']}" for r in alone)
    return "\n".join(
        [
            *lines,
            "",
            f"Slope over all sizes {slopes['total']:.2f}, over the last two "
            f"**{last['total']:.2f}**; the steepest table over the last two is `{worst}`, "
            f"{last[worst]:.2f}.",
            "",
            "What only one of two articles says is a row for each pair, so that it grows with the",
            f"square of the articles ({rows_alone}); for many articles use `alone=False`, as here,",
            "and `omissions`, which names what a single article says.",
            "",
        ]
    )


def record(result: dict[str, Any], folder: Path) -> None:
    """Write the results and the section of the page."""
    text = json.dumps(result, indent=2) + "\n"
    (folder / "results" / "framing.json").write_text(text, encoding="utf-8")
    updated(folder / "README.md", section(result))


def main() -> None:
    """Run the measurements from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small sizes; prints only")
    parser.add_argument("--date", default="", help="a date to record, such as 2026-11-21")
    parser.add_argument("--task", nargs=2, type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.task:
        print(json.dumps(run(given.task[0], bool(given.task[1]))))
        return
    result = measure(given.quick, given.date)
    print(section(result))
    if not given.quick:
        record(result, HERE)


if __name__ == "__main__":
    main()
