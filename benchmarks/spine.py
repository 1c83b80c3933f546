"""Measure the spine of the package: importing, reading and checking a corpus, anchoring quotes.

One run writes invented, sound corpora to a temporary folder, times each task in processes of its
own, prints the figures, and writes ``results/spine.json`` and, from that, ``README.md``. Every task
is timed beside what the same work costs without this package: ``import pandas``, frictionless on
the same data package, a loop of ``str.find``. Seconds are the processor's, not the clock's; ratios
travel between machines, seconds do not.

    python benchmarks/spine.py --date 2026-11-21     # ten minutes; writes the results
    python benchmarks/spine.py --quick               # small sizes, a minute; prints only
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import math
import os
import platform
import random
import re
import resource
import statistics
import string
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
DATA = HERE.parent / "data"
PACKAGES = ("claimatlas", "pandas", "numpy", "frictionless", "regex", "rapidfuzz")

AIMS = {
    "import": "import claimatlas takes at most 1.1 times as long as import pandas",
    "corpus": "load() and validate() take at most 1.3 times as long as frictionless alone",
    "anchor": "check_quote takes at most 2 times as long as str.find, and its cost grows with the "
    "number of quotes by a power of at most 1.1",
}

# 250 claims in some 20,000 characters: the density of a real article taken apart claim by claim.
CLAIMS_AN_ARTICLE = 250
CLAIMS_A_SECTION = 25
QUOTES_AN_ARTICLE = 100

VOCABULARY = """
moss peat spore water light frost stone bark shade leaf stem soil acid growth colour extract lichen
garden winter summer sample level rate effect study trial plot field moisture root raises lowers
holds shows keeps carries slows favours follows may often seems the a of in with after under between
each some most clear strong mild slight früh naïve
"""
WORDS = VOCABULARY.split()
SOURCES = ("a field study", "Dr. Þórðardóttir", "the gardener’s almanac", "Bryology Reports")


# --- invented corpora -------------------------------------------------------------------------


def sentence(chance: random.Random, number: int) -> str:
    """Return one invented sentence with what trips word boundaries; `number` makes it unique."""
    words = chance.choices(WORDS, k=chance.randint(8, 16))
    middle = chance.choice(("0.05 mm", "it doesn’t", "3–5 %", "“wet”", "well-kept", "pH 5.5"))
    return " ".join(["Moss", str(number), *words[:5], middle, *words[5:]])


def article(chance: random.Random, first: int, sentences: int) -> tuple[str, list[dict[str, Any]]]:
    """Return an invented article's text and one exact quote a sentence.

    Parameters
    ----------
    chance : random.Random
        Where the words come from.
    first : int
        Number of the first sentence.
    sentences : int
        How many sentences the article has.

    Returns
    -------
    (str, list of dict)
        The text; for each sentence its start, end and quote, the heading it stands under, and the
        words that name a source, empty where it has none.
    """
    parts, quotes, at, heading = [], [], 0, ""
    for i in range(sentences):
        if i % CLAIMS_A_SECTION == 0:
            heading = f"Part {i // CLAIMS_A_SECTION + 1}: {chance.choice(WORDS)}"
            line = f"\n{heading}\n" if i else f"{heading}\n"
            parts.append(line)
            at += len(line)
        source = chance.choice(SOURCES) if i % 5 == 0 else ""
        quote = sentence(chance, first + i) + (f", says {source}" if source else "")
        place = {"start": at, "end": at + len(quote), "quote": quote}
        quotes.append({**place, "section": heading, "attributed_to": source})
        parts.append(quote + ". ")
        at += len(quote) + 2
    return "".join(parts).rstrip() + "\n", quotes


def letters(number: int, width: int) -> str:
    """Return a number as capital letters of fixed width, so that they sort as numbers do."""
    alphabet = string.ascii_uppercase
    return "".join(alphabet[number // 26**place % 26] for place in reversed(range(width)))


def write_corpus(root: Path, claims: int) -> None:
    """Write a sound corpus with so many claims, under the schema and codebook of this repository.

    Parameters
    ----------
    root : pathlib.Path
        An empty folder.
    claims : int
        Rows of ``claims.csv``; there is one proposition for every two, one link for every ten
        propositions, and every fifth claim is judged twice in three columns.
    """
    chance = random.Random(claims)
    codes = _code_lists()
    articles = math.ceil(claims / CLAIMS_AN_ARTICLE)
    tables: dict[str, list[dict[str, Any]]] = {"articles": [], "seams": [], "claims": []}
    for n in range(articles):
        first = n * CLAIMS_AN_ARTICLE
        text, quotes = article(chance, first, min(CLAIMS_AN_ARTICLE, claims - first))
        _one_article(root, tables, letters(n, 3), text)
        for i, quote in enumerate(quotes):
            tables["claims"].append(_claim(chance, codes, letters(n, 3), first + i, i, quote))
    pairs = range((claims + 1) // 2)
    tables["propositions"] = [_proposition(chance, codes, n) for n in pairs]
    tables["proposition_links"] = [
        {"from_id": _p(n), "to_id": _p(n + 1), "relation": "entails", "why": "It is the narrower."}
        for n in pairs[:-1:10]
    ]
    tables["second_coding"] = [
        row for claim in tables["claims"][::5] for row in _judgements(chance, codes, claim)
    ]
    _write_tables(root, tables)


def _code_lists() -> dict[str, list[str]]:
    lists: dict[str, list[str]] = {}
    with (DATA / "codes.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            lists.setdefault(row["list"], []).append(row["code"])
    return lists


def _p(number: int) -> str:
    return f"P{number + 1:03d}"


def _one_article(root: Path, tables: dict[str, list], name: str, text: str) -> None:
    path = root / "seeds" / f"{name}.txt"
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_bytes(text.encode("utf-8"))
    tables["articles"].append(
        {
            "article_id": name,
            "label": f"Article {name}",
            "file": f"seeds/{name}.txt",
            "sha256": hashlib.sha256(text.encode("utf-8")).hexdigest(),
            "kind": "invented",
            "published": "2026-01-31",
        }
    )
    tables["seams"].append({"article_id": name, "offset": 4, "why": "Invented."})


def _claim(
    chance: random.Random, codes: dict, name: str, number: int, place: int, quote: dict
) -> dict[str, Any]:
    named = bool(quote["attributed_to"])
    return {
        "claim_id": f"{name}{place + 1:03d}",
        "article_id": name,
        **quote,
        "context": quote["section"] if place % 4 == 0 else "",
        "proposition_id": _p(number // 2),
        **{c: chance.choice(codes[c]) for c in ("about", "voice", "stance", "wording")},
        "species_worded": chance.choice(codes["species_worded"]),
        "attribution": chance.choice(("named", "vague")) if named else "none",
    }


def _proposition(chance: random.Random, codes: dict, number: int) -> dict[str, Any]:
    value = {"value_low": 0.5, "value_high": 1.5, "unit": "mm"} if number % 5 == 0 else {}
    return {
        "proposition_id": _p(number),
        "statement": sentence(chance, number) + ".",
        "topic": chance.choice(codes["topic"]),
        "kind": chance.choice(codes["proposition_kind"]),
        "route": chance.choice(codes["route"]),
        "does_not_follow": "That it holds of any other moss.",
        **value,
    }


def _judgements(chance: random.Random, codes: dict, claim: dict) -> Iterator[dict[str, Any]]:
    for column in ("stance", "voice", "wording"):
        other = chance.choice(codes[column])
        yield {
            "table": "claims",
            "key": claim["claim_id"],
            "column": column,
            "unit": f"{claim['article_id']}:{claim['start']}",
            "first": claim[column],
            "second": other,
            "final": claim[column],
            "reason": "" if other == claim[column] else "The first reading fits the codebook.",
        }


def _write_tables(root: Path, tables: dict[str, list[dict[str, Any]]]) -> None:
    """Write the tables in the schema's columns; tables not invented here leave the schema too."""
    (root / "data").mkdir()
    (root / "data" / "codes.csv").write_bytes((DATA / "codes.csv").read_bytes())
    schema = json.loads((DATA / "datapackage.json").read_text(encoding="utf-8"))
    schema["resources"] = [r for r in schema["resources"] if r["name"] in {*tables, "codes"}]
    for described in schema["resources"]:
        keys = described["schema"].get("foreignKeys", [])
        kept = [k for k in keys if k["reference"]["resource"] in tables]
        described["schema"]["foreignKeys"] = kept
    text = json.dumps(schema, indent=2, ensure_ascii=False)
    (root / "data" / "datapackage.json").write_text(text + "\n", encoding="utf-8")
    for described in schema["resources"]:
        if described["name"] == "codes":
            continue
        path = root / "data" / described["path"]
        with path.open("w", encoding="utf-8", newline="") as file:
            names = [f["name"] for f in described["schema"]["fields"]]
            writer = csv.DictWriter(file, names, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(tables[described["name"]])


# --- tasks, each in a process of its own ------------------------------------------------------


def task_write(root: str, claims: str) -> dict[str, Any]:
    """Write a corpus, and count its rows and bytes."""
    write_corpus(Path(root), int(claims))
    files = [*Path(root).glob("data/*.csv")]
    return {
        "rows": sum(f.read_bytes().count(b"\n") - 1 for f in files),
        "megabytes": sum(f.stat().st_size for f in files) / 1e6,
        "articles": len([*Path(root).glob("seeds/*.txt")]),
    }


def _import_first() -> None:
    """Import what validation imports on its first use, so that it is not part of the time."""
    import frictionless  # noqa: F401
    import jsonschema  # noqa: F401
    import pandas  # noqa: F401


def task_validate(root: str, calls: str) -> dict[str, Any]:
    """Time `claimatlas.validate`."""
    _import_first()
    from claimatlas import validate

    def run() -> None:
        faults = validate(root)
        assert not faults, faults[:5]

    return timed(run, int(calls))


def task_load(root: str, calls: str) -> dict[str, Any]:
    """Time `claimatlas.load`."""
    _import_first()
    from claimatlas import load

    return timed(lambda: load(root), int(calls))


def task_frictionless(root: str, calls: str) -> dict[str, Any]:
    """Time frictionless on the same data package, described as it is on disk."""
    _import_first()
    from frictionless import Package

    def run() -> None:
        report = Package(str(Path(root) / "data" / "datapackage.json")).validate()
        assert report.valid, report.flatten(["title", "note"])[:5]

    return timed(run, int(calls))


def task_read_csv(root: str, calls: str) -> dict[str, Any]:
    """Time a bare `pandas.read_csv` of every table, as strings: the least that reading costs."""
    import pandas as pd

    files = sorted(Path(root).glob("data/*.csv"))

    def run() -> None:
        for file in files:
            pd.read_csv(file, dtype=str, keep_default_na=False)

    return timed(run, int(calls))


def task_anchor(count: str, calls: str, sample: str) -> dict[str, Any]:
    """Time exact anchoring beside two loops of `str.find`, and rapidfuzz on a sample."""
    from rapidfuzz import fuzz

    from claimatlas.anchor import check_quote

    chance = random.Random(int(count))
    items = []
    for n in range(int(count) // QUOTES_AN_ARTICLE):
        text, quotes = article(chance, n * CLAIMS_AN_ARTICLE, CLAIMS_AN_ARTICLE)
        for q in chance.sample(quotes, QUOTES_AN_ARTICLE):
            items.append((text, q["start"], q["end"], q["quote"]))

    def check() -> None:
        for text, start, end, quote in items:
            assert check_quote(text, start, end, quote) is None

    def find() -> None:
        for text, start, _, quote in items:
            assert text.find(quote) == start

    def find_there() -> None:
        for text, start, end, quote in items:
            assert text.find(quote, start, end) == start

    few = chance.sample(items, min(int(sample), len(items)))

    def fuzzy() -> None:
        for text, _, _, quote in few:
            assert fuzz.partial_ratio(quote, text) == 100

    def microseconds(run: Callable[[], None], over: list) -> float:
        return timed(run, int(calls))["seconds"] / len(over) * 1e6

    return {
        "quotes": len(items),
        "articles": len(items) // QUOTES_AN_ARTICLE,
        "check_quote": microseconds(check, items),
        "str_find": microseconds(find, items),
        "str_find_at_offset": microseconds(find_there, items),
        "partial_ratio": microseconds(fuzzy, few),
    }


def timed(run: Callable[[], Any], calls: int) -> dict[str, Any]:
    """Call a function so often; return the least of the seconds, the memory before and the peak.

    The least time is the one that other work on the machine disturbed least.
    """
    before = _megabytes()
    seconds, peak = [], 0.0
    for _ in range(calls):
        begun = time.process_time()
        run()
        seconds.append(time.process_time() - begun)
        peak = peak or _megabytes()
    return {"seconds": min(seconds), "before": before, "peak": peak}


def _megabytes() -> float:
    """Return the most memory that this process ever held."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def _seconds_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def in_process(task: str, *arguments: Any) -> dict[str, Any]:
    """Run one of the tasks above in a fresh process and return what it prints."""
    command = [sys.executable, __file__, "--task", task, *map(str, arguments)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


# --- the measurements -------------------------------------------------------------------------


def fresh(codes: list[str], rounds: int) -> list[float]:
    """Run lines of Python in fresh processes, in turns; return the median seconds of each."""
    took: list[list[float]] = [[] for _ in codes]
    for turn in range(rounds + 1):
        for code, seconds in zip(codes, took, strict=True):
            begun = _seconds_of_children()
            subprocess.run([sys.executable, "-c", code], check=True)
            if turn:  # the first turn only fills the caches of the disk and of bytecode
                seconds.append(_seconds_of_children() - begun)
    return [statistics.median(s) for s in took]


def measure_import(rounds: int) -> dict[str, Any]:
    """Time two imports, less the interpreter's own start."""
    start, pandas, ours = fresh(["pass", "import pandas", "import claimatlas"], rounds)
    return {
        "rounds": rounds,
        "pandas": pandas - start,
        "claimatlas": ours - start,
        "ratio": (ours - start) / (pandas - start),
    }


def measure_corpus(folder: Path, sizes: list[int], rounds: int) -> list[dict[str, Any]]:
    """Time reading and checking sound corpora of several sizes, the tasks in turns."""
    tasks = ("frictionless", "validate", "load", "read_csv")
    result = []
    for size in sizes:
        root = folder / str(size)
        row: dict[str, Any] = {"claims": size, **in_process("write", root, size)}
        calls = max(1, min(5, 2_500 // size))
        runs: dict[str, list[dict[str, Any]]] = {t: [] for t in tasks}
        for _ in range(rounds):
            for task in tasks:
                runs[task].append(in_process(task, root, calls))
        for task in tasks:
            row[task] = {k: min(r[k] for r in runs[task]) for k in ("seconds", "before", "peak")}
        for task in ("validate", "load"):
            row[f"{task}_ratio"] = row[task]["seconds"] / row["frictionless"]["seconds"]
        progress(
            f"{size:>7,} claims: frictionless {row['frictionless']['seconds']:.2f} s, "
            f"validate {row['validate_ratio']:.2f}x, load {row['load_ratio']:.2f}x"
        )
        result.append(row)
    return result


def measure_first(root: Path, rounds: int) -> dict[str, Any]:
    """Time the first load of a session: a fresh process, with all that it imports on the way."""
    ours = f"from claimatlas import load; load({str(root)!r})"
    package = str(root / "data" / "datapackage.json")
    theirs = f"import pandas; from frictionless import Package; Package({package!r}).validate()"
    bare = "import pandas, frictionless, jsonschema"
    load, frictionless, imports = fresh([ours, theirs, bare], rounds)
    return {
        "load": load,
        "frictionless": frictionless,
        "imports": imports,
        "ratio": load / frictionless,
    }


def measure_anchor(counts: list[int], calls: int, sample: int) -> list[dict[str, Any]]:
    """Time anchoring for several numbers of quotes."""
    result = []
    for count in counts:
        row = in_process("anchor", count, calls, sample)
        row["ratio"] = row["check_quote"] / row["str_find"]
        row["ratio_at_offset"] = row["check_quote"] / row["str_find_at_offset"]
        progress(
            f"{count:>7,} quotes: check_quote {row['check_quote']:.2f} µs, {row['ratio']:.2f}x "
            f"str.find, {row['ratio_at_offset']:.2f}x str.find at the offset"
        )
        result.append(row)
    return result


def slope(sizes: list[float], costs: list[float]) -> float:
    """Return the power of the size with which the cost grows (least squares on logarithms)."""
    logs = ([math.log(value) for value in values] for values in (sizes, costs))
    return statistics.linear_regression(*logs).slope


def measure(quick: bool, date: str) -> dict[str, Any]:
    """Take all measurements.

    Parameters
    ----------
    quick : bool
        Small sizes and few rounds.
    date : str
        Recorded as it is; empty for none.

    Returns
    -------
    dict
        What ``results/spine.json`` holds; seconds, megabytes, and microseconds a quote.
    """
    sizes = [100, 500, 2_000] if quick else [500, 10_000, 100_000]
    counts = [200, 1_000, 5_000] if quick else [1_000, 10_000, 100_000]
    result: dict[str, Any] = {
        "date": date,
        "machine": {"cores": os.cpu_count(), "system": f"{platform.system()} {platform.machine()}"},
        "versions": {"python": platform.python_version(), **{p: version(p) for p in PACKAGES}},
    }
    progress("importing")
    result["import"] = measure_import(3 if quick else 7)
    progress(f"import claimatlas: {result['import']['ratio']:.2f}x import pandas")
    with tempfile.TemporaryDirectory() as folder:
        rows = measure_corpus(Path(folder), sizes, 1 if quick else 3)
        first = measure_first(Path(folder) / str(sizes[0]), 1 if quick else 5)
    result["corpus"] = {"sizes": rows, "first": first}
    for task in ("frictionless", "validate", "load"):
        seconds = [r[task]["seconds"] for r in rows]
        result["corpus"][f"{task}_slope"] = slope(sizes, seconds)
        result["corpus"][f"{task}_last_slope"] = slope(sizes[-2:], seconds[-2:])
    rows = measure_anchor(counts, 3 if quick else 5, 50 if quick else 200)
    costs = [r["check_quote"] * r["quotes"] for r in rows]
    result["anchor"] = {"sizes": rows, "slope": slope(counts, costs)}
    return rounded(result)


def rounded(value: Any) -> Any:
    """Round every number to three digits that count."""
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [rounded(v) for v in value]
    return float(f"{value:.3g}") if isinstance(value, float) else value


def progress(line: str) -> None:
    """Say on standard error how far the run is."""
    print(line, file=sys.stderr, flush=True)


# --- the report -------------------------------------------------------------------------------


def readme(result: dict[str, Any]) -> str:
    """Return the page that shows the recorded results."""
    machine = f"{result['machine']['cores']} cores, {result['machine']['system']}"
    versions = ", ".join(f"{name} {number}" for name, number in result["versions"].items())
    when = f"Measured on {result['date']}. " if result["date"] else ""
    imports, anchor = result["import"], result["anchor"]
    return "\n".join(
        [
            "# Speed and scale",
            "",
            "Made by `python benchmarks/spine.py` from `results/spine.json`; do not edit by hand.",
            "Seconds are the processor's, so that other work on the machine counts little. Ratios",
            "travel between machines; seconds do not. A slope is the power of the size with which",
            "time grows: 1 is in proportion, less is better.",
            "",
            f"{when}Machine: {machine}. Versions: {versions}.",
            "",
            "## Importing",
            "",
            f"Aim: {AIMS['import']}.",
            "",
            f"`import claimatlas` {imports['claimatlas']:.2f} s, `import pandas` "
            f"{imports['pandas']:.2f} s, ratio **{imports['ratio']:.2f}** (medians of "
            f"{imports['rounds']} fresh processes each, in turns, less the interpreter's start).",
            "",
            "## Reading and checking a corpus",
            "",
            f"Aim: {AIMS['corpus']}.",
            "",
            *_corpus_lines(result["corpus"]),
            "",
            "## Anchoring quotes",
            "",
            f"Aim: {AIMS['anchor']}.",
            "",
            *_anchor_lines(anchor),
            "",
        ]
    )


def updated(page: Path, text: str) -> None:
    """Write a page's sections anew, and keep those that other benchmarks wrote.

    Parameters
    ----------
    page : pathlib.Path
        A Markdown file; it need not be there.
    text : str
        The new sections; each replaces the one of the same heading, or comes last.
    """
    sections: dict[str, str] = {}
    for content in (page.read_text(encoding="utf-8") if page.is_file() else "", text):
        for part in filter(None, re.split(r"^(?=## )", content, flags=re.MULTILINE)):
            sections[part.partition("\n")[0]] = part.rstrip("\n") + "\n"
    page.write_text("\n".join(sections.values()), encoding="utf-8")


def _corpus_lines(corpus: dict[str, Any]) -> list[str]:
    lines = [
        "Sound invented corpora under the schema of this repository, one proposition for every two",
        f"claims, {CLAIMS_AN_ARTICLE} claims an article. frictionless validates the same data",
        "package; it knows nothing of code lists, bytes, quotes or the other rules. Ratios are to",
        "it; all after imports, the least of some rounds. Memory is the most a process held,",
        f"of which its imports are {corpus['sizes'][0]['validate']['before']:.0f} MB.",
        "",
        "| claims | all rows | articles | tables, MB | read_csv, s | frictionless, s "
        "| validate(), s | ratio | load(), s | ratio "
        "| frictionless, MB | validate(), MB | load(), MB |",
        "|" + " ---: |" * 13,
    ]
    for row in corpus["sizes"]:
        cells = [
            f"{row['claims']:,}",
            f"{row['rows']:,}",
            f"{row['articles']:,}",
            f"{row['megabytes']:.1f}",
            f"{row['read_csv']['seconds']:.3f}",
            f"{row['frictionless']['seconds']:.2f}",
            f"{row['validate']['seconds']:.2f}",
            f"**{row['validate_ratio']:.2f}**",
            f"{row['load']['seconds']:.2f}",
            f"**{row['load_ratio']:.2f}**",
            *(f"{row[task]['peak']:.0f}" for task in ("frictionless", "validate", "load")),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    slopes = (
        f"`{task}` {corpus[f'{task}_slope']:.2f} ({corpus[f'{task}_last_slope']:.2f})"
        for task in ("frictionless", "validate", "load")
    )
    first = corpus["first"]
    return [
        *lines,
        "",
        f"Slopes over all sizes (over the last two): {', '.join(slopes)}.",
        "",
        f"The first load of a session, {corpus['sizes'][0]['claims']:,} claims in a fresh process: "
        f"{first['load']:.2f} s, of which importing pandas, frictionless and its jsonschema is "
        f"{first['imports']:.2f} s; pandas and frictionless alone {first['frictionless']:.2f} s, "
        f"ratio **{first['ratio']:.2f}**.",
    ]


def _anchor_lines(anchor: dict[str, Any]) -> list[str]:
    lines = [
        f"Exact quotes, {QUOTES_AN_ARTICLE} of each of so many articles of some 20,000 characters;",
        "microseconds a quote. `str.find` looks from the article's beginning, as one who has no",
        "offsets must; *at offset* gives it the very place, which leaves one comparison and checks",
        "no word boundary. `partial_ratio` (rapidfuzz, on a sample) is what approximate acceptance",
        "would cost.",
        "",
        "| quotes | articles | check_quote | str.find | ratio | str.find at offset | ratio "
        "| partial_ratio |",
        "|" + " ---: |" * 8,
    ]
    for row in anchor["sizes"]:
        cells = [
            f"{row['quotes']:,}",
            f"{row['articles']:,}",
            f"{row['check_quote']:.2f}",
            f"{row['str_find']:.2f}",
            f"**{row['ratio']:.2f}**",
            f"{row['str_find_at_offset']:.2f}",
            f"{row['ratio_at_offset']:.2f}",
            f"{row['partial_ratio']:.0f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, "", f"Slope of the cost over the number of quotes: **{anchor['slope']:.2f}**."]


def main() -> None:
    """Run the measurements from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small sizes; prints only")
    parser.add_argument("--date", default="", help="a date to record, such as 2026-11-21")
    parser.add_argument("--out", type=Path, help="folder for README.md and results/spine.json")
    parser.add_argument("--task", nargs="+", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.task:
        name, *arguments = given.task
        print(json.dumps(globals()[f"task_{name}"](*arguments)))
        return
    result = measure(given.quick, given.date)
    print(readme(result))
    out = given.out or (None if given.quick else HERE)
    if out:
        (out / "results").mkdir(parents=True, exist_ok=True)
        text = json.dumps(result, indent=2) + "\n"
        (out / "results" / "spine.json").write_text(text, encoding="utf-8")
        updated(out / "README.md", readme(result))


if __name__ == "__main__":
    main()
