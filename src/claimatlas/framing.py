"""Tables about the claims: where they stand, how they count, and where articles contradict.

Every function takes an atlas and returns a DataFrame that a figure draws or a page shows.
"""

from __future__ import annotations

import pandas as pd

from claimatlas.atlas import Atlas

PAIR = ["how", "first_article", "first_id", "second_article", "second_id"]
"""What makes a pair of statements of two articles one pair."""


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
        ends = claims["end"].clip(upper=body)
        claimed = _union(list(zip(claims["start"], ends, strict=True)))
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


def contradictions(atlas: Atlas) -> pd.DataFrame:
    """Find every pair of statements on which two articles cannot both be right.

    Parameters
    ----------
    atlas : Atlas
        The corpus.

    Returns
    -------
    pandas.DataFrame
        One row a pair, sorted by kind and ids: ``how``, ``first_article``, ``first_id``
        (proposition), ``second_article``, ``second_id``, and ``why`` (the link's reason; empty
        for one proposition). ``how`` is

        - ``contradict``: one affirms what the other denies, be it one proposition, two that
          exclude each other, or one that entails what the other denies;
        - ``certainty differs``: one affirms what the other calls unknown;
        - ``evidence disputed``: one says that a thing is not proven, the other that it is so.

        Only claims in an article's own voice count. The same pair is listed once, articles in
        the order of the table ``articles``.
    """
    own = claim_table(atlas).query("voice == 'own'")
    said = own.drop_duplicates(["article_id", "proposition_id", "stance"])
    said = said[["article_id", "proposition_id", "stance", "about"]]
    found = [*_on_one(said), *_on_linked(said, atlas.proposition_links)]
    table = pd.DataFrame(found, columns=[*PAIR, "why"])
    place = {a: i for i, a in enumerate(atlas.articles["article_id"])}
    swap = table["first_article"].map(place) > table["second_article"].map(place)
    ends = PAIR[1:]
    table.loc[swap, ends] = table.loc[swap, [*ends[2:], *ends[:2]]].to_numpy()
    table = table.drop_duplicates(PAIR)
    return table.sort_values(PAIR, ignore_index=True)


def _on_one(said: pd.DataFrame) -> list[tuple]:
    """Pairs that differ on one and the same proposition."""
    pairs = said.merge(said, on="proposition_id").query(
        "article_id_x != article_id_y and stance_x == 'affirms' and stance_y != 'affirms'"
    )
    kinds = {"denies": "contradict", "says_unknown": "certainty differs"}
    return [
        (kinds[p.stance_y], p.article_id_x, p.proposition_id, p.article_id_y, p.proposition_id, "")
        for p in pairs.itertuples()
    ]


def _on_linked(said: pd.DataFrame, links: pd.DataFrame) -> list[tuple]:
    """Pairs that differ over a link: both affirm what excludes, or what entails is held apart."""
    joined = (
        links.merge(said, left_on="from_id", right_on="proposition_id")
        .merge(said, left_on="to_id", right_on="proposition_id", suffixes=("_from", "_to"))
        .query("article_id_from != article_id_to")
    )
    found = []
    for p in joined.itertuples():
        stances = (p.relation, p.stance_from, p.stance_to)
        if stances in (("excludes", "affirms", "affirms"), ("entails", "affirms", "denies")):
            how = "contradict"
        elif stances == ("entails", "denies", "affirms") and p.about_from == "evidence":
            how = "evidence disputed"
        else:
            continue
        found.append((how, p.article_id_from, p.from_id, p.article_id_to, p.to_id, p.why))
    return found


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
        One row a pair: ``how``, ``first`` and ``second`` (article, quotes with stance, and id of
        the proposition).
    """
    own = claim_table(atlas).query("voice == 'own'")
    stances = atlas.labels("stance")

    def words(article: str, proposition: str) -> str:
        claims = own[(own["article_id"] == article) & (own["proposition_id"] == proposition)]
        quotes = [f"“{c.quote}” ({stances[c.stance]})" for c in claims.itertuples()]
        return f"{article}: {'; '.join(quotes)} [{proposition}]"

    rows = [
        (p.how, words(p.first_article, p.first_id), words(p.second_article, p.second_id))
        for p in pairs.itertuples()
    ]
    return pd.DataFrame(rows, columns=["how", "first", "second"])
