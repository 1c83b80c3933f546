"""Building the site: execute copies of the notebooks, stage them, let Sphinx render them.

The pages, styles, scripts and configuration of every site are package data, in the folder
`PAGES`; `report` renders them for any corpus. A folder of pages may be laid over them (`build`).

The module is a Sphinx extension too: its directives build pages from the tables as document nodes.
Nothing from a table or an article is ever parsed as markup; text goes into text nodes, so a hostile
title or quote is shown as it stands. ``{topic-page}`` shows the fact boxes of a topic,
``{article}`` an article with its claims marked, ``{statements}`` and ``{studies}`` tables to
search, ``{mechanism}`` a part of the graph, ``{overview}`` what it comes to.

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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from itertools import groupby, pairwise
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pandas as pd
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from claimatlas import mechanism
from claimatlas.atlas import DATA, Atlas, load
from claimatlas.export import dictionary, export
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
    for number, cell in enumerate(code, start=1):
        if any(o.output_type == "error" for o in cell.outputs):
            return f"code cell {number}"
    return "a cell"


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
    _gather(corpus, sources, notebooks, work / "gathered")
    _keep_unchanged(work / "gathered", pages)
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-W", "--keep-going", "-q"]
    command += ["-D", f"claimatlas_corpus={corpus.resolve()}", "-d", str(work / "doctrees")]
    command += ["-D", f"claimatlas_quotes_only={int(quotes_only)}"]
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


def _gather(corpus: Path, sources: Path | None, notebooks: Path, pages: Path) -> None:
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
    (downloads / "notebooks").mkdir()
    for notebook in sorted(notebooks.glob("*.ipynb")):
        stage(notebook, pages / "notebooks" / notebook.name)
        shutil.copyfile(notebook, downloads / "notebooks" / notebook.name)
    codes = atlas.codes.assign(**{c: atlas.codes[c].map(_escaped) for c in ("label", "definition")})
    words = dictionary(atlas.schema, codes)
    (pages / "data_dictionary.md").write_text(words, encoding="utf-8")
    stubs(corpus, pages)
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


def stubs(root: Path, folder: Path) -> list[Path]:
    """Write the pages that a directive fills: articles, fact boxes by topic, statements, studies.

    Parameters
    ----------
    root : pathlib.Path
        The corpus folder.
    folder : pathlib.Path
        Where they go, articles and topics into folders of that name.

    Returns
    -------
    list of pathlib.Path
        The files. Topics without a statement get none; one of more than `BOXES` statements gets
        several, of which the first leads to the others.
    """
    content = _content(str(root.resolve()))
    made = {name: f"{{{name}}}" for name in ("statements", "studies")}
    made |= {f"articles/{article}": f"{{article}} {article}" for article in content.articles}
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
        graded = "evidence" in atlas.tables
        grades = grade(atlas) if graded else pd.DataFrame()
        held = claims_graded(atlas, grades) if graded else pd.DataFrame()
        self.grades = _by(grades.itertuples(), "proposition_id")
        self.held = {h.claim_id: h for h in held.itertuples()}
        self.words = self._words(grades)
        self.topic_pages, self.first_pages, self.places = self._places()

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

    def standing(self, proposition: str) -> tuple[str, str]:
        """Say how the articles' own words on a statement fare, and what they do with it.

        Held against the grade for people, or the documents: ``holds``, ``fails``, ``nothing``
        where none was found, or ``open``. Of several stances the one borne out counts.
        """
        own = {c.stance for c in self.made.get(proposition, []) if c.voice == "own"}
        direction = next((g.direction for g in self.grades.get(proposition, [])[::-1]), "")
        good, bad = ("supported", "confirmed"), ("contradicted", "no_change", "refuted")
        for state, affirmed, denied in (("holds", good, bad), ("fails", bad, good)):
            for stance, found in (("affirms", affirmed), ("denies", denied)):
                if stance in own and direction in found:
                    return state, stance
        empty = direction in ("none_found", "not_found")
        return "nothing" if empty and "affirms" in own else "open", "affirms"


@cache
def _content(root: str) -> _Content:
    """Join a corpus once a build."""
    return _Content(root)


def _by(rows: Iterable[Any], column: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(getattr(row, column), []).append(row)
    return found


# --- document nodes -----------------------------------------------------------------------------


class folded(nodes.General, nodes.Element):
    """A part that is shut until asked for, under its ``summary``."""


class bar(nodes.General, nodes.Element):
    """A bar of ``parts`` (code, label, count); the same in words for those who cannot see it."""


class spoken(nodes.General, nodes.TextElement):
    """A line of an article, which runs the way of its own letters."""


def _open_folded(writer: Any, node: folded) -> None:
    writer.body.append(writer.starttag(node, "details"))
    writer.body.append(f"<summary>{html.escape(node['summary'])}</summary>")


def _close_folded(writer: Any, node: folded) -> None:
    writer.body.append("</details>")


def _open_spoken(writer: Any, node: spoken) -> None:
    writer.body.append(writer.starttag(node, "p", "", dir="auto"))


def _draw_bar(writer: Any, node: bar) -> None:
    words = ", ".join(f"{label} {n}" for _, label, n in node["parts"])
    writer.body.append(
        writer.starttag(node, "div", CLASS="bar", role="img", **{"aria-label": words})
    )
    for code, label, n in node["parts"]:
        title = html.escape(f"{label}: {n}")
        style = f'class="verdict-{html.escape(code)}" style="flex-grow:{n}"'
        writer.body.append(f'<span {style} title="{title}"></span>')
    writer.body.append("</div>")


def _nodes(parts: Iterable[nodes.Node | str]) -> Iterator[nodes.Node]:
    return (nodes.Text(part) if isinstance(part, str) else part for part in parts)


def _section(name: str, *title: nodes.Node | str, **attributes: Any) -> nodes.section:
    names, heading = [nodes.fully_normalize_name(name)], nodes.title("", "", *_nodes(title))
    return nodes.section("", heading, ids=[name], names=names, **attributes)


def _paragraph(*parts: nodes.Node | str, **attributes: Any) -> nodes.paragraph:
    return nodes.paragraph("", "", *_nodes(parts), **attributes)


def _label(label: str, *parts: nodes.Node | str) -> nodes.paragraph:
    return _paragraph(nodes.strong("", label), *parts, classes=["label"])


def _bullets(lines: Iterable[nodes.Node]) -> nodes.bullet_list:
    return nodes.bullet_list("", *[nodes.list_item("", line) for line in lines])


def _heading(title: str) -> nodes.rubric:
    return nodes.rubric("", title, **{"heading-level": 2})


def _spaced(parts: Iterable[nodes.Node]) -> list[nodes.Node]:
    return [x for part in parts for x in (part, nodes.Text(" "))]


def _size(study: Any) -> str:
    size = "n not reported" if pd.isna(study.n) else f"n = {study.n}"
    against = f"compared with {study.comparator}" if study.comparator else "no comparator stated"
    return f"{size}; {against}"


def _pill(code: str, words: str) -> nodes.inline:
    return nodes.inline("", words, classes=["pill", f"verdict-{code}"])


def _bar(parts: list[tuple[str, str, int]]) -> list[nodes.Node]:
    key = _spaced(_pill(code, f"{words} {n}") for code, words, n in parts)
    return [bar("", parts=parts), _paragraph(*key, classes=["key"])] if parts else []


def _in_language(article: Any) -> list[str]:
    """Return the class that docutils writes as the attribute ``lang``."""
    language = getattr(article, "language", "")
    return [f"language-{language}"] if language else []


def _cell(*lines: nodes.Node | str | None) -> nodes.entry:
    return nodes.entry("", *[_paragraph(line) for line in lines if line not in ("", None)])


def _table(
    head: dict[str, str], rows: Iterable[tuple[str, list[nodes.entry]]], *classes: str
) -> nodes.table:
    """Make a table from column titles with a class each, and rows with an anchor each."""
    group = nodes.tgroup("", *[nodes.colspec(colwidth=1) for _ in head], cols=len(head))
    titles = [nodes.entry("", _paragraph(t), classes=[c] if c else []) for t, c in head.items()]
    group += nodes.thead("", nodes.row("", *titles))
    group += nodes.tbody("", *[nodes.row("", *cells, ids=[anchor]) for anchor, cells in rows])
    return nodes.table("", group, classes=["colwidths-auto", *classes])


class _FromTables(SphinxDirective):
    """A directive that reads the corpus once a build, and whose page follows its tables."""

    def run(self) -> list[nodes.Node]:
        """Note what the page depends on, then build it."""
        for path in sorted(Path(self.env.srcdir, "extra", "downloads").glob("*.*")):
            self.env.note_dependency(str(path))
        self.content = _content(self.config.claimatlas_corpus)
        self.labels = self.content.labels
        return self.page()

    def page(self) -> list[nodes.Node]:
        """Build the page's nodes."""
        raise NotImplementedError

    def link(self, text: str, name: str, anchor: str = "", **attributes: Any) -> nodes.reference:
        """Lead to a place of the site."""
        here = self.env.docname
        target = posixpath.relpath(f"{name}.html", posixpath.dirname(here) or ".") * (name != here)
        target += f"#{anchor}" * bool(anchor)
        return nodes.reference("", text, refuri=target, internal=True, **attributes)

    def box(self, proposition: str, text: str = "") -> nodes.reference:
        """Lead to a fact box."""
        words = text or self.content.propositions[proposition].statement
        return self.link(words, self.content.places[proposition], proposition)

    def mark(self, claim: Any) -> nodes.reference:
        """Lead to where a claim stands in its article."""
        return self.link(claim.claim_id, f"articles/{claim.article_id}", claim.claim_id)

    def study(self, study: str) -> nodes.reference:
        """Lead to a study."""
        return self.link(self.content.studies[study].label, "studies", study)


class TopicPage(_FromTables):
    """A page of statements of one topic, each a fact box with an anchor of its own."""

    required_arguments = 2

    def page(self) -> list[nodes.Node]:
        """Build the page."""
        topic, part = self.arguments[0], int(self.arguments[1])
        row, content = self.content.atlas.code_list("topic").loc[topic], self.content
        names = {p: name for (t, p), name in content.topic_pages.items() if t == topic}
        title = row["label"] + f" ({part} of {len(names)})" * (len(names) > 1)
        page = _section(f"topic-{topic}", title)
        page += _paragraph(row["definition"])
        links = [_paragraph(self.link(f"Part {p}", names[p])) for p in names if p != part]
        page += [_bullets(links)] if links else []
        lines, boxes = [], nodes.container(classes=["boxes"])
        for name in (p for p, place in content.places.items() if place == names[part]):
            grades = content.grades.get(name, [])[::-1]  # for people first
            pills = [self._pill(row) for row in grades[:1]]
            lines.append(_paragraph(self.box(name), " ", *pills))
            boxes += self._box(content.propositions[name], grades)
        page += folded("", _bullets(lines), summary=f"On this page: {len(lines)} statements")
        page += boxes  # inside a container they stay out of every page's table of contents
        return [page]

    def _pill(self, row: Any) -> nodes.inline:
        return _pill(row.direction, self.labels["direction"][row.direction])

    def _box(self, item: Any, grades: list[Any]) -> nodes.section:
        name = nodes.inline("", f" {item.proposition_id}", classes=["id"])
        box = _section(item.proposition_id, item.statement, name, classes=["statement"])
        box += [*self._said(item), *self._permitted(item, grades), *self._best(item, grades)]
        if item.does_not_follow:
            words = nodes.strong("", "What does not follow: ")
            box += _paragraph(words, item.does_not_follow, classes=["caution"])
        steps = [x for row in grades for x in self._listed(row, row.steps)]
        changes = [x for row in grades for x in self._listed(row, row.changes)]
        box += [folded("", *steps, summary="How the grade came about")] if grades else []
        box += [folded("", *changes, summary="What would change it")] if grades else []
        return box

    def _said(self, item: Any) -> list[nodes.Node]:
        """Show how each article words it, or say that none does."""
        made = _by(self.content.made.get(item.proposition_id, []), "article_id")
        lines: list[nodes.Node] = []
        for article, row in self.content.articles.items():
            if article in made:
                lines += [_label(row.label), _bullets(map(self._quote, made[article]))]
        if not made:
            by = sorted({e.study_id for e in self.content.evidence.get(item.proposition_id, [])})
            links = [x for study in by for x in (nodes.Text(", "), self.study(study))]
            measured = [nodes.Text("; measured by "), *links[1:]] if by else []
            lines.append(_paragraph("No article says this", *measured, "."))
            lines += [_paragraph(item.omission)] if item.omission else []
        return lines

    def _quote(self, claim: Any) -> nodes.paragraph:
        words = [self.labels["stance"][claim.stance], self.labels["wording"][claim.wording]]
        if claim.voice != "own":
            words.append(self.labels["voice"][claim.voice])
        if claim.context:
            words.insert(0, f"with “{claim.context}”")
        if claim.attributed_to:
            words.append(f"source given: {claim.attributed_to}")
        language = _in_language(self.content.articles[claim.article_id])
        quote = nodes.emphasis("", f"“{claim.quote}”", classes=language)
        pill = _pill(*self.content.verdict(claim))
        line = [quote, f" ({', '.join(words)}) ", pill, " ", self.mark(claim)]
        return _paragraph(*line, ids=[claim.claim_id], classes=["claim"])

    def _permitted(self, item: Any, grades: list[Any]) -> list[nodes.Node]:
        """Say what the evidence permits, for people and where it was measured."""
        if not grades:
            yet = item.route == "graded" and lacking(self.content.atlas, {"evidence": 1})
            words = yet or self.content.routes[item.route]
            return [_paragraph(nodes.strong("", "Not graded: "), words)]
        said = []
        for row in grades:
            words = self.content.words[item.proposition_id, row.scope].partition(", ")[2]
            line = [f"{self._scope(row)}: ", self._pill(row), f" {words}. " if words else " "]
            said.append(_paragraph(*line, f"One may say: {row.permitted_wording}."))
        return [_label("What the evidence permits"), _bullets(said)]

    def _scope(self, row: Any) -> str:
        if self.content.propositions[row.proposition_id].route == "document":
            return "By documents"
        return self.labels["scope"][row.scope].capitalize()

    def _listed(self, row: Any, cell: str) -> list[nodes.Node]:
        title = _paragraph(nodes.strong("", self._scope(row)))
        return [title, _bullets(_paragraph(line) for line in cell.split("; "))]

    def _best(self, item: Any, grades: list[Any]) -> list[nodes.Node]:
        """Name the study that the grades rest on, and fold away all others and all searches."""
        lines: list[nodes.Node] = []
        for best in dict.fromkeys(row.best_study_id for row in grades if row.best_study_id):
            study, label = self.content.studies[best], nodes.strong("", "Best study: ")
            words = [self.labels["design"][study.design], _size(study)]
            words.append(f"read: {self.labels['access'][study.access]}")
            lines.append(_paragraph(label, self.study(best), f" ({'; '.join(words)})"))
        weighed, looked = [], []
        for row in self.content.evidence.get(item.proposition_id, []):
            labels = self.labels["finding"][row.finding], self.labels["directness"][row.directness]
            said = "; ".join(filter(None, [*labels, row.condition]))
            weighed.append(_paragraph(self.study(row.study_id), f": {said}. {row.result}"))
        for row in self.content.searches.get(item.proposition_id, []):
            looked.append(_paragraph(f"{row.looked_for}; in {row.where}"))
        parts = {f"All that bears on it ({len(weighed)})": weighed}
        parts["What was looked for, and where"] = looked
        return lines + [folded("", _bullets(p), summary=name) for name, p in parts.items() if p]


class ArticlePage(_FromTables):
    """An article's text with each claim marked in place, and notes beside it."""

    required_arguments = 1

    def page(self) -> list[nodes.Node]:
        """Build the page."""
        name = self.arguments[0]
        article, self.text = self.content.articles[name], self.content.atlas.texts[name]
        self.language = _in_language(article)
        self.claims = [c for c in self.content.claims if c.article_id == name]
        self.verdicts = {c.claim_id: self.content.verdict(c) for c in self.claims}
        page = here = _section(f"article-{name}", article.label)
        title = nodes.emphasis("", f"“{article.title}”", classes=self.language)
        title = [" of the title ", title] if article.title else []
        page += _paragraph(f"{article.kind[:1].upper()}{article.kind[1:]}", *title, ".")
        quotes_only = self.config.claimatlas_quotes_only
        shown = "its quotes alone, in their order" if quotes_only else "the text as it was received"
        words = f"{len(self.claims)} claims are marked; below is {shown}. Marked words lead to the "
        words += "fact box of their statement; the small sign behind them leads to a note."
        page += [_paragraph(words), *_bar(self.content.tally(self.claims))]
        headings = set() if quotes_only else {c.section for c in self.claims} - {""}
        lines = (found.span() for found in re.finditer(r"[^\n]*\S[^\n]*", self.text))
        for number, (start, end) in enumerate(self._quoted() if quotes_only else lines):
            words = list(self._pieces(start, end))
            if self.text[start:end].strip() in headings:
                pieces = self._pieces(start, end, flags=False)
                title = nodes.inline("", "", *pieces, classes=self.language)
                here = _section(f"part-{number}", title)
                page += here
                words = []
            passage = self._passage(start, end, words)
            here += [passage] if len(passage) else []
        return [page]

    def _quoted(self) -> list[tuple[int, int]]:
        """Return the stretches of text that claims quote; overlapping ones are one."""
        spans: list[tuple[int, int]] = []
        for claim in self.claims:
            last = spans.pop() if spans and claim.start < spans[-1][1] else (claim.start, 0)
            spans.append((last[0], max(last[1], claim.end)))
        return spans

    def _pieces(self, start: int, end: int, flags: bool = True) -> Iterator[nodes.Node]:
        """Split a stretch of text at every border of a claim; each piece carries its claims."""
        over = [c for c in self.claims if c.start < end and c.end > start]
        borders = {x for c in over for x in (c.start, c.end) if start < x < end}
        for a, b in pairwise(sorted({start, end} | borders)):
            on = [c for c in over if c.start <= a and c.end >= b]
            yield self._marked(a, b, on) if on else nodes.Text(self.text[a:b])
            for claim in [c for c in over if c.end == b] if flags else ():
                code, words = self.verdicts[claim.claim_id]
                sign = self.link("", self.env.docname, f"note-{claim.claim_id}")
                sign["classes"] += ["sign", f"verdict-{code}"]
                sign += nodes.inline("", claim.claim_id, classes=["id"])
                sign += nodes.inline("", f" {words}", classes=["word"])
                yield nodes.superscript("", "", sign)

    def _marked(self, start: int, end: int, on: list[Any]) -> nodes.reference:
        inner = min(on, key=lambda c: (c.end - c.start, c.claim_id))
        link = self.box(inner.proposition_id, self.text[start:end])
        link["classes"] += ["claim", f"verdict-{self.verdicts[inner.claim_id][0]}"]
        link["classes"] += ["nested"] if len(on) > 1 else []
        link["ids"] += [c.claim_id for c in on if c.start == start]
        link["reftitle"] = "; ".join(f"{c.claim_id} {self.verdicts[c.claim_id][1]}" for c in on)
        return link

    def _passage(self, start: int, end: int, words: list[nodes.Node]) -> nodes.container:
        """Set a line of the text beside the notes of the claims that end in it."""
        passage = nodes.container(classes=["passage"] if words else ["passage", "of-heading"])
        passage += [spoken("", "", *words, classes=["words", *self.language])] if words else []
        notes = nodes.bullet_list(classes=["notes"])
        for claim in (c for c in self.claims if start < c.end <= end):
            code, verdict = self.verdicts[claim.claim_id]
            line = _paragraph(self.mark(claim), " ", _pill(code, verdict), " ")
            line += self.box(claim.proposition_id)
            held = self.content.held.get(claim.claim_id)
            grade = self.content.words.get((claim.proposition_id, held.scope)) if held else ""
            line += nodes.inline("", f" {grade}" if grade else "", classes=["grade"])
            notes += nodes.list_item("", line, ids=[f"note-{claim.claim_id}"])
        passage += notes if len(notes) else []
        return passage


class Statements(_FromTables):
    """A table of all fact boxes, to filter, sort and search where scripts run."""

    def page(self) -> list[nodes.Node]:
        """Build the page."""
        head = {"Statement": "", "Subject": "filter", "Kind": "filter", "For people": "filter"}
        head |= {"Where it was measured": "filter", "Articles": "filter"}
        head["Largest wording gap"] = "filter number"
        rows = [self._row(p) for p in self.content.propositions.values()]
        page = _section("statements", "All statements")
        if note := lacking(self.content.atlas, {"propositions": 1}):
            page += _paragraph(note)
            return [page]
        page += _paragraph(
            f"{len(rows)} statements. Each leads to its fact box: what the articles say, what the "
            "evidence permits, what does not follow. The last column says how far the boldest "
            "wording of an article goes beyond what the evidence permits, in steps."
        )
        page += _table(head, rows, "searchable", "cards", "statements")
        return [page]

    def _row(self, item: Any) -> tuple[str, list[nodes.entry]]:
        name, labels = item.proposition_id, self.labels
        claims = self.content.made.get(name, [])
        gaps = [h.wording_gap for c in claims if (h := self.content.held.get(c.claim_id))]
        rows = self.content.grades.get(name, [])[::-1]  # for people first; documents once
        verdicts = [labels["direction"][row.direction] for row in rows] or ["not graded"]
        return f"row-{name}", [
            _cell(self.box(name)),
            _cell(labels["topic"][item.topic]),
            _cell(labels["proposition_kind"][item.kind]),
            _cell(verdicts[0]),
            _cell(verdicts[-1]),
            _cell(*sorted({c.article_id for c in claims}) or ["no article"]),
            _cell(self._gap(max((g for g in gaps if pd.notna(g)), default=None))),
        ]

    def _gap(self, gap: int | None) -> str:
        if gap is None:
            return "not graded"
        label = self.labels["gap"][GAPS[1 - (gap > 0) + (gap < 0)]]
        return f"{label} by {abs(gap)}" if gap else label


class Studies(_FromTables):
    """A table of all studies: what each measured, in what, by whom, and what leans on it."""

    def page(self) -> list[nodes.Node]:
        """Build the page."""
        groups = {g.group_id: g for g in self.content.rows("groups")}
        by = _by(self.content.rows("study_groups"), "study_id")
        self.groups = {s: [groups[r.group_id] for r in rows] for s, rows in by.items()}
        self.bearing = _by(self.content.rows("evidence"), "study_id")
        claims = {c.claim_id: c for c in self.content.claims}
        cited = {c.citation_id: c.study_id for c in self.content.rows("citations")}
        self.leaning: dict[str, dict[str, Any]] = defaultdict(dict)
        for link in self.content.rows("citation_links"):
            self.leaning[cited.get(link.citation_id, "")][link.claim_id] = claims[link.claim_id]
        page = _section("studies", "Studies and documents")
        if note := lacking(self.content.atlas, {"studies": 1}):
            page += _paragraph(note)
            return [page]
        page += _paragraph(
            f"{len(self.content.studies)} studies, reviews, labels and other documents: what each "
            "measured, in what, by whom, how much of it was read, and what leans on it."
        )
        head = {"Study": "", "Design": "filter", "In what": "filter", "By whom": "filter"}
        head |= {"How much was read": "filter", "What it found": "", "What leans on it": ""}
        rows = [(s.study_id, self._row(s)) for s in self.content.studies.values()]
        page += _table(head, rows, "searchable", "cards", "studies")
        return [page]

    def _row(self, study: Any) -> list[nodes.entry]:
        name, year = study.study_id, "" if pd.isna(study.year) else str(study.year)
        words = {"yes": " (made or sells it)", "unknown": " (may have made it)"}
        given = "; ".join(filter(None, [study.route.replace("_", " "), study.dose, study.duration]))
        by = [g.label + words.get(g.developer, "") for g in self.groups.get(name, [])]
        boxes = dict.fromkeys(e.proposition_id for e in self.bearing.get(name, []))
        leans = {"Statements: ": [self.box(p, p) for p in boxes]}
        leans["Cited for: "] = [self.mark(c) for c in self.leaning[name].values()]
        who = ", ".join(filter(None, [study.authors, year, study.venue]))
        return [
            _cell(nodes.strong("", study.label), who, study.source_url),
            _cell(self.labels["design"][study.design]),
            _cell(*_parts(study.species) or ["no species"]),
            _cell(*by or ["not known"]),
            _cell(self.labels["access"][study.access]),
            _cell(_size(study), study.model, given, study.result),
            _cell(*[nodes.inline("", t, *_spaced(links)) for t, links in leans.items() if links]),
        ]


class Mechanism(_FromTables):
    """A part of the mechanism graph to explore, and the table of its edges."""

    required_arguments = 1
    option_spec = {  # noqa: RUF012 (docutils asks for a class attribute)
        "topics": str.split,
        "articles": str.split,
        "start": directives.unchanged,
        "mediated": lambda _: True,
        "title": directives.unchanged_required,
    }

    def page(self) -> list[nodes.Node]:
        """Build the picture and the table."""
        needs = {"nodes": 1, "propositions.subject": 1}
        if note := lacking(self.content.atlas, needs):
            return [_paragraph(note)]
        title = self.options.pop("title", self.arguments[0])
        part = mechanism.drawn(self.content.graph, **self.options)
        table = mechanism.bundles(part)
        self.edges = {e["proposition_id"]: e for *_, e in part.edges(data=True)}
        words = mechanism.edge_words(part, self.content.atlas)
        self.words = words.set_index("proposition_id").to_dict("index")
        rows = [self._row(number, row) for number, row in enumerate(table.to_dict("records"))]
        head = {"Step": "", "Who says it": "filter", "What was measured": "filter"}
        head |= {"In what": "filter", "Statements": "", "Studies": ""}
        edges = _table(head, rows, "steps", "cards")
        if not rows:
            return [_paragraph("No statement of this part is a step of the mechanism.")]
        if len(rows) > BUNDLES:
            return [_paragraph(f"{len(rows)} steps are too many to draw; here they are."), edges]
        picture = nodes.raw("", self._picture(part, title), format="html")
        return [nodes.container("", picture, edges, classes=["explorable"])]

    def _row(self, number: int, row: dict[str, Any]) -> tuple[str, list[nodes.entry]]:
        said = [form.format(a) for k, form in mechanism.SAID.items() for a in _parts(row[k])]
        names = [self.content.propositions[p] for p in _parts(row["propositions"])]
        studies = sorted({s for p in names for s in self.edges[p.proposition_id]["studies"]})
        steps = {self._step(self.words[p.proposition_id]): None for p in names}
        species = _parts(row["species"]) or ["species not told" if studies else "nothing"]
        return f"{self.arguments[0]}-edge-{number}", [
            _cell(*steps),
            _cell(*said or ["no article"]),
            _cell(_pill(f"state-{row['state']}", self.labels["edge_state"][row["state"]])),
            _cell(*species),
            _cell(*[self.box(p.proposition_id) for p in names]),
            _cell(*map(self.study, studies)),
        ]

    def _step(self, words: dict[str, Any]) -> str:
        """Word one edge: within whose effect it holds, what does what, and how sure that is."""
        within = f"In the effect of {words['for']}: " * bool(words["for"])
        sure = words["measured"].partition(", ")[2]
        return f"{within}{words['edge']} ({', '.join(filter(None, [words['aspect'], sure]))})"

    def _picture(self, part: Any, title: str) -> str:
        """Draw the part as SVG whose steps lead to the table's rows, without foreign ids."""
        from claimatlas.figures import draw_graph, edge_looks

        looks = edge_looks(self.content.atlas.code_list("edge_state"))
        drawn = draw_graph(mechanism.layout(part, looks, self.labels["aspect"]))
        svg, link = "http://www.w3.org/2000/svg", "{http://www.w3.org/1999/xlink}"
        ElementTree.register_namespace("", svg)
        tree = ElementTree.fromstring(drawn)
        tree.attrib |= {"role": "group", "aria-label": f"Graph: {title}"}
        for group in tree.iter(f"{{{svg}}}g"):
            group.attrib.pop("id", None)
            for name in group.findall(f"{{{svg}}}title"):
                group.remove(name)
            line = "edge" in group.get("class", "").split()
            for a in group.iter(f"{{{svg}}}a"):
                href = a.attrib.pop(f"{link}href", None) or a.get("href", "")
                a.set("href", href.replace("#edge-", f"#{self.arguments[0]}-edge-"))
                a.attrib.pop(f"{link}title", None)
                a.attrib |= {"tabindex": "-1", "aria-hidden": "true"} if line else {}
        box = 'class="graph" role="region" tabindex="0"'
        label = html.escape(f"{title}: drawing, scrolls")
        text = ElementTree.tostring(tree, encoding="unicode")
        return f'<div {box} aria-label="{label}">{text}</div>'


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


class Overview(_FromTables):
    """What holds up, what does not, and where the articles part: the first page's cards."""

    def page(self) -> list[nodes.Node]:
        """Build the cards and the bars."""
        content = self.content
        said = sorted(content.made, key=lambda p: (-len(content.made[p]), p))
        standing = {p: content.standing(p) for p in said}
        states = ("holds", "fails", "nothing")
        holds, fails, nothing = ([p for p in said if standing[p][0] == s] for s in states)
        firm = [p for p in holds if self._firm(p)]
        pairs = {(p.first_id, p.second_id): p for p in contradictions(content.atlas).itertuples()}
        apart = list({p.first_id: p for p in reversed(pairs.values())}.values())[::-1]

        def top(found: list[str]) -> list[nodes.Node]:
            return [_paragraph(self.box(p)) for p in found if standing[p][1] == "affirms"][:3]

        def card(title: str, words: str, lines: list[nodes.Node], **needs: int) -> nodes.container:
            note = lacking(content.atlas, {"claims": 1} | needs)
            parts = [_heading(title), _paragraph(note or words)]
            parts += [_bullets(lines)] if lines and not note else []
            return nodes.container("", *parts, classes=["summary"])

        grid = nodes.container(classes=["overview"])
        grid += card(
            "What holds up",
            f"{len(firm)} statements, affirmed or denied, stand on documents or on studies with "
            f"more than very low certainty for people. {len(holds) - len(firm)} more agree with "
            "the closest evidence, whose certainty for people is very low.",
            top(firm),
            evidence=1,
        )
        grid += card(
            "What does not",
            f"{len(fails)} statements run against the closest evidence. For {len(nothing)} "
            "nothing was found that could bear them out.",
            top([*fails, *nothing]),
            evidence=1,
        )
        words = f"In {len(pairs)} pairs of statements, two articles cannot both be right."
        lines = [self._pair(p) for p in apart[:3]]
        grid += card("Where the articles part", words, lines, articles=2)
        bars = []
        for article, claims in _by(content.claims, "article_id").items():
            words = f": {len(claims)} claims" + ", held against the evidence" * bool(content.held)
            bars += [_label(content.articles[article].label, words), *_bar(content.tally(claims))]
        words = f"{len(content.claims)} claims of {len(content.articles)} articles, which come to "
        words += f"{len(said)} statements; {len(content.studies)} studies and documents."
        return [_paragraph(words), grid, *bars]

    def _firm(self, proposition: str) -> bool:
        row = self.content.grades[proposition][-1]
        return row.certainty not in ("", "very_low") or row.direction in ("confirmed", "refuted")

    def _pair(self, pair: Any) -> nodes.paragraph:
        line: list[Any] = []
        for end in ("first", "second"):
            article, name = getattr(pair, f"{end}_article"), getattr(pair, f"{end}_id")
            made = (c for c in self.content.made[name] if c.voice == "own")
            claim = next(c for c in made if c.article_id == article)
            stance = f" {self.labels['stance'][claim.stance]}" * (pair.first_id == pair.second_id)
            lean = f" (with “{claim.context}”)" if claim.context else ""
            line += [f"{article}{stance}: ", self.box(name, f"“{claim.quote}”"), f"{lean} "]
        return _paragraph(*line)


class Downloads(_FromTables):
    """A list of the files to download, tables with what each holds."""

    def page(self) -> list[nodes.Node]:
        """Build the lists, a folder each."""
        tables = {t.path: t for t in self.content.atlas.schema.tables.values()}
        root = Path(self.env.srcdir, "extra")
        lists = []
        for folder, paths in groupby(sorted(root.glob("downloads/**/*.*")), lambda p: p.parent):
            lines = []
            for path in paths:
                link = nodes.reference("", path.name, refuri=path.relative_to(root).as_posix())
                words = f" ({max(1, path.stat().st_size // 1000):,} kB)"
                if path.name in tables:
                    words += f" {tables[path.name].description}"
                lines.append(_paragraph(link, words))
            name = folder.relative_to(root / "downloads").as_posix()
            title = "Tables and what is made from them" if name == "." else name.capitalize()
            lists += [_heading(title), _bullets(lines)]
        return lists


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives; Sphinx calls this.

    Parameters
    ----------
    app : sphinx.application.Sphinx
        The application; its configuration gains ``claimatlas_corpus``, the corpus folder, and
        ``claimatlas_quotes_only``, which leaves out the articles' full text.

    Returns
    -------
    dict
        What Sphinx wants to know about parallel use, and a number that changes with this package.
    """
    app.add_config_value("claimatlas_corpus", "", "env", str)
    app.add_config_value("claimatlas_quotes_only", False, "env", bool)
    app.add_node(folded, html=(_open_folded, _close_folded))
    app.add_node(spoken, html=(_open_spoken, lambda writer, node: writer.body.append("</p>\n")))
    app.add_node(bar, html=(_draw_bar, lambda writer, node: None))
    for name, directive in DIRECTIVES.items():
        app.add_directive(name, directive)
    app.connect("html-page-context", _finish, priority=900)  # after the theme
    code = b"".join(p.read_bytes() for p in sorted(Path(__file__).parent.glob("*.py")))
    safe = {"parallel_read_safe": True, "parallel_write_safe": True}
    return {"version": "1", "env_version": zlib.crc32(code), **safe}


DIRECTIVES = {
    "topic-page": TopicPage,
    "article": ArticlePage,
    "statements": Statements,
    "studies": Studies,
    "mechanism": Mechanism,
    "overview": Overview,
    "downloads": Downloads,
}


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
    commands = parser.add_subparsers(required=True, dest="command")
    run = commands.add_parser("execute", help="execute a copy of one notebook")
    run.add_argument("source", type=Path)
    run.add_argument("target", type=Path)
    render = commands.add_parser("build", help="render the site")
    for name in ("corpus", "sources", "notebooks", "out"):
        render.add_argument(name, type=Path)
    words = "leave out the articles' full text and show their quotes alone"
    render.add_argument("--quotes-only", action="store_true", help=words)
    render.add_argument("--work", type=Path, help="folder that keeps what was read for next time")
    asked = parser.parse_args(arguments)
    try:
        if asked.command == "execute":
            execute(asked.source, asked.target)
        else:
            paths = (asked.corpus, asked.sources, asked.notebooks, asked.out)
            page = build(*paths, quotes_only=asked.quotes_only, work=asked.work)
            print(f"Open {page} in a browser.")
    except SiteError as error:
        print(f"claimatlas: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
