"""Tables about the claims: how they count, how articles frame one matter, what they leave unsaid.

Every function takes an atlas and returns a DataFrame that a figure draws or a page shows. Codes
stay codes: labels are read from the codebook where a table is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any

import numpy as np
import pandas as pd
import regex

from claimatlas.anchor import primary
from claimatlas.atlas import Atlas
from claimatlas.grading import GAPS

PAIR = ["how", "first_article", "first_id", "second_article", "second_id"]
"""What makes a pair of statements of two articles one pair."""
_END = {"article_id": "article", "proposition_id": "id"}  # under the prefix first_ or second_

_WORLD = ("effect", "mechanism", "harm", "pharmacokinetics", "comparison")
WEIGHTY = (*_WORLD, "dosing", "regulatory", "evidence_base")
"""Kinds of propositions whose absence matters to a reader."""

WORDED = {"animal": "animals", "in_vitro": "cells"}
"""Populations of whom a claim's wording speaks; any other wording is read as of people."""

STRENGTH = {"hedged": 1, "caveated": 1, "bare": 2, "boosted": 3}
"""How strongly a claim is worded; a limit of the evidence beside it weighs as much as a hedge."""

_POSITIONS = ("affirms", "proven", "denies", "unproven", "unknown", "inconsistent")
_MEET = {
    "both_affirm": ["affirms", "proven", "affirms proven"],
    "both_deny": ["denies", "unproven", "denies unproven"],
    "both_unknown": ["unknown", "unproven unknown"],
    "contradict": ["affirms denies", "proven denies", "proven unproven"],
    "evidence_disputed": ["affirms unproven"],
    "certainty_differs": ["affirms unknown", "proven unknown", "denies unknown"],
}
_MASS = {"g": 1e6, "gram": 1e6, "mg": 1e3, "milligram": 1e3, "ug": 1, "mcg": 1, "microgram": 1}
_MASS |= {"µg": 1, "μg": 1}  # the micro sign and the Greek letter
_TIME = {"min": 1, "minute": 1, "hour": 60, "day": 1440, "week": 10080}
UNITS = {unit + per: ("ug" + per, by) for unit, by in _MASS.items() for per in ("", "/kg")}
UNITS |= {unit: ("min", by) for unit, by in _TIME.items()}
"""Units of the tables: the unit that they are compared in, and how many of it they are."""

_UNSPACED = ("zh", "ja", "th", "lo", "km", "my")

_RELATIONS = {frozenset(ends.split()): code for code, met in _MEET.items() for ends in met}

_CLASHES = pd.DataFrame(
    [
        ("itself", "affirms", "denies", "contradict"),
        ("itself", "affirms", "says_unknown", "certainty differs"),
        ("excludes", "affirms", "affirms", "contradict"),
        ("entails", "affirms", "denies", "contradict"),
        ("entails", "denies", "affirms", "evidence disputed"),  # where the evidence is denied
    ],
    columns=["relation", "first_stance", "second_stance", "how"],
)


def claim_table(atlas: Atlas) -> pd.DataFrame:
    """Join each claim with its proposition.

    Parameters
    ----------
    atlas : Atlas
        The corpus.

    Returns
    -------
    pandas.DataFrame
        One row a claim, by article and place in the text: the columns of ``claims`` and, of its
        proposition, ``statement``, ``topic``, ``kind`` and ``route``.
    """
    told = atlas.propositions[["proposition_id", "statement", "topic", "kind", "route"]]
    joined = atlas.claims.merge(told, "left", "proposition_id", validate="many_to_one")
    return joined.sort_values(["article_id", "start", "end"], kind="stable", ignore_index=True)


def count_table(atlas: Atlas, column: str, unit: str = "claims") -> pd.DataFrame:
    """Count claims or propositions of each article by one coded column.

    Parameters
    ----------
    atlas : Atlas
        The corpus.
    column : str
        A coded column of ``claims`` or ``propositions``, such as ``wording`` or ``topic``.
    unit : {"claims", "propositions"}
        Count every claim, or count each proposition once an article and code, so that
        restatements do not count.

    Returns
    -------
    pandas.DataFrame
        One row an article and code, also where the count is 0, articles and codes in the order in
        which they are shown: ``article_id``, ``article``, ``code``, ``label``, ``n``, ``of`` (the
        article's total) and ``share`` (``n / of``; missing where ``of`` is 0).

    Raises
    ------
    ValueError
        Where the column is not a coded one, or the unit is neither of the two.
    """
    labels = atlas.labels(_code_list(atlas, column))
    rows = _by_unit(claim_table(atlas).rename(columns={column: "code"}), unit, "code")
    table = _counted(rows, article_id=atlas.articles["article_id"], code=labels)
    table.insert(1, "article", table["article_id"].map(article_labels(atlas)))
    table.insert(3, "label", table["code"].map(labels))
    return table


def _by_unit(claims: pd.DataFrame, unit: str, *apart: str) -> pd.DataFrame:
    """Return all claims, or the first one of each article and proposition (and code apart)."""
    if unit not in ("claims", "propositions"):
        raise ValueError(f"unit {unit!r} is neither 'claims' nor 'propositions'")
    keys = ["article_id", "proposition_id", *apart]
    return claims if unit == "claims" else claims.drop_duplicates(keys)


def _counted(rows: pd.DataFrame, apart: str = "", **levels: Iterable) -> pd.DataFrame:
    """Count rows by every combination of levels, and as shares within all levels but the last.

    A code of the last level that is counted `apart` has no share and no part in the others'.
    """
    *outer, last = levels
    table = _counts(rows, **levels).rename("n").reset_index()
    held = table[last] != apart
    table["of"] = table["n"].where(held, 0).groupby([table[c] for c in outer]).transform("sum")
    table["share"] = (table["n"] / table["of"]).where(held & (table["of"] > 0))
    return table


def _counts(rows: pd.DataFrame, **levels: Iterable) -> pd.Series:
    """Count rows by every combination of levels."""
    grid = pd.MultiIndex.from_product(levels.values(), names=list(levels))
    return rows.groupby(list(levels)).size().reindex(grid, fill_value=0)


def article_labels(atlas: Atlas) -> dict[str, str]:
    """Return the short name of each article by its id."""
    return atlas.articles.set_index("article_id")["label"].to_dict()


def _code_list(atlas: Atlas, column: str) -> str:
    for name in ("claims", "propositions"):
        for described in atlas.schema.tables[name].columns:
            if described.name == column and described.codes:
                return described.codes
    raise ValueError(f"{column!r} is not a coded column of claims or propositions")


def coverage_table(atlas: Atlas) -> pd.DataFrame:
    """Measure which share of each article's own text makes claims.

    Parameters
    ----------
    atlas : Atlas
        The corpus.

    Returns
    -------
    pandas.DataFrame
        One row an article: ``article_id``, ``article``, ``characters`` of the received text,
        ``body`` (characters before the reference list), ``claimed`` (characters of the body inside
        at least one quote), ``share`` of the body, ``claims``, ``propositions`` and
        ``restatements`` (claims beyond the first on a proposition).
    """
    inside = {a: np.zeros(len(body), dtype=bool) for a, body in _bodies(atlas).items()}
    for a, start, end in atlas.claims[["article_id", "start", "end"]].itertuples(index=False):
        inside[a][start:end] = True
    table = pd.DataFrame(article_labels(atlas).items(), columns=["article_id", "article"])
    table["characters"] = [len(atlas.texts[a]) for a in inside]
    table["body"] = [len(body) for body in inside.values()]
    table["claimed"] = [body.sum() for body in inside.values()]
    table["share"] = table["claimed"] / table["body"]
    said = atlas.claims.groupby("article_id")["proposition_id"].agg(["size", "nunique"])
    said = said.set_axis(["claims", "propositions"], axis=1).reindex(inside, fill_value=0)
    table = table.join(said, on="article_id")
    return table.assign(restatements=table["claims"] - table["propositions"])


def section_table(atlas: Atlas) -> pd.DataFrame:
    """Measure how densely each section of each article makes claims.

    Parameters
    ----------
    atlas : Atlas
        The corpus.

    Returns
    -------
    pandas.DataFrame
        One row a section that holds claims, in text order: ``article_id``, ``section``, ``start``
        (its first claim's offset), ``claims``, ``bare`` (claims worded bare or boosted).
    """
    claims = claim_table(atlas)
    claims["bare"] = claims["wording"].isin(["bare", "boosted"])
    grouped = claims.groupby(["article_id", "section"], sort=False)
    table = grouped.agg(start=("start", "min"), claims=("claim_id", "size"), bare=("bare", "sum"))
    return table.reset_index().sort_values(["article_id", "start"], ignore_index=True)


def shared_propositions(atlas: Atlas) -> pd.DataFrame:
    """List the propositions on which at least two articles speak, most claims first.

    Parameters
    ----------
    atlas : Atlas
        The corpus.

    Returns
    -------
    pandas.DataFrame
        One row a proposition: ``proposition_id``, ``statement``, ``topic``, ``articles`` (how
        many), ``claims`` (how many).
    """
    grouped = claim_table(atlas).groupby(["proposition_id", "statement", "topic"], sort=False)
    table = grouped.agg(articles=("article_id", "nunique"), claims=("claim_id", "size"))
    table = table.query("articles >= 2").reset_index()
    order = ["claims", "proposition_id"]
    return table.sort_values(order, ascending=[False, True], ignore_index=True)


def contradictions(atlas: Atlas, within: bool = False) -> pd.DataFrame:
    """Find every pair of statements on which two articles speak against each other.

    Parameters
    ----------
    atlas : Atlas
        The corpus.
    within : bool
        Find the pairs on which an article speaks against itself instead.

    Returns
    -------
    pandas.DataFrame
        One row a pair, sorted by kind and ids: ``how``, ``first_article``, ``first_id``
        (proposition), ``second_article``, ``second_id``, ``why`` (the link's reason; empty for
        one proposition), ``first_stance`` and ``second_stance`` (those that clash: an article may
        speak both ways). ``how`` is

        - ``contradict``: one affirms what the other denies, be it one proposition, two that
          exclude each other, or one that entails what the other denies;
        - ``certainty differs``: one affirms what the other calls unknown;
        - ``evidence disputed``: one says that a thing is not proven, the other that it is so;
          both may be right.

        Only claims in an article's own voice count. The same pair is listed once, articles in
        the order of the table ``articles``.
    """
    own = claim_table(atlas).query("voice == 'own'").rename(columns=_END)
    said = own.drop_duplicates(["article", "id", "stance"])[["article", "id", "stance", "about"]]
    ids = said["id"].unique()
    itself = pd.DataFrame({"from_id": ids, "to_id": ids, "relation": "itself", "why": ""})
    links = pd.concat([itself, _links(atlas)])
    links = links.rename(columns={"from_id": "first_id", "to_id": "second_id"})
    met = links.merge(said.add_prefix("first_")).merge(said.add_prefix("second_")).merge(_CLASHES)
    met = met.query("how != 'evidence disputed' or first_about == 'evidence'")
    table = _in_order(atlas, met[(met["first_article"] == met["second_article"]) == within])
    columns = [*PAIR, "why", "first_stance", "second_stance"]
    return table.drop_duplicates(PAIR).sort_values(PAIR, ignore_index=True)[columns]


def _links(atlas: Atlas) -> pd.DataFrame:
    """Return the links between propositions; none where the corpus lacks them."""
    columns = ["from_id", "to_id", "relation", "why"]
    return atlas.tables.get("proposition_links", pd.DataFrame(columns=columns, dtype=str))


def _in_order(atlas: Atlas, pairs: pd.DataFrame) -> pd.DataFrame:
    """Swap the ends of pairs so that the article that the table ``articles`` lists first leads."""
    order = pd.Index(atlas.articles["article_id"])
    swap = order.get_indexer(pairs["first_article"]) > order.get_indexer(pairs["second_article"])
    first = [c for c in pairs if c.startswith("first_")]
    second = [c.replace("first_", "second_") for c in first]
    pairs.loc[swap, [*first, *second]] = pairs.loc[swap, [*second, *first]].to_numpy()
    return pairs


def side_by_side(atlas: Atlas, pairs: pd.DataFrame) -> pd.DataFrame:
    """Set the two articles' own words beside each other for each pair.

    Parameters
    ----------
    atlas : Atlas
        The corpus.
    pairs : pandas.DataFrame
        From `contradictions`.

    Returns
    -------
    pandas.DataFrame
        One row a pair: ``how``, ``first`` and ``second`` (article, the quotes that clash with
        their stance, and id of the proposition).
    """
    own = claim_table(atlas).query("voice == 'own'").rename(columns=_END)
    own["words"] = own["claim_id"].map(_quoted(atlas, "“{quote}” ({stance})"))
    said = own.groupby(["article", "id", "stance"])["words"].agg("; ".join)
    table = pairs[["how"]].copy()
    for end in ("first", "second"):
        keys = pairs[[f"{end}_{part}" for part in said.index.names]].itertuples(index=False)
        table[end] = [f"{key[0]}: {said[tuple(key)]} [{key[1]}]" for key in keys]
    return table


def _quoted(atlas: Atlas, form: str) -> dict[str, str]:
    """Word each claim by a form that names its columns, its stance by its label."""
    claims = atlas.claims.assign(stance=atlas.claims["stance"].map(atlas.labels("stance")))
    return {row["claim_id"]: form.format(**row) for row in claims.to_dict("records")}


def stance_table(atlas: Atlas, alone: bool = True) -> pd.DataFrame:
    """Say for each two articles how they stand to each other on each proposition.

    Parameters
    ----------
    atlas : Atlas
        The corpus; any number of articles, all pairs.
    alone : bool
        Include what only one of the two says. These rows grow with articles times propositions;
        without them, only pairs that both speak are computed.

    Returns
    -------
    pandas.DataFrame
        One row a proposition and pair of articles, and one for each two linked propositions that
        contradict or are compared, by pair and id: ``first_article``, ``first_id``,
        ``second_article``, ``second_id`` (articles in the order of the table ``articles``; one id
        twice where there is no link), ``relation``, ``topic`` (of the first), for either end
        ``stance`` (position), ``wording`` (the strongest) and ``claims`` (ids), all with the prefix
        ``first_`` or ``second_`` and empty where that article is silent, ``why`` (the link's
        reason), ``numbers`` (both ranges of one quantity) and ``overlap`` (whether they meet;
        missing where there are no numbers in one unit).

    Notes
    -----
    Only own-voice claims count, and as a set: a restatement changes nothing unless it is worded
    more strongly. An article's position is the first that holds: ``inconsistent`` (it affirms what
    it also denies or calls unknown), ``affirms`` (``proven`` where it speaks of the evidence only),
    ``denies``, ``unproven`` (denies, of the evidence only), ``unknown``. The relation is the first
    that holds:

    1. ``inconsistent``: one of the two is so.
    2. ``only_first``, ``only_second``: the other says nothing, nor contradicts by a link.
    3. ``contradict``: affirmed against denied; called proven against not proven; by a link as in
       `contradictions`.
    4. ``evidence_disputed``: affirmed against not proven, be it by a link; else by a link as in
       `contradictions`.
    5. ``certainty_differs``: affirmed or denied against unknown.
    6. ``both_unknown``: unknown against unknown or not proven.
    7. ``first_stronger``, ``second_stronger``: one position, another strength (`STRENGTH`).
    8. ``both_affirm``, ``both_deny``: the same in one strength.

    ``numbers_compared`` stands where both affirm numbers of what the links call one quantity and
    nothing else is said of the two.
    """
    said, numbers = _said(atlas), _numbers(atlas)
    pairs = _pairs(atlas, said, numbers, alone)
    for end in ("first_", "second_"):
        pairs = pairs.merge(said.add_prefix(end), how="left")
    texts = [f"{end}_{c}" for end in ("first", "second") for c in ("stance", "wording", "claims")]
    pairs = pairs.fillna(dict.fromkeys(texts, ""))
    pairs["relation"] = [_relation(pair) for pair in pairs.itertuples()]
    pairs["topic"] = pairs["first_id"].map(atlas.propositions.set_index("proposition_id")["topic"])
    pairs = pairs.merge(numbers, on=["first_id", "second_id"], how="left").fillna({"numbers": ""})
    columns = [*PAIR[1:], "relation", "topic", *texts, "why", "numbers", "overlap"]
    return pairs.sort_values([PAIR[1], PAIR[3], PAIR[2], PAIR[4]], ignore_index=True)[columns]


def sharpest_table(atlas: Atlas, grades: pd.DataFrame, most: int = 10) -> pd.DataFrame:
    """Set the sharpest differences between articles beside what the evidence says.

    Parameters
    ----------
    atlas : Atlas
        The corpus.
    grades : pandas.DataFrame
        From `claimatlas.grading.grade`.
    most : int
        How many pairs at most.

    Returns
    -------
    pandas.DataFrame
        One row a pair of statements on which articles differ, in the order of the code list
        ``framing_relation``, then those with more claims first: ``relation`` (its label),
        ``first`` and ``second`` (article, quotes with id and stance), ``evidence`` (what people's
        grades or documents say of either statement) and ``why`` (the link's reason).
    """
    quoted = _quoted(atlas, "“{quote}” ({stance}, {claim_id})")
    labels, rows = atlas.labels("framing_relation"), stance_table(atlas, alone=False)
    order = list(labels)
    rows = rows[rows["relation"].isin(order[: order.index("both_affirm")])]
    size = -(rows["first_claims"] + rows["second_claims"]).str.count("; ")
    rows = rows.assign(place=rows["relation"].map(order.index), size=size)
    rows = rows.sort_values(["place", "size"], kind="stable", ignore_index=True).head(most)
    table = pd.DataFrame({"relation": rows["relation"].map(labels)})
    for end in ("first", "second"):
        ids = zip(rows[f"{end}_article"], rows[f"{end}_claims"].str.split("; "), strict=True)
        table[end] = [f"{a}: " + "; ".join(quoted[c] for c in claims) for a, claims in ids]
    last = grades.drop_duplicates("proposition_id", keep="last")  # for people where there is one
    known = dict(zip(last["proposition_id"], grade_words(atlas, last), strict=True))
    table["evidence"] = [
        "; ".join(f"{p}: {known.get(p, 'not graded')}" for p in dict.fromkeys(pair))
        for pair in zip(rows["first_id"], rows["second_id"], strict=True)
    ]
    return table.assign(why=rows["why"])


def grade_words(atlas: Atlas, grades: pd.DataFrame) -> pd.Series:
    """Word the direction and, where there is one, the certainty of each grade.

    Parameters
    ----------
    atlas : Atlas
        The corpus, whose codebook has the words.
    grades : pandas.DataFrame
        From `claimatlas.grading.grade`.

    Returns
    -------
    pandas.Series
        One text a row, such as ``supported, certainty low``; index as in `grades`.
    """
    direction, certainty = (grades[c].map(atlas.labels(c)) for c in ("direction", "certainty"))
    return direction + (", certainty " + certainty).fillna("")


def _said(atlas: Atlas) -> pd.DataFrame:
    """Sum up what each article says of each proposition in its own voice."""
    own, keys = claim_table(atlas).query("voice == 'own'"), ["article_id", "proposition_id"]
    place = own["stance"].map({"affirms": 0, "denies": 2, "says_unknown": 4})
    own = own.assign(
        place=place + ((own["about"] == "evidence") & (place < 4)),
        side=own["stance"] == "affirms",
        strength=own["wording"].map(STRENGTH),
    ).sort_values([*keys, "strength"], ascending=[True, True, False])
    loudest = {"place": "min", "side": "nunique", "strength": "first", "wording": "first"}
    said = own.groupby(keys, sort=False).agg(loudest | {"claim_id": "; ".join})
    place = said.pop("place").where(said.pop("side") < 2, len(_POSITIONS) - 1)
    said = said.assign(stance=place.map(dict(enumerate(_POSITIONS))))
    return said.reset_index().rename(columns=_END | {"claim_id": "claims"})


def _pairs(atlas: Atlas, said: pd.DataFrame, numbers: pd.DataFrame, alone: bool) -> pd.DataFrame:
    """Pair what articles say: over a link, on one proposition, and alone where asked for."""
    ends = PAIR[1:]
    first, second = (said[["article", "id"]].add_prefix(end) for end in ("first_", "second_"))
    affirmed = said["stance"].isin(["affirms", "proven"])
    linked = contradictions(atlas).query("first_id != second_id")
    compared = numbers.merge(first[affirmed]).merge(second[affirmed], on="second_id")
    linked = linked.assign(how=linked["how"].str.replace(" ", "_"))
    linked = pd.concat([linked, compared.assign(how="numbers_compared")])
    pairs = [linked, first.merge(second, left_on="first_id", right_on="second_id")]
    if alone:
        others = atlas.articles[["article_id"]].set_axis(["second_article"], axis=1)
        lone = first.merge(others, how="cross").assign(second_id=lambda t: t["first_id"])
        back = linked[[*ends[2:], ends[0]]].set_axis(ends[:3], axis=1)
        pairs.append(lone.merge(pd.concat([linked[ends[:3]], back]), how="left_anti"))
    table = pd.concat(pairs, ignore_index=True).query("first_article != second_article")
    return _in_order(atlas, table).drop_duplicates(ends)[[*PAIR, "why"]].fillna("")


def _relation(pair: Any) -> str:
    """Name the relation of two positions."""
    positions = frozenset((pair.first_stance, pair.second_stance))
    if pair.how:  # over a link
        disputed = pair.how == "contradict" and positions == {"affirms", "unproven"}
        return "evidence_disputed" if disputed else pair.how
    if "inconsistent" in positions:
        return "inconsistent"
    if "" in positions:
        return "only_first" if pair.first_stance else "only_second"
    relation, louder = _RELATIONS[positions], pair.first_strength - pair.second_strength
    if louder and relation in ("both_affirm", "both_deny"):
        return "first_stronger" if louder > 0 else "second_stronger"
    return relation


def _numbers(atlas: Atlas) -> pd.DataFrame:
    """Compare the ranges of each two propositions that are linked as one quantity, both ways."""
    ends = _links(atlas).query("relation == 'same_quantity'")[["from_id", "to_id"]]
    names = ["first_id", "second_id"]
    both = [ends.set_axis(order, axis=1) for order in (names, names[::-1])]
    ends = pd.concat(both, ignore_index=True).drop_duplicates(ignore_index=True)
    amounts = atlas.propositions.join(_amounts(atlas.propositions)).set_index("proposition_id")
    one, other = (amounts.loc[ends[c]].reset_index(drop=True) for c in ends)
    meet = (one["low"] <= other["high"]) & (other["low"] <= one["high"])
    overlap = meet.where(one["base"] == other["base"])
    return ends.assign(numbers=one["words"] + " | " + other["words"], overlap=overlap)


def _amounts(frame: pd.DataFrame) -> pd.DataFrame:
    """Bring ranges to one unit of mass or time, and word them as they stand."""
    base, factor = (frame["unit"].map({u: known[i] for u, known in UNITS.items()}) for i in (0, 1))
    low, high = (frame[c] * factor.fillna(1) for c in ("value_low", "value_high"))
    table = pd.DataFrame({"low": low, "high": high, "base": base.fillna(frame["unit"])})
    return table.assign(words=[_range(row) for row in frame.itertuples()])


def _range(row: Any) -> str:
    values = [f"{v:g}" for v in (row.value_low, row.value_high) if not pd.isna(v)]
    words = f"{'–'.join(dict.fromkeys(values))} {row.unit}"
    return f"{words} per {row.per}" if row.per else words


# --- wording gaps, omissions ------------------------------------------------------------------


def gap_table(
    atlas: Atlas, held: pd.DataFrame, by: str = "topic", unit: str = "claims"
) -> pd.DataFrame:
    """Count overstated, matched and understated claims of each article by one coded column.

    Parameters
    ----------
    atlas : Atlas
        The corpus.
    held : pandas.DataFrame
        From `claimatlas.grading.claims_graded`.
    by : str
        A coded column of ``claims`` or ``propositions``; empty for whole articles.
    unit : {"claims", "propositions"}
        Count every claim, or each proposition once an article, by its most overstated claim, so
        that restatements do not count. A proposition none of whose claims is held is
        not_applicable.

    Returns
    -------
    pandas.DataFrame
        One row an article, code and wording gap, also where the count is 0: ``article_id``, the
        column `by` where one is named, ``gap``, ``n``, ``of`` (those held against a grade, of that
        article and code) and ``share`` (``n / of``; missing for not_applicable, and where ``of`` is
        0). Signed gaps are never averaged.
    """
    levels = {by: atlas.labels(_code_list(atlas, by))} if by else {}
    levels = {"article_id": atlas.articles["article_id"], **levels, "gap": GAPS}
    return _counted(_gap_rows(atlas, held, by, unit), apart=GAPS[-1], **levels)


def step_table(atlas: Atlas, held: pd.DataFrame, unit: str = "claims") -> pd.DataFrame:
    """Count the steps by which each article's wording is off what the evidence permits.

    Parameters
    ----------
    atlas, held, unit
        As for `gap_table`.

    Returns
    -------
    pandas.DataFrame
        One row an article and step from -4 to 6, or further where a claim is further off:
        ``article_id``, ``step`` (above 0 overstated), ``n``, ``of`` and ``share``.
    """
    rows = _gap_rows(atlas, held, "", unit).dropna(subset="wording_gap")
    rows = rows.rename(columns={"wording_gap": "step"})
    ends = [-4, 6, *rows["step"].astype(int)]
    steps = range(min(ends), max(ends) + 1)
    return _counted(rows, article_id=atlas.articles["article_id"], step=steps)


def _gap_rows(atlas: Atlas, held: pd.DataFrame, by: str, unit: str) -> pd.DataFrame:
    """Join claims with the column `by`; keep the most overstated of each proposition if asked."""
    if by and by not in held:
        held = held.merge(claim_table(atlas)[["claim_id", by]], on="claim_id")
    worst = held.sort_values("wording_gap", ascending=False, na_position="last", kind="stable")
    return _by_unit(worst, unit)


def omissions(atlas: Atlas, grades: pd.DataFrame, kinds: Collection[str] = WEIGHTY) -> pd.DataFrame:
    """List what one article only says, and what studies measured and no article says.

    Parameters
    ----------
    atlas : Atlas
        The corpus.
    grades : pandas.DataFrame
        From `claimatlas.grading.grade`.
    kinds : collection of str
        Kinds of propositions to look at in the articles.

    Returns
    -------
    pandas.DataFrame
        One row a proposition, by article (measured ones first), topic as shown, and id:
        ``said_by`` (the one article that says it in its own voice, with any stance; empty where it
        was measured and none does), ``proposition_id``, ``statement``, ``topic``, ``kind``,
        ``omission`` (why a reader would want to know, of measured ones), and ``direction``,
        ``certainty`` and ``rung``, each ``_in_humans`` and ``_in_system`` (empty where ungraded).
    """
    own = atlas.claims.query("voice == 'own'").groupby("proposition_id")["article_id"]
    rows = atlas.propositions.set_index("proposition_id").join(own.agg(["nunique", "first"]))
    one = (rows["nunique"] == 1) & rows["kind"].isin(list(kinds))
    rows = rows[one | ((rows["omission"] != "") & rows["nunique"].isna())]
    wide = grades.set_index(["proposition_id", "scope"])[["direction", "certainty", "rung"]]
    wide = wide.unstack().reindex(rows.index)
    wide.columns = [f"{column}_{scope}" for column, scope in wide.columns]
    rows = rows.rename(columns={"first": "said_by"}).join(wide).reset_index()
    rows["place"] = pd.Categorical(rows["topic"], list(atlas.labels("topic")))
    rows = rows.fillna(dict.fromkeys(["said_by", *wide], ""))
    rows = rows.sort_values(["said_by", "place", "proposition_id"], ignore_index=True)
    columns = ["said_by", "proposition_id", "statement", "topic", "kind", "omission"]
    return rows[[*columns, *wide]]


# --- practice ---------------------------------------------------------------------------------


_SOURCE = {"article_id": "source", "quote": "words", "claim_id": "id"}
_SOURCE |= {"practice_source": "source", "says": "words", "practice_id": "id"}


def matter_table(atlas: Atlas) -> pd.DataFrame:
    """Count who speaks of each practical matter.

    Parameters
    ----------
    atlas : Atlas
        The corpus.

    Returns
    -------
    pandas.DataFrame
        Index ``matter``, all in the order shown; a column an article (propositions on which it
        speaks in its own voice) and one a code of ``practice_source`` (sources that speak of it;
        one that is silent, or whose copy breaks off before it, is none).
    """
    own = claim_table(atlas).query("voice == 'own'")
    own = own.drop_duplicates(["article_id", "proposition_id"]).rename(columns=_SOURCE)
    said = own.merge(atlas.propositions[["proposition_id", "matter"]])
    found = atlas.practice.query("answers == 'says'").rename(columns=_SOURCE)
    sources = [*atlas.articles["article_id"], *atlas.labels("practice_source")]
    counts = _counts(pd.concat([said, found]), matter=atlas.labels("matter"), source=sources)
    return counts.unstack(sort=False)


def practice_table(atlas: Atlas, matter: str) -> pd.DataFrame:
    """Set the articles' words on one practical matter beside those of labels, trials and others.

    Parameters
    ----------
    atlas : Atlas
        The corpus.
    matter : str
        A code of the list ``matter``.

    Returns
    -------
    pandas.DataFrame
        Articles first, in text order, then sources in the order of ``practice_source``: ``source``
        (article id or code), ``words`` (exact quote of an article; our words for a source, also
        where a search found nothing), ``context``, ``statement``, ``voice``, ``stance`` and
        ``wording`` (of articles, else empty), ``study_id``, ``answers``, ``place`` and ``dated``
        (of sources), ``id`` (claim or row of ``practice``). No rows where nobody speaks.

    Raises
    ------
    ValueError
        Where the codebook has no such matter.
    """
    if matter not in atlas.labels("matter"):
        raise ValueError(f"{matter!r} is not a code of the list 'matter'")
    claims = claim_table(atlas).merge(atlas.propositions[["proposition_id", "matter"]])
    order = pd.Categorical(atlas.practice["practice_source"], list(atlas.labels("practice_source")))
    sources = atlas.practice.assign(order=order).sort_values("order", kind="stable")
    rows = pd.concat([t.rename(columns=_SOURCE) for t in (claims, sources)], ignore_index=True)
    columns = ["source", "words", "context", "statement", "voice", "stance", "wording"]
    columns = [*columns, "study_id", "answers", "place", "dated", "id"]
    return rows.query("matter == @matter")[columns].fillna("").reset_index(drop=True)


def dose_table(atlas: Atlas, compound: str) -> pd.DataFrame:
    """Set the doses that articles affirm beside those that labels and studies state.

    Parameters
    ----------
    atlas : Atlas
        The corpus.
    compound : str
        Id of a node of kind ``compound``.

    Returns
    -------
    pandas.DataFrame
        One row an article and proposition of matter ``dose`` or kind ``dosing`` with a quantity,
        that has the compound as its subject or names it by its label; then one row a dose of the
        table ``doses``: ``source`` (article id, ``label``, ``trial``, ``animal_study`` or
        ``other_document``), ``what``, ``low``, ``high``, ``unit``, ``per``, ``population``,
        ``route`` (of studies) and ``id``. Masses are in ``ug``, those for a kilogram of body in
        ``ug/kg`` and never converted into each other; an amount a time and an amount a day are
        told apart by ``per``. Other units, such as how often a day, stay as they are; lengths of
        time are left out, and a dose without an amount has neither ``low`` nor ``high``.

    Raises
    ------
    KeyError
        Where there is no such node.
    """
    label = atlas.nodes.set_index("node_id").loc[compound, "label"]
    rows = atlas.propositions.join(_amounts(atlas.propositions)).drop(columns="route")
    named = (rows["subject"] == compound) | rows["statement"].map(_terms([label]).search).notna()
    rows = rows[named].query("(matter == 'dose' or kind == 'dosing') and base != 'min'")
    own = atlas.claims.query("voice == 'own' and stance == 'affirms'")
    said = own.merge(rows.dropna(subset="low"), on="proposition_id")
    said = said.drop_duplicates(["article_id", "proposition_id"])
    said["population"] = said["species_worded"].map(WORDED).fillna("people")
    doses = atlas.doses.join(_amounts(atlas.doses)).query("compound == @compound")
    doses = doses.merge(atlas.studies[["study_id", "document_kind", "design"]])
    kinds = doses["population"].map({"people": "trial", "animals": "animal_study"})
    kinds = kinds.where(doses["design"] != "document").fillna("other_document")
    doses["source"] = kinds.mask(doses["document_kind"] == "label_copy", "label")
    names = {"article_id": "source", "statement": "what", "proposition_id": "id", "dose_id": "id"}
    said = said.sort_values(["article_id", "proposition_id"])
    table = pd.concat([t.rename(columns=names) for t in (said, doses)], ignore_index=True)
    columns = ["source", "what", "low", "high", "base", "per", "population", "route", "id"]
    return table[columns].rename(columns={"base": "unit"}).fillna({"route": ""})


# --- instruments, uncertainty of coding -------------------------------------------------------


def item_table(atlas: Atlas) -> pd.DataFrame:
    """Join every score with what it answers.

    Parameters
    ----------
    atlas : Atlas
        The corpus.

    Returns
    -------
    pandas.DataFrame
        One row a score, by instrument as shown, item and article: ``instrument``, ``item``,
        ``question``, ``article_id``, ``state``, ``score``, ``low`` and ``high`` (of the scale),
        ``higher_is`` (``better`` or ``worse``, as the words of the scale say; else empty),
        ``quote``, ``searched``, ``why`` and ``coder``.
    """
    rows = atlas.scores.merge(atlas.instruments, on="item", validate="many_to_one")
    higher = rows["scale"].str.extract(r"higher is (better|worse)", expand=False).fillna("")
    order = pd.Categorical(rows["instrument"], list(atlas.labels("instrument")))
    rows = rows.assign(higher_is=higher, order=order)
    rows = rows.sort_values(["order", "item", "article_id"], ignore_index=True)
    columns = ["instrument", "item", "question", "article_id", "state", "score", "low", "high"]
    return rows[[*columns, "higher_is", "quote", "searched", "why", "coder"]]


def scores_table(atlas: Atlas) -> pd.DataFrame:
    """Sum up the scores of each article by instrument.

    Parameters
    ----------
    atlas : Atlas
        The corpus.

    Returns
    -------
    pandas.DataFrame
        One row an instrument and article: ``instrument``, ``article_id``, ``higher_is``,
        ``scored`` (items), ``total`` (of their scores), ``least`` and ``possible`` (what those
        items could have earned), ``share`` (where the total lies from least, 0, to possible, 1;
        missing where nothing is scored), ``not_applicable`` and ``cannot_judge`` (items).
    """
    items, keys = item_table(atlas), ["instrument", "article_id"]
    levels = {"instrument": items["instrument"].unique(), "article_id": atlas.articles[keys[1]]}
    table = _counts(items, **levels, state=atlas.labels("score_state")).unstack(sort=False)
    sums = items[items["state"] == "scored"].groupby(keys)[["score", "low", "high"]].sum()
    sums = sums.set_axis(["total", "least", "possible"], axis=1).reindex(table.index)
    table = table.join(sums.astype(float).fillna(0)).reset_index()
    span = (table["possible"] - table["least"]).where(table["scored"] > 0)
    table["share"] = (table["total"] - table["least"]) / span
    table["higher_is"] = table["instrument"].map(items.groupby("instrument")["higher_is"].max())
    table = table.rename(columns={"cannot_judge_from_copy": "cannot_judge"})
    columns = ["higher_is", "scored", "total", "least", "possible", "share"]
    return table[[*keys, *columns, "not_applicable", "cannot_judge"]]


def range_table(atlas: Atlas, column: str, draws: int = 2000, seed: int = 20261121) -> pd.DataFrame:
    """Say how far each share of an article's claims could move, by coding and by restatements.

    Parameters
    ----------
    atlas : Atlas
        The corpus.
    column : str
        A coded column of ``claims``.
    draws, seed : int
        How often to recode, and the random seed.

    Returns
    -------
    pandas.DataFrame
        The table of `count_table` with ``low`` and ``high`` (the 2.5th and 97.5th percentiles of
        the share if all claims were coded once more; missing where the article has no claims or the
        column was not coded twice), and ``by_proposition`` (the share where each proposition counts
        once an article and code).

    Notes
    -----
    Ours. The claims are a census, so that this is no sampling error. Each draw resamples the units
    of the second coding, takes from them how often what one reading gave some code got another from
    the other reading (either may have been first), and recodes every claim of the article at these
    rates. One imagined judgement a code, spread evenly over all codes, keeps a rate from being 0
    only because little was coded twice. Errors that both readings share are not seen.
    """
    table, random = count_table(atlas, column), np.random.default_rng(seed)
    codes = list(table["code"].unique())
    judged = atlas.second_coding.query("table == 'claims' and column == @column")
    counts = table["n"].to_numpy().reshape(-1, len(codes))
    ends = np.full((*counts.shape, 2), np.nan)
    if len(judged):
        rates = _recoding_rates(judged, codes, draws, random)
        for place, row in enumerate(counts):
            recoded = sum(random.multinomial(n, rates[:, i]) for i, n in enumerate(row))
            shares = recoded / (row.sum() or np.nan)
            ends[place] = np.quantile(shares, [0.025, 0.975], axis=0).T
    low, high = ends.reshape(-1, 2).T
    by_proposition = count_table(atlas, column, "propositions")["share"]
    return table.assign(low=low, high=high, by_proposition=by_proposition)


def _recoding_rates(
    judged: pd.DataFrame, codes: list[str], draws: int, random: np.random.Generator
) -> np.ndarray:
    """Draw how often each code becomes each: shape (draws, codes, codes), rows sum to 1."""
    units, names = pd.factorize(judged["unit"])
    ends = [pd.Index(codes).get_indexer(judged[reading]) for reading in ("first", "second")]
    flow = np.zeros((len(names), len(codes), len(codes)))
    np.add.at(flow, (units, *ends), 0.5)
    np.add.at(flow, (units, *ends[::-1]), 0.5)
    # Units of one pattern are drawn together, which is the same and takes less room.
    patterns, times = np.unique(flow.reshape(len(names), -1), axis=0, return_counts=True)
    weights = random.multinomial(len(names), times / len(names), size=draws)
    rates = (weights @ patterns).reshape(draws, len(codes), -1) + 1 / len(codes)
    return rates / rates.sum(2, keepdims=True)


def coding_interval(
    atlas: Atlas, column: str, value: str, article_id: str, draws: int = 2000, seed: int = 20261121
) -> tuple[float, float]:
    """Return ``low`` and ``high`` of one row of `range_table`.

    Parameters
    ----------
    atlas, column, draws, seed
        As for `range_table`.
    value, article_id : str
        The code and the article of the row.

    Returns
    -------
    (float, float)
        How far the share could move if the article were coded once more.
    """
    table = range_table(atlas, column, draws, seed).set_index(["article_id", "code"])
    low, high = table.loc[(article_id, value), ["low", "high"]]
    return float(low), float(high)


# --- word choice: pointers to sentences, never a verdict --------------------------------------

# Words after Unicode Standard Annex 29; a hyphenated compound is one word, as in `anchor`.
_WORD = regex.compile(r"(?w)\b\w.*?\b(?:[-‐‑]\w.*?\b)*")
_STOPLESS = regex.compile(r"(?<=[^\s.!?])\s*\n")
_SENTENCE_END = regex.compile(r"[.!?;](?=\s)|\n")


def hedges(atlas: Atlas, group: str = "hedge") -> pd.DataFrame:
    """Count the terms of one group of the lexicon in each article's own text.

    Parameters
    ----------
    atlas : Atlas
        The corpus; its table ``hedges`` holds ``term`` and ``group``: ``hedge``, ``booster``,
        ``exception`` (words that hold a hedge and are none) or ``negation``.
    group : str
        The group to count.

    Returns
    -------
    pandas.DataFrame
        One row an article and term, also where the count is 0: ``article_id``, ``term``, ``n``
        (whole words, whatever the case, outside exceptions and not negated), ``negated`` (those
        with a negation among the three words before in their sentence), ``words`` (of the article's
        own text) and ``per_1000`` (of ``n``; missing where there are no words).

    Notes
    -----
    A count of word choice, not of quality: it does not see what a hedge is said of.
    """
    groups = atlas.hedges.groupby("group")["term"].agg(list)
    negations = set(groups.get("negation", []))
    pattern = _terms([*groups[group], *groups.get("exception", [])])
    texts, hits = _bodies(atlas), []
    for article, text in texts.items():
        for hit in pattern.finditer(text):
            before = _SENTENCE_END.split(text[max(0, hit.start() - 100) : hit.start()])[-1]
            negated = not negations.isdisjoint(_words(before)[-3:])
            hits.append((article, " ".join(hit[0].casefold().split()), negated))
    found = pd.DataFrame(hits, columns=["article_id", "term", "negated"])
    counts = _counts(found, article_id=texts, term=groups[group], negated=[False, True])
    table = counts.unstack(sort=False).set_axis(["n", "negated"], axis=1).reset_index()
    words = table["article_id"].map({a: len(_WORD.findall(text)) for a, text in texts.items()})
    return table.assign(words=words, per_1000=(1000 * table["n"] / words).where(words > 0))


def _terms(terms: Iterable[str]) -> regex.Pattern:
    """Match any of the terms as whole words, the longest first."""
    longest = sorted(terms, key=len, reverse=True)
    any_term = "|".join(r"\s+".join(map(regex.escape, term.split())) for term in longest)
    return regex.compile(rf"(?wi)(?<!\w[-‐‑])\b(?:{any_term})\b(?![-‐‑]\w)")


def _words(text: str) -> list[str]:
    return [w.replace("’", "'") for w in _WORD.findall(text.casefold())]


def _bodies(atlas: Atlas) -> dict[str, str]:
    """Return each article's own text, without its reference list."""
    ends = zip(atlas.articles["article_id"], atlas.articles["body_end"], strict=True)
    return {a: atlas.texts[a][: None if pd.isna(end) else int(end)] for a, end in ends}


def distinctive_words(atlas: Atlas, prior: float = 500, least: int = 3) -> pd.DataFrame:
    """Find the words that each article uses more than all others together.

    Parameters
    ----------
    atlas : Atlas
        The corpus.
    prior : float
        Weight of the prior in words: all articles' word frequencies together.
    least : int
        How often a word must stand in all articles together.

    Returns
    -------
    pandas.DataFrame
        One row an article and word that it uses, by article and falling ``z``; only articles of
        one language (column ``language``, where the table has it) are set against each other, and
        none in a script without spaces between words: ``article_id``,
        ``word``, ``n``, ``others`` (count elsewhere), ``log_odds`` (above 0: used more here), its
        95 % interval ``low`` and ``high``, and ``z``.

    Notes
    -----
    Log-odds with an informative Dirichlet prior: Monroe, Colaresi, Quinn. Fightin' words. Political
    Analysis 2008;16:372-403. Not by the package logodds 0.1, which has one release and takes two
    corpora a call; its results are the same.
    """
    counts = {a: Counter(_words(text)) for a, text in _bodies(atlas).items()}
    rows = [(a, word, n) for a, found in counts.items() for word, n in found.items()]
    table = pd.DataFrame(rows, columns=["article_id", "word", "n"])
    tongue = _tongues(atlas).reindex(table["article_id"]).set_axis(table.index)
    total = table.groupby([tongue, "word"])["n"].transform("sum")
    every = table.groupby(tongue)["n"].transform("sum")
    size = table.groupby("article_id")["n"].transform("sum")
    here, there = (n + prior * total / every for n in (table["n"], total - table["n"]))
    odds = np.log(here / (size + prior - here)) - np.log(there / (every - size + prior - there))
    deviation = np.sqrt(1 / here + 1 / there)
    table = table.assign(others=total - table["n"], log_odds=odds, low=odds - 1.96 * deviation)
    table = table.assign(high=odds + 1.96 * deviation, z=odds / deviation)
    table = table[(total >= least) & (size < every) & ~tongue.isin(_UNSPACED)]
    order = ["article_id", "z", "word"]
    return table.sort_values(order, ascending=[True, False, True], ignore_index=True)


def _tongues(atlas: Atlas) -> pd.Series:
    """Return each article's language without its region; one and the same where none is given."""
    articles = atlas.articles.reindex(columns=["article_id", "language"]).fillna("")
    return articles.set_index("article_id")["language"].map(primary)


def readability(atlas: Atlas) -> pd.DataFrame:
    """Compute three indices of how hard each article's own text is to read.

    Parameters
    ----------
    atlas : Atlas
        The corpus, in English; needs the library textstat.

    Returns
    -------
    pandas.DataFrame
        One row an article: ``article_id``, ``words``, ``sentences``, ``coleman_liau`` and ``ari``
        (school years in the United States), and ``lix`` (above 50 is hard). All missing where there
        are no words.

    Notes
    -----
    Those indices of textstat that need no download; they see letters, words and sentences only.
    A line that ends without a stop, such as a heading, is taken for a sentence; sentences of one or
    two words are not counted by textstat.
    """
    import textstat

    measures = {"words": textstat.lexicon_count, "sentences": textstat.sentence_count}
    measures |= {"coleman_liau": textstat.coleman_liau_index, "lix": textstat.lix}
    measures |= {"ari": textstat.automated_readability_index}
    texts = {a: _STOPLESS.sub(".\n", text + "\n") for a, text in _bodies(atlas).items()}
    table = pd.DataFrame([{c: f(text) for c, f in measures.items()} for text in texts.values()])
    table = table.where(table["words"] > 0)
    table.insert(0, "article_id", list(texts))
    return table
