"""Exports hold what the tables hold, as libraries of others read them, and replace only exports."""

import csv
import dataclasses
import io
import json
import re
import shutil
import socket
from pathlib import Path
from xml.etree import ElementTree

import bibtexparser
import igraph
import networkx as nx
import pandas as pd
import pytest
import rdflib
from anchorpoint import TextPositionSelector, TextQuoteSelector
from bibtexparser.middlewares import LatexDecodingMiddleware, SeparateCoAuthors
from citeproc.source.json import CiteProcJSON
from pylatexenc import latex2text

import claimatlas
from claimatlas import export as exporting
from claimatlas import mechanism
from claimatlas.export import AROUND, CSL_TYPES, annotations, bibtex, claim_reviews, csl, export
from claimatlas.grading import grade

from .conftest import MOSS, Corpus, snapshot

SCHEMA_ORG = rdflib.Namespace("https://schema.org/")
HOSTILE = [
    '<script>alert("x")</script> and <b onclick=run()>',
    "]]> &amp; </data> </script> <!-- <!DOCTYPE x>",
    "a { brace } too } many }} and 'quotes' \"of\" `all` ``kinds''",
    "one line\nanother line\n\n= a third",
    "\u202eback to front\u202c, é, Ж, 🌿",
    "w" * 10_000,
    r"\input{/etc/passwd} 100% $x_1^2$ #1 a~b c & d | e ?`f !`g i--j k---l <<m>> ,,n",
    "bell \a, escape \x1b, form feed \f, \x1c, \ufffe and \x85 and \u2028 within",
]
"""Cells that some format reads as markup, a command, an end of the cell or no character at all."""
TEXT_NAMES = {
    "braceleft": "{", "braceright": "}", "less": "<", "greater": ">", "bar": "|",
    "asciitilde": "~", "asciicircum": "^", "backslash": "\\",
}  # fmt: skip


def hostile(root):
    """Write hostile cells into a copy of the moss corpus."""
    shutil.copytree(MOSS, root)
    corpus = Corpus(root)
    for table, column in {
        "studies": "title", "nodes": "label", "propositions": "statement", "articles": "title",
    }.items():  # fmt: skip
        rows = corpus.rows(table)
        place = rows[0].index(column)
        for row, cell in zip(rows[1:], HOSTILE, strict=False):
            row[place] = cell
        corpus.write_rows(table, rows)
    corpus.set("studies", "arlow_2019", authors="Moss } and {, x", venue=HOSTILE[6])
    corpus.set("studies", "brindle_2018", authors="Lie‐Vole AB, de Moss IuYu, et al.")
    corpus.set("studies", "corso_2021", result="=1+1", checked="")
    corpus.set("studies", "fenwick_page", title=HOSTILE[7], doi="10.5555/(x)1:2<3::a{}%b>3.0;2")
    return root


@pytest.fixture(scope="module", params=["moss", "hostile"])
def exported(request, tmp_path_factory):
    """A corpus and the folder of its export."""
    place = tmp_path_factory.mktemp("place")
    root = MOSS if request.param == "moss" else hostile(place / "corpus")
    atlas = claimatlas.load(root)
    export(atlas, place / "out")
    return atlas, place / "out"


def raw(folder, name):
    return (folder / name).read_bytes().decode("utf-8")


def cells(text):
    return list(csv.reader(io.StringIO(text, newline="")))


def plain(text):
    """Return a text as XML and TeX can hold it."""
    return re.sub("[\0-\b\v\f\x0e-\x1f\ufffe\uffff]", "\ufffd", text)


@pytest.fixture
def out(tmp_path):
    """A path for an export, alone in its folder."""
    (tmp_path / "place").mkdir()
    return tmp_path / "place" / "out"


@pytest.fixture(scope="module")
def items(atlas):
    return {item["id"]: item for item in annotations(atlas)["items"]}


def selectors(item):
    return {s["type"]: s for s in item["target"]["selector"]}


def test_the_tables_and_the_schema_are_written_as_they_are(moss, out):
    written = export(claimatlas.load(moss.root), out)
    assert written == sorted(p for p in out.rglob("*") if p.is_file())
    made = ["annotations.jsonld", "claimreview.jsonld", "claims_graded.csv", "grades.csv"]
    made += ["mechanism.cyjs", "mechanism.graphml", "mechanism_edges.csv"]
    made += ["studies.bib", "studies.json"]
    data = moss.root / "data"
    copied = [p.relative_to(data).as_posix() for p in data.rglob("*") if p.is_file()]
    assert {"claims.csv", "codes.csv", "datapackage.json", "evidence.csv"} <= set(copied)
    names = {p.relative_to(out).as_posix() for p in written}
    again = {n.removeprefix("spreadsheet/") for n in names if n.startswith("spreadsheet/")}
    assert {n for n in names if not n.startswith("spreadsheet/")} == {*made, *copied}
    for name in copied:
        assert (out / name).read_bytes() == (data / name).read_bytes()
    assert again == {name for name in made + copied if name.endswith(".csv")}


def without(moss, *tables):
    """Take tables out of a corpus, with what refers to them."""
    descriptor = moss.schema()
    kept = [r for r in descriptor["resources"] if r["name"] not in tables]
    for schema in (r["schema"] for r in kept):
        keys = schema.get("foreignKeys", [])
        schema["foreignKeys"] = [k for k in keys if k["reference"]["resource"] not in tables]
    moss.write_schema(descriptor | {"resources": kept})
    for table in tables:
        moss.path(table).unlink()
    rows = moss.rows("second_coding")
    moss.write_rows("second_coding", [row for row in rows if row[0] not in tables])


EVIDENCE = ["evidence", "searches", "risk_of_bias", "grading_rules"]
STUDIES = ["studies", "study_groups", "groups", "citations", "citation_links", "doses", "practice"]
GRAPH = ["nodes", "relations"]


@pytest.mark.parametrize(
    ("gone", "missing"),
    [
        (GRAPH, ["mechanism.cyjs", "mechanism.graphml", "mechanism_edges.csv"]),
        (EVIDENCE, ["claimreview.jsonld", "claims_graded.csv", "grades.csv"]),
        (
            EVIDENCE + STUDIES,
            [
                "claimreview.jsonld",
                "claims_graded.csv",
                "grades.csv",
                "studies.bib",
                "studies.json",
            ],
        ),
    ],
    ids=["graph", "evidence", "evidence and studies"],
)
def test_what_the_corpus_lacks_is_left_out_and_an_earlier_export_of_it_goes(
    gone, missing, moss, out
):
    before = {path.name for path in export(claimatlas.load(moss.root), out)}
    if "evidence" in gone:
        moss.drop("propositions", "P023")  # only evidence speaks of it, and it of the node
        moss.drop("nodes", "noctalin_synthase")
    without(moss, *gone)
    after = {path.name for path in export(claimatlas.load(moss.root), out)}
    assert before - after == {*missing, *(f"{table}.csv" for table in gone)}
    assert not after - before


def test_a_table_in_a_folder_of_its_own_is_written_there(moss, out):
    descriptor = moss.schema()
    moss.resource(descriptor, "seams")["path"] = "notes/seams.csv"
    moss.write_schema(descriptor)
    (moss.root / "data" / "notes").mkdir()
    moss.path("seams").rename(moss.root / "data" / "notes" / "seams.csv")
    for _ in range(2):
        written = export(claimatlas.load(moss.root), out)
        assert out / "notes" / "seams.csv" in written
        assert out / "spreadsheet" / "notes" / "seams.csv" in written


def test_the_annotations_are_valid_utf8_json(atlas, out):
    export(atlas, out)
    text = raw(out, "annotations.jsonld")
    assert json.loads(text) == annotations(atlas)
    assert "–" in text
    assert text.endswith("}\n")
    assert "\r" not in text


def test_an_export_is_the_same_each_time(atlas, out):
    export(atlas, out)
    first = snapshot(out)
    export(atlas, out)
    assert snapshot(out) == first


def test_there_is_one_annotation_for_each_claim(atlas, items):
    assert list(items) == [f"urn:claim:{c}" for c in atlas.claims["claim_id"]]
    page = annotations(atlas)
    assert page["@context"] == "http://www.w3.org/ns/anno.jsonld"
    assert page["type"] == "AnnotationPage"
    assert {item["type"] for item in page["items"]} == {"Annotation"}


def test_every_position_selector_resolves_to_the_quote(atlas, items):
    for claim in atlas.claims.itertuples():
        item = items[f"urn:claim:{claim.claim_id}"]
        text = (atlas.root / item["target"]["source"]).read_bytes().decode("utf-8")
        position = selectors(item)["TextPositionSelector"]
        assert text[position["start"] : position["end"]] == claim.quote


def test_every_quote_selector_resolves_to_the_same_place(atlas, items):
    for claim in atlas.claims.itertuples():
        item = items[f"urn:claim:{claim.claim_id}"]
        text = atlas.texts[claim.article_id]
        quote = selectors(item)["TextQuoteSelector"]
        assert quote["exact"] == claim.quote
        around = quote["prefix"] + quote["exact"] + quote["suffix"]
        assert text.index(around) + len(quote["prefix"]) == claim.start
        assert text.count(around) == 1
        assert len(quote["prefix"]) == min(AROUND, claim.start)
        assert len(quote["suffix"]) == min(AROUND, len(text) - claim.end)


def test_a_library_of_others_resolves_both_selectors_to_the_claim(exported):
    atlas, out = exported
    items = {item["id"]: item for item in json.loads(raw(out, "annotations.jsonld"))["items"]}
    assert len(items) == len(atlas.claims)
    for claim in atlas.claims.itertuples():
        found = selectors(items[f"urn:claim:{claim.claim_id}"])
        text = atlas.texts[claim.article_id]
        by_quote, by_place = found["TextQuoteSelector"], found["TextPositionSelector"]
        assert by_quote.pop("type") and by_place.pop("type")
        place = TextQuoteSelector(**by_quote).as_position(text)
        assert (place.start, place.end) == (claim.start, claim.end)
        assert TextPositionSelector(**by_place).select_text(text) == claim.quote


def test_positions_count_code_points_not_utf16_units(atlas, items):
    assert atlas.texts["C"].index("🌿") < 381
    position = selectors(items["urn:claim:C001"])["TextPositionSelector"]
    assert (position["start"], position["end"]) == (381, 403)


def test_an_annotation_says_how_the_claim_stands_to_its_proposition(items):
    assert items["urn:claim:A009"]["body"]["value"] == "denies: Moss tea causes side effects"


@pytest.mark.parametrize("kind", ["missing", "missing parents", "empty"])
def test_a_new_or_empty_folder_is_written(kind, atlas, out):
    if kind == "missing parents":
        out = out / "a" / "b"
    if kind == "empty":
        out.mkdir()
    export(atlas, out)
    assert (out / "claims.csv").is_file()


def test_a_relative_path_gives_relative_paths(atlas, out, monkeypatch):
    monkeypatch.chdir(out.parent)
    assert Path("out/claims.csv") in export(atlas, "out")


def other_file(folder):
    folder.mkdir()
    (folder / "letter.txt").write_text("keep me")


def data_package_of_somebody_else(folder):
    folder.mkdir()
    (folder / "datapackage.json").write_text('{"resources": []}')


def export_with_a_file_beside(folder):
    export(claimatlas.load(MOSS), folder)
    (folder / "letter.txt").write_text("keep me")


def export_with_a_file_in_a_folder_of_it(folder):
    export(claimatlas.load(MOSS), folder)
    (folder / "spreadsheet" / "mine.csv").write_text("keep me")


def export_with_an_empty_folder_beside(folder):
    export(claimatlas.load(MOSS), folder)
    (folder / "letters").mkdir()


def export_with_a_broken_schema(folder):
    export(claimatlas.load(MOSS), folder)
    (folder / "datapackage.json").write_text("{")


def a_file(folder):
    folder.write_text("keep me")


@pytest.mark.parametrize(
    "fill",
    [
        other_file,
        data_package_of_somebody_else,
        export_with_a_file_beside,
        export_with_a_file_in_a_folder_of_it,
        export_with_an_empty_folder_beside,
        export_with_a_broken_schema,
        a_file,
    ],
)
def test_what_no_export_wrote_is_refused_and_left_alone(fill, atlas, out):
    fill(out)
    before = snapshot(out.parent)
    with pytest.raises(FileExistsError, match="holds other files; name an empty or a new folder"):
        export(atlas, out)
    assert snapshot(out.parent) == before


@pytest.mark.parametrize("folder", ["", "data", "seeds"])
def test_the_corpus_itself_is_never_replaced(folder, moss):
    before = moss.snapshot()
    with pytest.raises(FileExistsError):
        export(claimatlas.load(moss.root), moss.root / folder)
    assert moss.snapshot() == before


def test_an_earlier_export_is_replaced_whole(moss, out):
    export(claimatlas.load(moss.root), out)
    descriptor = moss.schema()
    descriptor["resources"] = [r for r in descriptor["resources"] if r["name"] != "second_coding"]
    moss.write_schema(descriptor)
    moss.path("second_coding").unlink()
    moss.set("claims", "C002", note="New.")
    export(claimatlas.load(moss.root), out)
    assert not (out / "second_coding.csv").exists()
    assert "New." in (out / "claims.csv").read_text(encoding="utf-8")
    assert [p.name for p in out.parent.iterdir()] == ["out"]


@pytest.mark.parametrize("earlier", [False, True])
def test_a_failure_while_writing_leaves_everything_as_it_was(earlier, moss, out, monkeypatch):
    if earlier:
        export(claimatlas.load(moss.root), out)
        moss.set("claims", "C002", note="New.")
    before = snapshot(out.parent)

    def fails(atlas):
        raise OSError("no space left")

    monkeypatch.setattr(exporting, "annotations", fails)
    with pytest.raises(OSError, match="no space left"):
        export(claimatlas.load(moss.root), out)
    assert snapshot(out.parent) == before


def test_a_failure_while_replacing_puts_the_earlier_export_back(moss, out, monkeypatch):
    export(claimatlas.load(moss.root), out)
    before = snapshot(out.parent)
    moss.set("claims", "C002", note="New.")
    atlas = claimatlas.load(moss.root)
    rename = Path.rename

    def fails_for_the_new_one(path, target):
        if path.name == "new":
            raise OSError("no space left")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fails_for_the_new_one)
    with pytest.raises(OSError, match="no space left"):
        export(atlas, out)
    assert snapshot(out.parent) == before


# --- the mechanism graph ----------------------------------------------------------------------


def test_igraph_reads_the_graphml_as_it_was_built(exported):
    atlas, out = exported
    built = mechanism.build(atlas)
    read = igraph.Graph.Read_GraphML(str(out / "mechanism.graphml"))
    assert read.is_directed()
    nodes = {v["id"]: {k: x for k, x in v.attributes().items() if k != "id"} for v in read.vs}
    assert len(nodes) == 8
    assert nodes == {
        node: {k: plain(v) for k, v in shown.items()} for node, shown in built.nodes(data=True)
    }
    edges = {e["proposition_id"]: e for e in read.es}
    assert len(edges) == len(read.es) == 8
    for row in mechanism.edge_table(built).to_dict("records"):
        edge = edges[row["proposition_id"]]
        assert (read.vs[edge.source]["id"], read.vs[edge.target]["id"]) == (
            row["subject"],
            row["object"],
        )
        shown = {k: plain(v) if isinstance(v, str) else v for k, v in row.items()}
        # igraph gives edges an attribute "id" of its own, which is not the file's
        assert {k: v for k, v in edge.attributes().items() if k != "id"} == shown


def test_the_edges_of_the_graphml_have_their_propositions_as_ids(exported):
    atlas, out = exported
    tree = ElementTree.parse(out / "mechanism.graphml")
    ids = {e.get("id") for e in tree.iter("{http://graphml.graphdrawing.org/xmlns}edge")}
    assert ids == {key for *_, key in mechanism.build(atlas).edges(keys=True)}


def test_cytoscape_json_holds_the_graph_as_it_was_built(exported):
    atlas, out = exported
    built = mechanism.flat(mechanism.build(atlas))
    read = json.loads(raw(out, "mechanism.cyjs"))
    again = nx.cytoscape_graph(read)
    assert sorted(again.edges(keys=True)) == sorted(built.edges(keys=True))
    nodes, edges = ([x["data"] for x in read["elements"][kind]] for kind in ("nodes", "edges"))
    other = igraph.Graph.DictList(
        nodes, edges, directed=True, vertex_name_attr="id", edge_foreign_keys=("source", "target")
    )
    assert other.vcount() == 8
    for v in other.vs:
        shown = built.nodes[v["id"]]
        assert v.attributes() == shown | {"id": v["id"], "value": v["id"], "name": shown["label"]}
    assert other.ecount() == 8
    for e in other.es:
        ends = e["source"], e["target"]
        assert ends == (other.vs[e.source]["id"], other.vs[e.target]["id"])
        shown = built.edges[(*ends, e["key"])]
        assert e.attributes() == shown | dict(zip(("source", "target"), ends, strict=True)) | {
            "key": e["proposition_id"]
        }


def test_the_edge_table_is_the_edges_as_text(exported):
    atlas, out = exported
    table = mechanism.edge_table(mechanism.build(atlas))
    header, *rows = cells(raw(out, "mechanism_edges.csv"))
    assert header == mechanism.EDGE_COLUMNS
    assert rows == table.astype(str).to_numpy().tolist()
    assert len(rows) == 8


# --- studies ----------------------------------------------------------------------------------


def venue(parts):
    """Put a journal's parts together as the table writes them."""
    title, volume, issue, page = parts
    return f"{title} {volume}{f'({issue})' if issue else ''}:{page}" if page else title


def one_form(authors):
    return re.sub(",? (et al[.]|and others)$", ", et al.", authors)


def test_a_citation_library_reads_the_csl_json_as_the_table_has_it(exported):
    atlas, out = exported
    source = CiteProcJSON(json.loads(raw(out, "studies.json")))
    assert len(source) == len(atlas.studies) == 7
    for study in atlas.studies.itertuples():
        read = source[study.study_id]
        assert read.type == CSL_TYPES.get(study.document_kind, "webpage")
        assert str(read.title) == (study.title or f"[{study.label}]")
        names = [x.get("literal") or f"{x['family']} {x['given']}" for x in read.get("author", [])]
        assert ", ".join(names) == one_form(study.authors)
        parts = ("container_title", "volume", "issue", "page")
        assert venue([str(read.get(part, "")) for part in parts]) == study.venue
        for ours, theirs in {"doi": "DOI", "pmid": "PMID", "source_url": "URL"}.items():
            assert str(read.get(theirs, "")) == getattr(study, ours)
        assert read.get("language", "") == study.language
        years = [] if pd.isna(study.year) else [study.year]
        assert [date.year for date in [read.get("issued")] if date] == years
        days = [pd.Timestamp(d.year, d.month, d.day) for d in [read.get("accessed")] if d]
        assert days == ([] if pd.isna(study.checked) else [study.checked])


def latex():
    """Return a decoder that also knows the standard names pylatexenc leaves out."""
    context = latex2text.get_default_latex_context_db()
    names = [latex2text.MacroTextSpec(f"text{name}", c) for name, c in TEXT_NAMES.items()]
    context.add_context_category("names", prepend=True, macros=names)
    return latex2text.LatexNodes2Text(latex_context=context)


def read_bibtex(text):
    """Return entries by key, each with its type and fields, LaTeX decoded but in addresses."""
    entries = bibtexparser.parse_string(text)
    decoded = bibtexparser.parse_string(
        text, append_middleware=[SeparateCoAuthors(), LatexDecodingMiddleware(decoder=latex())]
    )
    assert not entries.failed_blocks and not decoded.failed_blocks
    return {
        entry.key: {"type": entry.entry_type}
        | {name: field.value for name, field in decoded.entries_dict[entry.key].fields_dict.items()}
        | {n: entry.fields_dict[n].value for n in ("doi", "url") if n in entry.fields_dict}
        for entry in entries.entries
    }


def test_a_bibtex_library_reads_the_studies_as_the_table_has_them(exported):
    atlas, out = exported
    read = read_bibtex(raw(out, "studies.bib"))
    assert list(read) == list(atlas.studies["study_id"])
    for study in atlas.studies.itertuples():
        entry = read[study.study_id]
        assert entry["title"] == plain(" ".join((study.title or f"[{study.label}]").split()))
        names = map(latex().latex_to_text, entry.get("author", []))
        names = [name.replace(", ", " ") for name in names]
        authors = one_form(study.authors).replace("et al.", "others")
        assert ", ".join(names).replace(",", "") == authors.replace(",", "")
        field = {"article": "journal", "inproceedings": "booktitle", "misc": "howpublished"}
        parts = (field[entry["type"]], "volume", "number", "pages")
        assert venue([entry.get(part, "") for part in parts]) == study.venue
        assert entry.get("url", "") == study.source_url
        assert entry.get("doi", "").replace("%7B%7D", "{}") == study.doi
        assert entry.get("pmid", "") == study.pmid
        assert entry.get("language", "") == study.language
        assert entry.get("year", "") == ("" if pd.isna(study.year) else str(study.year))
        day = "" if pd.isna(study.checked) else f"{study.checked:%Y-%m-%d}"
        assert entry.get("urldate", "") == day


def test_no_cell_opens_or_ends_a_brace_of_the_bibtex_file(exported):
    _, out = exported
    text = raw(out, "studies.bib")
    depths = [0]
    for mark in re.findall("[{}]", text):
        depths.append(depths[-1] + (1 if mark == "{" else -1))
    assert min(depths) == depths[-1] == 0
    assert depths.count(1) >= 7
    starts = [m.start() for m in re.finditer(r"^@\w+\{", text, re.MULTILINE)]
    assert len(starts) == 7
    assert all(text[:start].count("{") == text[:start].count("}") for start in starts)


@pytest.mark.parametrize(
    ("authors", "names"),
    [
        ("", []),
        ("Vole AB", [("Vole", "AB")]),
        ("de la Vole A, O'Moss IuYu", [("de la Vole", "A"), ("O'Moss", "IuYu")]),
        ("Vole AB 2nd, Moss C, et al.", [("Vole", "AB 2nd"), ("Moss", "C"), "et al."]),
        ("Vole AB et al.", [("Vole", "AB"), "et al."]),
        ("Vole AB, and others", [("Vole", "AB"), "et al."]),
        ("Moss Ministry, Department of Voles", ["Moss Ministry, Department of Voles"]),
        ("Vole AB, Moss C (by the notes)", ["Vole AB, Moss C (by the notes)"]),
        ("Moss Canada", ["Moss Canada"]),
        ("Vole, Anna B.; Moss, C.", [("Vole", "Anna B."), ("Moss", "C.")]),
        ("Vole AB; Moss Ministry, et al.", [("Vole", "AB"), "Moss Ministry", "et al."]),
        ("Vole, A.; and others", [("Vole", "A."), "et al."]),
    ],
)
def test_authors_are_parted_only_where_every_name_has_the_form(authors, names, moss):
    moss.set("studies", "arlow_2019", authors=authors)
    item = csl(claimatlas.load(moss.root))[0]
    found = [x.get("literal") or (x["family"], x["given"]) for x in item.get("author", [])]
    assert found == names


@pytest.mark.parametrize(
    ("cell", "parts"),
    [
        ("J Moss 12(3):45-6", ("J Moss", "12", "3", "45-6")),
        ("J Moss 12(3 Suppl 1):E4", ("J Moss", "12", "3 Suppl 1", "E4")),
        ("J Moss 2017:501", ("J Moss", "2017", None, "501")),
        ("J Moss 12(3):45-6 (as printed)", ("J Moss 12(3):45-6 (as printed)", None, None, None)),
        ("J Moss 12", ("J Moss 12", None, None, None)),
        ("12(3):45", ("12(3):45", None, None, None)),
    ],
)
def test_a_venue_is_parted_only_where_all_of_it_has_the_form(cell, parts, moss):
    moss.set("studies", "arlow_2019", venue=cell)
    moss.set("studies", "register_2024", venue=cell)
    items = {item["id"]: item for item in csl(claimatlas.load(moss.root))}
    names = ("container-title", "volume", "issue", "page")
    assert tuple(items["arlow_2019"].get(name) for name in names) == parts
    assert items["register_2024"]["container-title"] == cell  # a web page has no volume


def test_a_study_of_few_columns_and_a_strange_key_is_an_entry():
    text = bibtex([{"id": "a b,c}", "type": "webpage", "title": "T", "URL": "https://a.b/c d{"}])
    assert text == "@misc{a+20b+2cc+7d,\n  title = {{T}},\n  url = {https://a.b/c%20d%7B},\n}\n"


# --- reviewed claims --------------------------------------------------------------------------


@pytest.fixture
def reviews(exported, monkeypatch):
    """A corpus and its reviews as a graph of triples, read without a network."""

    def refuse(*_):
        raise AssertionError("the reader asked the network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    atlas, out = exported
    read = rdflib.Graph().parse(data=raw(out, "claimreview.jsonld"), format="json-ld")
    return atlas, read


def test_a_linked_data_library_reads_a_review_of_each_proposition_claimed_and_graded(reviews):
    atlas, read = reviews
    graded = set(grade(atlas)["proposition_id"]) & set(atlas.claims["proposition_id"])
    statements = atlas.propositions.set_index("proposition_id")["statement"]
    found = {}
    for review in read.subjects(rdflib.RDF.type, SCHEMA_ORG.ClaimReview):
        claim = read.value(review, SCHEMA_ORG.itemReviewed)
        key = str(claim).removeprefix("urn:proposition:")
        found[key] = str(read.value(review, SCHEMA_ORG.claimReviewed))
        assert str(read.value(claim, SCHEMA_ORG.text)) == found[key]
        author = read.value(review, SCHEMA_ORG.author)
        assert str(read.value(author, SCHEMA_ORG.name)) == atlas.schema.title
        rating = read.value(review, SCHEMA_ORG.reviewRating)
        assert set(read.predicates(rating)) == {
            rdflib.RDF.type,
            SCHEMA_ORG.alternateName,
            SCHEMA_ORG.ratingExplanation,
        }
    assert found == statements[sorted(graded)].to_dict()
    assert 10 < len(graded) < len(statements)


def test_an_article_is_known_by_its_label_its_title_and_the_date_it_gives(reviews):
    atlas, read = reviews
    for article in atlas.articles.itertuples():
        work = rdflib.URIRef(f"urn:article:{article.article_id}")
        if (work, None, None) not in read:
            continue
        assert str(read.value(work, SCHEMA_ORG.name)) == article.label
        assert str(read.value(work, SCHEMA_ORG.headline, default="")) == article.title
    assert [(str(s), str(o)) for s, o in read.subject_objects(SCHEMA_ORG.datePublished)] == [
        ("urn:article:B", "2024-03-01")
    ]


@pytest.fixture(scope="module")
def review(atlas):
    found = claim_reviews(atlas, grade(atlas))["@graph"]
    return {r["itemReviewed"]["@id"].removeprefix("urn:proposition:"): r for r in found}


def articles(review, side):
    return [work["@id"][-1] for work in review["itemReviewed"].get(side, [])]


def both(words):
    return f"in the system measured: {words}; in humans: {words}"


KNOWN = [
    ("P005", ["A"], ["B"], both("inconclusive, certainty very low")),
    ("P006", ["A", "B"], [], both("supported, certainty low")),
    ("P018", [], ["B"], both("no change, certainty low")),
    ("P019", [], ["B"], both("no evidence found")),  # told, not shared
    ("P020", [], ["B"], "refuted"),
    ("P021", [], ["C"], both("no evidence found")),  # called unknown
]


@pytest.mark.parametrize(("key", "affirmed", "other", "rating"), KNOWN)
def test_a_review_names_who_affirms_who_does_not_and_the_grade_in_words(
    key, affirmed, other, rating, review
):
    assert articles(review[key], "appearance") == affirmed
    assert articles(review[key], "subjectOf") == other
    assert review[key]["reviewRating"]["alternateName"] == rating


def test_an_article_that_affirms_and_denies_is_where_the_claim_appears(atlas):
    claims = atlas.claims.copy()
    claims.loc[claims["claim_id"] == "A010", "stance"] = "denies"  # A002 affirms the same
    mixed = dataclasses.replace(atlas, tables=atlas.tables | {"claims": claims})
    found = claim_reviews(mixed, grade(mixed))["@graph"][0]
    assert found["@id"] == "urn:claimreview:P002"
    assert (articles(found, "appearance"), articles(found, "subjectOf")) == (["A"], [])


def test_a_rating_is_explained_by_its_arithmetic(atlas, review):
    steps = grade(atlas).query("proposition_id == 'P002'").set_index("scope")["steps"]
    assert review["P002"]["reviewRating"]["ratingExplanation"] == (
        f"in the system measured: {steps['in_system']}. in humans: {steps['in_humans']}"
    )


def test_json_files_can_stand_inside_a_script_element(exported):
    _, out = exported
    names = ["annotations.jsonld", "claimreview.jsonld", "mechanism.cyjs", "studies.json"]
    assert [name for name in names if "<" in raw(out, name)] == []


# --- spreadsheets -----------------------------------------------------------------------------


def test_spreadsheet_tables_are_the_tables_with_no_cell_that_runs(exported):
    _, out = exported
    folder = out / "spreadsheet"
    paths = sorted(p for p in folder.rglob("*") if p.is_file())
    assert len(paths) == 27
    changed = []
    for path in paths:
        text = path.read_bytes().decode("utf-8")
        assert text.startswith("\ufeff")
        rows = cells(text.removeprefix("\ufeff"))
        for ours, theirs in zip(cells(raw(out, path.relative_to(folder))), rows, strict=True):
            for cell, safe in zip(ours, theirs, strict=True):
                assert safe in (cell, f"'{cell}")
                changed += [cell] if safe != cell else []
                if safe[:1] in ("=", "+", "-", "@", "\t", "\r"):
                    float(safe)
    assert ("=1+1" in changed) == ("=1+1" in raw(out, "studies.csv"))


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"),
        ('=HYPERLINK("http://x.example","a, b")', '\'=HYPERLINK("http://x.example","a, b")'),
        ("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("-5 to 3", "'-5 to 3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        ("＝1", "'＝1"),
        ("-1\n=2", "'-1\n=2"),
        ("-5", "-5"),
        ("+0.5", "+0.5"),
        ("-1e-5", "-1e-5"),
        ("a=1", "a=1"),
        ("", ""),
        ("−5", "−5"),
    ],
)
def test_a_cell_that_would_run_begins_with_an_apostrophe(cell, safe):
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([["a", "b"], [cell, "x"]])
    safe_text = exporting._for_spreadsheet(text.getvalue().encode()).decode("utf-8-sig")
    assert cells(safe_text) == [["a", "b"], [safe, "x"]]
