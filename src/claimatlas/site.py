"""Building the site: execute copies of the notebooks, stage them, let Sphinx render them.

The pages, styles, scripts and configuration of every site are package data, in the folder
`PAGES`; `report` renders them for any corpus. A folder of pages may be laid over them (`build`).

The module is a Sphinx extension too: its directives build pages from the tables as document nodes.
What a page looks like and says stands in a layout of the directive's name, which is package data
as well (`laid_out`). Nothing from a table or an article is ever parsed as markup; text goes into
text nodes, so a hostile title or quote is shown as it stands. ``{topic-page}`` shows the fact boxes
of a topic, ``{article}`` an article with its claims marked, ``{statements}`` and ``{studies}``
tables to search, ``{mechanism}`` a part of the graph, ``{overview}`` what it comes to.

Everything is written beside its goal and exchanged at the end, so that a build that is killed
leaves the last site whole. Sphinx with myst-nb does the rendering; this module only feeds it.
"""

from __future__ import annotations

import argparse
import ctypes
import filecmp
import html
import json
import os
import posixpath
import re
import shutil
import subprocess
import sys
import tempfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property, partial
from itertools import pairwise
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pandas as pd
from docutils import nodes
from docutils.parsers.rst import directives
from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup
from sphinx.util.docutils import SphinxDirective

from claimatlas import anchor, mechanism
from claimatlas.atlas import DATA, Atlas, load
from claimatlas.curate import original
from claimatlas.export import ANNOTATIONS_FILE, dictionary, export
from claimatlas.framing import claim_table, contradictions
from claimatlas.grading import GAPS, claims_graded, grade, strength_table

if TYPE_CHECKING:
    from sphinx.application import Sphinx

PAGES = Path(__file__).with_name("report")
"""What every site is made of: configuration, styles, scripts, pages and the report notebook."""
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
EPOCH = "1735689600"
"""Fixed build time for Sphinx (SOURCE_DATE_EPOCH), so that clean builds are byte-identical."""
BOXES = 50
"""Most fact boxes on a page."""
BUNDLES = 400
"""Most bundles of edges that are drawn; larger parts are shown as a table alone."""
MARK = "\ue000"
"""What stands around the number of a value while a layout is read."""
VERDICTS = (
    "against", "refuted", "wrong", "overstated", "documents_conflict", "outdated", "understated",
    "matched", "right", "confirmed", "not_found", "not_looked_for", "not_graded", "quoted",
    "distanced",
)  # fmt: skip
"""Verdicts on claims in the order in which bars show them."""
TURNED = {"confirmed": "refuted", "refuted": "confirmed"}
"""What documents make of a claim that denies what they confirm or refute."""


class SiteError(RuntimeError):
    """No site was built; the message says why in one line."""


class NotebookError(SiteError):
    """A notebook failed; the message names notebook, cell and error in one line."""


def report(corpus: Path, out: Path | None = None, quotes_only: bool = False) -> Path:
    """Render the site of any corpus: execute the report notebook on it, then build.

    Parameters
    ----------
    corpus : pathlib.Path
        The corpus folder.
    out : pathlib.Path, optional
        Folder of the finished site: missing, empty, or an earlier site, which is replaced. Where
        not given, ``_build/report`` in the corpus folder, and ``_build/work`` there keeps what the
        next build need not read again. Nothing else is written.
    quotes_only : bool
        Leave out the articles' full text and show their quotes alone.

    Returns
    -------
    pathlib.Path
        The site's first page.

    Raises
    ------
    CorpusError
        Where the corpus has faults.
    FileExistsError
        Where `out` holds anything else.
    SiteError
        Where a cell of the notebook fails, or Sphinx reports an error or a warning.
    """
    import nbformat

    corpus = corpus.resolve()
    _content.cache_clear()
    atlas = _content(str(corpus)).atlas
    built = (out or corpus / "_build" / "report").resolve()
    ours = (built / "_static" / "atlas.css").is_file()
    if built.exists() and not ours and not (built.is_dir() and not any(built.iterdir())):
        raise FileExistsError(f"{out or built} holds other files; name an empty or a new folder")
    built.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".site.", dir=built.parent) as name:
        notebook = Path(name, "report.ipynb")
        whole = nbformat.read(PAGES / notebook.name, as_version=4)
        nbformat.write(pruned(whole, atlas), notebook)
        execute(notebook, Path(name, "executed", notebook.name), corpus)
        work = Path(name, "work") if out else corpus / "_build" / "work"
        return build(corpus, None, Path(name, "executed"), built, quotes_only, work)


def pruned(notebook: Any, atlas: Atlas) -> Any:
    """Replace each section of a notebook whose tables lack rows by a note that says so.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        The notebook. A heading's cell may carry ``needs`` in its metadata, as `lacking` takes them;
        its section runs to the next heading of its level or above.
    atlas : Atlas
        The corpus.

    Returns
    -------
    nbformat.NotebookNode
        The same notebook with the sections that can be executed.
    """
    kept, shut = [], 0
    for cell in notebook.cells:
        level = re.match("#*", cell.source * (cell.cell_type == "markdown")).end()
        if shut and not 0 < level <= shut:
            continue
        note = lacking(atlas, cell.metadata.pop("needs", {}))
        shut = level if note else 0
        if note:
            cell.source = f"{cell.source.splitlines()[0]}\n\n{note}"
        kept.append(cell)
    notebook.cells = kept
    return notebook


def lacking(atlas: Atlas, needs: Mapping[str, int]) -> str:
    """Say which tables lack the rows that a part of the site is made from.

    Parameters
    ----------
    atlas : Atlas
        The corpus.
    needs : mapping of str to int
        The least number of rows, 1 or 2, by table; by ``table.column``, of rows where that cell is
        filled.

    Returns
    -------
    str
        A sentence that names the files; empty where nothing is lacking.
    """
    missing = []
    for name, least in needs.items():
        table, _, column = name.partition(".")
        rows = atlas.tables.get(table, pd.DataFrame())
        if len(rows) and column:
            rows = rows[rows[column].notna() & (rows[column] != "")]
        if len(rows) < least:
            known = atlas.schema.tables.get(table)
            file = known.file if known else f"{DATA}/{table}.csv"
            file += " (more than one)" * (least > 1) + f" (column {column})" * bool(column)
            missing.append(file)
    where = " and ".join(missing)
    return f"Nothing here yet: this part needs rows in {where}." if missing else ""


def execute(source: Path, target: Path, folder: Path | None = None) -> Path:
    """Execute a copy of a notebook and store it, outputs and all, somewhere else.

    Parameters
    ----------
    source : pathlib.Path
        The notebook; it is not changed.
    target : pathlib.Path
        Where the executed copy goes; written whole or not at all.
    folder : pathlib.Path, optional
        The folder in which it runs; the notebook's own where not given. No Python file that lies
        there is imported.

    Returns
    -------
    pathlib.Path
        The target.

    Raises
    ------
    NotebookError
        Where a cell fails.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, DeadKernelError
    from tqdm import tqdm

    notebook = nbformat.read(source, as_version=4)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    cells = sum(c.cell_type == "code" for c in notebook.cells)
    client = NotebookClient(
        notebook,
        kernel_name=KERNEL["name"],
        extra_arguments=["--IPKernelApp.log_level=40", "--IPKernelApp.ignore_cwd=True"],
        timeout=600,
        record_timing=False,
        resources={"metadata": {"path": str(folder or source.parent)}},
    )
    with tqdm(total=cells, desc=source.name, unit="cell", file=sys.stderr) as bar:
        client.on_cell_executed = lambda **_: bar.update() and None
        try:
            client.execute()
        except CellExecutionError as error:
            what = " ".join(f"{error.ename}: {error.evalue}".split())
            raise NotebookError(f"{source.name}: {_failed_cell(notebook)}: {what}") from None
        except DeadKernelError:
            raise NotebookError(f"{source.name}: the kernel died while it ran") from None
    notebook.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.part")
    nbformat.write(notebook, beside)
    return beside.replace(target)


def _failed_cell(notebook: Any) -> str:
    code = [c for c in notebook.cells if c.cell_type == "code"]
    failed = [any(o.output_type == "error" for o in cell.outputs) for cell in code]
    return f"code cell {failed.index(True) + 1}" if any(failed) else "a cell"


def stage(notebook: Path, target: Path) -> Path:
    """Copy an executed notebook for the site: code folded, alternative texts where myst-nb looks.

    Parameters
    ----------
    notebook, target : pathlib.Path
        The executed notebook and the staged copy.

    Returns
    -------
    pathlib.Path
        The target.

    Raises
    ------
    NotebookError
        Where a figure has no alternative text.
    """
    import nbformat

    read = nbformat.read(notebook, as_version=4)
    for cell in read.cells:
        if cell.cell_type == "code":
            cell.metadata.setdefault("tags", ["hide-input"])
        for output in cell.get("outputs", []):
            if "image/svg+xml" not in output.get("data", {}):
                continue
            alt = output.metadata.get("image/svg+xml", {}).get("alt") or ""
            if not alt.strip():
                raise NotebookError(f"{notebook.name}: a figure has no alternative text")
            cell.metadata["mystnb"] = {"image": {"alt": alt, "width": "100%"}}
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(read, target)
    return target


def build(
    corpus: Path,
    sources: Path | None,
    notebooks: Path,
    out: Path,
    quotes_only: bool = False,
    work: Path | None = None,
) -> Path:
    """Render the site.

    Parameters
    ----------
    corpus : pathlib.Path
        The corpus folder; its articles, topics and data dictionary become pages, its tables and
        their exports downloads.
    sources : pathlib.Path or None
        Folder with pages that are laid over those of `PAGES`.
    notebooks : pathlib.Path
        Folder with the executed notebooks.
    out : pathlib.Path
        Folder of the finished site; it is exchanged whole at the end.
    quotes_only : bool
        Leave out the articles' full text and show their quotes alone.
    work : pathlib.Path, optional
        Folder that keeps what was read, so that the next build reads only what changed. A folder
        of its own, removed at the end, where not given.

    Returns
    -------
    pathlib.Path
        The site's first page.

    Raises
    ------
    SiteError
        Where Sphinx reports an error or a warning.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    if work is None:
        with tempfile.TemporaryDirectory(prefix=".site.", dir=out.parent) as name:
            return build(corpus, sources, notebooks, out, quotes_only, Path(name))
    pages, new = work / "source", work / "html"
    for left in (new, work / "gathered"):
        shutil.rmtree(left, ignore_errors=True)
    _gather(corpus, sources, notebooks, work / "gathered", quotes_only)
    _keep_unchanged(work / "gathered", pages)
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-W", "--keep-going", "-q"]
    command += ["-D", f"claimatlas_corpus={corpus.resolve()}", "-d", str(work / "doctrees")]
    command += ["-D", f"html_title={_title(_content(str(corpus.resolve())).atlas)}"]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": EPOCH}
    done = subprocess.run([*command, str(pages), str(new)], check=False, env=environment)
    if done.returncode:
        raise SiteError("no site was built; what is wrong stands above")
    (new / ".buildinfo").unlink(missing_ok=True)
    _swap(new, out)
    shutil.rmtree(new, ignore_errors=True)
    return out / "index.html"


def _title(atlas: Atlas) -> str:
    return " ".join(atlas.schema.title.split()) or "Claim atlas"


def _gather(
    corpus: Path, sources: Path | None, notebooks: Path, pages: Path, quotes_only: bool
) -> None:
    """Put everything that Sphinx reads into one folder."""
    import itables

    for folder in filter(None, (PAGES, sources)):
        no = shutil.ignore_patterns("__pycache__", "*.ipynb")
        shutil.copytree(folder, pages, ignore=no, dirs_exist_ok=True)
    downloads = pages / "extra" / "downloads"
    atlas = _content(str(corpus.resolve())).atlas
    said = " ".join(str(atlas.schema.descriptor.get("description", "")).split())
    words = {"title": _escaped(_title(atlas)), "description": _escaped(said)}
    index = Template((pages / "index.md").read_text(encoding="utf-8"))
    (pages / "index.md").write_text(index.safe_substitute(words), encoding="utf-8")
    export(atlas, downloads)
    if quotes_only:  # each annotation holds the words around its quote
        (downloads / ANNOTATIONS_FILE).unlink()
    (downloads / "notebooks").mkdir()
    for notebook in sorted(notebooks.glob("*.ipynb")):
        stage(notebook, pages / "notebooks" / notebook.name)
        shutil.copyfile(notebook, downloads / "notebooks" / notebook.name)
    codes = atlas.codes.assign(**{c: atlas.codes[c].map(_escaped) for c in ("label", "definition")})
    words = dictionary(atlas.schema, codes)
    (pages / "data_dictionary.md").write_text(words, encoding="utf-8")
    stubs(corpus, pages, quotes_only)
    # DataTables, as itables ships it: a module, which a page may load from its own disk only so.
    parts, static = Path(itables.__file__).parent / "html", pages / "_static"
    module = json.dumps((parts / "dt_bundle.js").read_text(encoding="utf-8"))
    blob = f'new Blob([{module}], {{type: "text/javascript"}})'
    static.mkdir(exist_ok=True)
    (static / "datatables.js").write_text(
        f"window.dataTables = () => import(URL.createObjectURL({blob}));\n", encoding="utf-8"
    )
    shutil.copyfile(parts / "dt_bundle.css", static / "datatables.css")


def _escaped(text: str) -> str:
    """Take its meaning from every mark of Markdown; '|' is escaped by the dictionary itself."""
    return re.sub(r"([!-/:-@\[-`{}~])", r"\\\1", text)


def _keep_unchanged(new: Path, old: Path) -> None:
    """Put a folder in the place of another, in which files with the same bytes keep their time."""
    for path in new.rglob("*"):
        before = old / path.relative_to(new)
        if path.is_file() and before.is_file() and filecmp.cmp(path, before, shallow=False):
            shutil.copystat(before, path)
    shutil.rmtree(old, ignore_errors=True)
    new.rename(old)


def _swap(new: Path, out: Path) -> None:
    """Exchange a finished folder with the old one, in one step where the system can."""
    exchange = getattr(ctypes.CDLL(None), "renameat2", None) if os.name == "posix" else None
    here, both = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux
    if not out.exists():
        new.rename(out)
    elif not exchange or exchange(here, os.fsencode(new), here, os.fsencode(out), both):
        out.rename(new.with_name("old"))
        new.rename(out)
        shutil.rmtree(new.with_name("old"), ignore_errors=True)


def stubs(root: Path, folder: Path, quotes_only: bool = False) -> list[Path]:
    """Write the pages that a directive fills: articles, fact boxes by topic, statements, studies.

    Parameters
    ----------
    root : pathlib.Path
        The corpus folder.
    folder : pathlib.Path
        Where they go, articles and topics into folders of that name.
    quotes_only : bool
        Leave out the articles' full text and show their quotes alone.

    Returns
    -------
    list of pathlib.Path
        The files. Topics without a statement get none; one of more than `BOXES` statements gets
        several, of which the first leads to the others.
    """
    content = _content(str(root.resolve()))
    made = {name: f"{{{name}}}" for name in ("statements", "studies")}
    alone = "\n:quotes_only:" * quotes_only
    made |= {f"articles/{a}": f"{{article}} {a}{alone}" for a in content.articles}
    for (topic, part), name in content.topic_pages.items():
        made[name] = f"{{topic-page}} {topic} {part}"
    for name, directive in made.items():
        path = folder / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        later = "orphan: true\n" if name not in content.first_pages else ""
        head = f"---\n{later}html_theme.sidebar_secondary.remove: true\n---\n"
        path.write_text(f"{head}```{directive}\n```\n", encoding="utf-8")
    if not content.topic_pages:  # Sphinx complains of a list of contents without pages
        (folder / "topics").mkdir()
        note = lacking(content.atlas, {"propositions": 1})
        (folder / "topics" / "none.md").write_text(f"# No statements yet\n\n{note}\n")
    return [folder / f"{name}.md" for name in made]


# --- what the pages show ------------------------------------------------------------------------


class _Content:
    """A corpus joined for its pages: rows by the id under which a page looks for them."""

    def __init__(self, root: str) -> None:
        self.atlas = atlas = load(root)
        lists = {name: atlas.labels(name) for name in atlas.codes["list"].unique()}
        self.labels: dict[str, dict[str, str]] = defaultdict(dict, lists)
        self.articles = {a.article_id: a for a in atlas.articles.itertuples()}
        self.claims = list(claim_table(atlas).itertuples())
        self.made = _by(self.claims, "proposition_id")
        self.routes = atlas.code_list("route")["definition"].to_dict()
        self.propositions = {p.proposition_id: p for p in atlas.propositions.itertuples()}
        self.studies = {s.study_id: s for s in self.rows("studies")}
        self.evidence = _by(self.rows("evidence"), "proposition_id")
        self.searches = _by(self.rows("searches"), "proposition_id")
        self.linked = _by(self.rows("proposition_links"), "from_id")
        for row in self.rows("proposition_links"):
            self.linked.setdefault(row.to_id, []).append(row)
        graded = "evidence" in atlas.tables
        grades = grade(atlas) if graded else pd.DataFrame()
        held = claims_graded(atlas, grades) if graded else pd.DataFrame()
        self.grades = _by(grades.itertuples(), "proposition_id")
        self.held = {h.claim_id: h for h in held.itertuples()}
        self.words = self._words(grades)
        self.topic_pages, self.first_pages, self.places = self._places()
        said = {a: getattr(row, "language", "") for a, row in self.articles.items()}
        self.languages = {a: f"language-{x}" * bool(x) for a, x in said.items()}  # "lang" in HTML
        groups = {g.group_id: g for g in self.rows("groups")}
        by = _by(self.rows("study_groups"), "study_id")
        self.groups = {study: [groups[row.group_id] for row in rows] for study, rows in by.items()}
        self.bearing = _by(self.rows("evidence"), "study_id")
        claims = {c.claim_id: c for c in self.claims}
        cited = {c.citation_id: c.study_id for c in self.rows("citations")}
        self.leaning: dict[str, dict[str, Any]] = defaultdict(dict)
        for row in self.rows("citation_links"):
            self.leaning[cited.get(row.citation_id, "")][row.claim_id] = claims[row.claim_id]

    def rows(self, table: str) -> list[Any]:
        """Return the rows of a table; none where the corpus lacks it."""
        return list(self.atlas.tables.get(table, pd.DataFrame()).itertuples())

    @cached_property
    def graph(self) -> Any:
        """The mechanism graph of the corpus."""
        return mechanism.build(self.atlas)

    def _places(self) -> tuple[dict[tuple[str, int], str], set[str], dict[str, str]]:
        """Say on which page each topic's parts, and each fact box, stand."""
        pages, places = {}, {}
        first = {"statements", "studies", *(f"articles/{article}" for article in self.articles)}
        topics = _by(self.propositions.values(), "topic")
        for number, topic in enumerate(t for t in self.labels["topic"] if t in topics):
            first.add(f"topics/{number:02d}_{topic}")
            for at, item in enumerate(topics[topic]):
                part = at // BOXES + 1
                name = f"topics/{number:02d}_{topic}" + f"_{part}" * (part > 1)
                pages[topic, part] = places[item.proposition_id] = name
        return pages, first, places

    def _words(self, grades: pd.DataFrame) -> dict[tuple[str, str], str]:
        """Put each grade into words, those that figures use."""
        words = {}
        for scope in () if grades.empty else self.labels["scope"]:
            for row in strength_table(self.atlas, grades, scope).itertuples():
                said = f", certainty {row.certainty}, best evidence: {row.evidence}"
                said += f", independent groups: {row.groups}"
                words[row.proposition_id, scope] = row.direction + said * (row.level > 0)
        for row in grades.itertuples():
            said = [self.labels["direction"][row.direction], row.dated]
            words.setdefault((row.proposition_id, row.scope), ", ".join(filter(None, said)))
        return words

    def verdict(self, claim: Any) -> tuple[str, str]:
        """Return a claim's verdict: a code for its looks, and words."""
        held = self.held.get(claim.claim_id)
        if claim.voice != "own":
            return claim.voice, self.labels["voice"][claim.voice]
        if held and held.gap != GAPS[-1]:
            against = held.gap == GAPS[0] and held.stands == "opposes"
            words = self.labels["gap"][held.gap] + ", evidence against it" * against
            return "against" if against else held.gap, words
        if held and held.verdict:
            return held.verdict, f"{held.verdict} about the evidence"
        if not held or claim.route != "document" or claim.stance == "says_unknown":
            return "not_graded", "not graded"
        denied = TURNED if claim.stance == "denies" else {}
        code = denied.get(held.direction, held.direction)
        return code, self.labels["direction"][code]

    def tally(self, claims: Iterable[Any]) -> list[tuple[str, str, int]]:
        """Count claims by verdict, the gravest first: code, words, count."""
        counts = Counter(map(self.verdict, claims)).items()
        order = sorted(counts, key=lambda item: (*VERDICTS, item[0][0]).index(item[0][0]))
        return [(code, words, n) for (code, words), n in order]

    def largest_gap(self, claims: Iterable[Any]) -> str:
        """Word the largest wording gap of some claims."""
        gaps = [h.wording_gap for c in claims if (h := self.held.get(c.claim_id))]
        gap = max((g for g in gaps if pd.notna(g)), default=None)
        if gap is None:
            return "not graded"
        label = self.labels["gap"][GAPS[1 - (gap > 0) + (gap < 0)]]
        return f"{label} by {abs(gap)}" if gap else label

    def firm(self, proposition: str) -> bool:
        """Say whether a statement stands on documents, or on more than very low certainty."""
        row = self.grades[proposition][-1]
        return row.certainty not in ("", "very_low") or row.direction in ("confirmed", "refuted")

    def standing(self, proposition: str) -> list[tuple[str, str]]:
        """Say how each stance of the articles' own words on a statement fares.

        Held against the grade for people, or the documents: ``holds``, ``fails``, ``nothing``
        where none was found, or ``open``; each with the stance.
        """
        own = {c.stance for c in self.made.get(proposition, []) if c.voice == "own"}
        direction = next((g.direction for g in self.grades.get(proposition, [])[::-1]), "")
        good, bad = ("supported", "confirmed"), ("contradicted", "no_change", "refuted")
        if direction in (*good, *bad):
            right = "affirms" if direction in good else "denies"
            stances = sorted(own & {"affirms", "denies"})
            found = [("holds" if stance == right else "fails", stance) for stance in stances]
            return found or [("open", "affirms")]
        empty = direction in ("none_found", "not_found") and "affirms" in own
        return [("nothing" if empty else "open", "affirms")]


@cache
def _content(root: str) -> _Content:
    """Join a corpus once a build."""
    return _Content(root)


def _by(rows: Iterable[Any], column: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(getattr(row, column), []).append(row)
    return found


# --- layouts ------------------------------------------------------------------------------------


class tag(nodes.General, nodes.TextElement):
    """An element of HTML that docutils has no node for, named by ``element``."""


def _open(writer: Any, node: tag) -> None:
    kept = {k: v for k, v in node.attributes.items() if k not in ("element", *node.list_attributes)}
    writer.body.append(writer.starttag(node, node["element"], "", **kept))


def _close(writer: Any, node: tag) -> None:
    writer.body.append(f"</{node['element']}>")


def laid_out(layouts: Path, name: str, values: Mapping[str, Any]) -> list[nodes.Node]:
    """Fill a layout with values and make document nodes of it.

    Parameters
    ----------
    layouts : pathlib.Path
        Folder of layouts: Jinja templates of Docutils XML, in which line breaks and indentation
        mean nothing and elements that Docutils does not know are those of HTML.
    name : str
        The layout's name.
    values : mapping of str to object
        What the layout, and those that it takes parts from, may name.

    Returns
    -------
    list of docutils.nodes.Node
        The nodes. No value is ever parsed: while the layout is read, a number stands in its place.
    """
    texts: list[str] = []

    def place(value: Any) -> str:
        if isinstance(value, Markup):  # what a part of the layout came to
            return value
        texts.append(str(value))
        return f"{MARK}{len(texts) - 1}{MARK}"

    def read(name: str) -> str:
        return re.sub("\n +", "\n", (layouts / name).read_text(encoding="utf-8"))

    how = {"autoescape": True, "finalize": place, "undefined": StrictUndefined}
    jinja = Environment(loader=FunctionLoader(read), **how)
    jinja.globals |= values
    made = jinja.get_template(f"{name}.xml").render().replace("\n", "")
    return _node(ElementTree.fromstring(f"<page>{made}</page>"), texts).children


def _node(element: ElementTree.Element, texts: list[str]) -> nodes.Element:
    """Turn an element into a node, each number in it into the text that it stands for."""

    def filled(words: str) -> str:
        parts = words.split(MARK)
        return "".join(texts[int(part)] if at % 2 else part for at, part in enumerate(parts))

    known = getattr(nodes, element.tag, None)
    node = known() if known else tag(element=element.tag)
    for name, value in element.items():
        node[name] = filled(value).split() if name in node.list_attributes else filled(value)
    for child, words in ((None, element.text), *((child, child.tail) for child in element)):
        node += [] if child is None else [_node(child, texts)]
        node += [nodes.Text(filled(words))] if words else []
    return node


class _Page(SphinxDirective):
    """A directive that fills the layout of its name from the corpus, which is read once a build."""

    option_spec = {  # noqa: RUF012 (docutils asks for a class attribute)
        "topics": str.split,
        "articles": str.split,
        "start": directives.unchanged,
        "mediated": lambda _: True,
        "title": directives.unchanged_required,
        "quotes_only": lambda _: True,
    }

    def run(self) -> list[nodes.Node]:
        """Note what the page depends on, then build it."""
        source = Path(self.env.srcdir)
        for path in (*source.glob("layouts/*.*"), *source.glob("extra/downloads/*.*")):
            self.env.note_dependency(str(path))
        content = _content(self.config.claimatlas_corpus)
        values = LAYOUTS[self.name][1](content, *self.arguments, **self.options)
        values |= {"content": content, "labels": content.labels, "to": self.to}
        values |= {"lacking": partial(lacking, content.atlas), "known": pd.notna, "split": _split}
        values |= {"root": source / "extra", "files": sorted(source.glob("extra/downloads/**/*.*"))}
        return laid_out(source / "layouts", self.name, values)

    def to(self, page: str, anchor: str = "") -> str:
        """Return the address of a place of the site, seen from this page."""
        here = self.env.docname
        target = posixpath.relpath(f"{page}.html", posixpath.dirname(here) or ".") * (page != here)
        return target + f"#{anchor}" * bool(anchor)


def _split(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


def _topic(content: _Content, topic: str, part: str) -> dict[str, Any]:
    """Gather the statements of one page of a topic."""
    pages = {p: page for (t, p), page in content.topic_pages.items() if t == topic}
    here = [p for p, page in content.places.items() if page == pages[int(part)]]
    values = content.atlas.code_list("topic").loc[topic].to_dict()
    values |= {"topic": topic, "part": int(part), "pages": pages}
    return values | {"items": [content.propositions[p] for p in here]}


def _article(content: _Content, name: str, quotes_only: bool = False) -> dict[str, Any]:
    """Part an article at its headings, its lines and the borders of its claims."""
    text = content.atlas.texts[name]
    claims = [c for c in content.claims if c.article_id == name]
    headings: set[str] = set()
    if not quotes_only:
        marked = {line.strip() for _, line in anchor.headings(text)}
        headings = ({c.section for c in claims} | marked) - {""}
    lines = (found.span() for found in re.finditer(r"[^\n]*\S[^\n]*", text))
    parts: list[dict[str, Any]] = [{"title": [], "passages": []}]
    for number, (start, end) in enumerate(_quoted(claims) if quotes_only else lines):
        pieces = list(_pieces(text, start, end, claims))
        if text[start:end].strip() in headings:
            if not pieces[0]["on"]:  # Markdown's mark of a heading
                pieces[0]["words"] = re.sub(r"^\s*#{1,6}\s+", "", pieces[0]["words"])
            parts.append({"id": f"part-{number}", "title": pieces, "passages": []})
            pieces = []
        notes = [c for c in claims if start < c.end <= end]
        parts[-1]["passages"] += [(pieces, notes)] if pieces or notes else []
    article = content.articles[name]
    kept = original(content.atlas.root, article.file)
    values = {"article": article, "claims": claims, "parts": parts, "quotes_only": quotes_only}
    return values | {"original": kept.name if kept else ""}


def _quoted(claims: list[Any]) -> list[tuple[int, int]]:
    """Return the stretches of text that claims quote; overlapping ones are one."""
    spans: list[tuple[int, int]] = []
    for claim in claims:
        last = spans.pop() if spans and claim.start < spans[-1][1] else (claim.start, 0)
        spans.append((last[0], max(last[1], claim.end)))
    return spans


def _pieces(text: str, start: int, end: int, claims: list[Any]) -> Iterator[dict[str, Any]]:
    """Split a stretch of text at every border of a claim; each piece carries its claims."""
    over = [c for c in claims if c.start < end and c.end > start]
    borders = {x for c in over for x in (c.start, c.end) if start < x < end}
    for a, b in pairwise(sorted({start, end} | borders)):
        on = [c for c in over if c.start <= a and c.end >= b]
        inner = min(on, key=lambda c: (c.end - c.start, c.claim_id), default=None)
        begun = [c.claim_id for c in on if c.start == a]
        ended = [c for c in over if c.end == b]
        yield {"words": text[a:b], "on": on, "inner": inner, "begun": begun, "ended": ended}


def _mechanism(content: _Content, name: str, title: str = "", **options: Any) -> dict[str, Any]:
    """Gather the steps of a part of the graph, and draw it where they are not too many."""
    values: dict[str, Any] = {"name": name, "title": title or name, "picture": "", "rows": []}
    values["note"] = lacking(content.atlas, {"nodes": 1, "propositions.subject": 1})
    if values["note"]:
        return values
    part = mechanism.drawn(content.graph, **options)
    edges = {e["proposition_id"]: e for *_, e in part.edges(data=True)}
    words = mechanism.edge_words(part, content.atlas).set_index("proposition_id")
    words = {p: _step(row) for p, row in words.to_dict("index").items()}
    for row in mechanism.bundles(part).to_dict("records"):
        names = _split(row["propositions"])
        row |= {
            "said": mechanism.who_says(row),
            "statements": names,
            "species": _split(row["species"]),
        }
        row["studies"] = sorted({s for p in names for s in edges[p]["studies"]})
        row["near"] = sorted({e.study_id for p in names for e in content.evidence.get(p, ())})
        values["rows"].append(row | {"steps": list(dict.fromkeys(words[p] for p in names))})
    if 0 < len(values["rows"]) <= BUNDLES:
        values["picture"] = _picture(content, part, name, values["title"])
    return values


def _step(words: dict[str, Any]) -> str:
    """Word one edge: within whose effect it holds, what does what, and how sure that is."""
    within = f"In the effect of {words['for']}: " * bool(words["for"])
    sure = words["measured"].partition(", ")[2]
    return f"{within}{words['edge']} ({', '.join(filter(None, [words['aspect'], sure]))})"


def _picture(content: _Content, part: Any, name: str, title: str) -> str:
    """Draw a part of the graph as SVG whose steps lead to the table's rows, without foreign ids."""
    from claimatlas.figures import draw_graph, edge_looks

    looks = edge_looks(content.atlas.code_list("edge_state"))
    drawn = draw_graph(mechanism.layout(part, looks, content.labels["aspect"]))
    svg, link = "http://www.w3.org/2000/svg", "{http://www.w3.org/1999/xlink}"
    ElementTree.register_namespace("", svg)
    tree = ElementTree.fromstring(drawn)
    tree.attrib |= {"role": "group", "aria-label": f"Graph: {title}"}
    for group in tree.iter(f"{{{svg}}}g"):
        group.attrib.pop("id", None)
        for words in group.findall(f"{{{svg}}}title"):
            group.remove(words)
        line = "edge" in group.get("class", "").split()
        for a in group.iter(f"{{{svg}}}a"):
            href = a.attrib.pop(f"{link}href", None) or a.get("href", "")
            a.set("href", href.replace("#edge-", f"#{name}-edge-"))
            a.attrib.pop(f"{link}title", None)
            a.attrib |= {"tabindex": "-1", "aria-hidden": "true"} if line else {}
    return ElementTree.tostring(tree, encoding="unicode")


def _overview(content: _Content) -> dict[str, Any]:
    """Gather what holds up, what does not, and where the articles part."""
    said = sorted(content.made, key=lambda p: (-len(content.made[p]), p))
    standing = {p: content.standing(p) for p in said}
    states = ("holds", "fails", "nothing")
    values: dict[str, Any] = {
        state: [p for p in standing if state in dict(standing[p])] for state in states
    }
    values["firm"] = [p for p in values["holds"] if content.firm(p)]
    values["affirmed"] = lambda names, state: [
        p for p in names if (state, "affirms") in standing[p]
    ]
    pairs = {(p.first_id, p.second_id): p for p in contradictions(content.atlas).itertuples()}
    apart = list({p.first_id: p for p in reversed(pairs.values())}.values())[::-1]
    return values | {"pairs": pairs, "apart": [_ends(content, p) for p in apart[:3]]}


def _ends(content: _Content, pair: Any) -> list[Any]:
    """Return the first claim of either article that clashes with the other's."""
    first = (pair.first_id, pair.first_article, pair.first_stance)
    second = (pair.second_id, pair.second_article, pair.second_stance)
    return [
        next(c for c in content.made[p] if (c.voice, c.article_id, c.stance) == ("own", a, stance))
        for p, a, stance in (first, second)
    ]


LAYOUTS: dict[str, tuple[int, Callable[..., dict[str, Any]]]] = {
    "topic-page": (2, _topic),
    "article": (1, _article),
    "statements": (0, lambda _: {}),
    "studies": (0, lambda _: {}),
    "mechanism": (1, _mechanism),
    "overview": (0, _overview),
    "downloads": (0, lambda _: {}),
}
"""How many arguments a directive takes, and what its layout names beside the corpus."""


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives; Sphinx calls this.

    Parameters
    ----------
    app : sphinx.application.Sphinx
        The application; its configuration gains ``claimatlas_corpus``, the corpus folder.

    Returns
    -------
    dict
        What Sphinx wants to know about parallel use, and a number that changes with this package.
    """
    app.add_config_value("claimatlas_corpus", "", "env", str)
    app.add_node(tag, html=(_open, _close))
    for name, (count, _) in LAYOUTS.items():
        app.add_directive(name, type(name, (_Page,), {"required_arguments": count}))
    app.connect("html-page-context", _finish, priority=900)  # after the theme
    code = b"".join(p.read_bytes() for p in sorted(Path(__file__).parent.glob("*.py")))
    safe = {"parallel_read_safe": True, "parallel_write_safe": True}
    return {"version": "1", "env_version": zlib.crc32(code), **safe}


def _finish(app: Sphinx, page: str, template: str, context: Any, doctree: Any) -> None:
    """Give pages with a table to search its library; mend what the theme leaves unescaped."""
    tables = doctree.findall(nodes.table) if doctree else ()
    if any("searchable" in table["classes"] for table in tables):
        app.add_css_file("datatables.css")
        app.add_js_file("datatables.js")
    for name in ("pagetitle", "page_description", "root_title"):
        context[name] = html.escape(context.get(name, ""))
    if page == "search":
        context["docstitle"] = html.escape(context["docstitle"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``python -m claimatlas.site execute|build``; the Makefile's way in."""
    parser = argparse.ArgumentParser(prog="python -m claimatlas.site", description=__doc__)
    commands = parser.add_subparsers(required=True)
    for run, paths in ((execute, "source target"), (build, "corpus sources notebooks out")):
        command = commands.add_parser(run.__name__, help=str(run.__doc__).splitlines()[0])
        command.set_defaults(run=run)
        for name in paths.split():
            command.add_argument(name, type=Path)
    words = "leave out the articles' full text and show their quotes alone"
    command.add_argument("--quotes-only", action="store_true", help=words)
    command.add_argument("--work", type=Path, help="folder that keeps what was read for next time")
    asked = vars(parser.parse_args(arguments))
    try:
        print(asked.pop("run")(**asked))
    except SiteError as error:
        print(f"claimatlas: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
