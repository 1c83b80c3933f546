"""Prove that the tests notice what they should: spoil a scratch copy, and see who catches it.

`make probe` runs this. Each probe makes one change in a copy of the repository and runs only the
test that must catch it. A probe that no test catches, or that a test catches for another reason, is
reported as MISSED, and the exit code is 1.
"""

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = "notebooks/01_claims.ipynb"
RULES = "tests/test_notebooks.py::test_stored_notebook"
SVG = "image/svg+xml"


@dataclass(frozen=True)
class Probe:
    """One change, the test that must catch it, and what that test must say."""

    name: str
    file: str
    change: Callable[[Path], str]
    test: str
    says: str


def main() -> int:
    """Run every probe and say what came of it."""
    with tempfile.TemporaryDirectory(prefix="claimatlas-probe-") as name:
        copy = Path(name) / "copy"
        say(f"copying the repository to {copy}")
        copy_repository(copy)
        tests = list(dict.fromkeys(probe.test for probe in PROBES))
        say(f"the unchanged copy must pass {len(tests)} tests ...")
        code, output = run(copy, *tests)
        if code:
            say(f"the unchanged copy FAILS; nothing was probed\n{tail(output)}")
            return 1
        missed = [probe.name for probe in PROBES if not caught(probe, copy)]
    say(f"{len(PROBES) - len(missed)} of {len(PROBES)} probes caught")
    return 1 if missed else 0


def say(words: str) -> None:
    print(f"probe: {words}", flush=True)


def copy_repository(copy: Path) -> None:
    """Copy what git keeps and what it does not ignore, as it stands in the working tree."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout
    for name in sorted(set(listed.decode("utf-8").split("\0")) - {""}):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, copy / name)


def run(copy: Path, *tests: str) -> tuple[int, str]:
    """Run tests in the copy, against the copy's package; return exit code and output."""
    command = [sys.executable, "-m", "pytest", "-q", "--color=no", "-p", "no:cacheprovider"]
    environment = {**os.environ, "PYTHONPATH": str(copy / "src"), "PYTEST_ADDOPTS": ""}
    ran = subprocess.run(
        [*command, "--nbval", "--nbval-current-env", *tests],
        cwd=copy,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    return ran.returncode, ran.stdout


def caught(probe: Probe, copy: Path) -> bool:
    """Make the change, run the test, undo the change."""
    path = copy / probe.file
    before = path.read_bytes()
    try:
        say(f"{probe.name}: {probe.change(path)} ...")
        code, output = run(copy, probe.test)
    finally:
        path.write_bytes(before)
    failed = re.findall(r"^FAILED (\S+::.+?)(?: - .*)?$", output, re.MULTILINE)
    if code == 1 and probe.says in output and failed:
        others = f" and {len(failed) - 1} more" if failed[1:] else ""
        say(f"{probe.name}: caught by {failed[0]}{others}")
        return True
    say(f"{probe.name}: MISSED by {probe.test} (exit code {code})\n{tail(output)}")
    return False


def tail(output: str) -> str:
    return "\n".join(f"    {line}" for line in output.splitlines()[-15:])


# --- the changes -------------------------------------------------------------------------------


def change_a_number(path: Path) -> str:
    """Change the wording of one claim, so that the table is still valid and its counts differ."""
    coded_twice = (path.parent / "second_coding.csv").read_text(encoding="utf-8")
    rows = read_rows(path)
    row = next(r for r in rows if r["wording"] == "bare" and r["claim_id"] not in coded_twice)
    row["wording"] = "boosted"
    write_rows(path, rows)
    return f"{row['claim_id']} is boosted, no longer bare"


def change_a_colour(path: Path) -> str:
    """Change the colour of a code that a figure draws."""
    rows = read_rows(path)
    row = next(r for r in rows if (r["list"], r["code"]) == ("wording", "bare"))
    old, row["colour"] = row["colour"], "#123456"
    write_rows(path, rows)
    return f"bare claims are drawn in {row['colour']}, no longer {old}"


def leave_an_output_stale(path: Path) -> str:
    """Change one digit of a stored sentence, as if its cell had not been run again."""
    notebook = read(path)
    for cell in code_cells(notebook):
        for output in cell["outputs"]:
            text = "".join(output.get("data", {}).get("text/markdown", ""))
            digit = re.search(r"\d", text)
            if digit:
                stale = str((int(digit[0]) + 1) % 10)
                changed = text[: digit.start()] + stale + text[digit.end() :]
                output["data"]["text/markdown"] = changed
                write(path, notebook)
                return f"a stored sentence says {stale} for {digit[0]}"
    raise LookupError("no displayed sentence with a number")


def type_a_number(path: Path) -> str:
    """Type a number into prose."""
    notebook = read(path)
    prose = next(c for c in reversed(notebook["cells"]) if c["cell_type"] == "markdown")
    prose["source"] = "".join(prose["source"]) + "\n\nIn all, 37 claims are bare."
    write(path, notebook)
    return "prose says 37"


def lose_an_alternative_text(path: Path) -> str:
    """Take away a figure's alternative text."""
    notebook = read(path)
    for cell in code_cells(notebook):
        for output in cell["outputs"]:
            if SVG in output.get("data", {}):
                del output["metadata"][SVG]["alt"]
                write(path, notebook)
                return "a figure lost its alternative text"
    raise LookupError("no figure")


def leave_a_cell_unrun(path: Path) -> str:
    """Take away a cell's outputs and execution count."""
    notebook = read(path)
    cell = [c for c in code_cells(notebook) if c["outputs"]][-1]
    cell.update(execution_count=None, outputs=[])
    write(path, notebook)
    return "a cell was never run"


def read_rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8"), newline="")))


def write_rows(path: Path, rows: list[dict[str, str]]) -> None:
    out = io.StringIO(newline="")
    table = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    path.write_bytes(out.getvalue().encode("utf-8"))


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def write(path: Path, notebook: dict[str, Any]) -> None:
    path.write_text(json.dumps(notebook, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def code_cells(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


PROBES = [
    Probe(
        "a changed number",
        "data/claims.csv",
        change_a_number,
        NOTEBOOK,
        "mismatch 'text/html'",
    ),
    Probe(
        "a changed figure",
        "data/codes.csv",
        change_a_colour,
        NOTEBOOK,
        f"mismatch '{SVG}'",
    ),
    Probe(
        "a stale output",
        NOTEBOOK,
        leave_an_output_stale,
        NOTEBOOK,
        "mismatch 'text/markdown'",
    ),
    Probe(
        "a typed number",
        NOTEBOOK,
        type_a_number,
        f"{RULES}[no_typed_numbers-01_claims]",
        "number '37'",
    ),
    Probe(
        "a missing alternative text",
        NOTEBOOK,
        lose_an_alternative_text,
        f"{RULES}[figures_have_words-01_claims]",
        "alternative text of 0 characters",
    ),
    Probe(
        "a never-run cell",
        NOTEBOOK,
        leave_a_cell_unrun,
        f"{RULES}[executed_in_order-01_claims]",
        "has execution count None",
    ),
]

if __name__ == "__main__":
    sys.exit(main())
