"""Tenants of `millstream serve`, as they are typed or written in a file."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from streams.kafka import parse_address
from twin.errors import OptionError

DEFAULT = "default"
_KAFKA = "kafka://"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
"""A tenant has a folder and keys of its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantSpec:
    """What is served of one tenant.

    Attributes
    ----------
    network : Path
        Folder of the network.
    log : str
        Log folder or ``kafka://host:port/topic``.
    kafka_config : Path or None
        Client properties.
    """

    network: Path
    log: str
    kafka_config: Path | None = None


class _Row(msgspec.Struct, forbid_unknown_fields=True):
    network: str
    log: str
    kafka_config: str | None = None


class _File(msgspec.Struct, forbid_unknown_fields=True):
    tenants: dict[str, _Row]


def tenants_of(
    network: Path | None, log: str | None, *, typed: Sequence[str] = (),
    file: Path | None = None, kafka_config: Path | None = None,
) -> dict[str, TenantSpec]:  # fmt: skip
    """Put together the tenants of a service.

    Parameters
    ----------
    network : Path or None
        Of the tenant ``default``, with `log`; None: there is none.
    log : str or None
        Its log.
    typed : sequence of str
        ``NAME=NETWORK:LOG``.
    file : Path or None
        TOML with a table ``[tenants.NAME]`` each: ``network``, ``log`` and perhaps
        ``kafka_config``; paths are as seen from its folder.
    kafka_config : Path or None
        Client properties of tenants that name none.

    Returns
    -------
    dict of str to TenantSpec

    Raises
    ------
    OptionError
        If there is none, a name or a log comes twice, or something is missing.

    Examples
    --------
    >>> found = tenants_of(None, None, typed=["west=plant:kafka://localhost:9092/west"])
    >>> found["west"].log
    'kafka://localhost:9092/west'
    """
    rows: list[tuple[str, TenantSpec]] = []
    if (network is None) != (log is None):
        msg = "NETWORK and --log go together; several tenants: --tenant or --tenants"
        raise OptionError(msg)
    if network is not None and log is not None:
        one = TenantSpec(network=network, log=log, kafka_config=kafka_config)
        rows.append((DEFAULT, one))
    rows += [_typed(text, kafka_config) for text in typed]
    rows += [] if file is None else _read(file, kafka_config)
    if not rows:
        raise OptionError("nothing to serve: give NETWORK with --log, or --tenant")
    _check([name for name, _ in rows])
    _check_logs(rows)
    return dict(rows)


def _check(names: list[str]) -> None:
    for name in names:
        if NAME.fullmatch(name) is None:
            msg = (
                f"tenant {name!r}: must begin with a letter or digit, and have at most "
                "64 letters, digits, _ and -"
            )
            raise OptionError(msg)
        if names.count(name) > 1:
            msg = f"tenant {name!r}: comes {names.count(name)} times; allowed: once"
            raise OptionError(msg)


def _check_logs(rows: list[tuple[str, TenantSpec]]) -> None:
    """Refuse two tenants of one log: each would see what is the other's."""
    whose: dict[str, str] = {}
    for name, one in rows:
        for log in _logs(one.log):
            if log in whose:
                msg = (
                    f"tenant {name!r}: its log {log} is that of {whose[log]!r}; "
                    "allowed: one of its own"
                )
                raise OptionError(msg)
        whose |= dict.fromkeys(_logs(one.log), name)


def _logs(log: str) -> list[str]:
    """Return all that names a log or a topic: one for each broker."""
    if not log.startswith(_KAFKA):
        return [str(Path(log).resolve())]
    address = parse_address(log)
    return [
        f"{_KAFKA}{server.lower()}/{topic}"
        for server in address.servers or ("",)
        for topic in address.topics
    ]


def _typed(text: str, kafka_config: Path | None) -> tuple[str, TenantSpec]:
    name, _, rest = text.partition("=")
    # The log may be an address with a port: the first colon ends the network.
    network, _, log = rest.partition(":")
    if not (name and network and log):
        msg = f"--tenant {text!r}; allowed: NAME=NETWORK:LOG, such as west=plant:log"
        raise OptionError(msg)
    one = TenantSpec(network=Path(network), log=log, kafka_config=kafka_config)
    return name, one


def _read(file: Path, kafka_config: Path | None) -> list[tuple[str, TenantSpec]]:
    try:
        content = tomllib.loads(file.read_text("utf-8"))
        found = msgspec.convert(content, _File)
    except (OSError, ValueError) as error:
        msg = f"--tenants {file}: {error}; allowed: TOML with [tenants.NAME]"
        raise OptionError(msg) from error
    beside = file.parent
    return [
        (
            name,
            TenantSpec(
                network=beside / row.network,
                log=row.log if "://" in row.log else str(beside / row.log),
                kafka_config=kafka_config
                if row.kafka_config is None
                else beside / row.kafka_config,
            ),
        )
        for name, row in found.tenants.items()
    ]
