import logging

from twin.live.notes import note


def test_fields_are_on_the_record_and_in_the_text(caplog):
    with caplog.at_level(logging.INFO, logger="millstream.live"):
        note("shard lost", level=logging.WARNING, shard=3, epoch=7)
    (record,) = caplog.records
    assert record.getMessage() == "shard lost shard=3 epoch=7"
    assert (record.event, record.fields) == ("shard lost", {"shard": 3, "epoch": 7})
