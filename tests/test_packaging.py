"""What a user installs: the wheel holds the four packages, and its command starts."""

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("twin", "streams", "forecasting", "optimizer")

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("packaging")]


def run(*command, cwd, **environment):
    """Standard output of a command that must succeed."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def python(*arguments, cwd, **environment):
    return run(sys.executable, "-P", *arguments, cwd=cwd, **environment)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    options = ("--wheel", "--no-isolation", "--outdir", str(folder))
    python("-m", "build", *options, str(ROOT), cwd=folder)
    [built] = folder.glob("millstream-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A folder with what the wheel installs, its dependencies left out."""
    folder = tmp_path_factory.mktemp("site")
    options = ("--no-deps", "--no-index", "--quiet", "--target", str(folder))
    python("-m", "pip", "install", *options, str(wheel), cwd=folder)
    return folder


def test_wheel_holds_exactly_the_four_packages(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)
    assert not [name for name in names if "__pycache__" in name]


def test_wheel_holds_every_module_and_data_file(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    listed = run("git", "ls-files", "-z", "--", *PACKAGES, cwd=ROOT).split("\0")
    kept = {name for name in listed if name and (ROOT / name).is_file()}
    assert kept <= names


def test_wheel_carries_the_licence(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert [name for name in names if name.endswith("licenses/LICENSE")]


@pytest.mark.parametrize("package", PACKAGES)
def test_package_is_imported_from_where_it_is_installed(installed, package):
    program = f"import {package}; print({package}.__file__)"
    found = python("-c", program, cwd=installed, PYTHONPATH=str(installed))
    assert Path(found.strip()) == installed / package / "__init__.py"


@pytest.mark.parametrize("package", PACKAGES)
def test_package_of_the_checkout_lies_in_one_place(package, tmp_path):
    """A second copy on the path would be tested in place of the one being edited."""
    program = (
        "import pathlib, sys\n"
        f"places = [p for p in sys.path if pathlib.Path(p, '{package}').is_dir()]\n"
        "print(len({pathlib.Path(p).resolve() for p in places}), places[0])"
    )
    assert python("-c", program, cwd=tmp_path).split() == ["1", str(ROOT)]


def test_console_script_starts(installed):
    script = installed / "bin" / "millstream"
    shown = run(str(script), "--help", cwd=installed, PYTHONPATH=str(installed))
    assert "Usage" in shown


def test_what_polars_writes_sheets_with_comes_along():
    """Polars imports it when it is asked to, so that no import of ours shows it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {re.split(r"[<>=!\[; ]", one)[0] for one in project["dependencies"]}
    assert {"xlsxwriter", "fastexcel"} <= names
