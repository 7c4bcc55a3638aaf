import subprocess
import sys

import pytest

from twin import __main__


def test_main_leaves_with_the_status_of_the_command(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["millstream", "schema", "NoSuchEvent"])
    with pytest.raises(SystemExit) as left:
        __main__.main()
    assert left.value.code == 2


def test_package_runs_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "twin", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("millstream ")
