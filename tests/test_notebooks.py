"""What nbval does not see in a stored notebook: each rule passes on ours and can fail.

nbval compares outputs. It lets pass a notebook that was never run, a changed PNG, a lost
alternative text and a misspelt magic, and it trips over a trailing semicolon. Here every rule is a
function from a notebook to its problems, and `BROKEN` holds at least one notebook that breaks it.
"""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.ipynb"))
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
SVG = "image/svg+xml"
SHORTEST_ALT = 40

Rule = Callable[[NotebookNode], list[str]]
RULES: list[Rule] = []


def rule(function: Rule) -> Rule:
    RULES.append(function)
    return function


# --- reading a notebook ------------------------------------------------------------------------


def code_cells(notebook: NotebookNode) -> Iterator[tuple[str, NotebookNode]]:
    cells = (cell for cell in notebook.cells if cell.cell_type == "code")
    for number, cell in enumerate(cells, 1):
        yield f"code cell {number}", cell


def outputs(notebook: NotebookNode) -> Iterator[tuple[str, NotebookNode]]:
    for place, cell in code_cells(notebook):
        for output in cell.outputs:
            yield place, output


def shown(cell: NotebookNode) -> list[str]:
    """Return the media types that a cell shows."""
    return [kind for output in cell.get("outputs", []) for kind in output.get("data", {})]


def shows_table(cell: NotebookNode) -> bool:
    pages = [output.get("data", {}).get("text/html", "") for output in cell.get("outputs", [])]
    return any("<table" in page for page in pages)


def statements(cell: NotebookNode) -> list[ast.AST]:
    try:
        return list(ast.walk(ast.parse(cell.source)))
    except SyntaxError:
        return []  # the rule plain_python speaks of it


# --- the rules ---------------------------------------------------------------------------------


@rule
def executed_in_order(notebook: NotebookNode) -> list[str]:
    """Code cells were executed 1..n, and none is empty."""
    problems = []
    cells = list(code_cells(notebook))
    for number, (place, cell) in enumerate(cells, 1):
        if not cell.source.strip():
            problems.append(f"{place} is empty")
        if cell.execution_count != number:
            problems.append(f"{place} has execution count {cell.execution_count}, not {number}")
    return problems if cells else ["no code cell"]


@rule
def no_errors(notebook: NotebookNode) -> list[str]:
    """No stored output is an error."""
    return [f"{place}: {o.ename}" for place, o in outputs(notebook) if o.output_type == "error"]


@rule
def no_warnings(notebook: NotebookNode) -> list[str]:
    """Nothing was written to standard error, where warnings go."""
    return [
        f"{place} wrote to stderr: {output.text.strip()[:80]}"
        for place, output in outputs(notebook)
        if output.output_type == "stream" and output.name == "stderr"
    ]


@rule
def neutral_metadata(notebook: NotebookNode) -> list[str]:
    """The metadata name no machine, and no cell keeps the hour at which it ran."""
    cells = code_cells(notebook)
    problems = [f"{place} keeps times" for place, cell in cells if "execution" in cell.metadata]
    if notebook.metadata != METADATA:
        problems.append(f"metadata is {dict(notebook.metadata)}")
    return problems


NOT_PORTABLE = {
    # A path of two parts at least, not the end of a tag, an address or a phrase like "and/or".
    "path": r"(?<![\w:/.<)])/(?:[\w.+-]+/)+[\w.+-]+|file://|\b[A-Z]:\\\w",
    "object address": r"\b0x[0-9a-fA-F]{4,}",
    "time": r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\b\d\d:\d\d:\d\d\b",
}


@rule
def outputs_are_the_same_elsewhere(notebook: NotebookNode) -> list[str]:
    """No output holds an absolute path, an object's address or an hour."""
    problems = []
    for place, output in outputs(notebook):
        texts = [output.get("text", ""), *map(str, output.get("data", {}).values())]
        for what, pattern in NOT_PORTABLE.items():
            found = [match[0] for text in texts for match in re.finditer(pattern, text)]
            problems += [f"{place}: {what} {words!r}" for words in dict.fromkeys(found)]
    return problems


@rule
def figures_have_words(notebook: NotebookNode) -> list[str]:
    """Every figure carries an alternative text that says something."""
    problems = []
    for place, output in outputs(notebook):
        if SVG not in output.get("data", {}):
            continue
        alt = output.metadata.get(SVG, {}).get("alt", "").strip()
        if len(alt) < SHORTEST_ALT:
            problems.append(f"{place}: alternative text of {len(alt)} characters: {alt!r}")
    return problems


@rule
def figures_are_single_and_vector(notebook: NotebookNode) -> list[str]:
    """At most one figure a cell, and none that nbval would not compare."""
    problems = []
    for place, cell in code_cells(notebook):
        kinds = shown(cell)
        if kinds.count(SVG) > 1:
            problems.append(f"{place} shows {kinds.count(SVG)} figures")
        problems += [f"{place} shows {k}" for k in kinds if k in ("image/png", "image/jpeg")]
    return problems


@rule
def figures_stand_between_table_and_reading(notebook: NotebookNode) -> list[str]:
    """A figure comes after the table it draws, and before a sentence that reads it.

    The table stands in a cell of its own between the previous figure and this one.
    """
    problems = []
    table = False
    following = [*notebook.cells[1:], None]
    places = {id(cell): place for place, cell in code_cells(notebook)}
    for cell, after in zip(notebook.cells, following, strict=True):
        if SVG not in shown(cell):
            table = table or shows_table(cell)
            continue
        place = places[id(cell)]
        if not table:
            problems.append(f"{place}: no table before the figure")
        if "text/markdown" not in shown(cell):
            problems.append(f"{place}: the figure has no caption")
        if after is None or not reads(after):
            problems.append(f"{place}: no sentence of reading after the figure")
        table = False
    return problems


def reads(cell: NotebookNode) -> bool:
    """Whether a cell says something in words, headings aside."""
    if cell.cell_type == "code":
        return "text/markdown" in shown(cell)
    return any(line.strip() and not line.startswith("#") for line in cell.source.splitlines())


@rule
def plain_python(notebook: NotebookNode) -> list[str]:
    """Every cell parses: nbval takes a misspelt magic, and the rest of its cell, for a pass."""
    problems = []
    for place, cell in code_cells(notebook):
        try:
            ast.parse(cell.source)
        except SyntaxError as error:
            problems.append(f"{place} is not plain Python: line {error.lineno}: {error.msg}")
    return problems


@rule
def functions_live_in_the_package(notebook: NotebookNode) -> list[str]:
    """No function or class is defined, nor a lambda given a name."""
    defining = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    assigning = (ast.Assign, ast.AnnAssign, ast.NamedExpr)
    problems = []
    for place, cell in code_cells(notebook):
        for node in statements(cell):
            if isinstance(node, defining):
                problems.append(f"{place} defines {node.name}")
            if isinstance(node, assigning) and isinstance(node.value, ast.Lambda):
                problems.append(f"{place} gives a lambda a name")
    return problems


@rule
def imports_in_one_cell(notebook: NotebookNode) -> list[str]:
    """Exactly one cell imports."""
    imports = (ast.Import, ast.ImportFrom)
    places = [
        place
        for place, cell in code_cells(notebook)
        if any(isinstance(node, imports) for node in statements(cell))
    ]
    return [] if len(places) == 1 else [f"imports in {len(places)} cells: {', '.join(places)}"]


@rule
def no_trailing_semicolon(notebook: NotebookNode) -> list[str]:
    """No line ends in a semicolon: nbval runs without the history by which it hides a result."""
    problems = []
    for place, cell in code_cells(notebook):
        try:
            tokens = list(tokenize.generate_tokens(io.StringIO(cell.source).readline))
        except (tokenize.TokenError, SyntaxError):
            continue  # the rule plain_python speaks of it
        for token, after in pairwise(tokens):
            ends = after.type in (tokenize.NEWLINE, tokenize.COMMENT, tokenize.ENDMARKER)
            if token.string == ";" and token.type == tokenize.OP and ends:
                problems.append(f"{place}: line {token.start[0]} ends in a semicolon")
    return problems


@rule
def nothing_ignored(notebook: NotebookNode) -> list[str]:
    """No cell asks nbval to look away, by a comment or by a tag."""
    problems = []
    for place, cell in code_cells(notebook):
        tags = " ".join(map(str, cell.metadata.get("tags", [])))
        for words in (cell.source, tags):
            found = re.search(r"nbval|pytest_validate|raises-exception|skip-execution", words, re.I)
            if found:
                problems.append(f"{place} has {found[0]!r}")
    return problems


NOT_TYPED = [
    re.compile(pattern, re.MULTILINE | re.DOTALL)
    for pattern in (
        r"^(```|~~~).*?^\1",  # a block of code
        r"`[^`\n]*`",  # a span of code
        r"^#{1,6} [^\n]*",  # a heading
        r"^\s*\d+[.)] ",  # the number of a list's item
        r"\]\([^)\s]*\)",  # where a link goes
        r"https?://[^\s>)]+",
        r"\b[A-Za-z]+\d\w*",  # an id (P001), a word (B2B)
        r"\b[A-Z][A-Za-z]*-\d+\b",  # a name (IL-6)
        r"\b(?:19|20)\d\d\b(?![.,]\d|\s*%)",  # a year
    )
]


@rule
def no_typed_numbers(notebook: NotebookNode) -> list[str]:
    """No number is typed into prose: a cell computes and displays it, so that it is compared."""
    problems = []
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type != "markdown":
            continue
        prose = cell.source
        for pattern in NOT_TYPED:
            prose = pattern.sub(" ", prose)
        problems += [
            f"cell {number}: number {match[0].strip()!r}"
            for match in re.finditer(r"\S*\d\S*", prose)
        ]
    return problems


OPENING = ("Question", "Inputs", "concludes", "does not")


@rule
def opening_says_what_to_expect(notebook: NotebookNode) -> list[str]:
    """The first cell says question, inputs, what the notebook concludes and what it does not."""
    if not notebook.cells or notebook.cells[0].cell_type != "markdown":
        return ["the first cell is not Markdown"]
    return [f"the first cell lacks {w!r}" for w in OPENING if w not in notebook.cells[0].source]


# --- ours keep them ----------------------------------------------------------------------------


def test_there_are_notebooks():
    assert NOTEBOOKS, "nothing checked is a failure: notebooks/ holds no notebook"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_stored_notebook(path, rule):
    problems = rule(nbformat.read(path, as_version=4))
    listed = "".join(f"\n  {problem}" for problem in problems)
    remedy = "(after a change of cells or tables: make notebooks)"
    assert not problems, f"notebooks/{path.name}: {rule.__doc__.strip()} {remedy}{listed}"


# --- and each can fail -------------------------------------------------------------------------


def figure_output(
    alt: str = "Bars of claims by subject, one panel for each article.",
) -> NotebookNode:
    data = {SVG: "<svg/>", "text/plain": alt}
    return new_output("display_data", data, metadata={SVG: {"alt": alt}})


def markdown_output(words: str) -> NotebookNode:
    return new_output("display_data", {"text/markdown": words, "text/plain": "<Markdown object>"})


def good() -> NotebookNode:
    """A small notebook that keeps every rule, with what a rule might wrongly refuse."""
    opening = "# 1. Claims\n\n**Question.** Why?\n\n**Inputs.** Tables.\n\n"
    opening += "**What it concludes.** Little.\n\n**What it does not.** Much."
    prose = (
        "## 2 articles\n\n1. Seen in 2014, B2B, IL-6 and P001; see [claims](01_claims.ipynb).\n"
        "2. `data[0]` and https://doi.org/10.1000/1 show it.\n\n```\nx = 3\n```\n"
    )
    table = new_output("execute_result", {"text/html": "<table>\n</table> and/or"})
    stream = new_output("stream", name="stdout", text="either/or 1/2 http://example.org/a/b\n")
    cells = [
        new_markdown_cell(opening),
        new_code_cell("import math\nfrom pathlib import Path", outputs=[stream]),
        new_markdown_cell(prose),
        new_code_cell("table = sorted([1, 2], key=lambda x: -x)\ntable", outputs=[table]),
        new_code_cell("draw(); show()", outputs=[figure_output(), markdown_output("*Caption.*")]),
        new_code_cell("display(words)", outputs=[markdown_output("Of 12 claims, 3 are bare.")]),
    ]
    for number, cell in enumerate((c for c in cells if c.cell_type == "code"), 1):
        cell.execution_count = number
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = number
    notebook = new_notebook(cells=cells)
    notebook.metadata.update(METADATA)
    return notebook


IMPORTS, PROSE, TABLE, FIGURE, READING = 1, 2, 3, 4, 5


def write_code(source: str) -> Callable[[NotebookNode], None]:
    return lambda notebook: notebook.cells[TABLE].update(source=source)


def write_prose(source: str) -> Callable[[NotebookNode], None]:
    return lambda notebook: notebook.cells[PROSE].update(source=source)


def print_text(text: str, name: str = "stdout") -> Callable[[NotebookNode], None]:
    output = new_output("stream", name=name, text=text)
    return lambda notebook: notebook.cells[IMPORTS].update(outputs=[output])


def describe(alt: str) -> Callable[[NotebookNode], None]:
    return lambda n: n.cells[FIGURE].update(outputs=[figure_output(alt), markdown_output("*C.*")])


def tag(name: str) -> Callable[[NotebookNode], None]:
    return lambda notebook: notebook.cells[TABLE].metadata.update(tags=[name])


def never_run(notebook: NotebookNode) -> None:
    notebook.cells[READING].update(execution_count=None, outputs=[])


def picture(notebook: NotebookNode) -> None:
    notebook.cells[TABLE].outputs.append(new_output("display_data", {"image/png": "iVBORw0KGgo="}))


BROKEN: list[tuple[Rule, Callable[[NotebookNode], object], str]] = [
    (executed_in_order, never_run, "code cell 4 has execution count None, not 4"),
    (
        executed_in_order,
        lambda n: n.cells[IMPORTS].update(execution_count=7),
        "code cell 1 has execution count 7, not 1",
    ),
    (
        executed_in_order,
        lambda n: n.cells.append(new_code_cell("  ", execution_count=5)),
        "code cell 5 is empty",
    ),
    (executed_in_order, lambda n: n.update(cells=n.cells[:1]), "no code cell"),
    (
        no_errors,
        lambda n: n.cells[TABLE].outputs.append(
            new_output("error", ename="KeyError", evalue="'A'", traceback=[])
        ),
        "code cell 2: KeyError",
    ),
    (no_warnings, print_text("FutureWarning: soon\n", "stderr"), "stderr: FutureWarning: soon"),
    (
        neutral_metadata,
        lambda n: n.metadata.kernelspec.update(display_name="my env"),
        "'display_name': 'my env'",
    ),
    (neutral_metadata, lambda n: n.metadata.language_info.update(version="3.11.7"), "3.11.7"),
    (neutral_metadata, lambda n: n.metadata.update(widgets={}), "widgets"),
    (
        neutral_metadata,
        lambda n: n.cells[TABLE].metadata.update(execution={"iopub.execute_input": "…"}),
        "code cell 2 keeps times",
    ),
    (outputs_are_the_same_elsewhere, print_text("read /tmp/a/b.csv"), "path '/tmp/a/b.csv'"),
    (outputs_are_the_same_elsewhere, print_text("from '/opt/data'"), "path '/opt/data'"),
    (outputs_are_the_same_elsewhere, print_text("see C:\\Users\\me"), "path 'C:\\\\U'"),
    (outputs_are_the_same_elsewhere, print_text("see file://x"), "path 'file://'"),
    (
        outputs_are_the_same_elsewhere,
        print_text("<Axes at 0x7f3a90c2>"),
        "object address '0x7f3a90c2'",
    ),
    (outputs_are_the_same_elsewhere, print_text("at 2026-01-02T03:04"), "time '2026-01-02T03:04'"),
    (outputs_are_the_same_elsewhere, print_text("done 03:04:05"), "time '03:04:05'"),
    (figures_have_words, describe("A chart."), "alternative text of 8 characters: 'A chart.'"),
    (figures_have_words, describe(" " * 50), "alternative text of 0 characters"),
    (
        figures_have_words,
        lambda n: n.cells[FIGURE].outputs[0].metadata.clear(),
        "code cell 3: alternative text of 0 characters",
    ),
    (
        figures_are_single_and_vector,
        lambda n: n.cells[FIGURE].outputs.append(figure_output()),
        "code cell 3 shows 2 figures",
    ),
    (figures_are_single_and_vector, picture, "code cell 2 shows image/png"),
    (
        figures_stand_between_table_and_reading,
        lambda n: n.cells.pop(TABLE),
        "code cell 2: no table before the figure",
    ),
    (
        figures_stand_between_table_and_reading,
        lambda n: n.cells.extend(n.cells[FIGURE:]),
        "code cell 5: no table before the figure",
    ),
    (
        figures_stand_between_table_and_reading,
        lambda n: n.cells[FIGURE].outputs.pop(),
        "code cell 3: the figure has no caption",
    ),
    (
        figures_stand_between_table_and_reading,
        lambda n: n.cells.pop(READING),
        "code cell 3: no sentence of reading after the figure",
    ),
    (
        figures_stand_between_table_and_reading,
        lambda n: n.cells.insert(READING, new_markdown_cell("## Next\n")),
        "code cell 3: no sentence of reading after the figure",
    ),
    (plain_python, write_code("%matplotlb inline\ntable"), "code cell 2 is not plain Python"),
    (plain_python, write_code("!ls"), "code cell 2 is not plain Python: line 1"),
    (functions_live_in_the_package, write_code("def f():\n    pass"), "code cell 2 defines f"),
    (functions_live_in_the_package, write_code("if 1:\n    class C: ..."), "defines C"),
    (functions_live_in_the_package, write_code("f = lambda x: x"), "gives a lambda a name"),
    (functions_live_in_the_package, write_code("f: object = lambda: 1"), "gives a lambda a name"),
    (imports_in_one_cell, write_code("import csv"), "in 2 cells: code cell 1, code cell 2"),
    (imports_in_one_cell, lambda n: n.cells.pop(IMPORTS), "imports in 0 cells"),
    (no_trailing_semicolon, write_code("table;"), "code cell 2: line 1 ends in a semicolon"),
    (no_trailing_semicolon, write_code("table; # no\n"), "line 1 ends in a semicolon"),
    (no_trailing_semicolon, write_code("a = 1;\nb"), "line 1 ends in a semicolon"),
    (nothing_ignored, write_code("# NBVAL_IGNORE_OUTPUT\ntable"), "has 'NBVAL'"),
    (nothing_ignored, write_code("# PYTEST_VALIDATE_IGNORE_OUTPUT"), "has 'PYTEST_VALIDATE'"),
    (nothing_ignored, tag("nbval-skip"), "has 'nbval'"),
    (nothing_ignored, tag("raises-exception"), "has 'raises-exception'"),
    (no_typed_numbers, write_prose("They make 12 claims."), "cell 3: number '12'"),
    (no_typed_numbers, write_prose("- About 95.5% agree"), "number '95.5%'"),
    (no_typed_numbers, write_prose("In 1999.5 or 2000 %"), "number '1999.5'"),
    (no_typed_numbers, write_prose("In 1999.5 or 2000 %"), "number '2000'"),
    (no_typed_numbers, write_prose("The 3rd, [see 4](x.md)"), "number '3rd,'"),
    (no_typed_numbers, write_prose("The 3rd, [see 4](x.md)"), "number '4"),
    (no_typed_numbers, write_prose("#5 is no heading"), "number '#5'"),
    (no_typed_numbers, write_prose("| a | 7 |\n|---|---|"), "number '7'"),
    (opening_says_what_to_expect, lambda n: n.cells.pop(0), "the first cell is not Markdown"),
    (
        opening_says_what_to_expect,
        lambda n: n.cells[0].update(source="# Claims\n\n**Question.** Why? It does not say."),
        "the first cell lacks 'Inputs'",
    ),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule_passes_a_good_notebook(rule):
    notebook = good()
    nbformat.validate(notebook)
    assert rule(notebook) == []


@pytest.mark.parametrize(
    ("rule", "spoil", "expected"),
    BROKEN,
    ids=[f"{number}-{rule.__name__}" for number, (rule, _, _) in enumerate(BROKEN, 1)],
)
def test_rule_fails_a_broken_notebook(rule, spoil, expected):
    notebook = good()
    spoil(notebook)
    assert any(expected in problem for problem in rule(notebook)), rule(notebook)


def test_every_rule_has_a_broken_notebook():
    assert {broken.__name__ for broken, _, _ in BROKEN} == {rule.__name__ for rule in RULES}


@pytest.mark.parametrize("word", OPENING)
def test_each_word_of_the_opening_is_needed(word):
    notebook = good()
    notebook.cells[0].source = notebook.cells[0].source.replace(word, "")
    assert f"the first cell lacks {word!r}" in opening_says_what_to_expect(notebook)
