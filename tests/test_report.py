"""The site of any corpus: thin, odd and full ones, rendered from the package's own pages."""

import ast
import contextlib
import csv
import dataclasses
import hashlib
import io
import re
import shutil
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

import claimatlas
from claimatlas import cli, site

from .conftest import MOSS, ROOT, Corpus, snapshot
from .test_browser import broken_links, pages
from .test_notebooks import RULES

OPEN = '<b>&amp; "x" $y$ **z** `c` {{ j }} \u202egnorw'
"""Marks of many languages, and a letter that turns words around."""


def write_table(corpus: Corpus, table: str, rows: list[dict[str, object]]) -> None:
    """Write a table of the schema, cells that are not given empty."""
    described = corpus.resource(corpus.schema(), table)
    path = corpus.root / "data" / described["path"]
    path.parent.mkdir(parents=True, exist_ok=True)
    out = io.StringIO(newline="")
    names = [f["name"] for f in described["schema"]["fields"]]
    writer = csv.DictWriter(out, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(out.getvalue().encode("utf-8"))


def invent(root: Path, articles: list[dict], statements: list[str], claims: list[tuple]) -> Corpus:
    """Write a corpus with the schema and codes of the moss corpus, and all other tables empty.

    An article has ``text`` beside its cells; a claim is an article, a quote and the number of its
    statement from 1, or ends in the cells that differ from a plain one.
    """
    corpus = Corpus(root)
    (root / "data").mkdir(parents=True)
    (root / "seeds").mkdir()
    schema = Corpus(MOSS).schema()
    fields = corpus.resource(schema, "articles")["schema"]["fields"]
    if "language" not in [f["name"] for f in fields]:
        fields.append({"name": "language", "type": "string", "description": "Language."})
    schema["title"] = f"Invented corpus {OPEN}"
    corpus.write_schema(schema)
    for resource in schema["resources"]:
        write_table(corpus, resource["name"], [])
    shutil.copyfile(MOSS / "data" / "codes.csv", root / "data" / "codes.csv")
    rows = []
    for number, article in enumerate(articles, 1):
        cells = {"article_id": "ABCDEFGHIJKL"[number - 1], "kind": "web page"} | article
        raw = cells.pop("text").encode("utf-8")
        cells |= {"file": f"seeds/{number}.txt", "sha256": hashlib.sha256(raw).hexdigest()}
        (root / cells["file"]).write_bytes(raw)
        rows.append({"label": f"Article {number}"} | cells)
    write_table(corpus, "articles", rows)
    plain = {"topic": "effects", "kind": "harm", "route": "graded", "does_not_follow": "More."}
    made = [
        {"proposition_id": f"P{i:03d}", "statement": words} | plain
        for i, words in enumerate(statements, 1)
    ]
    write_table(corpus, "propositions", made)
    looked = {"looked_for": "studies", "where": "an invented index", "when": "2026-01-01"}
    write_table(
        corpus,
        "searches",
        [
            {"search_id": f"S{i:03d}", "proposition_id": row["proposition_id"]} | looked
            for i, row in enumerate(made, 1)
        ],
    )
    texts = {
        row["article_id"]: article["text"] for row, article in zip(rows, articles, strict=True)
    }
    plain = {"about": "world", "voice": "own", "stance": "affirms", "wording": "bare"}
    plain |= {"attribution": "none", "species_worded": "unmarked"}
    made = []
    for article, quote, number, *other in claims:
        start = texts[article].index(quote)
        place = {"article_id": article, "quote": quote, "start": start, "end": start + len(quote)}
        made.append(plain | place | {"proposition_id": f"P{number:03d}"} | dict(*other))
    made.sort(key=lambda c: (c["article_id"], c["start"], -c["end"]))
    for i, claim in enumerate(made, 1):
        claim["claim_id"] = f"{claim['article_id']}{i:03d}"
    write_table(corpus, "claims", sorted(made, key=lambda c: c["claim_id"]))
    return corpus


ARABIC = (
    "شاي الطحالب يهدئ العقل خلال 20 دقيقة. وقد يحسن النوم عند بعض الناس.\n\nلا يوجد دليل على ضرره."
)
HEBREW = "תה טחב מרגיע את הנפש.\n\nאין הוכחה לכך."
CHINESE = "苔藓茶能让人平静。\n\n没有证据表明它改善睡眠。"
EMOJI = "Moss tea 🍵 is cafe\u0301-style calm 👩‍🔬.\n\nNobody tested it."

SETS = {
    "new": lambda root: invent(
        root, [{"text": "Moss tea calms the mind.\n\nIt is green.\n"}], [], []
    ),
    "claims only": lambda root: invent(
        root,
        [{"text": "Moss tea calms the mind. It may help sleep.\n", "label": "One paragraph"}],
        ["Moss tea calms the mind", "Moss tea improves sleep"],
        [("A", "Moss tea calms the mind", 1), ("A", "It may help sleep", 2, {"wording": "hedged"})],
    ),
    "same text": lambda root: invent(
        root,
        [{"text": text, "label": "Twin"} for text in ("Moss tea calms.",) * 2 + ("",)],
        ["Moss tea calms"],
        [("A", "Moss tea calms", 1), ("B", "Moss tea calms", 1, {"stance": "denies"})],
    ),
    "scripts": lambda root: invent(
        root,
        [
            {"text": ARABIC, "label": "شاي الطحالب", "title": f"عنوان {OPEN}", "language": "ar"},
            {"text": HEBREW, "label": "תה טחב", "language": "he"},
            {"text": CHINESE, "label": "苔藓茶有什么作用", "title": "苔藓茶 🍵", "language": "zh"},
            {"text": EMOJI, "label": "Tea 🍵 $x$ \\frac$", "language": "en"},
            {"text": HEBREW, "label": "Nobody marked it", "language": "he"},
        ],
        [
            "شاي الطحالب يهدئ العقل",
            "苔藓茶改善睡眠",
            f"Tea 🍵 is cafe\u0301-calm {OPEN}",
        ],
        [
            ("A", "شاي الطحالب يهدئ العقل", 1),
            ("A", "وقد يحسن النوم عند بعض الناس", 2, {"wording": "hedged"}),
            ("A", "خلال 20 دقيقة", 1),
            ("B", "תה טחב מרגיע את הנפש", 1),
            ("B", "אין הוכחה לכך", 1, {"stance": "denies", "about": "evidence"}),
            ("C", "苔藓茶能让人平静", 1),
            ("C", "没有证据表明它改善睡眠", 2, {"stance": "denies", "about": "evidence"}),
            ("D", "Moss tea 🍵 is cafe\u0301-style calm 👩‍🔬", 3),
        ],
    ),
    "moss": lambda root: Corpus(Path(shutil.copytree(MOSS, root))),
}
REPORT = site.PAGES / "report.ipynb"


def whole() -> nbformat.NotebookNode:
    return nbformat.read(REPORT, as_version=4)


# --- what is lacking ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("needs", "note"),
    [
        ({}, ""),
        ({"claims": 1, "articles": 1, "nodes.layer": 1}, ""),
        ({"doses": 1}, "Nothing here yet: this part needs rows in data/doses.csv."),
        ({"hedges": 1}, "Nothing here yet: this part needs rows in data/lexicons/hedges.csv."),
        ({"elsewhere": 1}, "Nothing here yet: this part needs rows in data/elsewhere.csv."),
        (
            {"doses": 1, "articles": 2, "claims": 1, "nodes.note": 1},
            "Nothing here yet: this part needs rows in data/doses.csv and data/articles.csv "
            "(more than one) and data/nodes.csv (column note).",
        ),
    ],
)
def test_a_note_names_the_files_that_lack_rows(atlas, needs, note):
    tables = {k: v for k, v in atlas.tables.items() if k not in ("doses", "hedges")}
    tables["articles"] = tables["articles"].head(2 - needs.get("articles", 0) // 2)
    assert site.lacking(dataclasses.replace(atlas, tables=tables), needs) == note


def test_a_section_without_its_tables_is_a_note_up_to_the_next_heading_of_its_level(atlas):
    source = [
        ("# Title", {}), ("x = 1", None),
        ("## Gone\n\nWords about it.", {"elsewhere": 1}), ("1 / 0", None),
        ("### Deeper", {}), ("2 / 0", None),
        ("## Kept\n\nWords.", {"claims": 1}), ("y = 2", None),
        ("### Gone too", {"elsewhere": 1}), ("3 / 0", None), ("No heading.", {}),
        ("# a comment", None),
        ("### Kept too", {}), ("z = 3", None),
    ]  # fmt: skip
    cells = [
        new_code_cell(text) if needs is None else new_markdown_cell(text, metadata={"needs": needs})
        for text, needs in source
    ]
    note = "Nothing here yet: this part needs rows in data/elsewhere.csv."
    cut = site.pruned(new_notebook(cells=cells), atlas)
    assert [cell.source for cell in cut.cells] == [
        "# Title", "x = 1", f"## Gone\n\n{note}", "## Kept\n\nWords.", "y = 2",
        f"### Gone too\n\n{note}", "### Kept too", "z = 3",
    ]  # fmt: skip
    assert not any(cell.metadata for cell in cut.cells)


# --- the report notebook -----------------------------------------------------------------------


def test_the_report_is_kept_as_it_is_written_not_as_it_ran():
    cells = [cell for cell in whole().cells if cell.cell_type == "code"]
    assert [cell.outputs for cell in cells] == [[]] * len(cells)
    assert [cell.execution_count for cell in cells] == [None] * len(cells)
    assert cells[0].source == 'corpus = "."\nmost = 30'
    assert [n for n, c in enumerate(cells) if "parameters" in c.metadata.tags] == [0]
    assert all("remove-input" in c.metadata.tags for c in cells)


def test_no_word_of_a_table_is_read_as_markup_by_the_report():
    """What the report words in Markdown are numbers; words of others stand in tables alone."""
    numbers = r"(int|len|min|max)\(|.*\.(min|max|sum|number_of_nodes)\(\)$"
    code = [cell.source for cell in whole().cells if cell.cell_type == "code"]
    calls = [n for n in ast.walk(ast.parse("\n".join(code))) if isinstance(n, ast.Call)]
    worded = [n for n in calls if ast.unparse(n.func) == "Markdown"]
    values = [n.value for w in worded for n in ast.walk(w) if isinstance(n, ast.FormattedValue)]
    assert len(worded) > 20 and len(values) > 40
    assert [v for v in map(ast.unparse, values) if not re.match(numbers, v)] == []


@pytest.mark.parametrize("name", SETS)
def test_every_cell_runs_without_a_complaint(name, tmp_path, monkeypatch, capsys):
    corpus = SETS[name](tmp_path / name)
    assert corpus.faults() == []
    monkeypatch.chdir(corpus.root)
    cut = site.pruned(whole(), claimatlas.load("."))
    names: dict[str, object] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for cell in cut.cells:
            if cell.cell_type == "code":
                exec(compile(cell.source, cell.source, "exec"), names)
    kept = [cell.source.splitlines()[0] for cell in cut.cells if "Nothing here yet" in cell.source]
    assert ("## The claims" in kept) == (name == "new")
    assert ("## The framing" in kept) == (name in ("new", "claims only"))
    assert ("## The evidence" in kept) == (name != "moss") and bool(kept) == (name != "moss")


# --- the rendered sites ------------------------------------------------------------------------


class Rendered:
    """A corpus, its site, and what the command said."""

    def __init__(self, folder: Path, corpus: Corpus) -> None:
        self.folder, self.corpus = folder, corpus

    def page(self, name: str) -> BeautifulSoup:
        return BeautifulSoup((self.folder / f"{name}.html").read_text("utf-8"), "html.parser")


@pytest.fixture(scope="module")
def rendered(tmp_path_factory) -> dict[str, Rendered]:
    """The sites of three corpora, each rendered once, by the command and from elsewhere."""
    top = tmp_path_factory.mktemp("reports")
    found = {}
    with contextlib.chdir(top):
        for name in ("new", "scripts", "moss"):
            corpus = SETS[name](top / f"{name} of 苔藓 & co")
            assert corpus.faults() == []
            out = ["--out", str(top / "out" / name)] * (name == "new")
            assert cli.main(["report", corpus.root.name, *out]) == 0
            folder = Path(out[1]) if out else corpus.root / "_build" / "report"
            found[name] = Rendered(folder, corpus)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", ["new", "scripts", "moss"])
def test_every_link_of_a_report_resolves_and_no_title_makes_markup(rendered, name):
    one = rendered[name]
    assert broken_links(one.folder) == []
    title = " ".join(one.corpus.schema()["title"].split())
    assert one.page("index").h1.get_text().strip() == title
    for path in pages(one.folder):
        page = one.page(path.relative_to(one.folder).with_suffix("").as_posix())
        assert title in page.title.get_text()
        assert not page.select("b, .math"), path


@pytest.mark.slow
def test_nothing_is_written_but_the_folder_that_was_asked_for(rendered):
    new = rendered["new"]
    assert not (new.corpus.root / "_build").exists()
    assert [p.name for p in new.folder.parent.iterdir()] == ["new"]
    moss = rendered["moss"].corpus.root
    build = {str(p.relative_to(moss)): b"" for p in (moss / "_build").rglob("*")}
    kept = {k: v for k, v in snapshot(moss).items() if k not in build and k != "_build"}
    assert kept == snapshot(MOSS)
    assert sorted(p.name for p in (moss / "_build").iterdir()) == ["report", "work"]


@pytest.mark.slow
def test_pages_without_rows_say_what_is_missing(rendered):
    new = rendered["new"]
    for name, table in {
        "index": "claims", "statements": "propositions", "studies": "studies", "graph": "nodes",
        "topics/none": "propositions", "notebooks/report": "evidence",
    }.items():  # fmt: skip
        assert re.search(rf"Nothing here yet: .*data/{table}\.csv", new.page(name).get_text()), name
    full = rendered["moss"]
    for path in pages(full.folder):
        assert "Nothing here yet" not in path.read_text("utf-8"), path


@pytest.mark.slow
def test_an_article_runs_the_way_of_its_own_language(rendered):
    for article, language in {"A": "ar", "C": "zh"}.items():
        page = rendered["scripts"].page(f"articles/{article}")
        lines = page.select("p.words")
        assert lines and all(p["dir"] == "auto" and p["lang"] == language for p in lines)
        claims = claimatlas.load(rendered["scripts"].corpus.root).claims
        marked = [a.get_text() for a in page.select("p.words a.claim")]
        assert marked == list(claims.query("article_id == @article")["quote"])
    quotes = rendered["scripts"].page("topics/00_effects").select("li em")
    assert {"ar", "he", "zh", "en"} <= {q.get("lang") for q in quotes}


@pytest.mark.slow
def test_figures_write_what_their_font_lacks_as_text(rendered):
    one = rendered["scripts"]
    drawn = [p.read_text("utf-8") for p in (one.folder / "_images").glob("*.svg")]
    assert sum("苔藓茶有什么作用" in text for text in drawn) >= 4
    plain = [p.read_text("utf-8") for p in (rendered["moss"].folder / "_images").glob("*.svg")]
    assert plain and not any("<text" in text for text in plain)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["new", "scripts", "moss"])
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_executed_report_keeps_the_rules_of_notebooks(rendered, name, rule):
    path = rendered[name].folder / "downloads" / "notebooks" / "report.ipynb"
    assert rule(nbformat.read(path, as_version=4)) == []


# --- the command -------------------------------------------------------------------------------


def test_faults_are_printed_as_check_prints_them(moss, capsys):
    moss.set("claims", "A001", wording="loud")
    before = moss.snapshot()
    assert cli.main(["check", str(moss.root)]) == 1
    checked = capsys.readouterr()
    assert cli.main(["report", str(moss.root)]) == 1
    assert capsys.readouterr() == checked and "'loud'" in checked.out
    assert moss.snapshot() == before


@pytest.mark.parametrize("out", ["corpus", "filled", "file"])
def test_a_folder_with_other_files_is_left_alone(moss, tmp_path, capsys, out):
    (tmp_path / "filled").mkdir()
    (tmp_path / "filled" / "thesis.txt").write_text("years of work")
    (tmp_path / "file").write_text("a file")
    target = {"corpus": moss.root}.get(out, tmp_path / out)
    before = snapshot(tmp_path)
    assert cli.main(["report", str(moss.root), "--out", str(target)]) == 1
    said = capsys.readouterr()
    assert said.out == "" and said.err.endswith(
        "holds other files; name an empty or a new folder\n"
    )
    assert snapshot(tmp_path) == before


def test_without_the_extras_one_line_says_what_to_install(moss, monkeypatch, capsys):
    monkeypatch.setattr(cli, "find_spec", lambda name: None if name in ("nbclient", "tqdm") else 1)
    assert cli.main(["report", str(moss.root)]) == 1
    words = "claimatlas: a report needs nbclient, tqdm: pip install 'claimatlas[notebooks,site]'\n"
    assert capsys.readouterr().err == words


def test_what_goes_wrong_in_a_build_is_one_line(moss, monkeypatch, capsys):
    def fail(*_):
        raise site.NotebookError("report.ipynb: code cell 3: KeyError: 'A'")

    monkeypatch.setattr(site, "execute", fail)
    assert cli.main(["report", str(moss.root), "--quotes-only"]) == 1
    assert capsys.readouterr().err == "claimatlas: report.ipynb: code cell 3: KeyError: 'A'\n"
    assert not any((moss.root / "_build").iterdir())


def test_quotes_only_is_handed_on(moss, monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(site, "execute", lambda *_: None)
    monkeypatch.setattr(site, "build", lambda *given: asked.append(given[4]) or Path("x"))
    for words in ([], ["--quotes-only"]):
        assert cli.main(["report", str(moss.root), *words]) == 0
    assert asked == [False, True]
    assert capsys.readouterr().out == "Open x in a browser.\n" * 2


@pytest.mark.slow
def test_no_python_file_of_a_corpus_is_imported(tmp_path):
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "pandas.py").write_text("raise SystemExit('run')")
    source = new_notebook(cells=[new_code_cell("import os, pandas\nos.listdir()")])
    nbformat.write(source, tmp_path / "n.ipynb")
    done = site.execute(tmp_path / "n.ipynb", tmp_path / "o.ipynb", tmp_path / "corpus")
    assert "['pandas.py']" in str(nbformat.read(done, as_version=4).cells[0].outputs)


# --- what is packed ----------------------------------------------------------------------------


def test_make_hands_the_corpus_on():
    command = ["make", "--dry-run", "--silent", "site", "CORPUS=a b"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == '.venv/bin/claimatlas report "$CORPUS"'


@pytest.mark.slow
def test_the_wheel_holds_the_pages_of_a_site(tmp_path):
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    no = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=no)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", "out"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    [wheel] = (tmp_path / "out").iterdir()
    held = {n for n in zipfile.ZipFile(wheel).namelist() if n.startswith("claimatlas/")}
    package = tmp_path / "src" / "claimatlas"
    files = {p.relative_to(package.parent).as_posix() for p in package.rglob("*") if p.is_file()}
    assert held == files and "claimatlas/report/_static/atlas.css" in held
