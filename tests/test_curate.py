"""A corpus of one's own: laid out whole or not at all, words found, tables tidied, edits named."""

import csv
import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import claimatlas
from claimatlas import curate
from claimatlas.anchor import check_quote
from claimatlas.atlas import SchemaError, read_schema
from claimatlas.cli import main
from claimatlas.curate import ArticleError, find, new, read_article, tidy
from claimatlas.export import dictionary

from .conftest import MOSS, ROOT, Corpus, snapshot

STARTER = Path(curate.__file__).with_name("starter")
HAND = "`claimatlas tidy` cannot repair it)"
TIDY = "`claimatlas tidy` repairs it"

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="{charset}"><title>Is moss tea good? | Moss shop</title>
<style>p {{ color: green }}</style></head><body>
<header><nav><ul><li><a href="/">Home</a></li><li><a href="/shop">Shop</a></li></ul></nav></header>
<main><article><h1>Is moss tea good?</h1>
<p>Moss tea is <b>very</b> good &amp; costs 5&nbsp;€. It was drunk by 40&ndash;50 people’s aunts,
as a café says. Many say so, and we say so too; they <a href="x">like it</a> in the evening.</p>
<h2>Effects</h2><p>It calms within 20 minutes.<br>Not everyone agrees on this.</p>
<ul><li>sleep<ul><li>deep sleep</li><li>naps</li></ul></li><li>memory</li></ul>
<table><tr><th>Feature</th><th>Moss</th></tr><tr><td>Onset</td><td>20 minutes</td></tr></table>
<p>The study (n = 12) had no placebo. It is not known whether it works for children.</p>
</article></main><aside>Related: <a href="t">ten teas</a></aside>
<footer>© 2024 Moss shop. Cookie settings.</footer><script>var basket = 1;</script></body></html>
"""


def written(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode(), newline="")))


@pytest.fixture
def page(tmp_path):
    return written(tmp_path / "moss page.html", PAGE.format(charset="utf-8"))


@pytest.fixture
def note(tmp_path):
    text = "# Moss tea\n\nMoss tea helps. It works!\n\n## Effects\n\n- sleep\n- +5 points of mood\n"
    return written(tmp_path / "note.md", text)


# --- what every corpus begins with -------------------------------------------------------------


def test_a_new_corpus_begins_with_the_tables_of_this_one():
    for path in (p for p in STARTER.rglob("*") if p.is_file() and p.parent.name != "__pycache__"):
        name = path.relative_to(STARTER).as_posix()
        if name not in ("README.md", "codes.csv", "datapackage.json"):
            assert path.read_bytes() == (ROOT / "data" / name).read_bytes(), f"copy data/{name}"
    here, there = (
        json.loads((d / "datapackage.json").read_text()) for d in (ROOT / "data", STARTER)
    )
    for words in ("name", "title", "description"):
        assert here.pop(words) != there.pop(words)
    assert here == there, f"copy data/datapackage.json to {STARTER}, but for its name and title"
    ours, theirs = ([r for r in table(d / "codes.csv") if r["list"] != "topic"]
                    for d in (ROOT / "data", STARTER))  # fmt: skip
    assert ours == theirs, f"copy data/codes.csv to {STARTER}, but for the topics"


def test_what_a_new_corpus_begins_with_is_about_no_subject():
    for path in (p for p in STARTER.rglob("*") if p.is_file() and p.suffix != ".pyc"):
        assert "selank" not in path.read_text(encoding="utf-8").lower(), path


@pytest.mark.slow
def test_the_wheel_holds_what_a_new_corpus_begins_with(tmp_path):
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        written(tmp_path / "it" / name, (ROOT / name).read_bytes())
    for path in (ROOT / "src" / "claimatlas").rglob("*"):
        if path.is_file() and path.parent.name != "__pycache__":
            written(tmp_path / "it" / path.relative_to(ROOT), path.read_bytes())
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path]
    done = subprocess.run([*command, tmp_path / "it"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    wanted = {p.relative_to(STARTER.parents[1]).as_posix() for p in STARTER.rglob("*.*")
              if p.is_file() and p.suffix != ".pyc"}  # fmt: skip
    assert len(wanted) > 6
    assert {*wanted, "claimatlas/rules.toml"} <= held


# --- a new corpus ------------------------------------------------------------------------------


def test_a_new_corpus_is_sound_and_registers_each_article(tmp_path, page, note):
    made = new(tmp_path / "c", [page, note], "en-GB")
    assert made == sorted(p for p in (tmp_path / "c").rglob("*") if p.is_file())
    atlas = claimatlas.load(tmp_path / "c")
    assert atlas.schema.title == "Claim atlas: c"
    columns = ["article_id", "label", "file", "title", "language", "kind"]
    assert atlas.articles[columns].to_numpy().tolist() == [
        ["A", "A (moss page)", "seeds/moss page.txt", "Is moss tea good?", "en-GB", "article"],
        ["B", "B (note)", "seeds/note.md", "Moss tea", "en-GB", "article"],
    ]
    assert list(atlas.claims.columns) == [c.name for c in atlas.schema.tables["claims"].columns]
    assert len(atlas.claims) == len(atlas.propositions) == 0
    assert {"relations", "instruments", "grading_rules", "hedges", "codes"} <= atlas.tables.keys()
    wanted = dictionary(atlas.schema, atlas.codes)
    assert (tmp_path / "c" / "data" / "README.md").read_bytes().decode() == wanted
    guide = (tmp_path / "c" / "README.md").read_text(encoding="utf-8")
    for name in atlas.schema.tables.values():
        assert Path(name.path).name in guide, f"the guide does not say when to fill {name.path}"


def test_each_article_may_have_its_own_language(tmp_path, note):
    es = written(tmp_path / "es.txt", "Ayuda p. ej. a dormir. Nadie lo sabe.")
    ja = written(tmp_path / "ja.txt", "眠れます。だれも知りません。")
    new(tmp_path / "c", [note, es, ja], "en", "es", "ja")
    rows = table(tmp_path / "c" / "data" / "articles.csv")
    assert [row["language"] for row in rows] == ["en", "es", "ja"]
    cut = {a: [r["quote"] for r in table(tmp_path / f"c/worksheets/{a}.csv")] for a in "BC"}
    assert cut == {
        "B": ["Ayuda p. ej. a dormir.", "Nadie lo sabe."],
        "C": ["眠れます。", "だれも知りません。"],
    }
    with pytest.raises(ArticleError, match="2 languages for 3 articles; name one for all"):
        new(tmp_path / "d", [note, es, ja], "en", "es")
    assert not (tmp_path / "d").exists()


def test_a_page_tells_its_author_and_date_and_leaves_its_advertisements_behind(tmp_path):
    head = '<meta name="author" content="Moss Vole">' + (
        '<meta property="article:published_time" content="2024-03-18T08:00:00+01:00">'
    )
    raw = PAGE.format(charset="utf-8").replace("<title>", head + "<title>")
    advert = '<div class="box ad"><p>Buy the moss socks that everybody wants today.</p></div>'
    raw = raw.replace("<h2>Effects", advert + "<h2>Effects")
    read = read_article(written(tmp_path / "p.html", raw))
    assert (read.author, read.published) == ("Moss Vole", "2024-03-18")
    assert "socks" not in read.text and "It calms within 20 minutes." in read.text


def test_references_that_link_back_to_their_place_are_kept(tmp_path):
    entries = "".join(
        f'<li id="fn{n}">Vole A. et al.: Moss and rest, part {n}. J Moss 2018;12:33. '
        f'<a href="#r{n}">↩</a></li>'
        for n in (1, 2, 3)
    )
    notes = f'<h2>Sources</h2><ol class="footnotes">{entries}</ol></article>'
    raw = PAGE.format(charset="utf-8").replace("</article>", notes)
    raw = raw.replace("20 minutes.<br>", '20 minutes.<sup><a href="#fn1">[1]</a></sup><br>')
    text = read_article(written(tmp_path / "p.html", raw)).text
    assert "It calms within 20 minutes.[1]" in text and "Sources" in text
    assert text.count("Vole A. et al.: Moss and rest") == 3 and "↩" not in text


def test_a_page_that_names_no_author_and_no_date_gets_none(page):
    read = read_article(page)
    assert (read.author, read.published) == ("", "")


def test_plain_text_is_kept_byte_for_byte(tmp_path, note):
    new(tmp_path / "c", [note])
    raw = (tmp_path / "c" / "seeds" / "note.md").read_bytes()
    assert raw == note.read_bytes()
    (row,) = table(tmp_path / "c" / "data" / "articles.csv")
    assert row["sha256"] == hashlib.sha256(raw).hexdigest()
    assert not (tmp_path / "c" / "seeds" / "originals").exists()


@pytest.mark.parametrize(
    "raw",
    [
        b"\xef\xbb\xbfMoss tea.\nCaf\xc3\xa9.\n",
        b"Moss tea.\r\nCaf\xc3\xa9.\r\n",
        b"Moss tea.\rCaf\xc3\xa9.\r",
        "Moss tea.\nCafé.\n".encode("utf-16"),
        "Moss tea.\r\nCafé.\r\n".encode("utf-32"),
    ],
    ids=["mark", "CRLF", "CR", "UTF-16", "UTF-32"],
)
def test_other_plain_text_is_written_anew_beside_its_original(raw, tmp_path):
    new(tmp_path / "c", [written(tmp_path / "tea.txt", raw)])
    assert claimatlas.load(tmp_path / "c").texts == {"A": "Moss tea.\nCafé.\n"}
    assert (tmp_path / "c" / "seeds" / "originals" / "tea.txt").read_bytes() == raw


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [("utf-8", "utf-8"), ("utf-8", "utf-8-sig"), ("iso-8859-1", "cp1252"),
     ("Windows-1252", "cp1252"), ("koi8-r", "utf-8"), ("utf-16", "utf-16")],
)  # fmt: skip
def test_a_web_page_gives_its_main_text(charset, encoding, tmp_path):
    raw = PAGE.format(charset=charset).encode(encoding)
    new(tmp_path / "c", [written(tmp_path / "p.html", raw)])
    text = claimatlas.load(tmp_path / "c").texts["A"]
    assert (tmp_path / "c" / "seeds" / "originals" / "p.html").read_bytes() == raw
    for words in ("very good & costs 5", "€", "40–50 people’s aunts", "café", "- deep sleep",
                  "| Onset | 20 minutes |", "(n = 12)", "\n\nEffects\n\n"):  # fmt: skip
        assert words in text
    for words in ("Home", "Cookie", "basket", "ten teas", "color", "<", "&amp;", "\r", "\u00a0"):
        assert words not in text
    rows = {r["quote"]: r["section"] for r in table(tmp_path / "c" / "worksheets" / "A.csv")}
    assert rows["It calms within 20 minutes."] == "Effects"
    assert rows["deep sleep"] == "Effects"
    assert rows["Onset | 20 minutes"] == "Effects"


@pytest.mark.parametrize(
    "head",
    [
        "",
        "<!-- saved from url=(0014)about:internet -->\n",
        '<?xml version="1.0" encoding="utf-8"?>\n',
    ],
)
def test_a_web_page_is_known_by_its_beginning_too(head, tmp_path):
    path = written(tmp_path / "page.txt", head + PAGE.format(charset="utf-8"))
    assert read_article(path).text.startswith("Is moss tea good?\n\nMoss tea is very good")


def test_a_page_in_japanese_by_its_declared_charset(tmp_path):
    words = "苔茶は眠りを助けます。" * 20
    raw = f'<html><meta charset="iso-2022-jp"><body><p>{words}</p></body></html>'.encode(
        "iso2022_jp"
    )
    assert raw.isascii()
    assert read_article(written(tmp_path / "p.html", raw)).text == words + "\n"


@pytest.mark.parametrize(
    ("name", "raw", "message"),
    [
        ("tea.txt", b"", "holds no text"),
        ("tea.txt", b" \n\t\n", "holds no text"),
        ("tea.txt", b"Caf\xe9 tea\n", r"is not UTF-8 at byte 3 \(0xe9\); open it in an editor"),
        ("tea.txt", b"a\0b", "has a NUL byte at 1"),
        (
            "tea.html",
            b"<html><body><script>x()</script></body></html>",
            "no text found in the page",
        ),
        ("tea.html", b"", "no text found in the page"),
        ("tea.html", b'<html><meta charset="nonesuch"><body>Caf\xe9</body></html>', "byte 40"),
    ],
)
def test_a_file_without_an_article_in_it_is_refused(name, raw, message, tmp_path):
    path = written(tmp_path / name, raw)
    with pytest.raises(ArticleError, match=message):
        new(tmp_path / "c", [path])
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_a_missing_file_and_a_folder_are_refused(tmp_path, note):
    for path in (tmp_path / "nowhere.txt", tmp_path):
        with pytest.raises(
            FileNotFoundError, match=f"{path.name} is missing or a folder; name the"
        ):
            new(tmp_path / "c", [note, path])
    assert not (tmp_path / "c").exists()


@pytest.mark.parametrize("language", ["", "english", "e", "en_GB", "en-", "de\n"])
def test_a_language_that_is_no_tag_is_refused(language, tmp_path, note):
    with pytest.raises(ArticleError, match="is not a language tag"):
        new(tmp_path / "c", [note], language)


def test_a_folder_with_anything_in_it_is_left_alone_and_an_empty_one_is_taken(tmp_path, note):
    full = written(tmp_path / "full" / ".hidden", b"x").parent
    for place in (full, note):
        before = snapshot(tmp_path)
        with pytest.raises(FileExistsError, match="is there and not empty"):
            new(place, [note])
        assert snapshot(tmp_path) == before
    (tmp_path / "empty").mkdir()
    new(tmp_path / "empty", [note])
    assert claimatlas.validate(tmp_path / "empty") == []


def test_all_or_nothing(tmp_path, note, monkeypatch):
    before = snapshot(tmp_path)
    monkeypatch.setattr(curate, "worksheet", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        new(tmp_path / "deep" / "c", [note])
    assert snapshot(tmp_path) == before | {"deep": b""}


def test_files_of_one_name_or_one_text_go_side_by_side(tmp_path, page):
    texts = [written(tmp_path / d / "tea.txt", "Moss tea.\n") for d in "abc"]
    upper = written(tmp_path / "d" / "TEA.txt", "Moss tea.\r\n")
    named = written(tmp_path / "e" / "originals", "Moss tea.\n")
    other = written(tmp_path / "f" / "moss page.txt", "Moss tea.\n")
    new(tmp_path / "new", [*texts, upper, named, page, other, page])
    atlas = claimatlas.load(tmp_path / "new")
    assert list(atlas.articles["article_id"]) == list("ABCDEFGH")
    assert len({name.lower() for name in atlas.articles["file"]}) == 8
    originals = [p.read_bytes() for p in (tmp_path / "new" / "seeds" / "originals").iterdir()]
    assert sorted(originals) == sorted([b"Moss tea.\r\n", page.read_bytes(), page.read_bytes()])


@pytest.mark.parametrize(
    "name", ["=1+1.txt", "a\nb.txt", " tea .txt", ".txt", "-x", "茶.txt", "..md"]
)
def test_any_name_of_a_file_makes_a_sound_corpus(name, tmp_path):
    new(tmp_path / "c", [written(tmp_path / name, "Moss tea.\n")])
    (row,) = table(tmp_path / "c" / "data" / "articles.csv")
    assert (tmp_path / "c" / row["file"]).read_bytes() == b"Moss tea.\n"
    assert "\n" not in row["file"]


def test_ids_go_on_behind_the_alphabet():
    assert [curate._letters(n) for n in (0, 25, 26, 51, 52, 701, 702)] == [
        "A", "Z", "AA", "AZ", "BA", "ZZ", "AAA",
    ]  # fmt: skip


def test_the_list_of_hedges_is_english(tmp_path, note):
    new(tmp_path / "c", [note], "de")
    assert "hedges" not in claimatlas.load(tmp_path / "c").tables


# --- worksheets --------------------------------------------------------------------------------


def test_a_worksheet_has_the_columns_of_claims_and_every_sentence_at_its_place(tmp_path, note):
    new(tmp_path / "c", [note])
    path = tmp_path / "c" / "worksheets" / "A.csv"
    claims = read_schema(tmp_path / "c").tables["claims"]
    assert path.read_bytes().split(b"\n")[0].decode().split(",") == [c.name for c in claims.columns]
    text = note.read_text(encoding="utf-8")
    rows = table(path)
    assert [(r["claim_id"], r["quote"], r["section"]) for r in rows] == [
        ("A010", "Moss tea", ""),
        ("A020", "Moss tea helps.", "# Moss tea"),
        ("A030", "It works!", "# Moss tea"),
        ("A040", "Effects", "# Moss tea"),
        ("A050", "sleep", "## Effects"),
        ("A060", "+5 points of mood", "## Effects"),
    ]
    for row in rows:
        assert check_quote(text, int(row["start"]), int(row["end"]), row["quote"]) is None
        assert not any(row[c] for c in ("context", "proposition_id", "voice", "about", "stance"))


def test_a_heading_that_a_cell_cannot_hold_is_left_out():
    rows = curate.worksheet("# One \nMoss.\n", "A", "en", [(0, "# One ")])
    assert [row["section"] for row in rows] == ["", ""]


def test_the_ids_of_a_worksheet_are_of_one_width():
    rows = curate.worksheet("It is. " * 120, "A")
    assert [rows[0]["claim_id"], rows[-1]["claim_id"]] == ["A0010", "A1200"]


def test_a_filled_worksheet_is_a_table_of_claims(tmp_path, note):
    new(tmp_path / "c", [note])
    corpus = Corpus(tmp_path / "c")
    sheet = (corpus.root / "worksheets" / "A.csv").read_bytes()
    corpus.write("claims", sheet)
    judged = {"proposition_id": "P001", "about": "world", "voice": "own", "stance": "affirms",
              "wording": "bare", "attribution": "none", "species_worded": "unmarked"}  # fmt: skip
    for row in table(corpus.path("claims")):
        corpus.set("claims", row["claim_id"], **judged)
    head, _ = corpus.text("propositions").split("\n", 1)
    values = {"proposition_id": "P001", "statement": "Moss tea helps", "topic": "effects",
              "kind": "effect", "route": "none"}  # fmt: skip
    corpus.write_rows(
        "propositions", [head.split(","), [values.get(c, "") for c in head.split(",")]]
    )
    assert corpus.faults() == []


@pytest.mark.slow
def test_twelve_articles_and_a_megabyte_and_other_scripts(tmp_path):
    texts = [
        "苔茶有助于睡眠。" * 3000,
        "مرحبا بك؟ نعم. " * 3000,
        "One paragraph. " * 70_000,
        "🌿 e\u0301. " * 9,
    ]
    files = [written(tmp_path / f"{n}.txt", text) for n, text in enumerate(texts * 3)]
    new(tmp_path / "c", files)
    assert len(claimatlas.load(tmp_path / "c").articles) == 12
    for n, text in enumerate(texts):
        path = tmp_path / "c" / "worksheets" / f"{'ABCD'[n]}.csv"
        for row in table(path)[:50]:
            assert check_quote(text, int(row["start"]), int(row["end"]), row["quote"]) is None


# --- the place of words ------------------------------------------------------------------------


def test_every_place_of_words_has_a_row_that_is_sound(moss):
    exact, near = find(moss.root, "B", "Moss tea")
    assert near == []
    text = moss.words("B")
    assert [p.start for p in exact] == [28, 263]
    for place in exact:
        assert text[place.start : place.end] == place.row["quote"] == "Moss tea"
        assert "[[Moss tea]]" in place.shown
        assert "\n" not in place.shown
    assert [p.row["section"] for p in exact] == ["", "The evidence"]
    ids = [p.row["claim_id"] for p in exact]
    assert len(set(ids)) == 2
    assert not set(ids) & {r[0] for r in moss.rows("claims")}
    row = moss.rows("claims")[moss.line("claims", "B004") - 1]
    names = moss.rows("claims")[0]
    judged = {
        c: row[names.index(c)] for c in ("about", "voice", "stance", "wording", "species_worded")
    }
    full = judged | {"attribution": "none", "proposition_id": "P001"} | exact[1].row
    moss.insert("claims", "B011", [full.get(c, "") for c in names])
    assert moss.faults() == []


def test_words_that_cut_a_word_get_the_whole_ones(moss):
    (place,), _ = find(moss.root, "B", "significant effect")
    assert (place.start, place.end) == (223, 241)
    assert place.row["quote"] == "nonsignificant effect"
    assert (place.row["start"], place.row["end"]) == ("220", "241")


def test_words_that_stand_nowhere_get_the_nearest(moss):
    exact, near = find(moss.root, "B", "it doesn't cure insomnia")
    assert exact == []
    assert near[0].row["quote"] == "It doesn’t cure insomnia"
    assert 1 <= len(near) <= 3
    assert find(moss.root, "B", "QQQQQ") == ([], [])


def test_words_are_found_while_other_tables_have_faults(moss):
    moss.write("propositions", b"\xff\0")
    moss.write("claims", 'claim_id,"')
    moss.path("seams").unlink()
    moss.write("codes", "")
    (place,), _ = find(moss.root, "B", " cure insomnia\n")
    assert place.row["claim_id"] == "B001"


def test_a_free_id_lies_between_the_sentences_of_the_worksheet(tmp_path, note):
    new(tmp_path / "c", [note])
    (place,), _ = find(tmp_path / "c", "A", "works")
    assert place.row["claim_id"] == "A031"
    assert place.row["section"] == "# Moss tea"


def test_a_free_id_is_free_even_beside_a_row_that_is_broken(moss):
    (place,), _ = find(moss.root, "B", "cure insomnia")
    assert place.row["claim_id"] == "B012"  # the corpus has claims up to B011
    moss.write("claims", moss.text("claims").encode() + b"B012,caf\xe9\n")
    (place,), _ = find(moss.root, "B", "cure insomnia")
    assert place.row["claim_id"] == "B013"


def test_places_that_cannot_be_looked_at_are_refused(moss):
    with pytest.raises(ArticleError, match="no article 'Z'; there are A, B, C"):
        find(moss.root, "Z", "tea")
    with pytest.raises(ArticleError, match="no words"):
        find(moss.root, "A", "  ")
    moss.article("B").unlink()
    with pytest.raises(ArticleError, match="file of article B cannot be read"):
        find(moss.root, "B", "tea")
    moss.write("articles", "x")
    with pytest.raises(claimatlas.CorpusError, match=r"data/articles\.csv"):
        find(moss.root, "A", "tea")
    moss.schema_path.unlink()
    with pytest.raises(SchemaError):
        find(moss.root, "A", "tea")


# --- tidy --------------------------------------------------------------------------------------


def tidied(root) -> list[str]:
    """Repair a corpus and name the tables that changed."""
    repairs, _ = tidy(root)
    for repair in repairs:
        repair.write()
    return [repair.name for repair in repairs]


def test_a_sound_corpus_has_nothing_to_repair(moss):
    assert tidy(moss.root) == ([], [])
    assert tidy(ROOT) == ([], [])


def test_marks_line_ends_order_and_offsets_are_repaired_and_nothing_else(moss):
    before = moss.snapshot()
    moss.write("nodes", "\ufeff" + moss.text("nodes"))
    moss.write("propositions", moss.text("propositions").replace("\n", "\r\n"))
    moss.write("searches", moss.text("searches").replace("\n", "\r"))
    moss.path("hedges").parent.joinpath("lexicons/hedges.csv")
    hedges = moss.root / "data" / "lexicons" / "hedges.csv"
    hedges.write_bytes(b"\xef\xbb\xbf" + hedges.read_bytes().replace(b"\n", b"\r\n"))
    rows = moss.rows("claims")
    moss.write_rows("claims", [rows[0], *reversed(rows[1:])])
    moss.set("claims", "B004", start="", end="292")
    moss.set("claims", "B005", start="294.0", end="1,341")
    moss.set("claims", "C001", start="382", end="404")
    assert len(moss.faults()) > 3
    assert sorted(tidied(moss.root)) == [
        "data/claims.csv", "data/lexicons/hedges.csv", "data/nodes.csv", "data/propositions.csv",
        "data/searches.csv",
    ]  # fmt: skip
    assert moss.snapshot() == before


def test_the_diff_counts_what_does_not_show_and_shows_the_rest(moss):
    moss.set("claims", "B004", start="1")
    moss.write("claims", "\ufeff" + moss.text("claims").replace("\n", "\r\n"))
    (repair,), _ = tidy(moss.root)
    lines = list(repair.diff())
    assert lines[:4] == [
        "--- data/claims.csv",
        "+++ data/claims.csv",
        "@@ byte-order mark removed @@",
        "@@ 31 line ends CRLF or CR become LF @@",
    ]
    changed = [line[:16] for line in lines[4:] if line[0] in "+-"]
    assert changed == ["-B004,B,1,292,Mo", "+B004,B,263,292,"]


@pytest.mark.parametrize(
    ("table", "spoil", "why"),
    [
        ("seams", lambda t: t.replace("A,571,", 'A,571,"'), "quote"),
        ("seams", lambda t: t.replace("\n", ",\n", 3), "empty column 4"),
        ("seams", lambda t: t.replace(",", ";"), "parted by semicolons"),
        ("seams", lambda t: t + "\n", "short row"),
        ("seams", lambda t: t + "\0", "NUL"),
        ("seams", lambda t: t + "<<<<<<< HEAD\n", "merge-conflict"),
        ("seams", lambda t: t.encode("utf-16"), "UTF-16"),
        ("seams", lambda t: t.encode() + b"\xe9", "not UTF-8"),
        ("seams", lambda t: t.replace("A,571", "A\r,571"), "short row"),
    ],
)
def test_a_table_that_cannot_be_taken_apart_is_named_and_left_alone(table, spoil, why, moss):
    spoilt = spoil(moss.text(table))
    moss.write(table, b"\xef\xbb\xbf" + spoilt.encode() if isinstance(spoilt, str) else spoilt)
    moss.set("claims", "B004", start="1")
    before = moss.path(table).read_bytes()
    repairs, left = tidy(moss.root)
    assert [r.name for r in repairs] == ["data/claims.csv"]
    assert any(why in str(fault) for fault in left)
    assert {fault.file for fault in left} == {f"data/{table}.csv"}
    tidied(moss.root)
    assert moss.path(table).read_bytes() == before


@pytest.mark.parametrize(
    ("claim", "quote"),
    [("B004", "Moss tea"), ("B003", "significant effect"), ("B004", "Moss tea does not act quick"),
     ("B004", "not there")],
)  # fmt: skip
def test_offsets_stay_where_a_quote_has_no_single_place_between_words(claim, quote, moss):
    moss.set("claims", claim, quote=quote, start="7", end="9")
    assert tidy(moss.root) == ([], [])


def test_offsets_stay_where_the_article_is_not_the_registered_one(moss):
    moss.article("B").write_bytes(b"x" + moss.article("B").read_bytes())
    assert tidy(moss.root) == ([], [])


def test_offsets_that_are_right_stay_as_they_are_written(moss):
    moss.set("claims", "B004", start="0263")
    assert tidy(moss.root) == ([], [])


def test_rows_that_stay_keep_their_quoting_and_every_byte(moss):
    text = moss.text("searches").rstrip("\n")
    rows = text.split("\n")
    rows[1] = rows[1].replace("S001", '"S001"')
    moss.write("searches", "\n".join([rows[0], rows[2], rows[1], *rows[3:]]))
    tidied(moss.root)
    assert moss.text("searches") == "\n".join(rows) + "\n"


def test_a_cell_of_several_lines_goes_with_its_row(moss):
    moss.set("proposition_links", ("P018",), why="One.\nTwo\u2028\x0bthree.")
    rows = moss.rows("proposition_links")
    moss.write_rows("proposition_links", [rows[0], *reversed(rows[1:])])
    moss.write("proposition_links", moss.text("proposition_links").replace("\n", "\r\n"))
    tidied(moss.root)
    assert moss.rows("proposition_links") == rows


def test_a_repaired_file_keeps_its_permissions_and_leaves_nothing_beside_it(moss):
    moss.write("seams", "\ufeff" + moss.text("seams"))
    moss.path("seams").chmod(0o640)
    names = set(moss.snapshot())
    tidied(moss.root)
    assert moss.path("seams").stat().st_mode & 0o777 == 0o640
    assert set(moss.snapshot()) == names


def test_a_link_to_a_table_stays_a_link(moss):
    real = moss.path("seams").rename(moss.root / "real.csv")
    moss.path("seams").symlink_to(real)
    real.write_bytes(b"\xef\xbb\xbf" + real.read_bytes())
    tidied(moss.root)
    assert moss.path("seams").is_symlink()
    assert moss.faults() == []


def test_a_file_that_was_changed_meanwhile_is_not_overwritten(moss):
    moss.write("seams", "\ufeff" + moss.text("seams"))
    (repair,), _ = tidy(moss.root)
    moss.write("seams", "other")
    with pytest.raises(OSError, match="changed meanwhile"):
        repair.write()
    assert moss.text("seams") == "other"


def test_a_failed_write_leaves_the_old_file_and_nothing_beside_it(moss, monkeypatch):
    before = moss.snapshot()
    monkeypatch.setattr(os, "fsync", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        curate.replace(moss.path("seams"), b"half")
    assert moss.snapshot() == before


cells = st.text(
    st.one_of(
        st.sampled_from("\"',;\n\r\u2028\ufeff=+-@ 0a"), st.characters(exclude_categories=["Cs"])
    ),
    max_size=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    st.lists(st.tuples(st.integers(1, 600), cells), max_size=6),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
@example([(5, "b"), (5, "a"), (40, ""), (4, 'x\r\ny"')], "\r\n", True, csv.QUOTE_ALL)
def test_to_tidy_twice_is_to_tidy_once_and_no_cell_changes(moss, rows, end, marked, quoting):
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator=end, quoting=quoting)
    writer.writerows([["article_id", "offset", "why"], *([*("A", n), why] for n, why in rows)])
    moss.write("seams", ("\ufeff" if marked else "") + out.getvalue())
    before = list(csv.reader(io.StringIO(out.getvalue(), newline="")))
    _, left = tidy(moss.root)
    tidied(moss.root)
    assert tidy(moss.root) == ([], left)
    if not left:
        clean = [[c.replace("\r\n", "\n").replace("\r", "\n") for c in row] for row in before]
        assert sorted(moss.rows("seams")) == sorted(clean)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.randoms(use_true_random=False))
def test_tidy_never_changes_a_cell_of_claims_but_the_offsets(moss, random):
    moss.write("claims", (MOSS / "data" / "claims.csv").read_bytes())
    rows = moss.rows("claims")
    body = rows[1:]
    random.shuffle(body)
    for row in random.sample(body, 6):
        row[random.choice([2, 3])] = random.choice(["", "x", "0", "1.0", "-3", "999999"])
    moss.write_rows("claims", [rows[0], *body])
    tidied(moss.root)
    assert tidy(moss.root)[0] == []
    after = moss.rows("claims")
    bare = sorted([*row[:2], *row[4:]] for row in [rows[0], *body])
    assert sorted([*row[:2], *row[4:]] for row in after) == bare


# --- what spreadsheets and pandas do to tables -------------------------------------------------


def by_pandas(corpus, table, change=None, read=None, **write):
    """Read a table with pandas, change the frame, and write it with pandas."""
    frame = pd.read_csv(
        corpus.path(table), **({"dtype": str, "keep_default_na": False} | (read or {}))
    )
    frame = frame if change is None else change(frame)
    frame.to_csv(corpus.path(table), **({"index": False} | write))


def put(column, value, row):
    """Return a change of a frame: one cell."""

    def change(frame):
        frame.loc[frame.index[row], column] = value
        return frame

    return change


def as_floats(frame):
    frame["body_end"] = pd.to_numeric(frame["body_end"]).astype("float64")
    return frame


def as_dates(frame):
    frame["published"] = pd.to_datetime(frame["published"])
    return frame


def replaced(corpus, article, old, new):
    corpus.write_article(article, corpus.words(article).replace(old, new).encode())


EDITS = {
    "a byte-order mark": (
        lambda c: by_pandas(c, "seams", encoding="utf-8-sig"),
        f"data/seams.csv:1: begins with a byte-order mark (save as UTF-8 without one; {TIDY})",
    ),
    "CRLF": (
        lambda c: by_pandas(c, "seams", lineterminator="\r\n"),
        f"seams.csv:1: has a carriage return (CRLF line ends) (save with LF line ends; {TIDY})",
    ),
    "CR": (lambda c: by_pandas(c, "seams", lineterminator="\r"), f"save with LF line ends; {TIDY}"),
    "semicolons": (
        lambda c: by_pandas(c, "seams", sep=";"),
        "seams.csv:1: has its cells parted by semicolons (a spreadsheet of another country may do "
        f"so; save with commas; {HAND}",
    ),
    "quoted semicolons and a mark": (
        lambda c: by_pandas(c, "seams", sep=";", quoting=csv.QUOTE_ALL, encoding="utf-8-sig"),
        "seams.csv:1: has its cells parted by semicolons",
    ),
    "a lost header": (
        lambda c: c.write_rows("seams", c.rows("seams")[1:]),
        "seams.csv:1: \"A,571,the cell 'Drink' with the cell 'Onset'\" has no header: the "
        "first line names none of the columns (write above it: article_id,offset,why)",
    ),
    "tabs": (lambda c: by_pandas(c, "seams", sep="\t"), "cells parted by tabs"),
    "UTF-16": (
        lambda c: by_pandas(c, "seams", encoding="utf-16", sep="\t"),
        "seams.csv:1: is UTF-16 (a spreadsheet calls it Unicode text; save as CSV in UTF-8; "
        f"{HAND}",
    ),
    "an older encoding": (
        lambda c: by_pandas(c, "seams", put("why", "Café", 0), encoding="cp1252"),
        "is not UTF-8 (byte 0xe9) (save the file as UTF-8; a spreadsheet may have used an older "
        f"encoding; {HAND}",
    ),
    **{
        f"the date {value}": (
            lambda c, value=value: by_pandas(c, "articles", put("published", value, 1)),
            f"articles.csv:3:published: '{value}' is not of type date (write a date such as "
            f"2024-12-31; a spreadsheet may have {what}; {HAND}",
        )
        for value, what in [
            ("31/12/2024", "re-formatted the date"),
            ("12/31/24", "re-formatted the date"),
            ("31.12.2024", "re-formatted the date"),
            ("31-Dec-24", "re-formatted the date"),
            ("Dec 31, 2024", "re-formatted the date"),
            ("2024/12/31", "re-formatted the date"),
            ("45657", "written the number of the day"),
        ]
    },
    "a date with its time": (
        lambda c: by_pandas(c, "articles", as_dates, date_format="%Y-%m-%d %H:%M:%S"),
        "'2024-03-01 00:00:00' is not of type date (write a date such as 2024-12-31; pandas may "
        f"have added the time of day; {HAND}",
    ),
    "integers beside empty cells": (
        lambda c: by_pandas(c, "articles", as_floats),
        "body_end: '691.0' is not of type integer (write digits only; pandas writes whole numbers "
        f"so where other cells are empty; {HAND}",
    ),
    "integers of offsets as floats": (
        lambda c: by_pandas(c, "claims", put("start", "263.0", 20)),
        f"so where other cells are empty; {TIDY} where the quote stands once in its article)",
    ),
    "an offset cut out": (
        lambda c: by_pandas(c, "claims", put("start", "", 20)),
        f"claims.csv:22:start: is empty (fill the cell; {TIDY} where the quote stands once in its",
    ),
    **{
        f"the number {value}": (
            lambda c, value=value: by_pandas(c, "propositions", put("value_high", value, 11)),
            f"value_high: '{value}' is not of type number (write a number such as 0.5; {what}; "
            f"{HAND}",
        )
        for value, what in [
            ("0,5", "a spreadsheet may have put a decimal comma"),
            ("1,234", "a spreadsheet may have put marks between the digits"),
            ("1.2E+05", "a spreadsheet or pandas may have shortened it"),
            ("+1", "no sign stands before a positive number"),
            ("TRUE", "a spreadsheet may have read it as true or false"),
            ("#NAME?", "a spreadsheet may have run it as a formula"),
        ]
    },
    **{
        f"the missing value {value}": (
            lambda c, value=value: by_pandas(c, "claims", put("stance", value, 20)),
            f"stance: '{value}' is not a code of the list stance (write one of affirms, denies, "
            f"says_unknown; pandas may mean an empty cell; empty it; {HAND}",
        )
        for value in ("nan", "NaN", "None", "NA", "<NA>", "#N/A", "NULL")
    },
    "missing keys": (
        lambda c: by_pandas(
            c, "propositions", lambda f: f.mask(f == ""), {"keep_default_na": True}, na_rep="nan"
        ),
        f"is not in nodes.csv (add it to nodes.csv first; pandas may mean an empty cell; "
        f"empty it; {HAND}",
    ),
    "missing values of a form": (
        lambda c: by_pandas(c, "studies", put("pmid", "nan", 0)),
        f"has the wrong form (write it so that it matches [0-9]{{1,8}}; pandas may mean an "
        f"empty cell; empty it; {HAND}",
    ),
    "a code in capitals": (
        lambda c: by_pandas(c, "studies", put("randomised", "TRUE", 0)),
        f"a spreadsheet may have read it as true or false; {HAND}",
    ),
    "a column of row numbers": (
        lambda c: by_pandas(c, "seams", index=True),
        f"seams.csv:1: begins with a column of row numbers (delete it; pandas writes none with "
        f"index=False; {HAND}",
    ),
    "a column of row numbers, read again": (
        lambda c: (by_pandas(c, "seams", index=True), by_pandas(c, "seams")),
        "seams.csv:1: 'Unnamed: 0' begins with a column of row numbers",
    ),
    "empty columns": (
        lambda c: c.write("seams", c.text("seams").replace("\n", ",,\n")),
        f"seams.csv:1: has an empty column 5 at its end (delete the column; a spreadsheet may have "
        f"added it; {HAND}",
    ),
    "empty rows": (
        lambda c: c.write("seams", c.text("seams") + ",,\n,,\n"),
        "seams.csv:10: is a row of empty cells (delete it; a spreadsheet may have added it; "
        f"{HAND}",
    ),
    "curly quotes": (
        lambda c: by_pandas(c, "claims", put("quote", "Moss tea’s", 20)),
        "claims.csv:22:quote: 'Moss tea’s' ",
    ),
    "straight quotes": (
        lambda c: by_pandas(c, "claims", put("quote", "It doesn't cure insomnia", 23)),
        f"an editor's autocorrection may have changed it; {HAND}",
    ),
    "a formula that failed": (
        lambda c: by_pandas(c, "claims", put("quote", "#NAME?", 20)),
        f"a spreadsheet may have run it as a formula; {HAND}",
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_what_an_editor_did_has_a_line_that_says_so(name, moss):
    edit, wanted = EDITS[name]
    edit(moss)
    faults = moss.faults()
    assert any(wanted in line for line in faults), "\n".join(faults)
    claims_repaired = TIDY in wanted
    before = moss.snapshot()
    tidied(moss.root)
    assert (moss.snapshot() != before) == claims_repaired
    assert (moss.faults() == []) == claims_repaired


@pytest.mark.parametrize(
    ("there", "cell", "what"),
    [
        ("0.50", "0.5", "a spreadsheet or pandas may have re-formatted the number"),
        ("+1", "1", "a spreadsheet may have changed the sign at its beginning"),
        ("007", "7", "a spreadsheet or pandas may have re-formatted the number"),
        ("10-14", "14-Oct", "a spreadsheet may have read the cell as a date"),
        ("1/2", "2024-01-02 00:00:00", "a spreadsheet may have read the cell as a date"),
        ("- slumber", "slumber", ""),
        ("-5 points", "'-5 points", "a spreadsheet may have changed the sign at its beginning"),
        ("true", "TRUE", "an editor's autocorrection may have changed it"),
        ("100000", "1.00E+05", "a spreadsheet or pandas may have re-formatted the number"),
        ("w" * 40_000, "w" * 32_767, "a spreadsheet may have cut the cell at 32,767 characters"),
    ],
)  # fmt: skip
def test_what_an_editor_made_of_a_quote_has_a_line_that_says_so(there, cell, what, moss):
    words = moss.words("C") + f"\nAt the end {there} stands."
    moss.write_article("C", words.encode())
    start = words.rindex(there)
    moss.set("claims", "C002", quote=there, start=start, end=start + len(there))
    assert moss.faults() == []
    moss.set("claims", "C002", quote=cell)
    (line,) = [f for f in moss.faults() if f.startswith("data/claims.csv:31:quote")]
    if what:
        assert f"; {what}; {HAND}" in line
    else:  # the words still stand once, so only the offsets are wrong
        assert line.endswith(f"; {TIDY})")


@pytest.mark.parametrize("known", ["007", "+7"])
def test_a_key_that_lost_zeros_or_a_sign_is_told_which_it_was(known, moss):
    descriptor = moss.schema()
    del moss.resource(descriptor, "nodes")["schema"]["fields"][0]["constraints"]["pattern"]
    moss.write_schema(descriptor)
    node = moss.rows("nodes")[1][0]
    for table in ("nodes", "propositions", "doses", "second_coding"):
        rows = [[known if cell == node else cell for cell in row] for row in moss.rows(table)]
        moss.write_rows(table, rows)
    row = next(r for r in moss.rows("propositions") if known in r)
    moss.set("propositions", row[0], **{moss.rows("propositions")[0][row.index(known)]: "7"})
    wanted = f"nearest: {known}; a spreadsheet or pandas may have cut zeros off; {HAND}"
    assert any("'7' is not in nodes.csv" in f and wanted in f for f in moss.faults())


def test_a_cell_whose_form_wants_zeros_is_told_so(moss):
    descriptor = moss.schema()
    fields = moss.resource(descriptor, "seams")["schema"]["fields"]
    fields[2]["constraints"]["pattern"] = "[0-9]{3}"
    moss.write_schema(descriptor)
    rows = moss.rows("seams")
    moss.write_rows("seams", [rows[0], *([*row[:2], "007"] for row in rows[1:])])
    assert moss.faults() == []
    by_pandas(moss, "seams", read={"dtype": None})
    assert all(f.endswith(f"may have cut zeros off; {HAND}") for f in moss.faults())
    assert len(moss.faults()) == len(rows) - 1


@pytest.mark.parametrize("quoting", [csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC])
def test_what_is_only_a_matter_of_quoting_loads(quoting, moss):
    before = claimatlas.load(moss.root)
    for name in before.tables:
        path = moss.root / before.schema.tables[name].file
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        frame.to_csv(path, index=False, quoting=quoting)
    after = claimatlas.load(moss.root)
    for name, rows in before.tables.items():
        pd.testing.assert_frame_equal(rows, after.tables[name])
    assert tidy(moss.root) == ([], [])


plain = st.text(
    st.one_of(st.sampled_from('"\',;=+-@|\n'), st.characters(exclude_categories=["Cs", "Cc", "Z"])),
    min_size=1,
    max_size=12,
).filter(lambda s: s == s.strip() and s.count(",") < 2)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12)
@given(st.lists(plain, min_size=8, max_size=8))
@example(["NA", "nan", "007", "+1", "1e5", "=SUM(A1)", "'x", '"'])
def test_any_words_come_back_from_pandas_as_they_were(moss, words):
    moss.write("seams", (MOSS / "data" / "seams.csv").read_bytes())
    rows = moss.rows("seams")
    moss.write_rows(
        "seams", [rows[0], *([*r[:2], w] for r, w in zip(rows[1:], words, strict=True))]
    )
    before = claimatlas.load(moss.root).seams
    assert before["why"].tolist() == words
    by_pandas(moss, "seams", quoting=csv.QUOTE_ALL)
    pd.testing.assert_frame_equal(claimatlas.load(moss.root).seams, before)


# --- frictionless by itself --------------------------------------------------------------------


def frictionless_is_content(root) -> bool:
    from frictionless import Package

    return Package(str(Path(root) / "data" / "datapackage.json")).validate().valid


def test_frictionless_finds_the_same_sound(tmp_path, moss, note):
    new(tmp_path / "c", [note])
    for root in (moss.root, tmp_path / "c", ROOT):
        assert claimatlas.validate(root) == []
        assert frictionless_is_content(root)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda c: c.insert("seams", ("A", "576"), ["A", 576, "again"]),
        lambda c: c.set("propositions", "P016", statement="Moss tea calms the mind"),
        lambda c: c.set("claims", "B004", start="x"),
        lambda c: c.set("articles", "B", body_end="691.0"),
        lambda c: c.set("articles", "B", body_end="0"),
        lambda c: c.set("propositions", "P012", value_high="many"),
        lambda c: c.set("propositions", "P012", value_high="0,5"),
        lambda c: c.set("articles", "B", published="31/12/2024"),
        lambda c: c.set("articles", "B", published="2024-02-30"),
        lambda c: c.set("articles", "B", published="2024-03-01 00:00:00"),
        lambda c: c.set("articles", "B", language="english"),
        lambda c: c.set("claims", "B004", quote=""),
        lambda c: c.set("claims", "C002", proposition_id="P999"),
        lambda c: c.set("citations", "C03", duplicate_of="C99"),
        lambda c: c.set("studies", c.rows("studies")[1][0], pmid="31234567.0"),
        lambda c: c.replace("seams", "offset", "offsets"),
        lambda c: c.write_rows("seams", [[*r, "x"] for r in c.rows("seams")]),
        lambda c: c.write_rows("seams", [r[:2] for r in c.rows("seams")]),
        lambda c: c.write_rows("seams", [[r[1], r[0], r[2]] for r in c.rows("seams")]),
        lambda c: c.write("seams", c.text("seams") + ",,\n"),
        lambda c: c.write("seams", c.text("seams") + "A,9\n"),
        lambda c: c.path("seams").unlink(),
        lambda c: by_pandas(c, "seams", sep=";"),
        lambda c: by_pandas(c, "seams", sep="\t"),
        lambda c: by_pandas(c, "seams", index=True),
        lambda c: by_pandas(c, "seams", encoding="utf-16"),
        lambda c: c.write("seams", ""),
    ],
)  # fmt: skip
def test_frictionless_finds_the_same_broken(spoil, moss):
    spoil(moss)
    assert moss.faults() != []
    assert not frictionless_is_content(moss.root)


# --- the commands ------------------------------------------------------------------------------


def test_new_prints_what_it_made_and_what_comes_next(tmp_path, note, page, capsys):
    out = tmp_path / "c"
    assert main(["new", str(out), "--article", str(note), "--article", str(page)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sorted(lines[:-2]) == sorted(str(p) for p in out.rglob("*") if p.is_file())
    assert "README.md" in lines[-2] and f"claimatlas check {out}" in lines[-1]
    assert main(["check", str(out)]) == 0
    assert main(["new", str(out), "--article", str(note)]) == 1
    assert capsys.readouterr().err.startswith(f"claimatlas: {out} is there and not empty")


def test_quote_prints_places_and_ready_rows(moss, capsys):
    assert main(["quote", str(moss.root), "B", "cure insomnia"]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[0] == "412:425, section 'The evidence'"
    assert "[[cure insomnia]]" in lines[1]
    rows = list(csv.DictReader(lines[2:]))
    assert [(r["article_id"], r["start"], r["end"], r["quote"]) for r in rows] == [
        ("B", "412", "425", "cure insomnia")
    ]
    assert list(rows[0]) == moss.rows("claims")[0]
    assert err == ""


def test_quote_of_part_of_a_word_says_so(moss, capsys):
    assert main(["quote", str(moss.root), "B", "significant effect"]) == 0
    out = capsys.readouterr().out
    assert "cuts a word; the whole words are 220:241: 'nonsignificant effect'" in out


def test_quote_of_other_words_exits_with_1_and_names_the_nearest(moss, capsys):
    assert main(["quote", str(moss.root), "B", "cures insomnia"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("the words do not stand in the article; nearest:\n")
    assert "[[cure insomnia]]" in out
    assert main(["quote", str(moss.root), "B", "QQQQQ"]) == 1
    assert capsys.readouterr().out == "the words do not stand in the article\n"
    assert main(["quote", str(moss.root), "Z", "moss"]) == 1
    assert capsys.readouterr().err == "claimatlas: no article 'Z'; there are A, B, C\n"


def test_tidy_shows_before_it_writes_and_a_dry_run_only_shows(moss, capsys):
    moss.set("claims", "B004", start="1")
    moss.write("seams", "\ufeff" + moss.text("seams"))
    before = moss.snapshot()
    assert main(["tidy", str(moss.root), "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert moss.snapshot() == before
    assert "@@ byte-order mark removed @@" in shown and "\n+B004,B,263,292," in shown
    assert shown.endswith("\n2 files to repair\n")
    assert main(["tidy", str(moss.root)]) == 0
    assert capsys.readouterr().out == shown.replace("to repair", "repaired")
    assert moss.faults() == []


def test_tidy_says_what_is_left(moss, capsys):
    moss.set("claims", "B004", stance="denys")
    moss.write("seams", moss.text("seams").replace(",", ";"))
    assert main(["tidy", str(moss.root)]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("left alone: data/seams.csv:1: has its cells parted by semicolons")
    assert out[1:] == ["nothing to do", f"2 faults left: claimatlas check {moss.root}"]


def test_nothing_to_do_touches_no_file(moss, capsys):
    times = {p: p.stat().st_mtime_ns for p in moss.root.rglob("*")}
    assert main(["tidy", str(moss.root)]) == 0
    assert capsys.readouterr().out == "nothing to do\n"
    assert times == {p: p.stat().st_mtime_ns for p in moss.root.rglob("*")}


@pytest.mark.parametrize("command", [["tidy", "nowhere"], ["quote", "nowhere", "A", "x"]])
def test_a_folder_that_is_no_corpus_is_one_line(command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(command) == 1
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("claimatlas: missing; a corpus needs data/datapackage.json")
