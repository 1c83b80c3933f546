"""The mechanism graph, on invented tables and graphs whose answers are known."""

import dataclasses
import itertools
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import networkx as nx
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import get_data_path

from claimatlas import load
from claimatlas.figures import draw_graph, edge_looks
from claimatlas.mechanism import (
    CERTAINTIES,
    EDGE_COLUMNS,
    MEASURED,
    SEVERAL,
    STATES,
    build,
    bundles,
    drawn,
    edge_table,
    edge_words,
    flat,
    graphviz,
    layout,
    sold_paths,
    states_table,
    strength,
    strongest_paths,
    unmeasured_nodes,
)

from .conftest import MOSS, ROOT
from .test_grading import STUDY, corpus, two

RELATIONS = pd.DataFrame(
    [("raises", 1), ("lowers", -1), ("affects", 0)], columns=["relation", "sign"]
)
KINDS = {"tea": "compound", "calm": "state_or_outcome", "sleep": "state_or_outcome"}


def tables(edges, evidence=(), claims=(), studies=None, **others):
    """Build an atlas whose propositions are edges.

    Edges are (subject, relation, object[, cells]), numbered P001…; evidence is (study, finding,
    directness, proposition); claims are (proposition, cells).
    """
    rows = [
        {"proposition_id": f"P{i:03d}", "subject": s, "relation": r, "object": o, "route": "graded",
         "comparator": "", "aspect": "level", "region": "", "within": "", "context": "",
         "statement": f"{s} {r} {o}", "topic": "effects"} | dict(*cells)
        for i, (s, r, o, *cells) in enumerate(edges, 1)
    ]  # fmt: skip
    atlas = corpus(
        [(study, finding, directness, key) for study, finding, directness, key in evidence],
        studies,
        claims=[{"proposition_id": key} | cells for key, cells in claims],
        **others,
    )
    names = sorted({n for row in rows for n in (row["subject"], row["object"])} - {""})
    nodes = [(n, n.capitalize(), KINDS.get(n, "process"), "") for n in names]
    added = {
        "propositions": pd.DataFrame(rows),
        "nodes": pd.DataFrame(nodes, columns=["node_id", "label", "kind", "layer"]),
        "relations": RELATIONS,
        "studies": pd.DataFrame(
            [
                {"species": "rat", "route": "oral", **row}
                for row in atlas.studies.to_dict("records")
            ],
            columns=["study_id", *STUDY, "route"],
        ).astype(atlas.studies.dtypes.to_dict()),
    }
    return dataclasses.replace(atlas, tables=atlas.tables | added)


def edges_of(atlas):
    """Return the attributes of every edge by its proposition."""
    return {key: edge for *_, key, edge in build(atlas).edges(keys=True, data=True)}


def state(evidence, **others):
    """Return the state of an edge that has this evidence, given as (finding, directness)."""
    rows = [(f"s{i}", *row, "P001") for i, row in enumerate(evidence)]
    return edges_of(tables([("tea", "raises", "calm")], rows, **others))["P001"]["state"]


def graph_of(*edges, outcomes=("calm", "sleep")):
    """Build a graph by hand: (subject, object[, attributes]), keyed P001…; labels are the ids."""
    graph = nx.MultiDiGraph()
    for number, (start, end, *given_) in enumerate(edges, 1):
        for node in (start, end):
            kind = "state_or_outcome" if node in outcomes else "process"
            graph.add_node(node, label=node, kind=kind)
        blank = dict.fromkeys(EDGE_COLUMNS, "") | dict.fromkeys(SEVERAL, ())
        edge = blank | {"subject": start, "object": end, "state": "not_tested", "sign": 1}
        edge |= {"proposition_id": f"P{number:03d}", "affirmed": ("A",), "groups": 0}
        edge |= dict(*given_)
        if edge["state"] == "supported":
            edge["certainty"] = edge["certainty"] or "low"
        graph.add_edge(start, end, edge["proposition_id"], **edge)
    return graph


def ways(table):
    return table.set_index("end")["edges"].to_dict()


# --- building ----------------------------------------------------------------------------------


def test_an_edge_runs_from_subject_to_object_under_its_proposition():
    cells = {"region": "", "context": "in spring", "topic": "rest", "comparator": "", "aspect": "x"}
    graph = build(tables([("tea", "lowers", "calm", cells), ("calm", "affects", "sleep")]))
    assert list(graph.edges(keys=True)) == [("calm", "sleep", "P002"), ("tea", "calm", "P001")]
    edge = graph.edges["tea", "calm", "P001"]
    assert {name: edge[name] for name in cells} == cells
    assert (edge["relation"], edge["sign"]) == ("lowers", -1)
    assert graph.edges["calm", "sleep", "P002"]["sign"] == 0
    assert graph.nodes["tea"] == {"label": "Tea", "kind": "compound", "layer": ""}
    assert set(edge) == set(EDGE_COLUMNS)


def test_a_proposition_that_is_no_edge_is_left_out_and_an_unused_node_kept():
    atlas = tables([("tea", "raises", "calm"), ("", "", "")])
    atlas.tables["nodes"].loc[2] = ["fern", "Fern", "compound", ""]
    graph = build(atlas)
    assert [key for *_, key in graph.edges(keys=True)] == ["P001"]
    assert list(graph) == ["calm", "fern", "tea"]


def test_nodes_and_edges_are_sorted_whatever_the_order_of_the_rows():
    atlas = load(MOSS)
    turned = {name: frame.iloc[::-1] for name, frame in atlas.tables.items()}
    there, back = build(atlas), build(dataclasses.replace(atlas, tables=turned))
    assert list(there.nodes(data=True)) == list(back.nodes(data=True))
    assert list(there.edges(keys=True)) == list(back.edges(keys=True))
    columns = [c for c in EDGE_COLUMNS if c != "claims"]
    pd.testing.assert_frame_equal(edge_table(there)[columns], edge_table(back)[columns])


def test_the_stances_of_an_edge_are_those_of_own_voice_claims():
    claims = [
        ("P001", {"article_id": "C"}),
        ("P001", {"article_id": "A"}),
        ("P001", {"article_id": "A", "wording": "hedged"}),
        ("P001", {"article_id": "A", "stance": "denies"}),
        ("P001", {"article_id": "B", "stance": "says_unknown"}),
        ("P001", {"article_id": "D", "voice": "distanced"}),
        ("P001", {"article_id": "E", "voice": "quoted"}),
        ("P002", {"article_id": "F"}),
    ]
    edge = edges_of(tables([("tea", "raises", "calm"), ("tea", "raises", "sleep")], claims=claims))
    said = [edge["P001"][name] for name in ("affirmed", "denied", "unknown")]
    assert said == [("A", "C"), ("A",), ("B",)]
    # Every claim can be found from the edge, also those that are not the article's own voice.
    assert edge["P001"]["claims"] == tuple(f"A{i:03d}" for i in range(1, 8))
    assert edge["P002"]["affirmed"] == ("F",)


def test_words_that_an_article_quotes_are_kept_apart_from_what_it_says_itself():
    claims = [("P001", {"article_id": "E", "voice": "quoted", "stance": "denies"})]
    edge = edges_of(tables([("tea", "raises", "calm")], claims=claims))["P001"]
    assert edge["quoted"] == ("E",)
    assert edge["affirmed"] == edge["denied"] == edge["unknown"] == ()


@pytest.mark.parametrize("directness", MEASURED)
@pytest.mark.parametrize(
    ("finding", "expected"),
    [
        ("supports", "supported"),
        ("contradicts", "contradicted"),
        ("no_change", "no_change"),
        ("inconclusive", "inconclusive"),
        ("mixed", "conflicting"),
    ],
)
def test_the_state_of_an_edge_is_what_was_found_by_measuring_it(finding, directness, expected):
    assert state([(finding, directness)]) == expected


@pytest.mark.parametrize("directness", ["other_outcome", "other_compound"])
@pytest.mark.parametrize("finding", ["supports", "contradicts", "no_change", "inconclusive"])
def test_what_stands_in_for_an_edge_never_decides_its_state(finding, directness):
    assert state([(finding, directness)]) == "stand_in"
    assert state([(finding, directness), ("inconclusive", "direct")]) == "inconclusive"
    assert state([(finding, directness), ("contradicts", "direct")]) == "contradicted"
    assert state([(finding, directness)] * 3 + [("supports", "other_route_or_model")]) == (
        "supported"
    )


def test_studies_that_differ_make_an_edge_conflicting():
    assert state([("supports", "direct"), ("contradicts", "direct")]) == "conflicting"


def test_an_edge_without_evidence_is_not_tested_even_where_a_search_was_made():
    assert state([]) == "not_tested"
    assert state([], searches=["P001"]) == "not_tested"


@pytest.mark.parametrize("access", ["secondary", "title", "not_found"])
def test_a_study_known_at_second_hand_does_not_measure(access):
    rows = [("s0", "supports", "direct", "P001"), ("s1", "supports", "other_outcome", "P001")]
    unread = {"s0": {"access": access, "species": "rat", "route": "oral"}}
    for count in (1, 2):  # a record of the thing itself counts for more than a stand-in
        atlas = tables([("tea", "raises", "calm")], rows[:count], studies=unread)
        edge = edges_of(atlas)["P001"]
        assert edge["state"] == "second_hand"
        assert edge["studies"] == edge["species"] == ()
        assert edge["groups"] == 0 and edge["certainty"] == ""


def test_an_edge_tells_what_it_was_measured_in_and_by_whom():
    studies = {
        "s1": {"species": "rat", "route": "oral", "design": "animal_experiment"},
        "s2": {"species": "human; rat", "route": "nasal", "design": "animal_experiment"},
        "s3": {"species": "vole", "route": "skin", "design": "animal_experiment"},
        "s4": {"species": "", "route": "", "design": "biochemical_assay"},
    }
    evidence = [
        ("s1", "supports", "direct", "P001"),
        ("s2", "supports", "direct", "P001"),
        ("s3", "supports", "other_outcome", "P001"),
        ("s4", "supports", "direct", "P001"),
    ]
    atlas = tables([("tea", "raises", "calm")], evidence, studies=studies, groups=two("s1", "s2"))
    edge = edges_of(atlas)["P001"]
    assert edge["studies"] == ("s1", "s2", "s4")
    assert edge["species"] == ("human", "rat")
    assert edge["routes"] == ("nasal", "oral")
    assert edge["groups"] == 2  # s4's group is unknown and may be either
    assert edge["rung"] == "animal"
    assert edge["certainty"] in CERTAINTIES
    assert edge["directness"] == "direct"


def test_an_edge_measured_under_other_terms_alone_says_so():
    rows = [("s1", "supports", "other_route_or_model", "P001")]
    assert edges_of(tables([("tea", "raises", "calm")], rows))["P001"]["directness"] == MEASURED[1]


def test_messenger_rna_is_an_edge_of_its_own_and_lends_nothing_to_amount_or_function():
    aspects = ("expression", "level", "activity", "binding")
    edges = [("tea", "raises", "enzyme", {"aspect": aspect}) for aspect in aspects]
    rows = [("s1", "supports", "direct", "P001")]
    rows += [("s1", "supports", "other_outcome", f"P{i:03d}") for i in (2, 3, 4)]
    atlas = tables(edges, rows, claims=[(f"P{i:03d}", {}) for i in (1, 2, 3, 4)])
    found = {edge["aspect"]: edge["state"] for edge in edges_of(atlas).values()}
    assert found == {"expression": "supported"} | dict.fromkeys(aspects[1:], "stand_in")
    # Nor where all four were measured, in what is drawn as one line.
    rows = [("s1", "supports", "direct", f"P{i:03d}") for i in (1, 2, 3, 4)]
    parted = bundles(build(tables(edges, rows)))
    assert sorted(parted["propositions"]) == ["P001", "P002", "P003", "P004"]
    assert sorted(parted["aspect"]) == sorted(aspects)


def test_the_moss_corpus_never_sells_voles_messenger_rna_as_the_enzyme(atlas):
    edges = edges_of(atlas)
    assert (edges["P023"]["aspect"], edges["P023"]["state"]) == ("expression", "supported")
    assert edges["P023"]["species"] == ("bank vole",)
    assert edges["P023"]["affirmed"] == edges["P023"]["claims"] == ()
    assert edges["P022"]["state"] == "not_tested"
    assert edges["P008"]["state"] == "second_hand"  # a shop's account only
    assert edges["P018"]["state"] == "no_change"
    assert edges["P007"]["studies"] == ("brindle_2016", "brindle_2018")
    assert edges["P007"]["denied"] == ("B",)


def test_a_corpus_without_evidence_has_a_graph_of_untested_edges(atlas):
    left = {k: v for k, v in atlas.tables.items() if k not in ("evidence", "grading_rules")}
    graph = build(dataclasses.replace(atlas, tables=left))
    assert set(edge_table(graph)["state"]) == {"not_tested"}
    assert len(graph.edges) == 8


@pytest.mark.parametrize("name", ["nodes", "relations"])
def test_a_corpus_without_nodes_or_relations_has_no_graph(name, atlas):
    left = {k: v for k, v in atlas.tables.items() if k != name}
    with pytest.raises(ValueError, match="no graph: the corpus has no table nodes or no table rel"):
        build(dataclasses.replace(atlas, tables=left))


# --- tables ------------------------------------------------------------------------------------


def test_the_edge_table_holds_every_edge_by_proposition_with_several_values_joined():
    graph = graph_of(
        ("tea", "calm", {"affirmed": ("A", "B"), "species": ("human", "rat")}),
        ("sleep", "tea", {"studies": ("s1", "s2"), "affirmed": ()}),
        ("tea", "calm"),
    )
    table = edge_table(graph)
    assert list(table.columns) == EDGE_COLUMNS
    assert table["proposition_id"].tolist() == ["P001", "P002", "P003"]
    assert table["affirmed"].tolist() == ["A; B", "", "A"]
    assert table["species"].tolist() == ["human; rat", "", ""]
    assert table["studies"].tolist() == ["", "s1; s2", ""]
    assert edge_table(nx.MultiDiGraph()).columns.tolist() == EDGE_COLUMNS


def test_the_flat_copy_has_plain_values_only_and_leaves_the_graph_as_it_was():
    graph = graph_of(("tea", "calm", {"affirmed": ("A", "B")}), ("tea", "calm"))
    before = {key: dict(edge) for *_, key, edge in graph.edges(keys=True, data=True)}
    plain = flat(graph)
    assert list(plain.edges(keys=True)) == list(graph.edges(keys=True))
    assert plain.edges["tea", "calm", "P001"]["affirmed"] == "A; B"
    values = [v for *_, edge in plain.edges(data=True) for v in edge.values()]
    assert {type(v) for v in values} <= {str, int}
    assert dict(plain.nodes(data=True)) == dict(graph.nodes(data=True))
    assert {key: dict(edge) for *_, key, edge in graph.edges(keys=True, data=True)} == before


def test_edges_in_words_use_the_labels_of_the_codebook(atlas):
    table = edge_words(build(atlas), atlas).set_index("proposition_id")
    assert table.loc["P007"].to_dict() == {
        "edge": "Moss tea raises Noctalin (Pineal gland)",
        "for": "",
        "aspect": "amount",
        "said": "A; not B",
        "claims": "A007; B006",
        "measured": "supported, certainty low",
        "in": "bank vole",
        "groups": 1,
        "studies": "brindle_2016; brindle_2018",
    }
    untested = table.loc["P022", ["for", "measured", "in", "groups", "studies"]]
    assert untested.tolist() == ["Moss tea", "not tested", "", 0, ""]
    assert table.loc["P023", ["said", "aspect"]].tolist() == ["", "gene activity"]
    assert table.loc["P018", "measured"] == "no change, certainty low"


def test_edges_in_words_name_conditions_other_models_and_every_stance(atlas):
    graph = build(atlas)
    edge = graph.edges["moss_tea", "noctalin", "P007"]
    edge |= {"context": "in winter", "directness": MEASURED[1], "unknown": ("C",), "quoted": ("A",)}
    row = edge_words(graph, atlas).set_index("proposition_id").loc["P007"]
    assert row["edge"] == "Moss tea raises Noctalin (Pineal gland, in winter)"
    assert row["measured"] == "supported, in another model, certainty low"
    assert row["said"] == "A; not B; C?; quoted in A"


def test_states_are_counted_by_who_says_what():
    graph = graph_of(
        ("tea", "calm", {"state": "supported"}),
        ("tea", "sleep", {"state": "supported", "certainty": "high"}),
        ("sleep", "calm"),
        ("calm", "sleep", {"denied": ("A",), "affirmed": ("B", "C"), "state": "contradicted"}),
        ("calm", "tea", {"affirmed": (), "state": "no_change"}),
    )
    table = states_table(graph)
    assert list(table.columns) == ["affirmed", "denied", *STATES[::-1], "edges"]
    counts = table.set_index(["affirmed", "denied"])
    assert counts.loc[("A", ""), ["supported", "not_tested", "edges"]].tolist() == [2, 1, 3]
    assert counts.loc[("B; C", "A"), ["contradicted", "edges"]].tolist() == [1, 1]
    assert counts.loc[("", ""), ["no_change", "edges"]].tolist() == [1, 1]
    assert table["edges"].sum() == table[list(STATES)].to_numpy().sum() == 5


def test_a_node_counts_as_unmeasured_where_articles_speak_and_no_study_looked():
    graph = graph_of(
        ("tea", "spirit", {"affirmed": ("B",)}),
        ("spirit", "calm", {"affirmed": ("A",)}),
        ("tea", "calm", {"studies": ("s1",), "affirmed": ()}),
        ("calm", "aura", {"affirmed": (), "denied": ("A", "C")}),
        ("tea", "rumour", {"affirmed": (), "unknown": ("A",)}),
    )
    table = unmeasured_nodes(graph)
    assert table.to_dict("records") == [
        {"node_id": "aura", "label": "aura", "kind": "process", "articles": "A; C", "edges": 1},
        {"node_id": "spirit", "label": "spirit", "kind": "process", "articles": "A; B", "edges": 2},
    ]
    assert unmeasured_nodes(nx.MultiDiGraph()).empty


# --- strength ----------------------------------------------------------------------------------


def test_states_rank_from_contradicted_to_supported_with_high_certainty():
    ranked = [{"state": s, "certainty": "low"} for s in STATES[:-1]]
    ranked += [{"state": "supported", "certainty": c} for c in CERTAINTIES]
    assert [strength(edge) for edge in ranked] == list(range(len(STATES) + 3))
    # What measurements speak against is weaker than what nobody measured, and that than anything.
    assert STATES[:3] == ("contradicted", "no_change", "not_tested")
    assert STATES[-3:] == ("inconclusive", "conflicting", "supported")


def test_the_codebook_names_every_state(atlas):
    assert set(atlas.labels("edge_state")) == set(STATES)


# --- parts of the graph ------------------------------------------------------------------------

PARTS = graph_of(
    ("tea", "noctalin", {"affirmed": ("A",), "topic": "rest"}),
    ("noctalin", "sleep", {"affirmed": (), "denied": ("B",), "topic": "rest", "within": "tea"}),
    ("noctalin", "calm", {"affirmed": ("A", "B"), "within": "fern"}),
    ("fern", "calm", {"affirmed": ("A",)}),
    ("tea", "calm", {"affirmed": (), "studies": ("s1",)}),
    ("tea", "sleep", {"affirmed": (), "unknown": ("B",)}),
)


def kept(**arguments):
    return sorted(key for *_, key in drawn(PARTS, **arguments).edges(keys=True))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, "P001 P002 P003 P004 P005 P006"),
        ({"articles": ["A"]}, "P001 P003 P004"),
        ({"articles": ["B"]}, "P002 P003"),
        ({"articles": ["A", "B"]}, "P001 P002 P003 P004"),
        ({"articles": ["C"]}, ""),
        ({"articles": ["A"], "measured": True}, "P001 P003 P004 P005"),
        ({"start": "tea"}, "P001 P002 P005 P006"),
        ({"start": "fern"}, "P004"),
        ({"start": "tea", "articles": ["B"]}, ""),
        ({"start": "tea", "mediated": True}, "P001 P002"),
        ({"topics": ["rest"]}, "P001 P002"),
        ({"topics": ["rest"], "articles": ["B"]}, "P002"),
        ({"start": "sleep"}, ""),
        ({"start": "nowhere"}, ""),
    ],
)
def test_a_part_of_the_graph_holds_the_edges_asked_for(arguments, expected):
    assert kept(**arguments) == expected.split()


def test_a_part_is_a_copy_with_the_nodes_of_its_edges_and_no_others():
    part = drawn(PARTS, articles=["B"])
    assert sorted(part) == ["calm", "noctalin", "sleep"]
    part.remove_node("calm")
    part.edges["noctalin", "sleep", "P002"]["state"] = "supported"
    assert PARTS.number_of_edges() == 6
    assert PARTS.edges["noctalin", "sleep", "P002"]["state"] == "not_tested"


def test_an_article_with_a_long_id_is_not_taken_for_its_letters():
    graph = graph_of(("tea", "calm", {"affirmed": ("AB",)}), ("tea", "sleep", {"affirmed": ("A",)}))
    assert list(drawn(graph, articles=["AB"]).edges(keys=True)) == [("tea", "calm", "P001")]


# --- strongest paths ---------------------------------------------------------------------------


def test_the_strongest_path_goes_round_a_weak_edge():
    graph = graph_of(
        ("tea", "calm", {"state": "contradicted"}),
        ("tea", "noctalin", {"state": "supported", "certainty": "high"}),
        ("noctalin", "calm", {"state": "inconclusive"}),
    )
    [row] = strongest_paths(graph, "tea").to_dict("records")
    assert row == {
        "end": "calm",
        "path": "tea → noctalin → calm",
        "edges": "P002; P003",
        "strength": STATES.index("inconclusive"),
        "weakest": "P003",
        "weakest_state": "inconclusive",
        "sign": 1,
        "asserted": 1,
    }


def test_of_equally_strong_paths_the_shortest_is_given_then_the_first_by_id():
    long_first = graph_of(("tea", "x"), ("x", "y"), ("y", "calm"), ("tea", "z"), ("z", "calm"))
    assert ways(strongest_paths(long_first, "tea")) == {"calm": "P004; P005"}
    same = graph_of(("tea", "z"), ("z", "calm"), ("tea", "x"), ("x", "calm"))
    assert ways(strongest_paths(same, "tea")) == {"calm": "P001; P002"}
    # A path is no longer for a stronger edge that its weakest one does not need.
    spare = graph_of(
        ("tea", "x", {"state": "supported"}),
        ("tea", "z", {"state": "supported"}),
        ("z", "x", {"state": "supported"}),
        ("x", "calm"),
    )
    assert ways(strongest_paths(spare, "tea")) == {"calm": "P001; P004"}


def test_mediated_paths_run_through_something_in_between():
    graph = graph_of(
        ("tea", "calm", {"state": "supported"}),
        ("tea", "noctalin"),
        ("noctalin", "calm"),
        ("calm", "sleep"),
        ("tea", "memory"),
        outcomes=("calm", "sleep", "memory"),
    )
    assert ways(strongest_paths(graph, "tea")) == {
        "calm": "P001",
        "memory": "P005",
        "sleep": "P001; P004",
    }
    assert ways(strongest_paths(graph, "tea", mediated=True)) == {
        "calm": "P002; P003",
        "sleep": "P002; P003; P004",
    }


def test_an_edge_that_holds_for_another_compound_is_no_way():
    graph = graph_of(
        ("tea", "noctalin"),
        ("noctalin", "calm", {"within": "fern"}),
        ("noctalin", "sleep", {"within": "tea"}),
    )
    assert ways(strongest_paths(graph, "tea")) == {"sleep": "P001; P003"}
    assert strongest_paths(graph, "noctalin").empty  # both hold for what sets noctalin to work


def test_an_articles_paths_use_only_what_it_affirms():
    graph = graph_of(
        ("tea", "calm", {"affirmed": ("B",), "denied": ("A",), "state": "supported"}),
        ("tea", "noctalin", {"affirmed": ("A", "B")}),
        ("noctalin", "calm", {"affirmed": ("A",)}),
        ("noctalin", "sleep", {"affirmed": (), "quoted": ("A",)}),
    )
    assert ways(strongest_paths(graph, "tea", "A")) == {"calm": "P002; P003"}
    assert ways(strongest_paths(graph, "tea", "B")) == {"calm": "P001"}
    assert strongest_paths(graph, "tea", "C").empty


@pytest.mark.parametrize(
    ("signs", "expected"),
    [((1, 1), 1), ((1, -1), -1), ((-1, -1), 1), ((0, -1), 0), ((1, 0), 0)],
)
def test_the_sign_of_a_path_is_the_product_of_its_edges(signs, expected):
    first, second = ({"sign": sign} for sign in signs)
    graph = graph_of(("tea", "noctalin", first), ("noctalin", "calm", second))
    assert strongest_paths(graph, "tea")["sign"].tolist() == [expected]


def test_a_path_is_held_against_the_direction_that_the_article_asserts():
    graph = graph_of(
        ("tea", "noctalin", {"sign": -1, "affirmed": ("A", "B")}),
        ("noctalin", "calm", {"affirmed": ("A", "B")}),
        ("tea", "calm", {"sign": 1, "state": "contradicted", "affirmed": ("A",)}),
        ("tea", "calm", {"sign": -1, "state": "contradicted", "affirmed": ("B",)}),
    )

    def signs(article):
        path = strongest_paths(graph, "tea", article, mediated=True)
        sold = sold_paths(graph, "tea", article)
        assert sold[["sign", "asserted"]].equals(path[["sign", "asserted"]])
        return path[["sign", "asserted"]].iloc[0].tolist()

    assert signs("A") == [-1, 1]  # the story ends in less of what the article promises more of
    assert signs("B") == [-1, -1]
    assert strongest_paths(graph, "tea")["asserted"].tolist() == [0]  # the two say opposite things
    graph.remove_edge("tea", "calm", "P003")
    assert signs("A") == [-1, 0]


def test_paths_from_an_unknown_start_are_refused():
    for ask in (strongest_paths, lambda graph, start: sold_paths(graph, start, "A")):
        with pytest.raises(KeyError, match="nowhere"):
            ask(PARTS, "nowhere")


NODES = ["tea", "u", "v", "w", "calm", "sleep"]
EDGE = st.fixed_dictionaries(
    {
        "ends": st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)).filter(
            lambda ends: ends[0] != ends[1]
        ),
        "state": st.sampled_from(STATES),
        "certainty": st.sampled_from(CERTAINTIES),
        "affirmed": st.sampled_from([("A",), ("A", "B"), ("B",), ()]),
        "sign": st.sampled_from([-1, 0, 1]),
        "within": st.sampled_from(["", "", "", "tea", "fern"]),
    }
)


@given(
    rows=st.lists(EDGE, max_size=12), article=st.sampled_from(["", "A", "B"]), between=st.booleans()
)
def test_the_strongest_path_is_the_best_of_all_simple_paths(rows, article, between):
    graph = graph_of(*((*row["ends"], row) for row in rows), ("tea", "z"), outcomes=NODES[-2:])
    walked = nx.MultiDiGraph()
    walked.add_nodes_from(graph)
    for start, end, key, edge in graph.edges(keys=True, data=True):
        straight = between and start == "tea" and end in NODES[-2:]
        said = not article or article in edge["affirmed"]
        if said and edge["within"] in ("", "tea") and not straight:
            walked.add_edge(start, end, key, strong=strength(edge))
    best = {}
    for end in NODES[-2:]:
        for path in nx.all_simple_edge_paths(walked, "tea", end):
            weakest = min(walked.edges[step]["strong"] for step in path)
            keys = [key for *_, key in path]
            best.setdefault(end, []).append((-weakest, len(path), keys))
    table = strongest_paths(graph, "tea", article, mediated=between)
    assert table["end"].tolist() == sorted(best)
    for row in table.itertuples():
        weakest, edges, keys = min(best[row.end])
        assert row.strength == -weakest
        assert row.edges.split("; ") == keys
        assert row.path.split(" → ")[0] == "tea" and row.path.split(" → ")[-1] == row.end
        assert len(row.path.split(" → ")) == edges + 1
        steps = [e for *_, k, e in graph.edges(keys=True, data=True) if k in keys]
        assert min(map(strength, steps)) == row.strength
        weakest_edge = next(e for e in steps if e["proposition_id"] == row.weakest)
        assert strength(weakest_edge) == row.strength
        assert weakest_edge["state"] == row.weakest_state


@given(rows=st.lists(EDGE, max_size=12), start=st.sampled_from(NODES))
def test_no_path_that_an_article_sells_is_stronger_than_its_strongest(rows, start):
    graph = graph_of(*((*row["ends"], row) for row in rows), ("tea", "z"), outcomes=NODES[-2:])
    graph.add_nodes_from(NODES, kind="process")
    nx.set_node_attributes(graph, dict.fromkeys(NODES[-2:], "state_or_outcome"), "kind")
    sold = sold_paths(graph, start, "A", most_edges=9)
    best = strongest_paths(graph, start, "A").set_index("end")["strength"]
    for row in sold.itertuples():
        assert row.strength <= best[row.end]
        assert "; " in row.edges
    assert sold["strength"].is_monotonic_increasing
    assert not sold.duplicated(["edges"]).any()


# --- paths that an article sells ---------------------------------------------------------------

STORIES = graph_of(
    ("tea", "noctalin", {"state": "supported"}),
    ("noctalin", "calm"),
    ("noctalin", "dream"),
    ("dream", "calm", {"state": "contradicted"}),
    ("tea", "calm", {"state": "supported"}),
    ("calm", "sleep", {"affirmed": ("B",)}),
)


def test_every_path_of_two_edges_or_more_is_sold_weakest_link_first():
    table = sold_paths(STORIES, "tea", "A")
    assert table["edges"].tolist() == ["P001; P003; P004", "P001; P002"]
    assert table["weakest"].tolist() == ["P004", "P002"]
    assert table["weakest_state"].tolist() == ["contradicted", "not_tested"]
    assert sold_paths(STORIES, "tea", "A", most_edges=2)["edges"].tolist() == ["P001; P002"]


def test_of_edges_between_the_same_nodes_the_strongest_stands_in_the_list():
    graph = graph_of(
        ("tea", "noctalin"),
        ("tea", "noctalin", {"state": "supported"}),
        ("noctalin", "calm"),
        ("noctalin", "calm", {"state": "supported", "affirmed": ("B",)}),
    )
    assert sold_paths(graph, "tea", "A")["edges"].tolist() == ["P002; P003"]


def test_too_many_paths_are_refused_rather_than_cut_off():
    assert len(sold_paths(STORIES, "tea", "A", limit=2)) == 2
    with pytest.raises(ValueError, match="more than 1 paths; ask for shorter ones"):
        sold_paths(STORIES, "tea", "A", limit=1)


def test_an_article_that_draws_nothing_from_the_start_sells_nothing():
    for article in ("B", "C"):
        assert sold_paths(STORIES, "tea", article).empty
    assert sold_paths(STORIES, "sleep", "A").empty
    graph = graph_of(("tea", "calm", {"within": "fern"}))
    assert sold_paths(graph, "tea", "A").empty


# --- what is drawn -----------------------------------------------------------------------------


def test_a_bundle_holds_the_edges_that_would_lie_on_top_of_each_other():
    same = {"relation": "raises", "state": "supported", "species": ("rat",)}
    graph = graph_of(
        ("tea", "calm", same | {"affirmed": ("A",)}),
        ("tea", "calm", same | {"affirmed": ("B", "A"), "species": ("human", "rat")}),
        ("tea", "calm", same | {"relation": "causes", "affirmed": (), "denied": ("C",)}),
        ("tea", "calm", same | {"sign": -1}),
        ("tea", "calm", same | {"state": "contradicted"}),
        ("tea", "calm", same | {"aspect": "expression"}),
        ("tea", "calm", same | {"directness": MEASURED[1]}),
        ("tea", "calm", same | {"context": "in the dark"}),
        ("calm", "tea", same),
    )
    table = bundles(graph).set_index("propositions")
    assert sorted(table.index) == ["P001; P002; P003", *(f"P{i:03d}" for i in range(4, 10))]
    row = table.loc["P001; P002; P003"]
    assert row[["relations", "affirmed", "denied", "species"]].tolist() == [
        "raises; causes",
        "A; B",
        "C",
        "rat; human",
    ]


LOOKS = {
    name: {"label": name.replace("_", " "), "color": f"#{i}0{i}0{i}0", "style": "dashed"}
    for i, name in enumerate(STATES)
}
MIDDLE = "abcdefgh"
BUSY = graph_of(
    *(("tea", end, {"state": name}) for end, name in zip(MIDDLE, STATES, strict=True)),
    *((end, "calm", {"state": s, "sign": -1}) for end, s in zip(MIDDLE, STATES, strict=True)),
    *itertools.pairwise(MIDDLE),
    ("tea", "calm", {"affirmed": (), "denied": ("A",), "unknown": ("B",), "sign": 0}),
    ("tea", "sleep", {"affirmed": (), "studies": ("s1",), "species": ("bank vole",)}),
)


SVG = "{http://www.w3.org/2000/svg}"
PATH = f"{SVG}path"


def read(text):
    with graphviz() as library:
        return library.AGraph(string=text)


def boxes(picture):
    """Return each node's box as left, right, bottom, top, in points."""
    found = {}
    for node in picture.nodes():
        x, y = map(float, node.attr["pos"].split(","))
        width, height = (72 * float(node.attr[name]) for name in ("width", "height"))
        found[str(node)] = (x - width / 2, x + width / 2, y - height / 2, y + height / 2)
    return found


def overlaps(one, other):
    return one[0] < other[1] and other[0] < one[1] and one[2] < other[3] and other[2] < one[3]


def svg(text):
    """Draw a layout and return its parsed SVG; ill-formed SVG fails here."""
    return ElementTree.fromstring(draw_graph(text))


def words(root):
    """Return the lines of text that a picture shows."""
    return ["".join(node.itertext()) for node in root.iter(f"{SVG}text")]


def test_the_layout_is_the_same_text_twice_and_from_rows_in_any_order():
    text = layout(BUSY, LOOKS)
    assert layout(BUSY, LOOKS) == text
    turned = nx.MultiDiGraph()
    turned.add_nodes_from(reversed(list(BUSY.nodes(data=True))))
    turned.add_edges_from(reversed(list(BUSY.edges(keys=True, data=True))))
    assert layout(turned, LOOKS) == text


def test_the_layout_is_the_same_in_a_process_of_its_own(atlas):
    code = (
        "import hashlib; from claimatlas import load; from claimatlas import mechanism as m; "
        "from claimatlas.figures import draw_graph, edge_looks; "
        f"a = load({str(MOSS)!r}); looks = edge_looks(a.code_list('edge_state')); "
        "t = m.layout(m.build(a), looks); "
        "print(hashlib.sha256((t + draw_graph(t)).encode()).hexdigest())"
    )
    seen = set()
    for seed in ("1", "2"):
        command = [sys.executable, "-c", code]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert done.stderr == ""
        seen.add(done.stdout)
    assert len(seen) == 1


def test_no_two_boxes_overlap_and_all_lie_inside_the_picture():
    picture = read(layout(BUSY, LOOKS))
    found = boxes(picture)
    assert set(BUSY) < set(found)
    for (one, there), (other, here) in itertools.combinations(found.items(), 2):
        assert not overlaps(there, here), f"{one} lies on {other}"
    left, bottom, right, top = map(float, picture.graph_attr["bb"].split(","))
    for box in found.values():
        assert left - 1 <= box[0] and box[1] <= right + 1
        assert bottom - 1 <= box[2] and box[3] <= top + 1


def test_nodes_stand_in_layers_from_left_to_right():
    found = boxes(read(layout(BUSY, LOOKS)))
    assert found["tea"][1] < found["a"][0] < found["b"][0] < found["h"][0] < found["calm"][0]


def test_every_bundle_is_two_lines_with_its_words_between_them():
    picture = read(layout(BUSY, LOOKS))
    rows = bundles(BUSY)
    pills = [n for n in picture.nodes() if "bundle" in (n.attr["class"] or "").split()]
    assert len(pills) == len(rows) == BUSY.number_of_edges()
    by_number = {re.search(r"\bb(\d+)\b", n.attr["class"])[1]: n for n in pills}
    heads = {1: "normal", -1: "tee", 0: "odot"}
    for number, row in enumerate(rows.itertuples()):
        pill = by_number[str(number)]
        assert pill.attr["label"].startswith(LOOKS[row.state]["label"])
        [before], [behind] = picture.in_edges(pill), picture.out_edges(pill)
        assert (str(before[0]), str(behind[1])) == (row.subject, row.object)
        assert before.attr["arrowhead"] == "none"
        assert behind.attr["arrowhead"] == heads[row.sign]
        for part in (pill, before, behind):
            classes = part.attr["class"].split()
            assert {"bundle", f"b{number}", f"state-{row.state}"} <= set(classes)
            assert part.attr["tooltip"] == row.propositions
            assert part.attr["URL"] == f"#edge-{number}"


def test_the_words_on_a_bundle_say_its_state_and_who_says_it():
    said = {"affirmed": ("A", "B"), "denied": ("C",), "unknown": ("D",), "quoted": ("E",)}
    graph = graph_of(
        ("tea", "calm", said | {"state": "supported", "species": ("bank vole",)}),
        ("tea", "sleep", {"affirmed": (), "context": "in the dark"}),
        ("calm", "sleep", {"state": "supported", "directness": MEASURED[1]}),
    )

    def labels(*arguments):
        picture = read(layout(graph, LOOKS, *arguments))
        parts = [n for n in picture.nodes() if "bundle" in (n.attr["class"] or "")]
        return {n.attr["tooltip"]: n.attr["label"].split("\n") for n in parts}

    plain = labels()
    assert plain["P001"] == ["supported", "A · B · not C ·", "D? · quoted in E"]
    assert plain["P002"] == ["not tested *", "no article"]
    assert plain["P003"] == ["supported", "in another model", "A"]
    assert labels({"": "amount"})["P001"][1] == "amount · bank vole"


def test_words_on_a_bundle_are_broken_into_lines_that_fit(atlas):
    species = ("human", "insectivore", "monkey", "mouse", "rat")
    everybody = {"affirmed": tuple("ABCDEFGH"), "quoted": tuple("ABCD"), "species": species}
    graph = graph_of(("tea", "calm", everybody | {"state": "second_hand", "context": "x"}))
    looks = edge_looks(atlas.code_list("edge_state"))
    for arguments in ((), ({"": "body function"},)):
        picture = read(layout(graph, looks, *arguments))
        assert too_wide(picture) == []
        [pill] = (n for n in picture.nodes() if n.attr["tooltip"])
        *_, bottom, top = boxes(picture)[str(pill)]
        assert len(pill.attr["label"].split("\n")) * 7.5 * 1.2 <= top - bottom


def test_every_state_looks_different_from_supported_and_not_by_colour_alone(atlas):
    looks = edge_looks(atlas.code_list("edge_state"))
    assert set(looks) == set(STATES)
    lines = {name: (look["style"], look["penwidth"]) for name, look in looks.items()}
    for name in set(STATES) - {"supported"}:
        assert lines[name] != lines["supported"], name
        assert looks[name]["color"] != looks["supported"]["color"], name
    for name in ("contradicted", "no_change", "not_tested", "second_hand", "stand_in"):
        assert lines[name][0] != lines["supported"][0], name
    # Whoever sees no colour tells any two states apart by their lines, and by their words.
    assert len(set(lines.values())) == len({k["label"] for k in looks.values()}) == len(STATES)


def test_an_edge_that_measurements_refute_is_not_drawn_like_one_they_support(atlas):
    looks = edge_looks(atlas.code_list("edge_state"))
    graph = graph_of(("tea", "calm", {"state": "supported"}), ("tea", "sleep"))
    graph.edges["tea", "sleep", "P002"]["state"] = "contradicted"
    root = svg(layout(graph, looks))
    strokes = {"state-supported": set(), "state-contradicted": set()}
    for group in root.iter(f"{SVG}g"):
        classes = set((group.get("class") or "").split())
        for name in classes & strokes.keys() if "edge" in classes else ():
            strokes[name] |= {
                (p.get("stroke-dasharray"), p.get("stroke")) for p in group.iter(PATH)
            }
    [(whole, blue)], [(dashes, red)] = strokes.values()
    assert whole is None and dashes is not None
    assert [blue, red] == [looks[name]["color"] for name in ("supported", "contradicted")]
    assert {looks["supported"]["label"], looks["contradicted"]["label"]} <= set(words(root))


def test_a_state_without_a_look_is_an_error():
    with pytest.raises(KeyError, match="supported"):
        layout(BUSY, {s: look for s, look in LOOKS.items() if s != "supported"})


HOSTILE = [
    "<b>x</b>", "<<b>x</b>>", "a\\n", "\\N\\G\\", 'say "tea"', 'tea\\"', "salt & tea", "&amp;",
    "&#60;", "a -> b", "{a|b}", "]]>", "';drop", "früh 🌿", "<script>", "</svg>", "graph", "%n",
    "<!--", "\\",
]  # fmt: skip


@pytest.mark.parametrize("label", HOSTILE)
def test_hostile_labels_come_out_as_text(label):
    graph = graph_of(("tea", "calm", {"state": "supported", "affirmed": (label,)}))
    graph.nodes["tea"]["label"] = label
    looks = LOOKS | {"supported": LOOKS["supported"] | {"label": label}}
    root = svg(layout(graph, looks))
    lines = [line.replace("\u00a0", " ") for line in words(root)]
    assert sorted(lines) == sorted([label, "calm", label, label])
    tags = {node.tag.rpartition("}")[2] for node in root.iter()}
    assert tags <= {"svg", "g", "title", "path", "polygon", "polyline", "text", "a"}


def helvetica(line, size):
    """Return the width in points of a line set in Helvetica."""
    metrics = Path(get_data_path()) / "fonts" / "afm" / "phvr8a.afm"
    found = re.findall(r"^C (\d+) ; WX (\d+)", metrics.read_text("latin-1"), re.MULTILINE)
    widths = {chr(int(code)): int(width) for code, width in found}
    return sum(widths.get(letter, 556) for letter in line) * size / 1000


def too_wide(picture):
    """Return the lines of text that are wider than the box they stand in."""
    found = boxes(picture)
    sizes = {n: float(n.attr["fontsize"] or picture.node_attr["fontsize"]) for n in picture.nodes()}
    return [
        line
        for node, size in sizes.items()
        for line in node.attr["label"].split("\n")
        if helvetica(line, size) > found[str(node)][1] - found[str(node)][0]
    ]


def test_a_long_label_is_broken_into_lines_that_fit_its_box():
    label = "The balance of the very many helpers " + "x" * 40
    graph = graph_of(("tea", "calm"))
    graph.nodes["tea"]["label"] = label
    picture = read(layout(graph, LOOKS))
    lines = picture.get_node("tea").attr["label"].split("\n")
    assert "".join(lines).replace(" ", "") == label.replace(" ", "")
    assert too_wide(picture) == []
    *_, bottom, top = boxes(picture)["tea"]
    assert len(lines) * 9.5 * 1.2 <= top - bottom


@pytest.mark.parametrize("name", ["pill0", "pill0a", "graph", "node", "edge", "0", "b0"])
def test_a_node_may_have_any_id_that_the_schema_allows(name):
    graph = graph_of((name, "calm"), ("calm", "sleep"))
    picture = read(layout(graph, LOOKS))
    assert len(picture.nodes()) == 3 + 2
    assert picture.get_node(name).attr["label"].strip('"') == name
    assert len(picture.edges()) == 4


def test_an_empty_graph_can_be_listed_bundled_and_laid_out():
    empty = nx.MultiDiGraph()
    assert edge_table(empty).empty and bundles(empty).empty
    assert states_table(empty)["edges"].sum() == 0
    assert read(layout(empty, LOOKS)).nodes() == []


def test_graphviz_says_nothing_and_the_machines_fonts_are_left_as_they_were(capfd, monkeypatch):
    monkeypatch.setenv("FONTCONFIG_FILE", "/some/file")
    layout(BUSY, LOOKS)
    assert capfd.readouterr() == ("", "")
    assert os.environ["FONTCONFIG_FILE"] == "/some/file"
    monkeypatch.delenv("FONTCONFIG_FILE")
    with pytest.raises(KeyError):
        layout(BUSY, {})
    assert "FONTCONFIG_FILE" not in os.environ
    os.write(2, b"heard")
    assert capfd.readouterr().err == "heard"


# --- the repository's own graph ----------------------------------------------------------------


@pytest.fixture(scope="module")
def real():
    atlas = load(ROOT)
    return atlas, build(atlas)


def test_every_claim_of_a_mechanism_or_an_effect_is_found_from_its_edge(real):
    atlas, graph = real
    wanted = atlas.propositions[atlas.propositions["kind"].isin(["mechanism", "effect"])]
    edges = {key: edge for *_, key, edge in graph.edges(keys=True, data=True)}
    assert set(wanted["proposition_id"]) <= set(edges)
    for claim in atlas.claims[atlas.claims["proposition_id"].isin(edges)].itertuples():
        assert claim.claim_id in edges[claim.proposition_id]["claims"]


def test_no_edge_of_the_repository_is_measured_by_a_stand_in(real):
    atlas, graph = real
    rows = atlas.evidence[atlas.evidence["directness"].isin(MEASURED)]
    measured = set(zip(rows["proposition_id"], rows["study_id"], strict=True))
    for *_, key, edge in graph.edges(keys=True, data=True):
        assert {(key, study) for study in edge["studies"]} <= measured
        untouched = edge["state"] in ("not_tested", "second_hand", "stand_in")
        assert bool(edge["studies"]) != untouched


def test_the_repositorys_graph_has_no_overlapping_boxes_and_no_text_wider_than_its_own(real):
    atlas, graph = real
    looks = edge_looks(atlas.code_list("edge_state"))
    picture = read(layout(graph, looks, atlas.labels("aspect")))
    found = sorted(boxes(picture).items(), key=lambda item: item[1])
    for at, (one, there) in enumerate(found):
        for other, here in itertools.takewhile(lambda n, e=there[1]: n[1][0] < e, found[at + 1 :]):
            assert not overlaps(there, here), f"{one} lies on {other}"
    assert too_wide(picture) == []
