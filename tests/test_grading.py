"""Grades and wording gaps, against cases worked by hand and over generated evidence."""

import re
from itertools import permutations
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claimatlas import Atlas, load
from claimatlas.grading import (
    ALTERNATIVES,
    GAPS,
    GRADE_COLUMNS,
    SCOPES,
    claims_graded,
    gap_shares,
    grade,
    grading_rules,
    independent_groups,
    sensitivity,
    strength_table,
    wording_gap,
)

RULES = pd.read_csv(
    Path(__file__).resolve().parents[1] / "data" / "grading_rules.csv",
    dtype=str,
    keep_default_na=False,
)
ROB2 = ["randomisation", "deviations", "missing_data", "measurement", "selective_reporting"]
STUDY = {
    "design": "animal_experiment",
    "species": "",
    "n": None,
    "comparator": "saline",
    "randomised": "not_reported",
    "access": "full_text",
    "year": 2001,
    "checked": None,
}
CLAIM = {
    "article_id": "A",
    "proposition_id": "P001",
    "about": "world",
    "voice": "own",
    "stance": "affirms",
    "wording": "bare",
    "species_worded": "unmarked",
}
LEVEL = {"": 0, "very_low": 1, "low": 2, "moderate": 3, "high": 4}


def frame(columns, rows):
    return pd.DataFrame(list(rows), columns=columns.split())


def corpus(
    evidence=(),
    studies=None,
    groups=None,
    developers=(),
    bias=(),
    searches=(),
    routes=None,
    claims=(),
    links=(),
):
    """Build an atlas: evidence as (study, finding[, directness[, proposition]]), all else by id."""
    evidence = [(*row, *("direct", "P001")[len(row) - 2 :]) for row in evidence]
    studies = {row[0]: {} for row in evidence} | (studies or {})
    groups = groups or {}
    known = sorted({g for names in groups.values() for g in names} | set(developers))
    table = pd.DataFrame([{"study_id": s} | STUDY | cells for s, cells in studies.items()])
    if len(table):
        table = table.astype({"n": "Int64", "year": "Int64", "checked": "datetime64[s]"})
    tables = {
        "grading_rules": RULES,
        "propositions": frame("proposition_id route", (routes or {"P001": "graded"}).items()),
        "claims": pd.DataFrame(
            [{"claim_id": f"A{i:03d}"} | CLAIM | cells for i, cells in enumerate(claims, 1)],
            columns=["claim_id", *CLAIM],
        ),
        "studies": table,
        "evidence": frame("study_id finding directness proposition_id", evidence),
        "groups": frame(
            "group_id institution developer",
            [(g, "", "yes" if g in developers else "no") for g in known],
        ),
        "study_groups": frame(
            "study_id group_id", [(s, g) for s, names in groups.items() for g in names]
        ),
        "risk_of_bias": frame("study_id tool domain judgement", bias),
        "searches": frame("proposition_id", [(p,) for p in searches]),
        "proposition_links": frame("from_id to_id relation", links),
    }
    return Atlas(Path(), None, tables, {})


def two(*studies):
    """Give each study a group of its own."""
    return {study: [f"g_{study}"] for study in studies}


def low_bias(*studies):
    return [(study, "rob2", domain, "low") for study in studies for domain in ROB2]


def graded(atlas, scope="in_system", proposition="P001", **arguments):
    table = grade(atlas, **arguments).set_index(["proposition_id", "scope"])
    return table.loc[(proposition, scope)]


def verdict(atlas, scope="in_system"):
    row = graded(atlas, scope)
    return row["direction"], row["certainty"]


def redo(steps):
    """Work the steps again with nothing but their numbers: start, add, floor of 1, caps."""
    total, caps, stated = None, [], None
    for part in steps.split("; "):
        number = re.search(r"\(([−+]?\d+)\)$", part)
        if number is None:
            assert part.startswith("direction: ")
            continue
        value = int(number[1].replace("−", "-"))
        if part.startswith("start: "):
            total = value
        elif part.startswith("certainty: "):
            stated = value
        elif "at most" in part:
            caps.append(value)
        else:
            total += value
    return (None if total is None else min([max(total, 1), *caps])), stated


TRIAL = {"design": "randomised_trial", "randomised": "yes", "species": "human", "n": 400}


def test_the_rules_are_sorted_sourced_and_explained():
    assert RULES["rule"].is_unique
    assert RULES["rule"].tolist() == sorted(RULES["rule"])
    assert RULES["rule"].str.fullmatch("[a-z0-9_]+").all()
    assert (RULES[["value", "source", "meaning"]] != "").all(axis=None)


def test_the_hand_computed_cases_assume_these_rules():
    rules = grading_rules(corpus())
    assert [rules.number(f"level_{c}") for c in ("very_low", "low", "moderate", "high")] == [
        1,
        2,
        3,
        4,
    ]
    numbers = {
        "imprecision_n_people": 400,
        "imprecision_n_other": 52,
        "inconsistency_ratio": 2,
        "cap_groups": 2,
        "bias_very_high_domains": 2,
        "bias_unclear_share": 0.5,
    }
    assert {name: rules.number(name) for name in numbers} == numbers


@pytest.mark.parametrize(
    ("cells", "start", "rung", "humans"),
    [
        (TRIAL, "high (4)", "human_randomised", True),
        (TRIAL | {"design": "systematic_review"}, "high (4)", "review_of_trials", True),
        (TRIAL | {"randomised": "not_reported"}, "low (2)", "human_controlled", True),
        (TRIAL | {"randomised": "indexed_as_randomised"}, "low (2)", "human_controlled", True),
        (TRIAL | {"design": "controlled_trial"}, "low (2)", "human_controlled", True),
        (TRIAL | {"design": "human_experiment"}, "high (4)", "human_randomised", True),
        (
            {"design": "human_experiment", "n": 400},
            "low (2)",
            "human_controlled",
            True,
        ),
        ({"design": "uncontrolled_trial"}, "very low (1)", "human_uncontrolled", True),
        ({"design": "observational"}, "very low (1)", "human_uncontrolled", True),
        ({"design": "human_ex_vivo", "species": "human"}, "high (4)", "in_vitro", False),
        ({"design": "animal_experiment", "species": "rat"}, "high (4)", "animal", False),
        ({"design": "tissue_experiment"}, "high (4)", "in_vitro", False),
        ({"design": "cell_experiment", "species": "human"}, "high (4)", "in_vitro", False),
        ({"design": "biochemical_assay"}, "high (4)", "in_vitro", False),
        ({"comparator": "No control"}, "very low (1)", "animal", False),
        ({"comparator": ""}, "high (4)", "animal", False),
        ({"design": "in_silico"}, "very low (1)", "in_silico", False),
        ({"design": "unclear"}, "very low (1)", "secondary", False),
        ({"design": "unclear", "species": "Humans"}, "very low (1)", "human_uncontrolled", True),
        ({"design": "unclear", "species": "rat"}, "very low (1)", "animal", False),
        (TRIAL | {"species": "dog"}, "high (4)", "animal", False),
        (TRIAL | {"species": "dog; human"}, "high (4)", "human_randomised", True),
    ],
)
def test_start_and_rung_come_from_the_design(cells, start, rung, humans):
    atlas = corpus([("s1", "supports")], {"s1": cells})
    row = graded(atlas)
    assert row["rung"] == rung
    assert re.search(r"start: [^;]*, ([a-z ]+ \(\d\))", row["steps"])[1] == start
    assert ("people: no conclusive" not in graded(atlas, "in_humans")["steps"]) == humans


def test_the_steps_are_written_out():
    atlas = corpus(
        [("s1", "supports"), ("s2", "inconclusive")], {"s1": TRIAL | {"n": 60}}, {"s1": ["g1"]}
    )
    assert graded(atlas)["steps"].split("; ") == [
        "direction: direct studies, supports 1, supported",
        "start: s1, randomised trial, high (4)",
        "risk of bias: unclear, not judged (−1)",
        "inconsistency: findings agree (0)",
        "indirectness: direct (0)",
        "imprecision: n 60, fewer than 400 (−1)",
        "reporting: nothing stated (0)",
        "one-group cap: independent groups 1, at most low (2)",
        "certainty: low (2)",
    ]


def test_a_row_says_everything_about_its_best_study():
    studies = {"s1": TRIAL | {"access": "abstract"}, "s2": TRIAL | {"n": 900, "year": 2009}}
    atlas = corpus([("s1", "supports"), ("s2", "supports")], studies, two("s1", "s2"))
    row = graded(atlas, "in_humans")
    assert list(row.index) == [c for c in GRADE_COLUMNS if c not in ("proposition_id", "scope")]
    assert row["best_study_id"] == "s2"
    assert (row["n"], row["access"], row["dated"]) == (900, "full_text", "2009")
    assert (row["rung"], row["ocebm"]) == ("human_randomised", "level 2")
    assert (row["groups"], row["groups_low"], row["groups_high"]) == (2, 2, 2)
    assert row["certainty"] == "moderate"
    assert row["permitted_wording"] == "it is likely so (‘likely results in’)"
    assert row["changes"].split("; ") == [
        "a report of how bias was kept out (to high)",
        "an equally direct contradicting study (to conflicting or less)",
    ]
    assert graded(atlas, without={"s2"})["access"] == "abstract"


def test_of_equal_studies_the_larger_then_the_first_id_is_best():
    found = [("s3", "supports"), ("s2", "supports"), ("s1", "supports")]
    known = corpus(found, {"s1": {"n": 10}, "s2": {"n": 11}, "s3": {}})
    assert graded(known)["best_study_id"] == "s2"
    assert graded(corpus(found))["best_study_id"] == "s1"


def test_a_weak_human_study_does_not_displace_a_controlled_experiment_in_its_own_system():
    found = [("rat", "supports"), ("man", "supports")]
    atlas = corpus(found, {"man": {"design": "uncontrolled_trial", "n": 500}})
    assert graded(atlas)["best_study_id"] == "rat"
    assert graded(atlas, "in_humans")["best_study_id"] == "man"
    trial = corpus(found, {"man": TRIAL})
    assert graded(trial)["best_study_id"] == "man"


@pytest.mark.parametrize(
    ("judgements", "tool", "step"),
    [
        ([], "rob2", "unclear, not judged (−1)"),
        (["no_information"] * 5, "rob2", "unclear, not reported in 5 of 5 domains (−1)"),
        (["low"] * 5, "rob2", "low in 5 of 5 domains (0)"),
        (["low"] * 3 + ["no_information"] * 2, "rob2", "low in 3 of 5 domains (0)"),
        (["low"] * 2, "rob2", "unclear, not reported in 3 of 5 domains (−1)"),
        (["low"] * 5, "syrcle", "unclear, not reported in 5 of 10 domains (−1)"),
        (["low"] * 6, "syrcle", "low in 6 of 10 domains (0)"),
        (["low"] * 4 + ["some_concerns"], "rob2", "some concerns in 1 of 5 domains (−1)"),
        (["high"], "rob2", "high in 1 of 5 domains (−1)"),
        (["high", "high"] + ["low"] * 3, "rob2", "high in 2 of 5 domains (−2)"),
    ],
)
def test_risk_of_bias(judgements, tool, step):
    bias = [("s1", tool, f"d{i}", judgement) for i, judgement in enumerate(judgements)]
    atlas = corpus([("s1", "supports")], {"s1": TRIAL}, bias=bias)
    assert f"risk of bias: {step}" in graded(atlas)["steps"].split("; ")


def test_of_two_bias_tools_the_worse_counts():
    bias = [*low_bias("s1"), ("s1", "syrcle", "housing", "high")]
    steps = graded(corpus([("s1", "supports")], {"s1": TRIAL}, bias=bias))["steps"]
    assert "risk of bias: high in 1 of 10 domains (−1)" in steps


@pytest.mark.parametrize(
    ("cells", "step"),
    [
        (TRIAL, "n 400, at least 400 (0)"),
        (TRIAL | {"n": 399}, "n 399, fewer than 400 (−1)"),
        (TRIAL | {"n": 0}, "n 0, fewer than 400 (−1)"),
        (TRIAL | {"n": None}, "unclear, n not reported (−1)"),
        ({"n": 52}, "n 52, at least 52 (0)"),
        ({"n": 51}, "n 51, fewer than 52 (−1)"),
    ],
)
def test_imprecision(cells, step):
    atlas = corpus([("s1", "supports")], {"s1": cells})
    assert f"imprecision: {step}" in graded(atlas)["steps"].split("; ")


@pytest.mark.parametrize(
    ("directness", "certainty"),
    [
        ("direct", "high"),
        ("other_outcome", "moderate"),
        ("other_route_or_model", "moderate"),
        ("other_compound", "low"),
    ],
)
def test_indirectness(directness, certainty):
    found = [("s1", "supports", directness), ("s2", "supports", directness)]
    atlas = corpus(found, {"s1": TRIAL, "s2": TRIAL}, two("s1", "s2"), bias=low_bias("s1", "s2"))
    for scope in SCOPES:
        assert verdict(atlas, scope) == ("supported", certainty)


def test_the_floor_is_very_low():
    bias = [("s1", "rob2", domain, "high") for domain in ROB2]
    cells = {"design": "uncontrolled_trial"}
    atlas = corpus([("s1", "supports", "other_compound")], {"s1": cells}, bias=bias)
    assert verdict(atlas) == ("supported", "very_low")
    assert redo(graded(atlas)["steps"]) == (1, 1)


def test_in_humans_work_without_people_is_very_low_whatever_else():
    bias = [("s1", "syrcle", f"d{i}", "low") for i in range(10)]
    found = [("s1", "supports"), ("s2", "supports")]
    atlas = corpus(found, {"s1": {"n": 100}}, two("s1", "s2"), bias=bias)
    assert verdict(atlas) == ("supported", "high")
    assert verdict(atlas, "in_humans") == ("supported", "very_low")
    assert "a controlled study of people (to high)" in graded(atlas, "in_humans")["changes"]


def test_in_humans_conclusive_work_with_people_comes_before_any_other():
    found = [("rat", "supports"), ("man", "contradicts", "other_outcome")]
    atlas = corpus(found, {"man": TRIAL})
    assert verdict(atlas)[0] == "supported"
    assert verdict(atlas, "in_humans")[0] == "contradicted"
    said = "direction: other outcome studies with people, contradicts 1, contradicted;"
    assert graded(atlas, "in_humans")["steps"].startswith(said)
    open_ = corpus([("rat", "supports"), ("man", "inconclusive")], {"man": TRIAL})
    assert verdict(open_, "in_humans") == ("supported", "very_low")


def named(text):
    """Read 'S C=': one study by one group a letter; s, c, n, m, i name the finding."""
    names = {"s": "supports", "c": "contradicts", "n": "no_change", "m": "mixed"}
    names["i"] = "inconclusive"
    return [(f"s{i}", names[letter]) for i, letter in enumerate(text)]


@pytest.mark.parametrize(
    ("findings", "direction", "divided"),
    [
        ("s", "supported", False),
        ("ssi", "supported", False),
        ("c", "contradicted", False),
        ("n", "no_change", False),
        ("m", "conflicting", False),
        ("i", "inconclusive", False),
        ("sn", "conflicting", False),
        ("ssn", "supported", True),
        ("ssm", "supported", True),
        ("sssnm", "conflicting", False),
        ("ssssnm", "supported", True),
        ("sc", "conflicting", False),
        ("ssssc", "conflicting", False),
        ("cm", "conflicting", False),
        ("ccm", "contradicted", True),
        ("nnm", "no_change", True),
        ("cn", "no_change", True),
        ("ccn", "contradicted", True),
        ("cnm", "no_change", True),
        ("cnmm", "conflicting", False),
    ],
)
def test_direction_of_one_tier(findings, direction, divided):
    found = named(findings)
    row = graded(corpus(found, groups=two(*(study for study, _ in found))))
    assert row["direction"] == direction
    assert ("one side outweighs (−1)" in row["steps"]) == divided
    if direction in ("conflicting", "inconclusive"):
        assert row["certainty"] == "very_low"
        assert row["groups"] == len(findings)
        assert row["changes"] == "a conclusive study more direct than those weighed"


def test_groups_not_papers_outweigh_and_unknown_groups_only_against():
    found = named("ssn")
    one = {"s0": ["g1"], "s1": ["g1"], "s2": ["g2"]}
    assert verdict(corpus(found, groups=one))[0] == "conflicting"
    unknown = corpus(found, groups={"s0": ["g1"], "s2": ["g2"]})
    assert verdict(unknown)[0] == "conflicting"
    assert graded(unknown, changes={"groups_counted": "high"})["direction"] == "supported"
    against = corpus(named("ssnn"), groups={"s0": ["g1"], "s1": ["g2"]})
    assert verdict(against)[0] == "conflicting"
    assert graded(against, changes={"groups_counted": "high"})["direction"] == "supported"


def test_the_closest_tier_with_a_conclusive_finding_decides():
    tiers = ["direct", "other_outcome", "other_route_or_model", "other_compound"]
    for i, near in enumerate(tiers):
        for far in tiers[i + 1 :]:
            atlas = corpus([("s1", "contradicts", near), ("s2", "supports", far)])
            assert verdict(atlas)[0] == "contradicted"
            atlas = corpus([("s1", "inconclusive", near), ("s2", "supports", far)])
            assert verdict(atlas)[0] == "supported"


@pytest.mark.parametrize("access", ["secondary", "title", "not_found"])
def test_unread_records_never_grade_and_are_listed(access):
    studies = {"s1": TRIAL | {"access": access}}
    row = graded(corpus([("s1", "supports")], studies))
    assert (row["direction"], row["certainty"]) == ("not_looked_for", "")
    assert (row["rung"], row["listed"]) == ("secondary", "s1")
    searched = graded(corpus([("s1", "supports")], studies, searches=["P001"]))
    assert searched["direction"] == "none_found"
    beside = graded(corpus([("s1", "supports"), ("s2", "contradicts")], studies))
    assert (beside["direction"], beside["listed"]) == ("contradicted", "s1")
    admitted = graded(
        corpus([("s1", "supports")], studies), changes=ALTERNATIVES["secondary records admitted"]
    )
    assert admitted["direction"] == "supported"


@pytest.mark.parametrize("design", ["narrative_review", "document"])
def test_accounts_of_studies_never_grade_but_settle_documents(design):
    studies = {"s1": {"design": design}}
    assert graded(corpus([("s1", "supports")], studies))["listed"] == "s1"
    routes = {"P001": "document"}
    row = graded(corpus([("s1", "supports")], studies, routes=routes))
    assert (row["direction"], row["listed"]) == ("confirmed", "")


def test_nothing_found_is_told_from_nobody_looked():
    looked = graded(corpus(searches=["P001"]))
    assert (looked["direction"], looked["certainty"], looked["rung"]) == ("none_found", "", "none")
    assert looked["permitted_wording"] == "no evidence was found"
    assert verdict(corpus()) == ("not_looked_for", "")
    assert graded(corpus(), "in_humans")["groups"] == 0


@pytest.mark.parametrize(
    ("groups", "developers", "counts"),
    [
        ({}, [], (1, 3)),
        ({"s0": ["a"]}, [], (1, 3)),
        ({"s0": ["a"], "s1": ["b"]}, [], (2, 3)),
        ({"s0": ["a"], "s1": ["a"], "s2": ["b"]}, [], (2, 2)),
        ({"s0": ["a"], "s1": ["a", "b"], "s2": ["b"]}, [], (1, 1)),
        ({"s0": ["a"], "s1": ["b"], "s2": ["c"]}, [], (3, 3)),
        ({"s0": ["a"], "s1": ["b"], "s2": ["c"]}, ["a", "b"], (2, 2)),
        ({"s0": ["a"], "s1": ["b"], "s2": ["c"]}, ["a", "b", "c"], (1, 1)),
    ],
)
def test_independent_groups_are_connected_components(groups, developers, counts):
    atlas = corpus(named("sss"), groups=groups, developers=developers)
    assert independent_groups(atlas, ["s0", "s1", "s2"]) == counts
    row = graded(atlas)
    assert (row["groups_low"], row["groups_high"]) == counts
    assert row["groups"] == counts[0]
    assert ("one-group cap" in row["steps"]) == (counts[0] < 2)
    unsure = f"independent groups 1, up to {counts[1]} if unknown affiliations differ, at most"
    assert (unsure in row["steps"]) == (counts[0] < 2 and counts[1] > 1)
    assert independent_groups(atlas, []) == (0, 0)


@pytest.mark.parametrize("order", list(permutations(["ab", "bc", "c", "a"])))
def test_a_chain_of_shared_groups_is_one_in_any_order(order):
    groups = {f"s{i}": list(names) for i, names in enumerate(order)}
    assert independent_groups(corpus(named("ssss"), groups=groups), list(groups)) == (1, 1)


def test_a_shared_institution_joins_groups_and_an_unknown_maker_only_in_the_careful_run():
    atlas = corpus(named("ss"), groups={"s0": ["a"], "s1": ["b"]})
    atlas.tables["groups"]["institution"] = ["Old Institute; Clinic 1", "Hospital; old institute"]
    assert independent_groups(atlas, ["s0", "s1"]) == (1, 1)
    atlas.tables["groups"]["institution"] = ["Old Institute", "New Institute"]
    assert independent_groups(atlas, ["s0", "s1"]) == (2, 2)
    atlas.tables["groups"]["developer"] = ["yes", "unknown"]
    assert independent_groups(atlas, ["s0", "s1"]) == (1, 2)


def test_one_group_caps_at_low_and_says_what_would_lift_it():
    found, studies = named("ss"), {"s0": TRIAL, "s1": TRIAL}
    groups = {"s0": ["a"], "s1": ["a"]}
    row = graded(corpus(found, studies, groups, bias=low_bias("s0", "s1")))
    assert row["certainty"] == "low"
    assert "another independent group (to high)" in row["changes"]
    free = graded(
        corpus(found, studies, groups, bias=low_bias("s0", "s1")), changes={"cap_groups": "0"}
    )
    assert free["certainty"] == "high"


@pytest.mark.parametrize(
    ("documents", "direction", "best"),
    [
        ([("d1", "supports", 2001)], "confirmed", "d1"),
        ([("d1", "supports", 2001), ("d2", "supports", 2010)], "confirmed", "d2"),
        ([("d1", "contradicts", 2001)], "refuted", "d1"),
        ([("d1", "no_change", 2001)], "refuted", "d1"),
        ([("d1", "supports", 2001), ("d2", "contradicts", 2010)], "documents_conflict", "d2"),
        ([("d1", "mixed", 2001)], "documents_conflict", "d1"),
        ([("d1", "formerly", 2010)], "outdated", "d1"),
        ([("d1", "supports", 2001), ("d2", "formerly", 2010)], "outdated", "d2"),
        ([("d1", "supports", 2012), ("d2", "formerly", 2010)], "documents_conflict", "d1"),
        ([("d1", "contradicts", 2012), ("d2", "formerly", 2010)], "outdated", "d2"),
        ([("d1", "inconclusive", 2001)], "not_found", "d1"),
        ([], "not_looked_for", ""),
    ],
)
def test_documents_settle_without_a_certainty(documents, direction, best):
    found = [(study, finding) for study, finding, _ in documents]
    studies = {study: {"design": "document", "year": year} for study, _, year in documents}
    atlas = corpus(found, studies, routes={"P001": "document"})
    table = grade(atlas)
    assert table["scope"].tolist() == ["in_system"]
    row = table.iloc[0]
    assert (row["direction"], row["certainty"], row["rung"]) == (direction, "", "")
    assert row["best_study_id"] == best
    if best:
        assert row["dated"] == str(studies[best]["year"])
        assert row["dated"] in row["steps"]
    assert pd.isna(row["groups"])


def test_a_document_looked_for_in_vain_and_an_undated_one():
    routes = {"P001": "document"}
    assert graded(corpus(searches=["P001"], routes=routes))["direction"] == "not_found"
    cells = {"year": None, "checked": "2026-02-03", "design": "document"}
    row = graded(corpus([("d1", "supports")], {"d1": cells}, routes=routes))
    assert row["dated"] == "undated, read 2026-02-03"
    unread = corpus([("d1", "supports")], {"d1": {"access": "secondary"}}, routes=routes)
    assert graded(unread)["listed"] == "d1"
    assert graded(unread)["direction"] == "not_looked_for"


def test_only_graded_and_document_propositions_are_graded():
    routes = {"P004": "none", "P003": "computed", "P002": "document", "P001": "graded"}
    table = grade(corpus(routes=routes))
    assert table["proposition_id"].tolist() == ["P001", "P001", "P002"]
    assert grade(corpus(routes={"P001": "none"})).empty


def test_missing_tables_mean_no_information():
    atlas = corpus([("s1", "supports")], {"s1": TRIAL})
    kept = ["propositions", "grading_rules", "studies", "evidence", "claims"]
    bare = Atlas(Path(), None, {name: atlas.tables[name] for name in kept}, {})
    assert grade(bare).equals(grade(atlas))
    assert "risk of bias: unclear, not judged (−1)" in graded(bare)["steps"]
    assert len(claims_graded(bare, grade(bare))) == 0
    nothing = Atlas(Path(), None, {name: atlas.tables[name] for name in kept[:2]}, {})
    assert verdict(nothing) == ("not_looked_for", "")


def test_faults_of_the_rules_and_of_evidence_are_named():
    atlas = corpus([("s1", "supports")])
    with pytest.raises(ValueError, match=r"no rule 'cap_grups'; add a row"):
        grade(atlas, {"cap_grups": "3"})
    with pytest.raises(ValueError, match=r"grading_rules\.csv: level_high: .*'tall'"):
        grade(atlas, {"level_high": "tall"})
    lacking = corpus([("s1", "supports")])
    lacking.tables["grading_rules"] = RULES[RULES["rule"] != "start_animal_experiment"]
    with pytest.raises(ValueError, match="no rule 'start_animal_experiment'"):
        grade(lacking)
    atlas.tables["studies"] = atlas.tables["studies"].iloc[:0]
    with pytest.raises(ValueError, match=r"evidence\.csv: 's1' is not in studies\.csv"):
        grade(atlas)


# Property tests over generated evidence.

DESIGNS = [
    rule.removeprefix("start_")
    for rule in RULES["rule"]
    if re.fullmatch("start_(?!allocation_unclear|uncontrolled_experiment).*", rule)
]
ACCESS = ["full_text", "abstract", "secondary", "title", "not_found"]
FINDINGS = ["supports", "contradicts", "no_change", "mixed", "inconclusive"]
TIERS = ["direct", "other_outcome", "other_route_or_model", "other_compound"]

study_cells = st.fixed_dictionaries(
    {
        "design": st.sampled_from(DESIGNS),
        "species": st.sampled_from(["", "human", "rat", "rat; human"]),
        "n": st.sampled_from([None, 0, 20, 52, 60, 400, 1000]),
        "comparator": st.sampled_from(["", "saline", "none"]),
        "randomised": st.sampled_from(["yes", "no", "indexed_as_randomised", "not_reported"]),
        "access": st.sampled_from([*ACCESS[:2] * 3, *ACCESS[2:]]),
    }
)


@st.composite
def bodies(draw):
    """Draw arguments of `corpus` for one proposition."""
    ids = [f"s{i}" for i in range(draw(st.integers(0, 6)))]
    rows = [
        (study, draw(st.sampled_from(FINDINGS)), draw(st.sampled_from(TIERS)))
        for study in ids
        for _ in range(draw(st.integers(1, 2)))
    ]
    groups = st.lists(st.sampled_from("abcd"), max_size=2, unique=True)
    bias = [
        (study, "rob2", domain, judgement)
        for study in ids
        for domain, judgement in zip(
            ROB2,
            draw(
                st.one_of(
                    st.just(["low"] * 5),
                    st.lists(
                        st.sampled_from(["low", "some_concerns", "high", "no_information"]),
                        max_size=5,
                    ),
                )
            ),
            strict=False,
        )
    ]
    known = {study: drawn for study in ids if (drawn := draw(groups))}
    return {
        "evidence": rows,
        "studies": {study: draw(study_cells) for study in ids},
        "groups": known,
        "developers": draw(st.lists(st.sampled_from("abcd"), max_size=2, unique=True)),
        "bias": bias,
        "searches": draw(st.sampled_from([[], ["P001"]])),
    }


def levels(table, direction):
    return [LEVEL[row.certainty] if row.direction == direction else 0 for row in table.itertuples()]


@settings(max_examples=80, deadline=None)
@given(bodies())
def test_whatever_the_evidence_caps_hold_and_the_steps_redo(body):
    table = grade(corpus(**body))
    assert table["scope"].tolist() == list(SCOPES)
    for row in table.itertuples():
        redone, stated = redo(row.steps)
        assert (redone or 0) == (stated or 0) == LEVEL[row.certainty]
        if row.groups < 2:
            assert LEVEL[row.certainty] <= 2
        assert row.groups == row.groups_low <= row.groups_high
        people = row.rung.startswith("human_") or row.rung == "review_of_trials"
        if row.scope == "in_humans" and not people:
            assert LEVEL[row.certainty] <= 1
        unread = {s for s, cells in body["studies"].items() if cells["access"] in ACCESS[2:]}
        assert row.best_study_id not in unread
        assert unread <= set(row.listed.split("; "))
        assert row.permitted_wording
        if row.direction in ("conflicting", "inconclusive"):
            assert row.certainty == "very_low"


@settings(max_examples=40, deadline=None)
@given(bodies(), st.randoms(use_true_random=False))
def test_the_order_of_rows_never_matters(body, shuffler):
    atlas = corpus(**body)
    moved = {
        name: frame.sample(frac=1, random_state=shuffler.randrange(10**6))
        for name, frame in atlas.tables.items()
    }
    assert grade(Atlas(Path(), None, moved, {})).equals(grade(atlas))


@settings(max_examples=80, deadline=None)
@given(
    bodies(),
    study_cells,
    st.sampled_from(TIERS),
    st.lists(st.sampled_from("abcd"), max_size=2, unique=True),
    st.sampled_from([("contradicts", "supported"), ("supports", "contradicted")]),
)
def test_a_study_to_the_contrary_never_raises_a_grade(body, cells, tier, groups, case):
    finding, direction = case
    before = levels(grade(corpus(**body)), direction)
    more = body | {
        "evidence": [*body["evidence"], ("s9", finding, tier)],
        "studies": body["studies"] | {"s9": cells},
        "groups": body["groups"] | ({"s9": groups} if groups else {}),
    }
    after = levels(grade(corpus(**more)), direction)
    assert all(now <= then for now, then in zip(after, before, strict=True))


@settings(max_examples=40, deadline=None)
@given(bodies())
def test_records_that_never_grade_might_as_well_be_absent(body):
    unread = {s for s, cells in body["studies"].items() if cells["access"] in ACCESS[2:]}
    less = body | {
        "evidence": [row for row in body["evidence"] if row[0] not in unread],
        "studies": {s: cells for s, cells in body["studies"].items() if s not in unread},
    }
    columns = ["direction", "certainty", "groups", "best_study_id"]
    assert grade(corpus(**body))[columns].equals(grade(corpus(**less))[columns])


# The wording gap. The table of the specification: hedged or caveated, bare, boosted, says_unknown.

GAP_TABLE = {
    ("agrees", "high"): (-1, 0, 1, -3),
    ("agrees", "moderate"): (0, 1, 2, -2),
    ("agrees", "low"): (0, 2, 3, -1),
    ("agrees", "very_low"): (1, 3, 4, 0),
    ("conflicting", "very_low"): (1, 3, 4, 0),
    ("inconclusive", "very_low"): (1, 3, 4, 0),
    ("none_found", ""): (1, 3, 4, 0),
    ("opposes", "very_low"): (1, 3, 4, 0),
    ("opposes", "low"): (2, 4, 5, -1),
    ("opposes", "moderate"): (3, 5, 6, -2),
    ("opposes", "high"): (4, 6, 7, -3),
    ("not_looked_for", ""): (None,) * 4,
    ("not graded", ""): (None,) * 4,
    ("confirmed", ""): (None,) * 4,
    ("refuted", ""): (None,) * 4,
    ("documents_conflict", ""): (None,) * 4,
    ("outdated", ""): (None,) * 4,
    ("not_found", ""): (None,) * 4,
}
PAIRS = {  # stance and direction that agree or oppose
    "agrees": [("affirms", "supported"), ("denies", "contradicted"), ("denies", "no_change")],
    "opposes": [("denies", "supported"), ("affirms", "contradicted"), ("affirms", "no_change")],
}


def cells_of_the_table():
    for (stands, certainty), gaps in GAP_TABLE.items():
        pairs = PAIRS.get(stands, [(stance, stands) for stance in ("affirms", "denies")])
        for stance, direction in pairs:
            words = dict(zip(("hedged", "bare", "boosted"), gaps, strict=False))
            for wording, gap in (words | {"caveated": gaps[0]}).items():
                yield stance, wording, direction, certainty, stands, gap
            for wording in ("hedged", "caveated", "bare", "boosted"):
                yield "says_unknown", wording, direction, certainty, "", gaps[3]


def test_every_cell_of_the_gap_table_is_reached():
    rules, documents = grading_rules(corpus()), list(GAP_TABLE)[-5:]
    cells = list(cells_of_the_table())
    assert len(cells) > 150
    claims, routes, grades = [], {}, []
    for number, (stance, wording, direction, certainty, _, gap) in enumerate(cells):
        assert wording_gap(stance, wording, direction, certainty, rules)[1] == gap
        name = f"P{number:03d}"
        claims.append({"proposition_id": name, "stance": stance, "wording": wording})
        routes[name] = "document" if (direction, "") in documents else "graded"
        scope = "in_system" if routes[name] == "document" else "in_humans"
        if direction == "not graded":
            routes[name] = "none"
        else:
            grades.append((name, scope, direction, certainty))
    grades = frame("proposition_id scope direction certainty", grades)
    table = claims_graded(corpus(claims=claims, routes=routes), grades)
    for row, (_, _, _, _, stands, gap) in zip(table.itertuples(), cells, strict=True):
        if gap is None:
            assert pd.isna(row.wording_gap)
            assert row.gap == "not_applicable"
            route = routes[row.proposition_id]
            said = {"none": "not graded"}.get(route, f"{route}: {row.direction}".replace("_", " "))
            assert row.gap_why == said
        else:
            assert row.wording_gap == gap
            assert row.gap == GAPS[1 - (gap > 0) + (gap < 0)]
            assert row.stands == (stands if stands in PAIRS else "")
            assert f"{gap:+d}" in row.gap_why


def test_every_row_of_the_gap_table_is_reached_from_evidence():
    trials = {f"s{i}": TRIAL for i in range(2)}
    groups, bias = two("s0", "s1"), low_bias("s0", "s1")
    for finding, direction in (
        ("supports", "supported"),
        ("contradicts", "contradicted"),
        ("no_change", "no_change"),
    ):
        found = [("s0", finding), ("s1", finding)]
        assert verdict(corpus(found, trials, groups, bias=bias), "in_humans") == (
            direction,
            "high",
        )
        assert verdict(corpus(found, trials, groups), "in_humans") == (direction, "moderate")
        assert verdict(corpus(found, trials), "in_humans") == (direction, "low")
        assert verdict(corpus(found), "in_humans") == (direction, "very_low")


def test_a_claim_is_held_against_what_its_wording_speaks_of():
    words = ["unmarked", "human", "animal", "in_vitro"]
    atlas = corpus(
        [("s0", "supports"), ("s1", "supports")],
        groups=two("s0", "s1"),
        claims=[{"species_worded": word} for word in words],
    )
    table = claims_graded(atlas, grade(atlas))
    assert table["scope"].tolist() == ["in_humans", "in_humans", "in_system", "in_system"]
    assert table["wording_gap"].tolist() == [3, 3, 2, 2]
    assert table["gap_why"][3] == "bare, agrees against supported low, permitted 1: +2"


def test_quoted_claims_stand_apart_and_distanced_ones_count_for_nobody():
    atlas = corpus(
        [("s0", "supports")], claims=[{"voice": v} for v in ("own", "quoted", "distanced")]
    )
    table = claims_graded(atlas, grade(atlas))
    assert table["wording_gap"].fillna(-99).tolist() == [3, -99, -99]
    assert table["quoted_gap"].fillna(-99).tolist() == [-99, 3, -99]
    assert table["gap"].tolist() == ["overstated", "not_applicable", "not_applicable"]
    assert table["gap_why"][1].startswith("quoted words, tabulated apart: bare, agrees")
    assert table["gap_why"][2] == "a belief reported without being shared"


@pytest.mark.parametrize(
    ("stance", "wording", "certainty", "verdict"),
    [
        ("affirms", "bare", "moderate", "right"),
        ("affirms", "bare", "low", "wrong"),
        ("affirms", "hedged", "low", "right"),
        ("affirms", "caveated", "very_low", "wrong"),
        ("affirms", "boosted", "moderate", "wrong"),
        ("affirms", "boosted", "high", "right"),
        ("denies", "hedged", "low", "right"),
        ("denies", "bare", "moderate", "wrong"),
        ("says_unknown", "bare", "very_low", "right"),
        ("says_unknown", "bare", "low", "wrong"),
    ],
)
def test_claims_about_the_evidence_are_right_or_wrong(stance, wording, certainty, verdict):
    claim = {"about": "evidence", "stance": stance, "wording": wording}
    linked = claim | {"proposition_id": "P002"}
    other = claim | {"proposition_id": "P003"}
    routes = {"P001": "graded", "P002": "computed", "P003": "computed"}
    atlas = corpus(
        claims=[claim, linked, other], routes=routes, links=[("P002", "P001", "entails")]
    )
    grades = pd.DataFrame(
        [["P001", "in_humans", "supported", certainty]],
        columns=["proposition_id", "scope", "direction", "certainty"],
    )
    table = claims_graded(atlas, grades)
    assert table["verdict"].tolist() == [verdict, verdict, ""]
    assert table["gap"].tolist() == ["not_applicable"] * 3
    assert table["gap_why"][2] == "about the evidence: no grade to hold it against"
    contradicted = claims_graded(atlas, grades.assign(direction="contradicted"))
    shown = {"affirms": "wrong", "denies": "right"}.get(stance, verdict)
    assert contradicted["verdict"][0] == shown
    missing = claims_graded(atlas, grades.assign(direction="none_found", certainty=""))
    shown = {"affirms": "wrong", "denies": "right", "says_unknown": "right"}[stance]
    assert missing["verdict"][0] == shown
    unlooked = claims_graded(atlas, grades.assign(direction="not_looked_for", certainty=""))
    assert unlooked["verdict"].tolist() == ["", "", ""]


def test_claims_about_the_record_say_how_many_studies_looked():
    claims = [
        {"about": "record"},
        {"about": "record", "proposition_id": "P002"},
        {"about": "advice"},
        {"about": "record", "voice": "quoted"},
    ]
    found = [("s0", "inconclusive"), ("s0", "supports"), ("s1", "supports"), ("s2", "supports")]
    routes = {"P001": "graded", "P002": "document"}
    atlas = corpus(found, {"s2": {"access": "title"}}, claims=claims, routes=routes)
    table = claims_graded(atlas, grade(atlas))
    assert table["studies"].fillna(-1).tolist() == [2, -1, -1, 2]
    assert table["gap_why"].tolist() == [
        "about the record: 2 studies bear on the matter",
        "about the record: not looked for",
        "about advice: not held against evidence",
        "about the record: 2 studies bear on the matter",
    ]
    assert table[["wording_gap", "quoted_gap"]].isna().all(axis=None)


def test_gap_shares_count_and_never_average():
    wordings = ["bare", "boosted", "hedged"]
    claims = [{"wording": w} for w in wordings] + [{"voice": "quoted"}]
    claims += [{"stance": "says_unknown"}, {"article_id": "B", "about": "advice"}]
    studies, groups = {"s0": TRIAL, "s1": TRIAL}, two("s0", "s1")
    bias = low_bias("s0", "s1")
    atlas = corpus(named("ss"), studies, groups, bias=bias, claims=claims)
    table = gap_shares(claims_graded(atlas, grade(atlas)))
    assert table["article_id"].tolist() == ["A"] * 4 + ["B"] * 4
    assert table["gap"].tolist() == list(GAPS) * 2
    assert table["n"].tolist() == [1, 1, 2, 1, 0, 0, 0, 1]
    assert table["of"].tolist() == [4] * 4 + [0] * 4
    assert table["share"].fillna(-1).tolist() == [0.25, 0.25, 0.5, -1, -1, -1, -1, -1]


def test_sensitivity_returns_what_moves_and_only_that():
    found = [("s0", "supports"), ("s1", "supports"), ("s2", "contradicts", "other_outcome")]
    found += [("s3", "contradicts")]
    studies = {"s0": TRIAL, "s1": TRIAL | {"n": 200}, "s3": {"access": "secondary"}}
    atlas = corpus(
        found,
        studies,
        two("s0", "s1", "s2"),
        developers=["g_s1"],
        claims=[{}, {"voice": "quoted"}, {"species_worded": "animal"}, {"voice": "distanced"}],
    )
    assert verdict(atlas, "in_humans") == ("supported", "moderate")
    table = sensitivity(atlas).set_index(["variant", "scope"])
    assert table.columns.tolist() == [
        "proposition_id",
        "from_direction",
        "to_direction",
        "from_certainty",
        "to_certainty",
        "claims",
    ]
    moved = {key: (r.to_direction, r.to_certainty, r.claims) for key, r in table.iterrows()}
    assert moved == {
        ("not reported costs nothing", "in_system"): ("supported", "high", "A003"),
        ("not reported costs nothing", "in_humans"): ("supported", "high", "A001; A002"),
        ("secondary records admitted", "in_system"): ("conflicting", "very_low", "A003"),
        ("without the developer", "in_system"): ("supported", "low", "A003"),
        ("without the developer", "in_humans"): ("supported", "low", "A001; A002"),
        ("without s0", "in_system"): ("supported", "low", "A003"),
        ("without s0", "in_humans"): ("supported", "low", "A001; A002"),
        ("without s1", "in_system"): ("supported", "low", "A003"),
        ("without s1", "in_humans"): ("supported", "low", "A001; A002"),
    }
    assert sensitivity(corpus()).empty


def test_each_alternative_rule_can_move_a_grade():
    observed, called = {"design": "observational", "n": 400}, "indexed_as_randomised"
    indirect = [("s0", "supports", "other_outcome"), ("s1", "supports", "other_outcome")]
    groups = two("s0", "s1")
    cases = {
        "no one-group cap": corpus(named("s"), {"s0": TRIAL}),
        "unknown affiliation counts as independent": corpus(named("ss"), {"s0": TRIAL}),
        "not reported costs nothing": corpus(named("ss"), {"s0": TRIAL}, groups),
        "100 people are enough": corpus(named("ss"), {"s0": TRIAL | {"n": 100}}, groups),
        "observational studies start low": corpus(
            named("s"), {"s0": observed}, bias=low_bias("s0")
        ),
        "called randomised is randomised": corpus(
            named("s"), {"s0": TRIAL | {"randomised": called}}
        ),
        "a simple majority of groups wins": corpus(named("sn"), groups=groups),
        "another outcome costs two": corpus(indirect, {"s0": TRIAL}, groups, bias=low_bias("s0")),
        "secondary records admitted": corpus(named("s"), {"s0": {"access": "title"}}),
    }
    assert set(cases) == set(ALTERNATIVES)
    for name, atlas in cases.items():
        assert name in sensitivity(atlas, {name: ALTERNATIVES[name]})["variant"].tolist(), name


def test_leaving_out_the_only_study_leaves_a_search_without_a_find():
    table = sensitivity(corpus([("s0", "supports")]), {})
    assert table["variant"].unique().tolist() == ["without s0"]
    assert table["to_direction"].tolist() == ["none_found", "none_found"]
    unread = corpus([("s0", "supports")], {"s0": {"access": "title"}})
    assert sensitivity(unread, {}).empty


def test_the_strength_table_says_the_grades_in_words():
    moss = load(Path(__file__).parent / "corpora" / "moss")
    grades = grade(moss)
    table = strength_table(moss, grades)
    graded = set(moss.propositions.query("route == 'graded'")["proposition_id"])
    assert sorted(table["proposition_id"]) == sorted(graded & set(moss.claims["proposition_id"]))
    unclaimed = strength_table(moss, grades, claimed=False)
    assert unclaimed["proposition_id"].tolist() == ["P023"]
    assert unclaimed["direction"].tolist() == ["supported"]
    topics = [list(moss.labels("topic")).index(t) for t in table["topic"]]
    assert topics == sorted(topics)
    people = grades[grades["scope"] == "in_humans"].set_index("proposition_id")
    levels = dict(zip(moss.labels("certainty"), (1, 2, 3, 4), strict=True))
    for row in table.itertuples():
        known = people.loc[row.proposition_id]
        assert row.direction == moss.labels("direction")[known["direction"]]
        nothing = known["direction"] in ("none_found", "not_looked_for")
        assert row.level == (0 if nothing else levels[known["certainty"]])
        assert (row.certainty == "") == nothing
        if pd.notna(known["n"]):
            assert row.evidence.endswith(f"n = {known['n']}")
