"""The corpus's description of its tables: ``data/datapackage.json``, a Frictionless Data Package.

The file is the only place that says which tables and columns exist, of which type, which are
required, unique or keys, and what each means. A column's property ``codes`` names its list in
``codes.csv``, the only place for permitted values. The data dictionary is made from both.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

DATA = "data"
SCHEMA_FILE = "datapackage.json"
DICTIONARY_FILE = "README.md"


class SchemaError(ValueError):
    """The schema file is missing, is not JSON, or does not describe any table."""


@dataclass(frozen=True)
class Column:
    """One column: its name, Table Schema type, meaning, code list and constraints."""

    name: str
    type: str
    description: str
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
        Where the file is missing, is not JSON, or describes no table.
    """
    path = root / DATA / SCHEMA_FILE
    try:
        descriptor = json.loads(path.read_text(encoding="utf-8"))
        tables = {r["name"]: _table(r) for r in descriptor["resources"]}
    except FileNotFoundError:
        raise SchemaError("missing; a corpus needs data/datapackage.json") from None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise SchemaError(f"not a data package: {error}") from None
    if not tables:
        raise SchemaError("describes no table")
    return Schema(descriptor.get("title", ""), tables, descriptor)


def _table(resource: dict[str, Any]) -> Table:
    schema = resource["schema"]
    columns = tuple(
        Column(
            f["name"],
            f.get("type", "string"),
            f.get("description", ""),
            f.get("codes", ""),
            f.get("constraints", {}),
        )
        for f in schema["fields"]
    )
    keys = tuple(
        ForeignKey(
            _names(k["fields"]), k["reference"]["resource"], _names(k["reference"]["fields"])
        )
        for k in schema.get("foreignKeys", ())
    )
    title = resource.get("title", resource["name"])
    return Table(
        resource["name"],
        resource["path"],
        title,
        resource.get("description", ""),
        columns,
        _names(schema.get("primaryKey", ())),
        keys,
    )


def _names(value: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


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
        lines += _table_section(table)
    lines += ["## Codes", ""]
    for name, group in codes.sort_values(["list", "order"], kind="stable").groupby("list"):
        lines += [f"### {name}", "", "| code | shown as | meaning |", "| --- | --- | --- |"]
        lines += [
            f"| `{r.code}` | {_cell(r.label)} | {_cell(r.definition)} |" for r in group.itertuples()
        ]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _table_section(table: Table) -> list[str]:
    lines = [f"## {table.path}", "", table.description, ""]
    lines += ["| column | type | meaning |", "| --- | --- | --- |"]
    references = {k.columns: f"{k.table}.{', '.join(k.references)}" for k in table.foreign_keys}
    for column in table.columns:
        marks = [column.type]
        marks += ["key"] if column.name in table.key else []
        marks += ["required"] if column.required else []
        meaning = _cell(column.description)
        if column.codes:
            meaning += f" Codes: [{column.codes}](#{column.codes})."
        if (column.name,) in references:
            meaning += f" Refers to `{references[(column.name,)]}`."
        lines.append(f"| `{column.name}` | {', '.join(marks)} | {meaning} |")
    return [*lines, ""]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
