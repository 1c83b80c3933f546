"""The command line: check a corpus, export it, write its data dictionary, render its site."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import claimatlas
from claimatlas.atlas import DATA


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : sequence of str, optional
        Words of the command line; the program's own where not given.

    Returns
    -------
    int
        0 where all went well, 1 where the corpus has faults or something could not be written.
    """
    asked = _parser().parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal may not know the articles' characters
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        return asked.run(asked)
    except claimatlas.CorpusError as error:
        return _report(error.faults)
    except OSError as error:
        print(f"claimatlas: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="claimatlas",
        description="Check and export a corpus: a folder with data/ and seeds/ in it.",
    )
    version = f"claimatlas {claimatlas.__version__}"
    parser.add_argument("--version", action="version", version=version)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    check = commands.add_parser(
        "check",
        help="validate the tables and print every fault",
        description="Validate the tables. Prints one line a fault (file, line, column, value, "
        "problem, remedy) and exits with 1; writes nothing.",
    )
    check.set_defaults(run=_check)

    export = commands.add_parser(
        "export",
        help="write a corpus in formats that other programs read",
        description="Write the tables as they are, and again in spreadsheet/, where a cell that a "
        "spreadsheet program might run begins with an apostrophe; each claim as a W3C web "
        "annotation; and, as far as the corpus has them, the grades, a schema.org ClaimReview of "
        "each graded proposition, the studies as CSL-JSON and BibTeX, and the mechanism graph as "
        "GraphML, Cytoscape JSON and a table of edges. "
        "Writes all or nothing; a folder with other files in it is left alone.",
    )
    export.set_defaults(run=_export)

    meanings = commands.add_parser(
        "dictionary",
        help="write the data dictionary, data/README.md",
        description="Write data/README.md from data/datapackage.json and data/codes.csv.",
    )
    meanings.set_defaults(run=_dictionary)

    site = commands.add_parser(
        "report",
        help="render the site of a corpus",
        description="Check the corpus, execute the report notebook on it and build an offline "
        "site: what the articles say, marked in place, every statement with its evidence, tables "
        "and figures. Parts whose tables have no rows yet say so. Needs the extras 'notebooks' and "
        "'site'. Writes nothing but the folder given, or _build in the corpus folder.",
    )
    site.set_defaults(run=_site)

    for command in (check, export, meanings, site):
        where = "the corpus folder (default: this folder)"
        command.add_argument("dir", nargs="?", default=".", metavar="DIR", help=where)
    export.add_argument("out", metavar="OUT", help="the folder to write")
    where = "the folder to write: a new one, or an earlier site (default: DIR/_build/report)"
    site.add_argument("--out", type=Path, metavar="OUT", help=where)
    words = "leave out the articles' full text and show their quotes alone"
    site.add_argument("--quotes-only", action="store_true", help=words)
    return parser


def _report(faults: Sequence[claimatlas.Fault]) -> int:
    for fault in faults:
        print(fault)
    print(f"{len(faults)} fault{'s' if len(faults) != 1 else ''}", file=sys.stderr)
    return 1


def _check(asked: argparse.Namespace) -> int:
    atlas = claimatlas.load(asked.dir)
    print(", ".join(f"{name} {len(rows)}" for name, rows in atlas.tables.items()))
    print("no faults")
    return 0


def _export(asked: argparse.Namespace) -> int:
    from claimatlas.export import export

    for path in export(claimatlas.load(asked.dir), asked.out):
        print(path)
    return 0


def _dictionary(asked: argparse.Namespace) -> int:
    from claimatlas.export import DICTIONARY_FILE, dictionary

    atlas = claimatlas.load(asked.dir)
    path = Path(asked.dir) / DATA / DICTIONARY_FILE
    text = dictionary(atlas.schema, atlas.codes)
    path.write_text(text, encoding="utf-8", newline="\n")
    print(path)
    return 0


def _site(asked: argparse.Namespace) -> int:
    needed = ("ipykernel", "itables", "myst_nb", "nbclient", "sphinx_book_theme", "tqdm")
    if missing := [name for name in (*needed, "sphinx_design") if not find_spec(name)]:
        remedy = "pip install 'claimatlas[notebooks,site]'"
        print(f"claimatlas: a report needs {', '.join(missing)}: {remedy}", file=sys.stderr)
        return 1
    from claimatlas.site import SiteError, report

    try:
        page = report(Path(asked.dir), asked.out, asked.quotes_only)
    except SiteError as error:
        print(f"claimatlas: {error}", file=sys.stderr)
        return 1
    print(f"Open {page} in a browser.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
