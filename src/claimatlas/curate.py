"""The curator's tools: lay out a corpus, find the exact place of words, repair what editors break.

Nothing else in the package changes a table, and every write is all or nothing: a corpus is built
in a folder beside its place, a file beside the one it replaces.
"""

from __future__ import annotations

import codecs
import difflib
import hashlib
import io
import json
import os
import re
import shutil
import string
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, zip_longest
from pathlib import Path

import pandas as pd

from claimatlas import anchor, atlas, rules
from claimatlas.atlas import DATA, SCHEMA_FILE, Fault, Table, TableFile

SEEDS, ORIGINALS, WORKSHEETS = "seeds", "originals", "worksheets"
STARTER = Path(__file__).with_name("starter")
STEP = 10
"""Distance of the claim ids of two sentences, so that a sentence has room for more claims."""
AROUND = 60
"""Characters of context shown on each side of a place."""

_WEB = (".html", ".htm", ".xhtml")
_PAGE = re.compile(
    rb"\W*(<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(!doctype )?(html|head|body)\b", re.I | re.S
)
_CHARSET = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?([\w.:-]+)""", re.IGNORECASE)
# The names of Latin-1 mean Windows-1252 on the web (WHATWG Encoding Standard).
_LATIN = ("iso-8859-1", "latin1", "us-ascii", "ascii")
# A sentence without the marks that make its line a heading, an item, a row of a table or a quote.
_WORDS = re.compile(r"(?:(?:[-*+•‣◦>|]|#{1,6})[ \t]+)*+(.*?)[| \t]*", re.DOTALL)
# Elements whose class says in one word that they are advertisements.
_ADVERTS = [
    f"//*[contains(concat(' ', normalize-space(@class), ' '), ' {word} ')]"
    for word in ("ad", "ads", "advert", "adverts", "advertisement", "advertising", "sponsored")
]
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]+)*")

Headings = Sequence[tuple[int, str]]
"""Where each heading of an article begins, and its line."""


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
    title : str
        The title, where the text has it as a line.
    sections : tuple of (int, str)
        Where each heading begins, and its line.
    author, published : str
        What a web page's own metadata name; the date as year-month-day.
    """

    name: str
    raw: bytes
    text: str
    title: str
    sections: Headings
    author: str = ""
    published: str = ""


def new(folder: str | Path, files: Sequence[str | Path], *languages: str) -> list[Path]:
    """Lay out a corpus of articles, ready to be filled.

    Parameters
    ----------
    folder : str or pathlib.Path
        The folder to make; it may exist when it is empty.
    files : sequence of str or pathlib.Path
        The articles: plain text, Markdown or saved web pages, at least one.
    *languages : str
        Languages of the articles as BCP 47 tags: none for English, one for all articles, or one
        for each.

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
        Where a file holds no text, or none that can be decoded, or the languages are no
        tags or not as many as the articles.
    """
    asked, folder = Path(folder), Path(folder).resolve()
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise FileExistsError(f"{asked} is there and not empty; name a new or an empty folder")
    spoken = _languages(languages, len(files))
    articles = [read_article(Path(file)) for file in files]
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as beside:
        made = Path(beside) / folder.name
        _lay_out(made, articles, spoken)
        if folder.exists():
            folder.rmdir()
        made.rename(folder)
    return sorted(asked / p.relative_to(folder) for p in folder.rglob("*") if p.is_file())


def _languages(languages: Sequence[str], count: int) -> list[str]:
    """Return the language of each article, one that stands for all repeated."""
    for tag in languages:
        if not _TAG.fullmatch(tag):
            raise ArticleError(f"{tag!r} is not a language tag; write one such as en or pt-BR")
    if len(languages) not in (0, 1, count):
        raise ArticleError(
            f"{len(languages)} languages for {count} articles; "
            "name one for all, or one for each in their order"
        )
    return list(languages) if len(languages) == count else [*languages, "en"][:1] * count


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
    if path.is_dir() or not path.exists():
        raise FileNotFoundError(f"{path} is missing or a folder; name the files of the articles")
    raw = path.read_bytes()
    is_page = path.suffix.lower() in _WEB or _PAGE.match(raw[:4096].replace(b"\0", b""))
    text = re.sub("\r\n?", "\n", _decoded(path, raw, bool(is_page)))
    if is_page:
        return _from_page(path, raw, text)
    if not text.strip():
        raise ArticleError(f"{path} holds no text; name a file that does")
    if "\0" in text:
        raise ArticleError(f"{path} has a NUL byte at {raw.index(0)}; it is no plain text")
    sections = anchor.headings(text)
    title = next((line[2:].strip() for _, line in sections if line.startswith("# ")), "")
    return Article(path.name, raw, text, title, sections)


def _decoded(path: Path, raw: bytes, is_page: bool) -> str:
    """Decode by byte-order mark, as UTF-8, or as a web page says; nothing is guessed."""
    wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))  # that of UTF-32 begins so
    names = ["utf-8-sig", *(["utf-32", "utf-16"] if wide else [])]
    if said := _CHARSET.search(raw[:4096]) if is_page else None:
        name = said[1].decode("ascii").lower()
        # Every ASCII file is UTF-8 too, and may yet mean other characters, as ISO-2022-JP does.
        names.insert(0 if raw.isascii() else len(names), "cp1252" if name in _LATIN else name)
    at = []
    for name in names:
        try:
            return raw.decode(name)
        except (LookupError, UnicodeError) as error:
            at.append(getattr(error, "start", 0))
    raise ArticleError(
        f"{path} is not UTF-8 at byte {at[0]} (0x{raw[at[0] : at[0] + 1].hex()}); open it in an "
        "editor that shows it rightly and save it as UTF-8"
    )


def _from_page(path: Path, raw: bytes, page: str) -> Article:
    """Take the main text out of a web page, a blank line between paragraphs."""
    from trafilatura import bare_extraction, load_html

    tree = load_html(page)
    for link in () if tree is None else tree.xpath("//a[starts-with(@href, '#')]"):
        # Links to a place of the same page make a list of references look like a menu.
        link.drop_tag() if re.search(r"\w", link.text_content()) else link.drop_tree()
    found = bare_extraction(
        tree, include_comments=False, favor_recall=True, with_metadata=True, prune_xpath=_ADVERTS,
        date_extraction_params={"extensive_search": False, "original_date": True},
    )  # fmt: skip
    if found is None or not (found.text or "").strip():
        raise ArticleError(f"{path}: no text found in the page; save its text as a .txt file")
    lines = [line.rstrip() for line in found.text.splitlines() if line.strip()]
    text = re.sub(r"\n(?! *[-|])|\n(?=\|)(?<!\|\n)", "\n\n", "\n".join(lines)) + "\n"
    heads = {" ".join("".join(head.itertext()).split()) for head in found.body.iter("head")}
    title = found.title if found.title in lines else ""
    sections = anchor.headings(text, heads - {""})
    named = (x if x and x in page else "" for x in (found.author, found.date))  # never a guess
    return Article(path.name, raw, text, title, sections, *named)


def _lay_out(folder: Path, articles: list[Article], languages: list[str]) -> None:
    """Write everything a new corpus has into a folder that is not there yet."""
    from tqdm import tqdm

    from claimatlas.export import DICTIONARY_FILE, dictionary

    for path in (p for p in STARTER.rglob("*") if p.is_file()):
        _write(folder / DATA / path.relative_to(STARTER), path.read_bytes())
    (folder / DATA / "README.md").rename(folder / "README.md")
    described = json.loads((STARTER / SCHEMA_FILE).read_bytes())
    described["title"] = f"Claim atlas: {folder.name}"
    content = json.dumps(described, indent=2, ensure_ascii=False) + "\n"
    _write(folder / DATA / SCHEMA_FILE, content.encode())
    tables = atlas.read_schema(folder).tables
    english = "en" in map(anchor.primary, languages)
    for table in tables.values():
        foreign = table.name == "hedges" and not english
        if foreign or not (folder / table.file).exists():  # the list of hedges is English
            _write(folder / table.file, as_csv(table, []).encode())
    rows, taken = [], {ORIGINALS}
    shown = tqdm(articles, delay=1, leave=False, disable=None)
    for number, (article, language) in enumerate(zip(shown, languages, strict=True)):
        row = {"article_id": _letters(number), "language": language, "kind": "article"}
        row |= {"author": article.author, "published": article.published}
        row |= _register(folder, article, taken)
        rows.append(row | {"label": f"{row['article_id']} ({Path(row['file']).stem})"})
        claims = worksheet(article.text, row["article_id"], language, article.sections)
        sheet = folder / WORKSHEETS / f"{row['article_id']}.csv"
        _write(sheet, as_csv(tables["claims"], claims).encode())
    _write(folder / tables["articles"].file, as_csv(tables["articles"], rows).encode())
    corpus = atlas.load(folder)
    page = dictionary(corpus.schema, corpus.codes)
    _write(folder / DATA / DICTIONARY_FILE, page.encode())


def _register(folder: Path, article: Article, taken: set[str]) -> dict[str, str]:
    """Write an article's file, and its original where the two differ; return its row so far."""
    stem, ending = Path(article.name).stem, Path(article.name).suffix
    content = article.text.encode()
    last = re.sub(r"[^\w.]+", "_", ending) if content == article.raw else ".txt"
    safe = re.sub(r"[^\w.,()'&+ -]+", "_", stem).strip(" ._") or "article"
    stems = (f"{safe}_{n}" if n > 1 else safe for n in count(1))
    stem = next(s for s in stems if not {s.lower(), (s + last).lower()} & taken)
    taken |= {stem.lower(), (stem + last).lower()}
    _write(folder / SEEDS / (stem + last), content)
    if content != article.raw:
        _write(folder / SEEDS / ORIGINALS / (stem + ending), article.raw)
    digest = hashlib.sha256(content).hexdigest()
    return {"file": f"{SEEDS}/{stem}{last}", "sha256": digest, "title": article.title}


def original(root: str | Path, file: str) -> Path | None:
    """Find the received file from which an article's text was taken.

    Parameters
    ----------
    root : str or pathlib.Path
        The corpus folder.
    file : str
        The article's file, as the table ``articles`` names it.

    Returns
    -------
    pathlib.Path or None
        None where the article's file is the received one.
    """
    kept = Path(root, file)
    beside = sorted((kept.parent / ORIGINALS).glob("*"))
    return next((path for path in beside if path.stem == kept.stem), None)


def worksheet(
    text: str, article_id: str, language: str = "en", sections: Headings = ()
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
    cut = (_WORDS.fullmatch(text, *s).span(1) for s in anchor.sentences(text, language))
    spans = [span for span in cut if re.search(r"\w", text[slice(*span)])]
    last = STEP * len(spans)
    return [
        _row(text, span, sections, article_id, STEP * n, last) for n, span in enumerate(spans, 1)
    ]


def _row(
    text: str, span: tuple[int, int], sections: Headings, article_id: str, number: int, last: int
) -> dict[str, str]:
    """Return a row of claims for a stretch of an article, its id as wide as the last one."""
    above = [line for at, line in sections if at + len(line) <= span[0]]
    # A cell cannot keep the spaces at a line's edges.
    section = above[-1] if above and above[-1] == above[-1].strip() else ""
    claim_id = f"{article_id}{number:0{max(3, len(str(last)))}}"
    place = {"start": str(span[0]), "end": str(span[1]), "quote": text[slice(*span)]}
    return {"claim_id": claim_id, "article_id": article_id, "section": section} | place


def _letters(number: int) -> str:
    """Name a number from 0 as spreadsheets name columns: A to Z, then AA."""
    rest, letter = divmod(number, 26)
    return (_letters(rest - 1) if rest else "") + string.ascii_uppercase[letter]


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def as_csv(table: Table, rows: Sequence[dict[str, str]], header: bool = True) -> str:
    """Write rows of a table as CSV; a column that a row lacks is empty."""
    frame = pd.DataFrame(rows, columns=[c.name for c in table.columns])
    return frame.to_csv(index=False, header=header, lineterminator="\n")


# --- the place of words -------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """A place at which words stand in an article.

    Parameters
    ----------
    start, end : int
        Offsets in characters.
    shown : str
        The words between brackets, with `AROUND` characters on each side, on one line.
    row : dict
        The row for ``claims.csv``, with the next free id. Its offsets and quote are those of the
        whole words; others than `start` and `end` where the place cuts a word.
    """

    start: int
    end: int
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
    _, corpus, _ = _read(root)
    tables = corpus.schema.tables
    if "articles" not in corpus.frames:
        raise atlas.CorpusError(
            f for f in atlas.validate(root) if f.file == tables["articles"].file
        )
    known = list(corpus["articles"]["article_id"])
    if article_id not in known:
        raise ArticleError(f"no article {article_id!r}; there are {', '.join(known)}")
    if article_id not in corpus.texts:
        raise ArticleError(f"the file of article {article_id} cannot be read; run claimatlas check")
    if not words:
        raise ArticleError("no words to look for; give some of the article")
    text, seams = corpus.texts[article_id], corpus.seams.get(article_id, set())
    exact = [(at, at + len(words)) for at in anchor.find_all(text, words)]
    claims = _numbered(root, tables["claims"], article_id)
    sections = anchor.headings(text, {row["section"] for row in claims.values()} - {""})
    places = []
    for start, end in exact or anchor.nearest_few(text, words):
        span = anchor.widen(text, start, end, seams)
        before = [n for n, row in claims.items() if (rules.integer(row["start"]) or 0) <= span[0]]
        number = next(n for n in count(max(before, default=0) + 1) if n not in claims)
        row = _row(text, span, sections, article_id, number, max(number, *claims, 0))
        claims[number] = row
        shown = f"{text[max(start - AROUND, 0) : start]}[[{text[start:end]}]]"
        shown = (shown + text[end : end + AROUND]).replace("\r", "").replace("\n", " ¶ ")
        places.append(Place(start, end, shown, row))
    return (places, []) if exact else ([], places)


def _numbered(root: Path, table: Table, article_id: str) -> dict[int, dict[str, str]]:
    """Read an article's claims by number, from worksheet and table, however broken they are."""
    found = {}
    for path in (root / WORKSHEETS / f"{article_id}.csv", root / table.file):
        raw = path.read_bytes().decode(errors="replace").encode() if path.is_file() else b""
        for cells in atlas.parse(table, _plain(raw), lambda _: None).rows:
            row = dict(zip_longest((c.name for c in table.columns), cells, fillvalue=""))
            if number := re.fullmatch(rf"{article_id}([0-9]{{1,15}})", row["claim_id"]):
                found[int(number[1])] = row
    return found


def _read(root: Path) -> tuple[dict[str, tuple[TableFile, bytes]], rules.Corpus, list[Fault]]:
    """Take apart the tables that can be, each with its bytes, and read articles and seams.

    Of the other tables the faults that say why.
    """
    schema, files, left = atlas.read_schema(root), {}, []
    for table in (t for t in schema.tables.values() if (root / t.file).is_file()):
        before, problems = (root / table.file).read_bytes(), []
        file = atlas.parse(table, _plain(before), problems.append)
        if file.readable:
            files[table.name] = file, before
        else:
            left += problems
    frames = {n: files[n][0].frame() for n in ("articles", "seams") if n in files}
    return files, rules.articles(root, schema, frames), left


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
        yield from (f"--- {self.name}", f"+++ {self.name}")
        if self.before.startswith(codecs.BOM_UTF8):
            yield "@@ byte-order mark removed @@"
        if returns := len(re.findall(b"\r\n?", self.before)):
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
    with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as beside:
        new = Path(beside) / path.name
        with new.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, new)
        new.replace(path)


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
    files, corpus, left = _read(root)
    for row in corpus["articles"].itertuples() if "articles" in files else ():
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
    claim = dict(zip((c.name for c in table.columns), cells, strict=True))
    article, quote = claim["article_id"], claim["quote"]
    text = corpus.texts.get(article, "")
    at = anchor.only_place(text, quote, corpus.seams.get(article, ()))
    now = [rules.integer(claim["start"]), rules.integer(claim["end"])]
    if at is None or now == [at, at + len(quote)]:
        return raw
    if None not in now and min(now) >= 0 and rules.rewritten(quote, text[slice(*now)]):
        return raw  # its place was right before a spreadsheet changed the words
    right = {"start": str(at), "end": str(at + len(quote))}
    return as_csv(table, [claim | right], header=False)
