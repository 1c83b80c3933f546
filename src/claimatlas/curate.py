"""The curator's tools: lay out a corpus, find the exact place of words, repair what editors break.

Nothing else in the package changes a table, and every write is all or nothing: a corpus is built
in a folder beside its place, a file beside the one it replaces.
"""

from __future__ import annotations

import codecs
import csv
import difflib
import hashlib
import io
import json
import os
import re
import shutil
import string
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from claimatlas import anchor, atlas, rules
from claimatlas.atlas import DATA, SCHEMA_FILE, Fault, Schema, Table, TableFile

SEEDS, ORIGINALS, WORKSHEETS = "seeds", "originals", "worksheets"
STARTER = Path(__file__).with_name("starter")
STEP = 10
"""Distance of the claim ids of two sentences, so that a sentence has room for more claims."""
AROUND = 60
"""Characters of context shown on each side of a place."""

_WEB = (".html", ".htm", ".xhtml")
_PAGE = re.compile(
    r"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype html|html|head|body)\b", re.I | re.S
)
_CHARSET = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?([\w.:-]+)""", re.IGNORECASE)
_BOMS = {
    codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16",
}  # fmt: skip
_MARKS = re.compile(r"(?:(?:[-*+•‣◦>|]|#{1,6})[ \t]+)*")
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]+)*")


class ArticleError(ValueError):
    """A file that cannot be taken as an article, or an article that cannot be read."""


# --- a new corpus -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Article:
    """A received file as an article.

    Parameters
    ----------
    name : str
        Name of the received file.
    raw : bytes
        Its content.
    text : str
        The article's text, with line feeds.
    kept : bool
        Whether the received file is the article itself, byte for byte.
    title : str
        The title, where the text has it as a line.
    sections : tuple of (int, str)
        Where each heading begins, and its line.
    """

    name: str
    raw: bytes
    text: str
    kept: bool
    title: str = ""
    sections: tuple[tuple[int, str], ...] = ()


def new(folder: str | Path, files: Sequence[str | Path], language: str = "en") -> list[Path]:
    """Lay out a corpus of articles, ready to be filled.

    Parameters
    ----------
    folder : str or pathlib.Path
        The folder to make; it may exist when it is empty.
    files : sequence of str or pathlib.Path
        The articles: plain text, Markdown or saved web pages, at least one.
    language : str
        Language of the articles as a BCP 47 tag.

    Returns
    -------
    list of pathlib.Path
        The files made, sorted.

    Raises
    ------
    FileExistsError
        Where the folder holds anything, or is a file.
    OSError
        Where a file cannot be read.
    ArticleError
        Where a file holds no text, or none that can be decoded, or the language is no tag.
    """
    asked, folder = Path(folder), Path(folder).resolve()
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise FileExistsError(f"{asked} is there and not empty; name a new or an empty folder")
    if not _TAG.fullmatch(language):
        raise ArticleError(f"{language!r} is not a language tag; write one such as en or pt-BR")
    articles = [read_article(Path(file)) for file in _watched(files, "reading")]
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        made = beside / folder.name
        _lay_out(made, articles, language)
        if folder.exists():
            folder.rmdir()
        made.rename(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return sorted(asked / p.relative_to(folder) for p in folder.rglob("*") if p.is_file())


def read_article(path: Path) -> Article:
    """Read a received file once: plain text, Markdown, or a web page as a browser saved it.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    Article
        A plain text in UTF-8 without byte-order mark and with LF line ends is kept as it is; of
        any other file, and of a web page, the text is taken out (by the library trafilatura).

    Raises
    ------
    OSError
        Where it is missing, a folder, or cannot be read.
    ArticleError
        Where it is empty, cannot be decoded, or holds no text.
    """
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder; name the articles in it")
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise FileNotFoundError(f"{path} is missing; mend the path") from None
    is_page = path.suffix.lower() in _WEB
    text = _decoded(path, raw, is_page)
    if is_page or _PAGE.match(text[:4096]):
        return _from_page(path, raw, _decoded(path, raw, True))
    if not text.strip():
        raise ArticleError(f"{path} holds no text; name a file that does")
    if "\0" in text:
        raise ArticleError(f"{path} has a NUL byte at {raw.index(0)}; it is no plain text")
    clean = re.sub("\r\n?", "\n", text)
    sections = tuple(anchor.headings(clean))
    title = next((line[2:].strip() for _, line in sections if line.startswith("# ")), "")
    return Article(path.name, raw, clean, clean.encode() == raw, title, sections)


def _decoded(path: Path, raw: bytes, is_page: bool) -> str:
    """Decode by byte-order mark, as UTF-8, or as a web page says; nothing is guessed."""
    names = [name for mark, name in _BOMS.items() if raw.startswith(mark)][:1] or ["utf-8"]
    said = _CHARSET.search(raw[:4096]) if is_page or raw[:512].lstrip()[:1] == b"<" else None
    if said and names == ["utf-8"]:
        name = said[1].decode("ascii").lower()
        # The names of Latin-1 mean Windows-1252 on the web (WHATWG Encoding Standard).
        name = "cp1252" if name in ("iso-8859-1", "latin1", "us-ascii", "ascii") else name
        names = [name, "utf-8"] if raw.isascii() else ["utf-8", name]
    fault: UnicodeError | None = None
    for name in names:
        try:
            return raw.decode(name)
        except (LookupError, UnicodeError) as error:
            fault = fault or (error if isinstance(error, UnicodeError) else None)
    at = getattr(fault, "start", 0)
    raise ArticleError(
        f"{path} is not UTF-8 at byte {at} (0x{raw[at : at + 1].hex()}); open it in an editor that "
        "shows it rightly and save it as UTF-8"
    )


def _from_page(path: Path, raw: bytes, page: str) -> Article:
    """Take the main text out of a web page, a blank line between paragraphs."""
    from trafilatura import bare_extraction

    page = re.sub(r"^\s*<\?xml[^>]*>", "", page)  # the page is decoded already
    found = bare_extraction(
        page, include_comments=False, include_tables=True, favor_recall=True, with_metadata=True
    )
    if found is None or not (found.text or "").strip():
        raise ArticleError(f"{path}: no text found in the page; save its text as a .txt file")
    lines = [line.rstrip() for line in found.text.splitlines() if line.strip()]
    text = re.sub(r"\n(?! *[-|])|\n(?=\|)(?<!\|\n)", "\n\n", "\n".join(lines)) + "\n"
    heads = (" ".join("".join(h.itertext()).split()) for h in found.body.iter("head"))
    sections, at = [], 0
    for head in heads:
        place = re.compile(rf"^{re.escape(head)}$", re.MULTILINE).search(text, at) if head else None
        if place:
            at = place.end()
            sections.append((place.start(), head))
    title = found.title if found.title in text.split("\n") else ""
    return Article(path.name, raw, text, False, title, tuple(sections))


def _lay_out(folder: Path, articles: list[Article], language: str) -> None:
    """Write everything a new corpus has into a folder that is not there yet."""
    from claimatlas.export import DICTIONARY_FILE, dictionary

    for path in (p for p in STARTER.rglob("*") if p.is_file()):
        copy = folder / DATA / path.relative_to(STARTER)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    (folder / DATA / "README.md").rename(folder / "README.md")
    path = folder / DATA / SCHEMA_FILE
    descriptor = json.loads(path.read_text(encoding="utf-8"))
    descriptor["title"] = f"Claim atlas: {folder.name}"
    path.write_text(
        json.dumps(descriptor, indent=2, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n"
    )
    schema = atlas.read_schema(folder)
    for table in schema.tables.values():
        foreign = table.name == "hedges" and language.partition("-")[0].lower() != "en"
        if foreign or not (folder / table.file).exists():  # the list of hedges is English
            _write_rows(folder / table.file, table, [])
    (folder / SEEDS / ORIGINALS).mkdir(parents=True)
    (folder / WORKSHEETS).mkdir()
    rows, taken = [], {ORIGINALS}
    for number, article in enumerate(_watched(articles, "cutting")):
        article_id = _letters(number)
        row = _register(folder, article, taken) | {"article_id": article_id, "language": language}
        rows.append(row | {"label": f"{article_id} ({Path(row['file']).stem})", "kind": "article"})
        claims = worksheet(article.text, article_id, language, article.sections)
        _write_rows(folder / WORKSHEETS / f"{article_id}.csv", schema.tables["claims"], claims)
    if not any((folder / SEEDS / ORIGINALS).iterdir()):
        (folder / SEEDS / ORIGINALS).rmdir()
    _write_rows(folder / schema.tables["articles"].file, schema.tables["articles"], rows)
    corpus = atlas.load(folder)
    page = dictionary(corpus.schema, corpus.codes)
    (folder / DATA / DICTIONARY_FILE).write_text(page, encoding="utf-8", newline="\n")


def _register(folder: Path, article: Article, taken: set[str]) -> dict[str, str]:
    """Write an article's file, and its original where the two differ; return its row so far."""
    stem, ending = Path(article.name).stem, Path(article.name).suffix
    safe = re.sub(r"[^\w.,()'&+ -]+", "_", stem).strip(" ._") or "article"
    for n in range(1, len(taken) + 2):
        tried = safe if n == 1 else f"{safe}_{n}"
        name = tried + (re.sub(r"[^\w.]+", "_", ending) if article.kept else ".txt")
        if not {name.lower(), tried.lower()} & taken:
            break
    taken |= {name.lower(), tried.lower()}
    content = article.text.encode()
    (folder / SEEDS / name).write_bytes(content)
    if not article.kept:
        (folder / SEEDS / ORIGINALS / (tried + ending)).write_bytes(article.raw)
    digest = hashlib.sha256(content).hexdigest()
    return {"file": f"{SEEDS}/{name}", "sha256": digest, "title": article.title}


def worksheet(
    text: str,
    article_id: str,
    language: str = "en",
    sections: Sequence[tuple[int, str]] = (),
) -> list[dict[str, str]]:
    """Cut an article into sentences, one row of claims each, to be judged.

    Parameters
    ----------
    text, article_id : str
        The article's text and id.
    language : str
        Its language as a BCP 47 tag.
    sections : sequence of (int, str)
        Where each heading begins, and its line.

    Returns
    -------
    list of dict
        ``claim_id`` in steps of `STEP`, ``article_id``, ``start``, ``end``, ``quote`` and
        ``section``. Sentences without a letter or digit are left out.
    """
    cut = (_unmarked(text, *span) for span in anchor.sentences(text, language))
    spans = [span for span in cut if re.search(r"\w", text[slice(*span)])]
    width = max(3, len(str(STEP * len(spans))))
    rows = []
    for number, (start, end) in enumerate(spans, 1):
        rows.append(
            {
                "claim_id": f"{article_id}{STEP * number:0{width}}",
                "article_id": article_id,
                "start": str(start),
                "end": str(end),
                "quote": text[start:end],
                "section": _section(sections, start),
            }
        )
    return rows


def _unmarked(text: str, start: int, end: int) -> tuple[int, int]:
    """Leave out the marks that make a line a heading, an item, a row of a table or a quote."""
    start = _MARKS.match(text, start, end).end()
    return start, start + len(text[start:end].rstrip("| \t"))


def _section(sections: Sequence[tuple[int, str]], offset: int) -> str:
    """Return the line of the last heading before an offset; a cell cannot keep its edge spaces."""
    above = [line for at, line in sections if at + len(line) <= offset]
    return above[-1] if above and above[-1] == above[-1].strip() else ""


def _letters(number: int) -> str:
    """Name a number from 0 as spreadsheets name columns: A to Z, then AA."""
    name = ""
    while number >= 0:
        name = string.ascii_uppercase[number % 26] + name
        number = number // 26 - 1
    return name


def _write_rows(path: Path, table: Table, rows: Iterable[dict[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(as_csv(table, rows).encode())


def as_csv(table: Table, rows: Iterable[dict[str, str]]) -> str:
    """Write rows of a table as CSV, the header first; a column that a row lacks is empty."""
    names = [c.name for c in table.columns]
    return _csv([names, *([row.get(name, "") for name in names] for row in rows)])


def _csv(rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _watched(items: Sequence, what: str) -> Iterable:
    """Show progress on a terminal's standard error where the work takes more than a moment."""
    from tqdm import tqdm

    return tqdm(items, desc=what, unit="article", delay=1, leave=False, disable=None)


# --- the place of words -------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """A place at which words stand in an article.

    Parameters
    ----------
    start, end : int
        Offsets in characters.
    found : str
        The characters there.
    whole : tuple of (int, int)
        Offsets of the whole words; the same where the place cuts none.
    section : str
        Line of the last heading before it, as far as headings are known.
    shown : str
        The words between brackets, with `AROUND` characters on each side, on one line.
    row : dict
        The row for ``claims.csv``, of the whole words, with the next free id.
    """

    start: int
    end: int
    found: str
    whole: tuple[int, int]
    section: str
    shown: str
    row: dict[str, str]


def find(root: str | Path, article_id: str, words: str) -> tuple[list[Place], list[Place]]:
    """Find words in an article of a corpus, whose other tables may have faults.

    Parameters
    ----------
    root : str or pathlib.Path
        The corpus folder.
    article_id : str
        The article.
    words : str
        The words looked for, to the character; spaces at the edges do not count.

    Returns
    -------
    exact, near : list of Place
        Every place where the words stand; where there is none, up to three that are most like it.

    Raises
    ------
    atlas.SchemaError, atlas.CorpusError
        Where the schema or ``articles.csv`` cannot be read.
    ArticleError
        Where there is no such article, it cannot be read, or no words are given.
    """
    root, words = Path(root), words.strip()
    schema = atlas.read_schema(root)
    faults: list[Fault] = []
    corpus = _texts(root, schema, faults)
    if "articles" not in corpus.frames:
        raise atlas.CorpusError(f for f in faults if f.file == schema.tables["articles"].file)
    known = list(corpus["articles"]["article_id"])
    if article_id not in known:
        raise ArticleError(f"no article {article_id!r}; there are {', '.join(known)}")
    if article_id not in corpus.texts:
        raise ArticleError(f"the file of article {article_id} cannot be read; run claimatlas check")
    if not words:
        raise ArticleError("no words to look for; give some of the article")
    text, seams = corpus.texts[article_id], corpus.seams.get(article_id, set())
    exact = [(at, at + len(words)) for at in anchor.find_all(text, words)]
    near = [] if exact else anchor.nearest_few(text, words)
    claims = _numbered(root, schema, article_id)
    known_lines = {row.get("section") or "" for row in claims.values()} - {""}
    sections = _sections(text, known_lines)
    used = set(claims)
    places = []
    for start, end in exact or near:
        whole = anchor.widen(text, start, end, seams)
        row = {"article_id": article_id, "start": str(whole[0]), "end": str(whole[1])}
        row["claim_id"] = _free_id(article_id, claims, used, whole[0])
        row |= {"quote": text[slice(*whole)], "section": _section(sections, start)}
        shown = f"{text[max(start - AROUND, 0) : start]}[[{text[start:end]}]]"
        shown = (shown + text[end : end + AROUND]).replace("\r", "").replace("\n", " ¶ ")
        found = text[start:end]
        places.append(Place(start, end, found, whole, row["section"], shown, row))
    return (places, []) if exact else ([], places)


def _texts(root: Path, schema: Schema, faults: list[Fault]) -> rules.Corpus:
    """Read articles and seams as far as their tables can be read."""
    files = [atlas.read_file(root, schema.tables[n], faults.append)
             for n in ("articles", "seams") if n in schema.tables]  # fmt: skip
    frames = {file.table.name: file.frame() for file in files if file.readable}
    return rules.articles(root, schema, frames)


def _sections(text: str, known: set[str]) -> list[tuple[int, str]]:
    """List headings: Markdown's, and the lines that claims name as their section."""
    found = dict(anchor.headings(text))
    at = 0
    for line in text.split("\n"):
        if line in known:
            found[at] = line
        at += len(line) + 1
    return sorted(found.items())


def _numbered(root: Path, schema: Schema, article_id: str) -> dict[int, dict[str, str]]:
    """Read an article's claims by number, from table and worksheet, however broken they are."""
    found: dict[int, dict[str, str]] = {}
    for file in (f"{WORKSHEETS}/{article_id}.csv", schema.tables["claims"].file):
        path = root / file
        text = path.read_bytes().decode("utf-8-sig", "replace") if path.is_file() else ""
        try:
            for row in csv.DictReader(io.StringIO(text, newline="")):
                number = re.fullmatch(rf"{article_id}([0-9]{{1,15}})", row.get("claim_id") or "")
                if number:
                    found[int(number[1])] = row
        except csv.Error:  # an unclosed quote that swallows the rest
            continue
    return found


def _free_id(article_id: str, claims: dict, used: set[int], start: int) -> str:
    """Return the first free id behind the claims that begin before an offset, and take it."""
    before = [
        n for n, row in claims.items() if (rules.integer(row.get("start") or "") or 0) <= start
    ]
    number = max(before, default=0) + 1
    while number in used:
        number += 1
    used.add(number)
    width = max(3, len(str(max(used))))
    return f"{article_id}{number:0{width}}"


# --- repairs ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Repair:
    """A file that `tidy` would change.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    name : str
        Its path relative to the corpus folder.
    before, after : bytes
        Its content now and repaired.
    """

    path: Path
    name: str
    before: bytes
    after: bytes

    def diff(self) -> Iterator[str]:
        """Yield the lines of a unified diff; of marks and line ends, which do not show, a count."""
        yield f"--- {self.name}"
        yield f"+++ {self.name}"
        if self.before.startswith(codecs.BOM_UTF8):
            yield "@@ byte-order mark removed @@"
        returns = len(re.findall(b"\r\n?", self.before))
        if returns:
            yield f"@@ {returns} line ends CRLF or CR become LF @@"
        old, new = (c.decode().split("\n") for c in (_plain(self.before), self.after))
        yield from list(difflib.unified_diff(old, new, n=1, lineterm=""))[2:]

    def write(self) -> None:
        """Replace the file in one step, its permissions kept.

        Raises
        ------
        OSError
            Where it cannot be written, or was changed since it was read.
        """
        path = self.path.resolve()
        if path.read_bytes() != self.before:
            raise OSError(f"{path} was changed meanwhile; run tidy again")
        replace(path, self.after)


def replace(path: Path, content: bytes) -> None:
    """Write a file in one step: whoever reads it sees the old content or the new, never half.

    Parameters
    ----------
    path : pathlib.Path
        The file; it may be missing. The permissions of one that is there are kept.
    content : bytes
        All of it.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        mode = path.stat().st_mode if path.exists() else 0o666 & ~_umask()
        Path(name).chmod(mode & 0o7777)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def tidy(root: str | Path) -> tuple[list[Repair], list[Fault]]:
    """Find what can be repaired in a corpus' tables without a judgement; nothing is written.

    These are a byte-order mark, line ends, the order of the rows, and the offsets of a claim whose
    quote stands exactly once in its article, between word boundaries. Every other byte stays.

    Parameters
    ----------
    root : str or pathlib.Path
        The corpus folder.

    Returns
    -------
    repairs : list of Repair
        The files that would change.
    left : list of Fault
        Why some tables cannot be taken apart and are left alone, a fault for each reason.

    Raises
    ------
    atlas.SchemaError
        Where the schema cannot be read.
    """
    root = Path(root)
    schema = atlas.read_schema(root)
    left: list[Fault] = []
    files: dict[str, tuple[TableFile, bytes]] = {}
    for table in schema.tables.values():
        path = root / table.file
        if not path.is_file():
            continue
        before, problems = path.read_bytes(), []
        file = atlas.parse(table, _plain(before), problems.append)
        if file.readable:
            files[table.name] = file, before
        else:
            left += problems
    frames = {n: f.frame() for n, (f, _) in files.items() if n in ("articles", "seams")}
    corpus = rules.articles(root, schema, frames)
    for row in corpus["articles"].itertuples() if "articles" in frames else ():
        text = corpus.texts.get(row.article_id, "")
        if hashlib.sha256(text.encode()).hexdigest() != row.sha256:  # not the registered words
            corpus.texts.pop(row.article_id, None)
    repairs = []
    for name, (file, before) in files.items():
        after = _repaired(file, before, corpus if name == "claims" else None)
        if after != before:
            repairs.append(Repair(root / file.table.file, file.table.file, before, after))
    return repairs, left


def _plain(raw: bytes) -> bytes:
    """Take off a byte-order mark and make every line end a line feed."""
    return re.sub(b"\r\n?", b"\n", raw.removeprefix(codecs.BOM_UTF8))


def _repaired(file: TableFile, before: bytes, corpus: rules.Corpus | None) -> bytes:
    """Return a table's bytes, its rows in order and, with the articles, its offsets mended."""
    lines = io.StringIO(_plain(before).decode(), newline="\n").readlines()
    first = file.lines[0] - 1 if file.lines else len(lines)
    ends = [*(line - 1 for line in file.lines[1:]), len(lines)]
    rows = ["".join(lines[a - 1 : b]) for a, b in zip(file.lines, ends, strict=False)]
    if corpus:
        rows = [_anchored(file.table, *pair, corpus) for pair in zip(file.rows, rows, strict=True)]
    key = [tuple(map(rules.natural, cells)) for cells in file.cells(file.table.key)]
    order = sorted(range(len(rows)), key=key.__getitem__)
    if order != list(range(len(rows))) and rows and not rows[-1].endswith("\n"):
        rows[-1] += "\n"
    return "".join([*lines[:first], *(rows[i] for i in order)]).encode()


def _anchored(table: Table, cells: list[str], raw: str, corpus: rules.Corpus) -> str:
    """Return a claim's row; with new offsets where they are wrong and the quote has one place."""
    names = [c.name for c in table.columns]
    claim = dict(zip(names, cells, strict=True))
    text, seams = corpus.texts.get(claim["article_id"]), corpus.seams.get(claim["article_id"], ())
    at = anchor.only_place(text, claim["quote"], seams) if text else None
    if at is None:
        return raw
    right = {"start": str(at), "end": str(at + len(claim["quote"]))}
    now = [rules.integer(claim[name]) for name in right]
    if now == list(map(int, right.values())):
        return raw
    if None not in now and min(now) >= 0 and rules.rewritten(claim["quote"], text[slice(*now)]):
        return raw  # its place was right before a spreadsheet changed the words
    return _csv([[(claim | right)[name] for name in names]])
