"""Exports: a corpus in the formats that other programs read.

- the tables and their schema, byte for byte, and each claim as a W3C web annotation;
- of a corpus with evidence: the grades, the claims held against them, and a schema.org ClaimReview
  of each proposition that is graded and that claims make or deny;
- of a corpus with studies: the studies as CSL-JSON and as BibTeX;
- of a corpus with nodes and relations: the mechanism graph as GraphML, as Cytoscape JSON and as a
  table of its edges;
- in the folder `SPREADSHEET` every CSV file again, made safe to open in a spreadsheet program: a
  cell that such a program might run as a formula begins with an apostrophe.

The data dictionary is made here too, from the schema and the codebook.
"""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib import parse

import pandas as pd

from claimatlas.atlas import DATA, SCHEMA_FILE, Atlas, Schema, Table
from claimatlas.framing import grade_words
from claimatlas.grading import claims_graded, grade

ANNOTATIONS_FILE = "annotations.jsonld"
MADE = (
    ANNOTATIONS_FILE, "grades.csv", "claims_graded.csv", "claimreview.jsonld", "studies.json",
    "studies.bib", "mechanism_edges.csv", "mechanism.graphml", "mechanism.cyjs",
)  # fmt: skip
"""Files that an export makes beside the tables; which of them depends on the corpus."""
SPREADSHEET = "spreadsheet"
DICTIONARY_FILE = "README.md"

AROUND = 32
"""Characters of prefix and suffix in an annotation's text-quote selector."""
CSL_TYPES = {
    "journal_article": "article-journal", "review": "article-journal", "thesis": "thesis",
    "conference_abstract": "paper-conference", "news": "article-newspaper",
}  # fmt: skip
"""CSL type by kind of document; any other kind is a web page."""
BIBTEX = {
    "article-journal": ("article", "journal"),
    "paper-conference": ("inproceedings", "booktitle"),
}
"""BibTeX type and the field for the venue by CSL type; any other type is misc and howpublished."""
_NAMED = {
    "\\": "backslash", "{": "braceleft", "}": "braceright", "~": "asciitilde",
    "^": "asciicircum", "<": "less", ">": "greater", "|": "bar",
}  # fmt: skip
TEX = {c: f"\\{c}" for c in "#$%&_"} | {c: f"\\text{name}{{}}" for c, name in _NAMED.items()}
"""LaTeX for the characters it reads as commands. Braces go by name: BibTeX counts an escaped brace
like any other, and one too many would swallow the entries below."""

_NAME = (
    r"(?P<family>.+) (?P<given>(?:[^\W\d_a-z][a-z]?){1,4}(?: (?:2nd|3rd|Jr|Sr))?)"
    r"|(?P<literal>et al\.)"
)
_PARTED = re.compile(r"(?P<family>[^,]+), (?P<given>[^,]+)")
_VENUE = r"(.*\D) (\d+)(?:\(([^()]+)\))?:(\S+)"
_NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_RUNS = re.compile(r"(?![+-]?\d+([.,]\d+)?([eE][+-]?\d+)?\Z)[=+\-@\t\r\n＝＋－＠]")


def export(atlas: Atlas, out: str | Path) -> list[Path]:
    """Write a corpus in every format to a folder, all or nothing.

    Parameters
    ----------
    atlas : Atlas
        The corpus.
    out : str or pathlib.Path
        The folder to write. It may be missing, empty, or an earlier export, which is replaced.

    Returns
    -------
    list of pathlib.Path
        The files written, sorted.

    Raises
    ------
    FileExistsError
        Where the folder holds anything else.
    """
    asked, out = Path(out), Path(out).resolve()
    if out.exists() and not (out.is_dir() and _files(out) <= _written(out)):
        raise FileExistsError(f"{asked} holds other files; name an empty or a new folder")
    out.parent.mkdir(parents=True, exist_ok=True)
    aside = {"prefix": f".{out.name}.", "dir": out.parent, "ignore_cleanup_errors": True}
    with tempfile.TemporaryDirectory(**aside) as beside:
        new, old = Path(beside, "new"), Path(beside, "old")
        _write(atlas, new)
        if out.exists():
            out.rename(old)
        try:
            new.rename(out)
        except BaseException:
            if old.exists():
                old.rename(out)
            raise
    return sorted(asked / name for name in _files(out))


def _files(folder: Path) -> set[str]:
    """Name everything in a folder but the folders that hold something."""
    ends = (p for p in folder.rglob("*") if p.is_symlink() or p.is_file() or not any(p.iterdir()))
    return {p.relative_to(folder).as_posix() for p in ends}


def _written(folder: Path) -> set[str]:
    """Name the files that an earlier export wrote to a folder; none where it is not an export."""
    if not (folder / ANNOTATIONS_FILE).is_file():
        return set()
    try:
        resources = json.loads((folder / SCHEMA_FILE).read_text(encoding="utf-8"))["resources"]
        names = {*MADE, *(r["path"] for r in resources)}
        return {SCHEMA_FILE, *names, *(f"{SPREADSHEET}/{name}" for name in names)}
    except (OSError, ValueError, TypeError, KeyError):
        return set()


def _write(atlas: Atlas, folder: Path) -> None:
    tables = {t.path: (atlas.root / t.file).read_bytes() for t in atlas.schema.tables.values()}
    made = {name: text.encode() for name, text in _made(atlas).items()}
    csvs = tables | {name: raw for name, raw in made.items() if name.endswith(".csv")}
    safe = {f"{SPREADSHEET}/{name}": _for_spreadsheet(raw) for name, raw in csvs.items()}
    schema = {SCHEMA_FILE: (atlas.root / DATA / SCHEMA_FILE).read_bytes()}
    for name, raw in (schema | tables | made | safe).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(raw)


def _made(atlas: Atlas) -> dict[str, str]:
    """Return the files made from the tables, by name; only those that the corpus has tables for."""
    files = {ANNOTATIONS_FILE: _json(annotations(atlas))}
    if "evidence" in atlas.tables:
        grades = grade(atlas)
        files["grades.csv"] = _csv(grades)
        files["claims_graded.csv"] = _csv(claims_graded(atlas, grades))
        files["claimreview.jsonld"] = _json(claim_reviews(atlas, grades))
    if "studies" in atlas.tables:
        items = csl(atlas)
        files |= {"studies.json": _json(items), "studies.bib": bibtex(items)}
    return files | (_graph_files(atlas) if {"nodes", "relations"} <= atlas.tables.keys() else {})


def _graph_files(atlas: Atlas) -> dict[str, str]:
    import networkx as nx

    from claimatlas import mechanism

    built = mechanism.build(atlas)
    graph = mechanism.flat(built)
    cytoscape = _json(nx.cytoscape_data(graph, name="label"))
    for *_, shown in (*graph.nodes(data=True), *graph.edges(data=True)):
        shown |= {k: _printable(v) for k, v in shown.items() if isinstance(v, str)}
    return {
        "mechanism_edges.csv": _csv(mechanism.edge_table(built)),
        "mechanism.graphml": "\n".join(nx.generate_graphml(graph)) + "\n",
        "mechanism.cyjs": cytoscape,
    }


def _json(value: Any) -> str:
    """Write JSON that can also stand inside a page's script element."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1)
    return text.replace("<", "\\u003c") + "\n"


def _csv(table: pd.DataFrame) -> str:
    return table.to_csv(index=False, lineterminator="\n")


def _printable(text: str) -> str:
    """Replace control characters, which neither XML nor TeX can hold."""
    return _NOT_XML.sub("\ufffd", text)


def _for_spreadsheet(raw: bytes) -> bytes:
    """Return a CSV file's bytes with no cell that a spreadsheet program would run.

    The rule is OWASP's on CSV injection; a plain number stays one. The byte-order mark tells
    spreadsheet programs that the file is UTF-8.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    for row in csv.reader(io.StringIO(raw.decode(), newline="")):
        writer.writerow(f"'{cell}" if _RUNS.match(cell) else cell for cell in row)
    return out.getvalue().encode("utf-8-sig")


def csl(atlas: Atlas) -> list[dict[str, Any]]:
    """Describe every study in the Citation Style Language's JSON.

    Parameters
    ----------
    atlas : Atlas
        The corpus, with a table ``studies``.

    Returns
    -------
    list of dict
        One item a study, in the table's order; what a study's row leaves empty is left out. A
        study without a title has its label in square brackets. Authors are parted, and a journal's
        volume, issue and pages, only where the cell has that form throughout; else the cell stands
        whole.

    Notes
    -----
    CSL 1.0.2, https://docs.citationstyles.org/en/stable/specification.html.
    """
    rows = atlas.studies.to_dict("records")
    return [_item(defaultdict(str, {k: v for k, v in r.items() if pd.notna(v)})) for r in rows]


def _item(study: dict[str, Any]) -> dict[str, Any]:
    kind = CSL_TYPES.get(study["document_kind"], "webpage")
    parts = re.fullmatch(_VENUE, study["venue"]) if kind == "article-journal" else None
    venue = parts.groups() if parts else (study["venue"],)
    days = {"issued": [study["year"]], "accessed": str(study["checked"])[:10].split("-")}
    return _filled(
        {
            "id": study["study_id"],
            "type": kind,
            "title": study["title"] or f"[{study['label']}]",
            "author": _names(study["authors"]),
            **dict(zip(("container-title", "volume", "issue", "page"), venue, strict=False)),
            **{k: {"date-parts": [[int(part) for part in d]]} for k, d in days.items() if d[0]},
            "language": study["language"],
            "DOI": study["doi"],
            "PMID": study["pmid"],
            "URL": study["source_url"],
        }
    )


def _filled(cells: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in cells.items() if value}


def _names(authors: str) -> list[dict[str, str]]:
    """Part 'Vole AB, Moss C, et al.' and 'Vole, Anna; Moss, Chris'; another form is one name."""
    mark = "; " if "; " in authors else ", "
    names = re.sub(r"[,;]? (et al\.|and others)$", f"{mark}et al.", authors).split(mark)
    parts = [re.fullmatch(_NAME, name) or _PARTED.fullmatch(name) for name in names]
    if mark == ", " and not all(parts):
        return [{"literal": authors}] if authors else []
    named = zip(names, parts, strict=True)
    return [_filled(part.groupdict()) if part else {"literal": name} for name, part in named]


def bibtex(items: Iterable[dict[str, Any]]) -> str:
    """Write studies as BibTeX.

    Parameters
    ----------
    items : iterable of dict
        From `csl`.

    Returns
    -------
    str
        One entry an item, in UTF-8 with LaTeX's own characters escaped; white space in a cell is
        single spaces. ``doi`` and ``url`` are addresses and not LaTeX: they are percent-encoded.
    """
    return "\n".join(map(_entry, items))


def _entry(item: dict[str, Any]) -> str:
    kind, venue = BIBTEX.get(item["type"], ("misc", "howpublished"))
    texts = {venue: "container-title", "volume": "volume", "number": "issue", "pages": "page"}
    texts |= {"language": "language", "pmid": "PMID"}
    addresses, days = {"doi": "DOI", "url": "URL"}, {"year": "issued", "urldate": "accessed"}
    fields = {"title": f"{{{_tex(item['title'])}}}"}
    fields["author"] = " and ".join(map(_author, item.get("author", [])))
    fields |= {name: _tex(item[of]) for name, of in texts.items() if of in item}
    for name, of in addresses.items():
        fields[name] = parse.quote(item.get(of, ""), "!#$%&'()*+,/:;<=>?@[]~")
    for name, of in days.items():
        date = item.get(of, {"date-parts": [[]]})["date-parts"][0]
        fields[name] = "-".join(f"{part:02d}" for part in date)
    key = re.sub(r"[^\w:.+/-]", lambda c: f"+{ord(c[0]):x}", item["id"])
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in _filled(fields).items())
    return f"@{kind}{{{key},\n{lines}}}\n"


def _author(name: dict[str, str]) -> str:
    last = name.get("literal") == "et al."
    return "others" if last else ", ".join(f"{{{_tex(part)}}}" for part in name.values())


def _tex(text: str) -> str:
    """Escape text for LaTeX; '{}' parts the pairs that it would join, such as '--'."""
    parted = re.sub(r"(?<=[-'`!?,<>])(?=[-'`,<>])", "\0", _printable(" ".join(text.split())))
    return parted.translate(str.maketrans(TEX | {"\0": "{}"}))


def claim_reviews(atlas: Atlas, grades: pd.DataFrame) -> dict[str, Any]:
    """Describe the grade of every proposition that claims make or deny as a ClaimReview.

    Parameters
    ----------
    atlas : Atlas
        The corpus.
    grades : pandas.DataFrame
        From `grading.grade`.

    Returns
    -------
    dict
        A JSON-LD document that names its vocabulary itself, so that reading it fetches nothing.
        The rating is in words, with the arithmetic as its explanation. An article that affirms
        the proposition, in its own voice or a quoted one, is an appearance of it; one that only
        denies it, calls it unknown or reports it without sharing it is about it (``subjectOf``).

    Notes
    -----
    https://schema.org/ClaimReview; no number stands for a grade, since a grade has two parts.
    """
    scopes, grades = atlas.labels("scope"), grades.assign(words=grade_words(atlas, grades))
    claims, columns = atlas.claims, ["article_id", "label", "title", "published"]
    affirms = (claims["stance"] == "affirms") & (claims["voice"] != "distanced")
    sides = claims.assign(side=affirms.map({True: "appearance", False: "subjectOf"}))
    works = {
        article: {"@type": "Article", "@id": f"urn:article:{article}", "name": label}
        | _filled({"headline": title, "datePublished": "" if pd.isna(day) else str(day)[:10]})
        for article, label, title, day in atlas.articles[columns].itertuples(index=False)
    }
    statements = atlas.propositions.set_index("proposition_id")["statement"]
    claimed = dict(list(sides.groupby("proposition_id")))
    reviews = []
    for key, rows in grades[grades["proposition_id"].isin(claimed)].groupby("proposition_id"):
        side = claimed[key].groupby("article_id")["side"].min()  # appearance wins
        claim = {"@type": "Claim", "@id": f"urn:proposition:{key}", "text": statements[key]}
        for name, articles in side.groupby(side).groups.items():
            claim[name] = [works[article] for article in articles]
        review = {"@type": "ClaimReview", "@id": f"urn:claimreview:{key}"}
        review["author"] = {"@type": "Organization", "name": atlas.schema.title}
        review |= {"claimReviewed": statements[key], "itemReviewed": claim}
        scope = rows["scope"].map(scopes) + ": " if len(rows) > 1 else ""
        rating = {"@type": "Rating", "alternateName": "; ".join(scope + rows["words"])}
        rating["ratingExplanation"] = ". ".join(scope + rows["steps"])
        reviews.append(review | {"reviewRating": rating})
    return {"@context": {"@vocab": "https://schema.org/"}, "@graph": reviews}


def annotations(atlas: Atlas) -> dict[str, Any]:
    """Describe every claim as a W3C web annotation on its article.

    Parameters
    ----------
    atlas : Atlas
        The corpus.

    Returns
    -------
    dict
        An annotation collection page; each item targets its article's file by a text-quote and a
        text-position selector and carries the proposition's statement.

    Notes
    -----
    Web Annotation Data Model, W3C Recommendation, 23 February 2017. Positions count Unicode code
    points, as the recommendation asks.
    """
    statements = atlas.propositions.set_index("proposition_id")["statement"]
    files = atlas.articles.set_index("article_id")["file"]
    items = []
    for c in atlas.claims.itertuples():
        item = {"id": f"urn:claim:{c.claim_id}", "type": "Annotation", "motivation": "describing"}
        words = f"{c.stance}: {statements[c.proposition_id]}"
        body = {"type": "TextualBody", "value": words, "format": "text/plain", "language": "en"}
        places = _selectors(atlas.texts[c.article_id], c.start, c.end)
        target = {"source": files[c.article_id], "selector": places}
        items.append(item | {"body": body, "target": target})
    page = {"@context": "http://www.w3.org/ns/anno.jsonld", "type": "AnnotationPage"}
    return page | {"items": items}


def _selectors(text: str, start: int, end: int) -> list[dict[str, Any]]:
    before, after = text[max(0, start - AROUND) : start], text[end : end + AROUND]
    quote = {"type": "TextQuoteSelector", "exact": text[start:end]}
    place = {"type": "TextPositionSelector", "start": int(start), "end": int(end)}
    return [quote | {"prefix": before, "suffix": after}, place]


# --- the data dictionary ------------------------------------------------------------------------


def dictionary(schema: Schema, codes: pd.DataFrame) -> str:
    """Write the data dictionary as Markdown.

    Parameters
    ----------
    schema : Schema
        The tables described.
    codes : pandas.DataFrame
        Rows of ``codes.csv``: list, code, order, label, definition, colour.

    Returns
    -------
    str
        One section a table, one a code list; ends with a line feed.
    """
    lines = ["# Data dictionary", ""]
    lines += [f"{schema.title}. Made from `datapackage.json` and `codes.csv`; do not edit.", ""]
    for table in schema.tables.values():
        head = ("column", "type", "meaning")
        lines += [f"## {table.path}", "", table.description, "", *_rows(head, *_columns(table))]
    lines += ["## Codes", ""]
    for name, group in codes.sort_values(["list", "order"], kind="stable").groupby("list"):
        rows = [(f"`{r.code}`", r.label, r.definition) for r in group.itertuples()]
        lines += [f"### {name}", "", *_rows(("code", "shown as", "meaning"), *rows)]
    return "\n".join(lines).rstrip() + "\n"


def _columns(table: Table) -> Iterator[tuple[str, str, str]]:
    """Yield the name, type and meaning of each column."""
    references = {k.columns: f"{k.table}.{', '.join(k.references)}" for k in table.foreign_keys}
    for column in table.columns:
        marks = {"key": column.name in table.key, "required": column.required}
        meaning = column.description
        if column.codes:
            meaning += f" Codes: [{column.codes}](#{column.codes})."
        if (column.name,) in references:
            meaning += f" Refers to `{references[(column.name,)]}`."
        words = [column.type, *(mark for mark, holds in marks.items() if holds)]
        yield f"`{column.name}`", ", ".join(words), meaning


def _rows(head: tuple[str, ...], *rows: tuple[str, ...]) -> list[str]:
    """Write a table and the blank line below it."""
    lines = [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows]
    lines = [head, ["---"] * len(head), *lines]
    return [*(f"| {' | '.join(line)} |" for line in lines), ""]
