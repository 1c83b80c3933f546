"""Building the site: executed and staged notebooks, and a site that is swapped in whole."""

import html
import re
import shutil
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from claimatlas import site

from .conftest import ROOT, Corpus, snapshot

SVG = "image/svg+xml"
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h9"/></svg>'
HOSTILE = '<script>alert("x")</script> & *no* `markup` {tables} [link](https://example.org)'
ALT = 'Bars of claims by subject, one panel an article; "moss" leads.'


def write(path: Path, *cells: nbformat.NotebookNode) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    metadata = {"kernelspec": site.KERNEL, "language_info": {"name": "python"}}
    nbformat.write(new_notebook(cells=list(cells), metadata=metadata), path)
    return path


def code(path: Path, *sources: str) -> Path:
    return write(path, *[new_code_cell(source) for source in sources])


def figure(path: Path, alt: str | None) -> Path:
    """Write an executed notebook with one figure, with this alternative text or none."""
    metadata = {} if alt is None else {SVG: {"alt": alt}}
    output = new_output("display_data", {SVG: PICTURE, "text/plain": "figure"}, metadata=metadata)
    drawn = new_code_cell("show(figure)", execution_count=1, outputs=[output])
    return write(path, new_markdown_cell("# A figure"), drawn)


# --- execute -----------------------------------------------------------------------------------


@pytest.mark.slow
def test_execute_stores_a_neutral_copy_that_is_the_same_each_time(tmp_path):
    source = code(
        tmp_path / "a" / "n.ipynb", "from pathlib import Path", "Path('here').read_text()"
    )
    (source.parent / "here").write_text("it runs in its own folder", encoding="utf-8")
    before = snapshot(source.parent)
    first = site.execute(source, tmp_path / "out" / "first.ipynb")
    second = site.execute(first.rename(source.parent / "n2.ipynb"), tmp_path / "out" / "n.ipynb")
    assert second.read_bytes() == (source.parent / "n2.ipynb").read_bytes()
    stored = nbformat.read(second, as_version=4)
    assert [cell.execution_count for cell in stored.cells] == [1, 2]
    assert "it runs in its own folder" in stored.cells[1].outputs[0].data["text/plain"]
    assert stored.metadata == {"kernelspec": site.KERNEL, "language_info": {"name": "python"}}
    (source.parent / "n2.ipynb").unlink()
    assert snapshot(source.parent) == before
    assert [path.name for path in second.parent.iterdir()] == ["n.ipynb"]


FAILURES = {
    "an error": ("1 / 0", "code cell 2: ZeroDivisionError: division by zero"),
    "many lines": (r"raise ValueError('one\ntwo\nthree')", "code cell 2: ValueError: one"),
    "a dead kernel": ("import os\nos._exit(1)", ""),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", FAILURES)
def test_a_failing_notebook_gives_one_line_and_leaves_no_target(tmp_path, capsys, name):
    cell, error = FAILURES[name]
    source = code(tmp_path / "bad.ipynb", "x = 1", cell, "x = 2")
    target = tmp_path / "out" / "bad.ipynb"
    target.parent.mkdir()
    before = snapshot(tmp_path)
    assert site.main(["execute", str(source), str(target)]) == 1
    out, err = capsys.readouterr()
    # The bar that shows progress writes to the same stream.
    said = [line for line in err.splitlines() if line.strip() and not re.search(r"\d/3 \[", line)]
    assert out == ""
    assert len(said) == 1, err
    assert said[0].startswith(f"claimatlas: bad.ipynb: {error}")
    assert snapshot(tmp_path) == before


# --- stage -------------------------------------------------------------------------------------


def test_stage_copies_the_alternative_text_to_where_it_is_read(tmp_path):
    source = figure(tmp_path / "n.ipynb", ALT)
    before = source.read_bytes()
    staged = nbformat.read(site.stage(source, tmp_path / "pages" / "n.ipynb"), as_version=4)
    assert staged.cells[1].metadata["mystnb"]["image"]["alt"] == ALT
    assert staged.cells[1].outputs[0].data[SVG].strip() == PICTURE
    assert source.read_bytes() == before


def test_stage_changes_no_source_and_no_output(tmp_path):
    source = nbformat.read(figure(tmp_path / "n.ipynb", ALT), as_version=4)
    staged = nbformat.read(site.stage(tmp_path / "n.ipynb", tmp_path / "m.ipynb"), as_version=4)
    assert [cell.source for cell in staged.cells] == [cell.source for cell in source.cells]
    assert staged.cells[1].outputs == source.cells[1].outputs


@pytest.mark.parametrize("alt", [None, "", "  "])
def test_stage_refuses_a_figure_without_alternative_text(tmp_path, alt):
    source = figure(tmp_path / "n.ipynb", alt)
    with pytest.raises(site.NotebookError, match=r"n\.ipynb: .* no alternative text"):
        site.stage(source, tmp_path / "pages" / "n.ipynb")
    assert not (tmp_path / "pages").exists()


# --- build -------------------------------------------------------------------------------------


class Site:
    """What a build needs: the moss corpus, our configuration, two pages and one notebook."""

    def __init__(self, corpus: Corpus, folder: Path) -> None:
        self.corpus = corpus.root
        self.sources = folder / "site"
        self.notebooks = folder / "executed"
        self.out = folder / "built" / "html"
        self.sources.mkdir(parents=True)
        shutil.copyfile(ROOT / "site" / "conf.py", self.sources / "conf.py")
        shutil.copytree(ROOT / "site" / "_static", self.sources / "_static")
        self.index = self.sources / "index.md"
        toctree = "```{toctree}\n:glob:\n\nnotebooks/*\ntopics/*\ndata_dictionary\n```\n"
        self.index.write_text(f"# Moss\n\n{toctree}", encoding="utf-8")
        (self.corpus / "data" / "README.md").write_text("# Data dictionary\n", encoding="utf-8")
        corpus.set("propositions", "P001", statement=HOSTILE)
        figure(self.notebooks / "n.ipynb", ALT)

    def build(self, out: Path | None = None) -> Path:
        return site.build(self.corpus, self.sources, self.notebooks, out or self.out)


@pytest.fixture
def tiny(moss: Corpus, tmp_path: Path) -> Site:
    return Site(moss, tmp_path / "work")


@pytest.mark.slow
def test_a_build_that_fails_leaves_the_old_site_as_it_was(tiny, capfd):
    old = {"index.html": b"of the last build"}
    tiny.out.mkdir(parents=True)
    (tiny.out / "index.html").write_bytes(old["index.html"])
    arguments = [str(p) for p in (tiny.corpus, tiny.sources, tiny.notebooks, tiny.out)]

    with tiny.index.open("a", encoding="utf-8") as index:
        index.write("\n[a dangling link](nowhere.md)\n")
    assert site.main(["build", *arguments]) == 1
    assert "nowhere.md" in capfd.readouterr().err
    assert snapshot(tiny.out) == old

    figure(tiny.notebooks / "n.ipynb", None)
    assert site.main(["build", *arguments]) == 1
    assert capfd.readouterr().err == "claimatlas: n.ipynb: a figure has no alternative text\n"
    assert snapshot(tiny.out) == old
    assert list(tiny.out.parent.iterdir()) == [tiny.out]


@pytest.mark.slow
def test_clean_builds_are_byte_identical_and_replace_the_old_site(tiny, tmp_path, monkeypatch):
    tiny.out.mkdir(parents=True)
    (tiny.out / "stale.html").write_text("of the last build", encoding="utf-8")
    monkeypatch.setenv("PYTHONHASHSEED", "1")
    assert tiny.build() == tiny.out / "index.html"
    first = snapshot(tiny.out)
    assert b"Moss" in first["index.html"]
    assert "stale.html" not in first
    assert list(tiny.out.parent.iterdir()) == [tiny.out]

    page = first["notebooks/n.html"].decode("utf-8")
    assert 'alt="Bars of claims by subject, one panel an article; &quot;moss&quot; leads."' in page
    # The text of a table stands on its page as text, never as markup.
    shown = {name: raw.decode("utf-8") for name, raw in first.items() if name.endswith(".html")}
    [topic] = [name for name in shown if name.startswith("topics/") and 'id="P001"' in shown[name]]
    assert html.escape(HOSTILE, quote=False) in shown[topic]
    assert [name for name in shown if "<script>alert" in shown[name]] == []
    for table in sorted((tiny.corpus / "data").glob("*.csv")):
        assert first[table.name] == table.read_bytes()

    elsewhere = tmp_path / "elsewhere" / "deeper" / "html"
    monkeypatch.setenv("PYTHONHASHSEED", "2")
    tiny.build(elsewhere)
    second = snapshot(elsewhere)
    assert second.keys() == first.keys()
    assert [name for name in first if first[name] != second[name]] == []
    assert [name for name in first if str(tmp_path).encode() in first[name]] == []
