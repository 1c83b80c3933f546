"""Lay out, check and export a corpus: a folder with data/ and seeds/ in it."""

from __future__ import annotations

import argparse
import inspect
import io
import os
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import claimatlas
from claimatlas.atlas import DATA, SchemaError, read_schema
from claimatlas.curate import ArticleError, as_csv, find, new, replace, tidy

Argument = tuple[tuple[str, ...], dict[str, Any]]
_COMMANDS: list[tuple[Callable[[argparse.Namespace], int | None], tuple[Argument, ...]]] = []


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
        return asked.run(asked) or 0
    except claimatlas.CorpusError as error:
        print(*error.faults, sep="\n")
        print(_counted(len(error.faults), "fault"), file=sys.stderr)
    except (OSError, ImportError, SchemaError, ArticleError) as error:
        print(f"claimatlas: {error}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    """Make the parser: of each command's docstring the first line is its help, all its page."""
    parser = argparse.ArgumentParser(prog="claimatlas", description=__doc__)
    parser.add_argument("--version", action="version", version=f"%(prog)s {claimatlas.__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for run, arguments in _COMMANDS:
        about = inspect.getdoc(run) or ""
        first = about.partition(".\n")[0]
        command = commands.add_parser(run.__name__.strip("_"), help=first, description=about)
        for names, options in arguments:
            command.add_argument(*names, **options)
        command.set_defaults(run=run)
    return parser


def _argument(*names: str, help: str, **options: Any) -> Argument:
    """Describe an argument as argparse takes it; its value is shown in capitals."""
    return names, {"metavar": names[-1].strip("-").upper(), "help": help} | options


def _flag(name: str, help: str) -> Argument:
    return (name,), {"action": "store_true", "help": help}


_CORPUS = _argument("dir", nargs="?", default=".", help="the corpus folder (default: this folder)")


def _command(*arguments: Argument) -> Callable:
    """Make a command of a function: its name, its docstring and these arguments."""
    return lambda run: _COMMANDS.append((run, arguments)) or run


@_command(
    _argument("dir", help="the folder to make"),
    _argument("--article", nargs="+", action="extend", required=True, metavar="FILE",
              help="the articles, in the order of their ids: A, B, C, …"),
    _argument("--language", action="append", default=[], metavar="TAG",
              help="their language, such as en or pt-BR (default: en); "
                   "given once for all, or once for each in their order"),
)  # fmt: skip
def _new(asked: argparse.Namespace) -> None:
    """Lay out a corpus of your own articles.

    Make a folder for them: their texts, the tables with schema and codebook, and a worksheet an
    article with every sentence at its exact place. Takes plain text, Markdown and saved web pages,
    whose main text is taken out; the original is kept beside it. Makes all or nothing; a folder
    with anything in it is left alone.
    """
    print(*new(asked.dir, asked.article, *asked.language), sep="\n")
    print(f"next: read {Path(asked.dir) / 'README.md'}, which says what to fill in which order;")
    print(f"a spreadsheet opens worksheets/ (all columns as text); claimatlas check {asked.dir}")


@_command(
    _argument("dir", help="the corpus folder"),
    _argument("article", help="the article's id, such as the first's"),
    _argument("words", help="the words, in quotation marks"),
)
def _quote(asked: argparse.Namespace) -> int:
    """Give the exact place of words in an article.

    Print every place where the words stand in the article: offsets, section, context, and a row
    for claims.csv; where they stand nowhere, the nearest exact words, and exit with 1. Other tables
    may have faults. Writes nothing.
    """
    exact, near = find(asked.dir, asked.article, asked.words)
    if not exact:
        print("the words do not stand in the article" + ("; nearest:" if near else ""))
    for place in exact or near:
        row, found = place.row, f"{place.start}:{place.end}"
        section = f", section {row['section']!r}" if row["section"] else ""
        print(f"{found}{section}\n  {place.shown}")
        if found != (whole := f"{row['start']}:{row['end']}"):
            print(f"  cuts a word; the whole words are {whole}: {row['quote']!r}")
    if rows := [place.row for place in exact or near]:
        print(as_csv(read_schema(Path(asked.dir)).tables["claims"], rows), end="")
    return int(not exact)


@_command(_flag("--dry-run", "show the diff and write nothing"), _CORPUS)
def _tidy(asked: argparse.Namespace) -> None:
    """Repair what editors break and no judgement is needed for.

    These are byte-order marks, line ends, the order of rows, and the offsets of a quote that stands
    exactly once in its article. Shows a diff first; changes nothing else. A table that cannot be
    taken apart is named and left alone.
    """
    repairs, left = tidy(asked.dir)
    for repair in repairs:
        print(*repair.diff(), sep="\n")
    for fault in left:
        print(f"left alone: {fault}")
    for repair in () if asked.dry_run else repairs:
        repair.write()
    done = "to repair" if asked.dry_run else "repaired"
    print(f"{_counted(len(repairs), 'file')} {done}" if repairs else "nothing to do")
    if faults := () if asked.dry_run else claimatlas.validate(asked.dir):
        print(f"{_counted(len(faults), 'fault')} left: claimatlas check {asked.dir}")


@_command(_CORPUS)
def _check(asked: argparse.Namespace) -> None:
    """Validate the tables and print every fault.

    Prints one line a fault (file, line, column, value, problem, remedy) and exits with 1; writes
    nothing.
    """
    atlas = claimatlas.load(asked.dir)
    print(", ".join(f"{name} {len(rows)}" for name, rows in atlas.tables.items()))
    print("no faults")


@_command(_CORPUS, _argument("out", help="the folder to write"))
def _export(asked: argparse.Namespace) -> None:
    """Write a corpus in formats that other programs read.

    Write the tables as they are, and again in spreadsheet/, where a cell that a spreadsheet program
    might run begins with an apostrophe; each claim as a W3C web annotation; and, as far as the
    corpus has them, the grades, a schema.org ClaimReview of each graded proposition, the studies as
    CSL-JSON and BibTeX, and the mechanism graph as GraphML, Cytoscape JSON and a table of edges.
    Writes all or nothing; a folder with other files in it is left alone.
    """
    from claimatlas.export import export

    print(*export(claimatlas.load(asked.dir), asked.out), sep="\n")


@_command(_CORPUS)
def _dictionary(asked: argparse.Namespace) -> None:
    """Write the data dictionary, data/README.md.

    It is made from data/datapackage.json and data/codes.csv.
    """
    from claimatlas.export import DICTIONARY_FILE, dictionary

    atlas = claimatlas.load(asked.dir)
    path = Path(asked.dir) / DATA / DICTIONARY_FILE
    replace(path, dictionary(atlas.schema, atlas.codes).encode())
    print(path)


@_command(
    _CORPUS,
    _argument("--out", type=Path, help="the folder to write: a new one, or an earlier site "
              "(default: DIR/_build/report)"),
    _flag("--quotes-only", "leave out the articles' full text and show their quotes alone"),
)  # fmt: skip
def _report(asked: argparse.Namespace) -> int | None:
    """Render the site of a corpus.

    Check the corpus, execute the report notebook on it and build an offline site: what the articles
    say, marked in place, every statement with its evidence, tables and figures. Parts whose tables
    have no rows yet say so. Needs the extras 'notebooks' and 'site'. Writes nothing but the folder
    given, or _build in the corpus folder.
    """
    needed = ("ipykernel", "itables", "myst_nb", "nbclient", "sphinx_book_theme", "tqdm")
    if missing := [name for name in (*needed, "sphinx_design") if not find_spec(name)]:
        remedy = "pip install 'claimatlas[notebooks,site]'"
        raise ImportError(f"a report needs {', '.join(missing)}: {remedy}")
    from claimatlas.site import SiteError, report

    try:
        page = report(Path(asked.dir), asked.out, asked.quotes_only)
    except SiteError as error:
        print(f"claimatlas: {error}", file=sys.stderr)
        return 1
    print(f"Open {os.path.relpath(page)} in a browser.")


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'s' if number != 1 else ''}"


if __name__ == "__main__":
    sys.exit(main())
