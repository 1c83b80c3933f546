"""The project's own rules of validation: what types and keys cannot say.

Each rule is a generator over the tables' string frames (indexed by line number) and yields
``(table, line, column, value, problem, remedy)``. It runs where all the tables it needs are there
and can be read. Add a rule by writing one more function under the decorator.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

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
_INTEGER = re.compile(r"-?[0-9]{1,15}")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")

TIDY = "`claimatlas tidy` repairs it"
TIDY_ONCE = f"{TIDY} where the quote stands once in its article"
BY_HAND = "`claimatlas tidy` cannot repair it"
LOST_ZEROS = f"; a spreadsheet or pandas may have cut zeros off; {BY_HAND}"

# What spreadsheets and pandas make of a cell: the column's type, the cell's form, what happened.
_GROUPED = r"-?\d{1,3}([,.’'\u00a0\u202f ]\d{3})+([,.]\d+)?"
_EDITED = tuple(
    (kinds.split(), re.compile(form, re.IGNORECASE), f"; {what}; ")
    for kinds, form, what in (
        ("date", r"\d{1,4}[/.]\d{1,2}[/.]\d{1,4}.*|\d{1,2}-(\d\d?|[^\W\d]{3,9}\.?)-\d{2,4}"
                 r"|[^\W\d]{3,9} \d{1,2}, \d{4}|\d{1,2}\.? [^\W\d]{3,9}\.? \d{4}",
         "a spreadsheet may have re-formatted the date"),
        ("date", r"\d{4}-\d\d-\d\d[ T].+", "pandas may have added the time of day"),
        ("date", r"[1-9]\d{4}", "a spreadsheet may have written the number of the day"),
        ("", r"-?\d+\.0+", "pandas writes whole numbers so where other cells are empty"),
        ("", r"[-+]?\d+([.,]\d+)?e[-+]?\d+", "a spreadsheet or pandas may have shortened it"),
        ("number", r"-?\d+,(\d{1,2}|\d{4,})", "a spreadsheet may have put a decimal comma"),
        ("integer number", _GROUPED, "a spreadsheet may have put marks between the digits"),
        ("integer number", r"\+\d.*", "no sign stands before a positive number"),
        ("", r"nan|nat|none|null|n/?a|<na>|#n/?a", "pandas may mean an empty cell; empty it"),
        ("", r"true|false", "a spreadsheet may have read it as true or false"),
        ("", r"#[A-Z/0]{2,10}[?!]", "a spreadsheet may have run it as a formula"),
    )
)  # fmt: skip

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


Rule = Callable[[Corpus], Iterator[Finding]]
_RULES: list[tuple[tuple[str, ...], Rule]] = []


def _rule(*tables: str) -> Callable[[Rule], Rule]:
    def register(function: Rule) -> Rule:
        _RULES.append((tables, function))
        return function

    return register


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
    for tables, rule in _RULES:
        if all(t in frames and (len(frames[t]) or t in _MAY_BE_EMPTY) for t in tables):
            yield from rule(corpus)


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
    for tables, rule in _RULES:
        if rule in (_article_files, _seams_inside) and all(t in frames for t in tables):
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
    for kinds, form, what in _EDITED:
        if (not kinds or kind in kinds) and form.fullmatch(cell):
            return what + repair
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
    return int(value) if _INTEGER.fullmatch(value) else None


@_rule()
def _sorted_rows(corpus: Corpus) -> Iterator[Finding]:
    for name, frame in corpus.frames.items():
        key = list(corpus.schema.tables[name].key)
        before: tuple = ()
        for line, cells in zip(
            frame.index, zip(*(frame[k] for k in key), strict=True), strict=True
        ):
            now = tuple(map(natural, cells))
            if now < before:
                shown = ", ".join(cells)
                problem = "is out of order"
                yield name, line, ", ".join(key), shown, problem, f"sort by {', '.join(key)}"
                break
            before = now


@_rule("articles")
def _article_files(corpus: Corpus) -> Iterator[Finding]:
    """Read the texts; their paths stay inside the corpus and their bytes are the recorded ones."""
    root = corpus.root.resolve()
    for row in corpus["articles"].itertuples():
        try:
            path = (corpus.root / row.file).resolve()
            there = path.is_file()
        except (OSError, RuntimeError):  # a name too long, links that go round
            yield "articles", row.Index, "file", row.file, "cannot be opened", "mend the path"
            continue
        if not row.file or Path(row.file).is_absolute() or not path.is_relative_to(root):
            problem = "leaves the corpus folder"
            yield "articles", row.Index, "file", row.file, problem, "keep the file under seeds/"
            continue
        if not there:
            remedy = "put the article there, or mend the path"
            yield "articles", row.Index, "file", row.file, "is missing", remedy
            continue
        raw = path.read_bytes()
        digest = hashlib.sha256(raw).hexdigest()
        if digest != row.sha256:
            problem = f"is not the file's SHA-256, which is {digest}"
            remedy = "restore the received file; only a new article gets a new hash"
            yield "articles", row.Index, "sha256", row.sha256, problem, remedy
        try:
            corpus.texts[row.article_id] = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            problem = f"is not UTF-8 at byte {error.start}"
            yield "articles", row.Index, "file", row.file, problem, "register a UTF-8 copy"


@_rule("seams", "articles")
def _seams_inside(corpus: Corpus) -> Iterator[Finding]:
    for row in corpus["seams"].itertuples():
        offset, text = integer(row.offset), corpus.texts.get(row.article_id)
        if offset is None or text is None:
            continue
        corpus.seams.setdefault(row.article_id, set()).add(offset)
        if not 0 < offset < len(text):
            problem = f"is outside the article's 0:{len(text)}"
            yield "seams", row.Index, "offset", row.offset, problem, "give an offset inside it"


@_rule("claims", "articles")
def _quotes_stand(corpus: Corpus) -> Iterator[Finding]:
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
            value = row.start if column == "start" else row.quote
            remedy = mismatch.remedy + _cause(row.quote, text, start, end, mismatch.kind, seams)
            yield "claims", row.Index, column, value, mismatch.problem, remedy


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
def _words_of_the_article(corpus: Corpus) -> Iterator[Finding]:
    """Context, source and section are the article's exact words too."""
    headings = {a: set(text.split("\n")) for a, text in corpus.texts.items()}
    for row in corpus["claims"].itertuples():
        text = corpus.texts.get(row.article_id)
        if text is None:
            continue
        pieces = [("context", p) for p in row.context.split(CONTEXT_JOINT) if p]
        pieces += [("attributed_to", row.attributed_to)] if row.attributed_to else []
        for column, words in pieces:
            if words not in text:
                span = nearest(text, words)
                near = f"; nearest: {text[span[0] : span[1]]!r}" if span else ""
                remedy = f"copy the words from the article{near}"
                yield "claims", row.Index, column, words, "is not in the article", remedy
        if row.section and row.section not in headings[row.article_id]:
            problem = "is not a line of the article"
            remedy = "copy the heading, or leave the cell empty above the first one"
            yield "claims", row.Index, "section", row.section, problem, remedy


@_rule("claims")
def _claims_consistent(corpus: Corpus) -> Iterator[Finding]:
    seen: dict[tuple, str] = {}
    for row in corpus["claims"].itertuples():
        if row.claim_id.rstrip("0123456789") != row.article_id:
            problem, remedy = "is not its article's id and a number", f"begin it: {row.article_id}…"
            yield "claims", row.Index, "claim_id", row.claim_id, problem, remedy
        if (row.attribution == "none") != (row.attributed_to == ""):
            problem = f"does not go with attribution {row.attribution!r}"
            remedy = "name the source exactly where attribution is named or vague"
            yield "claims", row.Index, "attributed_to", row.attributed_to, problem, remedy
        same = row.article_id, row.start, row.end, row.proposition_id
        if same in seen:
            problem = f"is the same claim as {seen[same]}: same words, same proposition"
            yield "claims", row.Index, "claim_id", row.claim_id, problem, "remove one of the two"
        seen.setdefault(same, row.claim_id)


@_rule("propositions", "claims")
def _propositions_used(corpus: Corpus) -> Iterator[Finding]:
    if corpus.unread("proposition_links"):
        return
    if corpus.unread("evidence"):
        return
    used = set(corpus["claims"]["proposition_id"])
    for name in ("from_id", "to_id"):
        used |= set(corpus.frames.get("proposition_links", pd.DataFrame(columns=[name]))[name])
    name = "proposition_id"
    used |= set(corpus.frames.get("evidence", pd.DataFrame(columns=[name]))[name])
    for row in corpus["propositions"].itertuples():
        if row.proposition_id not in used:
            problem = "is a proposition that no claim makes, no link names and no study bears on"
            remedy = "remove it, or point a claim or a row of evidence to it"
            yield "propositions", row.Index, "proposition_id", row.proposition_id, problem, remedy


@_rule("propositions")
def _propositions_complete(corpus: Corpus) -> Iterator[Finding]:
    frame = corpus["propositions"]
    values = (pd.to_numeric(frame[n], errors="coerce") for n in ("value_low", "value_high"))
    for row, low, high in zip(frame.itertuples(), *values, strict=True):
        if row.route == "graded" and not row.does_not_follow:
            remedy = "say what a reader must not conclude from it"
            problem = "is empty for a proposition that studies settle"
            yield "propositions", row.Index, "does_not_follow", "", problem, remedy
        if low > high:
            problem = f"is above value_high {row.value_high}"
            yield "propositions", row.Index, "value_low", row.value_low, problem, "swap the two"
        if (row.value_low or row.value_high) and not row.unit:
            yield "propositions", row.Index, "unit", "", "is empty beside a value", "name the unit"


@_rule("propositions", "nodes")
def _edges_whole(corpus: Corpus) -> Iterator[Finding]:
    """A mechanism or an effect is an edge, and an edge is named in full."""
    kinds = dict(zip(corpus["nodes"]["node_id"], corpus["nodes"]["kind"], strict=True))
    ends = ("subject", "object", "comparator", "within")
    for row in corpus["propositions"].itertuples():
        edge = (row.subject, row.relation, row.object, row.aspect)
        wanted = row.kind in ("mechanism", "effect") or any(edge)
        for column in ("subject", "relation", "object", "aspect") if wanted else ():
            if not getattr(row, column):
                problem = f"is empty for a statement of kind {row.kind!r} or a half edge"
                remedy = "name subject, relation, object and aspect of the edge"
                yield "propositions", row.Index, column, "", problem, remedy
        if row.subject and row.subject == row.object:
            problem, remedy = "is its own object", "name two different nodes"
            yield "propositions", row.Index, "subject", row.subject, problem, remedy
        for column in (c for c in ends if kinds.get(getattr(row, c)) == "brain_region"):
            problem, remedy = "is a part of the brain", "name it under region"
            yield "propositions", row.Index, column, getattr(row, column), problem, remedy
        if kinds.get(row.region, "brain_region") != "brain_region" and row.region:
            problem, remedy = "is no part of the brain", "name it under subject or object"
            yield "propositions", row.Index, "region", row.region, problem, remedy


@_rule("propositions", "nodes", "relations")
def _edges_allowed(corpus: Corpus) -> Iterator[Finding]:
    """A relation begins and ends at the kinds of node that it allows."""
    kinds = dict(zip(corpus["nodes"]["node_id"], corpus["nodes"]["kind"], strict=True))
    allowed = {
        (r.relation, column): getattr(r, name).split("; ")
        for r in corpus["relations"].itertuples()
        for column, name in (("subject", "from_kinds"), ("object", "to_kinds"))
    }
    for row in corpus["propositions"].itertuples():
        for column in ("subject", "object"):
            node = getattr(row, column)
            known = allowed.get((row.relation, column), [])
            if node in kinds and known and kinds[node] not in known:
                problem = f"is a {kinds[node]}, which is no {column} of {row.relation!r}"
                remedy = f"name one of these kinds, or another relation: {', '.join(known)}"
                yield "propositions", row.Index, column, node, problem, remedy


@_rule("relations", "codes")
def _relations_coded(corpus: Corpus) -> Iterator[Finding]:
    """Relations name kinds of node that there are."""
    kinds = set(corpus["codes"].query("list == 'node_kind'")["code"])
    for row in corpus["relations"].itertuples():
        for column in ("from_kinds", "to_kinds"):
            for kind in getattr(row, column).split("; "):
                if kind not in kinds:
                    problem, remedy = "is not a code of the list node_kind", "parted by '; '"
                    yield "relations", row.Index, column, kind, problem, remedy + near(kind, kinds)


@_rule("nodes", "propositions")
def _nodes_used(corpus: Corpus) -> Iterator[Finding]:
    columns = ("subject", "object", "comparator", "region", "within")
    used = {cell for column in columns for cell in corpus["propositions"][column]}
    for row in corpus["nodes"].itertuples():
        if row.node_id not in used and not row.note:
            problem = "is a node that no statement uses"
            remedy = "remove it, or say under note why it is kept"
            yield "nodes", row.Index, "node_id", row.node_id, problem, remedy
        if bool(row.curie) != bool(row.curie_source):
            problem = "goes without its other half"
            remedy = "give identifier and source together, or neither"
            yield "nodes", row.Index, "curie", row.curie, problem, remedy
        if (row.kind == "brain_region") == bool(row.layer):
            problem = f"does not go with kind {row.kind!r}"
            remedy = "name a layer for every node but a part of the brain"
            yield "nodes", row.Index, "layer", row.layer, problem, remedy


@_rule("proposition_links", "propositions")
def _links_sound(corpus: Corpus) -> Iterator[Finding]:
    valued = corpus["propositions"].query("value_low != '' or value_high != ''")["proposition_id"]
    seen = set()
    for row in corpus["proposition_links"].itertuples():
        pair = frozenset((row.from_id, row.to_id))
        if len(pair) == 1:
            problem, remedy = "links a proposition to itself", "remove the row"
            yield "proposition_links", row.Index, "to_id", row.to_id, problem, remedy
        if row.relation != "entails" and (row.relation, pair) in seen:
            problem = f"repeats a link {row.relation} with {row.from_id} the other way round"
            yield "proposition_links", row.Index, "to_id", row.to_id, problem, "remove the row"
        seen.add((row.relation, pair))
        if row.relation == "same_quantity" and not pair <= set(valued):
            problem = "is a same_quantity link between propositions without values"
            remedy = "give both value_low or value_high"
            shown = f"{row.from_id}, {row.to_id}"
            yield "proposition_links", row.Index, "relation", shown, problem, remedy


@_rule("citations", "articles")
def _citations_as_printed(corpus: Corpus) -> Iterator[Finding]:
    """An entry is a line of its article, and repeats only an entry of the same list."""
    lines = {article: set(text.split("\n")) for article, text in corpus.texts.items()}
    owner = dict(
        zip(corpus["citations"]["citation_id"], corpus["citations"]["article_id"], strict=False)
    )
    for row in corpus["citations"].itertuples():
        if row.printed not in lines.get(row.article_id, {row.printed}):
            problem, remedy = "is not a line of the article", "copy the entry as printed"
            yield "citations", row.Index, "printed", row.printed, problem, remedy
        if row.duplicate_of and owner.get(row.duplicate_of, row.article_id) != row.article_id:
            problem, remedy = "is in another article's list", "name an entry of the same list"
            yield "citations", row.Index, "duplicate_of", row.duplicate_of, problem, remedy


@_rule("citation_links", "citations", "claims")
def _links_within_an_article(corpus: Corpus) -> Iterator[Finding]:
    of_claim = dict(zip(corpus["claims"]["claim_id"], corpus["claims"]["article_id"], strict=False))
    of_entry = dict(
        zip(corpus["citations"]["citation_id"], corpus["citations"]["article_id"], strict=False)
    )
    for row in corpus["citation_links"].itertuples():
        claim, entry = of_claim.get(row.claim_id), of_entry.get(row.citation_id)
        if claim and entry and claim != entry:
            problem = f"is an entry of article {entry}, but {row.claim_id} is a claim of {claim}"
            remedy = "link a claim to an entry of its own article"
            yield "citation_links", row.Index, "citation_id", row.citation_id, problem, remedy
        if (row.basis == "not_in_list") != (row.citation_id == ""):
            problem = f"does not go with basis {row.basis!r}"
            remedy = "leave the entry empty exactly where the source is not in the list"
            yield "citation_links", row.Index, "citation_id", row.citation_id, problem, remedy


@_rule("evidence", "propositions")
def _evidence_complete(corpus: Corpus) -> Iterator[Finding]:
    """What studies or documents settle has evidence, or a search that found none."""
    if corpus.unread("searches"):
        return
    known = set(corpus["evidence"]["proposition_id"])
    if "searches" in corpus.frames:
        known |= set(corpus["searches"]["proposition_id"])
    for row in corpus["propositions"].itertuples():
        if row.route in ("graded", "document") and row.proposition_id not in known:
            problem = "has neither evidence nor a search that found none"
            remedy = "add a row to evidence.csv, or say in searches.csv what was looked for"
            yield "propositions", row.Index, "proposition_id", row.proposition_id, problem, remedy


@_rule("evidence")
def _results_of_their_own(corpus: Corpus) -> Iterator[Finding]:
    rows = corpus["evidence"]
    used = rows.groupby("result")["proposition_id"].nunique()
    for row in rows[
        rows["result"].isin(used[used >= 3].index) & (rows["result"] != "")
    ].itertuples():
        problem = f"stands for {used[row.result]} propositions"
        remedy = "say what the study found on this proposition"
        yield "evidence", row.Index, "result", row.result, problem, remedy


@_rule("studies", "evidence", "citations")
def _studies_used(corpus: Corpus) -> Iterator[Finding]:
    names = ("evidence", "citations", "doses", "practice")
    used = {s for name in names if name in corpus.frames for s in corpus[name]["study_id"]}
    if any(corpus.unread(name) for name in names):
        return
    for row in corpus["studies"].itertuples():
        if row.study_id not in used:
            problem = "is a study that no evidence, citation, dose or practice uses"
            remedy = "add what it bears, or remove it"
            yield "studies", row.Index, "study_id", row.study_id, problem, remedy


@_rule("studies", "do_not_cite")
def _sources_citable(corpus: Corpus) -> Iterator[Finding]:
    banned = corpus["do_not_cite"].set_index("page")["why"].to_dict()
    for row in corpus["studies"].itertuples():
        for page in (p for p in banned if p and p.lower() in row.source_url.lower()):
            problem = f"is on the do-not-cite list: {banned[page]}"
            remedy = "read the fact at another source, or leave it out"
            yield "studies", row.Index, "source_url", row.source_url, problem, remedy


@_rule("practice")
def _practice_has_a_source(corpus: Corpus) -> Iterator[Finding]:
    """What is said names its source; a search that found nothing has none and says so."""
    for row in corpus["practice"].itertuples():
        if (row.study_id == "") != (row.answers == "not_found"):
            problem = f"does not go with answers {row.answers!r}"
            remedy = "name the source exactly where one was found"
            yield "practice", row.Index, "study_id", row.study_id, problem, remedy


@_rule("scores", "instruments", "articles")
def _scores_decided(corpus: Corpus) -> Iterator[Finding]:
    """A score lies on its scale and rests on exact words or on a named search."""
    scales = {r.item: (float(r.low), float(r.high)) for r in corpus["instruments"].itertuples()
              if _NUMBER.fullmatch(r.low) and _NUMBER.fullmatch(r.high)}  # fmt: skip
    for row in corpus["scores"].itertuples():
        text = corpus.texts.get(row.article_id)
        if (row.state == "scored") != (row.score != ""):
            problem, remedy = (
                f"does not go with state {row.state!r}",
                "score exactly what is scored",
            )
            yield "scores", row.Index, "score", row.score, problem, remedy
        elif row.item in scales and _NUMBER.fullmatch(row.score):
            low, high = scales[row.item]
            if not low <= float(row.score) <= high:
                problem, remedy = f"is off the scale {low:g} to {high:g}", "score on the scale"
                yield "scores", row.Index, "score", row.score, problem, remedy
        if row.quote and text is not None and row.quote not in text:
            problem, remedy = "is not in the article", "copy the exact words"
            yield "scores", row.Index, "quote", row.quote, problem, remedy
        if row.state == "scored" and not row.quote and not row.searched:
            problem = "is empty where no quote decides"
            remedy = "name the sections searched"
            yield "scores", row.Index, "searched", "", problem, remedy


@_rule("risk_of_bias")
def _bias_has_a_reason(corpus: Corpus) -> Iterator[Finding]:
    for row in corpus["risk_of_bias"].itertuples():
        if row.judgement != "no_information" and not row.why:
            problem = f"is empty for the judgement {row.judgement!r}"
            remedy = "give the reason, or judge no_information"
            yield "risk_of_bias", row.Index, "why", "", problem, remedy


@_rule("second_coding", "claims")
def _second_coding_settled(corpus: Corpus) -> Iterator[Finding]:
    """The settled judgement is what the tables say, and a difference has its reason."""
    now = _Settled(corpus)
    for row in corpus["second_coding"].itertuples():
        if row.first != row.second and not row.reason:
            remedy = "say why the difference was settled so"
            problem = "is empty where the two readings differ"
            yield "second_coding", row.Index, "reason", "", problem, remedy
        if corpus.unread(row.table):
            continue
        value = now.value(row.table, row.key, row.column)
        if value is None:
            problem = f"names no cell of {row.table} ({row.column})"
            yield "second_coding", row.Index, "key", row.key, problem, "mend table, key or column"
        elif value != row.final:
            problem = f"is not what the table says now: {value!r}"
            remedy = "settle the difference in both places"
            yield "second_coding", row.Index, "final", row.final, problem, remedy


@_rule("second_coding", "codes")
def _second_coding_coded(corpus: Corpus) -> Iterator[Finding]:
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
            if number and not _NUMBER.fullmatch(value):
                yield "second_coding", row.Index, column, value, "is not a number", "write a number"
            if allowed and value not in allowed:
                problem = f"is not a code of the list {name}" if name else "is no key of its table"
                remedy = f"write one of {', '.join(allowed)}" if name else "name one that is there"
                remedy += near(value, allowed)
                yield "second_coding", row.Index, column, value, problem, remedy
        if allowed == [] and not number:
            problem, remedy = f"is no judged column of {row.table}", "name one that has codes"
            yield "second_coding", row.Index, "column", row.column, problem, remedy


class _Settled:
    """Looks up what the tables say now about a twice-judged cell, pair or stretch."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self._cells: dict[tuple[str, str], dict[str, str]] = {}
        claims = corpus["claims"]
        self._spans = set(zip(claims.article_id, claims.start, claims.end, strict=True))

    def value(self, table: str, key: str, column: str) -> str | None:
        if column == "segment":
            found = re.fullmatch(r"(.+):(\d+)-(\d+)", key)
            if not found or not self._inside(*found.groups()):
                return None
            return "marked" if found.groups() in self._spans else "absent"
        if column == "same_proposition":
            pair = [self._cell("claims", k, "proposition_id") for k in key.split(" ")]
            if len(pair) != 2 or None in pair:
                return None
            return "same" if pair[0] == pair[1] else "different"
        return self._cell(table, key, column)

    def _inside(self, article: str, start: str, end: str) -> bool:
        low, high = integer(start), integer(end)
        text = self._corpus.texts.get(article, "")
        return low is not None and high is not None and low < high <= len(text)

    def _cell(self, table: str, key: str, column: str) -> str | None:
        frame = self._corpus.frames.get(table)
        if frame is None or column not in frame:
            return None
        if (table, column) not in self._cells:
            keys = zip(*(frame[n] for n in self._corpus.schema.tables[table].key), strict=True)
            self._cells[table, column] = dict(zip(map(" ".join, keys), frame[column], strict=True))
        return self._cells[table, column].get(key)
