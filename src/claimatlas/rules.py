"""The project's own rules of validation: what types and keys cannot say.

A rule that one look at a row decides is told in ``rules.toml``: add one there. Any other is a
generator under the decorator, over the tables' string frames (indexed by line number). It yields
``(row, column, problem, remedy)``, and the value where it is not the row's cell. A rule runs where
all the tables it needs are there and can be read; what it says is of the first of them.
"""

from __future__ import annotations

import difflib
import hashlib
import re
import tomllib
from collections import ChainMap
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from claimatlas.anchor import check_quote, nearest, only_place

if TYPE_CHECKING:
    from claimatlas.atlas import Schema, Table

Finding = tuple[str, int, str, str, str, str]
Frames = dict[str, pd.DataFrame]

CONTEXT_JOINT = " | "

_DIGITS = re.compile(r"([0-9]+)")
_VALUE = re.compile(r"[-+]?[0-9]{1,15}(\.[0-9]{1,15})?(e[-+]?[0-9]{1,2})?", re.IGNORECASE)
_DAY = re.compile(
    r"\d{1,2}[-. /][^\W\d]{3,9}\.?([-. /]\d{2,4})?|[^\W\d]{3,9}[-. ]\d{2,4}|\d{4}-\d\d-\d\d.*"
    r"|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}.*|\d{1,2}:\d\d(:\d\d)?"
)
_SIGNED = re.compile(r"[-+=@]\S")
_CELL_LIMIT = 32_767  # characters of a cell of Excel; LibreOffice holds more
INTEGER = re.compile(r"-?[0-9]{1,15}")
NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")

TIDY = "`claimatlas tidy` repairs it"
TIDY_ONCE = f"{TIDY} where the quote stands once in its article"
BY_HAND = "`claimatlas tidy` cannot repair it"
LOST_ZEROS = f"; a spreadsheet or pandas may have cut zeros off; {BY_HAND}"

_MAY_BE_EMPTY = ("claims", "propositions")  # any other table without rows counts as absent

# Judged columns of the second coding that no table has, and their code lists.
_PAIRED = {"segment": "judgement_segment", "same_proposition": "judgement_pair"}


@dataclass
class Corpus:
    """What a rule sees: the folder, the schema, the readable tables, and the articles' texts."""

    root: Path
    schema: Schema
    frames: Frames
    texts: dict[str, str] = field(default_factory=dict)
    seams: dict[str, set[int]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self.frames[name]

    def look_up(self, table: str, key: str, column: str) -> dict[str, str]:
        """Return the values of a column by those of another."""
        return dict(zip(self[table][key], self[table][column], strict=True))

    def keys(self, table: Table, column: str) -> list[str] | None:
        """Return the values a column takes from another table; None where that is unread."""
        for key in table.foreign_keys:
            if key.columns == (column,):
                there = self.frames.get(key.table)
                return None if there is None else ["", *there[key.references[0]]]
        return []

    def unread(self, name: str) -> bool:
        """Say whether a described table could not be read, so that nothing is held against it."""
        return name in self.schema.tables and name not in self.frames


Rule = Callable[[Corpus], Iterator[tuple]]
_WRITTEN: dict[str, tuple[tuple[str, ...], Rule]] = {}


def _rule(*tables: str) -> Callable[[Rule], Rule]:
    def register(function: Rule) -> Rule:
        _WRITTEN[function.__name__] = tables, function
        return function

    return register


@cache
def _told() -> dict[str, Any]:
    """Return what ``rules.toml`` says."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


@cache
def _rules() -> dict[str, tuple[tuple[str, ...], Rule]]:
    """Return every rule by its name, with the tables it needs."""
    told = {
        name: (tuple(rule["tables"]), partial(_forbidden, rule=rule))
        for name, rule in _told()["rule"].items()
    }
    return _WRITTEN | told


def check(root: Path, schema: Schema, frames: Frames) -> Iterator[Finding]:
    """Run every rule whose tables are there and, but for claims and propositions, have rows.

    Parameters
    ----------
    root : pathlib.Path
        The corpus folder.
    schema : Schema
        The described tables.
    frames : dict of str to pandas.DataFrame
        The readable tables as strings, each indexed by line number.

    Yields
    ------
    tuple
        ``(table, line, column, value, problem, remedy)``.
    """
    corpus = Corpus(root, schema, frames)
    for tables, rule in _rules().values():
        if all(t in frames and (len(frames[t]) or t in _MAY_BE_EMPTY) for t in tables):
            for row, column, problem, remedy, *other in rule(corpus):
                value = other[0] if other else getattr(row, column)
                yield tables[0], row.Index, column, value, problem, remedy


def articles(root: Path, schema: Schema, frames: Frames) -> Corpus:
    """Read the articles' texts and seams alone, whatever else is at fault.

    Parameters
    ----------
    root, schema, frames
        As for `check`; of the frames only articles and seams are looked at.

    Returns
    -------
    Corpus
        With `texts` of the articles that can be read and `seams`.
    """
    corpus = Corpus(root, schema, frames)
    for rule in (_article_files, _seams_inside):
        if all(t in frames for t in _WRITTEN[rule.__name__][0]):
            list(rule(corpus))
    return corpus


def natural(value: str) -> tuple[str | tuple[int, str], ...]:
    """Return a sort key under which digits count as numbers: P99 before P100."""
    parts = _DIGITS.split(value)  # text, digits, text, …
    parts[1::2] = [(len(d), d) for d in [p.lstrip("0") for p in parts[1::2]]]
    return tuple(parts)


def near(value: str, known: Iterable[str]) -> str:
    """Return the end of a remedy that offers the most similar of the known values, if any is."""
    known = sorted(set(known))
    if twins := [k for k in known if k and k.lstrip("+0") == value.lstrip("+0")]:
        return f"; nearest: {twins[0]}{LOST_ZEROS}"
    best = difflib.get_close_matches(value, known, n=1)
    return f"; nearest: {best[0]}" if best else ""


def edited(cell: str, kind: str = "", repair: str = BY_HAND) -> str:
    """Return the end of a remedy that says what a spreadsheet or pandas may have made of a cell.

    Parameters
    ----------
    cell : str
        A cell that does not fit its column.
    kind : str
        The column's type; empty for one whose cells are words or codes.
    repair : str
        Whether `claimatlas tidy` repairs it.

    Returns
    -------
    str
        Empty where the cell looks like no edit that is known.
    """
    for told in _told()["edited"]:
        fits = kind in told.get("kinds", [kind])
        if fits and re.fullmatch(told["form"], cell, re.IGNORECASE):
            return f"; {told['what']}; {repair}"
    return ""


def rewritten(cell: str, there: str) -> str:
    """Return the end of a remedy that says how a spreadsheet may have made a quote of other words.

    Parameters
    ----------
    cell, there : str
        What the table says, and the article's words at its place.
    """
    if cell == there:
        return ""
    if len(cell) >= _CELL_LIMIT and there.startswith(cell[: _CELL_LIMIT - 1]):
        return f"; a spreadsheet may have cut the cell at {_CELL_LIMIT:,} characters; {BY_HAND}"
    if cell == "'" + there or (_SIGNED.match(there) and cell == there[1:]):
        return f"; a spreadsheet may have changed the sign at its beginning; {BY_HAND}"
    if _VALUE.fullmatch(cell) and _VALUE.fullmatch(there) and float(cell) == float(there):
        return f"; a spreadsheet or pandas may have re-formatted the number; {BY_HAND}"
    if _DAY.fullmatch(cell) and _DIGITS.search(there):
        return f"; a spreadsheet may have read the cell as a date; {BY_HAND}"
    return ""


def integer(value: str) -> int | None:
    """Return a cell as an integer; None where it is none."""
    return int(value) if INTEGER.fullmatch(value) else None


def _forbidden(corpus: Corpus, rule: dict[str, Any]) -> Iterator[tuple]:
    """Find the rows that a rule of ``rules.toml`` forbids; its words may be run as code."""
    rows, elsewhere = corpus[rule["tables"][0]], rule.get("elsewhere", {})
    if any(map(corpus.unread, elsewhere)):
        return
    places = [
        corpus[t][c] for t, columns in elsewhere.items() if t in corpus.frames for c in columns
    ]
    known = {"used": set().union(*places), "number": partial(pd.to_numeric, errors="coerce")}
    for column in rule["columns"]:
        bad = eval(rule["where"], {}, ChainMap({"cell": rows[column]}, known, rows))
        for row in rows[bad].itertuples() if bad.any() else ():
            yield row, column, rule["problem"].format(row=row), rule["remedy"].format(row=row)


@_rule("articles")
def _article_files(corpus: Corpus) -> Iterator[tuple]:
    """Read the texts; their paths stay inside the corpus and their bytes are the recorded ones."""
    root = corpus.root.resolve()
    for row in corpus["articles"].itertuples():
        try:
            path = (corpus.root / row.file).resolve()
            there = path.is_file()
        except (OSError, RuntimeError):  # a name too long, links that go round
            yield row, "file", "cannot be opened", "mend the path"
            continue
        if not row.file or Path(row.file).is_absolute() or not path.is_relative_to(root):
            yield row, "file", "leaves the corpus folder", "keep the file under seeds/"
            continue
        if not there:
            yield row, "file", "is missing", "put the article there, or mend the path"
            continue
        raw = path.read_bytes()
        if row.sha256 != (digest := hashlib.sha256(raw).hexdigest()):
            remedy = "restore the received file; only a new article gets a new hash"
            yield row, "sha256", f"is not the file's SHA-256, which is {digest}", remedy
        try:
            corpus.texts[row.article_id] = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            yield row, "file", f"is not UTF-8 at byte {error.start}", "register a UTF-8 copy"


@_rule("seams", "articles")
def _seams_inside(corpus: Corpus) -> Iterator[tuple]:
    for row in corpus["seams"].itertuples():
        offset, text = integer(row.offset), corpus.texts.get(row.article_id)
        if offset is None or text is None:
            continue
        corpus.seams.setdefault(row.article_id, set()).add(offset)
        if not 0 < offset < len(text):
            problem = f"is outside the article's 0:{len(text)}"
            yield row, "offset", problem, "give an offset inside it"


@_rule("claims", "articles")
def _quotes_stand(corpus: Corpus) -> Iterator[tuple]:
    """Hold every quote against the article's characters at its offsets."""
    for row in corpus["claims"].itertuples():
        text = corpus.texts.get(row.article_id)
        start, end = integer(row.start), integer(row.end)
        if text is None or start is None or end is None:
            continue
        seams = corpus.seams.get(row.article_id, ())
        mismatch = check_quote(text, start, end, row.quote, seams)
        if mismatch and not (mismatch.kind == "inside_word" and corpus.unread("seams")):
            column = "start" if mismatch.kind in ("reversed", "out_of_range") else "quote"
            remedy = mismatch.remedy + _cause(row.quote, text, start, end, mismatch.kind, seams)
            yield row, column, mismatch.problem, remedy


def _cause(quote: str, text: str, start: int, end: int, kind: str, seams: Collection[int]) -> str:
    """Say what an editor may have done to a quote or its offsets, and whether tidy repairs it."""
    if kind != "inside_word" and (why := rewritten(quote, text[max(start, 0) : max(end, 0)])):
        return why
    if kind != "inside_word" and only_place(text, quote, seams) is not None:
        return f"; {TIDY}"
    if kind == "lookalike":
        return f"; an editor's autocorrection may have changed it; {BY_HAND}"
    return edited(quote) if kind == "absent" else ""


@_rule("claims", "articles")
def _words_of_the_article(corpus: Corpus) -> Iterator[tuple]:
    """Context, source and section are the article's exact words too."""
    headings = {a: {"", *text.split("\n")} for a, text in corpus.texts.items()}
    for row in corpus["claims"].itertuples():
        text = corpus.texts.get(row.article_id)
        if text is None:
            continue
        pieces = [("context", piece) for piece in row.context.split(CONTEXT_JOINT)]
        for column, words in [*pieces, ("attributed_to", row.attributed_to)]:
            if words not in text:
                span = nearest(text, words)
                near = f"; nearest: {text[slice(*span)]!r}" if span else ""
                remedy = f"copy the words from the article{near}"
                yield row, column, "is not in the article", remedy, words
        if row.section not in headings[row.article_id]:
            remedy = "copy the heading, or leave the cell empty above the first one"
            yield row, "section", "is not a line of the article", remedy


@_rule("claims")
def _claims_different(corpus: Corpus) -> Iterator[tuple]:
    """No two claims are of the same words and the same proposition."""
    claims, same = corpus["claims"], ["article_id", "start", "end", "proposition_id"]
    claims = claims[claims.duplicated(same, keep=False)]
    first = claims.groupby(same)["claim_id"].transform("first")
    for row in claims.assign(twin=first)[claims.duplicated(same)].itertuples():
        problem = f"is the same claim as {row.twin}: same words, same proposition"
        yield row, "claim_id", problem, "remove one of the two"


@_rule("propositions", "nodes")
def _brain_under_region(corpus: Corpus) -> Iterator[tuple]:
    """A part of the brain stands under region, and nothing else does."""
    kinds = corpus.look_up("nodes", "node_id", "kind")
    ends = ("subject", "object", "comparator", "within")
    for row in corpus["propositions"].itertuples():
        for column in (c for c in ends if kinds.get(getattr(row, c)) == "brain_region"):
            yield row, column, "is a part of the brain", "name it under region"
        if row.region and kinds.get(row.region, "brain_region") != "brain_region":
            yield row, "region", "is no part of the brain", "name it under subject or object"


@_rule("propositions", "nodes", "relations")
def _edges_allowed(corpus: Corpus) -> Iterator[tuple]:
    """A relation begins and ends at the kinds of node that it allows."""
    kinds = corpus.look_up("nodes", "node_id", "kind")
    allowed = {
        column: corpus.look_up("relations", "relation", name)
        for column, name in (("subject", "from_kinds"), ("object", "to_kinds"))
    }
    for row in corpus["propositions"].itertuples():
        for column, known in allowed.items():
            kind = kinds.get(getattr(row, column))
            named = known[row.relation].split("; ") if row.relation in known else [kind]
            if kind is not None and kind not in named:
                problem = f"is a {kind}, which is no {column} of {row.relation!r}"
                remedy = f"name one of these kinds, or another relation: {', '.join(named)}"
                yield row, column, problem, remedy


@_rule("relations", "codes")
def _relations_coded(corpus: Corpus) -> Iterator[tuple]:
    """Relations name kinds of node that there are."""
    kinds = set(corpus["codes"].query("list == 'node_kind'")["code"])
    for row in corpus["relations"].itertuples():
        for column in ("from_kinds", "to_kinds"):
            for kind in (k for k in getattr(row, column).split("; ") if k not in kinds):
                remedy = f"parted by '; '{near(kind, kinds)}"
                yield row, column, "is not a code of the list node_kind", remedy, kind


@_rule("proposition_links", "propositions")
def _links_sound(corpus: Corpus) -> Iterator[tuple]:
    valued = corpus["propositions"].query("value_low != '' or value_high != ''")["proposition_id"]
    known, seen = set(valued), set()
    for row in corpus["proposition_links"].itertuples():
        pair = frozenset((row.from_id, row.to_id))
        if row.relation != "entails" and (row.relation, pair) in seen:
            problem = f"repeats a link {row.relation} with {row.from_id} the other way round"
            yield row, "to_id", problem, "remove the row"
        seen.add((row.relation, pair))
        if row.relation == "same_quantity" and not pair <= known:
            problem = "is a same_quantity link between propositions without values"
            remedy = "give both value_low or value_high"
            yield row, "relation", problem, remedy, f"{row.from_id}, {row.to_id}"


@_rule("citations", "articles")
def _citations_as_printed(corpus: Corpus) -> Iterator[tuple]:
    """An entry is a line of its article, and repeats only an entry of the same list."""
    lines = {article: set(text.split("\n")) for article, text in corpus.texts.items()}
    owner = corpus.look_up("citations", "citation_id", "article_id")
    for row in corpus["citations"].itertuples():
        if row.printed not in lines.get(row.article_id, {row.printed}):
            yield row, "printed", "is not a line of the article", "copy the entry as printed"
        if row.duplicate_of and owner.get(row.duplicate_of, row.article_id) != row.article_id:
            remedy = "name an entry of the same list"
            yield row, "duplicate_of", "is in another article's list", remedy


@_rule("citation_links", "citations", "claims")
def _links_within_an_article(corpus: Corpus) -> Iterator[tuple]:
    of_claim = corpus.look_up("claims", "claim_id", "article_id")
    of_entry = corpus.look_up("citations", "citation_id", "article_id")
    for row in corpus["citation_links"].itertuples():
        claim, entry = of_claim.get(row.claim_id), of_entry.get(row.citation_id)
        if claim and entry and claim != entry:
            problem = f"is an entry of article {entry}, but {row.claim_id} is a claim of {claim}"
            yield row, "citation_id", problem, "link a claim to an entry of its own article"


@_rule("evidence")
def _results_of_their_own(corpus: Corpus) -> Iterator[tuple]:
    rows = corpus["evidence"]
    count = rows.groupby("result")["proposition_id"].transform("nunique")
    for row in rows.assign(count=count)[(count >= 3) & (rows["result"] != "")].itertuples():
        remedy = "say what the study found on this proposition"
        yield row, "result", f"stands for {row.count} propositions", remedy


@_rule("studies", "do_not_cite")
def _sources_citable(corpus: Corpus) -> Iterator[tuple]:
    banned = corpus.look_up("do_not_cite", "page", "why")
    for row in corpus["studies"].itertuples():
        for page in (p for p in banned if p and p.lower() in row.source_url.lower()):
            problem = f"is on the do-not-cite list: {banned[page]}"
            yield row, "source_url", problem, "read the fact at another source, or leave it out"


@_rule("scores", "instruments", "articles")
def _scores_decided(corpus: Corpus) -> Iterator[tuple]:
    """A score lies on its scale, and the words it rests on are the article's."""
    scales = {r.item: (float(r.low), float(r.high)) for r in corpus["instruments"].itertuples()
              if NUMBER.fullmatch(r.low) and NUMBER.fullmatch(r.high)}  # fmt: skip
    for row in corpus["scores"].itertuples():
        if row.state == "scored" and row.item in scales and NUMBER.fullmatch(row.score):
            low, high = scales[row.item]
            if not low <= float(row.score) <= high:
                yield row, "score", f"is off the scale {low:g} to {high:g}", "score on the scale"
        if row.quote not in corpus.texts.get(row.article_id, row.quote):
            yield row, "quote", "is not in the article", "copy the exact words"


@_rule("second_coding", "claims")
def _second_coding_settled(corpus: Corpus) -> Iterator[tuple]:
    """The settled judgement is what the tables say."""
    now = _now(corpus)
    for row in corpus["second_coding"].itertuples():
        if corpus.unread(row.table):
            continue
        value = now(row.table, row.key, row.column)
        if value is None:
            problem = f"names no cell of {row.table} ({row.column})"
            yield row, "key", problem, "mend table, key or column"
        elif value != row.final:
            problem = f"is not what the table says now: {value!r}"
            yield row, "final", problem, "settle the difference in both places"


def _now(corpus: Corpus) -> Callable[[str, str, str], str | None]:
    """Return what looks up what the tables say of a twice-judged cell, pair or stretch."""
    spans = set(corpus["claims"][["article_id", "start", "end"]].itertuples(index=False, name=None))

    @cache
    def cells(table: str, column: str) -> dict[str, str]:
        frame = corpus.frames.get(table)
        if frame is None or column not in frame:
            return {}
        keys = zip(*(frame[k] for k in corpus.schema.tables[table].key), strict=True)
        return dict(zip(map(" ".join, keys), frame[column], strict=True))

    def look_up(table: str, key: str, column: str) -> str | None:
        if column == "segment":
            found = re.fullmatch(r"(.+):([0-9]{1,15})-([0-9]{1,15})", key)
            text = corpus.texts.get(found[1], "") if found else ""
            if not found or not int(found[2]) < int(found[3]) <= len(text):
                return None
            return "marked" if found.groups() in spans else "absent"
        if column == "same_proposition":
            pair = [cells("claims", "proposition_id").get(k) for k in key.split(" ")]
            if len(pair) != 2 or None in pair:
                return None
            return "same" if pair[0] == pair[1] else "different"
        return cells(table, column).get(key)

    return look_up


@_rule("second_coding", "codes")
def _second_coding_coded(corpus: Corpus) -> Iterator[tuple]:
    """Both readings use the codes of the judged column; the tables vouch for the settled one."""
    lists = corpus["codes"].groupby("list")["code"].agg(list).to_dict()
    for row in corpus["second_coding"].itertuples():
        name = _PAIRED.get(row.column, "")
        allowed, number = lists.get(name, []), False
        if not name and row.table in corpus.schema.tables:
            table = corpus.schema.tables[row.table]
            name = next((c.codes for c in table.columns if c.name == row.column), "")
            number = any(c.name == row.column and c.type == "number" for c in table.columns)
            allowed = lists.get(name, []) or corpus.keys(table, row.column)
        for column in ("first", "second"):
            value = getattr(row, column)
            if number and not NUMBER.fullmatch(value):
                yield row, column, "is not a number", "write a number"
            if allowed and value not in allowed:
                problem = f"is not a code of the list {name}" if name else "is no key of its table"
                remedy = f"write one of {', '.join(allowed)}" if name else "name one that is there"
                yield row, column, problem, remedy + near(value, allowed)
        if allowed == [] and not number:
            yield row, "column", f"is no judged column of {row.table}", "name one that has codes"
