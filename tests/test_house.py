"""The house's own rules: sizes that only shrink, arrows that only run down, nothing of a machine in the files."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("carpool", "gtfs_feeds", "ground", "mobility", "on_demand", "routing", "ticketing")
LINES_A_FILE, LINES_A_FUNCTION = 500, 70
EXCEPTIONS = tomllib.loads((Path(__file__).parent / "house_exceptions.toml").read_text(encoding="utf-8"))


def _files() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def _functions(path: Path) -> list[tuple[str, int]]:
    """The functions of a file with how many lines they are, from `def` to the last line."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [(node.name, (node.end_lineno or node.lineno) - node.lineno + 1) for node in found]


@cache
def _too_long() -> dict[str, dict[str, int]]:
    files = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in _files()
    }
    functions = {
        f"{path.relative_to(ROOT)}:{name}": lines for path in _files() for name, lines in _functions(path)
    }
    return {
        "files": {name: lines for name, lines in files.items() if lines > LINES_A_FILE},
        "functions": {name: lines for name, lines in functions.items() if lines > LINES_A_FUNCTION},
    }


@pytest.mark.parametrize("kind", ["files", "functions"])
def test_sizes_only_shrink(kind: str) -> None:
    """What is too long is in house_exceptions.toml with its size of today, which may only go down."""
    found, allowed = _too_long()[kind], EXCEPTIONS.get(kind, {})
    grown = {name: lines for name, lines in found.items() if lines > allowed.get(name, 0)}
    assert not grown, f"too long (files {LINES_A_FILE}, functions {LINES_A_FUNCTION} lines): split them"
    shrunk = {name: found.get(name, 0) for name, lines in allowed.items() if found.get(name, 0) < lines}
    assert not shrunk, (
        "these are shorter now: write their new size in house_exceptions.toml, or take them out"
    )


def test_files_are_named_after_what_is_in_them() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "tools", "core", "base"}
    assert [path for path in _files() if path.stem.lower() in vague] == []


PLANTED = [
    ("routing/journey.py", "import gtfs_feeds", "Arrows only run down"),
    ("gtfs_feeds/findings.py", "import mobility", "Arrows only run down"),
    ("carpool/line.py", "import ticketing", "Arrows only run down"),
    ("ticketing/facts.py", "import carpool", "Arrows only run down"),
    ("on_demand/area.py", "import routing", "Arrows only run down"),
    ("ground/refusal.py", "import on_demand", "Arrows only run down"),
    ("gtfs_feeds/findings.py", "import carpool", "Feeds fill timetables"),
    ("gtfs_feeds/findings.py", "import ticketing.ledger", "Feeds fill timetables"),
    ("ticketing/fares/leg.py", "import ticketing.orders", "Money runs one way"),
    ("ticketing/facts.py", "import pydantic", "Engines know nothing of the web"),
    ("gtfs_feeds/findings.py", "import sqlalchemy", "Engines know nothing of the web"),
    ("routing/query.py", "import pydantic", "Engines know nothing of the web"),
    ("routing/kernels/search.py", "import routing.journey", "Kernels are arrays in"),
    ("mobility/journeys/place.py", "import mobility.acts.ports", "Inside mobility"),
    ("mobility/accounts/caller.py", "import mobility.journeys", "Inside mobility"),
    ("mobility/acts/records.py", "import mobility.jobs", "Inside mobility"),
    ("mobility/http/problems.py", "import mobility.bootstrap", "Inside mobility"),
    ("mobility/acts/records.py", "import mobility.storage.feeds", "Storage, outside and settings"),
    ("mobility/cli/console.py", "import mobility.settings", "Storage, outside and settings"),
    ("mobility/storage/outbox.py", "import mobility.http", "Storage and outside fill"),
    ("mobility/demo/draft.py", "import mobility.acts.ports", "The demo and the bench"),
]


def _lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    script = (
        "import sys; from importlinter.cli import lint_imports_command as run; sys.path.insert(0, '.'); run()"
    )
    return subprocess.run(
        [sys.executable, "-c", script, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("importlinter")
    folder = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", folder)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def test_arrows_run_down_and_planted_ones_are_caught(copy: Path) -> None:
    """All contracts are kept; and each is broken by an import planted against it."""
    clean = _lint_imports(copy)
    assert clean.returncode == 0, clean.stdout
    for file, statement, _ in PLANTED:
        path = copy / file
        path.write_text(path.read_text(encoding="utf-8") + f"\n{statement}\n", encoding="utf-8")
    planted = _lint_imports(copy)
    assert planted.returncode != 0
    broken = re.findall(r"^(.+?) BROKEN", planted.stdout, flags=re.MULTILINE)
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    assert sorted(broken) == sorted(contract["name"] for contract in contracts)
    for file, statement, contract in PLANTED:
        importer, imported = file.removesuffix(".py").replace("/", "."), statement.removeprefix("import ")
        assert any(name.startswith(contract) for name in broken)
        assert f"{importer} -> {imported}" in planted.stdout, f"{statement} in {file} was not caught"


def _tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("this is no git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_path_of_a_machine_is_in_the_files() -> None:
    """Files say where things are from the project's root, or by settings."""
    machine = re.compile(r"(?<![\w.:/-])/(?:work|root|home/\w+|Users/\w+)/[\w.]")
    found = []
    for path in _tracked():
        try:
            content = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {match[0]}" for match in machine.finditer(content)]
    assert found == []
