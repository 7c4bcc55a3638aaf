import stat

import pytest

from twin.service.access.owned import write_owned


def test_file_is_its_owners_alone_and_whole(tmp_path):
    path = tmp_path / "new" / "secret"
    write_owned(path, b"first")
    write_owned(path, b"second")
    assert path.read_bytes() == b"second"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["secret"]


def test_failure_leaves_the_one_before(tmp_path, monkeypatch):
    path = tmp_path / "secret"
    write_owned(path, b"first")

    def full(_):
        raise OSError("no space left")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="no space"):
        write_owned(path, b"second")
    assert path.read_bytes() == b"first"
