"""Loading: typed frames in the file's order, and the articles' text."""

import copy
import pickle

import pandas as pd
import pytest

import claimatlas


def test_every_table_of_the_schema_is_an_attribute_and_an_item(atlas):
    names = "articles seams claims propositions nodes relations proposition_links citations"
    names += " citation_links studies groups study_groups evidence risk_of_bias searches doses"
    names += " practice instruments scores grading_rules do_not_cite hedges"
    assert list(atlas.tables) == [*names.split(), "second_coding", "codes"]
    for name in atlas.tables:
        assert getattr(atlas, name) is atlas.tables[name]
        assert name in dir(atlas)


def test_an_unknown_table_is_an_attribute_error(atlas):
    with pytest.raises(AttributeError, match="the corpus has no table 'pages'"):
        _ = atlas.pages


def test_an_atlas_can_be_copied_and_pickled(atlas):
    for other in (copy.deepcopy(atlas), pickle.loads(pickle.dumps(atlas))):
        pd.testing.assert_frame_equal(other.claims, atlas.claims)


def test_rows_keep_the_order_of_the_file(atlas):
    ids = [f"A{i:03d}" for i in range(1, 18)] + [f"B{i:03d}" for i in range(1, 12)]
    assert list(atlas.claims["claim_id"]) == [*ids, "C001", "C002"]


def test_columns_are_those_of_the_schema(atlas):
    for name, table in atlas.schema.tables.items():
        assert list(atlas.tables[name].columns) == [c.name for c in table.columns]


def test_integers_numbers_and_dates_are_typed_and_may_be_missing(atlas):
    assert atlas.claims["start"].dtype == "Int64"
    assert atlas.articles["body_end"].isna().tolist() == [True, False, True]
    values = atlas.propositions.set_index("proposition_id")[["value_low", "value_high"]]
    assert values["value_low"].dtype == "Float64"
    assert values.loc["P017"].tolist() == [120.0, 180.0]
    assert pd.isna(values.loc["P001", "value_low"])
    assert pd.api.types.is_datetime64_any_dtype(atlas.articles["published"])
    assert atlas.articles["published"][1] == pd.Timestamp("2024-03-01")
    assert pd.isna(atlas.articles["published"][0])


def test_an_empty_cell_of_words_is_the_empty_string(atlas):
    assert atlas.claims.set_index("claim_id").loc["A001", "attributed_to"] == ""
    assert not atlas.claims["note"].isna().any()


@pytest.mark.parametrize("word", ["NA", "None", "nan", "null", "007", "1e5", "True"])
def test_words_that_look_like_something_else_stay_words(moss, word):
    moss.set("propositions", "P001", statement=word)
    assert claimatlas.load(moss.root).propositions["statement"][0] == word


def test_texts_are_the_articles_bytes_decoded(atlas):
    for row in atlas.articles.itertuples():
        assert atlas.texts[row.article_id].encode() == (atlas.root / row.file).read_bytes()
    assert "🌿" in atlas.texts["C"]


def test_an_article_keeps_its_carriage_returns(moss):
    raw = moss.article("B").read_bytes() + b"\r\nAn afterthought.\r\n"
    moss.write_article("B", raw)
    assert claimatlas.load(moss.root).texts["B"].endswith("\r\nAn afterthought.\r\n")


def test_quotes_stand_at_their_offsets(atlas):
    for claim in atlas.claims.itertuples():
        assert atlas.texts[claim.article_id][claim.start : claim.end] == claim.quote


def test_a_code_list_is_in_the_order_in_which_values_are_shown(atlas):
    codes = atlas.code_list("wording")
    assert list(codes.index) == ["hedged", "caveated", "bare", "boosted"]
    assert list(codes.columns) == ["label", "definition", "colour"]
    assert codes.loc["bare", "colour"] == "#e69f00"


def test_labels_are_in_the_order_in_which_values_are_shown(atlas):
    assert atlas.labels("stance") == {
        "affirms": "affirms",
        "denies": "denies",
        "says_unknown": "says it is unknown",
    }
    assert list(atlas.labels("topic")) == ["identity", "effects", "preparation", "safety"]


def test_an_unknown_code_list_is_a_key_error(atlas):
    with pytest.raises(KeyError, match=r"codes\.csv has no list 'mood'"):
        atlas.code_list("mood")


def test_a_corpus_can_be_named_by_a_string_or_be_the_current_folder(moss, monkeypatch):
    monkeypatch.chdir(moss.root)
    by_default, by_name = claimatlas.load(), claimatlas.load(str(moss.root))
    pd.testing.assert_frame_equal(by_default.claims, by_name.claims)
    assert by_default.texts == by_name.texts


def test_a_faulty_corpus_is_not_loaded(moss):
    moss.set("claims", "B004", stance="denys")
    with pytest.raises(claimatlas.CorpusError, match="'denys' is not a code") as caught:
        claimatlas.load(moss.root)
    assert [f.column for f in caught.value.faults] == ["stance"]
