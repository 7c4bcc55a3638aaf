"""Questions of `millstream why`."""

import pytest

from twin.cli.asking import Question, answer
from twin.cli.console import Console
from twin.cli.sources import SourceSpec
from twin.errors import OptionError


def test_state_goes_with_a_network_only(tmp_path):
    asked = Question(order="C1", plan=tmp_path, source=SourceSpec(name="log"))
    with pytest.raises(OptionError, match="--log and --at go with a network"):
        answer(asked, Console(None, quiet=True))
