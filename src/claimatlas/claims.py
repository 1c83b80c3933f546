"""Tables about the claims: where they stand in the text, and how they count by any code.

Every function takes an atlas and returns a DataFrame that a figure draws or a page shows.
"""

from __future__ import annotations

import pandas as pd

from claimatlas.atlas import Atlas


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
    columns = ["proposition_id", "statement", "topic", "kind", "route"]
    joined = atlas.claims.merge(
        atlas.propositions[columns], on="proposition_id", how="left", validate="many_to_one"
    )
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
    if unit not in ("claims", "propositions"):
        raise ValueError(f"unit {unit!r} is neither 'claims' nor 'propositions'")
    labels = atlas.labels(_code_list(atlas, column))
    rows = claim_table(atlas)
    if unit == "propositions":
        rows = rows.drop_duplicates(["article_id", "proposition_id", column])
    counted = rows.groupby(["article_id", column]).size()
    grid = pd.MultiIndex.from_product(
        [atlas.articles["article_id"], labels], names=["article_id", "code"]
    )
    table = counted.reindex(grid, fill_value=0).rename("n").reset_index()
    table["of"] = table.groupby("article_id")["n"].transform("sum")
    table["share"] = (table["n"] / table["of"]).where(table["of"] > 0)
    table.insert(1, "article", table["article_id"].map(article_labels(atlas)))
    table.insert(3, "label", table["code"].map(labels))
    return table


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
    rows = []
    for article in atlas.articles.itertuples():
        claims = atlas.claims.query("article_id == @article.article_id")
        text = atlas.texts[article.article_id]
        body = len(text) if pd.isna(article.body_end) else int(article.body_end)
        claimed = _union(list(zip(claims["start"], claims["end"], strict=True)))
        propositions = claims["proposition_id"].nunique()
        rows.append(
            {
                "article_id": article.article_id,
                "article": article.label,
                "characters": len(text),
                "body": body,
                "claimed": claimed,
                "share": claimed / body if body else float("nan"),
                "claims": len(claims),
                "propositions": propositions,
                "restatements": len(claims) - propositions,
            }
        )
    return pd.DataFrame(rows)


def _union(spans: list[tuple[int, int]]) -> int:
    """Count the characters that lie in at least one span."""
    covered, reached = 0, 0
    for start, end in sorted(spans):
        covered += max(0, end - max(start, reached))
        reached = max(reached, end)
    return covered


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
