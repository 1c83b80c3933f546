"""Every kind of bad input gives its line: file, line, column, value, problem, remedy.

Each case breaks a fresh copy of the moss corpus and states every line that `claimatlas check` must
print, and no others. In an expected line, … stands for any characters.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

import claimatlas
from claimatlas import atlas as schema
from claimatlas import rules
from claimatlas.atlas import Fault
from claimatlas.cli import main

from .conftest import Corpus

QUOTES = 'close the quotation mark; a quote inside a cell is written ""'
CONFLICT = "is a merge-conflict marker (settle the conflict and remove the three markers)"
TIDY = "`claimatlas tidy` repairs it"
BY_HAND = "`claimatlas tidy` cannot repair it"
MARK = f"begins with a byte-order mark (save as UTF-8 without one; {TIDY})"
RETURN = f"has a carriage return (CRLF line ends) (save with LF line ends; {TIDY})"
OLD = f"(save the file as UTF-8; a spreadsheet may have used an older encoding; {BY_HAND})"
CORRECTED = f"; an editor's autocorrection may have changed it; {BY_HAND})"
SEAM_HEADER = "article_id,offset,why"


@dataclass(frozen=True)
class Case:
    """One way to break the corpus, the lines it must give, and the rule of `rules` it is for."""

    name: str
    spoil: Callable[[Corpus], object]
    lines: tuple[str, ...]
    rule: str = ""


CASES: list[Case] = []


def case(name: str, spoil: Callable[[Corpus], object], *lines: str, rule: str = "") -> None:
    CASES.append(Case(name, spoil, lines, rule))


def wrong(name: str, *lines: str, rule: str = "") -> Callable:
    """Register the decorated function as a case's way to break the corpus."""

    def register(spoil: Callable[[Corpus], object]) -> Callable:
        case(name, spoil, *lines, rule=rule)
        return spoil

    return register


# --- bytes -------------------------------------------------------------------------------------

case(
    "missing file",
    lambda c: c.path("seams").unlink(),
    "data/seams.csv: is missing (restore it, or take seams out of datapackage.json)",
)
case(
    "a folder where a table should be",
    lambda c: (c.path("second_coding").unlink(), c.path("second_coding").mkdir()),
    "data/second_coding.csv: is missing (restore it, or take second_coding out of "
    "datapackage.json)",
)
case(
    "not UTF-8",
    lambda c: c.write("propositions", c.text("propositions").encode("utf-8") + b"\xe9\n"),
    f"data/propositions.csv:25: is not UTF-8 (byte 0xe9) {OLD}",
)
case(
    "byte-order mark",
    lambda c: c.write("propositions", "\ufeff" + c.text("propositions")),
    f"data/propositions.csv:1: {MARK}",
)
case(
    "CRLF",
    lambda c: c.write("propositions", c.text("propositions").replace("\n", "\r\n")),
    f"data/propositions.csv:1: {RETURN}",
)
case(
    "a lone carriage return",
    lambda c: c.replace("propositions", "P003,", "P003\r,"),
    f"data/propositions.csv:4: {RETURN}",
)
case(
    "NUL",
    lambda c: c.replace("propositions", "P003,", "P003\0,"),
    "data/propositions.csv:4: has a NUL byte (remove it; the file may be damaged or UTF-16)",
)
case(
    "merge-conflict markers",
    lambda c: c.replace(
        "propositions", "\nP003,", "\n<<<<<<< HEAD\n=======\n>>>>>>> elsewhere\nP003,"
    ),
    f"data/propositions.csv:4: {CONFLICT}",
    f"data/propositions.csv:5: {CONFLICT}",
    f"data/propositions.csv:6: {CONFLICT}",
)
case(
    "several faults of a file's bytes",
    lambda c: c.write("propositions", b"\xef\xbb\xbf" + b"a\r\n\0\n\xff"),
    f"data/propositions.csv:1: {MARK}",
    f"data/propositions.csv:1: {RETURN}",
    "data/propositions.csv:2: has a NUL byte (remove it; the file may be damaged or UTF-16)",
    f"data/propositions.csv:3: is not UTF-8 (byte 0xff) {OLD}",
)

case(
    "UTF-16",
    lambda c: c.write("propositions", c.text("propositions").encode("utf-16")),
    "data/propositions.csv:1: is UTF-16 (a spreadsheet calls it Unicode text; save as CSV in "
    f"UTF-8; {BY_HAND})",
)
case(
    "semicolons",
    lambda c: c.write("seams", c.text("seams").replace(",", ";")),
    "data/seams.csv:1: has its cells parted by semicolons (a spreadsheet of another country may "
    f"do so; save with commas; {BY_HAND})",
)

# --- quoting -----------------------------------------------------------------------------------

case(
    "unclosed quote that swallows the rows below",
    lambda c: c.replace("propositions", "P003,Moss", 'P003,"Moss'),
    f"data/propositions.csv:4: has an unclosed or misplaced quote ({QUOTES})",
)
case(
    "two stray quotes that swallow whole rows between them",
    lambda c: c.write(
        "seams", f'{SEAM_HEADER}\nA,575,"Drink\nA,580,Onset\nA,585,"\nA,589,x\nA,599,y\n'
    ),
    f"data/seams.csv:2: has an unclosed quote that swallows the rows below ({QUOTES})",
)
case(
    "unclosed quote at the file's end",
    lambda c: c.replace("propositions", "P023,Moss", 'P023,"Moss'),
    f"data/propositions.csv:24: has an unclosed or misplaced quote ({QUOTES})",
)
case(
    "characters after a closing quote",
    lambda c: c.replace("propositions", "P003,Moss", 'P003,"Moss"'),
    f"data/propositions.csv:4: has an unclosed or misplaced quote ({QUOTES})",
)

# --- header and rows ---------------------------------------------------------------------------

case(
    "empty table: 0 bytes",
    lambda c: c.write("proposition_links", ""),
    "data/proposition_links.csv:1: is empty (write the header: from_id,to_id,relation,why)",
)
case(
    "no rows: codes",
    lambda c: c.write("codes", c.text("codes").partition("\n")[0] + "\n"),
    "data/codes.csv:1: has no rows, which every corpus needs (add a row)",
)
case(
    "no rows: grading rules beside evidence",
    lambda c: c.write("grading_rules", c.text("grading_rules").partition("\n")[0] + "\n"),
    "data/grading_rules.csv:1: has no rows, which data/evidence.csv needs (add a row)",
)
case(
    "blank line above the header",
    lambda c: c.write("proposition_links", "\n" + c.text("proposition_links")),
    "data/proposition_links.csv:1: is empty (write the header: from_id,to_id,relation,why)",
)
case(
    "missing column",
    lambda c: c.write_rows("proposition_links", [r[:3] for r in c.rows("proposition_links")]),
    "data/proposition_links.csv:1:why: is missing from the header (add the column)",
)
case(
    "extra column",
    lambda c: c.write_rows("seams", [[*r, "x"] for r in c.rows("seams")[:1]] + c.rows("seams")[1:]),
    "data/seams.csv:1:x: is a column that the schema does not know (remove or rename it)",
)
case(
    "doubled column",
    lambda c: c.replace("proposition_links", "relation,why", "relation,why,why"),
    "data/proposition_links.csv:1:why: stands twice in the header (remove one of the two columns)",
)
case(
    "misspelt column",
    lambda c: c.replace("proposition_links", "relation,why", "relatoin,why"),
    "data/proposition_links.csv:1:relation: is missing from the header (add the column)",
    "data/proposition_links.csv:1:relatoin: is a column that the schema does not know "
    "(remove or rename it; nearest: relation)",
)
case(
    "columns in another order",
    lambda c: c.replace("proposition_links", "from_id,to_id", "to_id,from_id"),
    "data/proposition_links.csv:1: has its columns in another order "
    "(order them as from_id, to_id, relation, why)",
)
case(
    "short row",
    lambda c: c.replace("proposition_links", "P018,P005,entails,", "P018,P005,"),
    "data/proposition_links.csv:5: 'P018,P005,A cure of insomnia improves sleep.' is a short row: "
    "3 cells instead of 4 (check the commas and quotation marks)",
)
case(
    "long row",
    lambda c: c.replace("proposition_links", "P018,P005,", "P018,P005,,"),
    "data/proposition_links.csv:5: 'P018,P005,,entails,A cure of insomnia improves sleep.' is a "
    "long row: 5 cells instead of 4 (check the commas and quotation marks)",
)
case(
    "blank line",
    lambda c: c.replace("proposition_links", "\nP018", "\n\nP018"),
    "data/proposition_links.csv:5: is a short row: 0 cells instead of 4 "
    "(check the commas and quotation marks)",
)
case(
    "blank line at the end",
    lambda c: c.write("proposition_links", c.text("proposition_links") + "\n"),
    "data/proposition_links.csv:7: is a short row: 0 cells instead of 4 "
    "(check the commas and quotation marks)",
)
case(
    "true line below a cell of two lines",
    lambda c: (
        c.set("proposition_links", ("P003", "P016"), why="One.\nTwo."),
        c.replace("proposition_links", "excludes", "exclude"),
    ),
    "data/proposition_links.csv:4:relation: 'exclude' is not a code of the list link_relation "
    "(write one of entails, excludes, same_quantity; nearest: excludes)",
)


@wrong(
    "every table empty",
    *(
        f"data/{name}.csv:1: is empty (write the header: …)"
        for name in (
            "articles",
            "citation_links",
            "citations",
            "claims",
            "codes",
            "do_not_cite",
            "doses",
            "evidence",
            "grading_rules",
            "groups",
            "instruments",
            "lexicons/hedges",
            "nodes",
            "practice",
            "proposition_links",
            "propositions",
            "relations",
            "risk_of_bias",
            "scores",
            "seams",
            "searches",
            "second_coding",
            "studies",
            "study_groups",
        )
    ),
)
def _all_empty(c):
    for path in (c.root / "data").rglob("*.csv"):
        path.write_bytes(b"")


case(
    "a row of empty cells",
    lambda c: c.write("proposition_links", c.text("proposition_links") + ",,,\n"),
    "data/proposition_links.csv:7: is a row of empty cells (delete it; a spreadsheet may have "
    f"added it; {BY_HAND})",
)
case(
    "a column of row numbers",
    lambda c: c.write_rows(
        "seams", [["" if i == 0 else str(i), *row] for i, row in enumerate(c.rows("seams"))]
    ),
    "data/seams.csv:1: begins with a column of row numbers (delete it; pandas writes none with "
    f"index=False; {BY_HAND})",
)
case(
    "an empty column at the end",
    lambda c: c.write("seams", c.text("seams").replace("\n", ",\n")),
    "data/seams.csv:1: has an empty column 4 at its end (delete the column; a spreadsheet may "
    f"have added it; {BY_HAND})",
)

# --- cells -------------------------------------------------------------------------------------

case(
    "empty required cell",
    lambda c: c.set("claims", "A008", wording=""),
    "data/claims.csv:9:wording: is empty (fill the cell)",
    "data/second_coding.csv:12:final: 'boosted' is not what the table says now: '' "
    "(settle the difference in both places)",
)
case(
    "empty key",
    lambda c: c.set("propositions", "P021", proposition_id=""),
    "data/claims.csv:31:proposition_id: 'P021' is not in propositions.csv "
    "(add it to propositions.csv first; nearest: P023)",
    "data/proposition_links.csv:6:to_id: 'P021' is not in propositions.csv "
    "(add it to propositions.csv first; nearest: P023)",
    "data/propositions.csv:22:proposition_id: is out of order (sort by proposition_id)",
    "data/propositions.csv:22:proposition_id: is a proposition that no claim makes, no link "
    "names and no study bears on (remove it, or point a claim or a row of evidence to it)",
    "data/propositions.csv:22:proposition_id: is empty (fill the cell)",
    "data/propositions.csv:22:proposition_id: has neither evidence nor a search that found none "
    "(add a row to evidence.csv, or say in searches.csv what was looked for)",
    "data/searches.csv:5:proposition_id: 'P021' is not in propositions.csv "
    "(add it to propositions.csv first; nearest: P023)",
)
case(
    "space at the end of a cell",
    lambda c: c.set("proposition_links", ("P018",), why="A cure. "),
    "data/proposition_links.csv:5:why: 'A cure. ' has a space at its edge (remove it)",
)
case(
    "space at the beginning of a cell",
    lambda c: c.set("proposition_links", ("P018",), why="\u00a0A cure."),
    r"data/proposition_links.csv:5:why: '\xa0A cure.' has a space at its edge (remove it)",
)
case(
    "unknown code",
    lambda c: c.set("claims", "B004", stance="denied"),
    "data/claims.csv:22:stance: 'denied' is not a code of the list stance "
    "(write one of affirms, denies, says_unknown; nearest: denies)",
)
case(
    "unknown code like none of the list",
    lambda c: c.set("claims", "B004", stance="xx"),
    "data/claims.csv:22:stance: 'xx' is not a code of the list stance "
    "(write one of affirms, denies, says_unknown)",
)
case(
    "dangling key",
    lambda c: c.set("claims", "C002", proposition_id="P0021"),
    "data/claims.csv:31:proposition_id: 'P0021' is not in propositions.csv "
    "(add it to propositions.csv first; nearest: P021)",
)
case(
    "dangling key in a link",
    lambda c: c.set("proposition_links", ("P019",), to_id="P021a"),
    "data/proposition_links.csv:6:to_id: 'P021a' is not in propositions.csv "
    "(add it to propositions.csv first; nearest: P021)",
)
FLOAT = f"; pandas writes whole numbers so where other cells are empty; {BY_HAND}"
SHORT = f"; a spreadsheet or pandas may have shortened it; {BY_HAND}"
PLUS = f"; no sign stands before a positive number; {BY_HAND}"
COMMA = f"; a spreadsheet may have put a decimal comma; {BY_HAND}"
EMPTY = f"; pandas may mean an empty cell; empty it; {BY_HAND}"
DATE = f"; a spreadsheet may have re-formatted the date; {BY_HAND}"
for value in ("ten", "5.0", "+5", "1_0", "1e1", "٥", "9" * 16, "9" * 5000):
    more = {"5.0": FLOAT, "+5": PLUS, "1e1": SHORT}.get(value, "")
    shown = repr(value if len(value) <= 100 else value[:99] + "…")
    case(
        f"bad integer {value[:20]}",
        lambda c, value=value: c.set("articles", "B", body_end=value),
        f"data/articles.csv:3:body_end: {shown} is not of type integer (write digits only{more})",
    )
case(
    "integer below its least",
    lambda c: c.set("articles", "B", body_end="0"),
    "data/articles.csv:3:body_end: '0' breaks a rule of its column: constraint \"minimum\" is "
    '"1" (change the value)',
)
for value in ("many", "1,5", "NaN", "Infinity", "1e5", "1_0"):
    more = {"1,5": COMMA, "NaN": EMPTY, "1e5": SHORT}.get(value, "")
    case(
        f"bad number {value}",
        lambda c, value=value: c.set("propositions", "P012", value_high=value),
        f"data/propositions.csv:13:value_high: '{value}' is not of type number "
        f"(write a number such as 0.5{more})",
    )
for value in ("2024-13-01", "2024-02-30", "1 March 2024", "2024-3-1", "20240301", "2024"):
    more = DATE if value == "1 March 2024" else ""
    case(
        f"bad date {value}",
        lambda c, value=value: c.set("articles", "B", published=value),
        f"data/articles.csv:3:published: '{value}' is not of type date "
        f"(write a date such as 2024-12-31{more})",
    )
case(
    "wrong form",
    lambda c: c.set("codes", ("stance", "denies"), colour="red"),
    "data/codes.csv:…:colour: 'red' has the wrong form (write it so that it matches #[0-9a-f]{6})",
)
case(
    "duplicate key",
    lambda c: c.insert("seams", ("A", "576"), ["A", 576, "again"]),
    "data/seams.csv:4:article_id, offset: 'A, 576' is a duplicate key "
    "(give the row a key of its own, or remove it)",
)
case(
    "a value that must be unique",
    lambda c: c.set("propositions", "P016", statement="Moss tea calms the mind"),
    "data/propositions.csv:17:statement: 'Moss tea calms the mind' stands in another row too "
    "(make it different, or remove one row)",
)
case(
    "a cell of two lines in a message is one line",
    lambda c: c.set("claims", "B004", stance="de\nnies"),
    r"data/claims.csv:22:stance: 'de\nnies' is not a code of the list stance …",
)

# --- schema ------------------------------------------------------------------------------------

RESTORE = "(name the folder of a corpus, or restore its schema file)"


@wrong(
    "a code list that codes.csv lacks",
    "data/datapackage.json:stance: 'stances' of claims names a list that codes.csv does not hold "
    "(add the list to data/codes.csv; nearest: stance)",
    "data/second_coding.csv:…:column: 'stance' is no judged column of claims "
    "(name one that has codes)",
    "data/second_coding.csv:…:column: 'stance' is no judged column of claims "
    "(name one that has codes)",
    "data/second_coding.csv:…:column: 'stance' is no judged column of claims "
    "(name one that has codes)",
)
def _other_list(c):
    descriptor = c.schema()
    fields = c.resource(descriptor, "claims")["schema"]["fields"]
    next(f for f in fields if f["name"] == "stance")["codes"] = "stances"
    c.write_schema(descriptor)


case(
    "schema file missing",
    lambda c: c.schema_path.unlink(),
    f"data/datapackage.json: missing; a corpus needs data/datapackage.json {RESTORE}",
)
case(
    "schema file not JSON",
    lambda c: c.schema_path.write_text("{", encoding="utf-8"),
    f"data/datapackage.json: not a data package: Expecting property name … {RESTORE}",
)
case(
    "schema file not UTF-8",
    lambda c: c.schema_path.write_bytes(b"\xff{}"),
    f"data/datapackage.json: not a data package: 'utf-8' codec … {RESTORE}",
)
for name, content in [("a list", []), ("a number", 3), ("no resources", {"title": "x"})]:
    case(
        f"schema file holds {name}",
        lambda c, content=content: c.write_schema(content),
        f"data/datapackage.json: not a data package: … {RESTORE}",
    )
case(
    "schema without a table",
    lambda c: c.write_schema({"resources": []}),
    f"data/datapackage.json: describes no table {RESTORE}",
)


def reschemed(name: str, change: Callable[[dict], object], problem: str) -> None:
    """Add a case that changes the description of the table ``seams``."""

    def spoil(c: Corpus) -> None:
        descriptor = c.schema()
        change(c.resource(descriptor, "seams"))
        c.write_schema(descriptor)

    case(name, spoil, f"data/datapackage.json: {problem} {RESTORE}")


reschemed(
    "schema with an unknown type",
    lambda r: r["schema"]["fields"][1].update(type="whole"),
    "seams.offset has type 'whole'; known are string, integer, number, date",
)
reschemed(
    "schema without a column that the package reads",
    lambda r: r["schema"]["fields"].pop(1),
    "lacks the column seams.offset, which the package reads",
)
reschemed(
    "schema that describes a column twice",
    lambda r: r["schema"]["fields"].append(r["schema"]["fields"][2]),
    "a column of seams is described twice",
)
reschemed(
    "schema without a primary key",
    lambda r: r["schema"].pop("primaryKey"),
    "the primary key of seams is missing or names no column of it",
)
reschemed(
    "schema whose primary key is no column",
    lambda r: r["schema"].update(primaryKey=["article_id", "place"]),
    "the primary key of seams is missing or names no column of it",
)
reschemed(
    "schema whose foreign key names no table",
    lambda r: r["schema"]["foreignKeys"][0]["reference"].update(resource="pages"),
    "a foreign key of seams names a table or column that is not described",
)
reschemed(
    "schema whose foreign key names no column there",
    lambda r: r["schema"]["foreignKeys"][0]["reference"].update(fields=["id"]),
    "a foreign key of seams names a table or column that is not described",
)
reschemed(
    "schema whose foreign key names no column here",
    lambda r: r["schema"]["foreignKeys"][0].update(fields=["article"]),
    "a foreign key of seams names a table or column that is not described",
)
for path in ("../seams.csv", "/etc/seams.csv"):
    reschemed(
        f"schema with a path that leaves the folder: {path}",
        lambda r, path=path: r.update(path=path),
        f"the path '{path}' of seams leaves the folder data/",
    )


reschemed(
    "schema with a path that is no string",
    lambda r: r.update(path=["seams.csv"]),
    "not a data package: ['seams.csv'] is not a string",
)
reschemed(
    "schema with a code list that is no string",
    lambda r: r["schema"]["fields"][2].update(codes=["a"]),
    "not a data package: ['a'] is not a string",
)
for name, constraints in [
    ("pattern", {"pattern": "["}),
    ("least value", {"minimum": "one"}),
    ("constraint", {"required": "yes"}),
]:

    def spoil_constraints(c: Corpus, constraints=constraints) -> None:
        descriptor = c.schema()
        at = 0 if "pattern" in constraints else 1
        fields = c.resource(descriptor, "seams")["schema"]["fields"]
        fields[at]["constraints"] = constraints
        c.write_schema(descriptor)

    case(
        f"schema with a {name} that cannot be used",
        spoil_constraints,
        "data/datapackage.json: cannot be used: … (mend the schema)",
    )
case(
    "schema file that is a folder",
    lambda c: (c.schema_path.unlink(), c.schema_path.mkdir()),
    f"data/datapackage.json: cannot be read: Is a directory {RESTORE}",
)


@wrong(
    "schema without a table that the package reads",
    f"data/datapackage.json: lacks the table 'articles', which the package reads {RESTORE}",
)
def _no_articles(c):
    descriptor = c.schema()
    descriptor["resources"] = [r for r in descriptor["resources"] if r["name"] != "articles"]
    c.write_schema(descriptor)


# --- quotes ------------------------------------------------------------------------------------


def misquoted(name: str, claim: str, quote: str, at: str, line: str) -> None:
    """Add a case that gives a claim a quote, from where the words `at` begin."""

    def spoil(c: Corpus) -> None:
        words = c.words(claim[0])
        c.quote(claim, quote, words.index(at))

    case(name, spoil, line, rule="_quotes_stand")


LOOKALIKE = "matches only after changing case, dashes, quotation marks or spaces"
misquoted(
    "quote not in the article",
    "B004",
    "Zyzzyva qwx jjj",
    "Moss tea does",
    "data/claims.csv:22:quote: 'Zyzzyva qwx jjj' is not in the article "
    "(nothing like it stands in the article; copy the words from the article)",
)
misquoted(
    "quote with one character changed",
    "B004",
    "Moss tea does nut act quickly",
    "Moss tea does",
    "data/claims.csv:22:quote: 'Moss tea does nut act quickly' is not in the article "
    "(nearest: 'Moss tea does not act quickly' at 263:292)",
)
misquoted(
    "quote found elsewhere than at its offsets",
    "B004",
    "Moss tea does not act quickly",
    "oss tea does not",
    "data/claims.csv:22:quote: 'Moss tea does not act quickly' the article has "
    "'oss tea does not act quickly:' at 264:293 (the quote stands at 263:292; "
    f"{TIDY})",
)
misquoted(
    "quote that matches only after changing case",
    "B004",
    "moss tea does not act quickly",
    "Moss tea does",
    f"data/claims.csv:22:quote: 'moss tea does not act quickly' {LOOKALIKE} "
    f"(nearest: 'Moss tea does not act quickly' at 263:292{CORRECTED}",
)
misquoted(
    "quote that matches only after changing dashes",
    "B005",
    "users who notice anything do so after 2-3 hours",
    "users who",
    f"data/claims.csv:23:quote: 'users who notice anything do so after 2-3 hours' {LOOKALIKE} "
    f"(nearest: 'users who notice anything do so after 2–3 hours' at 294:341{CORRECTED}",
)
misquoted(
    "quote that matches only after changing a curly apostrophe",
    "B007",
    "It doesn't cure insomnia",
    "It doesn",
    f'data/claims.csv:25:quote: "It doesn\'t cure insomnia" {LOOKALIKE} '
    f"(nearest: 'It doesn’t cure insomnia' at 401:425{CORRECTED}",
)
misquoted(
    "quote that matches only after changing curly quotes",
    "B010",
    'Sellers often promote it as a "safe" drink',
    "Sellers",
    f"data/claims.csv:28:quote: 'Sellers often promote it as a \"safe\" drink' {LOOKALIKE} "
    f"(nearest: 'Sellers often promote it as a “safe” drink' at 591:633{CORRECTED}",
)
misquoted(
    "quote that matches only after changing punctuation",
    "B004",
    "Moss tea does not act quickly; users",
    "Moss tea does",
    "data/claims.csv:22:quote: 'Moss tea does not act quickly; users' is not in the article "
    "(nearest: 'Moss tea does not act quickly: users' at 263:299)",
)
misquoted(
    "significant effect inside nonsignificant effect",
    "B003",
    "significant effect",
    "significant effect",
    "data/claims.csv:21:quote: 'significant effect' offset 223 is inside a word "
    "(nearest: 'nonsignificant effect' at 220:241)",
)
misquoted(
    "p < 0.05 for p > 0.05",
    "B003",
    "p < 0.05",
    "p > 0.05",
    "data/claims.csv:21:quote: 'p < 0.05' is not in the article (nearest: 'p > 0.05' at 252:260)",
)
misquoted(
    "parts of a quote in another order",
    "B003",
    "(p > 0.05) reported a nonsignificant effect on sleep",
    "reported a non",
    "data/claims.csv:21:quote: '(p > 0.05) reported a nonsignificant effect on sleep' is not in "
    "the article (nearest: …",
)
misquoted(
    "quote that begins inside a word",
    "B004",
    "oss tea does not act quickly",
    "oss tea does not",
    "data/claims.csv:22:quote: 'oss tea does not act quickly' offset 264 is inside a word "
    "(nearest: 'Moss tea does not act quickly' at 263:292)",
)
misquoted(
    "quote that ends inside a word",
    "B004",
    "Moss tea does not act quick",
    "Moss tea does not",
    "data/claims.csv:22:quote: 'Moss tea does not act quick' offset 290 is inside a word "
    "(nearest: 'Moss tea does not act quickly' at 263:292)",
)
case(
    "offsets out of range",
    lambda c: c.set("claims", "B004", start="9000", end="9029"),
    "data/claims.csv:22:start: '9000' 9000:9029 is outside the article's 0:924 "
    f"(the quote stands at 263:292; {TIDY})",
    rule="_quotes_stand",
)
case(
    "negative offset",
    lambda c: c.set("claims", "B004", start="-511"),
    "data/claims.csv:22:start: '-511' -511:292 is outside the article's 0:924 "
    f"(the quote stands at 263:292; {TIDY})",
    "data/claims.csv:22:start: '-511' breaks a rule of its column: constraint \"minimum\" is "
    '"0" (change the value)',
)
case(
    "offsets reversed",
    lambda c: c.set("claims", "B004", start="292", end="263"),
    "data/claims.csv:22:start: '292' start 292 is not before end 263 "
    f"(the quote stands at 263:292; {TIDY})",
    rule="_quotes_stand",
)
case(
    "offsets counted in UTF-16 units",
    lambda c: c.set("claims", "C001", start="382", end="404"),
    "data/claims.csv:30:quote: 'Moss tea tastes earthy' the article has 'oss tea tastes earthy.' "
    f"at 382:404 (the quote stands at 381:403; {TIDY})",
    rule="_quotes_stand",
)
case(
    "seam that does not stand between the cells",
    lambda c: c.set("seams", ("A", "599"), offset="598"),
    "data/claims.csv:13:quote: '20 minutes' offset 599 is inside a word …",
    "data/claims.csv:14:quote: 'earthy' offset 599 is inside a word …",
    rule="_quotes_stand",
)
case(
    "seam outside the article",
    lambda c: c.set("seams", ("A", "623"), offset="9000"),
    "data/seams.csv:9:offset: '9000' is outside the article's 0:747 (give an offset inside it)",
    "data/claims.csv:15:quote: '60 minutes' offset 623 is inside a word …",
    rule="_seams_inside",
)

case(
    "quote that cuts a word at no seam",
    lambda c: c.drop("seams", ("A", "613")),
    "data/claims.csv:15:quote: '60 minutes' offset 613 is inside a word "
    "(nearest: 'tea60 minutes' at 610:623)",
    rule="_quotes_stand",
)

# --- articles ----------------------------------------------------------------------------------


def changed_hash(c: Corpus) -> str:
    """Change one letter of article B behind its last quote."""
    words = c.words("B").replace("\nReferences\n", "\nreferences\n")
    c.article("B").write_bytes(words.encode("utf-8"))
    return hashlib.sha256(words.encode("utf-8")).hexdigest()


case(
    "article hash that differs",
    changed_hash,
    "data/articles.csv:3:sha256: '…' is not the file's SHA-256, which is … "
    "(restore the received file; only a new article gets a new hash)",
    rule="_article_files",
)
case(
    "article with CRLF for LF",
    lambda c: c.article("C").write_bytes(c.article("C").read_bytes().replace(b"\n", b"\r\n")),
    "data/articles.csv:4:sha256: '…' is not the file's SHA-256, which is …",
    "data/claims.csv:30:quote: 'Moss tea tastes earthy' the article has …",
    "data/claims.csv:31:quote: 'Nobody has studied whether it is safe in pregnancy' the article …",
    rule="_article_files",
)
case(
    "article that is not UTF-8",
    lambda c: c.write_article("C", c.words("C")[:-3].encode("utf-8") + b"\xe9"),
    "data/articles.csv:4:file: 'seeds/garden_note.txt' is not UTF-8 at byte … "
    "(register a UTF-8 copy)",
    rule="_article_files",
)


@wrong(
    "missing article file",
    "data/articles.csv:4:file: 'seeds/garden_note.txt' is missing "
    "(put the article there, or mend the path)",
    rule="_article_files",
)
def _no_article(c):
    c.article("C").unlink()


@wrong(
    "article path names a folder",
    "data/articles.csv:4:file: 'seeds' is missing (put the article there, or mend the path)",
    rule="_article_files",
)
def _folder(c):
    c.set("articles", "C", file="seeds")


def moved_out(c: Corpus) -> str:
    """Move article C beside the corpus folder, where its path may not lead."""
    outside = c.root.parent / "outside.txt"
    c.article("C").rename(outside)
    return str(outside)


OUTSIDE = "leaves the corpus folder (keep the file under seeds/)"
case(
    "article path that leaves the corpus: relative",
    lambda c: (moved_out(c), c.set("articles", "C", file="seeds/../../outside.txt")),
    f"data/articles.csv:4:file: 'seeds/../../outside.txt' {OUTSIDE}",
    rule="_article_files",
)
case(
    "article path that leaves the corpus: absolute",
    lambda c: c.set("articles", "C", file=moved_out(c)),
    f"data/articles.csv:4:file: '…outside.txt' {OUTSIDE}",
    rule="_article_files",
)
case(
    "article path that is absolute, though inside the corpus",
    lambda c: c.set("articles", "C", file=c.article("C").resolve()),
    f"data/articles.csv:4:file: '…' {OUTSIDE}",
    rule="_article_files",
)
case(
    "article path that leaves the corpus: symbolic link",
    lambda c: (path := c.article("C"), path.symlink_to(moved_out(c))),
    f"data/articles.csv:4:file: 'seeds/garden_note.txt' {OUTSIDE}",
    rule="_article_files",
)


@wrong(
    "article path that leaves the corpus: linked folder",
    f"data/articles.csv:4:file: 'seeds/link/outside.txt' {OUTSIDE}",
    rule="_article_files",
)
def _linked_folder(c):
    moved_out(c)
    (c.root / "seeds" / "link").symlink_to(c.root.parent)
    c.set("articles", "C", file="seeds/link/outside.txt")


@wrong(
    "article path that is a link in a circle",
    "data/articles.csv:4:file: 'seeds/garden_note.txt' cannot be opened (mend the path)",
    rule="_article_files",
)
def _circle(c):
    path = c.article("C")
    path.unlink()
    path.symlink_to(path)


case(
    "article path that is too long",
    lambda c: c.set("articles", "C", file="seeds/" + "a" * 300),
    "data/articles.csv:4:file: 'seeds/aaa…' cannot be opened (mend the path)",
    rule="_article_files",
)

# --- claims ------------------------------------------------------------------------------------

case(
    "unsorted rows",
    lambda c: c.write_rows(
        "propositions", [*c.rows("propositions")[:-2], *c.rows("propositions")[:-3:-1]]
    ),
    "data/propositions.csv:24:proposition_id: 'P022' is out of order (sort by proposition_id)",
)
case(
    "rows sorted as text, not as numbers",
    lambda c: (
        c.insert("seams", ("article_id",), ["A", 1000, "x"]),
        c.set("seams", ("A", "1000"), offset="700"),
    ),
    "data/seams.csv:3:article_id, offset: 'A, 571' is out of order (sort by article_id, offset)",
)


def again(c: Corpus) -> None:
    """Repeat the last claim under an id of its own."""
    c.insert("claims", "C002", ["C003", *c.rows("claims")[-1][1:]])


case(
    "two rows that are the same claim",
    again,
    "data/claims.csv:32:claim_id: 'C003' is the same claim as C002: same words, same proposition "
    "(remove one of the two)",
    rule="_claims_different",
)
case(
    "claim id of another article",
    lambda c: c.set("claims", "C002", claim_id="D002"),
    "data/claims.csv:31:claim_id: 'D002' is not its article's id and a number (begin it: C…)",
    rule="claim_begins_with_its_article",
)
case(
    "claim id that begins with a longer article id",
    lambda c: c.set("claims", "C002", claim_id="CA002"),
    "data/claims.csv:31:claim_id: 'CA002' is not its article's id and a number (begin it: C…)",
    rule="claim_begins_with_its_article",
)
case(
    "a source beside attribution none",
    lambda c: c.set("claims", "C002", attributed_to="Nobody"),
    "data/claims.csv:31:attributed_to: 'Nobody' does not go with attribution 'none' "
    "(name the source exactly where attribution is named or vague)",
    rule="attribution_has_its_source",
)
case(
    "attribution without its source",
    lambda c: c.set("claims", "B010", attributed_to=""),
    "data/claims.csv:28:attributed_to: does not go with attribution 'vague' "
    "(name the source exactly where attribution is named or vague)",
    rule="attribution_has_its_source",
)
case(
    "context that is not in the article",
    lambda c: c.set("claims", "A012", context="Moss tea | onset"),
    "data/claims.csv:13:context: 'onset' is not in the article "
    "(copy the words from the article; nearest: 'Onset')",
    rule="_words_of_the_article",
)
case(
    "source that is not in the article",
    lambda c: c.set("claims", "B003", attributed_to="Arlow & Peake (2019)"),
    "data/claims.csv:21:attributed_to: 'Arlow & Peake (2019)' is not in the article "
    "(copy the words from the article; nearest: 'Arlow and Peake (2019…",
    rule="_words_of_the_article",
)
case(
    "section that is not a line of the article",
    lambda c: c.set("claims", "B011", section="law"),
    "data/claims.csv:29:section: 'law' is not a line of the article "
    "(copy the heading, or leave the cell empty above the first one)",
    rule="_words_of_the_article",
)

# --- propositions ------------------------------------------------------------------------------

case(
    "proposition that nothing uses",
    lambda c: c.insert(
        "propositions", "P023", ["P024", "Moss is green", "identity", "opinion", "none", *[""] * 16]
    ),
    "data/propositions.csv:25:proposition_id: 'P024' is a proposition that no claim makes, no link "
    "names and no study bears on (remove it, or point a claim or a row of evidence to it)",
    rule="proposition_used",
)
case(
    "proposition that loses the only evidence it stands for",
    lambda c: (
        c.drop("evidence", "E015"),
        c.insert("searches", "S005", ["S006", "P023", "any work", "invented index", "2024-04-02"]),
    ),
    "data/propositions.csv:24:proposition_id: 'P023' is a proposition that no claim makes, no link "
    "names and no study bears on (remove it, or point a claim or a row of evidence to it)",
    rule="proposition_used",
)
case(
    "evidence that cannot be read is held against no proposition",
    lambda c: c.replace("evidence", "E015,P023,", 'E015,P023,"'),
    f"data/evidence.csv:16: has an unclosed or misplaced quote ({QUOTES})",
)
case(
    "graded proposition without what does not follow",
    lambda c: c.set("propositions", "P002", does_not_follow=""),
    "data/propositions.csv:3:does_not_follow: is empty for a proposition that studies settle "
    "(say what a reader must not conclude from it)",
    rule="graded_says_what_does_not_follow",
)
case(
    "quantity upside down",
    lambda c: c.set("propositions", "P017", value_low="180", value_high="20.5"),
    "data/propositions.csv:18:value_low: '180' is above value_high 20.5 (swap the two)",
    rule="quantity_from_low_to_high",
)
case(
    "quantity without a unit",
    lambda c: c.set("propositions", "P017", unit=""),
    "data/propositions.csv:18:unit: is empty beside a value (name the unit)",
    rule="quantity_has_a_unit",
)
case(
    "link of a proposition to itself",
    lambda c: c.set("proposition_links", ("P019",), to_id="P019"),
    "data/proposition_links.csv:6:to_id: 'P019' links a proposition to itself (remove the row)",
    rule="link_of_two_propositions",
)
case(
    "link repeated the other way round",
    lambda c: c.insert(
        "proposition_links",
        ("P003", "P017", "same_quantity"),
        ["P017", "P003", "excludes", "After hours is not within minutes."],
    ),
    "data/proposition_links.csv:5:to_id: 'P003' repeats a link excludes with P017 the other way "
    "round (remove the row)",
    rule="_links_sound",
)
case(
    "same quantity where one has none",
    lambda c: c.set("propositions", "P017", value_low="", value_high=""),
    "data/proposition_links.csv:4:relation: 'P003, P017' is a same_quantity link between "
    "propositions without values (give both value_low or value_high)",
    rule="_links_sound",
)

# --- the mechanism graph -----------------------------------------------------------------------

WHOLE = "(name subject, relation, object and aspect of the edge)"
for kind, key, line in [("mechanism", "P022", 23), ("effect", "P005", 6)]:
    for column in ("subject", "relation", "object", "aspect"):
        case(
            f"{kind} without {column}",
            lambda c, key=key, column=column: c.set("propositions", key, **{column: ""}),
            f"data/propositions.csv:{line}:{column}: is empty for a statement of kind '{kind}' or "
            f"a half edge {WHOLE}",
            rule="edge_whole",
        )
for given, value in [
    ("subject", "moss_tea"),
    ("relation", "affects"),
    ("object", "sleep"),
    ("aspect", "level"),
]:
    case(
        f"half an edge: {given} alone",
        lambda c, given=given, value=value: c.set("propositions", "P016", **{given: value}),
        *(
            f"data/propositions.csv:17:{column}: is empty for a statement of kind "
            f"'pharmacokinetics' or a half edge {WHOLE}"
            for column in ("subject", "relation", "object", "aspect")
            if column != given
        ),
        rule="edge_whole",
    )
case(
    "edge from a node to itself",
    lambda c: c.set("propositions", "P022", object="noctalin"),
    "data/propositions.csv:23:subject: 'noctalin' is its own object (name two different nodes)",
    rule="edge_of_two_nodes",
)
PLACE = "'pineal_gland' is a part of the brain (name it under region)"
for column in ("comparator", "within"):
    case(
        f"part of the brain as {column}",
        lambda c, column=column: c.set("propositions", "P022", **{column: "pineal_gland"}),
        f"data/propositions.csv:23:{column}: {PLACE}",
        rule="_brain_under_region",
    )
for column in ("subject", "object"):
    case(
        f"part of the brain as {column}",
        lambda c, column=column: c.set("propositions", "P022", **{column: "pineal_gland"}),
        f"data/propositions.csv:23:{column}: {PLACE}",
        f"data/propositions.csv:23:{column}: 'pineal_gland' is a brain_region, which is no "
        f"{column} of 'increases' (name one of these kinds, or another relation: …)",
        rule="_brain_under_region",
    )
case(
    "region that is no part of the brain",
    lambda c: c.set("propositions", "P005", region="noctalin"),
    "data/propositions.csv:6:region: 'noctalin' is no part of the brain "
    "(name it under subject or object)",
    rule="_brain_under_region",
)
case(
    "edge from a kind of node that its relation does not allow",
    lambda c: c.set("propositions", "P007", relation="breaks_down"),
    "data/propositions.csv:8:subject: 'moss_tea' is a compound, which is no subject of "
    "'breaks_down' (name one of these kinds, or another relation: enzyme)",
    rule="_edges_allowed",
)
case(
    "edge to a kind of node that its relation does not allow",
    lambda c: c.set("propositions", "P007", relation="binds"),
    "data/propositions.csv:8:object: 'noctalin' is a transmitter, which is no object of 'binds' "
    "(name one of these kinds, or another relation: receptor, enzyme)",
    rule="_edges_allowed",
)
case(
    "edge by a relation that is nowhere",
    lambda c: c.set("propositions", "P007", relation="raises"),
    "data/propositions.csv:8:relation: 'raises' is not in relations.csv "
    "(add it to relations.csv first; nearest: …)",
)
case(
    "edge to a node that is nowhere",
    lambda c: c.set("propositions", "P007", object="noctaline"),
    "data/propositions.csv:8:object: 'noctaline' is not in nodes.csv "
    "(add it to nodes.csv first; nearest: noctalin)",
)
for value, problem in [
    ("2", "'2' breaks a rule of its column: … (change the value)"),
    ("-2", "'-2' breaks a rule of its column: … (change the value)"),
    ("0.5", "'0.5' is not of type integer (write digits only)"),
    ("", "is empty (fill the cell)"),
]:
    case(
        f"relation with the sign {value!r}",
        lambda c, value=value: c.set("relations", "affects", sign=value),
        f"data/relations.csv:3:sign: {problem}",
    )
for column in ("from_kinds", "to_kinds"):
    case(
        f"relation with an unknown kind of node under {column}",
        lambda c, column=column: c.set("relations", "affects", **{column: "compound; enzime"}),
        f"data/relations.csv:3:{column}: 'enzime' is not a code of the list node_kind "
        "(parted by '; '; nearest: enzyme)",
        rule="_relations_coded",
    )
case(
    "relation with kinds of node parted in another way",
    lambda c: c.set("relations", "affects", from_kinds="compound;enzyme"),
    "data/relations.csv:3:from_kinds: 'compound;enzyme' is not a code of the list node_kind "
    "(parted by '; '; nearest: …)",
    rule="_relations_coded",
)
case(
    "node that nothing uses",
    lambda c: c.insert(
        "nodes", "blood_pressure", ["fern", "Fern", "compound", "start", "", "", ""]
    ),
    "data/nodes.csv:3:node_id: 'fern' is a node that no statement uses "
    "(remove it, or say under note why it is kept)",
    rule="node_used",
)
case(
    "identifier without its source",
    lambda c: c.set("nodes", "memory", curie_source=""),
    "data/nodes.csv:3:curie: 'GO:0007613' goes without its other half "
    "(give identifier and source together, or neither)",
    rule="identifier_has_its_source",
)
case(
    "source without an identifier",
    lambda c: c.set("nodes", "memory", curie=""),
    "data/nodes.csv:3:curie: goes without its other half "
    "(give identifier and source together, or neither)",
    rule="identifier_has_its_source",
)
LAYERED = "(name a layer for every node but a part of the brain)"
case(
    "part of the brain on a layer",
    lambda c: c.set("nodes", "pineal_gland", layer="target"),
    f"data/nodes.csv:7:layer: 'target' does not go with kind 'brain_region' {LAYERED}",
    rule="node_on_its_layer",
)
case(
    "node without a layer",
    lambda c: c.set("nodes", "memory", layer=""),
    f"data/nodes.csv:3:layer: does not go with kind 'state_or_outcome' {LAYERED}",
    rule="node_on_its_layer",
)

# --- practice and scores -----------------------------------------------------------------------

SOURCED = "(name the source exactly where one was found)"
case(
    "practice without its source",
    lambda c: c.set("practice", "F001", study_id=""),
    f"data/practice.csv:2:study_id: does not go with answers 'says' {SOURCED}",
    rule="practice_has_a_source",
)
case(
    "practice that names a source for having found nothing",
    lambda c: c.set("practice", "F002", study_id="arlow_2019"),
    f"data/practice.csv:3:study_id: 'arlow_2019' does not go with answers 'not_found' {SOURCED}",
    rule="practice_has_a_source",
)
case(
    "item scored without a score",
    lambda c: c.set("scores", ("A", "jama_1"), score=""),
    "data/scores.csv:2:score: does not go with state 'scored' (score exactly what is scored)",
    rule="scored_where_it_says_so",
)
case(
    "score of an item that does not apply",
    lambda c: c.set("scores", ("B", "spin_1"), score="0"),
    "data/scores.csv:5:score: '0' does not go with state 'not_applicable' "
    "(score exactly what is scored)",
    rule="scored_where_it_says_so",
)
for value in ("2", "-1", "1.5"):
    case(
        f"score off the scale: {value}",
        lambda c, value=value: c.set("scores", ("A", "spin_1"), score=value),
        f"data/scores.csv:3:score: '{value}' is off the scale 0 to 1 (score on the scale)",
        rule="_scores_decided",
    )
case(
    "score that is no number",
    lambda c: c.set("scores", ("A", "spin_1"), score="many"),
    "data/scores.csv:3:score: 'many' is not of type number (write a number such as 0.5)",
)
case(
    "scale that is no number",
    lambda c: c.set("instruments", "spin_1", high="many"),
    "data/instruments.csv:3:high: 'many' is not of type number (write a number such as 0.5)",
)
case(
    "score by words that are not in the article",
    lambda c: c.set("scores", ("A", "spin_1"), quote="two cups a day"),
    "data/scores.csv:3:quote: 'two cups a day' is not in the article (copy the exact words)",
    rule="_scores_decided",
)
case(
    "score by words of another article",
    lambda c: c.set("scores", ("A", "spin_1"), quote="Only two small trials exist"),
    "data/scores.csv:3:quote: 'Only two small trials exist' is not in the article "
    "(copy the exact words)",
    rule="_scores_decided",
)
case(
    "score by neither words nor a search",
    lambda c: c.set("scores", ("A", "jama_1"), searched=""),
    "data/scores.csv:2:searched: is empty where no quote decides (name the sections searched)",
    rule="score_on_words_or_a_search",
)

# --- citations ---------------------------------------------------------------------------------

case(
    "entry that is not a line of its article",
    lambda c: c.set("citations", "C03", printed="3. Arlow J. Moss and sleep."),
    "data/citations.csv:4:printed: '3. Arlow J. Moss and sleep.' is not a line of the article "
    "(copy the entry as printed)",
    rule="_citations_as_printed",
)
case(
    "entry of a line and a half",
    lambda c: c.set(
        "citations", "C01", printed="References\n" + c.cell("citations", "C01", "printed")
    ),
    r"data/citations.csv:2:printed: 'References\n1. Arlow J, Peake T. …' is not a line of the "
    "article (copy the entry as printed)",
    rule="_citations_as_printed",
)


@wrong(
    "entry that repeats one of another article's list",
    "data/citations.csv:4:duplicate_of: 'C00' is in another article's list "
    "(name an entry of the same list)",
    rule="_citations_as_printed",
)
def _repeats_abroad(c):
    header, first, *rest = c.rows("citations")
    row = dict(zip(header, first, strict=True))
    row |= {"citation_id": "C00", "article_id": "A", "printed": "How to brew"}
    rest[-1][header.index("duplicate_of")] = "C00"
    c.write_rows("citations", [header, list(row.values()), *rest])
    c.set("citation_links", "L002", citation_id="C02")
    c.set("citation_links", "L003", citation_id="C02")


case(
    "entry that repeats one that is nowhere",
    lambda c: c.set("citations", "C03", duplicate_of="C1"),
    "data/citations.csv:4:duplicate_of: 'C1' is not in citations.csv "
    "(add it to citations.csv first; nearest: C01)",
)
case(
    "claim linked to another article's entry",
    lambda c: c.set("citation_links", "L003", claim_id="A005"),
    "data/citation_links.csv:4:citation_id: 'C01' is an entry of article B, but A005 is a claim "
    "of A (link a claim to an entry of its own article)",
    rule="_links_within_an_article",
)
case(
    "link to no entry on the ground of its content",
    lambda c: c.set("citation_links", "L003", citation_id=""),
    "data/citation_links.csv:4:citation_id: does not go with basis 'named' "
    "(leave the entry empty exactly where the source is not in the list)",
    rule="citation_in_the_list",
)
case(
    "link to an entry on the ground that there is none",
    lambda c: c.set("citation_links", "L003", basis="not_in_list"),
    "data/citation_links.csv:4:citation_id: 'C01' does not go with basis 'not_in_list' "
    "(leave the entry empty exactly where the source is not in the list)",
    rule="citation_in_the_list",
)
case(
    "link of a claim that is nowhere",
    lambda c: c.set("citation_links", "L003", claim_id="B099"),
    "data/citation_links.csv:4:claim_id: 'B099' is not in claims.csv "
    "(add it to claims.csv first; nearest: B009)",
)
MALFORMED_DOI = r"has the wrong form (write it so that it matches 10\.[0-9]{4,9}/[^A-Z\s]+)"
for table, key, line in [("citations", "C03", 4), ("studies", "corso_2021", 5)]:
    for doi in (
        "https://doi.org/10.5555/moss",
        "doi:10.5555/moss",
        "10.5555/Moss",
        "10.5555/moss tea",
        "10.5555/",
        "10.555/moss",
        "11.5555/moss",
    ):
        case(
            f"malformed DOI in {table}: {doi}",
            lambda c, table=table, key=key, doi=doi: c.set(table, key, doi=doi),
            f"data/{table}.csv:{line}:doi: '{doi}' {MALFORMED_DOI}",
        )
    for pmid in ("PMID 31234567", "123456789", "31 234", "31234567.0", "PMC31234"):
        case(
            f"malformed PMID in {table}: {pmid}",
            lambda c, table=table, key=key, pmid=pmid: c.set(table, key, pmid=pmid),
            f"data/{table}.csv:{line}:pmid: '{pmid}' has the wrong form "
            f"(write it so that it matches [0-9]{{1,8}}{FLOAT if '.0' in pmid else ''})",
        )
for url in ("moss.example/tea", "https://moss", "https:// moss.example/tea", "ftp://moss.example"):
    case(
        f"malformed address: {url}",
        lambda c, url=url: c.set("studies", "corso_2021", source_url=url),
        f"data/studies.csv:5:source_url: '{url}' has the wrong form "
        r"(write it so that it matches https?://[^\s/]+\.[^\s]+)",
    )

# --- studies and evidence ----------------------------------------------------------------------

for column in ("result", "why", "locator", "finding", "directness", "coder", "coded_on"):
    case(
        f"evidence without {column}",
        lambda c, column=column: c.set("evidence", "E005", **{column: ""}),
        f"data/evidence.csv:6:{column}: is empty (fill the cell)",
    )
case(
    "evidence of a study that is nowhere",
    lambda c: c.set("evidence", "E005", study_id="arlow_2109"),
    "data/evidence.csv:6:study_id: 'arlow_2109' is not in studies.csv "
    "(add it to studies.csv first; nearest: arlow_2019)",
)
NEITHER = (
    "has neither evidence nor a search that found none (add a row to evidence.csv, or say in "
    "searches.csv what was looked for)"
)
case(
    "studied proposition without evidence and search",
    lambda c: c.drop("searches", "S002"),
    f"data/propositions.csv:12:proposition_id: 'P011' {NEITHER}",
    rule="evidence_or_search",
)
case(
    "document proposition without evidence and search",
    lambda c: c.set("evidence", "E014", proposition_id="P019"),
    f"data/propositions.csv:21:proposition_id: 'P020' {NEITHER}",
    rule="evidence_or_search",
)
case(
    "searches that cannot be read are held against no proposition",
    lambda c: c.replace("searches", "S002,P011,", 'S002,P011,"'),
    f"data/searches.csv:3: has an unclosed or misplaced quote ({QUOTES})",
)


@wrong(
    "one result for three propositions",
    "data/evidence.csv:4:result: '12 points.' stands for 3 propositions "
    "(say what the study found on this proposition)",
    "data/evidence.csv:12:result: '12 points.' stands for 3 propositions "
    "(say what the study found on this proposition)",
    "data/evidence.csv:13:result: '12 points.' stands for 3 propositions "
    "(say what the study found on this proposition)",
    rule="_results_of_their_own",
)
def _one_result(c):
    for evidence in ("E003", "E011", "E012"):
        c.set("evidence", evidence, result="12 points.")


@wrong(
    "study that nothing uses",
    "data/studies.csv:9:study_id: 'wet_2024' is a study that no evidence, citation, dose or "
    "practice uses (add what it bears, or remove it)",
    rule="study_used",
)
def _unused_study(c):
    row = c.rows("studies")[-1]
    c.insert("studies", "register_2024", ["wet_2024", *row[1:]])


for table, old, line in [("doses", "D001,arlow_2019", 2), ("practice", "F001,arlow_2019", 2)]:
    case(
        f"{table} that cannot be read are held against no study",
        lambda c, table=table, old=old: (_unused_study(c), c.replace(table, old, f'"x"{old}')),
        f"data/{table}.csv:{line}: has an unclosed or misplaced quote ({QUOTES})",
    )


BANNED = (
    "is on the do-not-cite list: It cites trials that nobody can find. "
    "(read the fact at another source, or leave it out)"
)
for url in ("https://moss-miracle.example/trials", "http://www.Moss-Miracle.EXAMPLE"):
    case(
        f"study read at a page never to cite: {url}",
        lambda c, url=url: c.set("studies", "fenwick_page", source_url=url),
        f"data/studies.csv:6:source_url: '{url}' {BANNED}",
        rule="_sources_citable",
    )
case(
    "page never to cite without its address",
    lambda c: c.set("do_not_cite", "moss-miracle.example", page=""),
    "data/do_not_cite.csv:2:page: is empty (fill the cell)",
)
case(
    "risk of bias without a reason",
    lambda c: c.set("risk_of_bias", ("arlow_2019", "rob2", "measurement"), why=""),
    "data/risk_of_bias.csv:3:why: is empty for the judgement 'high' "
    "(give the reason, or judge no_information)",
    rule="bias_has_a_reason",
)
case(
    "study of a group that is nowhere",
    lambda c: c.set("study_groups", ("corso_2021",), group_id="botanny"),
    "data/study_groups.csv:5:group_id: 'botanny' is not in groups.csv "
    "(add it to groups.csv first; nearest: botany)",
)
case(
    "negative number of people",
    lambda c: c.set("studies", "corso_2021", n="-1"),
    "data/studies.csv:5:n: '-1' breaks a rule of its column: constraint \"minimum\" is "
    '"0" (change the value)',
)

# --- second coding -----------------------------------------------------------------------------

case(
    "difference without a reason",
    lambda c: c.set("second_coding", ("claims", "A008", "wording"), reason=""),
    "data/second_coding.csv:12:reason: is empty where the two readings differ "
    "(say why the difference was settled so)",
    rule="difference_has_a_reason",
)
case(
    "settled judgement that the table does not share",
    lambda c: c.set("second_coding", ("claims", "A008", "wording"), final="bare"),
    "data/second_coding.csv:12:final: 'bare' is not what the table says now: 'boosted' "
    "(settle the difference in both places)",
    rule="_second_coding_settled",
)
case(
    "settled pair that the table does not share",
    lambda c: c.set("second_coding", ("claims", "A007 B006"), final="different"),
    "data/second_coding.csv:10:final: 'different' is not what the table says now: 'same' "
    "(settle the difference in both places)",
    rule="_second_coding_settled",
)
case(
    "settled stretch that the table does not share",
    lambda c: c.set("second_coding", ("claims", "A:149-178"), final="marked"),
    "data/second_coding.csv:15:final: 'marked' is not what the table says now: 'absent' "
    "(settle the difference in both places)",
    rule="_second_coding_settled",
)
NO_CELL = "(mend table, key or column)"
for key, column, other in [
    ("B011", "voice", "B999"),
    ("A007 B006", "same_proposition", "B006 B999"),
    ("A007 B006", "same_proposition", "B006"),
    ("B:643-689", "segment", "D:643-689"),
    ("B:643-689", "segment", "B:643-9000"),
    ("B:643-689", "segment", "B:689-689"),
    ("B:643-689", "segment", "B:from-to"),
]:

    def spoil(c: Corpus, key=key, column=column, other=other) -> None:
        old = ("claims", "B010", "voice") if column == "voice" else ("claims", key, column)
        c.set("second_coding", old, key=other)
        rows = c.rows("second_coding")
        rows[1:] = sorted(rows[1:], key=lambda r: [rules.natural(cell) for cell in r[:3]])
        c.write_rows("second_coding", rows)

    case(
        f"second coding of {other}, which is nowhere",
        spoil,
        f"data/second_coding.csv:…:key: '{other}' names no cell of claims ({column}) {NO_CELL}",
        rule="_second_coding_settled",
    )
case(
    "second coding of a table that is nowhere",
    lambda c: c.set("second_coding", ("claims", "B010"), table="clauses"),
    "data/second_coding.csv:24:column: 'voice' is no judged column of clauses "
    "(name one that has codes)",
    f"data/second_coding.csv:24:key: 'B010' names no cell of clauses (voice) {NO_CELL}",
    "data/second_coding.csv:25:table, key, column: 'claims, B:643-689, segment' is out of order "
    "(sort by table, key, column)",
    rule="_second_coding_coded",
)
case(
    "second coding of a column that has no codes",
    lambda c: c.set("second_coding", ("claims", "B010"), column="note", final="x"),
    "data/second_coding.csv:24:column: 'note' is no judged column of claims "
    "(name one that has codes)",
    "data/second_coding.csv:24:final: 'x' is not what the table says now: '' "
    "(settle the difference in both places)",
    rule="_second_coding_coded",
)
case(
    "unknown code of the first reading",
    lambda c: c.set("second_coding", ("claims", "A008", "wording"), first="boosting"),
    "data/second_coding.csv:12:first: 'boosting' is not a code of the list wording "
    "(write one of bare, boosted, caveated, hedged; nearest: boosted)",
    rule="_second_coding_coded",
)
case(
    "unknown code of the second reading",
    lambda c: c.set("second_coding", ("claims", "A007 B006"), second="other"),
    "data/second_coding.csv:10:second: 'other' is not a code of the list judgement_pair "
    "(write one of different, same)",
    rule="_second_coding_coded",
)


def twice(c: Corpus, key: str, column: str, first: str, second: str, final: str) -> None:
    """Judge a cell of the propositions twice, in a row below all others."""
    row = ["propositions", key, column, key, first, second, final, "The words say so."]
    c.write_rows("second_coding", [*c.rows("second_coding"), row])


for column, readings in [("first", ("some 120", "120")), ("second", ("120", "1e2"))]:
    bad = next(r for r in readings if r != "120")
    case(
        f"second coding of a number with a {column} reading that is none",
        lambda c, readings=readings: twice(c, "P017", "value_low", *readings, "120"),
        f"data/second_coding.csv:26:{column}: '{bad}' is not a number (write a number)",
        rule="_second_coding_coded",
    )
    case(
        f"second coding of a node with a {column} reading that is nowhere",
        lambda c, readings=readings: twice(
            c, "P007", "object", *(r.replace("120", "noctalin") for r in readings), "noctalin"
        ),
        f"data/second_coding.csv:26:{column}: '{bad.replace('120', 'noctalin')}' is no key of its "
        "table (name one that is there…)",
        rule="_second_coding_coded",
    )
case(
    "settled number that the table does not share",
    lambda c: twice(c, "P017", "value_low", "120", "121", "121"),
    "data/second_coding.csv:26:final: '121' is not what the table says now: '120' "
    "(settle the difference in both places)",
    rule="_second_coding_settled",
)
case(
    "settled node that the table does not share",
    lambda c: twice(c, "P007", "object", "noctalin", "sleep", "sleep"),
    "data/second_coding.csv:26:final: 'sleep' is not what the table says now: 'noctalin' "
    "(settle the difference in both places)",
    rule="_second_coding_settled",
)
case(
    "nodes that cannot be read are held against no second coding",
    lambda c: (
        twice(c, "P007", "object", "noctalin", "sleep", "noctalin"),
        c.replace("nodes", "memory,", 'memory,"'),
    ),
    f"data/nodes.csv:3: has an unclosed or misplaced quote ({QUOTES})",
)
case(
    "propositions that cannot be read are held against no second coding",
    lambda c: (
        twice(c, "P007", "aspect", "level", "binding", "level"),
        c.replace("propositions", "P023,Moss", 'P023,"Moss'),
    ),
    f"data/propositions.csv:24: has an unclosed or misplaced quote ({QUOTES})",
)

# --- many at once ------------------------------------------------------------------------------


@wrong(
    "faults of every pass at once",
    "data/articles.csv:3:published: 'May' is not of type date (write a date such as 2024-12-31)",
    "data/articles.csv:4:sha256: '0…0' is not the file's SHA-256, which is …",
    "data/claims.csv:22:quote: 'Moss tea does nut act quickly' is not in the article …",
    "data/claims.csv:23:stance: 'denys' is not a code of the list stance …",
    "data/claims.csv:31:proposition_id: 'P999' is not in propositions.csv …",
    f"data/proposition_links.csv:2: has an unclosed or misplaced quote ({QUOTES})",
    "data/seams.csv:2:why: 'glued ' has a space at its edge (remove it)",
    "data/second_coding.csv: is missing …",
)
def _everything(c):
    c.set("articles", "B", published="May")
    c.set("articles", "C", sha256="0" * 64)
    c.set("claims", "B004", quote="Moss tea does nut act quickly")
    c.set("claims", "B005", stance="denys")
    c.set("claims", "C002", proposition_id="P999")
    c.replace("proposition_links", "P003,P016", 'P003,"P016')
    c.set("seams", ("A", "571"), why="glued ")
    c.path("second_coding").unlink()


# --- the tests ---------------------------------------------------------------------------------


def matches(line: str, expected: str) -> bool:
    """Compare a line with an expected one, in which … stands for any characters."""
    return re.fullmatch(".*".join(map(re.escape, expected.split("…"))), line) is not None


@pytest.fixture
def problems(monkeypatch) -> dict[str, list[str]]:
    """What each rule finds while the test runs, by the rule's name."""
    found: dict[str, list[str]] = {}

    def recording(name: str, rule: rules.Rule) -> rules.Rule:
        def run(corpus: rules.Corpus) -> Iterator[tuple]:
            for finding in rule(corpus):
                found.setdefault(name, []).append(finding[2])
                yield finding

        return run

    wrapped = {n: (tables, recording(n, rule)) for n, (tables, rule) in rules._rules().items()}
    monkeypatch.setattr(rules, "_rules", lambda: wrapped)
    return found


@pytest.mark.parametrize("broken", CASES, ids=lambda c: c.name)
def test_broken_corpus_gives_exactly_these_lines(broken, moss, capsys, problems):
    broken.spoil(moss)
    before = moss.snapshot()
    assert main(["check", str(moss.root)]) == 1
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert len(lines) == len(broken.lines), out
    for expected in broken.lines:
        found = [line for line in lines if matches(line, expected)]
        assert found, f"no line reads {expected!r}:\n{out}"
        lines.remove(found[0])
    count = len(broken.lines)
    assert err == f"{count} fault{'s' if count > 1 else ''}\n"
    assert moss.snapshot() == before
    if broken.rule:
        for problem in problems[broken.rule]:
            assert any(problem in line for line in out.splitlines())


def test_every_rule_has_a_broken_example():
    assert set(rules._rules()) == {c.rule for c in CASES if c.rule}


def test_the_sound_corpus_has_no_faults(moss):
    assert moss.faults() == []


def test_faults_are_in_the_order_of_file_and_line(moss):
    _everything(moss)
    faults = claimatlas.validate(moss.root)
    assert [(f.file, f.line) for f in faults] == sorted((f.file, f.line) for f in faults)


def test_load_raises_one_error_that_carries_every_fault(moss):
    _everything(moss)
    with pytest.raises(claimatlas.CorpusError) as caught:
        claimatlas.load(moss.root)
    assert caught.value.faults == claimatlas.validate(moss.root)
    assert str(caught.value).splitlines() == moss.faults()


def test_a_folder_that_is_no_corpus_is_one_fault(tmp_path):
    (fault,) = claimatlas.validate(tmp_path / "nowhere")
    assert fault.file == "data/datapackage.json"
    assert not (tmp_path / "nowhere").exists()


def test_a_fault_prints_on_one_line_and_shortens_its_value():
    fault = Fault("data/claims.csv", 7, "quote", "moss\n" * 100, "is\nodd", "mend it")
    assert "\n" not in str(fault)
    assert str(fault).startswith(r"data/claims.csv:7:quote: 'moss\nmoss")
    assert str(fault).endswith("…' is odd (mend it)")
    assert len(str(fault)) < 300


def test_a_cell_may_hold_quotation_marks_commas_and_line_feeds(moss):
    why = 'They said "so", then\nfell silent.'
    moss.set("proposition_links", ("P018",), why=why)
    assert moss.faults() == []
    links = claimatlas.load(moss.root).proposition_links
    assert links.set_index("from_id").loc["P018", "why"] == why


def test_the_delimiter_is_never_guessed_from_the_cells(moss):
    rows = moss.rows("seams")
    for row in rows[1:]:
        row[2] = 'between |"one"| and |"the other"| cell'
    moss.write_rows("seams", rows)
    assert moss.faults() == []


@pytest.mark.parametrize("table, row", [("doses", "D002"), ("practice", "F001")])
def test_a_study_may_be_there_for_a_dose_or_a_practice_alone(table, row, moss):
    _unused_study(moss)
    moss.set(table, row, study_id="wet_2024")
    assert moss.faults() == []


def test_a_node_that_nothing_uses_may_be_kept_for_a_stated_reason(moss):
    fern = ["fern", "Fern", "compound", "start", "", "", "Named in a table of the article."]
    moss.insert("nodes", "blood_pressure", fern)
    assert moss.faults() == []


def test_edges_and_evidence_are_asked_for_as_soon_as_their_tables_have_rows(moss):
    for table in ("second_coding", "searches", "evidence", "risk_of_bias", "citation_links"):
        moss.write_rows(table, moss.rows(table)[:1])
    moss.drop("propositions", "P023")
    moss.set("nodes", "noctalin_synthase", note="Kept.")
    assert not [f for f in moss.faults() if "neither evidence" in f]
    moss.set("propositions", "P007", aspect="")
    assert [f for f in moss.faults() if ":aspect: is empty" in f]


def test_numbers_and_nodes_can_be_judged_twice(moss):
    twice(moss, "P007", "object", "noctalin", "sleep", "noctalin")
    twice(moss, "P017", "value_low", "120", "0.5", "120")
    assert moss.faults() == []


EVIDENCE_TABLES = (
    *("citations", "citation_links", "studies", "groups", "study_groups", "evidence"),
    *("risk_of_bias", "searches", "grading_rules", "do_not_cite", "doses", "practice"),
)
PAIRS = [(name, other) for name, others in schema._TOGETHER.items() for other in others.split()]


@pytest.mark.parametrize(("name", "other"), PAIRS)
def test_a_table_without_one_that_goes_with_it_is_a_fault(name, other, moss):
    kept = {*schema._ALWAYS, name}
    for _ in PAIRS:  # with all that the kept tables need, but for the other one
        kept |= {b for a, b in PAIRS if a in kept and b != other}
    descriptor = moss.schema()
    descriptor["resources"] = [r for r in descriptor["resources"] if r["name"] in kept]
    for resource in descriptor["resources"]:
        resource["schema"].pop("foreignKeys", None)
    moss.write_schema(descriptor)
    assert moss.faults() == [
        f"data/datapackage.json: describes the table '{name}' without '{other}', which goes with "
        f"it {RESTORE}"
    ]


def test_the_package_reads_what_the_starter_does_not_call_optional():
    needed = schema._needed()
    assert list(needed)[:4] == ["articles", "claims", "propositions", "codes"]
    assert needed["articles"] == ["article_id", "label", "file", "sha256", "body_end"]
    assert needed["searches"] == ["proposition_id"]
    assert needed["hedges"] == []


@pytest.mark.parametrize("name", [name for name, needed in schema._needed().items() if needed])
def test_a_table_without_a_column_that_the_package_reads_is_a_fault(name, moss):
    for column in schema._needed()[name]:
        descriptor = moss.schema()
        table = moss.resource(descriptor, name)["schema"]
        table["fields"] = [f for f in table["fields"] if f["name"] != column]
        with pytest.raises(schema.SchemaError) as caught:
            schema.read_schema(_written(moss, descriptor))
        assert str(caught.value) == f"lacks the column {name}.{column}, which the package reads"


def test_a_corpus_may_do_without_every_optional_column(moss):
    needed, descriptor = schema._needed(), moss.schema()
    for resource in descriptor["resources"]:
        described, name = resource["schema"], resource["name"]
        kept = {*(needed[name] or [f["name"] for f in described["fields"]])}
        kept |= {*described["primaryKey"]}
        kept |= {column for key in described.get("foreignKeys", ()) for column in key["fields"]}
        described["fields"] = [f for f in described["fields"] if f["name"] in kept]
        if name != "hedges":
            rows = moss.rows(name)
            at = [i for i, column in enumerate(rows[0]) if column in kept]
            moss.write_rows(name, [[row[i] for i in at] for row in rows])
    moss.write_schema(descriptor)
    assert moss.faults() == []
    tables = claimatlas.load(moss.root).tables
    assert "note" not in tables["claims"] and "measured_as" not in tables["propositions"]


def _written(moss, descriptor):
    changed = moss.root.parent / "changed"
    (changed / "data").mkdir(parents=True, exist_ok=True)
    Corpus(changed).write_schema(descriptor)
    return changed


GRAPH_TABLES = ("nodes", "relations", "doses")  # doses name a compound


@pytest.mark.parametrize(
    "left_out",
    [
        ("proposition_links", "second_coding"),
        EVIDENCE_TABLES,
        GRAPH_TABLES,
        ("instruments", "scores"),
        ("scores",),
    ],
    ids=["links", "evidence", "graph", "instruments", "scores"],
)
def test_a_corpus_may_do_without_the_optional_tables(moss, left_out):
    if "evidence" in left_out:  # What is there for its evidence alone goes with it.
        moss.drop("propositions", "P023")
        moss.drop("nodes", "noctalin_synthase")
    descriptor = moss.schema()
    descriptor["resources"] = [r for r in descriptor["resources"] if r["name"] not in left_out]
    if "nodes" in left_out:
        del moss.resource(descriptor, "propositions")["schema"]["foreignKeys"]
    moss.write_schema(descriptor)
    for table in left_out:
        moss.path(table).unlink()
    # P016 is used by a claim of its own, so no proposition hangs on a link alone.
    assert moss.faults() == []
    assert set(claimatlas.load(moss.root).tables).isdisjoint(left_out)
