"""Building the site: executed and staged notebooks, and a site that is swapped in whole."""

import contextlib
import dataclasses
import functools
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from jinja2 import UndefinedError
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from claimatlas import site
from claimatlas.framing import contradictions
from claimatlas.grading import claims_graded, grade

from .conftest import MOSS, Corpus, snapshot

SVG = "image/svg+xml"
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h9"/></svg>'
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


INDEX = """# Moss

```{overview}
```

```{toctree}
:glob:

notebooks/*
articles/*
topics/*
statements
studies
graph
downloads
data_dictionary
methods
```
"""
GRAPH = """# Steps

## All

```{mechanism} all
:title: All steps
```

## Safety

```{mechanism} safety
:topics: safety
```

## Nothing

```{mechanism} none
:topics: identity
```
"""


class Site:
    """What a build needs: a corpus, pages to lay over the package's, and one notebook."""

    def __init__(self, corpus: Corpus, folder: Path) -> None:
        self.corpus = corpus.root
        self.sources = folder / "site"
        self.notebooks = folder / "executed"
        self.out = folder / "built" / "html"
        self.sources.mkdir(parents=True)
        self.index = self.sources / "index.md"
        self.index.write_text(INDEX, encoding="utf-8")
        (self.sources / "graph.md").write_text(GRAPH, encoding="utf-8")
        figure(self.notebooks / "n.ipynb", ALT)

    def build(self, out: Path | None = None, **options: object) -> Path:
        return site.build(self.corpus, self.sources, self.notebooks, out or self.out, **options)


def copied(folder: Path) -> Corpus:
    shutil.copytree(MOSS, folder)
    return Corpus(folder)


@pytest.fixture
def tiny(moss: Corpus, tmp_path: Path) -> Site:
    return Site(moss, tmp_path / "work")


class Built:
    """A built site, its pages parsed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @functools.cache  # noqa: B019 (as long as the tests run)
    def page(self, name: str) -> BeautifulSoup:
        return BeautifulSoup((self.folder / f"{name}.html").read_text("utf-8"), "html.parser")

    def box(self, proposition: str) -> BeautifulSoup:
        for path in sorted(self.folder.glob("topics/*.html")):
            if found := self.page(f"topics/{path.stem}").find(id=proposition):
                return found
        raise AssertionError(f"no box {proposition}")


def text(node) -> str:
    return " ".join(node.get_text(" ").split())


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Built:
    """The site of the moss corpus, built once."""
    folder = tmp_path_factory.mktemp("moss")
    tiny = Site(copied(folder / "corpus"), folder / "work")
    tiny.build()
    return Built(tiny.out)


# --- layouts -----------------------------------------------------------------------------------


def laid_out(content: site._Content, name: str, values: dict[str, object]) -> list:
    """Fill a layout of the package as a page at the top of the site does."""
    values |= {"content": content, "labels": content.labels, "split": site._split}
    values |= {"known": pd.notna, "to": lambda page, anchor="": f"{page}.html#{anchor}"}
    values |= {"lacking": functools.partial(site.lacking, content.atlas)}
    return site.laid_out(site.PAGES / "layouts", name, values)


def test_a_layout_is_nodes_and_its_values_are_text_whatever_they_hold(tmp_path):
    (tmp_path / "part.xml").write_text(
        '{% macro em(words) %}\n  <emphasis classes="a b">{{ words }}</emphasis>\n{% endmacro %}'
    )
    (tmp_path / "page.xml").write_text("""\
{% from "part.xml" import em %}
<paragraph ids="one two">
  Said:
  {% if yes %} {% endif %}{{ em(words) }} {{ number }}.
</paragraph>
<details title="{{ words }}">
  <summary>x &amp; {{ words }}</summary>
</details>
""")
    words = "{{ number }} <b>&amp;\n   \x0b\r\ue0000\ue000 ]]> \" '"
    values = {"words": words, "yes": True, "number": 7}
    paragraph, details = site.laid_out(tmp_path, "page", values)
    assert type(paragraph) is site.nodes.paragraph and paragraph["ids"] == ["one", "two"]
    said, emphasis, rest = paragraph
    assert (said, emphasis.astext(), rest) == ("Said: ", words, " 7.")
    assert type(emphasis) is site.nodes.emphasis and emphasis["classes"] == ["a", "b"]
    [summary] = details
    assert type(details) is type(summary) is site.tag
    assert (details["element"], details["title"]) == ("details", words)
    assert (summary["element"], summary.astext()) == ("summary", f"x & {words}")


def test_a_layout_that_names_what_is_not_there_fails(tmp_path):
    (tmp_path / "page.xml").write_text("<paragraph>{{ word }}</paragraph>")
    with pytest.raises(UndefinedError, match="'word' is undefined"):
        site.laid_out(tmp_path, "page", {"words": "x"})


def test_every_directive_has_a_layout_and_every_layout_a_use():
    layouts = {p.stem: p.read_text("utf-8") for p in (site.PAGES / "layouts").iterdir()}
    used = set(re.findall(r'(?:import|include|from) "([\w-]+)\.xml"', " ".join(layouts.values())))
    assert set(site.LAYOUTS) | used == set(layouts)
    assert all(re.match(r"\{# [A-Z].*\. #\}\n", text) for text in layouts.values())


# --- articles, marked in place -----------------------------------------------------------------


def read_article(page: BeautifulSoup) -> tuple[str, dict[str, str]]:
    """Return the words of an article page without its signs, and the words marked for each claim.

    A piece carries its claims in its title; the first piece of each carries its id.
    """
    main = page.find("article")
    for sign in main.select("sup"):
        sign.decompose()
    marked: dict[str, str] = {}
    for piece in main.select("a.claim"):
        for claim in piece["title"].split("; "):
            name = claim.split()[0]
            marked[name] = marked.get(name, "") + piece.get_text()
    words = [p.get_text() for p in main.select(".words, section > :is(h1, h2, h3)")]
    return "\n".join(words), marked


@pytest.mark.slow
def test_an_article_page_holds_the_text_as_received_with_every_claim_marked(built, atlas):
    for article, received in atlas.texts.items():
        page = BeautifulSoup(str(built.page(f"articles/{article}")), "html.parser")
        shown, marked = read_article(page)
        for line in filter(str.strip, received.split("\n")):
            assert line in shown
        claims = atlas.claims[atlas.claims["article_id"] == article]
        quotes = dict(zip(claims["claim_id"], claims["quote"], strict=True))
        assert marked == quotes


@pytest.mark.slow
def test_nested_claims_are_split_and_every_mark_leads_to_its_own_box(built):
    page = built.page("articles/A")
    outer, inner = page.find(id="A007"), page.find(id="A017")
    assert (outer.get_text(), inner.get_text()) == ("Moss tea raises the ", "dream hormone")
    assert "nested" in inner["class"] and "nested" not in outer["class"]
    assert inner["title"].split("; ")[0].startswith("A007 ")
    assert outer["href"].endswith("#P007") and inner["href"].endswith("#P022")


@pytest.mark.slow
def test_every_claim_has_a_sign_a_note_with_its_verdict_and_a_way_back(built, atlas):
    for claim in atlas.claims.itertuples():
        page = built.page(f"articles/{claim.article_id}")
        note = page.find(id=f"note-{claim.claim_id}")
        assert note.find("a", href=f"#{claim.claim_id}")
        assert note.select_one(".pill").get_text()
        assert page.select_one(f"sup a[href='#note-{claim.claim_id}'] .word").get_text().strip()
        quote = built.box(claim.proposition_id).find(id=claim.claim_id)
        assert claim.quote in quote.get_text()
        assert quote.find("a")["href"] == f"../articles/{claim.article_id}.html#{claim.claim_id}"


@pytest.mark.slow
def test_headings_of_the_text_are_headings(built, atlas):
    headings = [h.contents[0].get_text() for h in built.page("articles/A").select("article h2")]
    sections = atlas.claims.query("article_id == 'A'")["section"].unique()
    assert headings == [s for s in sections if s]


def test_a_heading_stands_without_the_mark_of_markdown(moss):
    words = moss.words("C") + "\n## Sleep\n\nTaste it."
    moss.write_article("C", words.encode())
    start = words.index("Taste it")
    moss.set("claims", "C002", start=start, end=start + 8, quote="Taste it", section="## Sleep")
    content = site._Content(str(moss.root))
    page = laid_out(content, "article", site._article(content, "C"))[0].astext()
    assert "\nSleep\n" in page and "#" not in page and "as it was received" in page


def test_a_text_taken_out_of_a_page_is_called_so(moss):
    file = moss.article("A")
    (file.parent / "originals").mkdir()
    (file.parent / "originals" / f"{file.stem}.html").write_bytes(b"<p>")
    content = site._Content(str(moss.root))
    page = laid_out(content, "article", site._article(content, "A"))[0].astext()
    assert f"taken out of the file “{file.stem}.html”, which is kept" in page


def test_verdicts_follow_the_wording_gap_the_documents_and_the_voice(moss):
    content = site._Content(str(moss.root))
    claims = {c.claim_id: c for c in content.claims}
    assert content.verdict(claims["A004"]) == ("quoted", "quoted")
    held = content.held["A002"]
    assert content.verdict(claims["A002"])[0] == (
        "against" if held.stands == "opposes" else held.gap
    )
    denied = claims["B011"]
    assert denied.route == "document" and denied.stance == "denies"
    found = content.held["B011"].direction
    turned = {"confirmed": "refuted", "refuted": "confirmed"}.get(found, found)
    assert content.verdict(denied) == (turned, content.labels["direction"][turned])


def test_a_corpus_without_evidence_is_shown_ungraded(atlas, monkeypatch):
    sides = ("evidence", "studies", "searches", "groups", "study_groups", "citations")
    tables = {name: rows for name, rows in atlas.tables.items() if name not in sides}
    bare = dataclasses.replace(atlas, tables=tables)
    monkeypatch.setattr(site, "load", lambda root: bare)
    content = site._Content("anywhere")
    own = [c for c in content.claims if c.voice == "own"]
    assert {content.verdict(c) for c in own} == {("not_graded", "not graded")}
    assert all(content.standing(p) == [("open", "affirms")] for p in content.propositions)
    assert content.words == {} and content.studies == {}


@pytest.mark.slow
def test_quotes_only_leaves_the_full_text_out(tiny, atlas):
    tiny.build(quotes_only=True)
    pages = Built(tiny.out)
    for article, received in atlas.texts.items():
        shown, marked = read_article(pages.page(f"articles/{article}"))
        claims = atlas.claims[atlas.claims["article_id"] == article].sort_values("start")
        assert marked == dict(zip(claims["claim_id"], claims["quote"], strict=True))
        places = [shown.index(quote) for quote in claims["quote"]]
        assert min(places) == places[0]
        covered = set().union(*(range(c.start, c.end) for c in claims.itertuples()))
        outside = "".join(x if at not in covered else "\n" for at, x in enumerate(received))
        for words in filter(lambda w: len(w.strip()) > 12, outside.split("\n")):
            assert words.strip() not in shown
    kept = [path.name for path in tiny.out.rglob("downloads/*")]
    assert "claims.csv" in kept and "annotations.jsonld" not in kept  # they hold words around


# --- fact boxes --------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_fact_box_says_what_the_evidence_permits_and_what_it_rests_on(built, atlas):
    grades = grade(atlas)
    labels = {name: atlas.labels(name) for name in ("direction", "certainty", "design")}
    for row in grades.itertuples():
        box = text(built.box(row.proposition_id))
        assert labels["direction"][row.direction] in box
        assert f"One may say: {row.permitted_wording}." in box
        for line in [*row.steps.split("; "), *row.changes.split("; ")]:
            assert " ".join(line.split()) in box
        if row.best_study_id:
            link = built.box(row.proposition_id).find(
                "a", href=f"../studies.html#{row.best_study_id}"
            )
            design = atlas.studies.set_index("study_id")["design"][row.best_study_id]
            assert link and f"({labels['design'][design]};" in box
    for item in atlas.propositions.itertuples():
        assert item.does_not_follow in text(built.box(item.proposition_id))


def test_a_statement_that_no_article_makes_says_so_and_who_measured_it(moss):
    content = site._Content(str(moss.root))
    bearing = content.evidence["P006"]
    del content.made["P006"]
    content.propositions["P006"] = content.propositions["P006"]._replace(omission="Cups cost.")
    study = {s.study_id: s.label for s in content.studies.values()}
    names = ", ".join(study[s] for s in sorted({e.study_id for e in bearing}))
    _, *said = laid_out(content, "fact-box", {"item": content.propositions["P006"]})[0]
    assert [node.astext() for node in said[:2]] == [
        f"No article says this; measured by {names}.",
        "Cups cost.",
    ]
    content.evidence = {}
    _, *said = laid_out(content, "fact-box", {"item": content.propositions["P006"]})[0]
    assert said[0].astext() == "No article says this."


def test_a_fact_box_says_how_its_statement_bears_on_others(moss):
    content = site._Content(str(moss.root))
    statements = {name: row.statement for name, row in content.propositions.items()}
    for name, words in {
        "P018": "this statement entails “{P005}”: A cure of insomnia improves sleep.",
        "P005": "“{P018}” entails this statement: A cure of insomnia improves sleep.",
    }.items():
        box = laid_out(content, "fact-box", {"item": content.propositions[name]})[0].astext()
        assert words.format_map(statements) in box
    box = laid_out(content, "fact-box", {"item": content.propositions["P003"]})[0].astext()
    assert "How it bears on other statements (3)" in box


def test_topics_of_many_statements_are_parted(moss, tmp_path, monkeypatch):
    monkeypatch.setattr(site, "BOXES", 4)
    content = site._Content(str(moss.root))
    monkeypatch.setattr(site, "_content", lambda root: content)
    paths = site.stubs(moss.root, tmp_path)
    topics = [p for p in paths if p.parent.name == "topics"]
    counts = Counter(content.places.values())
    assert max(counts.values()) == 4 and sum(counts.values()) == len(content.propositions)
    assert sorted(counts) == sorted(
        p.relative_to(tmp_path).with_suffix("").as_posix() for p in topics
    )
    for path in topics:
        later = path.stem.rsplit("_", 1)[-1].isdigit()
        assert ("orphan: true" in path.read_text()) == later


# --- lists, studies, graph, first page, downloads ----------------------------------------------


@pytest.mark.slow
def test_the_list_holds_every_statement_and_its_largest_gap_as_a_plain_table(built, atlas):
    rows = built.page("statements").select("table.searchable tbody tr")
    assert [r["id"] for r in rows] == [f"row-{p}" for p in atlas.propositions["proposition_id"]]
    held = claims_graded(atlas, grade(atlas))
    largest = held.groupby("proposition_id")["wording_gap"].max()
    for row, item in zip(rows, atlas.propositions.itertuples(), strict=True):
        cells = [text(cell) for cell in row.find_all("td")]
        assert cells[0] == " ".join(item.statement.split())
        assert row.a["href"].endswith(f"#{item.proposition_id}")
        assert cells[1:3] == [
            atlas.labels("topic")[item.topic],
            atlas.labels("proposition_kind")[item.kind],
        ]
        gap = largest.get(item.proposition_id)
        number = re.search(r"\d+", cells[6])
        assert (cells[6] == "not graded") == (gap is None or gap is pd.NA or pd.isna(gap))
        if number:
            assert int(number[0]) == abs(gap)


@pytest.mark.slow
def test_the_studies_name_who_made_them_and_what_leans_on_them(built, atlas):
    page = built.page("studies")
    for study in atlas.studies.itertuples():
        row = page.find("tr", id=study.study_id)
        assert study.label in text(row) and atlas.labels("access")[study.access] in text(row)
        assert study.source_url in text(row)
        assert not row.find("a", href=re.compile("^[a-z]+:"))
        bearing = atlas.evidence.query("study_id == @study.study_id")["proposition_id"]
        assert {a.get_text() for a in row.select("a[href^='topics/']")} == set(bearing)
    makers = atlas.groups.query("developer == 'yes'")["group_id"]
    made = atlas.study_groups[atlas.study_groups["group_id"].isin(makers)]["study_id"]
    for study in made:
        assert "(made or sells it)" in text(page.find("tr", id=study))


@pytest.mark.slow
def test_every_step_of_the_graph_leads_to_its_row(built, atlas):
    page = built.page("graph")
    part, *_ = page.select(".explorable")
    links = [a["href"] for a in part.select("svg .node.bundle a")]
    rows = part.select("tbody tr")
    assert links == [f"#{row['id']}" for row in rows] and len(rows) > 3
    edges = {p for row in rows for p in re.findall(r"#(P\d+)", str(row))}
    assert edges == set(atlas.propositions.query("subject != ''")["proposition_id"])
    assert not part.select("svg [id]") and not part.select("svg title")
    assert all(a["tabindex"] == "-1" for a in part.select("svg .edge.bundle a"))
    assert "is a step of the mechanism" in text(page)


def test_a_step_of_which_only_something_near_was_measured_names_its_studies(moss):
    for row in (r for r in moss.rows("evidence") if r[1] == "P002"):
        moss.set("evidence", row[0], directness="other_compound")
    content = site._Content(str(moss.root))
    values = site._mechanism(content, "all")
    (row,) = (row for row in values["rows"] if "P002" in row["statements"])
    assert (row["state"], row["studies"]) == ("stand_in", [])
    names = sorted({e.study_id for e in content.evidence["P002"]})
    assert row["near"] == names and len(names) > 1
    shown = laid_out(content, "mechanism", values)[0].astext()
    assert "not this step itself" in shown
    assert all(content.studies[name].label in shown for name in names)


def test_a_part_too_large_to_draw_is_a_table_alone(moss, monkeypatch):
    content = site._Content(str(moss.root))
    drawn = laid_out(content, "mechanism", site._mechanism(content, "all"))
    assert [node["classes"] for node in drawn] == [["explorable"]]
    monkeypatch.setattr(site, "BUNDLES", 2)
    words, table = laid_out(content, "mechanism", site._mechanism(content, "all"))
    assert "too many to draw" in words.astext() and isinstance(table, site.nodes.table)


@pytest.mark.slow
def test_the_first_page_counts_what_the_tables_hold(built, atlas):
    page = text(built.page("index").find("article"))
    assert f"{len(atlas.claims)} claims of {len(atlas.articles)} articles" in page
    pairs = contradictions(atlas)[["first_id", "second_id"]].drop_duplicates()
    assert f"On {len(pairs)} statements, or pairs of linked statements, two" in page
    for article, label in atlas.articles.set_index("article_id")["label"].items():
        count = (atlas.claims["article_id"] == article).sum()
        assert f"{label} : {count} claims" in page
    for bar in built.page("index").select(".bar"):
        parts = [int(n) for n in re.findall(r" (\d+)(?:,|$)", bar["aria-label"])]
        assert parts == [int(s["style"].removeprefix("flex-grow:")) for s in bar.select("span")]


def test_standings(moss):
    content = site._Content(str(moss.root))
    row = SimpleNamespace
    content.made = {
        "P1": [row(voice="own", stance="affirms")],
        "P2": [row(voice="own", stance="denies")],
        "P4": [row(voice="own", stance="denies"), row(voice="own", stance="affirms")],
    }
    content.made["P3"] = [row(voice="quoted", stance="affirms")]
    cases = {
        ("P1", "supported"): ("holds", "affirms"),
        ("P1", "refuted"): ("fails", "affirms"),
        ("P2", "contradicted"): ("holds", "denies"),
        ("P2", "confirmed"): ("fails", "denies"),
        ("P1", "none_found"): ("nothing", "affirms"),
        ("P1", "inconclusive"): ("open", "affirms"),
        ("P2", "none_found"): ("open", "affirms"),
        ("P3", "supported"): ("open", "affirms"),
    }
    for (name, direction), expected in cases.items():
        content.grades = {name: [row(direction=direction)]}
        assert content.standing(name) == [expected]
    content.grades = {"P4": [row(direction="confirmed")]}
    assert content.standing("P4") == [("holds", "affirms"), ("fails", "denies")]


@pytest.mark.slow
def test_every_download_is_there_and_listed(built, atlas):
    links = {a["href"] for a in built.page("downloads").select("article a[href^='downloads/']")}
    files = {p.relative_to(built.folder).as_posix() for p in built.folder.glob("downloads/**/*.*")}
    assert links == files
    assert {f"downloads/{t.path}" for t in atlas.schema.tables.values()} <= files
    assert "downloads/notebooks/n.ipynb" in files


# --- hostile words -----------------------------------------------------------------------------


HOSTILE = (
    "<script>window.pwned=1</script><img src=x onerror=window.pwned=2>"
    '"onmouseover="window.pwned=3" [x](javascript:window.pwned=4) $x^2$ **b** {math}`x` '
    "```{raw} html <b>``` {{ x }} </article> \u202egnorw\u202d &lt; end"
)
LONG = "w" * 10_000
WORDS = {  # columns whose text is free
    "articles": "label title kind author publisher commercial_interest disclaimer",
    "claims": "note",
    "propositions": "statement context does_not_follow omission",
    "citations": "printed_authors printed_title printed_venue defects",
    "citation_links": "why",
    "studies": "label title authors venue model comparator dose duration result limitations",
    "groups": "label institution",
    "evidence": "condition result locator why",
    "searches": "looked_for where",
    "nodes": "label",
    "relations": "label meaning",
    "codes": "label definition",
}


def make_hostile(corpus: Corpus) -> None:
    """Put markup into every cell of free text, and long words into one row of each table."""
    for table, columns in WORDS.items():
        rows = corpus.rows(table)
        for number, row in enumerate(rows[1:]):
            for column in columns.split():
                at = rows[0].index(column)
                if row[at] or column not in ("section", "omission"):
                    row[at] = f"{row[at]} {number} {HOSTILE}".strip()
                    row[at] += f" {LONG}" if number == 1 else ""
        corpus.write_rows(table, rows)
    words = corpus.words("C") + f"\n{HOSTILE} {LONG}\n"
    corpus.write_article("C", words.encode())
    claim = dict(zip(corpus.rows("claims")[0], corpus.rows("claims")[-1], strict=True))
    start = words.index("<script>")
    claim |= {"claim_id": "C900", "start": start, "end": start + len(HOSTILE), "quote": HOSTILE}
    corpus.insert("claims", corpus.rows("claims")[-1][0], list(claim.values()))


@pytest.fixture(scope="session")
def hostile(tmp_path_factory) -> Path:
    """The site of a corpus full of markup, scripts and endless words."""
    folder = tmp_path_factory.mktemp("hostile")
    corpus = copied(folder / "corpus")
    make_hostile(corpus)
    assert corpus.faults() == []
    tiny = Site(corpus, folder / "work")
    tiny.build()
    return tiny.out


@pytest.mark.slow
def test_hostile_words_are_shown_as_they_stand_and_make_no_markup(hostile):
    pages = Built(hostile)
    names = [p.relative_to(hostile).with_suffix("").as_posix() for p in hostile.rglob("*.html")]
    names = [n for n in names if not n.startswith("_static")]
    shown = 0
    for name in names:
        page = pages.page(name)
        assert not [s for s in page.select("script") if "pwned" in s.get_text()], name
        assert not page.select(
            "[onerror], [onmouseover], [href^='javascript'], [src='x'], .math"
        ), name
        shown += HOSTILE in page.get_text()
    assert shown > 12
    assert HOSTILE in pages.page("articles/C").find("article").get_text()


# --- a build cannot hurt -----------------------------------------------------------------------


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


KILLED = """
import os, signal, sys
from pathlib import Path
from claimatlas import site

point, corpus, sources, notebooks, out, work = sys.argv[1:]
original = getattr(site, point)

def stop(*arguments):
    if point == "_swap":
        original(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(site, point, stop)
site.build(Path(corpus), Path(sources), Path(notebooks), Path(out), work=Path(work))
"""


@pytest.mark.slow
def test_a_build_killed_at_any_moment_leaves_a_whole_site(tiny, tmp_path):
    work = tmp_path / "kept"
    tiny.build(work=work)
    whole = snapshot(tiny.out)
    paths = [str(p) for p in (tiny.corpus, tiny.sources, tiny.notebooks, tiny.out, work)]
    for point in ("_gather", "_keep_unchanged", "_swap"):
        done = subprocess.run([sys.executable, "-c", KILLED, point, *paths], check=False)
        assert done.returncode == -signal.SIGKILL
        assert snapshot(tiny.out) == whole
    command = [sys.executable, "-m", "claimatlas.site", "build", *paths[:4], "--work", str(work)]
    for seconds in (3, 6):
        with tiny.index.open("a", encoding="utf-8") as index:
            index.write("\nmore\n")
        run = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            run.wait(seconds)
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
            run.wait()
            assert snapshot(tiny.out) == whole
        whole = snapshot(tiny.out)
        assert b"</html>" in whole["index.html"]
    tiny.build(work=work)
    assert b"more" in (tiny.out / "index.html").read_bytes()


def test_the_swap_is_one_step_and_works_without_it(tmp_path, monkeypatch):
    new, out = tmp_path / "work" / "html", tmp_path / "site"
    for exchange in (True, False):
        if not exchange:
            monkeypatch.setattr(site.ctypes, "CDLL", lambda name: None)
        for folder, words in ((new, "new"), (out, "old")):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "index.html").write_text(words)
        site._swap(new, out)
        assert (out / "index.html").read_text() == "new"


@pytest.mark.slow
def test_the_next_build_reads_only_what_changed(tiny, tmp_path):
    work = tmp_path / "kept"
    tiny.build(work=work)

    def times():
        return {p.name: p.stat().st_mtime_ns for p in (work / "doctrees").rglob("*.doctree")}

    before = times()
    with tiny.index.open("a", encoding="utf-8") as index:
        index.write("\nA word more.\n")
    tiny.build(work=work)
    after = times()
    assert [name for name in before if after[name] != before[name]] == ["index.doctree"]
    corpus = Corpus(tiny.corpus)
    corpus.set("propositions", "P001", statement="Moss tea is a drink")
    tiny.build(work=work)
    read = {name for name, when in times().items() if when != after[name]}
    assert {"A.doctree", "statements.doctree", "graph.doctree"} <= read
    assert "n.doctree" not in read
    tiny.build(tmp_path / "clean")
    assert snapshot(tiny.out) == snapshot(tmp_path / "clean")


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
    for table in sorted((tiny.corpus / "data").glob("*.csv")):
        assert first[f"downloads/{table.name}"] == table.read_bytes()

    elsewhere = tmp_path / "elsewhere" / "deeper" / "html"
    monkeypatch.setenv("PYTHONHASHSEED", "2")
    tiny.build(elsewhere)
    second = snapshot(elsewhere)
    assert second.keys() == first.keys()
    assert [name for name in first if first[name] != second[name]] == []
    assert [name for name in first if str(tmp_path).encode() in first[name]] == []
