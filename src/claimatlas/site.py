"""Building the site: execute copies of the notebooks, stage them, let Sphinx render them.

The module is a Sphinx extension too: its directives build pages from the tables as document nodes.
Nothing from a table is ever parsed as markup; text goes into text nodes, so a hostile title or
quote is shown as it stands. ``{topic-page} TOPIC`` shows every statement of a topic with the
articles' own words; ``{tables}`` lists the tables to download.

Everything is written beside its goal and renamed at the end, so that a build that is killed leaves
the last site whole. Sphinx with myst-nb does the rendering; this module only feeds it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from claimatlas.atlas import Atlas, load
from claimatlas.framing import article_labels, claim_table
from claimatlas.grading import grade

if TYPE_CHECKING:
    from sphinx.application import Sphinx

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
EPOCH = "1735689600"
"""Fixed build time for Sphinx (SOURCE_DATE_EPOCH), so that clean builds are byte-identical."""


class NotebookError(RuntimeError):
    """A notebook failed; the message names notebook, cell and error in one line."""


def execute(source: Path, target: Path) -> Path:
    """Execute a copy of a notebook and store it, outputs and all, somewhere else.

    Parameters
    ----------
    source : pathlib.Path
        The notebook; it runs in its own folder and is not changed.
    target : pathlib.Path
        Where the executed copy goes; written whole or not at all.

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
        extra_arguments=["--IPKernelApp.log_level=40"],
        timeout=600,
        record_timing=False,
        resources={"metadata": {"path": str(source.parent)}},
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
            cell.metadata["tags"] = ["hide-input"]
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


def build(corpus: Path, sources: Path, notebooks: Path, out: Path) -> Path:
    """Render the site.

    Parameters
    ----------
    corpus : pathlib.Path
        The corpus folder; its data dictionary becomes a page, its tables downloads, and each
        topic of its codebook a page of statements.
    sources : pathlib.Path
        Folder with ``conf.py`` and the pages that are not notebooks.
    notebooks : pathlib.Path
        Folder with the executed notebooks.
    out : pathlib.Path
        Folder of the finished site; it is swapped in whole at the end.

    Returns
    -------
    pathlib.Path
        The site's first page.

    Raises
    ------
    subprocess.CalledProcessError
        Where Sphinx reports an error or a warning.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".site.", dir=out.parent) as name:
        work = Path(name)
        pages, html = work / "source", work / "html"
        _gather(corpus, sources, notebooks, pages)
        command = [sys.executable, "-m", "sphinx", "-b", "html", "-W", "--keep-going", "-q"]
        command += ["-D", f"claimatlas_corpus={corpus.resolve()}", "-d", str(work / "doctrees")]
        environment = {**os.environ, "SOURCE_DATE_EPOCH": EPOCH}
        subprocess.run([*command, str(pages), str(html)], check=True, env=environment)
        (html / ".buildinfo").unlink(missing_ok=True)
        _swap(html, out)
    return out / "index.html"


def _gather(corpus: Path, sources: Path, notebooks: Path, pages: Path) -> None:
    """Put everything that Sphinx reads into one folder."""
    shutil.copytree(sources, pages, ignore=shutil.ignore_patterns("__pycache__"))
    for notebook in sorted(notebooks.glob("*.ipynb")):
        stage(notebook, pages / "notebooks" / notebook.name)
    data = corpus / "data"
    shutil.copyfile(data / "README.md", pages / "data_dictionary.md")
    (pages / "tables").mkdir()
    for path in sorted([*data.glob("*.csv"), *data.glob("*.json")]):
        shutil.copyfile(path, pages / "tables" / path.name)
    topic_pages(corpus, pages / "topics")


def _swap(new: Path, out: Path) -> None:
    """Put a finished folder in the place of the old one."""
    old = new.with_name("old")
    if out.exists():
        out.rename(old)
    new.rename(out)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives; Sphinx calls this.

    Parameters
    ----------
    app : sphinx.application.Sphinx
        The application; its configuration gains ``claimatlas_corpus``, the corpus folder.

    Returns
    -------
    dict
        What Sphinx wants to know about parallel use.
    """
    app.add_config_value("claimatlas_corpus", "", "env", str)
    app.add_directive("topic-page", TopicPage)
    app.add_directive("tables", Tables)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


class _FromTables(SphinxDirective):
    """A directive that reads the corpus once a build."""

    @property
    def atlas(self) -> Atlas:
        return _atlas(self.config.claimatlas_corpus)


@cache
def _atlas(root: str) -> Atlas:
    """Load a corpus once a build."""
    return load(root)


class TopicPage(_FromTables):
    """A page of all statements of one topic, each a box with an anchor of its own."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Build the page."""
        topic = self.arguments[0]
        row = self.atlas.code_list("topic").loc[topic]
        page = _section(f"topic-{topic}", row["label"])
        page += nodes.paragraph("", row["definition"])
        claims = claim_table(self.atlas)
        self.labels = {name: self.atlas.labels(name) for name in ("stance", "wording", "voice")}
        self.grades = _grades(self.config.claimatlas_corpus)
        for item in self.atlas.propositions.query("topic == @topic").itertuples():
            page += self._box(item, claims[claims["proposition_id"] == item.proposition_id])
        return [page]

    def _box(self, item: Any, claims: pd.DataFrame) -> nodes.section:
        box = _section(item.proposition_id, f"{item.proposition_id}. {item.statement}")
        box["classes"].append("statement")
        for article, label in article_labels(self.atlas).items():
            made = claims[claims["article_id"] == article]
            if made.empty:
                continue
            box += nodes.paragraph("", "", nodes.strong("", label))
            box += _bullets([self._quote(claim) for claim in made.itertuples()])
        box += self._graded(item.proposition_id)
        if item.does_not_follow:
            line = nodes.paragraph("", "", nodes.strong("", "Does not follow: "))
            line += nodes.Text(item.does_not_follow)
            box += line
        return box

    def _graded(self, proposition: str) -> list[nodes.Node]:
        """Say what the evidence permits, and show the arithmetic."""
        lines = []
        for row in self.grades[self.grades["proposition_id"] == proposition].itertuples():
            line = nodes.paragraph("", "", nodes.strong("", f"{row.words}: "), classes=["grade"])
            line += nodes.Text(row.verdict)
            lines.append(line)
            if row.steps:
                lines.append(nodes.paragraph("", row.steps, classes=["steps"]))
        return lines

    def _quote(self, claim: Any) -> nodes.paragraph:
        words = [self.labels["stance"][claim.stance], self.labels["wording"][claim.wording]]
        if claim.voice != "own":
            words.append(self.labels["voice"][claim.voice])
        if claim.attributed_to:
            words.append(f"source given: {claim.attributed_to}")
        line = nodes.paragraph(ids=[claim.claim_id], classes=["claim", f"wording-{claim.wording}"])
        line += nodes.Text(f"{claim.claim_id} “")
        line += nodes.emphasis("", claim.quote)
        line += nodes.Text(f"” ({', '.join(words)})")
        return line


@cache
def _grades(root: str) -> pd.DataFrame:
    """Grade a corpus once a build, in the words of its codebook; empty without evidence."""
    atlas = _atlas(root)
    if "evidence" not in atlas.tables:
        return pd.DataFrame(columns=["proposition_id", "words", "verdict", "steps"])
    grades = grade(atlas)
    grades["words"] = grades["scope"].map(atlas.labels("scope")).str.capitalize()
    parts = {"direction": "{}", "certainty": "certainty {}", "rung": "best evidence: {}"}
    verdicts = []
    for row in grades.itertuples():
        found = row.direction not in ("none_found", "not_looked_for")
        said = [
            form.format(atlas.labels(name)[getattr(row, name)])
            for name, form in parts.items()
            if getattr(row, name) and (found or name == "direction")
        ]
        said += [row.dated] if row.dated else []
        verdicts.append(", ".join(said))
    return grades.assign(verdict=verdicts)


class Tables(_FromTables):
    """A list of the tables with what each holds and a link to the file."""

    def run(self) -> list[nodes.Node]:
        """Build the list."""
        items = []
        for table in self.atlas.schema.tables.values():
            line = nodes.paragraph()
            line += nodes.reference("", table.path, refuri=table.path)
            rows = len(self.atlas.tables[table.name])
            line += nodes.Text(f" ({rows} rows). {table.description}")
            items.append(line)
        line = nodes.paragraph()
        line += nodes.reference("", "datapackage.json", refuri="datapackage.json")
        line += nodes.Text(": the schema of the tables.")
        return [_bullets([*items, line])]


def topic_pages(root: Path, folder: Path) -> list[Path]:
    """Write one stub a topic: a file with the directive alone, which makes title and boxes.

    Parameters
    ----------
    root : pathlib.Path
        The corpus folder.
    folder : pathlib.Path
        Where the stubs go.

    Returns
    -------
    list of pathlib.Path
        The files, in the order of the code list; topics without a statement get none.
    """
    atlas = _atlas(str(root))
    used = set(atlas.propositions["topic"])
    paths = []
    folder.mkdir(parents=True, exist_ok=True)
    for number, topic in enumerate(t for t in atlas.labels("topic") if t in used):
        path = folder / f"{number:02d}_{topic}.md"
        path.write_text(f"```{{topic-page}} {topic}\n```\n", encoding="utf-8")
        paths.append(path)
    return paths


def _section(name: str, title: str) -> nodes.section:
    section = nodes.section(ids=[name], names=[nodes.fully_normalize_name(name)])
    section += nodes.title("", title)
    return section


def _bullets(lines: list[nodes.Node]) -> nodes.bullet_list:
    return nodes.bullet_list("", *[nodes.list_item("", line) for line in lines])


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
    asked = parser.parse_args(arguments)
    try:
        if asked.command == "execute":
            execute(asked.source, asked.target)
        else:
            page = build(asked.corpus, asked.sources, asked.notebooks, asked.out)
            print(f"Open {page} in a browser.")
    except (NotebookError, subprocess.CalledProcessError) as error:
        print(f"claimatlas: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
