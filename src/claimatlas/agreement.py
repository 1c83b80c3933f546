"""Agreement of two readings that never saw each other.

Cohen's kappa comes from statsmodels; Gwet's AC1 stands beside it because kappa sinks when nearly
all judgements fall on one code. Intervals resample whole units (sentences, paragraphs), since
judgements within one are not independent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from claimatlas.atlas import Atlas

ORDERED = ("wording", "score")
"""Columns whose codes have an order, so that a near miss counts for less (linear weights)."""


def confusion(first: Sequence[str], second: Sequence[str], codes: Sequence[str]) -> np.ndarray:
    """Count pairs of judgements.

    Parameters
    ----------
    first, second : sequence of str
        Two judgements of each item, in the same order; each one of `codes`.
    codes : sequence of str
        The permitted codes, in order.

    Returns
    -------
    numpy.ndarray
        Shape (codes, codes): row the first reading, column the second.
    """
    place = {code: i for i, code in enumerate(codes)}
    table = np.zeros((len(codes), len(codes)))
    for a, b in zip(first, second, strict=True):
        table[place[a], place[b]] += 1
    return table


def cohen_kappa(table: np.ndarray, weighted: bool = False) -> float:
    """Compute Cohen's kappa.

    Parameters
    ----------
    table : numpy.ndarray
        Shape (codes, codes), counts, from `confusion`.
    weighted : bool
        Use linear weights (Cohen 1968), for codes that have an order.

    Returns
    -------
    float
        Kappa; missing where both readings used one code only, so that chance cannot be corrected.

    Notes
    -----
    Cohen J. A coefficient of agreement for nominal scales. Educ Psychol Meas 1960;20:37-46.
    """
    from statsmodels.stats.inter_rater import cohens_kappa

    used = table.sum(0) + table.sum(1) > 0
    if used.sum() < 2:
        return float("nan")
    weights = np.arange(len(table)) if weighted else None
    kept = table if weighted else table[np.ix_(used, used)]
    return float(cohens_kappa(kept, weights=weights, return_results=False))


def gwet_ac1(table: np.ndarray) -> float:
    """Compute Gwet's first-order agreement coefficient, AC1.

    Parameters
    ----------
    table : numpy.ndarray
        Shape (codes, codes), counts, from `confusion`.

    Returns
    -------
    float
        AC1; missing where nothing was judged or only one code exists.

    Notes
    -----
    Gwet KL. Computing inter-rater reliability and its variance in the presence of high agreement.
    Br J Math Stat Psychol 2008;61:29-48: chance agreement is the mean over codes of p(1 - p),
    times codes / (codes - 1), p being the mean share of a code over both readings.
    """
    total, codes = table.sum(), len(table)
    if total == 0 or codes < 2:
        return float("nan")
    observed = np.trace(table) / total
    share = (table.sum(0) + table.sum(1)) / (2 * total)
    chance = (share * (1 - share)).sum() / (codes - 1)
    return float((observed - chance) / (1 - chance))


def interval(
    rows: pd.DataFrame,
    statistic: Callable[[pd.DataFrame], float],
    unit: str = "unit",
    draws: int = 500,
    seed: int = 20261121,
) -> tuple[float, float]:
    """Resample units with replacement and return the middle 95 % of a statistic.

    Parameters
    ----------
    rows : pandas.DataFrame
        The judgements, with a column that names each row's unit.
    statistic : callable
        Takes such a frame, returns a number.
    unit : str
        The column that names the unit.
    draws, seed : int
        How often to resample, and the random seed.

    Returns
    -------
    (float, float)
        The 2.5th and 97.5th percentiles; missing values of the statistic are left out, and both
        are missing where all values are.
    """
    random = np.random.default_rng(seed)
    places = list(rows.groupby(unit, sort=False).indices.values())
    values = []
    for _ in range(draws):
        drawn = random.integers(len(places), size=len(places))
        values.append(statistic(rows.iloc[np.concatenate([places[i] for i in drawn])]))
    low, high = pd.Series(values, dtype=float).quantile([0.025, 0.975])
    return float(low), float(high)


def span_f1(first: pd.DataFrame, second: pd.DataFrame, overlap: float = 1.0) -> float:
    """Compare two markings of stretches in the same paragraphs.

    Parameters
    ----------
    first, second : pandas.DataFrame
        Columns ``article_id``, ``start``, ``end``, one row a marked stretch.
    overlap : float
        Least share of the union of two stretches that they must have in common to match; 1 asks
        for the same characters.

    Returns
    -------
    float
        2m / (a + b) of a and b stretches and m matches, each stretch matched at most once, best
        overlap first; missing where neither reading marked anything.
    """
    if len(first) + len(second) == 0:
        return float("nan")
    pairs = first.merge(second, on="article_id", suffixes=("_1", "_2"))
    shared = np.minimum(pairs.end_1, pairs.end_2) - np.maximum(pairs.start_1, pairs.start_2)
    union = np.maximum(pairs.end_1, pairs.end_2) - np.minimum(pairs.start_1, pairs.start_2)
    pairs = pairs.assign(share=shared / union).query("share >= @overlap and share > 0")
    pairs = pairs.sort_values(["share", "start_1", "start_2"], ascending=[False, True, True])
    taken: set[tuple] = set()
    for p in pairs.itertuples():
        ends = {(1, p.article_id, p.start_1, p.end_1), (2, p.article_id, p.start_2, p.end_2)}
        if taken.isdisjoint(ends):
            taken |= ends
    return len(taken) / (len(first) + len(second))


def agreement_table(atlas: Atlas, draws: int = 500) -> pd.DataFrame:
    """Summarise the second coding: one row for each column judged twice.

    Parameters
    ----------
    atlas : Atlas
        The corpus; its table ``second_coding`` holds the judgements.
    draws : int
        How often to resample for the intervals.

    Returns
    -------
    pandas.DataFrame
        ``column``, ``n`` (judgements), ``agreed`` (share), ``kappa``, ``low`` and ``high`` (95 %
        interval of kappa over units), ``ac1``, ``changed`` (how many first judgements the settling
        changed).
    """
    rows = atlas.second_coding.query("column != 'segment'")
    result = []
    for (table, column), judged in rows.groupby(["table", "column"], sort=False):
        codes = _codes_of(atlas, table, column, judged)

        def kappa(frame: pd.DataFrame, codes=codes, weighted=column in ORDERED) -> float:
            return cohen_kappa(confusion(frame["first"], frame["second"], codes), weighted)

        agreed = (judged["first"] == judged["second"]).mean()
        kappas = (kappa(judged), *interval(judged, kappa, draws=draws))
        ac1 = gwet_ac1(confusion(judged["first"], judged["second"], codes))
        changed = (judged["first"] != judged["final"]).sum()
        result.append((column, len(judged), agreed, *kappas, ac1, changed))
    columns = ["column", "n", "agreed", "kappa", "low", "high", "ac1", "changed"]
    return pd.DataFrame(result, columns=columns)


def _codes_of(atlas: Atlas, table: str, column: str, judged: pd.DataFrame) -> list[str]:
    if column == "same_proposition":
        return list(atlas.labels("judgement_pair"))
    described = atlas.schema.tables[table].column(column)
    if described.codes:
        return list(atlas.labels(described.codes))
    values = {*judged["first"], *judged["second"]}
    return sorted(values, key=float if described.type == "number" else str)


def segmentation_table(atlas: Atlas, overlaps: Sequence[float] = (1.0, 0.5)) -> pd.DataFrame:
    """Compare the two readings' marked stretches by span F1.

    Parameters
    ----------
    atlas : Atlas
        The corpus; rows of ``second_coding`` whose column is ``segment``.
    overlaps : sequence of float
        Shares of the union at which two stretches count as one claim.

    Returns
    -------
    pandas.DataFrame
        One row an article and overlap: ``article_id``, ``overlap``, ``paragraphs``, ``first`` and
        ``second`` (stretches marked), ``f1``.
    """
    rows = atlas.second_coding.query("column == 'segment'")
    spans = rows["key"].str.extract(r"(?P<article_id>.+):(?P<start>\d+)-(?P<end>\d+)")
    spans = rows.join(spans.astype({"start": int, "end": int}))
    result, ends = [], ["article_id", "start", "end"]
    for article, marked in spans.groupby("article_id"):
        first, second = (marked.loc[marked[r] == "marked", ends] for r in ("first", "second"))
        sizes = (marked["unit"].nunique(), len(first), len(second))
        result += [(article, share, *sizes, span_f1(first, second, share)) for share in overlaps]
    columns = ["article_id", "overlap", "paragraphs", "first", "second", "f1"]
    return pd.DataFrame(result, columns=columns)
