"""Measure the mechanism graph: building it, and finding the strongest paths from the compound.

One run takes the corpus of this repository, once and as so many copies beside each other, times
each task in processes of its own, prints the figures, and writes ``results/mechanism.json`` and,
from that, its section of ``README.md``. The copies are made in memory: every proposition, node,
claim and row of evidence again under a new id, but for the compound, from which all copies go out.
The strongest paths are held against listing every simple path, where that ends.

    python benchmarks/mechanism.py --date 2026-11-21     # five minutes; writes the results
    python benchmarks/mechanism.py --quick               # small sizes, a minute; prints only
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
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

from spine import HERE, progress, rounded, slope, timed, updated

PACKAGES = ("claimatlas", "networkx", "pandas")
AIM = (
    "building the graph and finding the strongest paths grow with the number of edges by a power "
    "of at most 1.1, and the paths found are as strong as the best of all simple paths"
)
WAYS = 4
ENDS = ("subject", "object", "comparator", "region", "within")


# --- enlarged corpora --------------------------------------------------------------------------


def enlarged(atlas: Any, copies: int, start: str) -> Any:
    """Return the corpus with all that the graph is made of so many times.

    Parameters
    ----------
    atlas : claimatlas.Atlas
        The corpus.
    copies : int
        How many copies; 1 is the corpus itself.
    start : str
        The node that all copies share.

    Returns
    -------
    claimatlas.Atlas
        Propositions, nodes, claims, evidence and searches of every copy; other tables as they are.
    """
    import pandas as pd

    keys = {"propositions": ["proposition_id", *ENDS], "nodes": ["node_id"]}
    keys |= {name: ["proposition_id"] for name in ("claims", "evidence", "searches")}
    tables = dict(atlas.tables)
    for name, columns in keys.items():
        parts = [atlas.tables[name]]
        for copy in range(1, copies):
            part = atlas.tables[name].copy()
            for column in columns:
                renamed = part[column] + f"_{copy}"
                part[column] = renamed.where(~part[column].isin(["", start]), part[column])
            parts.append(part[part["node_id"] != start] if name == "nodes" else part)
        tables[name] = pd.concat(parts, ignore_index=True)
    return dataclasses.replace(atlas, tables=tables)


def ladder(rungs: int) -> Any:
    """Return a graph of so many layers, every node of one joined to every node of the next.

    Parameters
    ----------
    rungs : int
        Layers of `WAYS` nodes between the compound and the one outcome.

    Returns
    -------
    networkx.MultiDiGraph
        As from `claimatlas.mechanism.build`, with states drawn at random; it has `WAYS` ** rungs
        paths.
    """
    import networkx as nx

    from claimatlas.mechanism import STATES

    chance = random.Random(rungs)
    layers = [["start"], *([f"{i}_{j}" for j in range(WAYS)] for i in range(rungs)), ["end"]]
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(itertools.chain(*layers), kind="process")
    graph.nodes["end"]["kind"] = "state_or_outcome"
    pairs = itertools.chain(*(itertools.product(*two) for two in itertools.pairwise(layers)))
    for number, (a, b) in enumerate(pairs):
        edge = {"proposition_id": f"P{number:05d}", "state": chance.choice(STATES), "sign": 1}
        edge |= {"certainty": "low", "within": "", "affirmed": ()}
        graph.add_edge(a, b, edge["proposition_id"], **edge)
    return graph


def _start(graph: Any) -> str:
    """Return the compound from which most edges go out."""
    compounds = [n for n, kind in graph.nodes(data="kind") if kind == "compound"]
    return max(sorted(compounds), key=graph.out_degree)


# --- tasks, each in a process of its own -------------------------------------------------------


def _corpus(copies: int) -> tuple[Any, str]:
    from claimatlas import load
    from claimatlas.mechanism import build

    atlas = load(HERE.parent)
    start = _start(build(atlas))
    return enlarged(atlas, copies, start), start


def task_graph(copies: str, calls: str) -> dict[str, Any]:
    """Time `build` and `strongest_paths` on so many copies, all edges and one article's."""
    from claimatlas.mechanism import build, strongest_paths

    atlas, start = _corpus(int(copies))
    built = timed(lambda: build(atlas), int(calls))
    graph = build(atlas)
    found = strongest_paths(graph, start)
    return {
        "nodes": len(graph),
        "edges": graph.number_of_edges(),
        "evidence": len(atlas.evidence),
        "outcomes": len(found),
        "build": built,
        "strongest": timed(lambda: strongest_paths(graph, start), 10 * int(calls)),
        "mediated": timed(lambda: strongest_paths(graph, start, mediated=True), 10 * int(calls)),
    }


def task_list(copies: str, seconds: str) -> dict[str, Any]:
    """Time the listing of all simple paths of so many copies."""
    from claimatlas.mechanism import build

    atlas, start = _corpus(int(copies))
    return _listed(build(atlas), start, float(seconds))


def task_ladder(rungs: str, calls: str, seconds: str) -> dict[str, Any]:
    """Time `strongest_paths` and the listing of all simple paths on a ladder."""
    from claimatlas.mechanism import strongest_paths

    graph = ladder(int(rungs))
    strongest = timed(lambda: strongest_paths(graph, "start"), int(calls))
    listed = _listed(graph, "start", float(seconds))
    return {"edges": graph.number_of_edges(), "strongest": strongest, "listed": listed}


def _listed(graph: Any, start: str, seconds: float) -> dict[str, Any]:
    """List the simple paths to every outcome until they end or time is up; check the strongest."""
    import networkx as nx

    from claimatlas.mechanism import strength, strongest_paths

    found = strongest_paths(graph, start).set_index("end")["strength"].to_dict()
    plain = nx.DiGraph()
    for a, b, edge in graph.edges(data=True):
        if edge["within"] in ("", start):
            before = plain.get_edge_data(a, b, {"strong": -1})["strong"]
            plain.add_edge(a, b, strong=max(before, strength(edge)))
    ends = {n for n in plain if graph.nodes[n]["kind"] == "state_or_outcome"}
    best: dict[str, int] = {}
    begun, paths, ended = time.process_time(), 0, True
    for path in nx.all_simple_paths(plain, start, ends):
        weakest = min(plain.edges[step]["strong"] for step in itertools.pairwise(path))
        best[path[-1]] = max(best.get(path[-1], -1), weakest)
        paths += 1
        if time.process_time() - begun > seconds:
            ended = False
            break
    took = time.process_time() - begun
    assert best == found or (not ended and all(found[end] >= best[end] for end in best))
    return {"paths": paths, "seconds": took, "ended": ended}


def in_process(task: str, *arguments: Any) -> dict[str, Any]:
    """Run one of the tasks above in a fresh process and return what it prints."""
    command = [sys.executable, __file__, "--task", task, *map(str, arguments)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


# --- the measurements --------------------------------------------------------------------------


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
        What ``results/mechanism.json`` holds; seconds and megabytes.
    """
    rows = []
    for copies in (1, 3) if quick else (1, 10, 100):
        row = {"copies": copies, **in_process("graph", copies, 1 if quick else max(1, 5 // copies))}
        row["listed"] = in_process("list", copies, 5 if quick else 60)
        progress(f"{row['edges']:>7,} edges: build {row['build']['seconds']:.3f} s")
        rows.append(row)
    rungs = (4, 6) if quick else (4, 8, 64, 512)
    ladders = [{"rungs": n, **in_process("ladder", n, 10, 5 if quick else 60)} for n in rungs]
    edges = [row["edges"] for row in rows]
    tasks = ("build", "strongest", "mediated")
    return rounded(
        {
            "date": date,
            "cores": os.cpu_count(),
            "system": f"{platform.system()} {platform.machine()}",
            "versions": {"python": platform.python_version()} | {p: version(p) for p in PACKAGES},
            "sizes": rows,
            "ladders": ladders,
            "ladder_slope": slope(
                [row["edges"] for row in ladders], [row["strongest"]["seconds"] for row in ladders]
            ),
            "slopes": {t: slope(edges, [row[t]["seconds"] for row in rows]) for t in tasks},
            "last": {t: slope(edges[-2:], [r[t]["seconds"] for r in rows[-2:]]) for t in tasks},
        }
    )


# --- the report --------------------------------------------------------------------------------


def section(result: dict[str, Any]) -> str:
    """Return the section that shows the recorded results."""
    versions = ", ".join(f"{name} {number}" for name, number in result["versions"].items())
    when = f"Measured on {result['date']}. " if result["date"] else ""
    lines = [
        "## The mechanism graph",
        "",
        f"Aim: {AIM}.",
        "",
        "Made by `python benchmarks/mechanism.py` from `results/mechanism.json`. The first row is",
        "this repository's corpus; the others are copies of it under new ids that share only the",
        "compound, from which all paths begin. Building includes grading every statement by what",
        "measured it. *Listing* is `networkx.all_simple_paths` to every outcome; where it",
        "ended, its best paths are as strong as those found, which the run itself checks.",
        "",
        f"{when}Machine: {result['cores']} cores, {result['system']}. Versions: {versions}.",
        "",
        "| copies | nodes | edges | rows of evidence | outcomes reached | build, s "
        "| strongest paths, ms | mediated, ms | memory, MB | listing, s | paths listed | ratio |",
        "|" + " ---: |" * 12,
    ]
    for row in result["sizes"]:
        cells = [
            *(f"{row[name]:,}" for name in ("copies", "nodes", "edges", "evidence", "outcomes")),
            f"{row['build']['seconds']:.2f}",
            *(f"{row[name]['seconds'] * 1000:.2f}" for name in ("strongest", "mediated")),
            f"{row['mediated']['peak']:.0f}",
            *_listing(row),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    names = {"build": "building", "strongest": "strongest paths", "mediated": "mediated"}
    slopes = (
        f"{words} **{result['slopes'][task]:.2f}** ({result['last'][task]:.2f})"
        for task, words in names.items()
    )
    lines += ["", f"Slopes over all sizes (over the last two): {', '.join(slopes)}.", ""]
    lines += [
        f"A graph in which every step has {WAYS} ways, as articles that know many targets draw it:",
        "the number of paths is a power of the number of steps, the work of finding the strongest",
        "is not. This is why the package lists paths only under a stated limit.",
        "",
        "| steps | edges | strongest path, ms | listing, s | paths listed | ratio |",
        "|" + " ---: |" * 6,
    ]
    for row in result["ladders"]:
        cells = [f"{row['rungs'] + 1}", f"{row['edges']:,}"]
        cells += [f"{row['strongest']['seconds'] * 1000:.2f}", *_listing(row)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", f"Slope: **{result['ladder_slope']:.2f}**.", ""])


def _listing(row: dict[str, Any]) -> list[str]:
    """Return three cells: how long listing took, how many paths, and how much longer it took."""
    listed = row["listed"]
    ratio = listed["seconds"] / row["strongest"]["seconds"]
    words = f"{ratio:,.1f}" if ratio < 10 else f"{ratio:,.0f}"
    if listed["ended"]:
        return [f"{listed['seconds']:.3f}", f"{listed['paths']:,}", f"**{words}**"]
    return ["no end", f"{listed['paths']:,} in {listed['seconds']:.0f} s", f"over {words}"]


def main() -> None:
    """Run the measurements from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small sizes; prints only")
    parser.add_argument("--date", default="", help="a date to record, such as 2026-11-21")
    parser.add_argument("--out", type=Path, help="folder for README.md and results/mechanism.json")
    parser.add_argument("--task", nargs="+", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.task:
        name, *arguments = given.task
        print(json.dumps(globals()[f"task_{name}"](*arguments)))
        return
    result = measure(given.quick, given.date)
    print(section(result))
    out = given.out or (None if given.quick else HERE)
    if out:
        (out / "results").mkdir(parents=True, exist_ok=True)
        text = json.dumps(result, indent=2) + "\n"
        (out / "results" / "mechanism.json").write_text(text, encoding="utf-8")
        updated(out / "README.md", section(result))


if __name__ == "__main__":
    main()
