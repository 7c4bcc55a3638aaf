import json

from benchmarks.workloads import follow
from benchmarks.workloads.factory import EVENTS_PER_JOB, events
from streams.log import LogWriter
from streams.names import Names


def test_follower_goes_on_from_its_checkpoint(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(follow, "INTERVAL_S", 0.0)
    values = events(20, Names()).json()
    with LogWriter(tmp_path / "log") as log:
        for first in range(0, len(values), EVENTS_PER_JOB):
            log.append(values[first : first + EVENTS_PER_JOB])
    digests = []
    for end in (5 * EVENTS_PER_JOB, len(values), len(values)):
        follow.main(tmp_path / "log", tmp_path / "saved", end)
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        told = {line["what"]: line for line in lines}
        digests.append((told["restored"]["offset"], told["finished"]["digest"]))
    follow.main(tmp_path / "log", tmp_path / "other", len(values))
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert digests[0][0] == 0
    assert digests[1][0] > 0
    assert digests[2][0] > digests[1][0]
    assert {digest for _, digest in digests[1:]} == {last["digest"]}
