"""Exports: the tables as they are, the grades, and each claim as a W3C web annotation."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from claimatlas.atlas import Atlas
from claimatlas.grading import claims_graded, grade
from claimatlas.schema import DATA, SCHEMA_FILE

ANNOTATIONS_FILE = "annotations.jsonld"
GRADE_FILES = ("grades.csv", "claims_graded.csv")

AROUND = 32
"""Characters of prefix and suffix in an annotation's text-quote selector."""


def export(atlas: Atlas, out: str | Path) -> list[Path]:
    """Write a corpus's tables and annotations to a folder, all or nothing.

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
    beside = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    new, old = beside / "new", beside / "old"
    try:
        _write(atlas, new)
        if out.exists():
            out.rename(old)
        try:
            new.rename(out)
        except BaseException:
            if old.exists():
                old.rename(out)
            raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)
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
        return {SCHEMA_FILE, ANNOTATIONS_FILE, *GRADE_FILES, *(r["path"] for r in resources)}
    except (OSError, ValueError, TypeError, KeyError):
        return set()


def _write(atlas: Atlas, folder: Path) -> None:
    for name in (SCHEMA_FILE, *(t.path for t in atlas.schema.tables.values())):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(atlas.root / DATA / name, folder / name)
    text = json.dumps(annotations(atlas), ensure_ascii=False, indent=1)
    (folder / ANNOTATIONS_FILE).write_text(text + "\n", encoding="utf-8", newline="\n")
    if "evidence" in atlas.tables:
        grades = grade(atlas)
        tables = (grades, claims_graded(atlas, grades))
        for name, table in zip(GRADE_FILES, tables, strict=True):
            table.to_csv(folder / name, index=False, lineterminator="\n")


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
    items = [
        {
            "id": f"urn:claim:{c.claim_id}",
            "type": "Annotation",
            "motivation": "describing",
            "body": {
                "type": "TextualBody",
                "value": f"{c.stance}: {statements[c.proposition_id]}",
                "format": "text/plain",
                "language": "en",
            },
            "target": {
                "source": files[c.article_id],
                "selector": _selectors(atlas.texts[c.article_id], c.start, c.end),
            },
        }
        for c in atlas.claims.itertuples()
    ]
    return {
        "@context": "http://www.w3.org/ns/anno.jsonld",
        "type": "AnnotationPage",
        "items": items,
    }


def _selectors(text: str, start: int, end: int) -> list[dict[str, Any]]:
    quote = {
        "type": "TextQuoteSelector",
        "exact": text[start:end],
        "prefix": text[max(0, start - AROUND) : start],
        "suffix": text[end : end + AROUND],
    }
    return [quote, {"type": "TextPositionSelector", "start": int(start), "end": int(end)}]
