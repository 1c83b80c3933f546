"""The command line: what it prints, how it exits, and that nothing ends in a traceback."""

import os
import re
import subprocess
import sys

import pytest

import claimatlas
from claimatlas.cli import main
from claimatlas.export import dictionary

from .conftest import MOSS


def exit_code(*words):
    with pytest.raises(SystemExit) as caught:
        main([str(word) for word in words])
    return caught.value.code


def test_help_names_every_command(capsys):
    assert exit_code("--help") == 0
    out = capsys.readouterr().out
    assert out.startswith("usage: claimatlas ")
    for command in ("new", "quote", "tidy", "check", "export", "dictionary"):
        assert re.search(rf"^    {command}\s+\S", out, re.MULTILINE)


@pytest.mark.parametrize("command", ["tidy", "check", "export", "dictionary"])
def test_every_command_has_help_of_its_own(command, capsys):
    assert exit_code(command, "--help") == 0
    out = capsys.readouterr().out
    assert out.startswith(f"usage: claimatlas {command} ")
    assert "the corpus folder (default: this folder)" in out


def test_version_is_that_of_the_package(capsys):
    assert exit_code("--version") == 0
    assert capsys.readouterr().out == f"claimatlas {claimatlas.__version__}\n"


@pytest.mark.parametrize(
    "words", [[], ["chekc"], ["export"], ["check", "a", "b"], ["new", "a"], ["quote", "a"]]
)
def test_a_wrong_command_line_exits_with_2_and_says_how_to_use_it(words, capsys):
    assert exit_code(*words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("usage: claimatlas")


def test_check_of_a_sound_corpus_counts_the_rows_of_each_table(capsys):
    assert main(["check", str(MOSS)]) == 0
    out, err = capsys.readouterr()
    assert out == (
        "articles 3, seams 8, claims 30, propositions 23, nodes 8, relations 16, "
        "proposition_links 5, citations 3, citation_links 5, studies 7, groups 3, study_groups 5, "
        "evidence 15, risk_of_bias 15, searches 5, doses 2, practice 2, instruments 2, scores 4, "
        "grading_rules 121, do_not_cite 1, hedges 7, second_coding 24, codes 248\nno faults\n"
    )
    assert err == ""


def test_check_takes_the_current_folder_where_none_is_named(moss, monkeypatch, capsys):
    monkeypatch.chdir(moss.root)
    assert main(["check"]) == 0
    assert capsys.readouterr().out.endswith("no faults\n")


def test_one_fault_is_counted_as_one(moss, capsys):
    moss.set("claims", "B004", stance="denys")
    assert main(["check", str(moss.root)]) == 1
    assert capsys.readouterr().err == "1 fault\n"


def test_a_folder_that_is_no_corpus_exits_with_1(tmp_path, capsys):
    assert main(["check", str(tmp_path)]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("data/datapackage.json: missing; ")
    assert err == "1 fault\n"
    assert list(tmp_path.iterdir()) == []


def test_a_terminal_without_curly_quotes_gets_every_fault_and_no_traceback(moss):
    moss.quote("B010", "sellers often promote it as a “safe” drink", 591)
    moss.set("claims", "C002", proposition_id="P0021")
    before = moss.snapshot()
    done = subprocess.run(
        [sys.executable, "-m", "claimatlas.cli", "check", moss.root],
        capture_output=True,
        encoding="ascii",
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    escaped = [line.encode("ascii", "backslashreplace").decode() for line in moss.faults()]
    assert done.stdout.splitlines() == escaped
    assert r"\u201csafe\u201d" in escaped[0]
    assert done.stderr == "2 faults\n"
    assert moss.snapshot() == before


def test_export_writes_the_files_it_names(moss, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["export", str(moss.root), str(out)]) == 0
    written = sorted(p for p in out.rglob("*") if p.is_file())
    assert capsys.readouterr().out.splitlines() == [str(p) for p in written]
    assert (out / "annotations.jsonld").is_file()


def test_export_takes_the_current_folder_where_one_path_is_named(moss, tmp_path, monkeypatch):
    monkeypatch.chdir(moss.root)
    assert main(["export", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "claims.csv").is_file()


def test_export_of_a_faulty_corpus_writes_nothing(moss, tmp_path, capsys):
    moss.set("claims", "B004", stance="denys")
    before = moss.snapshot()
    assert main(["export", str(moss.root), str(tmp_path / "a" / "out")]) == 1
    out, err = capsys.readouterr()
    assert out.splitlines() == moss.faults()
    assert err == "1 fault\n"
    assert [p.name for p in tmp_path.iterdir()] == ["moss"]
    assert moss.snapshot() == before


@pytest.mark.parametrize("place", ["data", "data/claims.csv", "data/claims.csv/out"])
def test_export_to_where_other_files_are_is_one_line_and_changes_nothing(place, moss, capsys):
    before = moss.snapshot()
    assert main(["export", str(moss.root), str(moss.root / place)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("claimatlas: ")
    assert len(err.splitlines()) == 1
    assert place.split("/")[-2:][0] in err
    assert moss.snapshot() == before


def test_dictionary_writes_the_page_and_names_it(moss, capsys):
    assert main(["dictionary", str(moss.root)]) == 0
    page = moss.root / "data" / "README.md"
    assert capsys.readouterr().out == f"{page}\n"
    atlas = claimatlas.load(moss.root)
    assert page.read_bytes().decode("utf-8") == dictionary(atlas.schema, atlas.codes)


def test_dictionary_of_a_faulty_corpus_writes_nothing(moss, capsys):
    moss.set("claims", "B004", stance="denys")
    before = moss.snapshot()
    assert main(["dictionary", str(moss.root)]) == 1
    assert capsys.readouterr().out.splitlines() == moss.faults()
    assert moss.snapshot() == before
