"""Write docs/reference.md from the packages' public names and docstrings.

`python docs/update_reference.py` renews the file; with `--check` it only says whether
the file is up to date (exit status 1 if not). A public name without a docstring fails.
"""

import ast
import difflib
import importlib
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "docs" / "reference.md"
PACKAGES = ("twin", "streams", "forecasting", "optimizer")
HEAD = """# Public names

Everything the packages export, by package; `help(name)` has the rest: arguments with
units and shapes, errors, references, examples. Written by `make reference`.
"""


def main(arguments: list[str]) -> int:
    """Renew or check the file; return the exit status."""
    sys.path.insert(0, str(ROOT))
    missing: list[str] = []
    text = HEAD + "".join(section(package, missing) for package in packages())
    if missing:
        sys.stderr.write("no docstring: " + ", ".join(missing) + "\n")
        return 1
    if "--check" not in arguments:
        REFERENCE.write_text(text)
        return 0
    kept = REFERENCE.read_text() if REFERENCE.exists() else ""
    lines = difflib.unified_diff(kept.splitlines(), text.splitlines(), lineterm="")
    difference = "\n".join(lines)
    if difference:
        sys.stderr.write(f"{difference}\ndocs/reference.md: run `make reference`\n")
    return int(bool(difference))


def packages() -> Iterator[ModuleType]:
    """Import the public packages, each before those inside it."""
    for name in PACKAGES:
        top = importlib.import_module(name)
        yield top
        inside = pkgutil.walk_packages(top.__path__, prefix=f"{name}.")
        for entry in sorted(inside, key=lambda entry: entry.name):
            if entry.ispkg and "._" not in entry.name:
                yield importlib.import_module(entry.name)


def section(package: ModuleType, missing: list[str]) -> str:
    """Describe one package; names without a docstring are added to `missing`."""
    lines = [f"\n## {package.__name__}\n\n{summary(package.__doc__)}\n"]
    names = sorted(package.__all__, key=str.lower)
    if names:
        lines.append("\n| name | what it is |\n| --- | --- |\n")
    for name in names:
        doc = docstring(package, name)
        if not doc:
            missing.append(f"{package.__name__}.{name}")
        lines.append(f"| `{name}` | {summary(doc).replace('|', chr(92) + '|')} |\n")
    return "".join(lines)


def docstring(package: ModuleType, name: str) -> str:
    """Docstring of a public name; for a constant, the text beside its assignment."""
    value = getattr(package, name)
    doc = getattr(value, "__doc__", None) or ""
    # An instance shows the docstring of its class, a bare dataclass its signature.
    if doc and doc != type(value).__doc__ and not doc.startswith(f"{name}("):
        return doc
    places = (Path(folder) for folder in package.__path__)
    sources = (path for place in places for path in sorted(place.rglob("*.py")))
    return next(filter(None, (beside(path, name) for path in sources)), "")


def beside(path: Path, name: str) -> str:
    """Give the string below, or else the comment above, an assignment to `name`."""
    text = path.read_text()
    body = ast.parse(text).body
    for node, after in zip(body, [*body[1:], None], strict=True):
        if name not in assigned(node):
            continue
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            return str(after.value.value)
        above: list[str] = []
        for line in reversed(text.splitlines()[: node.lineno - 1]):
            if not line.startswith("#"):
                break
            above.insert(0, line.lstrip("#: "))
        return " ".join(above)
    return ""


def assigned(node: ast.stmt) -> set[str]:
    """Names that a statement assigns to."""
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign):
        targets = [node.target]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def summary(doc: str | None) -> str:
    """First paragraph of a docstring, on one line."""
    return " ".join((doc or "").strip().split("\n\n")[0].split())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
