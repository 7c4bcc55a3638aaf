from streams.events import MachineReading
from streams.names import Names
from twin.calibrate.picking import picked


def test_other_types_and_copies_are_left_out(log):
    log.state(1, "F1", "busy")
    log.add(2, MachineReading(machine="F1", sensor="heat", value=1.0))
    log.state(3, "F1", "down")
    batch = log.batch()
    again = log.batch(Names())  # the same events under another table of names
    first, *others = picked([batch, batch, again])
    assert len(first) == 2
    assert [len(other) for other in others] == [0, 0]


def test_copies_within_a_batch_are_left_out(log):
    log.state(1, "F1", "busy")
    log.state(3, "F1", "down")
    batch = log.batch()
    (found,) = picked([batch.take([0, 1, 0, 1])])
    assert found.time_us.tolist() == batch.time_us.tolist()
