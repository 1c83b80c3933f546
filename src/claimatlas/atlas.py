"""A corpus, described, validated and read: tables into typed DataFrames, articles into text.

The corpus describes its tables in ``data/datapackage.json``, a Frictionless Data Package: the only
place that says which tables and columns exist, of which type, which are required, unique or keys,
and what each means. A column's property ``codes`` names its list in ``codes.csv``, the only place
for permitted values.

Validation finds every fault in one go, each with file, line, column, value and remedy, in three
passes, each over what the one before let through: the bytes and rows of every file (what a CSV
reader would silently repair), types, keys and vocabulary (the frictionless library), and the rules
of this project. A table that cannot be read as a table is left out of the later passes.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from claimatlas import rules

DATA = "data"
SCHEMA_FILE = "datapackage.json"

TYPES = ("string", "integer", "number", "date")

# A corpus may leave out any table but the first four, and add others.
_ALWAYS = ("articles", "claims", "propositions", "codes")
_FILLED = ("articles", "codes")
_TOGETHER = {
    "evidence": "studies grading_rules",
    "citations": "studies",
    "citation_links": "citations",
    "risk_of_bias": "studies",
    "study_groups": "studies groups",
    "nodes": "relations",
    "doses": "studies",
    "practice": "studies",
    "scores": "instruments",
}

# Narrower than what frictionless and Python accept: no sign +, no 1_000, no other script's digits.
_FORMS = {
    "integer": (rules.INTEGER, "write digits only"),
    "number": (rules.NUMBER, "write a number such as 0.5"),
    "date": (re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), "write a date such as 2024-12-31"),
}

# Said outright, or frictionless would guess it from the first rows.
_DIALECT = {"delimiter": ",", "quoteChar": '"', "doubleQuote": True, "skipInitialSpace": False}

_DELIMITERS = {b";": "semicolons", b"\t": "tabs", b"|": "bars"}

# What no table's bytes may hold: told where it first stands, a conflict's marks each.
_BYTES = (
    (rb"\A\xef\xbb\xbf", "begins with a byte-order mark",
     f"save as UTF-8 without one; {rules.TIDY}"),
    (rb"(?s)\r.*", "has a carriage return (CRLF line ends)",
     f"save with LF line ends; {rules.TIDY}"),
    (rb"(?s)\0.*", "has a NUL byte", "remove it; the file may be damaged or UTF-16"),
    (rb"(?m)^(<{7} |={7}\s*$|>{7} )", "is a merge-conflict marker",
     "settle the conflict and remove the three markers"),
)  # fmt: skip


# --- the schema ---------------------------------------------------------------------------------


class SchemaError(ValueError):
    """The schema file is missing, is not JSON, or does not describe any table."""


@dataclass(frozen=True)
class Column:
    """One column: its name, Table Schema type, meaning, code list and constraints."""

    name: str
    type: str = "string"
    description: str = ""
    codes: str = ""
    constraints: dict[str, Any] = field(default_factory=dict)

    @property
    def required(self) -> bool:
        """Whether a cell may not be empty."""
        return bool(self.constraints.get("required"))


@dataclass(frozen=True)
class ForeignKey:
    """Columns of one table whose values stand in columns of another."""

    columns: tuple[str, ...]
    table: str
    references: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """One table: file, meaning, columns in order, primary key and foreign keys."""

    name: str
    path: str
    title: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...]

    @property
    def file(self) -> str:
        """Path of the table relative to the corpus folder."""
        return f"{DATA}/{self.path}"

    @property
    def names(self) -> list[str]:
        """Names of the columns, in order."""
        return [c.name for c in self.columns]

    def column(self, name: str) -> Column:
        """Return the column of that name; KeyError where there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


@dataclass(frozen=True)
class Schema:
    """All tables of a corpus, in the order of the schema file, and the file's own content."""

    title: str
    tables: dict[str, Table]
    descriptor: dict[str, Any]


def read_schema(root: Path) -> Schema:
    """Read the schema of the corpus in a folder.

    Parameters
    ----------
    root : pathlib.Path
        The corpus folder.

    Returns
    -------
    Schema
        The described tables.

    Raises
    ------
    SchemaError
        Where the file is missing, is not JSON, describes no table, lacks a table or column that
        the package reads, or contradicts itself.
    """
    path = root / DATA / SCHEMA_FILE
    try:
        descriptor = json.loads(path.read_text(encoding="utf-8"))
        tables = {r["name"]: _table(r) for r in descriptor["resources"]}
    except FileNotFoundError:
        raise SchemaError("missing; a corpus needs data/datapackage.json") from None
    except OSError as error:
        raise SchemaError(f"cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise SchemaError(f"not a data package: {error}") from None
    if not tables:
        raise SchemaError("describes no table")
    for problem in _contradictions(tables):
        raise SchemaError(problem)
    return Schema(descriptor.get("title", ""), tables, descriptor)


@cache
def _needed() -> dict[str, list[str]]:
    """Return what the package reads: the starter's columns but those it calls optional."""
    path = Path(__file__).with_name("starter") / SCHEMA_FILE
    resources = json.loads(path.read_text(encoding="utf-8"))["resources"]
    needed = {
        r["name"]: [f["name"] for f in r["schema"]["fields"] if not f.get("optional")]
        for r in resources
    }
    return {name: needed[name] for name in (*_ALWAYS, *needed)}


def _contradictions(tables: dict[str, Table]) -> Iterator[str]:
    """Say in which ways the described tables cannot be read or do not fit together."""
    for name, needed in _needed().items():
        if name not in tables:
            if name in _ALWAYS:
                yield f"lacks the table {name!r}, which the package reads"
            continue
        for other in _TOGETHER.get(name, "").split():
            if other not in tables:
                yield f"describes the table {name!r} without {other!r}, which goes with it"
        described = tables[name].names
        for column in (c for c in needed if c not in described):
            yield f"lacks the column {name}.{column}, which the package reads"
    for table in tables.values():
        if Path(table.path).is_absolute() or ".." in Path(table.path).parts:
            yield f"the path {table.path!r} of {table.name} leaves the folder {DATA}/"
        if len(set(table.names)) < len(table.names):
            yield f"a column of {table.name} is described twice"
        if not table.key or not set(table.key) <= set(table.names):
            yield f"the primary key of {table.name} is missing or names no column of it"
        for column in table.columns:
            if column.type not in TYPES:
                known = ", ".join(TYPES)
                yield f"{table.name}.{column.name} has type {column.type!r}; known are {known}"
        for key in table.foreign_keys:
            there = tables[key.table].names if key.table in tables else []
            if not (set(key.columns) <= set(table.names) and set(key.references) <= set(there)):
                yield f"a foreign key of {table.name} names a table or column that is not described"


def _table(resource: dict[str, Any]) -> Table:
    schema, name, path = resource["schema"], resource["name"], resource["path"]
    title, description = resource.get("title", name), resource.get("description", "")
    told = ("type", "description", "codes", "constraints")
    columns = tuple(
        Column(f["name"], **{k: f[k] for k in told if k in f}) for f in schema["fields"]
    )
    keys = tuple(
        ForeignKey(_names(k["fields"]), to["resource"], _names(to["fields"]))
        for k in schema.get("foreignKeys", ())
        for to in [k["reference"]]
    )
    words = [name, path, title, description]
    words += [w for c in columns for w in (c.name, c.type, c.description, c.codes)]
    if odd := [word for word in words if not isinstance(word, str)]:
        raise TypeError(f"{odd[0]!r} is not a string")
    return Table(
        name, path, title, description, columns, _names(schema.get("primaryKey", ())), keys
    )


def _names(value: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


# --- validation ---------------------------------------------------------------------------------


@dataclass(frozen=True, order=True)
class Fault:
    """One fault.

    Parameters
    ----------
    file : str
        Path relative to the corpus folder.
    line : int
        True line in the file, from 1; 0 where the fault is of the whole file.
    column : str
        Column name; empty where the fault is of a row or file.
    value : str
        The offending value, shortened where it is long.
    problem, remedy : str
        What is wrong, and what to do about it.
    """

    file: str
    line: int
    column: str
    value: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        place = ":".join(p for p in (self.file, str(self.line or ""), self.column) if p)
        value = f"{_shown(self.value)} " if self.value else ""
        return " ".join(f"{place}: {value}{self.problem} ({self.remedy})".splitlines())


@dataclass
class TableFile:
    """A table as read from its bytes: its rows as strings, each with its line in the file."""

    table: Table
    rows: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    readable: bool = False

    def cells(self, columns: Iterable[str]) -> list[tuple[str, ...]]:
        """Return the cells of some columns, a tuple a row."""
        at = map(self.table.names.index, columns)
        return list(zip(*([row[i] for row in self.rows] for i in at), strict=True))

    def frame(self) -> pd.DataFrame:
        """Return the rows as strings, indexed by line number."""
        return pd.DataFrame(self.rows, columns=self.table.names, index=self.lines, dtype=object)


def validate(root: str | Path = ".") -> list[Fault]:
    """Check a corpus and return every fault.

    Parameters
    ----------
    root : str or pathlib.Path
        The corpus folder, which holds ``data/`` and ``seeds/``.

    Returns
    -------
    list of Fault
        Sorted by file and line; empty where the corpus is sound. Nothing is written or changed.
    """
    root = Path(root)
    try:
        schema = read_schema(root)
    except SchemaError as error:
        remedy = "name the folder of a corpus, or restore its schema file"
        return [_misdescribed(str(error), remedy)]
    faults: list[Fault] = []
    files = {name: read_file(root, table, faults.append) for name, table in schema.tables.items()}
    readable = {name: file for name, file in files.items() if file.readable}
    frames = {name: file.frame() for name, file in readable.items()}
    faults += _filled(readable)
    faults += _in_order(readable)
    faults += _cells_fit(schema, frames)
    faults += _references_there(readable)
    faults += _types_and_keys(root, schema, readable)
    for name, line, column, value, problem, remedy in rules.check(root, schema, frames):
        faults.append(Fault(schema.tables[name].file, line, column, value, problem, remedy))
    return sorted(set(faults))


def _misdescribed(
    problem: str, remedy: str = "mend the schema", column: str = "", value: str = ""
) -> Fault:
    """Return a fault of the schema file."""
    return Fault(f"{DATA}/{SCHEMA_FILE}", 0, column, value, problem, remedy)


def _shown(value: str, most: int = 100) -> str:
    return repr(value if len(value) <= most else value[: most - 1] + "…")


# --- first pass: bytes and rows -----------------------------------------------------------------


def read_file(root: Path, table: Table, report: Callable[[Fault], None]) -> TableFile:
    """Read and `parse` a table's file, reporting also that it is missing."""
    path = root / DATA / table.path
    if not path.is_file():
        remedy = f"restore it, or take {table.name} out of {SCHEMA_FILE}"
        report(Fault(table.file, 0, "", "", "is missing", remedy))
        return TableFile(table)
    return parse(table, path.read_bytes(), report)


def parse(table: Table, raw: bytes, report: Callable[[Fault], None]) -> TableFile:
    """Split a table's bytes into rows, reporting what a CSV reader would hide.

    Parameters
    ----------
    table : Table
        Its description.
    raw : bytes
        The file's content.
    report : callable
        Takes each fault.

    Returns
    -------
    TableFile
        The rows, each with its line; not `readable` where bytes, header or rows do not fit.
    """
    file = TableFile(table)

    def fault(line: int, problem: str, remedy: str, column: str = "", value: str = "") -> None:
        report(Fault(table.file, line, column, value, problem, remedy))

    text = _decoded(raw, table, fault)
    if text is not None and _parsed(text, file, fault):
        file.readable = _rows_fit(file, fault)
    return file


def _decoded(raw: bytes, table: Table, fault: Callable[..., None]) -> str | None:
    """Decode a file's bytes; None where they are not plain UTF-8 with commas and line feeds."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        remedy = f"a spreadsheet calls it Unicode text; save as CSV in UTF-8; {rules.BY_HAND}"
        fault(1, "is UTF-16", remedy)
        return None
    if mark := _other_delimiter(raw, table):  # saving it anew mends the bytes too
        remedy = f"a spreadsheet of another country may do so; save with commas; {rules.BY_HAND}"
        fault(1, f"has its cells parted by {mark}", remedy)
        return None
    sound = True
    for form, problem, remedy in _BYTES:
        for found in re.finditer(form, raw):
            fault(raw[: found.start()].count(b"\n") + 1, problem, remedy)
            sound = False
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        remedy = "save the file as UTF-8; a spreadsheet may have used an older encoding; "
        fault(line, f"is not UTF-8 (byte 0x{raw[error.start]:02x})", remedy + rules.BY_HAND)
        return None
    return text if sound else None


def _other_delimiter(raw: bytes, table: Table) -> str:
    """Name what parts the cells of a header that has no commas; empty where nothing does."""
    header = re.split(rb"[\r\n]", raw.removeprefix(codecs.BOM_UTF8), maxsplit=1)[0]
    for mark, name in _DELIMITERS.items():
        found = [cell.strip(b' "') for cell in header.split(mark)]
        if b"," not in header and len(found) > 1 and found[0] == table.columns[0].name.encode():
            return name
    return ""


def _parsed(text: str, file: TableFile, fault: Callable[..., None]) -> bool:
    """Split the text into rows with their line numbers; False where quoting is broken."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    begins, problem = 1, "has an unclosed or misplaced quote"
    try:
        for row in reader:
            file.rows.append(row)
            file.lines.append(begins)
            if reader.line_num > begins and _swallows(row, len(file.rows[0])):
                problem = "has an unclosed quote that swallows the rows below"
                raise csv.Error
            begins = reader.line_num + 1
    except csv.Error:
        fault(begins, problem, 'close the quotation mark; a quote inside a cell is written ""')
        return False
    return True


def _swallows(row: list[str], width: int) -> bool:
    """Say whether a cell of several lines holds what looks like a row of its own."""
    swallowed = (line for cell in row if "\n" in cell for line in cell.split("\n")[1:])
    return any(line.count(",") >= max(width - 1, 1) for line in swallowed)


def _rows_fit(file: TableFile, fault: Callable[..., None]) -> bool:
    """Check header, row lengths, blank rows and edge spaces; keep the header out of the rows."""
    expected = file.table.names
    header = file.rows.pop(0) if file.rows else []
    file.lines = file.lines[1:]
    if not _header_fits(header, expected, fault):
        return False
    if not file.rows and file.table.name in _FILLED:
        fault(1, "has no rows, which every corpus needs", "add a row")
        return False
    fits = True
    for line, row in zip(file.lines, file.rows, strict=True):
        if len(row) != len(expected):
            kind = "short" if len(row) < len(expected) else "long"
            problem = f"is a {kind} row: {len(row)} cells instead of {len(expected)}"
            fault(line, problem, "check the commas and quotation marks", value=",".join(row)[:60])
            fits = False
        elif not any(row):
            remedy = f"delete it; a spreadsheet may have added it; {rules.BY_HAND}"
            fault(line, "is a row of empty cells", remedy)
            fits = False
        elif list(map(str.strip, row)) != row:
            for name, cell in zip(expected, row, strict=True):
                if cell != cell.strip():
                    fault(line, "has a space at its edge", "remove it", name, cell)
    return fits


def _header_fits(header: list[str], expected: list[str], fault: Callable[..., None]) -> bool:
    if header == expected:
        return True
    if not header:
        fault(1, "is empty", f"write the header: {','.join(expected)}")
        return False
    if not set(header) & set(expected):
        problem = "has no header: the first line names none of the columns"
        fault(1, problem, f"write above it: {','.join(expected)}", value=",".join(header)[:60])
        return False
    while header and not header[-1]:
        remedy = f"delete the column; a spreadsheet may have added it; {rules.BY_HAND}"
        fault(1, f"has an empty column {len(header)} at its end", remedy)
        header = header[:-1]
    if header and header[0] in ("", "Unnamed: 0", "index") and header[0] not in expected:
        remedy = f"delete it; pandas writes none with index=False; {rules.BY_HAND}"
        fault(1, "begins with a column of row numbers", remedy, value=header[0])
        header = header[1:]
    for name in sorted({n for n in header if header.count(n) > 1}):
        fault(1, "stands twice in the header", "remove one of the two columns", name)
    for name in (n for n in expected if n not in header):
        fault(1, "is missing from the header", "add the column", name)
    for name in (n for n in header if n not in expected):
        remedy = f"remove or rename it{rules.near(name, expected)}"
        fault(1, "is a column that the schema does not know", remedy, name)
    if header != expected and sorted(header) == sorted(expected):
        fault(1, "has its columns in another order", f"order them as {', '.join(expected)}")
    return False


# --- second pass: types, keys, vocabulary -------------------------------------------------------


def _filled(files: dict[str, TableFile]) -> Iterator[Fault]:
    """Report tables without a row beside filled ones that go with them."""
    empty = {name for name, file in files.items() if not file.rows}
    wanted: dict[str, str] = {}
    for name in (n for n in files if n not in empty):
        wanted |= dict.fromkeys(_TOGETHER.get(name, "").split(), files[name].table.file)
    for name in sorted(empty & wanted.keys()):
        problem, remedy = f"has no rows, which {wanted[name]} needs", "add a row"
        yield Fault(files[name].table.file, 1, "", "", problem, remedy)


def _in_order(files: dict[str, TableFile]) -> Iterator[Fault]:
    """Report the first row of each table that stands before its place by the key."""
    for file in files.values():
        name, before = ", ".join(file.table.key), ()
        for line, cells in zip(file.lines, file.cells(file.table.key), strict=True):
            now = tuple(map(rules.natural, cells))
            if now < before:
                value, remedy = ", ".join(cells), f"sort by {name}"
                yield Fault(file.table.file, line, name, value, "is out of order", remedy)
                break
            before = now


def _cells_fit(schema: Schema, frames: dict[str, pd.DataFrame]) -> Iterator[Fault]:
    """Report lists that are not there, cells that no list holds, and numbers and dates of a form
    that frictionless would take and the loader would not."""
    codes = frames.get("codes")
    lists = {} if codes is None else codes.groupby("list")["code"].agg(list).to_dict()
    for table in schema.tables.values():
        for column in table.columns:
            if column.codes and lists and column.codes not in lists:
                remedy = f"add the list to {DATA}/codes.csv{rules.near(column.codes, lists)}"
                problem = f"of {table.name} names a list that codes.csv does not hold"
                yield _misdescribed(problem, remedy, column.name, column.codes)
            if table.name not in frames or not (column.codes or column.type in _FORMS):
                continue
            cells = frames[table.name][column.name]
            if allowed := column.codes and lists.get(column.codes):
                known, problem = {"", *allowed}, f"is not a code of the list {column.codes}"
                for line, cell in ((n, c) for n, c in cells.items() if c not in known):
                    remedy = f"write one of {', '.join(allowed)}{rules.near(cell, allowed)}"
                    remedy += rules.edited(cell)
                    yield Fault(table.file, line, column.name, cell, problem, remedy)
            if column.type in _FORMS:
                form, remedy = _FORMS[column.type]
                for line, cell in ((n, c) for n, c in cells.items() if c and not form.fullmatch(c)):
                    more = remedy + _explained(table, column, cell)
                    problem = f"is not of type {column.type}"
                    yield Fault(table.file, line, column.name, cell, problem, more)


def _explained(table: Table, column: Column, cell: str) -> str:
    """Return the end of a remedy: what an editor may have done to a cell, and who repairs it."""
    if table.name == "claims" and column.name in ("start", "end"):
        return rules.edited(cell, column.type, rules.TIDY_ONCE) or f"; {rules.TIDY_ONCE}"
    return rules.edited(cell, column.type)


def _codes_known(files: dict[str, TableFile], codes: pd.DataFrame | None) -> Iterator[Fault]:
    """Report cells of coded columns that their list does not hold."""
    lists = {} if codes is None else codes.groupby("list")["code"].agg(list).to_dict()
    for file in files.values():
        for at, column in enumerate(file.table.columns):
            allowed = lists.get(column.codes, []) if column.codes else []
            known = {"", *allowed}
            for line, row in zip(file.lines, file.rows, strict=True) if allowed else ():
                if (cell := row[at]) not in known:
                    problem = f"is not a code of the list {column.codes}"
                    remedy = f"write one of {', '.join(allowed)}{rules.near(cell, allowed)}"
                    remedy += rules.edited(cell)
                    yield Fault(file.table.file, line, column.name, cell, problem, remedy)


def _references_there(files: dict[str, TableFile]) -> Iterator[Fault]:
    """Report foreign keys that the table they name does not hold."""
    for file in files.values():
        for key in (k for k in file.table.foreign_keys if k.table in files):
            path = files[key.table].table.path
            known = dict.fromkeys(files[key.table].cells(key.references))
            for line, cells in zip(file.lines, file.cells(key.columns), strict=True):
                if any(cells) and cells not in known:
                    value = ", ".join(cells)
                    near = rules.near(value, map(", ".join, known)) + rules.edited(value)
                    problem, remedy = f"is not in {path}", f"add it to {path} first{near}"
                    name = ", ".join(key.columns)
                    yield Fault(file.table.file, line, name, value, problem, remedy)


def _types_and_keys(root: Path, schema: Schema, files: dict[str, TableFile]) -> Iterator[Fault]:
    """Let frictionless check types, required cells and primary keys."""
    from frictionless import FrictionlessException, Package

    descriptor = _descriptor(schema, files)
    if not descriptor["resources"]:
        return
    try:
        package = Package.from_descriptor(descriptor, basepath=str(root / DATA))
        report = package.validate(limit_errors=1_000_000)
    except (FrictionlessException, re.error, TypeError) as error:  # such as a bad pattern
        yield _misdescribed(f"cannot be used: {error}")
        return
    for error in report.errors:
        yield _misdescribed(error.message)
    for task in report.tasks:
        file = files[task.name]
        for error in task.errors:
            # An empty key is reported as an empty cell; frictionless calls it a duplicate as well.
            if error.type != "primary-key" or '"None"' not in error.note:
                yield _from_frictionless(error.to_dict(), file)


def _descriptor(schema: Schema, files: dict[str, TableFile]) -> dict[str, Any]:
    """Return the data package of the readable tables, without what is checked above."""
    resources = []
    for resource in schema.descriptor["resources"]:
        if resource["name"] in files:
            table = {**resource["schema"], "foreignKeys": []}
            resources.append({**resource, "schema": table, "dialect": _DIALECT})
    return {**schema.descriptor, "resources": resources}


def _from_frictionless(error: dict[str, Any], file: TableFile) -> Fault:
    """Turn one frictionless error into a fault with the file's line and a remedy."""
    row = error.get("rowNumber", 1) - 2
    line = file.lines[row] if 0 <= row < len(file.lines) else 0
    name, value = error.get("fieldName", ""), str(error.get("cell", ""))
    if error["type"] == "primary-key":
        cells = dict(zip(file.table.names, file.rows[row], strict=True))
        name, value = ", ".join(file.table.key), ", ".join(cells[k] for k in file.table.key)
        problem, remedy = "is a duplicate key", "give the row a key of its own, or remove it"
    elif error["type"] == "constraint-error":
        problem, remedy = _constraint(error, file.table, name, value)
    elif error["type"] == "unique-error":
        problem, remedy = "stands in another row too", "make it different, or remove one row"
    elif error["type"] == "type-error":
        kind = file.table.column(name).type
        problem, remedy = f"is not of type {kind}", _FORMS.get(kind, ("", "mend it"))[1]
        remedy += _explained(file.table, file.table.column(name), value)
    else:
        problem, remedy = error["message"], "mend the row"
    return Fault(file.table.file, line, name, value, problem, remedy)


def _constraint(error: dict[str, Any], table: Table, name: str, value: str) -> tuple[str, str]:
    column = table.column(name)
    note = error.get("note", "")
    if '"required"' in note:
        return "is empty", f"fill the cell{_explained(table, column, '')}"
    if '"pattern"' in note:
        pattern = column.constraints["pattern"]
        longer = (value.zfill(n) for n in range(len(value) + 1, len(value) + 8))
        zeros = value.isdigit() and any(re.fullmatch(pattern, v) for v in longer)
        more = rules.LOST_ZEROS if zeros else rules.edited(value)
        return "has the wrong form", f"write it so that it matches {pattern}{more}"
    return f"breaks a rule of its column: {note}", "change the value"


# --- the corpus in memory -----------------------------------------------------------------------


class CorpusError(ValueError):
    """A corpus has faults; all of them are in `faults`, and the message lists each on a line."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(str(f) for f in self.faults))


@dataclass(frozen=True)
class Atlas:
    """A corpus in memory.

    Every table of the schema is an attribute (``atlas.claims``) and an item of `tables`.

    Parameters
    ----------
    root : pathlib.Path
        The corpus folder.
    schema : Schema
        The described tables.
    tables : dict of str to pandas.DataFrame
        One frame a table, one row a row of the file, in the file's order; a table without rows is
        left out, save claims and propositions, which are always there. Columns as in the schema,
        integers as Int64, numbers as Float64, dates as datetime64, all else as strings, where an
        empty cell is the empty string.
    texts : dict of str to str
        Decoded text by ``article_id``.
    """

    root: Path
    schema: Schema
    tables: dict[str, pd.DataFrame] = field(repr=False)
    texts: dict[str, str] = field(repr=False)

    def __getattr__(self, name: str) -> pd.DataFrame:
        try:
            return self.__dict__["tables"][name]
        except KeyError:
            raise AttributeError(f"the corpus has no table {name!r}") from None

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.tables]

    def code_list(self, name: str) -> pd.DataFrame:
        """Return one list of the codebook.

        Parameters
        ----------
        name : str
            Name of the list, such as ``wording``.

        Returns
        -------
        pandas.DataFrame
            Index ``code`` in the order in which values are shown; columns label, definition and
            colour.

        Raises
        ------
        KeyError
            Where ``codes.csv`` has no such list.
        """
        codes = self.tables["codes"]
        rows = codes[codes["list"] == name].sort_values("order", kind="stable")
        if rows.empty:
            raise KeyError(f"codes.csv has no list {name!r}")
        return rows.set_index("code")[["label", "definition", "colour"]]

    def labels(self, name: str) -> dict[str, str]:
        """Return the label of each code of a list, in the order shown."""
        return self.code_list(name)["label"].to_dict()


def load(root: str | Path = ".") -> Atlas:
    """Read and validate a corpus.

    Parameters
    ----------
    root : str or pathlib.Path
        The corpus folder, which holds ``data/`` and ``seeds/``.

    Returns
    -------
    Atlas
        The tables and texts.

    Raises
    ------
    CorpusError
        Where there is any fault; it carries all of them.
    """
    root = Path(root)
    faults = validate(root)
    if faults:
        raise CorpusError(faults)
    schema = read_schema(root)
    tables = {name: read_table(root, table) for name, table in schema.tables.items()}
    tables = {name: rows for name, rows in tables.items() if len(rows) or name in _ALWAYS}
    texts = {
        row.article_id: (root / row.file).read_bytes().decode("utf-8")
        for row in tables["articles"].itertuples()
    }
    return Atlas(root, schema, tables, texts)


def read_table(root: Path, table: Table) -> pd.DataFrame:
    """Read one table of a valid corpus with the types of its schema.

    Parameters
    ----------
    root : pathlib.Path
        The corpus folder.
    table : Table
        Its description.

    Returns
    -------
    pandas.DataFrame
        One row a row of the file, columns in the schema's order.
    """
    path = root / DATA / table.path
    frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    return pd.DataFrame({c.name: _typed(frame[c.name], c) for c in table.columns})


def _typed(cells: pd.Series, column: Column) -> pd.Series:
    if column.type in ("integer", "number"):
        kind = "Int64" if column.type == "integer" else "Float64"
        return pd.to_numeric(cells.where(cells != "")).astype(kind)
    if column.type == "date":
        return pd.to_datetime(cells.where(cells != ""), format="%Y-%m-%d")
    return cells
