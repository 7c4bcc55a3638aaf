"""What `deploy/` says is so: paths are in the tree, options are those of the command.

Nothing is built or started here. The files are read as their programs read them, as far
as we use their words, and every command line goes through the parser of ours.
"""

import configparser
import json
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import typer
import yaml

from twin.cli.app import COMMANDS
from twin.service.routes import health

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"


def dockerfile():
    """Return the instructions: the word and what follows, lines joined."""
    text = re.sub(r"\\\n\s*", "", (DEPLOY / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [tuple(line.split(maxsplit=1)) for line in lines]


def last(word):
    return [rest for name, rest in dockerfile() if name == word][-1]


def compose():
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def unit():
    parser = configparser.ConfigParser(strict=True, interpolation=None)
    parser.optionxform = str
    parser.read(DEPLOY / "millstream.service")
    return parser


def served(words):
    """Return what `millstream serve` understands of words; fails where it refuses."""
    entry = next(one for one in COMMANDS if one.name == "serve")
    command = entry.load()
    context = command.make_context("serve", list(words), resilient_parsing=False)
    assert isinstance(command, typer.core.TyperCommand)
    return context.params


def command_lines():
    container = compose()["services"]["millstream"]
    started = shlex.split(unit()["Service"]["ExecStart"])
    assert started[1] == json.loads(last("ENTRYPOINT"))[1] == "serve"
    return {
        "Dockerfile": json.loads(last("CMD")),
        "compose.yaml": container["command"],
        "millstream.service": started[2:],
    }


@pytest.mark.parametrize("file", ["Dockerfile", "compose.yaml", "millstream.service"])
def test_command_line_is_understood_and_may_listen(file):
    known = served(command_lines()[file])
    assert known["network"].is_absolute()
    assert known["log"]
    assert known["store"].is_absolute()
    # Reached from outside the container, and there by no more than a proxy.
    is_container = file != "millstream.service"
    assert (known["host"] == "0.0.0.0") == known["behind_proxy"] == is_container
    assert known["port"] == 8080
    assert last("EXPOSE") == "8080"


def test_image_has_what_the_wheel_is_made_of():
    sources = [rest.split()[:-1] for name, rest in dockerfile() if name == "COPY"]
    copied = {one for row in sources if not row[0].startswith("--") for one in row}
    missing = [one for one in copied if not (ROOT / one).exists()]
    assert missing == []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    about = project["project"]
    needed = {*wheel["packages"], about["readme"], *about["license-files"]}
    assert needed | {"pyproject.toml", "constraints.txt"} == copied
    assert json.loads(last("ENTRYPOINT"))[0] in about["scripts"]


def test_image_keeps_data_as_a_user_without_rights():
    named = [name for name, _ in dockerfile()]
    assert last("USER") == "millstream"
    assert named.index("USER") < named.index("ENTRYPOINT")
    volume = last("VOLUME")
    for words in (command_lines()["Dockerfile"], command_lines()["compose.yaml"]):
        known = served(words)
        assert str(known["store"]).startswith(f"{volume}/")
        assert known["log"].startswith((f"{volume}/", "kafka://"))
    assert f"NUMBA_CACHE_DIR={volume}/" in last("ENV")


def test_health_is_asked_where_it_is_answered():
    paths = {route.path for route in health.router.routes}
    (asked,) = re.findall(r"127\.0\.0\.1:8080(/\w+)", last("HEALTHCHECK"))
    assert asked in paths


def test_compose_names_what_is_there():
    content = compose()
    services, ours = content["services"], content["services"]["millstream"]
    build = ours["build"]
    context = (DEPLOY / build["context"]).resolve()
    assert (context / build["dockerfile"]).is_file()
    for name, service in services.items():
        assert set(service.get("depends_on", {})) <= set(services) - {name}
        for volume in service.get("volumes", []):
            outside, inside = volume.split(":")[:2]
            assert inside.startswith("/")
            if outside.startswith("."):
                assert (DEPLOY / outside).is_dir(), outside
            else:
                assert outside in content["volumes"]
    known = served(ours["command"])
    inside = {volume.split(":")[1] for volume in ours["volumes"]}
    assert str(known["network"]) in inside
    assert last("VOLUME") in inside


def test_compose_reads_the_topic_that_it_makes():
    services = compose()["services"]
    server, topic = re.fullmatch(
        r"kafka://(.+)/(.+)", served(services["millstream"]["command"])["log"]
    ).groups()
    made = shlex.split(services["topic"]["command"])
    assert made[made.index("--topic") + 1] == topic
    assert made[made.index("--bootstrap-server") + 1] == server
    told = services["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]
    assert told == f"PLAINTEXT://{server}"
    # A port of this machine alone.
    assert all(one.startswith("127.0.0.1:") for one in services["millstream"]["ports"])


def test_service_has_time_to_save_before_it_is_killed():
    grace = compose()["services"]["millstream"]["stop_grace_period"]
    assert grace == "1m"  # without it Docker kills after 10 s
    assert int(unit()["Service"]["TimeoutStopSec"]) >= 30


def test_unit_writes_only_where_systemd_lets_it():
    service = unit()["Service"]
    known = served(command_lines()["millstream.service"])
    state = f"/var/lib/{service['StateDirectory']}/"
    assert str(known["store"]).startswith(state)
    assert known["log"].startswith(state)
    kernels = service["Environment"].removeprefix("NUMBA_CACHE_DIR=")
    assert kernels == f"/var/cache/{service['CacheDirectory']}"
    # Kernels are compiled in memory.
    assert "MemoryDenyWriteExecute" not in service


def test_unit_is_taken_by_systemd(tmp_path):
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("needs systemd-analyze")
    text = (DEPLOY / "millstream.service").read_text()
    path = tmp_path / "millstream.service"
    path.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.M))
    done = subprocess.run(
        [program, "verify", path], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
