"""Results kept for whoever asks next: bounded, the latest used last to go, and given back by the board."""

from typing import Any

from lrviz.jobs import Brought, Kept
from tests.test_board import Hand, made


def brought(size: int) -> Brought:
    return Brought((size,), 1.0, size)


def test_what_is_asked_again_is_there_and_nothing_else() -> None:
    kept = Kept()
    kept.put(("sweep", "a"), brought(1))
    assert kept.get(("sweep", "a")) == brought(1)
    assert kept.get(("sweep", "b")) is None and kept.get(("race", "a")) is None


def test_the_longest_unused_ones_go_when_room_is_short() -> None:
    kept = Kept(most=10)
    for name in "abc":
        kept.put(name, brought(3))
    assert kept.get("a") is not None
    kept.put("d", brought(4))
    assert [kept.get(name) is None for name in "abcd"] == [False, True, False, False]
    kept.put("d", brought(8))
    assert [kept.get(name) is None for name in "acd"] == [True, True, False]


def test_one_that_is_too_large_by_itself_is_not_kept_and_costs_the_others_nothing() -> None:
    kept = Kept(most=10)
    kept.put("a", brought(6))
    kept.put("b", brought(11))
    assert kept.get("a") is not None and kept.get("b") is None
    kept.put("a", brought(12))
    assert kept.get("a") is None, "what is no longer true is not kept either"


def test_a_board_keeps_what_is_to_be_kept_once_it_is_done() -> None:
    board = made(hand := Hand())
    board.start("ann", "count", "a", keeps=True)
    hand.work(4)
    assert board.kept.get(("count", "a")) is None
    hand.work()
    found: Any = board.kept.get(("count", "a"))
    assert [event["at"] for event in found.events] == [1, 2, 3, 4, 5]
    board.start("ann", "count", "b")
    hand.work(5)
    assert board.kept.get(("count", "b")) is None


def test_the_time_left_goes_by_the_time_it_took_so_far_and_by_who_else_waits() -> None:
    board = made(hand := Hand())
    first = board.start("ann", "count", "a")
    assert board.seconds_left(first) is None and board.seconds_left("unheard of") is None
    hand.work(2)
    job = board.find(first)
    assert job is not None
    job.seconds = 4.0
    assert board.seconds_left(first) == 6.0, "two fifths took four seconds"
    board.start("bob", "count", "b")
    assert board.seconds_left(first) == 12.0, "a worker that two share"
    hand.work(8)
    assert job.ended and board.seconds_left(first) is None
