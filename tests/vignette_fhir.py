"""Purpose: FHIR R4 resources of the patients in rules/*/cases.yaml: a token in, one resource for each of its dates out.

It must not know a rule or an expected answer; of the code lists it reads only the orders that a `req:` token names.
Its tests are in tests/test_vignettes.py.

A token is `system:code@date[/date...]{option=value;...}`; rules/README.md explains each option.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Resource = dict[str, Any]

WORKUP_CODES = Path(__file__).parents[1] / "rules" / "workup" / "codes.csv"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
UCUM = "http://unitsofmeasure.org"
SYSTEMS = {
    "icd": "http://hl7.org/fhir/sid/icd-10-cm",
    "sct": "http://snomed.info/sct",
    "lnc": "http://loinc.org",
    "rx": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "yn": f"{TERMINOLOGY}v2-0136",
    "yne": f"{TERMINOLOGY}v2-0532",
    "nf": f"{TERMINOLOGY}v3-NullFlavor",
    "dar": f"{TERMINOLOGY}data-absent-reason",
    "oi": f"{TERMINOLOGY}v3-ObservationInterpretation",
    "own": "https://codes.example/own",
}
KINDS = {"icd-10-cm": "icd", "snomed": "sct", "loinc": "lnc", "rxnorm": "rx"}
KINDS |= {"v2-0136": "yn", "v2-0532": "yne", "v3-NullFlavor": "nf"}
KINDS |= {"data-absent-reason": "dar", "v3-ObservationInterpretation": "oi"}
USUAL_RESOURCE = {"icd": "Condition", "sct": "Condition", "lnc": "Observation", "rx": "MedicationRequest"}
USUAL_RESOURCE |= dict.fromkeys(("yn", "yne", "nf", "dar", "oi", "own"), "Observation")
VALUES = frozenset({"icd", "sct", "lnc", "yn", "yne", "nf", "dar", "oi", "own"})
SEVERITIES = {"severe": "24484000", "moderate": "6736007", "mild": "255604002"}
# Units that stand in a record as a UCUM code; any other unit is text without a code.
UCUM_UNITS = {"kg", "g", "[lb_av]", "[oz_av]", "[stone_av]", "cm", "mL", "mm[Hg]", "/min", "%", "{score}"}
UCUM_UNITS |= {"mg/dL", "g/dL", "g/L", "umol/L", "mmol/L", "U/L", "ukat/L", "10*3/uL", "10*9/L", "/uL"}
VITAL_SIGNS = frozenset(
    ["29463-7", "3141-9", "8302-2", "39156-5", "8480-6", "8462-4", "8867-4", "9279-1", "59408-5", "2708-6"]
)
TOKEN = re.compile(r"(\w+):(.*?)(?:@([0-9][0-9/T:.Z+-]*))?(?:\{(.*)\})?")
NUMBER = re.compile(r"([<>]=?)?\s*(-?[0-9]+(?:\.[0-9]+)?)")


@dataclass(frozen=True, slots=True)
class Fact:
    """One dated statement of a case: what was recorded, when, and in which column of the case it stands."""

    kind: str
    code: str
    when: str
    column: str
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def concept(self) -> Resource:
        """The CodeableConcept of the fact."""
        return coded(SYSTEMS[self.kind], self.code)

    @property
    def body_site(self) -> Resource | None:
        """The body site in words, when the case names one."""
        return {"text": self.options["body"]} if "body" in self.options else None

    @property
    def note(self) -> list[Resource] | None:
        """The note in words, when the case has one."""
        return [{"text": self.options["text"]}] if "text" in self.options else None

    @property
    def severity(self) -> Resource | None:
        """The severity as a SNOMED CT qualifier, when the case states one."""
        if "sev" not in self.options:
            return None
        word = self.options["sev"]
        return {**coded(SYSTEMS["sct"], SEVERITIES[word]), "text": word}

    def period(self) -> Resource:
        """The period from the fact's date to its `end`, as far as they are known."""
        return present({"start": self.when, "end": self.options.get("end")})


def facts_of(token: str, column: str) -> Iterator[Fact]:
    """The facts of one token, one for each of its dates, or one undated fact."""
    match = TOKEN.fullmatch(token.strip())
    if match is None:
        raise ValueError(f"not a token of the form system:code@date{{option=value}}: {token!r}")
    kind, code, dates, options = match.groups()
    pairs = (item.partition("=") for item in (options or "").split(";") if item.strip())
    read = {key.strip(): value.strip() for key, _, value in pairs}
    for when in (dates or "").split("/"):
        yield Fact(kind, code.strip(), when, column, read)


def resource_of(fact: Fact) -> Resource:
    """The FHIR resource that states the fact, without id and without subject."""
    if fact.kind in FROM_KIND:
        return FROM_KIND[fact.kind](fact)
    kind = fact.options.get("res", USUAL_RESOURCE[fact.kind])
    return {"resourceType": kind, **FROM_RESOURCE[kind](fact)}


def coded(system: str, code: str) -> Resource:
    """A CodeableConcept with one coding; a hospital's own code has words as its display."""
    if system == SYSTEMS["own"]:
        return {"coding": [{"system": system, "code": "7", "display": code}]}
    return {"coding": [{"system": system, "code": code}]}


def present(elements: Mapping[str, Any]) -> Resource:
    """The elements that have a value."""
    return {name: value for name, value in elements.items() if value}


def condition(fact: Fact) -> Resource:
    """A Condition: on the problem list when it stands under history, otherwise an encounter diagnosis."""
    options = fact.options
    usual = "problem-list-item" if fact.column == "history" else "encounter-diagnosis"
    clinical, verified = options.get("st", "active"), options.get("ver", "confirmed")
    return present(
        {
            "category": [coded(TERMINOLOGY + "condition-category", options.get("cat", usual))],
            "code": fact.concept,
            "clinicalStatus": clinical != "missing" and coded(TERMINOLOGY + "condition-clinical", clinical),
            "verificationStatus": verified != "missing" and coded(TERMINOLOGY + "condition-ver-status", verified),
            "recordedDate": fact.when,
            "onsetDateTime": options.get("onset"),
            "abatementDateTime": options.get("abat"),
            "severity": fact.severity,
            "bodySite": fact.body_site and [fact.body_site],
            "note": fact.note,
        }
    )


def observation(fact: Fact) -> Resource:
    """An Observation; with `in=system:code` it is that panel and the fact is its component."""
    options = fact.options
    kind = "vital-signs" if fact.code in VITAL_SIGNS else "laboratory" if fact.kind == "lnc" else "exam"
    statement = {"code": fact.concept, **value(fact)}
    if "in" in options:
        system, _, panel = options["in"].partition(":")
        statement = {"code": coded(SYSTEMS[system], panel), "component": [statement]}
    dated = "effectivePeriod" if "end" in options else "effectiveDateTime"
    flag = options.get("interp")
    return statement | present(
        {
            "status": options.get("st", "final"),
            "category": [coded(TERMINOLOGY + "observation-category", kind)],
            dated: fact.period() if "end" in options else fact.when,
            "issued": options.get("issued"),
            "focus": options.get("focus") and [{"reference": options["focus"]}],
            "interpretation": flag and [coded(TERMINOLOGY + "v3-ObservationInterpretation", flag)],
            "referenceRange": reference_range(options),
            "bodySite": fact.body_site,
            "note": fact.note,
        }
    )


def value(fact: Fact) -> Resource:
    """The value[x] of an observation, or its dataAbsentReason, or nothing."""
    text = fact.options.get("val")
    if text is None and "absent" in fact.options:
        return {"dataAbsentReason": coded(TERMINOLOGY + "data-absent-reason", fact.options["absent"])}
    if text is None:
        return {"valueCodeableConcept": fact.severity} if fact.severity else {}
    if text in {"true", "false"}:
        return {"valueBoolean": text == "true"}
    system, colon, code = text.partition(":")
    if colon and system in VALUES:
        return {"valueCodeableConcept": coded(SYSTEMS[system], code)}
    number = NUMBER.fullmatch(text)
    if number is None:
        return {"valueString": text}
    amount = float(number[2]) if "." in number[2] else int(number[2])
    comparator = {"comparator": number[1]} if number[1] else {}
    return {"valueQuantity": {"value": amount, **comparator, **unit(fact.options.get("unit"))}}


def unit(text: str | None) -> Resource:
    """The unit elements of a Quantity: with system and code only when the unit is written in UCUM."""
    if not text:
        return {}
    return {"unit": text, "system": UCUM, "code": text} if text in UCUM_UNITS else {"unit": text}


def reference_range(options: Mapping[str, str]) -> list[Resource] | None:
    """The reference range, in the unit of the value unless the case gives it its own (`runit`)."""
    limits = {side: options[side] for side in ("low", "high") if side in options}
    if not limits:
        return None
    of = unit(options.get("runit", options.get("unit")))
    span: Resource = {side: {"value": float(limit), **of} for side, limit in limits.items()}
    if "for" in options:
        span["appliesTo"] = [{"text": options["for"]}]
    if "rtype" in options:
        span["type"] = coded(TERMINOLOGY + "referencerange-meaning", options["rtype"])
    return [span]


def procedure(fact: Fact) -> Resource:
    """A Procedure, done at a date or, with `end`, over a period."""
    dated = "performedPeriod" if "end" in fact.options else "performedDateTime"
    return present(
        {
            "status": fact.options.get("st", "completed"),
            "code": fact.concept,
            dated: fact.period() if "end" in fact.options else fact.when,
            "bodySite": fact.body_site and [fact.body_site],
        }
    )


def medication_request(fact: Fact) -> Resource:
    """An order for a drug."""
    status = fact.options.get("st", "active")
    return {"status": status, "intent": "order", "medicationCodeableConcept": fact.concept} | present(
        {"authoredOn": fact.when}
    )


def encounter(fact: Fact) -> Resource:
    """An Encounter whose type is the code."""
    status = fact.options.get("st", "finished" if "end" in fact.options else "in-progress")
    setting = {"system": TERMINOLOGY + "v3-ActCode", "code": "AMB"}
    return {"status": status, "class": setting, "type": [fact.concept], "period": fact.period()}


def care_plan(fact: Fact) -> Resource:
    """A CarePlan whose category is the code."""
    status = fact.options.get("st", "active")
    return {"status": status, "intent": "plan", "category": [fact.concept], "period": fact.period()}


def diagnostic_report(fact: Fact) -> Resource:
    """A report of the test with that code."""
    return {"status": fact.options.get("st", "final"), "code": fact.concept, "effectiveDateTime": fact.when}


def service_request(fact: Fact) -> Resource:
    """An order for the test with that code."""
    status = fact.options.get("st", "active")
    return {"status": status, "intent": "order", "code": fact.concept, "authoredOn": fact.when}


def questionnaire_response(fact: Fact) -> Resource:
    """An answer in words to a question with that code."""
    question = {"linkId": "1", "type": "string", "code": fact.concept["coding"]}
    form = {"resourceType": "Questionnaire", "id": "q", "status": "active", "item": [question]}
    return {
        "status": fact.options.get("st", "completed"),
        "contained": [form],
        "questionnaire": "#q",
        "authored": fact.when,
        "item": [{"linkId": "1", "answer": [{"valueString": fact.options["val"]}]}],
    }


def requested_workup(fact: Fact) -> Resource:
    """The order (or, with `res`, the report or procedure) of a work-up key, by the key's first code."""
    row = first_code(fact.code)
    coding = {"system": SYSTEMS[row.kind], "code": row.code, "display": row.display}
    resource = fact.options.get("res", "ServiceRequest")
    stated = FROM_RESOURCE[resource](replace(fact, kind=row.kind, code=row.code))
    return {"resourceType": resource, **stated, "code": {"coding": [coding]}}


@dataclass(frozen=True, slots=True)
class WorkupCode:
    """A code under which a work-up is ordered."""

    kind: str
    code: str
    display: str


@cache
def first_code(key: str) -> WorkupCode:
    """The first code of a work-up key."""
    with WORKUP_CODES.open(newline="", encoding="utf-8") as rows:
        row = next(row for row in csv.DictReader(rows) if row["concept"] == key)
    return WorkupCode(KINDS[row["system"]], row["code"], row["display"])


def relative(fact: Fact) -> Resource:
    """A mother with that disease."""
    stated = {"relationship": {"text": "mother"}, "condition": [{"code": coded(SYSTEMS["icd"], fact.code)}]}
    return {"resourceType": "FamilyMemberHistory", "status": "completed", **stated}


def uncoded(fact: Fact) -> Resource:
    """A record in words only: an immunization when the words say so, otherwise a diagnosis of a visit."""
    words = {"text": fact.code}
    if "immunization" in fact.code:
        given = {"vaccineCode": words, "occurrenceDateTime": fact.when}
        return {"resourceType": "Immunization", "status": "completed", **given}
    return {
        "resourceType": "Condition",
        "clinicalStatus": coded(TERMINOLOGY + "condition-clinical", "active"),
        "category": [coded(TERMINOLOGY + "condition-category", "encounter-diagnosis")],
        "code": words,
        "recordedDate": fact.when,
    }


FROM_RESOURCE: dict[str, Callable[[Fact], Resource]] = {
    "Condition": condition,
    "Observation": observation,
    "Procedure": procedure,
    "MedicationRequest": medication_request,
    "Encounter": encounter,
    "CarePlan": care_plan,
    "DiagnosticReport": diagnostic_report,
    "ServiceRequest": service_request,
    "QuestionnaireResponse": questionnaire_response,
}
FROM_KIND: dict[str, Callable[[Fact], Resource]] = {"req": requested_workup, "fam": relative, "txt": uncoded}
