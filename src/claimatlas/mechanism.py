"""The mechanism graph: what the articles assert and what the studies measured, on the same nodes.

A proposition with subject, relation and object is an edge, and its id is the edge's key. Building,
asking, laying out and drawing are separate; this module does the first three, `figures` draws.
Importing it imports networkx; laying out imports pygraphviz.
"""

from __future__ import annotations

import dataclasses
import html
import itertools
import math
import os
import re
import textwrap
import unicodedata
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import networkx as nx
import pandas as pd

from claimatlas.atlas import Atlas
from claimatlas.grading import CERTAINTIES, grade, grading_rules

MEASURED = ("direct", "other_route_or_model")
"""Directness of evidence that measured the edge itself, from near to far. Messenger RNA held for a
protein, or a relative held for the compound, is another directness: it never grades an edge."""
STATES = (
    "contradicted", "no_change", "not_tested", "second_hand", "stand_in", "inconclusive",
    "conflicting", "supported",
)  # fmt: skip
"""States of an edge from weakest to strongest; a supported edge ranks further by its certainty."""
STANCES = {"affirms": "affirmed", "denies": "denied", "says_unknown": "unknown", "quoted": "quoted"}
EDGE_COLUMNS = [
    "proposition_id", "subject", "relation", "object", "sign", "comparator", "aspect", "region",
    "within", "context", "statement", "topic", "affirmed", "denied", "unknown", "quoted", "state",
    "directness", "certainty", "rung", "groups", "species", "routes", "claims", "studies",
]  # fmt: skip
SEVERAL = ["affirmed", "denied", "unknown", "quoted", "species", "routes", "claims", "studies"]
"""Edge attributes that hold several values; parted by '; ' in tables and files."""
SAID = {"affirmed": "{}", "denied": "not {}", "unknown": "{}?", "quoted": "quoted in {}"}
"""How it is written who says what: affirms, denies, calls unknown, or quotes somebody."""
PATH_COLUMNS = ["end", "path", "edges", "strength", "weakest", "weakest_state", "sign", "asserted"]

_UNMEASURED = {"directness": "", "certainty": "", "rung": "", "groups": 0}
_UNMEASURED |= {"species": (), "routes": (), "studies": ()}
_Row = dict[str, Any]
_Way = list[tuple[str, str, str]]
_Outgoing = dict[str, list[tuple[int, str, str]]]


def build(atlas: Atlas) -> nx.MultiDiGraph:
    """Build the graph from the tables.

    Parameters
    ----------
    atlas : Atlas
        The corpus; its table ``propositions`` has subject, relation and object, beside tables
        ``nodes`` and ``relations``. Without evidence every edge is not tested.

    Returns
    -------
    networkx.MultiDiGraph
        Nodes by ``node_id`` with the columns of ``nodes``; edges keyed by proposition with
        `EDGE_COLUMNS` as attributes. ``affirmed``, ``denied`` and ``unknown`` are tuples of
        articles by the stances of their own-voice claims, ``quoted`` those that quote somebody for
        it; ``state`` is one of `STATES`, and
        ``certainty``, ``rung``, ``groups``, ``species``, ``routes`` and ``studies`` describe the
        evidence that measured the edge itself (`MEASURED`), in whatever system it was measured.
        ``directness`` is that of its best study. ``stand_in`` means that only something near was
        measured, ``second_hand`` that a study is told of which could not be read. Nodes and
        edges are sorted.

    Raises
    ------
    ValueError
        Where the corpus has no nodes.
    """
    if "nodes" not in atlas.tables or "relations" not in atlas.tables:
        raise ValueError("no graph: the corpus has no table nodes or no table relations")
    graph = nx.MultiDiGraph()
    for node in atlas.nodes.sort_values("node_id").to_dict("records"):
        graph.add_node(node.pop("node_id"), **node)
    signs = atlas.relations.set_index("relation")["sign"].to_dict()
    measured = _measured(atlas)
    said, claims = _said(atlas)
    rows = atlas.propositions[atlas.propositions["subject"] != ""]
    for row in rows.sort_values("proposition_id").to_dict("records"):
        key = row["proposition_id"]
        edge = {c: row[c] for c in EDGE_COLUMNS if c in row}
        edge |= {"sign": int(signs[row["relation"]]), "claims": claims.get(key, ())}
        edge |= {name: said.get((key, stance), ()) for stance, name in STANCES.items()}
        edge |= _UNMEASURED | measured.get(key, {"state": "not_tested"})
        graph.add_edge(row["subject"], row["object"], key, **edge)
    return graph


def _said(atlas: Atlas) -> tuple[dict[tuple[str, str], tuple], dict[str, tuple]]:
    """Return the articles by proposition and stance, own voice or quoted; and all claims."""
    own, quoted = (atlas.claims[atlas.claims["voice"] == voice] for voice in ("own", "quoted"))
    rows = pd.concat([own, quoted.assign(stance="quoted")])
    stances = rows.groupby(["proposition_id", "stance"])["article_id"]
    claims = atlas.claims.groupby("proposition_id")["claim_id"]
    return (
        {key: tuple(sorted(set(articles))) for key, articles in stances},
        {key: tuple(ids) for key, ids in claims},
    )


def _measured(atlas: Atlas) -> dict[str, _Row]:
    """Grade each edge from what measured it; of one with other evidence only, tell the state."""
    if "evidence" not in atlas.tables:
        return {}
    itself = atlas.evidence["directness"].isin(MEASURED)
    direct = atlas.evidence[itself]
    grades = grade(dataclasses.replace(atlas, tables=atlas.tables | {"evidence": direct}))
    grades = grades[grades["scope"] == "in_system"]
    other = atlas.evidence.loc[~itself, "proposition_id"]
    told = grades.loc[grades["rung"] == "secondary", "proposition_id"]
    near = dict.fromkeys(other, "stand_in") | dict.fromkeys(told, "second_hand")
    found: dict[str, _Row] = {key: {"state": state} for key, state in near.items()}
    rows = direct.merge(atlas.studies[["study_id", "species", "route", "access"]], on="study_id")
    barred = grading_rules(atlas)["no_grade_access"].split("; ")
    bearing = dict(list(rows[~rows["access"].isin(barred)].groupby("proposition_id")))
    rests = grades["direction"].isin(STATES) & (grades["best_study_id"] != "")
    for row in grades[rests].itertuples():
        studies = bearing[row.proposition_id]
        if row.direction != "inconclusive":
            studies = studies[studies["finding"] != "inconclusive"]
        species = {s.strip() for cell in studies["species"] for s in cell.split(";")}
        best = set(studies.loc[studies["study_id"] == row.best_study_id, "directness"])
        found[row.proposition_id] = {
            "state": row.direction,
            "directness": next(d for d in MEASURED if d in best),
            "certainty": row.certainty,
            "rung": row.rung,
            "groups": int(row.groups_low),
            "species": tuple(sorted(species - {"", "none"})),
            "routes": tuple(sorted(set(studies["route"]) - {""})),
            "studies": tuple(sorted(set(studies["study_id"]))),
        }
    return found


def edge_table(graph: nx.MultiDiGraph) -> pd.DataFrame:
    """List the edges, flat.

    Parameters
    ----------
    graph : networkx.MultiDiGraph
        From `build`.

    Returns
    -------
    pandas.DataFrame
        One row an edge, sorted by proposition, with `EDGE_COLUMNS`; several values of one cell are
        parted by '; '.
    """
    rows = [_flat(edge) for *_, edge in graph.edges(data=True)]
    rows.sort(key=lambda edge: edge["proposition_id"])
    return pd.DataFrame(rows, columns=EDGE_COLUMNS)


def who_says(row: Mapping[str, str]) -> list[str]:
    """Write who says a step.

    Parameters
    ----------
    row : mapping of str to str
        A row of `edge_table` or `bundles`.

    Returns
    -------
    list of str
        One text an article and stance, as `SAID` has it.
    """
    return [form.format(a) for name, form in SAID.items() for a in row[name].split("; ") if a]


def edge_words(graph: nx.MultiDiGraph, atlas: Atlas) -> pd.DataFrame:
    """Put the edges into the words of the codebook, ready to read.

    Parameters
    ----------
    graph : networkx.MultiDiGraph
        From `build`, or a part of it.
    atlas : Atlas
        The corpus.

    Returns
    -------
    pandas.DataFrame
        One row an edge: ``proposition_id``, ``edge`` (subject, relation, object; region and
        condition), ``for`` (the agent whose effect it explains), ``aspect``, ``said`` (who affirms,
        denies, calls it unknown or quotes it), ``claims``, ``measured`` (state, certainty), ``in``
        (species), ``groups`` and ``studies``.
    """
    table = edge_table(graph)
    nodes = atlas.nodes.set_index("node_id")["label"].to_dict()
    relations = atlas.relations.set_index("relation")["label"].to_dict()
    bound = zip(table["region"].map(nodes).fillna(""), table["context"], strict=True)
    place = [f" ({', '.join(filter(None, cells))})" if any(cells) else "" for cells in bound]
    words = table["subject"].map(nodes) + " " + table["relation"].map(relations) + " "
    table["edge"] = words + table["object"].map(nodes) + place
    table["for"] = table["within"].map(nodes).fillna("")
    table["aspect"] = table["aspect"].map(atlas.labels("aspect"))
    table["said"] = ["; ".join(who_says(row)) for row in table.to_dict("records")]
    certainty = table["certainty"].map(atlas.labels("certainty")).fillna("")
    state = table["state"].map(atlas.labels("edge_state"))
    model = (table["directness"] == MEASURED[1]).map({True: ", in another model", False: ""})
    table["measured"] = state + model + (", certainty " + certainty).where(certainty != "", "")
    table["in"] = table["species"]
    shown = ["proposition_id", "edge", "for", "aspect", "said", "claims", "measured"]
    return table[[*shown, "in", "groups", "studies"]]


def flat(graph: nx.MultiDiGraph) -> nx.MultiDiGraph:
    """Copy a graph with several values of one attribute joined, as files of graphs need it."""
    plain = graph.copy()
    for *_, edge in plain.edges(data=True):
        edge.update(_flat(edge))
    return plain


def _flat(edge: _Row) -> _Row:
    return edge | {name: "; ".join(edge[name]) for name in SEVERAL}


def strength(edge: dict[str, Any]) -> int:
    """Rank an edge by what was measured: the place of its state, then its certainty.

    Parameters
    ----------
    edge : dict
        Attributes of an edge: ``state`` and ``certainty``.

    Returns
    -------
    int
        0 (contradicted) to 10 (supported with high certainty). The order is ours: an edge that
        measurements speak against is weaker than one nobody measured.
    """
    rank = STATES.index(edge["state"])
    return rank + CERTAINTIES.index(edge["certainty"]) if edge["state"] == "supported" else rank


def drawn(
    graph: nx.MultiDiGraph,
    articles: Collection[str] = (),
    start: str = "",
    topics: Collection[str] = (),
    measured: bool = False,
    mediated: bool = False,
) -> nx.MultiDiGraph:
    """Pick the part of the graph that some articles draw, or that bears on some topics.

    Parameters
    ----------
    graph : networkx.MultiDiGraph
        From `build`.
    articles : collection of str
        Keep edges that one of these affirms or denies in its own voice; empty for all.
    start : str
        Keep edges that lie on a way from this node, and those that explain its effects
        (``within``); empty for all.
    topics : collection of str
        Keep edges of propositions of these topics; empty for all.
    measured : bool
        Keep edges that studies measured as well, whoever asserts them.
    mediated : bool
        Leave out edges that go from the start to an outcome directly.

    Returns
    -------
    networkx.MultiDiGraph
        A copy with the edges kept and their nodes.
    """
    kept = []
    for a, b, key, edge in graph.edges(keys=True, data=True):
        says = not articles or not {*edge["affirmed"], *edge["denied"]}.isdisjoint(articles)
        says = says or (measured and bool(edge["studies"]))
        apt = not start or edge["within"] in ("", start)
        direct = a == start and _is_outcome(graph, b)
        if says and apt and not (mediated and direct) and (not topics or edge["topic"] in topics):
            kept.append((a, b, key))
    part = graph.edge_subgraph(kept).copy()
    if start:
        reached = {start, *nx.descendants(part, start)} if start in part else ()
        part = part.subgraph(reached).copy()
    return part


def _is_outcome(graph: nx.MultiDiGraph, node: str) -> bool:
    return graph.nodes[node].get("kind") == "state_or_outcome"


def strongest_paths(
    graph: nx.MultiDiGraph, start: str, article: str = "", mediated: bool = False
) -> pd.DataFrame:
    """Find for each outcome the path whose weakest edge is strongest.

    Parameters
    ----------
    graph : networkx.MultiDiGraph
        From `build`.
    start : str
        The compound's node.
    article : str
        Walk only edges that this article affirms in its own voice; empty for every edge.
    mediated : bool
        Leave out edges that go from the start to an outcome directly, so that each path runs
        through something in between.

    Returns
    -------
    pandas.DataFrame
        One row a reachable node of kind ``state_or_outcome``, sorted: ``end``, ``path`` (labels of
        nodes, parted by ' → '), ``edges`` (propositions, parted by '; '), ``strength`` of the
        weakest edge (`strength`), ``weakest`` (its proposition), ``weakest_state``, ``sign`` of
        the path (+1, −1, or 0 where an edge states none) and ``asserted`` (the sign of the
        article's own edge from start to end; 0 where there is none or several differ). Of equally
        strong paths the shortest is given, then the first by id.

    Raises
    ------
    KeyError
        Where the graph has no such start.

    Notes
    -----
    A bottleneck path, found level by level with breadth-first searches; linear in the edges, since
    there are eleven levels at most.
    """
    if start not in graph:
        raise KeyError(f"the graph has no node {start!r}")
    outgoing: _Outgoing = {}
    direct: dict[str, set[int]] = {}
    for a, b, key, edge in sorted(graph.edges(keys=True, data=True), key=lambda e: e[2]):
        if (article and article not in edge["affirmed"]) or edge["within"] not in ("", start):
            continue
        outcome = _is_outcome(graph, b)
        if a == start and outcome:
            direct.setdefault(b, set()).add(edge["sign"])
        if not (mediated and a == start and outcome):
            outgoing.setdefault(a, []).append((strength(edge), b, key))
    found: dict[str, _Way] = {}
    levels = sorted({s for edges in outgoing.values() for s, *_ in edges}, reverse=True)
    for level in levels:
        came = _reach(outgoing, start, level)
        for end in (n for n in came if n not in found and n != start and _is_outcome(graph, n)):
            found[end] = _way(came, end)
    rows = [_described(graph, path, direct.get(end, set())) for end, path in sorted(found.items())]
    return pd.DataFrame(rows, columns=PATH_COLUMNS)


def _reach(outgoing: _Outgoing, start: str, level: int) -> dict[str, tuple[str, str]]:
    """Walk breadth-first over edges at least so strong; say from where each node was reached."""
    came: dict[str, tuple[str, str]] = {start: ("", "")}
    queue = deque([start])
    while queue:
        node = queue.popleft()
        for strong, end, key in outgoing.get(node, ()):
            if strong >= level and end not in came:
                came[end] = node, key
                queue.append(end)
    return came


def _way(came: dict[str, tuple[str, str]], node: str) -> _Way:
    """Go back from a node to the start; return the edges from the start on."""
    path = []
    while came[node][1]:
        before, key = came[node]
        path.append((before, node, key))
        node = before
    return path[::-1]


def _described(graph: nx.MultiDiGraph, path: _Way, direct: set[int]) -> _Row:
    edges = [graph.edges[step] for step in path]
    weakest = min(edges, key=strength)
    nodes = [path[0][0], *(end for _, end, _ in path)]
    return {
        "end": nodes[-1],
        "path": " → ".join(graph.nodes[n].get("label", n) for n in nodes),
        "edges": "; ".join(key for *_, key in path),
        "strength": strength(weakest),
        "weakest": weakest["proposition_id"],
        "weakest_state": weakest["state"],
        "sign": math.prod(edge["sign"] for edge in edges),
        "asserted": next(iter(direct)) if len(direct) == 1 else 0,
    }


def sold_paths(
    graph: nx.MultiDiGraph, start: str, article: str, most_edges: int = 4, limit: int = 1000
) -> pd.DataFrame:
    """List every path that an article draws from the compound to an outcome.

    Parameters
    ----------
    graph : networkx.MultiDiGraph
        From `build`.
    start : str
        The compound's node.
    article : str
        The article; only edges that it affirms in its own voice count.
    most_edges : int
        Longest path that is listed.
    limit : int
        Most paths that are listed.

    Returns
    -------
    pandas.DataFrame
        As from `strongest_paths`, but every simple path of two edges or more, weakest link first;
        of several edges between two nodes the strongest stands.

    Raises
    ------
    KeyError
        Where the graph has no such start.
    ValueError
        Where there are more than `limit` paths.
    """
    if start not in graph:
        raise KeyError(f"the graph has no node {start!r}")
    part = drawn(graph, start=start)
    part.add_node(start, **graph.nodes[start])
    refused = [e for e in part.edges(keys=True) if article not in part.edges[e]["affirmed"]]
    part.remove_edges_from(refused)
    ends = [n for n in part if _is_outcome(part, n)]
    rows = []
    for path in nx.all_simple_paths(nx.DiGraph(part), start, ends, cutoff=most_edges):
        if len(path) <= 2:
            continue
        if len(rows) == limit:
            raise ValueError(f"more than {limit} paths; ask for shorter ones")
        steps = [_strongest(part, *step) for step in itertools.pairwise(path)]
        direct = {e["sign"] for e in (part.get_edge_data(start, path[-1]) or {}).values()}
        rows.append(_described(part, steps, direct))
    table = pd.DataFrame(rows, columns=PATH_COLUMNS)
    return table.sort_values(["strength", "end", "edges"], ignore_index=True)


def _strongest(graph: nx.MultiDiGraph, start: str, end: str) -> tuple[str, str, str]:
    """Return the strongest of the edges between two nodes, the first by id of equal ones."""
    edges = graph.get_edge_data(start, end)
    return start, end, min(edges, key=lambda key: (-strength(edges[key]), key))


def unmeasured_nodes(graph: nx.MultiDiGraph) -> pd.DataFrame:
    """List the nodes that articles speak of and no study touched.

    Parameters
    ----------
    graph : networkx.MultiDiGraph
        From `build`.

    Returns
    -------
    pandas.DataFrame
        One row a node, sorted by label: ``node_id``, ``label``, ``kind``, ``articles`` (that affirm
        or deny an edge at it) and ``edges`` (how many assert something about it).
    """
    rows = []
    for node, shown in graph.nodes(data=True):
        edges = [e for at in (graph.in_edges, graph.out_edges) for *_, e in at(node, data=True)]
        said = [e for e in edges if e["affirmed"] or e["denied"]]
        if said and not any(e["studies"] for e in edges):
            articles = sorted({a for e in said for a in (*e["affirmed"], *e["denied"])})
            rows.append((node, shown["label"], shown["kind"], "; ".join(articles), len(said)))
    columns = ["node_id", "label", "kind", "articles", "edges"]
    return pd.DataFrame(rows, columns=columns).sort_values("label", ignore_index=True)


def states_table(graph: nx.MultiDiGraph) -> pd.DataFrame:
    """Count edges by who asserts them and what was measured.

    Parameters
    ----------
    graph : networkx.MultiDiGraph
        From `build`.

    Returns
    -------
    pandas.DataFrame
        One row a set of articles: ``affirmed`` and ``denied`` (articles parted by '; '), then one
        column for each of `STATES`, strongest first, and ``edges`` in all.
    """
    table = edge_table(graph)
    counts = table.groupby(["affirmed", "denied", "state"]).size().unstack(fill_value=0)
    counts = counts.reindex(columns=STATES[::-1], fill_value=0)
    return counts.assign(edges=counts.sum(axis=1)).rename_axis(columns=None).reset_index()


def bundles(graph: nx.MultiDiGraph) -> pd.DataFrame:
    """Put edges together that would be drawn on top of each other.

    Parameters
    ----------
    graph : networkx.MultiDiGraph
        From `build`, or a part of it.

    Returns
    -------
    pandas.DataFrame
        One row a pair of nodes, aspect, ``bound`` (whether to a condition), state, directness and
        sign, sorted by these; with
        ``relations``, ``affirmed``, ``denied``, ``unknown``, ``quoted``, ``species`` and
        ``propositions`` (each parted by '; ').
    """
    table = edge_table(graph)
    table["bound"] = table["context"] != ""
    keys = ["subject", "object", "aspect", "bound", "state", "directness", "sign"]
    joined = ["relation", "proposition_id", *STANCES.values(), "species"]
    names = {"relation": "relations", "proposition_id": "propositions"}
    return table.groupby(keys)[joined].agg(_union).reset_index().rename(columns=names)


def _union(cells: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(part for cell in cells for part in cell.split("; ") if part))


@contextmanager
def graphviz() -> Iterator[Any]:
    """Lend Graphviz without the machine's fonts, so that it places and draws the same everywhere.

    Yields
    ------
    module
        ``pygraphviz``. Inside the block Graphviz sees no fonts (it reads its settings once, at its
        first layout) and its remarks on text wider than a box of fixed size are not printed; an
        error is raised all the same.
    """
    import pygraphviz

    name, errors = "FONTCONFIG_FILE", 2
    before, stream = os.environ.get(name), os.dup(errors)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.environ[name] = str(Path(__file__).with_name("fonts.conf"))
    os.dup2(nowhere, errors)
    try:
        yield pygraphviz
    finally:
        os.dup2(stream, errors)
        os.close(stream)
        os.close(nowhere)
        os.environ.pop(name)
        if before is not None:
            os.environ[name] = before


def layout(
    graph: nx.MultiDiGraph, looks: dict[str, dict[str, str]], aspects: dict[str, str] | None = None
) -> str:
    """Place nodes and edges in layers from left to right, with few crossings.

    Parameters
    ----------
    graph : networkx.MultiDiGraph
        From `build`, or a part of it.
    looks : dict of str to dict
        For each state its Graphviz attributes of a line (``color``, ``style``, …) and ``label``,
        the word that stands on it.
    aspects : dict of str to str, optional
        Labels of aspects; where given, aspect and species stand on each line as well.

    Returns
    -------
    str
        The drawing in Graphviz's language, positions included; the same text at every run. Every
        size is fixed, so that it does not depend on the machine's fonts. Each bundle (`bundles`)
        is two lines with words between them: its state (with * where the statement is bound to a
        condition), and who says it. A bundle's three parts
        carry SVG classes: ``bundle``, ``b`` and its number, ``state-``, ``by-`` an article,
        ``in-`` a species; they link to ``#edge-`` and its number.

    Notes
    -----
    Graphviz's ``dot`` (Gansner et al. 1993, IEEE Trans Softw Eng 19:214), from its Python package.
    """
    with graphviz() as library:
        picture = library.AGraph(directed=True, strict=False, rankdir="LR")
        picture.graph_attr.update(ranksep="0.1", nodesep="0.06", bgcolor="transparent")
        font = {"fontname": "Helvetica", "fixedsize": "true", "margin": "0"}
        picture.node_attr.update(shape="box", fontsize="9.5", penwidth="0.8", **font)
        picture.edge_attr.update(arrowsize="0.6")
        for node, shown in sorted(graph.nodes(data=True)):
            _add_node(picture, node, shown)
        for number, row in enumerate(bundles(graph).to_dict("records")):
            _add_bundle(picture, number, row, looks[row["state"]], aspects)
        picture.layout(prog="dot")
        return picture.to_string()


def _add_node(picture: Any, node: str, shown: dict[str, Any]) -> None:
    lines = wrapped(shown["label"], 17)
    size = {"width": "1.2", "height": f"{0.12 + 0.17 * len(lines):.2f}"}
    look = {"style": "filled,rounded", "fillcolor": "#f4f4f4", "color": "#777777"}
    classes = {"class": f"kind-{shown['kind']}"}
    picture.add_node(node, label=_plain("\n".join(lines)), **size, **look, **classes)


def _add_bundle(picture: Any, number: int, row: _Row, look: _Row, aspects: _Row | None) -> None:
    """Add a bundle: a line, its words, and a line on with the head that tells the sign."""
    words = [look["label"] + " *" * row["bound"], " · ".join(who_says(row)) or "no article"]
    if row["directness"] == MEASURED[1]:
        words.insert(1, "in another model")
    if aspects is not None:
        words.insert(-1, aspects[row["aspect"]] + f" · {row['species']}" * bool(row["species"]))
    room, width = (17, "0.95") if aspects is None else (21, "1.2")  # letters of Helvetica, inches
    words = [part for line in words for part in wrapped(line, room, break_on_hyphens=False)]
    classes = ["bundle", f"b{number}", f"state-{row['state']}"]
    classes += [f"by-{a}" for a in sorted({a for s in SAID for a in row[s].split("; ") if a})]
    classes += [f"in-{_slug(s)}" for s in row["species"].split("; ") if s]
    link = {"class": " ".join(classes), "URL": f"#edge-{number}", "tooltip": row["propositions"]}
    line = {k: v for k, v in look.items() if k != "label"}
    pill = f"pill-{number}"  # no id of a node has a hyphen
    shape = {"shape": "plaintext", "fontsize": "7.5", "fontcolor": look["color"], "width": width}
    shape |= {"label": _plain("\n".join(words)), "height": f"{0.04 + 0.125 * len(words):.2f}"}
    picture.add_node(pill, **shape, **link)
    heads = {1: "normal", -1: "tee", 0: "odot"}
    first = {"arrowhead": "none", "key": f"{pill}a"}
    second = {"arrowhead": heads[row["sign"]], "key": f"{pill}b"}
    picture.add_edge(row["subject"], pill, **first, **line, **link)
    picture.add_edge(pill, row["object"], **second, **line, **link)


def wrapped(text: str, room: int, **options: Any) -> list[str]:
    """Wrap words into lines; a letter as wide as two, such as a Chinese one, counts as two."""
    twice = "".join(c + "\0" * (unicodedata.east_asian_width(c) in "WF") for c in text)
    return [line.replace("\0", "") for line in textwrap.wrap(twice, room, **options)]


def _slug(text: str) -> str:
    return re.sub(r"\W+", "-", text.casefold()).strip("-")


def _plain(text: str) -> str:
    """Escape a label: Graphviz reads entities and backslashes, and '<…>' as markup."""
    return html.escape(text, quote=False).replace("\\", "\\\\")
