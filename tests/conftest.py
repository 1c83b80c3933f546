"""A copy of the moss corpus that a test may break, and the tools to break it with."""

import csv
import hashlib
import io
import json
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

import claimatlas

ROOT = Path(__file__).resolve().parents[1]
MOSS = Path(__file__).parent / "corpora" / "moss"

# How long an example takes says more of the machine than of the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


class Corpus:
    """A corpus folder whose tables, schema and articles can be edited.

    Lines count from 1 with the header on line 1; no cell of the moss corpus holds a line feed, so
    a row's line is its place in `rows`, counted from 1.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, table: str) -> Path:
        return self.root / "data" / f"{table}.csv"

    def text(self, table: str) -> str:
        return self.path(table).read_bytes().decode("utf-8")

    def write(self, table: str, text: str | bytes) -> None:
        self.path(table).write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))

    def replace(self, table: str, old: str, new: str) -> None:
        """Replace characters of a table that stand in it exactly once."""
        text = self.text(table)
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {table}"
        self.write(table, text.replace(old, new))

    def rows(self, table: str) -> list[list[str]]:
        """Return the table's rows, the header first."""
        return list(csv.reader(io.StringIO(self.text(table), newline="")))

    def write_rows(self, table: str, rows: list[list[str]]) -> None:
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator="\n").writerows(rows)
        self.write(table, out.getvalue())

    def line(self, table: str, *key: str) -> int:
        """Return the line of the row that begins with these cells."""
        found = [i for i, row in enumerate(self.rows(table), 1) if tuple(row[: len(key)]) == key]
        assert len(found) == 1, f"{key} begins {len(found)} rows of {table}"
        return found[0]

    def cell(self, table: str, key: tuple[str, ...] | str, column: str) -> str:
        rows = self.rows(table)
        return rows[self.line(table, *_tuple(key)) - 1][rows[0].index(column)]

    def set(self, table: str, key: tuple[str, ...] | str, /, **cells: object) -> None:
        """Change cells of the row that begins with the key."""
        rows = self.rows(table)
        row = rows[self.line(table, *_tuple(key)) - 1]
        for column, value in cells.items():
            row[rows[0].index(column)] = str(value)
        self.write_rows(table, rows)

    def insert(self, table: str, after: tuple[str, ...] | str, row: list[object]) -> None:
        rows = self.rows(table)
        rows.insert(self.line(table, *_tuple(after)), [str(cell) for cell in row])
        self.write_rows(table, rows)

    def drop(self, table: str, key: tuple[str, ...] | str) -> None:
        rows = self.rows(table)
        del rows[self.line(table, *_tuple(key)) - 1]
        self.write_rows(table, rows)

    def article(self, article_id: str) -> Path:
        return self.root / self.cell("articles", article_id, "file")

    def words(self, article_id: str) -> str:
        return self.article(article_id).read_bytes().decode("utf-8")

    def write_article(self, article_id: str, raw: bytes) -> None:
        """Replace an article's bytes and record their hash."""
        self.article(article_id).write_bytes(raw)
        self.set("articles", article_id, sha256=hashlib.sha256(raw).hexdigest())

    @property
    def schema_path(self) -> Path:
        return self.root / "data" / "datapackage.json"

    def schema(self) -> dict:
        return json.loads(self.schema_path.read_text(encoding="utf-8"))

    def write_schema(self, descriptor: object) -> None:
        self.schema_path.write_text(json.dumps(descriptor), encoding="utf-8")

    def resource(self, descriptor: dict, table: str) -> dict:
        return next(r for r in descriptor["resources"] if r["name"] == table)

    def quote(self, claim_id: str, quote: str, start: int | None = None) -> None:
        """Give a claim another quote and the offsets at which it stands, or those given."""
        if start is None:
            start = self.words(self.cell("claims", claim_id, "article_id")).index(quote)
        self.set("claims", claim_id, quote=quote, start=start, end=start + len(quote))

    def faults(self) -> list[str]:
        return [str(f) for f in claimatlas.validate(self.root)]

    def snapshot(self) -> dict[str, bytes]:
        """Return every file below the corpus folder with its bytes."""
        return snapshot(self.root)


def snapshot(folder: Path) -> dict[str, bytes]:
    """Return every entry below a folder, files with their bytes."""
    entries = sorted(folder.rglob("*"))
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else b"" for p in entries}


def _tuple(key: tuple[str, ...] | str) -> tuple[str, ...]:
    return (key,) if isinstance(key, str) else key


@pytest.fixture
def moss(tmp_path: Path) -> Corpus:
    """A copy of the moss corpus in a folder of its own, with nothing beside it."""
    root = tmp_path / "moss"
    shutil.copytree(MOSS, root)
    return Corpus(root)


@pytest.fixture(scope="session")
def atlas() -> claimatlas.Atlas:
    """The moss corpus in memory; not to be changed."""
    return claimatlas.load(MOSS)
