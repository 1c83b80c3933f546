"""The site of any corpus: thin, odd and full ones, rendered from the package's own pages."""

import csv
import hashlib
import io
import re
import shutil
import subprocess
import sys
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
    "one silent": lambda root: invent(
        root,
        [{"text": "Moss tea calms the mind.\n"}, {"text": "Ferns are green.\n"}],
        ["Moss tea calms the mind"],
        [("A", "Moss tea calms the mind", 1)],
    ),
    "same text": lambda root: invent(
        root,
        [
            {"text": "Moss tea calms.\n", "label": "Twin"},
            {"text": "Moss tea calms.\n", "label": "Twin"},
        ],
        ["Moss tea calms"],
        [("A", "Moss tea calms", 1), ("B", "Moss tea calms", 1, {"stance": "denies"})],
    ),
    "scripts": lambda root: invent(
        root,
        [
            {"text": ARABIC, "label": "شاي الطحالب", "title": f"عنوان {OPEN}", "language": "ar"},
            {"text": HEBREW, "label": "תה טחב", "language": "he"},
            {"text": CHINESE, "label": "苔藓茶有什么作用", "title": "苔藓茶 🍵", "language": "zh"},
            {"text": EMOJI, "label": "Tea 🍵", "language": "en"},
        ],
        ["شاي الطحالب يهدئ العقل", "苔藓茶改善睡眠", "Moss tea 🍵 has cafe\u0301-style calm"],
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
