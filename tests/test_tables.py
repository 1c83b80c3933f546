"""The repository's own tables: sound, described, and of one make with the tests' corpus."""

import csv

import pytest

import claimatlas
from claimatlas.atlas import read_schema
from claimatlas.export import dictionary
from claimatlas.grading import claims_graded, grade

from .conftest import MOSS, ROOT

CORPORA = pytest.mark.parametrize("root", [ROOT, MOSS], ids=["root", "moss"])


def code_rows(root):
    with (root / "data" / "codes.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["list"] != "topic"]


def test_the_repository_is_a_corpus_without_faults():
    faults = claimatlas.validate(ROOT)
    assert faults == [], "\n".join(str(f) for f in faults)


def test_the_data_dictionary_is_fresh():
    atlas = claimatlas.load(ROOT)
    page = (ROOT / "data" / "README.md").read_bytes().decode("utf-8")
    assert page == dictionary(atlas.schema, atlas.codes), "stale; run: claimatlas dictionary"


@CORPORA
def test_every_table_and_column_is_described(root):
    schema = read_schema(root)
    assert schema.title.strip()
    for table in schema.tables.values():
        assert table.title.strip() and table.description.strip(), table.name
        for column in table.columns:
            assert column.description.strip(), f"{table.name}.{column.name}"


@CORPORA
def test_the_folder_holds_no_table_that_the_schema_does_not_describe(root):
    described = {root / table.file for table in read_schema(root).tables.values()}
    assert set((root / "data").rglob("*.csv")) == described


def test_shared_tables_have_one_schema_in_both_corpora():
    here, there = read_schema(ROOT).tables, read_schema(MOSS).tables
    shared = here.keys() & there.keys()
    assert shared == here.keys()
    for name in shared:
        assert here[name] == there[name], f"{name}: copy the root's description to {MOSS}"


def test_both_corpora_are_coded_by_one_codebook_but_for_their_topics():
    assert code_rows(MOSS) == code_rows(ROOT)


@CORPORA
def test_codes_are_numbered_from_1_without_a_gap(root):
    atlas = claimatlas.load(root)
    for name, codes in atlas.codes.groupby("list"):
        assert sorted(codes["order"]) == list(range(1, len(codes) + 1)), name


def test_the_moss_corpus_shows_what_the_tests_need(atlas):
    assert len(atlas.articles) == 3
    assert len(atlas.seams) > 0
    stances = atlas.claims.groupby("proposition_id")["stance"].agg(set)
    assert {"affirms", "denies"} in list(stances)
    assert set(atlas.second_coding["column"]) >= {"segment", "same_proposition", "wording"}
    for name in ("stance", "wording", "attribution", "voice", "about"):
        used = set(atlas.claims[name])
        assert len(used) >= 3, f"{name}: {used}"


def test_the_moss_corpus_shows_every_kind_of_grade_that_the_tests_need(atlas):
    grades = grade(atlas)
    people = grades.query("scope == 'in_humans'").set_index("proposition_id")
    # Calm after hours, too late at 20 minutes, p > 0.05 on sleep, blood pressure in one trial,
    # voles only, a shop's account only, rash in a survey and not in a trial, a cure excluded,
    # no study of what noctalin does, voles' messenger RNA.
    assert people[["direction", "certainty"]].agg(" ".join, axis=1).str.strip().to_dict() == {
        "P002": "supported very_low",
        "P003": "contradicted very_low",
        "P005": "inconclusive very_low",
        "P006": "supported low",
        "P007": "supported very_low",
        "P008": "none_found",
        "P009": "conflicting very_low",
        "P011": "none_found",
        "P016": "contradicted very_low",
        "P017": "supported very_low",
        "P018": "no_change low",
        "P019": "none_found",
        "P021": "none_found",
        "P022": "none_found",
        "P023": "supported very_low",
    }
    system = grades.query("scope == 'in_system'").set_index("proposition_id")
    assert system.loc["P007", ["direction", "certainty"]].tolist() == ["supported", "low"]
    assert system.loc["P020", "direction"] == "refuted"
    held = claims_graded(atlas, grades).set_index("claim_id")
    # Low certainty permits strength 1: A006 is hedged; B007 denies barely (3) what it may deny.
    assert held.loc["A006", ["gap", "wording_gap"]].tolist() == ["matched", 0]
    assert held.loc["B007", ["stands", "gap", "wording_gap"]].tolist() == [
        "agrees",
        "overstated",
        2,
    ]


def test_the_grading_rules_are_the_same_in_both_corpora():
    here, there = ((root / "data" / "grading_rules.csv").read_bytes() for root in (ROOT, MOSS))
    assert here == there
