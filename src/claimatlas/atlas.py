"""Reading a corpus: tables into typed DataFrames, articles into text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from claimatlas.schema import DATA, Column, Schema, Table, read_schema
from claimatlas.validate import Fault, validate


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
        One frame a table, one row a row of the file, in the file's order; columns as in the schema,
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
    if column.type == "integer":
        return pd.to_numeric(cells.where(cells != "")).astype("Int64")
    if column.type == "number":
        return pd.to_numeric(cells.where(cells != "")).astype("Float64")
    if column.type == "date":
        return pd.to_datetime(cells.where(cells != ""), format="%Y-%m-%d")
    return cells
