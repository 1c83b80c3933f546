"""The corpus's description of its tables: ``data/datapackage.json``, a Frictionless Data Package.

The file is the only place that says which tables and columns exist, of which type, which are
required, unique or keys, and what each means. A column's property ``codes`` names its list in
``codes.csv``, the only place for permitted values. The data dictionary is made from both.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

DATA = "data"
SCHEMA_FILE = "datapackage.json"
DICTIONARY_FILE = "README.md"

TYPES = ("string", "integer", "number", "date")

# What the package reads. A corpus may leave out any table below the first four, and add others.
_NEEDED = {
    "articles": "article_id label file sha256 body_end",
    "claims": "claim_id article_id start end quote context section proposition_id about voice "
    "stance wording attribution attributed_to species_worded",
    "propositions": "proposition_id statement topic kind route subject relation object comparator "
    "aspect region within context does_not_follow matter omission value_low value_high unit per",
    "codes": "list code order label definition colour",
    "seams": "article_id offset",
    "proposition_links": "from_id to_id relation why",
    "citations": "citation_id article_id printed duplicate_of study_id",
    "citation_links": "claim_id citation_id basis fidelity",
    "studies": "study_id label title authors year venue pmid doi design species model n comparator "
    "route randomised result access source_url checked",
    "groups": "group_id label institution developer",
    "study_groups": "study_id group_id",
    "evidence": "evidence_id proposition_id study_id finding directness condition result why",
    "risk_of_bias": "study_id tool domain judgement why",
    "searches": "proposition_id",
    "grading_rules": "rule value",
    "do_not_cite": "page why",
    "nodes": "node_id label kind layer curie curie_source note",
    "relations": "relation label sign from_kinds to_kinds",
    "doses": "study_id compound population value_low value_high unit per what",
    "practice": "study_id matter practice_source answers says place dated",
    "instruments": "item instrument low high",
    "scores": "article_id item state score quote searched",
    "second_coding": "table key column unit first second final reason",
}
_ALWAYS = ("articles", "claims", "propositions", "codes")
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


def _contradictions(tables: dict[str, Table]) -> Iterator[str]:
    """Say in which ways the described tables cannot be read or do not fit together."""
    columns = {t.name: [c.name for c in t.columns] for t in tables.values()}
    for name, needed in _NEEDED.items():
        if name not in tables and name in _ALWAYS:
            yield f"lacks the table {name!r}, which the package reads"
        for other in _TOGETHER.get(name, "").split() if name in tables else ():
            if other not in tables:
                yield f"describes the table {name!r} without {other!r}, which goes with it"
        for column in needed.split() if name in tables else ():
            if column not in columns[name]:
                yield f"lacks the column {name}.{column}, which the package reads"
    for table in tables.values():
        if Path(table.path).is_absolute() or ".." in Path(table.path).parts:
            yield f"the path {table.path!r} of {table.name} leaves the folder {DATA}/"
        if len(set(columns[table.name])) < len(table.columns):
            yield f"a column of {table.name} is described twice"
        if not table.key or not set(table.key) <= set(columns[table.name]):
            yield f"the primary key of {table.name} is missing or names no column of it"
        for column in table.columns:
            if column.type not in TYPES:
                known = ", ".join(TYPES)
                yield f"{table.name}.{column.name} has type {column.type!r}; known are {known}"
        for key in table.foreign_keys:
            here, there = columns[table.name], columns.get(key.table, [])
            if not (set(key.columns) <= set(here) and set(key.references) <= set(there)):
                yield f"a foreign key of {table.name} names a table or column that is not described"


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
    words = [resource["name"], resource["path"], title, resource.get("description", "")]
    words += [w for c in columns for w in (c.name, c.type, c.description, c.codes)]
    for word in words:
        if not isinstance(word, str):
            raise TypeError(f"{word!r} is not a string")
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
