"""Where two JSON objects differ, in words that name the place."""

import pytest

from cds_service.replay.differences import Difference, differences


@pytest.mark.parametrize(
    "then, now, expected",
    [
        ({"a": 1}, {"a": 1}, ()),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, (Difference("a/b", 1, 2),)),
        ({"a": 1.5}, {}, (Difference("a", 1.5, None),)),
        ({}, {"a": "x"}, (Difference("a", None, "x"),)),
        ({"a": ["x", "y"]}, {"a": ["y"]}, (Difference("a/x", "x", None),)),
        ({"a": ["x", "y"]}, {"a": ["y", "x"]}, ()),
        ({"a": [{"id": "x", "n": 1}]}, {"a": [{"id": "x", "n": 2}]}, (Difference("a/x/n", 1, 2),)),
        ({"a": [{"id": "x"}, {"id": "x"}]}, {"a": [{"id": "x"}]}, None),
        ({"a": [[1], [2]]}, {"a": [[1], [3]]}, (Difference("a/2/1", 2, 3),)),
        ({"a": "one\ntwo\nthree"}, {"a": "one\n2\nthree"}, (Difference("a", "two", None), Difference("a", None, "2"))),
    ],
)
def test_each_place_that_differs_is_named(then: object, now: object, expected: tuple[Difference, ...] | None) -> None:
    """Items of a list by their own name, where each has one of its own, else by number."""
    assert isinstance(then, dict)
    assert isinstance(now, dict)
    found = differences(then, now)
    if expected is None:
        assert {each.where for each in found} == {"a/1/id", "a/2/id", "a/x/id"}
    else:
        assert sorted(found, key=str) == sorted(expected, key=str)


def test_a_card_is_known_by_its_topic() -> None:
    """Its uuid would say nothing to a reader."""
    card = {"uuid": "u", "source": {"label": "l", "topic": {"code": "brain"}}, "indicator": "info"}

    (found,) = differences({"cards": [card]}, {"cards": [card | {"indicator": "warning"}]})
    assert str(found) == 'cards/brain/indicator: "info" then, "warning" now'


def test_text_can_not_steer_a_terminal() -> None:
    """An escape is written as one."""
    assert str(Difference("a", "\x1b[2J", None)) == 'a: "\\u001b[2J" then, nothing now'
