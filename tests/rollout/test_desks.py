"""Queues against the closed forms of queueing theory, and what happens to those who leave."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from hybridsim.rollout.desks import Desk
from hybridsim.rollout.events import Calendar, Rank
from hybridsim.rollout.world import Queue

NAMES = ("adviser_jobs", "adviser_wait", "adviser_busy")


class Room:
    """As much of a replication as a desk needs."""

    def __init__(self, horizon=1e9):
        self.calendar = Calendar()
        self.tally = SimpleNamespace(total=dict.fromkeys(NAMES, 0))
        self.world = SimpleNamespace(horizon=horizon)
        self.served = []

    @property
    def now(self):
        return self.calendar.now

    def happened(self, rank, row, sub=0, amount=0):
        if rank is Rank.SERVED:
            self.served.append(row)


class Customer:
    def __init__(self, row):
        self.institution = SimpleNamespace(row=row)
        self.use_case = 0
        self.gone = False

    def over(self):
        return self.gone


def desk(room, servers, patience=600.0):
    return Desk(room, Queue(0, "adviser", servers, patience))


def come(room, at, customer, months, to):
    def visit():
        yield room.calendar.at(at, Rank.IDEA, customer.institution.row)
        yield from to.serve(customer, months)

    room.calendar.process(visit())


def erlang_c_wait(arrivals, service, servers):
    """Mean wait in M/M/c (Erlang 1917), all customers."""
    load = arrivals / service
    top = load**servers / math.factorial(servers) * servers / (servers - load)
    waits = top / (sum(load**k / math.factorial(k) for k in range(servers)) + top)
    return waits / (servers * service - arrivals)


@pytest.mark.parametrize(("servers", "arrivals"), [(1, 0.6), (3, 2.1)])
def test_the_mean_wait_is_that_of_erlang_c(servers, arrivals):
    rng = np.random.default_rng(servers)
    room = Room()
    to = desk(room, servers)
    count = 60_000
    times = np.cumsum(rng.exponential(1 / arrivals, count))
    for row, (at, months) in enumerate(zip(times, rng.exponential(1.0, count), strict=True)):
        come(room, float(at), Customer(row), float(months), to)
    room.calendar.run_through(1e9)
    waited = room.tally.total["adviser_wait"] / 1000 / count
    # Waits are correlated over busy periods: the standard error is about 2 % here.
    assert waited == pytest.approx(erlang_c_wait(arrivals, 1.0, servers), rel=0.08)
    assert room.tally.total["adviser_jobs"] == count


def test_first_come_first_served():
    room = Room()
    to = desk(room, 1)
    for row in range(5):
        come(room, float(row), Customer(row), 10.0, to)
    room.calendar.run_through(100.0)
    assert room.served == [1, 2, 3, 4]
    assert room.tally.total["adviser_wait"] == 1000 * sum(10 * row - row for row in range(5))


def test_who_left_the_queue_is_passed_over_and_nobody_is_lost():
    room = Room()
    to = desk(room, 1)
    customers = [Customer(row) for row in range(4)]
    for row, customer in enumerate(customers):
        come(room, float(row), customer, 10.0, to)
    room.calendar.call_at(5.0, Rank.DEFAULT, 1, 0, lambda: setattr(customers[1], "gone", True))
    room.calendar.run_through(100.0)
    assert room.served == [2, 3]
    assert room.tally.total["adviser_jobs"] == 3


def test_who_leaves_at_the_moment_of_the_hand_over_passes_the_turn_on():
    room = Room()
    to = desk(room, 1)
    customers = [Customer(row) for row in range(3)]
    for row, customer in enumerate(customers):
        come(room, float(row), customer, 10.0, to)
    # Released at 10; the hand-over to customer 1 is an event at 10 that comes after this one.
    room.calendar.call_at(10.0, Rank.RELEASED, 9, 0, lambda: setattr(customers[1], "gone", True))
    room.calendar.run_through(100.0)
    assert room.served == [2]
    assert room.tally.total["adviser_wait"] == 1000 * 8


def test_without_a_limit_nobody_waits_and_no_event_happens():
    room = Room()
    to = desk(room, 0)
    for row in range(5):
        come(room, 0.0, Customer(row), 10.0, to)
    room.calendar.run_through(100.0)
    assert room.tally.total == {"adviser_jobs": 5, "adviser_wait": 0, "adviser_busy": 50_000}


def test_a_queue_is_too_long_if_the_expected_wait_is_beyond_patience():
    room = Room()
    to = desk(room, 1, patience=15.0)
    assert not to.too_long(10.0)
    come(room, 0.0, Customer(0), 10.0, to)
    room.calendar.run_through(0.0)
    assert not to.too_long(10.0)
    come(room, 0.0, Customer(1), 10.0, to)
    room.calendar.run_through(0.0)
    assert to.too_long(10.0)


def test_work_beyond_the_horizon_does_not_count_as_use():
    room = Room(horizon=12.0)
    to = desk(room, 1)
    come(room, 10.0, Customer(0), 10.0, to)
    room.calendar.run_through(50.0)
    assert room.tally.total["adviser_busy"] == 2000
