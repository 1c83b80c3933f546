"""Agreement measures against worked examples: published ones and ones done by hand."""

import warnings

import numpy as np
import pandas as pd
import pytest

from claimatlas.agreement import (
    agreement_table,
    cohen_kappa,
    confusion,
    gwet_ac1,
    interval,
    segmentation_table,
    span_f1,
)

THREE = np.array([[4, 1, 0], [1, 3, 1], [0, 2, 3]])


def spans(*rows, article="A"):
    return pd.DataFrame(
        [(article, start, end) for start, end in rows], columns=["article_id", "start", "end"]
    )


def test_confusion_counts_pairs_row_first_column_second():
    table = confusion(["a", "a", "b"], ["a", "b", "c"], ["a", "b", "c"])
    assert table.tolist() == [[1, 1, 0], [0, 0, 1], [0, 0, 0]]


def test_confusion_refuses_unequal_lengths_and_unknown_codes():
    with pytest.raises(ValueError, match="shorter"):
        confusion(["a", "b"], ["a"], ["a", "b"])
    with pytest.raises(KeyError):
        confusion(["a"], ["x"], ["a", "b"])


def test_kappa_of_two_codes_by_hand():
    # Observed 35/50 = 0.7; by chance (25*30 + 25*20) / 2500 = 0.5; (0.7 - 0.5) / 0.5.
    assert cohen_kappa(np.array([[20, 5], [10, 15]])) == pytest.approx(0.4)


def test_kappa_of_three_codes_by_hand():
    # Observed 10/15; by chance (5*5 + 5*6 + 5*4) / 225 = 1/3; (2/3 - 1/3) / (2/3).
    assert cohen_kappa(THREE) == pytest.approx(0.5)


def test_weighted_kappa_by_hand():
    # Five near misses: 5/15. By chance (5*(6 + 2*4) + 5*(5 + 4) + 5*(2*5 + 6)) / 225 = 195/225.
    assert cohen_kappa(THREE, weighted=True) == pytest.approx(1 - (5 / 15) / (195 / 225))


def test_weighted_kappa_counts_the_distance_over_a_code_that_nobody_used():
    # The misses are two apart: 4/10. By chance 2*(5*5 + 5*5) / 100 = 1.
    table = np.array([[4, 0, 1], [0, 0, 0], [1, 0, 4]])
    assert cohen_kappa(table, weighted=True) == pytest.approx(0.6)


def test_kappa_leaves_out_codes_that_nobody_used():
    wider = np.zeros((4, 4))
    wider[np.ix_([0, 3], [0, 3])] = [[20, 5], [10, 15]]
    assert cohen_kappa(wider) == pytest.approx(0.4)


@pytest.mark.parametrize("table", [np.diag([9, 0]), np.diag([0, 9, 0]), np.zeros((2, 2))])
@pytest.mark.parametrize("weighted", [False, True])
def test_kappa_is_missing_where_one_code_was_used(table, weighted):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(cohen_kappa(table, weighted))


def test_kappa_is_1_of_full_agreement_and_0_of_chance():
    assert cohen_kappa(np.diag([3, 4])) == pytest.approx(1)
    assert cohen_kappa(np.array([[5, 5], [5, 5]])) == pytest.approx(0)


def test_ac1_is_high_where_kappa_is_low():
    # Gwet 2008 (Br J Math Stat Psychol 61:29-48), 125 subjects of which 118 are rated + by both:
    # kappa -0.023, AC1 0.941.
    table = np.array([[118, 5], [2, 0]])
    assert cohen_kappa(table) == pytest.approx(-0.0234, abs=5e-5)
    assert gwet_ac1(table) == pytest.approx(0.9408, abs=5e-5)


def test_ac1_of_three_codes_by_hand():
    # Shares over both readings 10/30, 11/30, 9/30; sum p(1-p) = (200 + 209 + 189) / 900; half.
    chance = (200 + 209 + 189) / 900 / 2
    assert gwet_ac1(THREE) == pytest.approx((10 / 15 - chance) / (1 - chance))


def test_ac1_counts_codes_that_nobody_used():
    # Two codes: chance 2 * 0.25 = 0.5. Three permitted: 0.25.
    assert gwet_ac1(np.array([[4, 1], [1, 4]])) == pytest.approx((0.8 - 0.5) / 0.5)
    wider = np.array([[4, 1, 0], [1, 4, 0], [0, 0, 0]])
    assert gwet_ac1(wider) == pytest.approx((0.8 - 0.25) / 0.75)


def test_ac1_is_1_of_full_agreement_on_one_code():
    assert gwet_ac1(np.diag([9, 0])) == pytest.approx(1)


@pytest.mark.parametrize("table", [np.zeros((2, 2)), np.array([[5]])])
def test_ac1_is_missing_of_nothing_and_of_one_permitted_code(table):
    assert np.isnan(gwet_ac1(table))


# --- intervals ---------------------------------------------------------------------------------


def mean(frame):
    return float(frame["x"].mean())


ROWS = pd.DataFrame({"x": [0, 1, 0, 1, 1, 0, 1, 1], "unit": list("abcdefgh")})


def test_an_interval_is_the_same_for_the_same_seed_only():
    assert interval(ROWS, mean, seed=1) == interval(ROWS, mean, seed=1)
    values = ROWS.assign(x=np.sqrt(np.arange(8)))
    assert interval(values, mean, seed=1) != interval(values, mean, seed=2)


def test_an_interval_holds_the_statistic_and_narrows_with_more_units():
    low, high = interval(ROWS, mean)
    assert 0 <= low < mean(ROWS) < high <= 1
    many = pd.concat([ROWS.assign(unit=ROWS["unit"] + str(i)) for i in range(20)])
    low_many, high_many = interval(many, mean)
    assert high_many - low_many < (high - low) / 2


def test_an_interval_resamples_units_not_rows():
    # Each unit's row ten times over tells nothing new.
    repeated = pd.concat([ROWS] * 10)
    assert interval(repeated, mean) == interval(ROWS, mean)
    assert interval(ROWS.assign(unit="one"), mean) == (mean(ROWS), mean(ROWS))


def test_an_interval_keeps_the_rows_of_a_unit_together():
    paired = pd.DataFrame({"x": [0, 1] * 6, "pair": [i // 2 for i in range(12)]})
    assert interval(paired, mean, unit="pair") == (0.5, 0.5)


def test_an_interval_leaves_out_missing_values_without_a_warning():
    def sometimes(frame):
        return float("nan") if frame["x"].iloc[0] else 0.25

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert interval(ROWS, sometimes) == (0.25, 0.25)
        assert np.isnan(interval(ROWS, lambda frame: float("nan"))).all()


# --- stretches ---------------------------------------------------------------------------------


def test_span_f1_counts_equal_stretches():
    # 1 match of 3 and 2 stretches.
    first, second = spans((0, 5), (6, 9), (10, 20)), spans((0, 5), (10, 19))
    assert span_f1(first, second) == pytest.approx(2 * 1 / 5)


def test_span_f1_takes_enough_overlap_for_a_match():
    # 9 of 10 characters in common.
    first, second = spans((0, 5), (10, 20)), spans((0, 5), (10, 19))
    assert span_f1(first, second, overlap=0.9) == 1
    assert span_f1(first, second, overlap=0.91) == 0.5


def test_span_f1_matches_each_stretch_once():
    # 0:10 lies over both halves, half of each union; only one of the two is its match.
    assert span_f1(spans((0, 10)), spans((0, 5), (5, 10)), overlap=0.5) == pytest.approx(2 / 3)
    assert span_f1(spans((0, 5), (5, 10)), spans((0, 10)), overlap=0.5) == pytest.approx(2 / 3)


def test_span_f1_takes_the_best_overlap_first():
    # Taken as they come, 0:8 would have 0:10, and the first reading's 0:10 nothing near enough.
    first, second = spans((0, 8), (0, 10)), spans((0, 10), (0, 6))
    assert span_f1(first, second, overlap=0.7) == 1
    # Taken from the worst, 0:10 would have 3:13 (7 of 13 characters), and nothing else would fit.
    assert span_f1(spans((0, 10), (3, 13)), spans((0, 7), (3, 13)), overlap=0.5) == 1


def test_span_f1_never_matches_stretches_that_only_touch_or_stand_in_other_articles():
    assert span_f1(spans((0, 5)), spans((5, 9)), overlap=0) == 0
    assert span_f1(spans((0, 5)), spans((7, 9)), overlap=0) == 0
    assert span_f1(spans((0, 5)), spans((0, 5), article="B")) == 0


def test_span_f1_of_nothing_marked():
    assert np.isnan(span_f1(spans(), spans()))
    assert span_f1(spans((0, 5)), spans()) == 0


# --- the moss corpus ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def table(atlas):
    return agreement_table(atlas, draws=50).set_index("column")


def test_agreement_table_has_one_row_for_each_column_judged_twice(table):
    assert table["n"].to_dict() == {
        "about": 3,
        "stance": 3,
        "wording": 5,
        "same_proposition": 3,
        "voice": 2,
        "attribution": 4,
    }


def test_agreement_table_by_hand(table):
    # about: world/world, record/evidence, record/record. By chance (1*1 + 2*1) / 9 = 1/3.
    assert table.loc["about", "agreed"] == pytest.approx(2 / 3)
    assert table.loc["about", "kappa"] == pytest.approx(0.5)
    # Shares of world, evidence, record, advice 2/6, 1/6, 3/6, 0; chance (8 + 5 + 9) / 36 / 3.
    assert table.loc["about", "ac1"] == pytest.approx(25 / 43)
    # same, same | different, different | same, different. By chance (2*1 + 1*2) / 9.
    assert table.loc["same_proposition", "kappa"] == pytest.approx(0.4)
    assert table.loc["stance", ["agreed", "kappa", "ac1"]].tolist() == pytest.approx([1, 1, 1])


def test_agreement_on_wording_is_weighted(table):
    # Two near misses: 2/5. By chance 2 * (2*2*2 + 3*2*1 + 1*2*1) / 25 = 32/25.
    assert table.loc["wording", "kappa"] == pytest.approx(1 - (2 / 5) / (32 / 25))


def test_agreement_table_counts_first_judgements_that_the_settling_changed(table):
    assert table["changed"].to_dict() == {
        "about": 1,
        "stance": 0,
        "wording": 0,
        "same_proposition": 0,
        "voice": 0,
        "attribution": 0,
    }


def test_agreement_table_is_the_same_each_time(atlas, table):
    again = agreement_table(atlas, draws=50).set_index("column")
    pd.testing.assert_frame_equal(again, table)
    assert (table["low"].dropna() <= table["high"].dropna()).all()


def test_segmentation_table_by_hand(atlas):
    # A: both mark 200:227; 153:178 beside 149:178 share 25 of 29 characters. B: one, by both.
    table = segmentation_table(atlas)
    assert [tuple(row) for row in table.itertuples(index=False)] == [
        ("A", 1.0, 1, 2, 2, 0.5),
        ("A", 0.5, 1, 2, 2, 1.0),
        ("B", 1.0, 1, 1, 1, 1.0),
        ("B", 0.5, 1, 1, 1, 1.0),
    ]
