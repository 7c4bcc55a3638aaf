"""Whatever the description allows is asked, and every answer is held to it."""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from twin.service.webhooks import guard
from twin.service.webhooks.sending import Sending

CHECKS = (
    not_a_server_error, status_code_conformance, content_type_conformance,
    response_schema_conformance,
)  # fmt: skip
PATIENCE_S = 120
# A pushed stream has no end.
ENDLESS = ("/v1/changes", "/v1/jobs/{job_id}/progress")
EXAMPLES = settings(
    max_examples=20, deadline=None, database=None, derandomize=True,
    phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
)  # fmt: skip


@pytest.mark.slow
def test_every_answer_is_as_described(server, key_of, monkeypatch):
    # Hosts that are made up are asked of nobody.
    monkeypatch.setattr(guard, "resolve", lambda *_: ["93.184.216.34"])
    monkeypatch.setattr(Sending, "post", lambda *_: None)
    headers = key_of("admin")
    schema = schemathesis.openapi.from_url(f"{server}/v1/openapi.json")
    asked = []

    def ask(case):
        case.call_and_validate(headers=headers, checks=CHECKS, timeout=PATIENCE_S)

    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path in ENDLESS:
            continue
        asked.append(operation.path)
        EXAMPLES(given(case=operation.as_strategy())(ask))()
    assert {"/v1/events", "/v1/state/{table}", "/v1/whatif"} <= set(asked)
