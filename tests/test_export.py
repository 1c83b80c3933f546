"""Exports hold the tables and the annotations, and replace only what an export wrote."""

import json
from pathlib import Path

import pytest

import claimatlas
from claimatlas import export as exporting
from claimatlas.export import AROUND, annotations, export

from .conftest import MOSS, snapshot


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
    assert written == sorted(out.iterdir())
    made = ["annotations.jsonld", "claims_graded.csv", "grades.csv"]
    copied = sorted(path.name for path in (moss.root / "data").iterdir())
    assert {"claims.csv", "codes.csv", "datapackage.json", "evidence.csv"} <= set(copied)
    assert [p.name for p in written] == sorted(made + copied)
    for name in copied:
        assert (out / name).read_bytes() == (moss.root / "data" / name).read_bytes()


def test_a_table_in_a_folder_of_its_own_is_written_there(moss, out):
    descriptor = moss.schema()
    moss.resource(descriptor, "seams")["path"] = "notes/seams.csv"
    moss.write_schema(descriptor)
    (moss.root / "data" / "notes").mkdir()
    moss.path("seams").rename(moss.root / "data" / "notes" / "seams.csv")
    for _ in range(2):
        assert out / "notes" / "seams.csv" in export(claimatlas.load(moss.root), out)


def test_the_annotations_are_valid_utf8_json(atlas, out):
    export(atlas, out)
    raw = (out / "annotations.jsonld").read_bytes()
    assert json.loads(raw.decode("utf-8")) == annotations(atlas)
    assert "–" in raw.decode("utf-8")
    assert raw.endswith(b"}\n")
    assert b"\r" not in raw


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
