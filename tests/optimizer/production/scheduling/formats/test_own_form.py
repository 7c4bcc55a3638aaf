"""Fields of `problem.json` and their defaults."""

import msgspec
import pytest

from optimizer.production.scheduling.formats.own_form import MachineText, ProblemText


def test_what_is_left_out_has_a_default():
    text = msgspec.json.decode(
        b'{"machines": [{"id": "M"}], "jobs": []}', type=ProblemText
    )
    assert text.machines == [MachineText(id="M")]
    assert (text.tariff, text.transport, text.baseline) == ([], None, [])
    assert text.machines[0].power.busy == 0


@pytest.mark.parametrize(
    "text",
    [b'{"id": "M", "power": {"busy": -1}}', b'{"id": "M", "power": {"watts": 1}}'],
)
def test_a_wrong_power_is_refused(text):
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text, type=MachineText)
