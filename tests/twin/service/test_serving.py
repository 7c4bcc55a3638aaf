import stat
from pathlib import Path

import pytest

from twin.clock import ManualClock
from twin.errors import OptionError
from twin.service.options import ServiceOptions
from twin.service.serving import Address, Served, bound, first_key, open_places


def test_address_is_this_machine_alone_unless_keys_are_safe():
    assert Address().url == "http://127.0.0.1:8080"
    with pytest.raises(OptionError, match=r"host '0\.0\.0\.0'.*TLS"):
        Address(host="0.0.0.0")
    with pytest.raises(OptionError, match="go together"):
        Address(certificate=Path("a.pem"))
    secret = Path("k.pem")
    assert Address(host="plant", certificate=secret, private_key=secret).url == (
        "https://plant:8080"
    )
    assert Address(host="plant", behind_proxy=True).port == 8080


def test_first_key_is_made_once(tmp_path, demo_network):
    def opened():
        return open_places(
            {"default": Served(network=demo_network, log=str(tmp_path / "log"))},
            store=tmp_path / "store", clock=ManualClock(), options=ServiceOptions(),
        )  # fmt: skip

    places = opened()
    path = first_key(places, tmp_path / "store")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    key = path.read_text().strip()
    assert places.keys.caller(key, now_us=0).may("approve")
    places.tenants["default"].close()
    places.audit.close()
    again = opened()
    assert first_key(again, tmp_path / "store") is None
    again.tenants["default"].close()
    again.audit.close()


def test_address_is_told_as_it_was_taken():
    one, url = bound(Address(port=0))
    port = int(url.rpartition(":")[2])
    assert port > 0
    with pytest.raises(OptionError, match=f"{url}: .*free"):
        bound(Address(port=port))
    one.close()
