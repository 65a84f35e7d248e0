"""Every phrase that a card can need is there, and none is left over."""

import re
from pathlib import Path

import pytest

from cards.words import Language, english, words_in
from cds_service.fhir.candidates import patient_links
from cds_service.fhir.chart import chart, completeness, concurrent_fetch, file_patients
from cds_service.fhir.chart.sources import SOURCES
from cds_service.fhir.elements import releases
from cds_service.fhir.reading import care, observation
from cds_service.security.egress import REASONS
from cds_service.security.fhir_access import BUSY, CIRCUIT_OPEN
from rules.codes import catalogue
from rules.facts import Kind
from rules.gate.state import State
from rules.labs.value import unit_of
from rules.registry import RULES
from rules.sheet import sheet
from rules.sites import Site
from tests.evaluating import CASES, assessed

SITES = ("local", "regional", "brain", "bone", "liver", "lung")
ROOT = Path(__file__).parents[2]
LABS = (
    *("lab_alt", "lab_ast", "lab_alp", "lab_ggt", "lab_bilirubin_total", "lab_inr"),
    *("lab_calcium", "lab_hemoglobin", "lab_platelets", "lab_neutrophils"),
)
VITALS = {"spo2", "resp_rate", "heart_rate", "bp_systolic"}
SILENT = {"galactorrhea", "upper_abdominal_pain"}
"""Symptoms that no rule counts: one explains, one is nothing alone and combines with nothing."""
NEVER_NAMED = {"alt_bells_palsy", "alt_stroke_sequela", "delivery"}
"""Alternatives that take a finding out of account, or are weighed in its level: nothing names them."""


def test_every_finding_that_can_lead_or_combine_has_words_and_nothing_else_has() -> None:
    """The symptoms and findings of the code lists, laboratory values, vital signs, measured weight."""
    listed = {row.concept for row in catalogue().rows if row.role in ("symptom", "finding") and row.folder in SITES}
    general = {"fatigue", "measured_weight_loss"}

    assert english().tables["finding"].keys() == listed - SILENT | general | set(LABS) | VITALS
    assert english().tables["measure"].keys() == set(LABS) | VITALS


def test_every_finding_that_a_case_brings_up_has_words() -> None:
    """Over all cases; a missing phrase would be a card that fails."""
    judged = [judged for case in CASES.values() for site in assessed(case).sites for judged in site.judged]

    concepts = {finding.concept for each in judged for finding in each.trigger.findings}
    assert concepts <= english().tables["finding"].keys()


def _literals(pattern: str, *folders: str) -> set[str]:
    """What a pattern finds in the sources."""
    texts = (path.read_text(encoding="utf-8") for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return {found for text in texts for found in re.findall(pattern, text)}


def test_every_reason_to_lower_has_words_and_no_other() -> None:
    """Alternative explanations and treatments that a rule names, an old complaint, a later denial, the state."""
    folders = (*SITES, "weight")
    named = {c for f in folders for vs in sheet(f).versions.values() for info in vs for c in info.alternatives}
    states = {State.KNOWN_METASTATIC.value, State.KNOWN_RECURRENT_LOCAL.value, State.ACTIVE_PRIMARY_TREATMENT.value}
    others = {"pre-existing", "denied", "in-situ"}

    assert english().tables["reason"].keys() == (named - NEVER_NAMED) | others | states


def test_every_reason_and_note_that_a_case_brings_up_has_words() -> None:
    """As the rules name them."""
    judged = [judged for case in CASES.values() for site in assessed(case).sites for judged in site.judged]

    reasons = {name for each in judged for name in (*each.lowered_by, *each.trigger.explained_by)}
    assert reasons <= english().tables["reason"].keys()
    assert {note for each in judged for note in each.trigger.notes} <= english().tables["note"].keys()


def test_every_note_is_one_that_a_rule_can_ask_for() -> None:
    """And none of theirs is without words."""
    asked = {name for found in _literals(r"notes\s*=\s*([^\n]+)", "rules") for name in re.findall(r'"(\w+)"', found)}
    by_rule = {"t_dm1", "cdk46", "cytotoxic", "alt_glp1", "alt_bariatric", "alt_intentional_weight_loss"}

    assert english().tables["note"].keys() == asked | by_rule


def test_every_work_up_key_has_a_name_and_codes() -> None:
    """An order without a name or a code can't be placed."""
    keys = {key for folder in SITES for keys in sheet(folder).workup.values() for key in keys}

    assert all(english().order(key) and catalogue().codes_of(key) for key in keys)
    assert english().tables["order"].keys() == {row.concept for row in catalogue().rows if row.role == "workup"}
    secondary = {f"{folder}/{key}" for folder in SITES for key in sheet(folder).workup["secondary"]}
    names = {name.rpartition("/")[2] for name in english().tables["also"]}
    assert names <= {name.partition("/")[2] for name in secondary}


def test_every_site_state_and_plan_has_words() -> None:
    """A plan without a name of its own takes the site's."""
    sites, states = {site.value for site in Site}, {state.value for state in State}
    plans = _literals(r'plan="(\w+)"', "rules")

    assert english().tables["site"].keys() == sites
    assert english().tables["state"].keys() <= english().tables["why"].keys()
    assert english().tables["state"].keys() <= states
    assert english().tables["plan"].keys() <= plans
    assert english().tables["guideline"].keys() <= english().tables["plan"].keys()
    assert english().tables["why"].keys() <= sites | states | english().tables["plan"].keys() | {"in-situ-urgent"}


def test_every_sentence_is_said_somewhere() -> None:
    """None is left over."""
    said = _literals(r"sentence\(\s*[\"'](\w+)", "cards") | _literals(r'\["sentence"\]\["(\w+)"\]', "cards")

    assert english().tables["sentence"].keys() == said | {"unread_chart", "unread_history", "unread_part"}


def test_no_order_is_a_tumour_marker() -> None:
    """ASCO: markers do not help to find a recurrence."""
    assert not re.search(r"marker|CA 15|CA 27|CEA", " ".join(english().tables["order"].values()))


def test_every_reason_why_something_is_missing_has_words() -> None:
    """The stable codes of the service and of the rules."""
    raised = _literals(r'(?:FetchFailure|UnreadablePage)\("([a-z-]+)"', "cds_service")
    more = _literals(
        r'(?:Missing|UnreadableRecord|UnreadableResource)\([^"\n]*"([a-z]+-[a-z0-9-]+)"', "cds_service", "rules"
    )
    known = {
        chart.NOT_FETCHED,
        chart.NEXT_PAGE,
        chart.NO_PATIENT,
        chart.NOT_BY_PATIENT,
        concurrent_fetch.WRONG_TYPE,
        chart.ASKED_ALREADY,
        *completeness.IN_PART,
        observation.CONCLUSION,
        file_patients.OTHER_PATIENT,
        care.MEDICATION_NOT_SENT,
        releases.STU3,
        *(patient_links.INACTIVE, patient_links.REPLACED, patient_links.MERGED, patient_links.LINKED),
        *REASONS.values(),
        BUSY,
        CIRCUIT_OPEN,
    }
    broken = {"date", "value", "status", "modifier", "no-subject", "unit", "no-unit", "late", "not-r4"}
    answers = {"redirect", "server-error", "encoding", "repeated-next-link", "foreign-next-link", "rule-failed"}

    assert raised | more | known | broken | answers | {"duplicate-key", "other"} == set(english().tables["missing"])


def test_every_source_has_words() -> None:
    """Those of the chart, and what a rule names."""
    types = {source.resource_type for source in SOURCES}

    assert english().tables["source"].keys() == types | {"body_weight", "record", "laboratory"} | VITALS
    assert {kind.value for kind in Kind} <= types


def test_every_unit_that_a_rule_counts_in_has_a_form() -> None:
    """An unknown one of a record is left out."""
    assert {unit_of(test) for test in LABS} <= english().tables["unit"].keys()


@pytest.mark.parametrize(
    "what, phrase",
    [
        ("Procedure", "procedures"),
        ("lab_alt", "a laboratory value"),
        ("Condition/123", "a record"),
        ("body_weight", "a body weight"),
    ],
)
def test_what_is_missing_is_named_without_showing_the_record(what: str, phrase: str) -> None:
    """An id is no name for a clinician."""
    assert english().source(what) == phrase


def test_a_reason_nobody_foresaw_still_has_words() -> None:
    """A new code of an error must not make a card fail."""
    assert english().missing("status-418") == "not available"
    assert english().missing("late") == "not received in time"


def test_the_words_hold_no_markup_and_no_line_break() -> None:
    """They are put between markup of ours."""
    for language in Language:
        words = words_in(language)
        phrases = [phrase for table in words.tables.values() for phrase in table.values()]
        bare = [re.sub(r"\{\w+\}", "", phrase) for phrase in (*phrases, *words.displays.values())]

        assert not re.search(r"[<>*_`|\n\[\]{}]|https?:", "".join(bare))


def test_every_rule_belongs_to_a_folder_of_a_site() -> None:
    """So that its cards have words."""
    assert {rule.sheet for rule in RULES} == set(SITES)
