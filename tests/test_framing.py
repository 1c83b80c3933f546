"""Tables about the claims, against counts made by hand on the moss corpus."""

import dataclasses

import pandas as pd
import pytest

from claimatlas.framing import (
    article_labels,
    claim_table,
    coding_interval,
    contradictions,
    count_table,
    coverage_table,
    distinctive_words,
    dose_table,
    gap_table,
    grade_words,
    hedges,
    item_table,
    matter_table,
    omissions,
    practice_table,
    range_table,
    readability,
    scores_table,
    section_table,
    shared_propositions,
    sharpest_table,
    side_by_side,
    stance_table,
    step_table,
)
from claimatlas.grading import claims_graded, grade


def changed(atlas, table, **columns):
    """Return the atlas with columns of one table changed; each takes the frame."""
    frame = atlas.tables[table].assign(**columns)
    return dataclasses.replace(atlas, tables={**atlas.tables, table: frame})


def invented(atlas, *claims, links=(), articles="AB", **frames):
    """Return the atlas with other claims: article, proposition, stance, and what else differs.

    What is not said is bare, of the world, in own voice; links are from_id, relation, to_id.
    """
    plain = {"about": "world", "voice": "own", "wording": "bare", "stance": "affirms"}
    rows = [{**atlas.claims.iloc[0], **plain, **row} for row in claims]
    for n, row in enumerate(rows):
        row |= {"claim_id": f"{row['article_id']}{n:03d}", "start": n, "end": n + 1}
    frames["claims"] = pd.DataFrame(rows, columns=atlas.claims.columns)
    frames["articles"] = atlas.articles[atlas.articles["article_id"].isin([*articles])]
    names = ["from_id", "relation", "to_id"]
    frames["proposition_links"] = pd.DataFrame(links, columns=names).assign(why="Invented.")
    return dataclasses.replace(atlas, tables={**atlas.tables, **frames})


def claim(article, proposition, stance="affirms", **cells):
    return {"article_id": article, "proposition_id": proposition, "stance": stance, **cells}


def relations(table):
    keys = ["first_article", "first_id", "second_article", "second_id"]
    return table.set_index(keys)["relation"].to_dict()


def between(atlas, first, second):
    """Return the relation of two lists of claims on one proposition."""
    said = [claim("A", "P002", **c) for c in first] + [claim("B", "P002", **c) for c in second]
    (relation,) = stance_table(invented(atlas, *said))["relation"]
    return relation


def counts(table):
    return {a: dict(zip(g["code"], g["n"], strict=True)) for a, g in table.groupby("article_id")}


def test_claim_table_joins_each_claim_with_its_proposition(atlas):
    table = claim_table(atlas).set_index("claim_id")
    assert len(table) == 30
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
    # A: A006 hedged, A008 boosted, the other 15 bare. B: B009 hedged, the other 10 bare.
    assert counts(count_table(atlas, "wording")) == {
        "A": {"hedged": 1, "caveated": 0, "bare": 15, "boosted": 1},
        "B": {"hedged": 1, "caveated": 0, "bare": 10, "boosted": 0},
        "C": {"hedged": 0, "caveated": 0, "bare": 2, "boosted": 0},
    }


def test_count_table_counts_by_a_column_of_the_propositions(atlas):
    # A: P001, P010 | 11 others | P012, P013 | P006, P009.
    assert counts(count_table(atlas, "topic")) == {
        "A": {"identity": 2, "effects": 11, "preparation": 2, "safety": 2},
        "B": {"identity": 0, "effects": 5, "preparation": 0, "safety": 6},
        "C": {"identity": 1, "effects": 0, "preparation": 0, "safety": 1},
    }


def test_count_table_counts_a_restated_proposition_once(atlas):
    # A makes P002 twice and P003 three times, all bare: 15 - 3 = 12.
    table = count_table(atlas, "wording", unit="propositions")
    assert counts(table)["A"] == {"hedged": 1, "caveated": 0, "bare": 12, "boosted": 1}
    assert set(table.query("article_id == 'A'")["of"]) == {14}


def test_count_table_counts_a_proposition_once_for_each_code(atlas):
    softer = changed(
        atlas,
        "claims",
        wording=lambda c: c["wording"].mask(c["claim_id"] == "A010", "hedged"),
    )
    table = count_table(softer, "wording", unit="propositions")
    assert counts(table)["A"] == {"hedged": 2, "caveated": 0, "bare": 12, "boosted": 1}


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
    # Lengths of the quotes, added by hand: A017 lies within A007, no other two overlap.
    claimed_a = 45 + 17 + 17 + 18 + 25 + 27 + 55 + 37 + 28 + 12 + 19 + 10 + 6 + 10 + 26 + 22
    claimed_b = 31 + 27 + 52 + 29 + 47 + 56 + 24 + 30 + 29 + 42 + 46
    assert table["claimed"].tolist() == [claimed_a, claimed_b, 22 + 50]
    assert table["characters"].tolist() == [len(atlas.texts[a]) for a in "ABC"]
    assert table["claims"].tolist() == [17, 11, 2]
    assert table["propositions"].tolist() == [14, 11, 2]
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
        ("A", "What it does", 342, 6, 6),
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


# --- stances ------------------------------------------------------------------------------------

SAYS = {
    "affirms": {"stance": "affirms"},
    "proven": {"stance": "affirms", "about": "evidence"},
    "denies": {"stance": "denies"},
    "unproven": {"stance": "denies", "about": "evidence"},
    "unknown": {"stance": "says_unknown", "about": "evidence"},
}


@pytest.mark.parametrize(
    ("first", "second", "relation"),
    [
        ("affirms", "affirms", "both_affirm"),
        ("affirms", "proven", "both_affirm"),
        ("denies", "denies", "both_deny"),
        ("denies", "unproven", "both_deny"),
        ("unproven", "unproven", "both_deny"),
        ("unknown", "unknown", "both_unknown"),
        ("unproven", "unknown", "both_unknown"),
        ("affirms", "denies", "contradict"),
        ("proven", "denies", "contradict"),
        ("proven", "unproven", "contradict"),
        ("affirms", "unproven", "evidence_disputed"),
        ("affirms", "unknown", "certainty_differs"),
        ("proven", "unknown", "certainty_differs"),
        ("denies", "unknown", "certainty_differs"),
    ],
)
def test_stance_table_names_how_two_articles_stand(atlas, first, second, relation):
    assert between(atlas, [SAYS[first]], [SAYS[second]]) == relation
    assert between(atlas, [SAYS[second]], [SAYS[first]]) == relation


@pytest.mark.parametrize(
    ("first", "second", "relation"),
    [
        ("bare", "hedged", "first_stronger"),
        ("caveated", "bare", "second_stronger"),
        ("boosted", "bare", "first_stronger"),
        ("hedged", "caveated", "both_affirm"),
    ],
)
def test_stance_table_names_the_stronger_wording(atlas, first, second, relation):
    assert between(atlas, [{"wording": first}], [{"wording": second}]) == relation


def test_stance_table_goes_by_the_strongest_wording(atlas):
    several = [{"wording": "hedged"}, {"wording": "boosted"}, {"wording": "bare"}]
    assert between(atlas, several, [{"wording": "bare"}]) == "first_stronger"
    unknown = [{**SAYS["unknown"], "wording": "boosted"}]
    assert between(atlas, unknown, [SAYS["unknown"]]) == "both_unknown"


@pytest.mark.parametrize("other", ["denies", "unproven", "unknown"])
def test_stance_table_names_an_article_that_speaks_both_ways(atlas, other):
    both_ways = [SAYS["affirms"], SAYS[other]]
    assert between(atlas, both_ways, [SAYS["denies"]]) == "inconsistent"
    assert between(atlas, [], both_ways) == "inconsistent"
    assert between(atlas, [SAYS["denies"], SAYS["unknown"]], [SAYS["denies"]]) == "both_deny"


def test_stance_table_is_not_changed_by_ten_restatements(atlas):
    once = [claim("A", "P002"), claim("B", "P002", "denies"), claim("B", "P005")]
    expected = {
        ("A", "P002", "B", "P002"): "contradict",
        ("A", "P005", "B", "P005"): "only_second",
    }
    assert relations(stance_table(invented(atlas, *once))) == expected
    often = stance_table(invented(atlas, *once, *[claim("A", "P002")] * 9))
    assert relations(often) == expected
    assert len(often["first_claims"][0].split("; ")) == 10


def test_stance_table_of_an_article_that_only_denies(atlas):
    said = [claim("A", p) for p in ("P002", "P005")]
    said += [claim("B", p, "denies") for p in ("P002", "P006")]
    table = stance_table(invented(atlas, *said))
    assert table["relation"].tolist() == ["contradict", "only_first", "only_second"]
    assert table["second_stance"].tolist() == ["denies", "", "denies"]


def test_stance_table_hears_an_article_only_in_its_own_voice(atlas):
    said = [claim("A", "P002"), claim("B", "P002", voice="quoted")]
    said += [claim("B", "P002", "denies", voice="distanced")]
    assert stance_table(invented(atlas, *said))["relation"].tolist() == ["only_first"]


def test_stance_table_of_an_article_without_claims(atlas):
    silent = invented(atlas, claim("B", "P002"), claim("B", "P005"))
    assert stance_table(silent)["relation"].tolist() == ["only_second", "only_second"]
    assert len(stance_table(silent, alone=False)) == 0
    assert len(stance_table(invented(atlas))) == 0


def test_stance_table_takes_all_pairs_of_three_articles(atlas):
    said = [claim("A", "P002"), claim("B", "P002", wording="boosted"), claim("C", "P002", "denies")]
    said += [claim("C", "P005")]
    three = invented(atlas, *said, articles="ABC")
    assert relations(stance_table(three)) == {
        ("A", "P002", "B", "P002"): "second_stronger",
        ("A", "P002", "C", "P002"): "contradict",
        ("B", "P002", "C", "P002"): "contradict",
        ("A", "P005", "C", "P005"): "only_second",
        ("B", "P005", "C", "P005"): "only_second",
    }
    assert stance_table(three, alone=False)["relation"].value_counts().to_dict() == {
        "contradict": 2,
        "second_stronger": 1,
    }


def test_stance_table_finds_what_excludes_and_what_follows(atlas):
    # A's two are each contradicted over a link, so that neither stands alone beside B.
    said = [
        claim("A", "P002"),
        claim("A", "P006"),
        claim("B", "P005"),
        claim("B", "P007", "denies"),
    ]
    links = [("P005", "excludes", "P002"), ("P006", "entails", "P007")]
    table = stance_table(invented(atlas, *said, links=links))
    assert relations(table) == {
        ("A", "P002", "B", "P005"): "contradict",
        ("A", "P006", "B", "P007"): "contradict",
    }
    assert set(table["why"]) == {"Invented."}
    assert table["topic"].tolist() == ["effects", "safety"]


def test_stance_table_knows_a_dispute_of_the_evidence_over_a_link(atlas):
    unproven = claim("B", "P007", **SAYS["unproven"])
    follows = invented(atlas, claim("A", "P006"), unproven, links=[("P006", "entails", "P007")])
    assert stance_table(follows)["relation"].tolist() == ["evidence_disputed"]
    holds = invented(atlas, claim("A", "P006"), unproven, links=[("P007", "entails", "P006")])
    assert stance_table(holds)["relation"].tolist() == ["evidence_disputed"]


@pytest.mark.parametrize(
    ("unit", "overlap"), [("min", False), ("hour", True), ("second", pd.NA), ("", pd.NA)]
)
def test_stance_table_compares_numbers_of_one_quantity(atlas, unit, overlap):
    # P003: 20 min. P017 becomes 0.2 to 2 of the unit: 12 to 120 minutes if these are hours.
    other = atlas.propositions["proposition_id"] == "P017"
    propositions = atlas.propositions.assign(
        value_low=atlas.propositions["value_low"].mask(other, 0.2),
        value_high=atlas.propositions["value_high"].mask(other, 2),
        unit=atlas.propositions["unit"].mask(other, unit),
    )
    said = [claim("A", "P017"), claim("B", "P003")]
    for link in (("P003", "same_quantity", "P017"), ("P017", "same_quantity", "P003")):
        table = stance_table(invented(atlas, *said, links=[link], propositions=propositions))
        assert table["relation"].tolist() == ["numbers_compared"]
        assert table["numbers"].tolist() == [f"0.2–2 {unit} | 20 min"]
        assert table["overlap"].astype(object).tolist() == [overlap]
    denied = [claim("A", "P017", "denies"), claim("B", "P003")]
    table = stance_table(invented(atlas, *denied, links=[link], propositions=propositions))
    assert set(table["relation"]) == {"only_first", "only_second"}


def test_stance_table_of_the_moss_corpus(atlas):
    table = stance_table(atlas, alone=False)
    assert relations(table) == {
        ("A", "P003", "B", "P016"): "contradict",
        ("A", "P003", "B", "P017"): "contradict",
        ("A", "P005", "B", "P005"): "evidence_disputed",
        ("A", "P006", "B", "P006"): "both_affirm",
        ("A", "P007", "B", "P007"): "evidence_disputed",
        ("A", "P009", "B", "P009"): "contradict",
        ("A", "P010", "C", "P010"): "both_affirm",
    }
    row = table.iloc[1]
    assert (row["numbers"], row["overlap"]) == ("20 min | 120–180 min", False)
    assert row["first_claims"] == "A003; A011; A012"
    # 14 - 1 quoted of A, 11 - 1 distanced of B, 2 of C, each beside two others, less what met.
    alone = stance_table(atlas)["relation"].isin(["only_first", "only_second"]).sum()
    assert alone == 2 * (13 + 10 + 2) - 2 * 5 - len({"P003", "P016", "P017"})


def test_contradictions_come_in_the_order_of_the_articles(atlas):
    turned = dataclasses.replace(
        atlas, tables={**atlas.tables, "articles": atlas.articles.iloc[::-1]}
    )
    assert set(contradictions(turned)["first_article"]) == {"B"}
    assert set(contradictions(atlas)["first_article"]) == {"A"}
    assert set(stance_table(turned)["second_article"]) == {"A", "B"}


def test_contradictions_of_a_corpus_without_links_are_those_on_one_proposition(atlas):
    tables = {name: t for name, t in atlas.tables.items() if name != "proposition_links"}
    table = contradictions(dataclasses.replace(atlas, tables=tables))
    assert table["first_id"].tolist() == table["second_id"].tolist() == ["P005", "P007", "P009"]
    assert set(table["why"]) == {""}


def test_an_evidence_dispute_over_a_link_needs_a_denial_of_the_evidence(atlas):
    links = [("P005", "entails", "P006")]
    for about, expected in (("evidence", ["evidence disputed"]), ("world", [])):
        said = [claim("A", "P005", "denies", about=about), claim("B", "P006")]
        assert contradictions(invented(atlas, *said, links=links))["how"].tolist() == expected


def test_an_article_that_speaks_both_ways_is_set_beside_the_other_with_what_clashes(atlas):
    said = [claim("A", "P005", "denies", quote="not so"), claim("A", "P005", quote="so")]
    both = invented(atlas, *said, claim("B", "P005", quote="yes"))
    clash = contradictions(both)
    assert clash[["first_stance", "second_stance"]].to_numpy().tolist() == [["denies", "affirms"]]
    (row,) = side_by_side(both, clash).to_dict("records")
    assert row["first"] == "A: “not so” (denies) [P005]"
    assert row["second"] == "B: “yes” (affirms) [P005]"


def test_an_article_that_speaks_against_itself_is_found_apart(atlas):
    said = [
        claim("A", "P005"),
        claim("A", "P005", "denies"),
        claim("A", "P003"),
        claim("A", "P017"),
    ]
    both = invented(atlas, *said, claim("B", "P005"), links=[("P003", "excludes", "P017")])
    found = contradictions(both, within=True)[["first_article", "first_id", "second_id"]]
    assert found.to_numpy().tolist() == [["A", "P003", "P017"], ["A", "P005", "P005"]]
    assert set(contradictions(both)["second_article"]) == {"B"}


def test_side_by_side_sets_the_quotes_of_both_articles_with_their_stances(atlas):
    row = side_by_side(atlas, contradictions(atlas)).iloc[0]
    assert row["how"] == "contradict"
    assert row["first"] == (
        "A: “within 20 minutes” (affirms); “in about 20 minutes” (affirms); "
        "“20 minutes” (affirms) [P003]"
    )
    assert row["second"] == "B: “Moss tea does not act quickly” (denies) [P016]"


def test_the_sharpest_differences_stand_beside_the_grades_of_either_statement(atlas):
    table = sharpest_table(atlas, grade(atlas), most=2)
    assert table["second"].tolist() == [
        "B: “Moss tea does not act quickly” (denies, B004)",
        "B: “users who notice anything do so after 2–3 hours” (affirms, B005)",
    ]
    assert table["evidence"].tolist() == [
        "P003: contradicted, certainty very low; P016: contradicted, certainty very low",
        "P003: contradicted, certainty very low; P017: supported, certainty very low",
    ]
    assert set(table["relation"]) == {"contradict each other"}


def test_the_sharpest_differences_of_articles_that_do_not_differ_are_none(atlas):
    agreed = invented(atlas, claim("A", "P005"), claim("B", "P005"))
    assert sharpest_table(agreed, grade(atlas)).empty


def test_a_grade_without_certainty_is_worded_by_its_direction(atlas):
    grades = pd.DataFrame({"direction": ["supported", "none_found"], "certainty": ["low", ""]})
    words = grade_words(atlas, grades)
    assert words.tolist() == ["supported, certainty low", "no evidence found"]


# --- wording gaps, omissions --------------------------------------------------------------------


@pytest.fixture(scope="module")
def held(atlas):
    return claims_graded(atlas, grade(atlas))


def gaps(table, **where):
    for column, value in where.items():
        table = table[table[column] == value]
    return table.set_index("gap")[["n", "of"]].apply(tuple, axis=1).to_dict()


def test_gap_table_counts_claims_by_topic(atlas, held):
    table = gap_table(atlas, held)
    # A on effects: A004 is quoted; the other ten affirm barely what is weak, open or refuted.
    assert gaps(table, article_id="A", topic="effects") == {
        "overstated": (10, 10),
        "matched": (0, 10),
        "understated": (0, 10),
        "not_applicable": (1, 10),
    }
    assert len(table) == 3 * 4 * 4
    shares = table.query("article_id == 'A' and topic == 'safety'")["share"].tolist()
    # A006 hedges what is supported at low certainty; A009 denies what is conflicting.
    assert shares[:3] == [0.5, 0.5, 0]
    assert pd.isna(shares[3])


def test_gap_table_of_an_empty_topic_has_no_share(atlas, held):
    empty = gap_table(atlas, held).query("article_id == 'C' and topic == 'effects'")
    assert empty["n"].tolist() == [0, 0, 0, 0]
    assert empty["of"].tolist() == [0, 0, 0, 0]
    assert empty["share"].isna().all()


def test_gap_table_counts_a_proposition_by_its_most_overstated_claim(atlas, held):
    # A002 and A010 on P002 and the three on P003 count once each: 12 held claims, 9 propositions.
    claims = gap_table(atlas, held, by="").query("article_id == 'A'")
    assert gaps(claims)["overstated"] == (11, 12)
    once = gap_table(atlas, held, by="", unit="propositions").query("article_id == 'A'")
    assert gaps(once)["overstated"] == (8, 9)
    # Of two claims on P002 one is now far understated, one is not held: the other two decide.
    softer = held.assign(
        wording_gap=held["wording_gap"].mask(held["claim_id"] == "A002", -3),
        gap=held["gap"].mask(held["claim_id"] == "A002", "understated"),
    )
    assert gaps(gap_table(atlas, softer, by="").query("article_id == 'A'"))["understated"] == (
        1,
        12,
    )
    after = gap_table(atlas, softer, by="", unit="propositions").query("article_id == 'A'")
    assert gaps(after) == gaps(once)


def test_gap_table_goes_by_any_coded_column_and_by_no_other(atlas, held):
    table = gap_table(atlas, held, by="attribution")
    assert gaps(table, article_id="A", attribution="named")["overstated"] == (1, 1)
    with pytest.raises(ValueError, match="'quote' is not a coded column"):
        gap_table(atlas, held, by="quote")
    with pytest.raises(ValueError, match="neither 'claims' nor 'propositions'"):
        gap_table(atlas, held, unit="sentences")


def test_step_table_counts_signed_steps(atlas, held):
    table = step_table(atlas, held)
    a = table.query("article_id == 'A' and n > 0").set_index("step")
    # A006 on its level; A008 boosts where nothing was found (4); the other ten are bare there (3).
    assert a["n"].to_dict() == {0: 1, 3: 10, 4: 1}
    assert set(a["of"]) == {12}
    assert a.loc[3, "share"] == 10 / 12
    assert table.query("article_id == 'A'")["step"].tolist() == list(range(-4, 7))
    once = step_table(atlas, held, unit="propositions").query("article_id == 'A' and n > 0")
    assert once.set_index("step")["n"].to_dict() == {0: 1, 3: 7, 4: 1}


def test_step_table_widens_for_a_step_beyond(atlas, held):
    far = held.assign(wording_gap=held["wording_gap"].mask(held["claim_id"] == "A002", 7))
    table = step_table(atlas, far)
    assert table["step"].max() == 7
    assert table.query("step == 7")["n"].tolist() == [1, 0, 0]
    none = step_table(atlas, held.assign(wording_gap=pd.array([pd.NA] * len(held), dtype="Int64")))
    assert none["n"].sum() == 0 and none["share"].isna().all()


def test_omissions_name_who_says_a_thing_alone(atlas):
    table = omissions(atlas, grade(atlas))
    alone = table.groupby("said_by")["proposition_id"].agg(list).to_dict()
    # P010 is an opinion, P013 a recommendation, P012 dosing; P019 B only reports from afar.
    assert alone == {
        "": ["P023"],
        "A": ["P002", "P003", "P008", "P011", "P022", "P012"],
        "B": ["P016", "P017", "P018", "P014", "P015", "P020"],
        "C": ["P021"],
    }
    rows = table.set_index("proposition_id")
    assert rows.loc["P003", ["direction_in_humans", "certainty_in_humans"]].tolist() == [
        "contradicted",
        "very_low",
    ]
    assert rows.loc["P020", ["direction_in_humans", "direction_in_system"]].tolist() == [
        "",
        "refuted",
    ]
    assert rows.loc["P023", "omission"].startswith("It shows")


def test_omissions_keep_to_the_kinds_asked_for(atlas):
    table = omissions(atlas, grade(atlas), kinds=["regulatory"])
    assert table["proposition_id"].tolist() == ["P023", "P020"]


def test_omissions_leave_out_what_two_articles_say_and_what_is_measured_and_said(atlas):
    said = [claim("A", "P002"), claim("B", "P002", "denies"), claim("C", "P023")]
    three = invented(atlas, *said, articles="ABC")
    table = omissions(three, grade(atlas))
    assert table[["said_by", "proposition_id"]].to_numpy().tolist() == [["C", "P023"]]


# --- practice -----------------------------------------------------------------------------------


def test_matter_table_counts_propositions_and_sources(atlas):
    table = matter_table(atlas)
    # A makes P003 three times; B says P016 and P017; that no label was found is no statement.
    assert table.loc["onset"].to_dict() == {
        "A": 1,
        "B": 2,
        "C": 0,
        "label": 0,
        "trial": 0,
        "animal_study": 0,
        "regulator": 0,
        "other_document": 0,
    }
    assert table.loc["harms", ["A", "B", "C", "trial"]].tolist() == [1, 1, 0, 1]
    assert table.loc["pregnancy"].sum() == 0
    assert table.index.tolist() == list(atlas.labels("matter"))


def test_practice_table_sets_words_side_by_side(atlas):
    table = practice_table(atlas, "harms").set_index("id")
    assert table["source"].to_dict() == {"A009": "A", "B008": "B", "F001": "trial"}
    assert table.loc["B008", ["words", "stance", "wording", "study_id"]].tolist() == [
        "three drinkers reported a rash",
        "affirms",
        "bare",
        "",
    ]
    assert table.loc["F001", ["words", "voice", "study_id", "place", "dated"]].tolist() == [
        "No unwanted effect among 12 drinkers.",
        "",
        "arlow_2019",
        "Mossland",
        "2019",
    ]


def test_practice_table_follows_the_order_of_sources(atlas):
    practice = pd.concat([atlas.practice] * 2, ignore_index=True).assign(
        matter="onset", practice_source=["trial", "label", "regulator", "label"]
    )
    ordered = dataclasses.replace(atlas, tables={**atlas.tables, "practice": practice})
    sources = practice_table(ordered, "onset")["source"].tolist()
    assert sources == ["A", "A", "A", "B", "B", "label", "label", "trial", "regulator"]
    assert practice_table(atlas, "onset")["context"][2] == "Moss tea | Onset"


def test_practice_table_of_a_matter_of_which_nobody_speaks(atlas):
    assert len(practice_table(atlas, "stacks")) == 0
    with pytest.raises(ValueError, match="'weather' is not a code of the list 'matter'"):
        practice_table(atlas, "weather")


def test_dose_table_sets_doses_in_one_unit_side_by_side(atlas):
    table = dose_table(atlas, "moss_tea")
    columns = ["source", "low", "high", "unit", "per", "population", "route", "id"]
    assert table[columns].to_numpy().tolist() == [
        ["A", 3e6, 3e6, "ug", "cup", "people", "", "P012"],
        ["trial", 3e6, 3e6, "ug", "day", "people", "oral", "D001"],
        ["animal_study", 1e6, 1e6, "ug/kg", "day", "animals", "oral", "D002"],
    ]
    assert table["what"].tolist()[:2] == [
        "A cup of moss tea is made of 3 grams",
        "arm of the trial",
    ]


@pytest.mark.parametrize(
    ("unit", "low", "shown"),
    [
        ("g", 3e6, "ug"),
        ("mg", 3e3, "ug"),
        ("milligram", 3e3, "ug"),
        ("mcg", 3, "ug"),
        ("microgram", 3, "ug"),
        ("µg", 3, "ug"),
        ("μg/kg", 3, "ug/kg"),
        ("mg/kg", 3e3, "ug/kg"),
        ("drops", 3, "drops"),
    ],
)
def test_dose_table_converts_masses_only(atlas, unit, low, shown):
    table = dose_table(changed(atlas, "doses", unit=unit), "moss_tea").set_index("id")
    assert table.loc["D001", ["low", "high", "unit"]].tolist() == [low, low, shown]


def test_dose_table_leaves_out_lengths_of_time(atlas):
    for unit, sources in (("day", 0), ("cup", 1)):
        table = dose_table(changed(atlas, "propositions", unit=unit), "moss_tea")
        assert (table["source"] == "A").sum() == sources


def test_dose_table_tells_labels_and_other_documents_apart(atlas):
    studies = atlas.studies.assign(
        document_kind=atlas.studies["document_kind"].mask(
            atlas.studies["study_id"] == "arlow_2019", "label_copy"
        ),
        design="document",
    )
    table = dose_table(
        dataclasses.replace(atlas, tables={**atlas.tables, "studies": studies}), "moss_tea"
    )
    assert table["source"].tolist() == ["A", "label", "other_document"]


def test_dose_table_takes_affirmed_doses_of_the_compound_only(atlas):
    fern = atlas.propositions["statement"].mask(
        atlas.propositions["proposition_id"] == "P012", "A cup of fern tea is made of 3 grams"
    )
    other = atlas.propositions.assign(statement=fern)
    assert "A" not in set(
        dose_table(changed(atlas, "propositions", statement=fern), "moss_tea")["source"]
    )
    named = other.assign(subject=other["subject"].mask(other["statement"] == fern[11], "moss_tea"))
    by_subject = dataclasses.replace(atlas, tables={**atlas.tables, "propositions": named})
    assert dose_table(by_subject, "moss_tea")["source"][0] == "A"
    denied = invented(atlas, claim("A", "P012", "denies"), claim("A", "P012", voice="quoted"))
    assert "A" not in set(dose_table(denied, "moss_tea")["source"])
    often = invented(atlas, *[claim("A", "P012", species_worded="animal")] * 3)
    said = dose_table(often, "moss_tea").query("source == 'A'")
    assert said["population"].tolist() == ["animals"]


# --- instruments, uncertainty of coding ---------------------------------------------------------


def scored(atlas, *rows):
    """Return the atlas with an instrument of three items from 1 to 5, and these scores."""
    item = {**atlas.instruments.iloc[0], "instrument": "discern", "low": 1.0, "high": 5.0}
    items = [{**item, "item": f"discern_{n}", "scale": "(higher is better)"} for n in (1, 2, 3)]
    cells = [dict(zip(["article_id", "item", "state", "score"], row, strict=True)) for row in rows]
    scores = pd.DataFrame([{**atlas.scores.iloc[0], **row} for row in cells])
    scores["score"] = scores["score"].astype("Float64")
    tables = {"instruments": pd.DataFrame(items), "scores": scores}
    return dataclasses.replace(atlas, tables={**atlas.tables, **tables})


def test_scores_table_says_where_between_least_and_most_a_total_lies(atlas):
    table = scores_table(
        scored(
            atlas,
            ("A", "discern_1", "scored", 1),
            ("A", "discern_2", "scored", 3),
            ("A", "discern_3", "not_applicable", pd.NA),
            ("B", "discern_1", "cannot_judge_from_copy", pd.NA),
        )
    ).set_index("article_id")
    a = table.loc["A", ["scored", "total", "least", "possible", "share", "not_applicable"]]
    # 1 and 3 of 5 and 5, where 1 is the least: (4 - 2) / (10 - 2).
    assert a.tolist() == [2, 4, 2, 10, 0.25, 1]
    assert table.loc["B", ["scored", "total", "cannot_judge"]].tolist() == [0, 0, 1]
    assert table.loc[["B", "C"], "share"].isna().all()
    assert set(table["higher_is"]) == {"better"}


def test_scores_say_whether_higher_is_worse(atlas):
    spin = changed(
        atlas,
        "instruments",
        scale=lambda t: t["scale"].mask(t["instrument"] == "spin", "1 (higher is worse)"),
    )
    assert scores_table(spin).groupby("instrument")["higher_is"].first().to_dict() == {
        "jama": "",
        "spin": "worse",
    }
    items = item_table(spin)
    assert items[["item", "article_id"]].to_numpy().tolist() == [
        ["jama_1", "A"],
        ["jama_1", "B"],
        ["spin_1", "A"],
        ["spin_1", "B"],
    ]
    assert items["quote"][2] == "one cup a day clearly sharpens memory"


def coded_twice(atlas, *pairs):
    """Return the atlas with 400 judgements of wording, the pairs in turns, and 100 bare claims."""
    rows = [
        {"table": "claims", "key": str(n), "column": "wording", "unit": f"A:{n}", "first": one,
         "second": other, "final": one, "reason": ""}
        for n, (one, other) in enumerate(pairs * (400 // len(pairs)))
    ]  # fmt: skip
    claims = [claim("A", "P002")] * 100
    return invented(atlas, *claims, second_coding=pd.DataFrame(rows))


def test_coding_interval_is_narrow_where_two_readings_agree(atlas):
    agreed = coded_twice(atlas, ("bare", "bare"))
    low, high = coding_interval(agreed, "wording", "bare", "A")
    # One imagined judgement among 401 leaves a chance of 0.75 / 401 a claim to be read otherwise.
    assert 0.98 <= low < high == 1
    assert coding_interval(agreed, "wording", "hedged", "A")[1] <= 0.01


def test_coding_interval_follows_the_rate_of_disagreement(atlas):
    # Of 400 judgements 40 part bare from boosted: of those that either reading called bare, 380 by
    # halves, the other reading called 20 boosted: 1 in 19.
    often = coded_twice(atlas, *[("bare", "bare")] * 9, ("bare", "boosted"))
    low, high = coding_interval(often, "wording", "bare", "A")
    assert low < 1 - 20 / 381 < high
    assert 0.87 <= low <= 0.93 and 0.97 <= high <= 1
    other = coding_interval(often, "wording", "boosted", "A")
    assert other == pytest.approx((1 - high, 1 - low), abs=0.02)
    assert coding_interval(often, "wording", "bare", "A") == (low, high)
    once = {coding_interval(often, "wording", "bare", "A", draws=1, seed=n) for n in range(9)}
    assert len(once) > 1


def test_coding_interval_is_the_same_whichever_reading_came_first(atlas):
    one = coded_twice(atlas, ("bare", "bare"), ("bare", "boosted"))
    other = coded_twice(atlas, ("bare", "bare"), ("boosted", "bare"))
    ends = [coding_interval(a, "wording", "bare", "A") for a in (one, other)]
    assert ends[0] == ends[1]


def test_coding_interval_is_missing_where_nothing_was_coded(atlas):
    agreed = coded_twice(atlas, ("bare", "bare"))
    for column, code, article in (("voice", "own", "A"), ("wording", "bare", "B")):
        assert all(pd.isna(end) for end in coding_interval(agreed, column, code, article))
    with pytest.raises(ValueError, match="'quote' is not a coded column"):
        coding_interval(agreed, "quote", "bare", "A")


def test_range_table_sets_both_ranges_beside_each_share(atlas):
    table = range_table(atlas, "wording").set_index(["article_id", "code"])
    a = table.loc[("A", "bare")]
    assert (a["share"], a["by_proposition"]) == (15 / 17, 12 / 14)
    assert (a["low"], a["high"]) == coding_interval(atlas, "wording", "bare", "A")


# --- word choice --------------------------------------------------------------------------------


def worded(atlas, **texts):
    """Return the atlas with these texts, all of them the articles' own, and a lexicon."""
    terms = {"may": "hedge", "rather": "hedge", "tends to": "hedge", "likely": "hedge",
             "rather than": "exception", "not": "negation", "doesn't": "negation"}  # fmt: skip
    lexicon = pd.DataFrame(terms.items(), columns=["term", "group"])
    articles = atlas.articles.assign(body_end=pd.array([pd.NA] * 3, dtype="Int64"))
    articles = articles[articles["article_id"].isin([*texts])]
    tables = {**atlas.tables, "articles": articles, "hedges": lexicon}
    return dataclasses.replace(atlas, tables=tables, texts=texts)


def hits(table, article="A"):
    rows = table[(table["article_id"] == article) & (table["n"] + table["negated"] > 0)]
    return {row.term: (row.n, row.negated) for row in rows.itertuples()}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It may help. MAY it?", {"may": (2, 0)}),
        ("Mayday, dismay and may-be are other words, unlikely and over-likely too.", {}),
        ("It is rather good, rather than rather\nthan bad.", {"rather": (1, 0)}),
        ("It tends  to\nhelp.", {"tends to": (1, 0)}),
        ("It is not very likely.", {"likely": (0, 1)}),
        ("It is not at all likely.", {"likely": (0, 1)}),
        ("It is not one two three likely.", {"likely": (1, 0)}),
        ("It is not so. Likely it is.", {"likely": (1, 0)}),
        ("It doesn’t seem likely. It is likely.", {"likely": (1, 1)}),
        ("früh may naïve", {"may": (1, 0)}),
        ("", {}),
    ],
)
def test_hedges_are_whole_words_outside_exceptions(atlas, text, found):
    assert hits(hedges(worded(atlas, A=text))) == found


def test_hedges_are_counted_for_a_thousand_words(atlas):
    table = hedges(worded(atlas, A="It may do so, doesn’t it? Well-kept 0.5.", B=""))
    row = table.query("article_id == 'A' and term == 'may'").iloc[0]
    assert (row["n"], row["words"], row["per_1000"]) == (1, 8, 125)
    silent = table.query("article_id == 'B'")
    assert silent["term"].tolist() == ["may", "rather", "tends to", "likely"]
    assert silent["words"].tolist() == [0] * 4 and silent["per_1000"].isna().all()


def test_word_counts_leave_out_the_reference_list(atlas):
    cut = worded(atlas, A="It may. Likely", B="Moss")
    cut.articles["body_end"] = pd.array([7, None], dtype="Int64")
    assert hits(hedges(cut)) == {"may": (1, 0)}
    assert distinctive_words(cut, least=1)["word"].tolist() == ["it", "may", "moss"]


def test_hedges_need_a_lexicon(atlas):
    tables = {name: frame for name, frame in atlas.tables.items() if name != "hedges"}
    with pytest.raises(AttributeError, match="no table 'hedges'"):
        hedges(dataclasses.replace(atlas, tables=tables))


def test_distinctive_words_are_weighed_after_monroe(atlas):
    texts = {"A": "moss moss moss tea", "B": "tea tea fern fern moss tea"}
    table = distinctive_words(worded(atlas, **texts), prior=10, least=2)
    # As the package logodds 0.1.0 computes with prior counts of moss 4, tea 4, fern 2.
    top = table.iloc[0]
    assert top[["article_id", "word", "n", "others"]].tolist() == ["A", "moss", 3, 1]
    assert top["log_odds"] == pytest.approx(0.7884573603642702)
    deviation = (1 / 7 + 1 / 5) ** 0.5
    assert top["z"] == pytest.approx(0.7884573603642702 / deviation)
    assert top["high"] - top["low"] == pytest.approx(2 * 1.96 * deviation)
    assert table.query("article_id == 'B'")["word"].tolist() == ["fern", "tea", "moss"]
    signs = table.set_index(["article_id", "word"])["log_odds"]
    assert signs["A", "moss"] == -signs["B", "moss"]


def test_distinctive_words_are_weighed_within_a_language_that_parts_its_words(atlas):
    texts = {"A": "moss moss tea", "B": "fern tea", "C": "musgo musgo"}
    spoken = worded(atlas, **texts)
    found = {}
    for languages in (["en", "en-GB", "es"], ["en", "de", "es"], ["ja", "ja", "es"], ["", "", ""]):
        spoken.tables["articles"] = spoken.articles.assign(language=languages)
        table = distinctive_words(spoken, least=1)
        found[languages[1]] = table.groupby("article_id")["others"].sum().to_dict()
    tea, both = {"A": 1, "B": 1}, {"A": 1, "B": 1, "C": 0}
    assert found == {"en-GB": tea, "de": {}, "ja": {}, "": both}


def test_distinctive_words_must_be_frequent_and_have_no_case(atlas):
    texts = {"A": "Don’t don't DON’T rare", "B": "don't", "C": ""}
    table = distinctive_words(worded(atlas, **texts))
    assert table[["article_id", "word", "n"]].to_numpy().tolist() == [
        ["A", "don't", 3],
        ["B", "don't", 1],
    ]


def test_readability_is_higher_for_longer_words_and_sentences(atlas):
    pytest.importorskip("textstat")
    easy = "The cat sat on the mat.\n\nIt was a big cat that sat."
    hard = easy.replace("cat", "internationalisation").replace(".", ",")
    table = readability(worded(atlas, A=easy, B=hard, C="")).set_index("article_id")
    # 13 words in 2 sentences and no word of more than six letters: 13 / 2 + 0.
    assert table.loc["A", ["words", "sentences", "lix"]].tolist() == [13, 2, 6.5]
    # 36 letters: 0.058 * 100 * 36 / 13 - 0.296 * 100 * 2 / 13 - 15.8
    assert table.loc["A", "coleman_liau"] == pytest.approx(5.8 * 36 / 13 - 29.6 * 2 / 13 - 15.8)
    # 38 characters: 4.71 * 38 / 13 + 0.5 * 13 / 2 - 21.43
    assert table.loc["A", "ari"] == pytest.approx(4.71 * 38 / 13 + 0.25 * 13 - 21.43)
    assert (table.loc["B"] > table.loc["A"])[["coleman_liau", "ari", "lix"]].all()
    assert table.loc["C"].isna().all()


def test_readability_takes_a_heading_for_a_sentence(atlas):
    pytest.importorskip("textstat")
    table = readability(worded(atlas, A="All about the moss\nIt grows in the shade."))
    assert table["sentences"].tolist() == [2]


# --- all ----------------------------------------------------------------------------------------


def test_tables_leave_the_atlas_as_it_was(atlas, held):
    before = {name: frame.copy() for name, frame in atlas.tables.items()}
    claim_table(atlas), count_table(atlas, "topic"), coverage_table(atlas)
    section_table(atlas), shared_propositions(atlas), stance_table(atlas)
    gap_table(atlas, held), step_table(atlas, held), omissions(atlas, grade(atlas))
    matter_table(atlas), practice_table(atlas, "onset"), dose_table(atlas, "moss_tea")
    scores_table(atlas), range_table(atlas, "wording"), distinctive_words(atlas)
    for name, frame in before.items():
        pd.testing.assert_frame_equal(atlas.tables[name], frame)
