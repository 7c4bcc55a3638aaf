"""What the documents show works: every command and example in them is run.

Blocks marked `bash` run whole, by bash, in a temporary folder that looks like the root
of a checkout; blocks of one document run in their order and share the folder. Blocks
marked `python` run too, with `>>>` as doctests. A comment before a block says what it
needs or how it ends:

    <!-- needs: data -->    the public data, in $MILLSTREAM_DATA
    <!-- needs: kafka -->   a broker: `localhost:9092/plant` in the block becomes its
                            address and a topic of the document's own
    <!-- needs: bench -->   the peers of `make bench-setup`
    <!-- exits: 2 -->       the last command ends with this status
"""

import doctest
import importlib
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import click
import pytest
import typer
from kafka import KafkaProducer

from streams.codec import encode
from streams.events import OrderReceived

ROOT = Path(__file__).parent.parent
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    ROOT / "benchmarks" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
BLOCK_S_MAX = 600
SHOWN_TOPIC = "localhost:9092/plant"  # what stands in the documents
# What a mark asks for, and the fixture that gives it or says why not.
NEEDS = {"data": "public_data", "kafka": "broker", "bench": "bench_environment"}

FENCE = re.compile(r"^```(\w*)\s*$")
MARK = re.compile(r"^<!-- (needs|exits): ([\w, ]+) -->$")
COMMAND = re.compile(r"^(?:\$ )?(?:\S+=\S+ )*(?:\S*/)?(?:millstream|python3? -m) ")
INLINE = re.compile(r"`millstream ([^`]+)`")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[\w-]+)?\)")
# Making the environment is what runs the tests; only that the target exists is checked.
SET_UP = re.compile(
    r"^(?:make (?P<target>[\w-]+)|git clone |cd millstream|pip install )"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One fenced block: where it begins, its language, text and marks."""

    place: str
    language: str
    text: str
    needs: frozenset[str]
    exits: int


def blocks(path: Path) -> list[Block]:
    """Every fenced block of a document."""
    found, marks, lines, begun = [], {}, None, None
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        fence, mark = FENCE.match(line.strip()), MARK.match(line.strip())
        if lines is None and fence:
            lines, begun = [], (fence[1], f"{name_of(path)}:{number}")
        elif lines is not None and line.strip() == "```":
            needs = frozenset(re.findall(r"\w+", marks.get("needs", "")))
            found.append(
                Block(
                    place=begun[1],
                    language=begun[0],
                    text="\n".join(lines),
                    needs=needs,
                    exits=int(marks.get("exits", 0)),
                )
            )
            lines, marks = None, {}
        elif lines is not None:
            lines.append(line)
        elif mark:
            marks[mark[1]] = mark[2]
        elif line.strip():
            marks = {}
    return found


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def is_run(line: str) -> bool:
    return not SET_UP.match(line)


def command_paths() -> set[str]:
    """Every command of the program without subcommands, such as "network init"."""
    # Imported here, so that the other tests say more when it cannot be.
    app = importlib.import_module("twin.cli.app").app

    def walk(command, path):
        if not hasattr(command, "list_commands"):
            yield " ".join(path)
            return
        context = click.Context(click.Command("any"))
        for name in command.list_commands(context):
            yield from walk(command.get_command(context, name), [*path, name])

    return set(walk(typer.main.get_command(app), []))


def unmet(block: Block, request) -> list[str]:
    """What the block needs and this machine has not; fails under CI."""
    reasons = []
    for need in sorted(block.needs):
        try:
            request.getfixturevalue(NEEDS[need])
        except pytest.skip.Exception as reason:
            reasons.append(f"{block.place}: {reason}")
    return reasons


@pytest.fixture(scope="session")
def bench_environment():
    if not (ROOT / ".venv-bench" / "bin" / "python").exists():
        pytest.skip("no .venv-bench: run `make bench-setup`")


@pytest.fixture
def broker(kafka_broker, kafka_topic):
    """Address and topic, new for each document, in which three orders stand."""
    topic = kafka_topic("plant")
    producer = KafkaProducer(bootstrap_servers=kafka_broker.address)
    for number in range(3):
        order = OrderReceived(
            order=f"O{number}", customer="market", item="pump", site="dc", quantity=1.0
        )
        name = {"event_id": str(number), "source": "erp"}
        producer.send(topic, encode(order, **name, time_us=number * 1_000_000))
    producer.close()
    return f"{kafka_broker.address}/{topic}"


def run_shell(block: Block, folder: Path, request) -> None:
    text = "\n".join(line for line in block.text.splitlines() if is_run(line))
    if "kafka" in block.needs:
        assert SHOWN_TOPIC in text, f"{block.place}: must name {SHOWN_TOPIC}"
        text = text.replace(SHOWN_TOPIC, request.getfixturevalue("broker"))
    data = request.getfixturevalue("public_data") if "data" in block.needs else ""
    bench = [str(ROOT / ".venv-bench" / "bin")] if "bench" in block.needs else []
    path = os.pathsep.join(
        [*bench, str(Path(sys.executable).parent), os.environ["PATH"]]
    )
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        cwd=folder,
        env=os.environ | {"PATH": path, "NO_COLOR": "1", "MILLSTREAM_DATA": str(data)},
        capture_output=True,
        text=True,
        check=False,
        timeout=BLOCK_S_MAX,
    )
    assert done.returncode == block.exits, (
        f"{block.place} ended with {done.returncode}, not {block.exits}\n"
        f"{text}\n{done.stdout}\n{done.stderr}"
    )


def run_python(block: Block, names: dict) -> None:
    if ">>>" not in block.text:
        exec(compile(block.text, block.place, "exec"), names)
        return
    example = doctest.DocTestParser().get_doctest(
        block.text + "\n", names, block.place, block.place, 0
    )
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    report: list[str] = []
    runner.run(example, out=report.append, clear_globs=False)
    names.update(example.globs)
    assert not runner.failures, "".join(report)


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """An empty folder that shows what documents name by relative paths."""
    for name in ("examples", "benchmarks", "docs"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def with_blocks():
    """Documents with something to run."""
    for path in DOCUMENTS:
        needs = [b.needs for b in blocks(path) if b.language in {"bash", "python"}]
        kafka = any("kafka" in need for need in needs)
        marks = [pytest.mark.kafka] if kafka else []
        if needs:
            yield pytest.param(path, marks=marks, id=name_of(path))


@pytest.mark.slow
@pytest.mark.parametrize("path", list(with_blocks()))
def test_every_block_of_the_document_runs(path, checkout, request):
    names, left_out = {"__name__": "__main__"}, []
    for block in blocks(path):
        if block.language not in {"bash", "python"}:
            continue
        absent = unmet(block, request)
        left_out += absent
        if absent:
            continue
        if block.language == "bash":
            run_shell(block, checkout, request)
        else:
            run_python(block, names)
    if left_out:
        assert os.environ.get("CI") != "true", left_out
        pytest.skip("; ".join(left_out))


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_no_command_stands_in_a_block_that_is_not_run(path):
    hidden = [
        f"{block.place}: {line}"
        for block in blocks(path)
        if block.language != "bash"
        for line in block.text.splitlines()
        if COMMAND.match(line + " ")
    ]
    assert not hidden


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_make_target_shown_exists(path):
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.M))
    shown = re.findall(r"(?:^|`)make ([\w-]+)", path.read_text(), re.MULTILINE)
    assert set(shown) <= targets


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_link_leads_somewhere(path):
    text = path.read_text()
    dead = [link for link in LINK.findall(text) if not (path.parent / link).exists()]
    assert not dead


def test_every_document_is_reached_from_the_readme():
    reached, left = set(), [ROOT / "README.md"]
    while left:
        path = left.pop().resolve()
        if path in reached or path.suffix != ".md":
            continue
        reached.add(path)
        links = LINK.findall(path.read_text())
        left += [path.parent / x for x in links if (path.parent / x).is_file()]
    assert {name_of(p) for p in DOCUMENTS} <= {name_of(p) for p in reached}


def test_every_command_is_documented():
    text = (ROOT / "docs" / "commands.md").read_text()
    headings = set(re.findall(r"^#+ `millstream ([a-z -]+)`$", text, re.MULTILINE))
    assert headings == command_paths()


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_command_named_in_a_sentence_exists(path):
    named = [words for words in INLINE.findall(path.read_text()) if words[0] != "-"]
    known = command_paths() if named else set()
    # A group alone, such as "network", may be named too.
    known |= {command.split()[0] for command in known}
    unknown = [
        words
        for words in named
        if not {" ".join(words.split()[:n]) for n in (1, 2)} & known
    ]
    assert not unknown


def test_every_public_name_is_documented():
    """Also fails on a name without a docstring; `make reference` renews the list."""
    program = ROOT / "docs" / "update_reference.py"
    done = subprocess.run(
        [sys.executable, program, "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_blocks_are_read_with_their_marks(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    document = tmp_path / "page.md"
    document.write_text(
        "text\n<!-- needs: data, kafka -->\n<!-- exits: 2 -->\n\n"
        "```bash\nmillstream demo\n```\n"
        "<!-- needs: data -->\nmore text\n```python\n1 + 1\n```\n"
    )
    first, second = blocks(document)
    assert first == Block(
        place="page.md:5",
        language="bash",
        text="millstream demo",
        needs=frozenset({"data", "kafka"}),
        exits=2,
    )
    assert (second.language, second.needs, second.exits) == ("python", frozenset(), 0)


def test_block_that_fails_is_reported(tmp_path, request):
    none = frozenset()
    block = Block(place="p:1", language="bash", text="exit 3", needs=none, exits=0)
    with pytest.raises(AssertionError, match=r"p:1 ended with 3, not 0"):
        run_shell(block, tmp_path, request)
    example = Block(
        place="p:9", language="python", text=">>> 1 + 1\n3", needs=none, exits=0
    )
    with pytest.raises(AssertionError, match="Expected"):
        run_python(example, {})
