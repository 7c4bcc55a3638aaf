"""Rules about the code itself that no linter has (the idea is TigerBeetle's tidy)."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("twin", "streams", "forecasting", "optimizer")
SOURCES = [p for package in PACKAGES for p in sorted((ROOT / package).rglob("*.py"))]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
BENCHMARKS = sorted((ROOT / "benchmarks").rglob("*.py"))

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 60  # without signature and docstring
KERNEL_LINES_MAX = 100
TEST_LINES_MAX = 60
VAGUE_NAMES = {
    "utils", "util", "helpers", "helper", "common", "misc", "manager", "base", "core",
}  # fmt: skip
# Paths of one machine, and addresses that only one network has.
PRIVATE = re.compile(r"(?<![\w./])/(?:root|home/\w+|tmp/\w+)/|\bindex-url\b|/simple/")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(path: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def body_lines(function: Function) -> int:
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def too_long(path: Path, most: int) -> dict[str, int]:
    lengths = {f"{path}:{f.lineno} {f.name}": body_lines(f) for f in functions(path)}
    return {name: lines for name, lines in lengths.items() if lines > most}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def mirror_of(module: Path) -> Path:
    """Where the test of `module` lies: leading underscores of the file are dropped."""
    return Path("tests") / module.parent / f"test_{module.stem.lstrip('_')}.py"


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout
    return [ROOT / name for name in listed.split("\0") if name]


@pytest.mark.parametrize("path", SOURCES + TESTS + BENCHMARKS, ids=name_of)
def test_file_is_small_enough_to_read_in_one_sitting(path):
    assert len(path.read_text().splitlines()) <= FILE_LINES_MAX


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_function_fits_a_screen(path):
    kernel = any(part.startswith("_kernels") for part in path.parts)
    assert not too_long(path, KERNEL_LINES_MAX if kernel else FUNCTION_LINES_MAX)


@pytest.mark.parametrize("path", TESTS + BENCHMARKS, ids=name_of)
def test_test_fits_a_screen(path):
    assert not too_long(path, TEST_LINES_MAX)


@pytest.mark.parametrize("path", SOURCES + BENCHMARKS, ids=name_of)
def test_module_has_a_telling_name(path):
    names = path.relative_to(ROOT).with_suffix("").parts
    assert not {name.strip("_") for name in names} & VAGUE_NAMES


@pytest.mark.parametrize(
    "path",
    [p for p in SOURCES if p.stem not in {"__init__", "__main__"}],
    ids=name_of,
)
def test_module_has_a_test_beside_it(path):
    mirror = mirror_of(path.relative_to(ROOT))
    assert (ROOT / mirror).exists(), f"{name_of(path)} has no {mirror}"
    assert any(f.name.startswith("test_") for f in functions(ROOT / mirror))


def test_no_package_under_tests():
    """An `__init__.py` in tests/twin would hide the real twin."""
    assert not list((ROOT / "tests").rglob("__init__.py"))


@pytest.mark.parametrize("path", TESTS, ids=name_of)
def test_tests_do_not_import_each_other(path):
    imported = {
        (node.module or "").split(".")[0]
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
    }
    assert not imported & {"tests", "conftest"}


@pytest.mark.parametrize(
    "path", [p for p in SOURCES if p.name == "__init__.py"], ids=name_of
)
def test_package_only_lists_its_public_names(path):
    """No logging set-up and no work at import: docstring, imports, `__all__`."""
    allowed = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.Expr, ast.If)
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree), f"{name_of(path)} has no docstring"
    assert all(isinstance(node, allowed) for node in tree.body)
    assert any(
        getattr(target, "id", "") == "__all__"
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
    ), f"{name_of(path)} has no __all__"


def test_no_file_names_a_private_machine():
    files = [p for p in tracked() if p.suffix in {".py", ".md", ".toml", ".txt", ""}]
    found = [
        f"{name_of(path)}:{number}: {line.strip()}"
        for path in files
        if path.is_file() and path != Path(__file__)
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if PRIVATE.search(line)
    ]
    assert not found
