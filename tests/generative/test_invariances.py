"""What may not change an assessment, and what may only make it less urgent, over charts made at random.

A chart is a handful of statements, each a symptom, a value or an explanation with a date near a limit of the rules.
"""

from copy import deepcopy
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.assess import Assessment, assess
from rules.outcome import Level
from tests.evaluating import facts_of, made
from tests.vignettes import resources

pytestmark = pytest.mark.sweep

DAY = date(2026, 6, 15)
DATED = ("recordedDate", "effectiveDateTime", "performedDateTime", "authoredOn", "onsetDateTime", "abatementDateTime")
POSITIVE = (
    "icd:R51.9",
    "sct:25064002{sev=severe}",
    "icd:R11.10",
    "icd:H53.2",
    "icd:G40.909",
    "icd:R41.0",
    "icd:R27.0",
    "icd:M54.6",
    "icd:M54.50",
    "icd:M89.8X9",
    "icd:R33.9",
    "icd:R29.898",
    "icd:E83.52",
    "icd:R06.02",
    "icd:R05.9",
    "icd:R04.2",
    "icd:R63.4",
    "icd:R63.0",
    "icd:R17",
    "icd:R10.11",
    "icd:R53.83",
    "sct:89164003",
    "icd:N64.52",
    "icd:R59.0{body=axilla}",
    "icd:I97.2",
    "lnc:6768-6{val=400;unit=U/L;high=100}",
    "lnc:1975-2{val=5;unit=mg/dL;high=1.2}",
    "lnc:17861-6{val=12.5;unit=mg/dL;high=10.4}",
    "lnc:718-7{val=9;unit=g/dL}",
    "lnc:777-3{val=80;unit=10*9/L}",
)
"""Findings, each of which speaks for a work-up by itself or beside others."""
FURTHER = (
    "sct:25064002{res=Observation;val=false}",
    "icd:G43.109",
    "icd:J44.9",
    "icd:K76.0",
    "icd:Z33.1",
    "icd:C79.51",
    "icd:D05.11",
    "icd:Z51.11",
    "rx:56946{st=completed}",
    "rx:1991302",
    "req:brain_mri",
    "req:cxr{res=DiagnosticReport}",
    "lnc:29463-7{val=80;unit=kg}",
    "lnc:29463-7{val=74;unit=kg}",
    "lnc:1751-7{val=3;unit=g/dL}",
    "lnc:2324-2{val=20;unit=U/L}",
)
UNRELATED = (
    "icd:J02.9",
    "icd:S93.401A",
    "sct:444814009",
    "lnc:2345-7{val=5;unit=mmol/L}",
    "rx:161",
    "txt:a letter from the optician",
)
ADDING_UP = tuple(token for token in POSITIVE if not token.startswith("lnc:6768-6"))
NO_ORDERS = tuple(token for token in FURTHER if not token.startswith("req:"))
RECENT = (0, 1, 3, 7, 14, 21, 29, 30, 31, 59, 60, 61, 89, 90, 91, 120, 179, 180, 181, 364, 365, 366)
NEAR_LIMITS = (*RECENT, 800, 3000)

Chart = list[dict[str, Any]]


def _dated(token: str, ago: int) -> str:
    """The token with a date so many days before the day."""
    code, brace, options = token.partition("{")
    return f"{code}@{(DAY - timedelta(days=ago)).isoformat()}{brace}{options}"


def _code(token: str) -> str:
    return token.partition("@")[0]


def _tokens(of: tuple[str, ...], ago: tuple[int, ...] = NEAR_LIMITS) -> st.SearchStrategy[str]:
    return st.builds(_dated, st.sampled_from(of), st.sampled_from(ago))


def _chart(tokens: list[str]) -> Chart:
    return resources(made(*tokens, as_of=DAY))


CHARTS = st.lists(_tokens(POSITIVE + FURTHER), max_size=7).map(_chart)


def _seen(found: Assessment) -> list[object]:
    """What a clinician would notice: state, and of each site outcome, level, orders and triggers."""
    sites = [
        (s.site, s.outcome, s.level, s.orders, s.waiting, {(j.trigger.rule, j.level) for j in s.judged})
        for s in found.sites
    ]
    return [found.state, found.pregnant, found.palliative, *sites]


def _assess(chart: Chart, as_of: date = DAY) -> Assessment:
    return assess(facts_of(chart, as_of), as_of)


def _urgency(found: Assessment) -> dict[str, int]:
    return {site.site.value: int(site.level or 0) for site in found.sites}


def _moved(chart: Chart, days: int) -> Chart:
    """The chart with every date and the birth so many days later."""
    moved = deepcopy(chart)
    for resource in moved:
        for name in (*DATED, "birthDate"):
            if name in resource:
                resource[name] = (date.fromisoformat(resource[name]) + timedelta(days=days)).isoformat()
    return moved


@given(chart=CHARTS, weeks=st.integers(min_value=-260, max_value=260))
def test_nothing_depends_on_what_day_it_is(chart: Chart, weeks: int) -> None:
    """All dates and the day moved together change nothing (ages and months of the calendar stay away from limits)."""
    there = timedelta(weeks=weeks)

    assert _seen(_assess(_moved(chart, there.days), DAY + there)) == _seen(_assess(chart))


@given(chart=CHARTS, order=st.randoms(use_true_random=False))
def test_the_order_of_resources_changes_nothing(chart: Chart, order: Any) -> None:  # noqa: ANN401 - Hypothesis's Random
    """An EHR may send them in any."""
    patient, *rest = chart
    order.shuffle(rest)

    assert _assess([patient, *rest]) == _assess(chart)


@given(chart=CHARTS, data=st.data())
def test_a_doubled_resource_changes_nothing(chart: Chart, data: st.DataObject) -> None:
    """The same record on two pages is one record."""
    doubled = data.draw(st.sampled_from(chart[1:]))

    assert _assess([*chart, doubled]) == _assess(chart)


@given(chart=CHARTS, unrelated=_tokens(UNRELATED))
def test_an_unrelated_resource_changes_nothing(chart: Chart, unrelated: str) -> None:
    """A sore throat is no reason for or against a work-up."""
    other = {**_chart([unrelated])[-1], "id": "unrelated"}

    assert _seen(_assess([*chart, other])) == _seen(_assess(chart))


@settings(max_examples=300)
@given(
    findings=st.lists(_tokens(ADDING_UP, RECENT), min_size=1, max_size=5, unique_by=_code),
    others=st.lists(_tokens(NO_ORDERS), max_size=3),
    data=st.data(),
)
def test_a_finding_less_never_makes_a_site_more_urgent(
    findings: list[str], others: list[str], data: st.DataObject
) -> None:
    """A chart in which a symptom is missing can't be the more alarming one.

    One record of each: an earlier one of the same may be what shows that it is old. No orders: what is done depends on
    when it all began. No alkaline phosphatase: it speaks for bone when no other test is raised, else for the liver.
    """
    chart = _chart([*others, *findings])
    taken = data.draw(st.sampled_from(chart[-len(findings) :]))

    before = _urgency(_assess(chart))
    after = _urgency(_assess([resource for resource in chart if resource is not taken]))

    assert {site: level for site, level in after.items() if level > before[site]} == {}


SAME_VALUE = (
    ("lnc:29463-7{val=80;unit=kg}", "lnc:29463-7{val=80000;unit=g}"),
    ("lnc:29463-7{val=74;unit=kg}", "lnc:29463-7{val=74000;unit=g}"),
    ("lnc:17861-6{val=12.024;unit=mg/dL;high=10.02}", "lnc:17861-6{val=3;unit=mmol/L;high=2.5}"),
    ("lnc:1742-6{val=600;unit=U/L;high=60}", "lnc:1742-6{val=10;unit=ukat/L;high=1}"),
    ("lnc:718-7{val=9;unit=g/dL}", "lnc:718-7{val=90;unit=g/L}"),
    ("lnc:777-3{val=80;unit=10*9/L}", "lnc:777-3{val=80000;unit=/uL}"),
    ("lnc:751-8{val=1;unit=10*9/L}", "lnc:751-8{val=1;unit=10*3/uL}"),
)
"""The same value in two units of the tables."""


@given(
    pairs=st.lists(st.tuples(st.sampled_from(SAME_VALUE), st.sampled_from(NEAR_LIMITS)), min_size=1, max_size=5),
    others=st.lists(_tokens(POSITIVE + FURTHER), max_size=4),
)
def test_the_unit_that_a_value_is_written_in_changes_nothing(
    pairs: list[tuple[tuple[str, str], int]], others: list[str]
) -> None:
    """Kilograms or grams, units or microkatals: what counts is how much."""
    first = [_dated(written[0], ago) for written, ago in pairs]
    second = [_dated(written[1], ago) for written, ago in pairs]

    assert _seen(_assess(_chart([*others, *first]))) == _seen(_assess(_chart([*others, *second])))


DENIABLE = (
    ("icd:R51.9", "sct:25064002{res=Observation;val=false}", "brain"),
    ("icd:R06.02", "sct:267036007{res=Observation;val=false}", "lung"),
    ("icd:R17", "sct:18165001{res=Observation;val=false}", "liver"),
)
"""A symptom as a diagnosis, its denial as an observation, and the site that it concerns."""


@given(
    deniable=st.sampled_from(DENIABLE),
    said=st.integers(min_value=1, max_value=90),
    later=st.integers(min_value=-10, max_value=90),
    status=st.sampled_from(["active", "missing"]),
)
def test_a_later_denial_acts_as_stated(deniable: tuple[str, str, str], said: int, later: int, status: str) -> None:
    """EV-5: an earlier denial and one of the same day change nothing.

    A later one takes a symptom that was only noted, and lowers one that is kept active by one step.
    """
    symptom, denial, site = deniable
    ago = max(said - later, 0)
    token = f"{_dated(symptom, said)}{{st={status}}}"

    alone = _urgency(_assess(_chart([token])))[site]
    denied = _urgency(_assess(_chart([token, _dated(denial, ago)])))[site]

    if ago >= said:
        assert denied == alone
    elif status == "active":
        assert denied == (alone if alone == Level.CRITICAL else max(alone - 1, 0))
    else:
        assert denied == 0


@given(chart=CHARTS)
def test_a_level_a_card_and_a_trigger_that_stands_go_together(chart: Chart) -> None:
    """A site has a card exactly when something stands; the card is never more urgent than what stands."""
    for site in _assess(chart).sites:
        highest = max((judged.level for judged in site.active_triggers if judged.level), default=None)
        assert (site.level is None) is (highest is None)
        assert site.level is None or Level.INFO <= site.level <= (highest or 0)
