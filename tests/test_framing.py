"""Tables about the claims, against counts made by hand on the moss corpus."""

import dataclasses

import pandas as pd
import pytest

from claimatlas.framing import (
    article_labels,
    claim_table,
    count_table,
    coverage_table,
    section_table,
    shared_propositions,
)


def changed(atlas, table, **columns):
    """Return the atlas with columns of one table changed; each takes the frame."""
    frame = atlas.tables[table].assign(**columns)
    return dataclasses.replace(atlas, tables={**atlas.tables, table: frame})


def counts(table):
    return {a: dict(zip(g["code"], g["n"], strict=True)) for a, g in table.groupby("article_id")}


def test_claim_table_joins_each_claim_with_its_proposition(atlas):
    table = claim_table(atlas).set_index("claim_id")
    assert len(table) == 29
    assert table.loc["B006", "statement"] == "Moss tea raises noctalin in the brain"
    assert table.loc["B006", ["topic", "kind", "route"]].tolist() == [
        "effects",
        "mechanism",
        "graded",
    ]


def test_claim_table_goes_by_article_and_place(atlas):
    shuffled = changed(atlas, "claims", start=lambda c: 1000 - c["start"])
    ids = claim_table(shuffled)["claim_id"].tolist()
    assert ids[:2] == ["A016", "A015"]
    assert ids[-2:] == ["C002", "C001"]


def test_count_table_counts_every_claim(atlas):
    # A: A006 hedged, A008 boosted, the other 14 bare. B: B009 hedged, the other 10 bare.
    assert counts(count_table(atlas, "wording")) == {
        "A": {"hedged": 1, "caveated": 0, "bare": 14, "boosted": 1},
        "B": {"hedged": 1, "caveated": 0, "bare": 10, "boosted": 0},
        "C": {"hedged": 0, "caveated": 0, "bare": 2, "boosted": 0},
    }


def test_count_table_counts_by_a_column_of_the_propositions(atlas):
    # A: P001, P010 | 10 others | P012, P013 | P006, P009.
    assert counts(count_table(atlas, "topic")) == {
        "A": {"identity": 2, "effects": 10, "preparation": 2, "safety": 2},
        "B": {"identity": 0, "effects": 5, "preparation": 0, "safety": 6},
        "C": {"identity": 1, "effects": 0, "preparation": 0, "safety": 1},
    }


def test_count_table_counts_a_restated_proposition_once(atlas):
    # A makes P002 twice and P003 three times, all bare: 14 - 3 = 11.
    table = count_table(atlas, "wording", unit="propositions")
    assert counts(table)["A"] == {"hedged": 1, "caveated": 0, "bare": 11, "boosted": 1}
    assert set(table.query("article_id == 'A'")["of"]) == {13}


def test_count_table_counts_a_proposition_once_for_each_code(atlas):
    softer = changed(
        atlas,
        "claims",
        wording=lambda c: c["wording"].mask(c["claim_id"] == "A010", "hedged"),
    )
    table = count_table(softer, "wording", unit="propositions")
    assert counts(table)["A"] == {"hedged": 2, "caveated": 0, "bare": 11, "boosted": 1}


def test_count_table_gives_shares_with_their_denominator(atlas):
    table = count_table(atlas, "stance").set_index(["article_id", "code"])
    assert table.loc[("B", "denies"), ["n", "of", "share"]].tolist() == [6, 11, 6 / 11]
    assert table.loc[("C", "says_unknown"), ["n", "of", "share"]].tolist() == [1, 2, 0.5]
    assert table.groupby("article_id")["share"].sum().tolist() == pytest.approx([1, 1, 1])


def test_count_table_keeps_articles_and_codes_in_the_order_shown(atlas):
    table = count_table(atlas, "stance")
    assert table["article_id"].tolist() == ["A"] * 3 + ["B"] * 3 + ["C"] * 3
    assert table["code"].tolist() == ["affirms", "denies", "says_unknown"] * 3
    assert table["label"].tolist()[:3] == ["affirms", "denies", "says it is unknown"]
    assert table["article"].tolist()[::3] == ["A brighter cup", "Worth the fuss?", "Garden note"]
    columns = ["article_id", "article", "code", "label", "n", "of", "share"]
    assert table.columns.tolist() == columns


def test_count_table_of_an_article_without_claims_has_no_share(atlas):
    claims = atlas.claims.query("article_id != 'C'")
    silent = dataclasses.replace(atlas, tables={**atlas.tables, "claims": claims})
    rows = count_table(silent, "wording").query("article_id == 'C'")
    assert rows["n"].tolist() == [0, 0, 0, 0]
    assert rows["of"].tolist() == [0, 0, 0, 0]
    assert rows["share"].isna().all()


@pytest.mark.parametrize("column", ["quote", "statement", "mood"])
def test_count_table_wants_a_coded_column(atlas, column):
    with pytest.raises(ValueError, match=f"'{column}' is not a coded column"):
        count_table(atlas, column)


def test_count_table_wants_claims_or_propositions(atlas):
    with pytest.raises(ValueError, match="neither 'claims' nor 'propositions'"):
        count_table(atlas, "wording", unit="sentences")


def test_coverage_counts_characters_claims_and_restatements(atlas):
    table = coverage_table(atlas).set_index("article_id")
    # Lengths of the quotes, added by hand: no two overlap.
    claimed_a = 45 + 17 + 17 + 18 + 25 + 27 + 55 + 37 + 28 + 12 + 19 + 10 + 6 + 10 + 26 + 22
    claimed_b = 31 + 27 + 52 + 29 + 47 + 56 + 24 + 30 + 29 + 42 + 46
    assert table["claimed"].tolist() == [claimed_a, claimed_b, 22 + 50]
    assert table["characters"].tolist() == [len(atlas.texts[a]) for a in "ABC"]
    assert table["claims"].tolist() == [16, 11, 2]
    assert table["propositions"].tolist() == [13, 11, 2]
    assert table["restatements"].tolist() == [3, 0, 0]
    assert table["article"].tolist() == list(article_labels(atlas).values())


def test_coverage_is_a_share_of_the_text_before_the_reference_list(atlas):
    table = coverage_table(atlas).set_index("article_id")
    body = atlas.texts["B"].index("References")
    assert table["body"].tolist() == [len(atlas.texts["A"]), body, len(atlas.texts["C"])]
    assert table.loc["B", "share"] == 413 / body
    assert body < len(atlas.texts["B"])


def test_coverage_counts_overlapping_quotes_once(atlas):
    # A002 is 72:89; A003 then takes 80:107, of which 80:89 is covered already.
    overlapping = changed(
        atlas, "claims", start=lambda c: c["start"].mask(c["claim_id"] == "A003", 80)
    )
    assert coverage_table(overlapping)["claimed"][0] == 374 + 1
    # A003 then stands inside A002.
    inside = changed(
        overlapping, "claims", end=lambda c: c["end"].mask(c["claim_id"] == "A003", 85)
    )
    assert coverage_table(inside)["claimed"][0] == 374 - 17


def test_coverage_leaves_out_what_stands_in_the_reference_list(atlas):
    # B's body then ends inside B010 (591:633), before B011 (643:689).
    short = changed(
        atlas, "articles", body_end=lambda a: a["body_end"].mask(a["article_id"] == "B", 600)
    )
    assert coverage_table(short)["claimed"][1] == 413 - 33 - 46


def test_section_table_counts_claims_and_bare_ones(atlas):
    table = section_table(atlas)
    assert [tuple(row) for row in table.itertuples(index=False)] == [
        ("A", "", 25, 6, 5),
        ("A", "What it does", 342, 5, 5),
        ("A", "The cups compared", 589, 3, 3),
        ("A", "How to brew", 642, 2, 2),
        ("B", "", 56, 1, 1),
        ("B", "The evidence", 142, 6, 6),
        ("B", "Risks", 465, 3, 2),
        ("B", "The law", 643, 1, 1),
        ("C", "", 381, 2, 2),
    ]
    assert table.columns.tolist() == ["article_id", "section", "start", "claims", "bare"]


def test_shared_propositions_are_those_of_two_articles(atlas):
    table = shared_propositions(atlas)
    assert table["proposition_id"].tolist() == ["P005", "P006", "P007", "P009", "P010"]
    assert set(table["articles"]) == {2}
    assert set(table["claims"]) == {2}
    assert table.set_index("proposition_id").loc["P009", "statement"] == (
        "Moss tea causes side effects"
    )


def test_shared_propositions_with_most_claims_come_first(atlas):
    moved = {"A008": "P009", "C002": "P009", "B005": "P003"}
    more = changed(
        atlas,
        "claims",
        proposition_id=lambda c: c["claim_id"].map(moved).fillna(c["proposition_id"]),
    )
    table = shared_propositions(more)
    assert table["proposition_id"].tolist()[:3] == ["P003", "P009", "P005"]
    assert table["claims"].tolist()[:3] == [4, 4, 2]
    assert table["articles"].tolist()[:3] == [2, 3, 2]


def test_tables_leave_the_atlas_as_it_was(atlas):
    before = {name: frame.copy() for name, frame in atlas.tables.items()}
    claim_table(atlas), count_table(atlas, "topic"), coverage_table(atlas)
    section_table(atlas), shared_propositions(atlas)
    for name, frame in before.items():
        pd.testing.assert_frame_equal(atlas.tables[name], frame)
