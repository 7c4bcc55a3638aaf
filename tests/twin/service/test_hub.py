import asyncio

import pytest

from twin.service.hub import Hub
from twin.service.problems import ProblemError


def hub_of(clients_max=2, told_max=3):
    hub = Hub(clients_max=clients_max, told_max=told_max)
    hub.bind(asyncio.get_running_loop())
    return hub


async def heard(listener, n_messages):
    return [(await anext(listener)).data for _ in range(n_messages)]


def test_messages_come_in_order_to_those_who_listen_to_their_topic():
    async def run():
        hub = hub_of()
        every, jobs = hub.listen(), hub.listen("job")
        hub.tell("progress", 1)
        hub.tell("job", 2)
        await asyncio.sleep(0)
        return await heard(every, 2), await heard(jobs, 1)

    assert asyncio.run(run()) == ([1, 2], [2])


def test_slow_listener_misses_the_oldest_and_holds_nobody_up():
    async def run():
        hub = hub_of(told_max=3)
        slow, quick = hub.listen(), hub.listen()
        got = []
        for number in range(5):
            hub.tell("progress", number)
            await asyncio.sleep(0)
            got += await heard(quick, 1)
        return got, await heard(slow, 3), slow.n_lost

    assert asyncio.run(run()) == ([0, 1, 2, 3, 4], [2, 3, 4], 2)


def test_more_listeners_than_may_be_are_refused():
    async def run():
        hub = hub_of(clients_max=1)
        first = hub.listen()
        with pytest.raises(ProblemError, match="listeners: 1"):
            hub.listen()
        hub.leave(first)
        hub.listen()
        return len(hub)

    assert asyncio.run(run()) == 1


def test_nobody_is_told_before_there_is_a_loop():
    Hub(clients_max=1, told_max=1).tell("progress", 1)
