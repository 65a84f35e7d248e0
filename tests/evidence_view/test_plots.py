"""Weights and laboratory values: the table is the plot, with the rules' own window, line and limits."""

from datetime import date

from cds_service.evidence_view.plots import Number, Plot
from rules.sheet import sheet
from tests.builders import Resource, a_patient, observation, weight
from tests.evidence_view.shown import page_for

SITE = a_patient().with_history()


def alt(value: object, when: str, high: object = 40) -> Resource:
    """An ALT with its range."""
    quantity = {"value": value, "unit": "U/L"}
    ranges: Resource = {} if high is None else {"referenceRange": [{"high": {"value": high, "unit": "U/L"}}]}
    return observation("1742-6", when, valueQuantity=quantity, **ranges)


def plot(name: str, *resources: Resource) -> Plot:
    """The plot of that name."""
    (found,) = [each for each in page_for(SITE.with_(*resources)).plots if each.id == name]
    return found


def test_weights_stand_with_the_window_and_the_line_from_which_a_loss_counts() -> None:
    """As the rules' file has them, from the weights that are compared."""
    weights = (weight(80, "2025-09-01"), weight(79, "2026-01-01"), weight(70, "2026-06-01"))
    found = plot("weight", *weights)

    assert [(row.day, row.value.shown, row.source) for row in found.rows] == [
        (date(2025, 9, 1), "80", "Observation/r2"),
        (date(2026, 1, 1), "79", "Observation/r3"),
        (date(2026, 6, 1), "70", "Observation/r4"),
    ]
    assert sheet("weight").constant("loss_percent") == 5
    assert [line.value for line in found.lines] == ["76"]
    assert found.band is not None
    assert (found.band.first, found.band.last) == (date(2025, 6, 1), date(2026, 5, 2))
    assert "80 kg on 2025-09-01" in found.said
    assert "\N{MINUS SIGN}12.5 %" in found.said


def test_a_gain_is_a_gain() -> None:
    """The sign says which."""
    assert "+5 %" in plot("weight", weight(80, "2025-09-01"), weight(84, "2026-06-01")).said


def test_a_weight_that_the_rules_do_not_use_is_shown_and_said() -> None:
    """A slip of units beside good ones, in kilograms as it claims to be."""
    slip = weight(176, "2026-03-01")
    found = plot("weight", weight(80, "2025-09-01"), slip, weight(79, "2026-06-01"))

    assert [row.is_out for row in found.rows] == [False, True, False]
    assert found.rows[1].note.startswith("not used")


def test_weights_that_can_not_be_compared_say_so() -> None:
    """One alone has nothing before it; an old one has no window either."""
    alone = plot("weight", weight(80, "2026-06-01"))
    old = plot("weight", weight(80, "2025-12-01"))

    assert (
        alone.said
        == old.said
        == "No two weights can be compared: one of the last 90 days and one of the window before it."
    )
    assert alone.lines == old.lines == ()
    assert (alone.band is None, old.band is None) == (False, True)


def test_a_laboratory_value_stands_against_the_limit_of_its_own_report() -> None:
    """Above, or within."""
    found = plot("alt", alt(30, "2026-01-10"), alt(90, "2026-06-10", 45))

    assert [(row.value.shown, row.limit and row.limit.shown, row.note, row.is_out) for row in found.rows] == [
        ("30", "40", "within", False),
        ("90", "45", "above", True),
    ]
    assert found.unit == "U/L"
    assert found.lines == ()


def test_an_assumed_limit_is_said_to_be_assumed() -> None:
    """In its row, and once above the table."""
    found = plot("alt", alt(90, "2026-06-10", None))

    assert found.rows[0].limit == Number("40 (assumed)", "40")
    assert found.said == "Without a range on the report a usual limit is assumed."


def test_a_count_stands_against_the_limit_of_the_rules() -> None:
    """What is low is below it."""
    found = plot("hemoglobin", observation("718-7", "2026-06-10", valueQuantity={"value": 9, "unit": "g/dL"}))

    assert [line.value for line in found.lines] == ["10"]
    assert (found.rows[0].note, found.rows[0].is_out) == ("below", True)


def test_a_test_without_any_limit_claims_none() -> None:
    """Albumin without a range on its report."""
    found = plot("albumin", observation("1751-7", "2026-06-10", valueQuantity={"value": 4, "unit": "g/dL"}))

    assert (found.rows[0].limit, found.rows[0].note, found.rows[0].is_out) == (None, "", False)


def test_many_values_are_cut_and_counted() -> None:
    """The newest ones are listed."""
    days = [date.fromordinal(date(2026, 6, 14).toordinal() - number) for number in range(230)]
    found = plot("alt", *(alt(30, day.isoformat()) for day in days))

    assert (len(found.rows), found.left) == (200, 30)
    assert found.rows[-1].day == max(days)
