"""The command line: lay out a corpus, find words in it, tidy, check, render and export it."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import claimatlas
from claimatlas.atlas import DATA, SchemaError, read_schema
from claimatlas.curate import ArticleError


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
    except (OSError, SchemaError, ArticleError) as error:
        print(f"claimatlas: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="claimatlas",
        description="Lay out, check and export a corpus: a folder with data/ and seeds/ in it.",
    )
    version = f"claimatlas {claimatlas.__version__}"
    parser.add_argument("--version", action="version", version=version)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    made = commands.add_parser(
        "new",
        help="lay out a corpus of your own articles",
        description="Make a folder for articles of your own: their texts, the tables with schema "
        "and codebook, and a worksheet an article with every sentence at its exact place. Takes "
        "plain text, Markdown and saved web pages, whose main text is taken out; the original is "
        "kept beside it. Makes all or nothing; a folder with anything in it is left alone.",
    )
    made.add_argument("dir", metavar="DIR", help="the folder to make")
    made.add_argument(
        "--article", nargs="+", action="extend", required=True, metavar="FILE", dest="files",
        help="the articles, in the order of their ids: A, B, C, …",
    )  # fmt: skip
    made.add_argument(
        "--language", default="en", metavar="TAG",
        help="language of the articles, such as en or pt-BR (default: en)",
    )  # fmt: skip
    made.set_defaults(run=_new)

    quote = commands.add_parser(
        "quote",
        help="give the exact place of words in an article",
        description="Print every place where the words stand in the article: offsets, section, "
        "context, and a row for claims.csv; where they stand nowhere, the nearest exact words, and "
        "exits with 1. Other tables may have faults. Writes nothing.",
    )
    quote.add_argument("dir", metavar="DIR", help="the corpus folder")
    quote.add_argument("article", metavar="ARTICLE", help="the article's id, such as the first's")
    quote.add_argument("words", metavar="WORDS", help="the words, in quotation marks")
    quote.set_defaults(run=_quote)

    tidy = commands.add_parser(
        "tidy",
        help="repair what editors break and no judgement is needed for",
        description="Repair byte-order marks, line ends, the order of rows, and the offsets of a "
        "quote that stands exactly once in its article. Shows a diff first; changes nothing else. "
        "A table that cannot be taken apart is named and left alone.",
    )
    tidy.add_argument("--dry-run", action="store_true", help="show the diff and write nothing")
    tidy.set_defaults(run=_tidy)

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

    for command in (tidy, check, site, export, meanings):
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


def _new(asked: argparse.Namespace) -> int:
    from claimatlas.curate import new

    for path in new(asked.dir, asked.files, asked.language):
        print(path)
    print(f"next: read {Path(asked.dir) / 'README.md'}, which says what to fill in which order;")
    print(f"a spreadsheet opens worksheets/ (all columns as text); claimatlas check {asked.dir}")
    return 0


def _quote(asked: argparse.Namespace) -> int:
    from claimatlas.curate import as_csv, find

    exact, near = find(asked.dir, asked.article, asked.words)
    if not exact:
        print("the words do not stand in the article" + ("; nearest:" if near else ""))
    for place in exact or near:
        section = f", section {place.section!r}" if place.section else ""
        print(f"{place.start}:{place.end}{section}\n  {place.shown}")
        if place.whole != (place.start, place.end):
            whole = "{}:{}".format(*place.whole)
            print(f"  cuts a word; the whole words are {whole}: {place.row['quote']!r}")
    claims = read_schema(Path(asked.dir)).tables["claims"]
    print(as_csv(claims, [place.row for place in exact or near]) if exact or near else "", end="")
    return 0 if exact else 1


def _tidy(asked: argparse.Namespace) -> int:
    from claimatlas.curate import tidy

    repairs, left = tidy(asked.dir)
    for repair in repairs:
        print(*repair.diff(), sep="\n")
    for fault in left:
        print(f"left alone: {fault}")
    if not asked.dry_run:
        for repair in repairs:
            repair.write()
    count = f"{len(repairs)} file{'s' if len(repairs) != 1 else ''}"
    print(f"{count} {'to repair' if asked.dry_run else 'repaired'}" if repairs else "nothing to do")
    if faults := 0 if asked.dry_run else len(claimatlas.validate(asked.dir)):
        print(f"{faults} fault{'s' if faults != 1 else ''} left: claimatlas check {asked.dir}")
    return 0


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
    from claimatlas.curate import replace
    from claimatlas.export import DICTIONARY_FILE, dictionary

    atlas = claimatlas.load(asked.dir)
    path = Path(asked.dir) / DATA / DICTIONARY_FILE
    text = dictionary(atlas.schema, atlas.codes)
    replace(path, text.encode())
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
