"""The repository agrees with itself: requirements, size, documentation, README."""

import ast
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from claimatlas.cli import main

from .conftest import ROOT

PACKAGE = ROOT / "src" / "claimatlas"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")

ENVIRONMENT = """\
name: claimatlas
channels:
  - conda-forge
dependencies:
  - python=3.11
  - pip
  - pip:
      - -r requirements.lock
"""


def required():
    """Return every requirement of pyproject.toml: to build, to run, and of each extra."""
    extras = PROJECT["project"]["optional-dependencies"].values()
    lines = [*PROJECT["build-system"]["requires"], *PROJECT["project"]["dependencies"]]
    return [*lines, *(line for extra in extras for line in extra)]


def locked():
    """Return the lock's entries, each a requirement and its hashes."""
    entries = []
    for entry in LOCK.replace("\\\n", " ").splitlines():
        if not entry.startswith("#") and entry.strip():
            words, *hashes = re.split(r"\s+--hash=", entry.strip())
            entries.append((Requirement(words), hashes))
    return entries


def modules():
    """Return the modules; what lies in folders below, such as a site's conf.py, is package data."""
    return sorted(PACKAGE.glob("*.py"))


# --- requirements ------------------------------------------------------------------------------


@pytest.mark.parametrize("line", required())
def test_the_lock_satisfies_a_requirement(line):
    wanted = Requirement(line)
    name = canonicalize_name(wanted.name)
    found = [r for r, _ in locked() if canonicalize_name(r.name) == name]
    assert found, f"{name} is not in requirements.lock"
    for entry in found:
        version = str(entry.specifier).removeprefix("==")
        assert Version(version) in wanted.specifier, f"{line} against {entry}"


def test_the_lock_pins_every_package_with_hashes():
    assert len(locked()) > len(required())
    for requirement, hashes in locked():
        assert re.fullmatch(r"==[^,*]+", str(requirement.specifier)), requirement
        assert hashes, f"{requirement} has no hash"
        for digest in hashes:
            assert re.fullmatch(r"sha256:[0-9a-f]{64}", digest), requirement


def test_the_lock_holds_no_addresses_and_no_options():
    assert "://" not in LOCK
    for requirement, _ in locked():
        assert requirement.url is None
    assert not re.search(r"^\s*-(?!-hash=sha256:)", LOCK, re.MULTILINE)


def test_conda_users_get_the_lock_and_a_python_that_the_project_allows():
    assert (ROOT / "environment.yml").read_text(encoding="utf-8") == ENVIRONMENT
    python = re.search(r"python=([\d.]+)", ENVIRONMENT)[1]
    assert Version(python) in SpecifierSet(PROJECT["project"]["requires-python"])


def test_the_version_stands_in_one_form_everywhere():
    import claimatlas

    assert PROJECT["project"]["version"] == claimatlas.__version__


# --- the package -------------------------------------------------------------------------------


def test_importing_the_package_imports_neither_plotting_nor_validation_nor_statistics():
    heavy = ["matplotlib", "frictionless", "statsmodels", "rapidfuzz", "scipy", "IPython", "sphinx"]
    heavy += ["networkx", "pygraphviz"]
    code = f"import sys, claimatlas; print(sorted(set({heavy!r}) & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout == "[]\n"


def test_the_lock_holds_whatever_the_package_imports():
    known = packages_distributions()
    names = {canonicalize_name(requirement.name) for requirement, _ in locked()}
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            imported = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            imported += [node.module] if isinstance(node, ast.ImportFrom) else []
            for top in {name.split(".")[0] for name in imported} - sys.stdlib_module_names:
                found = {canonicalize_name(d) for d in known.get(top, [])}
                assert top == "claimatlas" or found & names, f"{path.name} imports {top}"


def test_nothing_in_the_package_is_about_one_subject_or_one_corpus():
    for path in modules():
        text = path.read_text(encoding="utf-8")
        assert "selank" not in text.lower(), path
        assert not re.search(r"\b[AB]\d{3}\b", text), path
        literals = {n.value for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Constant)}
        assert literals.isdisjoint({"A", "B"}), path


def test_the_package_stays_small():
    assert len([p for p in modules() if p.name != "__init__.py"]) <= 12
    # The design says "some 2,500 lines". Grading, graph, framing, exports and the pages of the
    # site came to more; taking whole features out was weighed against that number and refused.
    # Whoever meets this line has to take something out, or move it to a library or a table.
    assert sum(code_lines(p) for p in modules()) <= 4000


def code_lines(path):
    """Count the lines of a module that are neither blank nor comment nor docstring."""
    text = path.read_text(encoding="utf-8")
    words = {
        line
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        for line in range(node.lineno, node.end_lineno + 1)
    }
    lines = enumerate(text.splitlines(), start=1)
    return sum(
        bool(x.strip()) and not x.strip().startswith("#") and n not in words for n, x in lines
    )


def public(body):
    """Yield the public functions and classes of a body, and those of its public classes."""
    for node in body:
        is_class = isinstance(node, ast.ClassDef)
        if (is_class or isinstance(node, ast.FunctionDef)) and not node.name.startswith("_"):
            yield node
            yield from public(node.body) if is_class else ()


@pytest.mark.parametrize("path", modules(), ids=lambda p: p.stem)
def test_every_module_and_everything_public_in_it_has_a_docstring(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), path.name
    for node in public(tree.body):
        assert ast.get_docstring(node), f"{path.name}:{node.lineno} {node.name}"


@pytest.mark.parametrize("path", modules(), ids=lambda p: p.stem)
def test_every_public_function_is_typed(path):
    for node in public(ast.parse(path.read_text(encoding="utf-8")).body):
        if isinstance(node, ast.FunctionDef):
            named = node.args.posonlyargs + node.args.args + node.args.kwonlyargs
            bare = [a.arg for a in named if a.annotation is None and a.arg != "self"]
            assert not bare and node.returns, f"{path.name}:{node.lineno} {node.name} {bare}"


def test_ruff_has_nothing_to_say():
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--no-cache", "."],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


# --- the README --------------------------------------------------------------------------------


def blocks(language):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.fixture
def copy(tmp_path):
    """What a README snippet may read and change: a copy of both corpora, and two articles."""
    for part in ("data", "seeds", "tests/corpora"):
        shutil.copytree(ROOT / part, tmp_path / part)
    page = (
        "<html><body><article><h1>Moss tea</h1><p>Here are some words.</p></article></body></html>"
    )
    (tmp_path / "blog.html").write_text(page, encoding="utf-8")
    (tmp_path / "leaflet.md").write_text("# Moss\n\nMoss tea may help.\n", encoding="utf-8")
    return tmp_path


def test_the_python_snippets_of_the_readme_run_one_after_the_other(copy, monkeypatch):
    snippets = blocks("python")
    assert snippets, "README.md has no ```python block"
    monkeypatch.chdir(copy)
    exec(compile("\n".join(snippets), "README.md", "exec"), {"__name__": "__main__"})


def test_the_commands_of_the_readme_run(copy, monkeypatch):
    lines = [line for block in blocks("console") for line in block.splitlines()]
    commands = [shlex.split(line[2:], comments=True) for line in lines if line.startswith("$ ")]
    ours = [words[1:] for words in commands if words[0] == "claimatlas"]
    assert ours, "README.md has no ```console block with a line that begins '$ claimatlas'"
    monkeypatch.chdir(copy)
    for words in ours:
        assert main(words) == 0, words
