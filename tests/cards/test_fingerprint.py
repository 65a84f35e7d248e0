"""What counts as new evidence: another resource, or the same one with anything that could change its meaning."""

from dataclasses import fields, replace
from datetime import date
from decimal import Decimal

import pytest

from cards.fingerprint import fingerprint, site_concern, unchecked_concern
from rules.facts import Code, Days, Kind, Quantity, Range, Record, Side, System, Value
from rules.outcome import Level, Missing
from tests.evaluating import assessed, made

DAY = date(2026, 6, 15)
HEADACHE, MIGRAINE = Code(System.ICD10CM, "R51.9"), Code(System.ICD10CM, "G43.109")
RECORD = Record("Observation/1", Kind.OBSERVATION, (HEADACHE, MIGRAINE), frozenset({"headache"}))
CHANGES: dict[str, object] = {
    "reference": "Observation/2",
    "kind": Kind.CONDITION,
    "codes": (HEADACHE,),
    "status": "amended",
    "clinical_status": "recurrence",
    "verification": "confirmed",
    "recorded": Days(DAY, DAY),
    "onset": Days(DAY, DAY),
    "abatement": Days(DAY, DAY),
    "abated": True,
    "value": Value(quantity=Quantity(Decimal(8), "{score}")),
    "interpretation": frozenset({"H"}),
    "severity": (Code(System.SNOMED, "24484000"),),
    "texts": ("worse at night",),
    "sites": ("left",),
    "side": Side.LEFT,
    "ranges": (Range(Quantity(Decimal(2), "mmol/L")),),
    "ongoing": True,
    "date_unread": True,
    "broken": "value",
}
OURS: dict[str, object] = {"concepts": frozenset({"other"}), "categories": frozenset({"laboratory"})}


def test_every_part_of_a_record_is_listed_here() -> None:
    """So that a new one is thought about before it is left out or counted."""
    assert CHANGES.keys() | OURS.keys() == {field.name for field in fields(Record)}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_what_a_record_says_is_new_evidence(name: str) -> None:
    """The same Observation, worsened, is not what was overridden."""
    assert fingerprint(replace(RECORD, **{name: CHANGES[name]})) != fingerprint(RECORD)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", OURS)
def test_what_we_or_the_files_of_the_ehr_make_of_a_record_is_not(name: str) -> None:
    """A new version of the rules makes no new evidence of an old record."""
    assert fingerprint(replace(RECORD, **{name: OURS[name]})) == fingerprint(RECORD)  # type: ignore[arg-type]


def test_the_order_in_which_a_record_is_written_makes_no_difference() -> None:
    """An EHR may list its codes otherwise at the next call."""
    turned = replace(RECORD, codes=(MIGRAINE, HEADACHE), texts=("b", "a"))

    assert fingerprint(turned) == fingerprint(replace(RECORD, texts=("a", "b")))


def test_a_fingerprint_stays_the_same_from_one_version_to_the_next() -> None:
    """Overrides that are kept would be forgotten by a change of its form."""
    record = replace(RECORD, recorded=Days(DAY, DAY), interpretation=frozenset({"H", "HH"}), codes=(HEADACHE,))

    assert fingerprint(record) == (
        '{"abated":false,"abatement":null,"broken":null,"clinical_status":null,'
        '"codes":["[\\"http://hl7.org/fhir/sid/icd-10-cm\\",\\"R51.9\\"]"],"interpretation":["H","HH"],'
        '"kind":"Observation","ongoing":false,"onset":null,"ranges":[],"recorded":["\\"2026-06-15\\"","\\"2026-06-15\\""],'
        '"reference":"Observation/1","severity":[],"sites":[],"status":null,"texts":[],'
        '"value":{"absent":false,"boolean":null,"codes":[],"quantity":null,"text":null,"unreadable":null},'
        '"verification":null}'
    )


def test_a_site_raises_its_topic_its_level_and_every_record_of_its_findings() -> None:
    """Also those that a card has no room to list."""
    assessment = assessed(made("icd:N63.21@2026-06-02", "icd:N64.52@2026-06-03", as_of=DAY))

    (site,) = assessment.cards
    concern = site_concern(site)

    assert (concern.topic, concern.level) == ("local", site.level)
    assert len(concern.evidence) == 2


def test_what_could_not_be_checked_is_known_by_source_and_reason() -> None:
    """Both together."""
    late = unchecked_concern((Missing("Observation", "late"),))

    assert (late.topic, late.level) == ("incomplete", Level.INFO)
    assert late.evidence != unchecked_concern((Missing("Observation", "denied"),)).evidence
    assert (
        late.evidence < unchecked_concern((Missing("Observation", "late"), Missing("Observation/1", "date"))).evidence
    )
