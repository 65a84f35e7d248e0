"""Seeded charts after breast cancer in canonical dates and units.

Equal seeds must give equal charts, and no chart must say what it should lead to.
Its tests are those that use it.
"""

from collections.abc import Callable

from tests.builders import LOINC, PATIENT, SNOMED, Resource
from tests.generative.drawn import LOCAL, MONTH_LENGTH, QUALIFIER, SAID, Draw, concepts, drugs
from tests.generative.measurements import laboratory, quantity, vitals, weights

TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"


def _status(name: str, code: str) -> Resource:
    return {"coding": [{"system": f"{TERMINOLOGY}condition-{name}", "code": code}, {"system": LOCAL, "code": "7"}]}


def condition(draw: Draw, concept: str | None = None, ago: int | None = None) -> Resource:
    """A Condition of a concept, or of some finding."""
    side = draw.side()
    concept = concept or draw.finding()
    state = draw.choices(("active", "recurrence", "resolved", ""), (6, 1, 1, 2))[0]
    found: Resource = {"resourceType": "Condition", "code": draw.coded(concept, side)}
    found |= draw.noted(side, many=True)
    category = draw.choice(("encounter-diagnosis", "problem-list-item"))
    found["category"] = [_status("category", category)]
    if state:
        found["clinicalStatus"] = _status("clinical", state)
    if draw.is_so(0.8):
        found["recordedDate"] = draw.day(ago)
    if draw.is_so(0.4):
        found["onsetDateTime"] = draw.day(ago)
    if state == "resolved" and draw.is_so(0.5):
        found["abatementDateTime"] = draw.day()
    if draw.is_so(0.2):
        found["severity"] = draw.degree()
    return found


def _observed(draw: Draw) -> Resource:
    """Code and value of an observed finding."""
    side, concept = draw.side(), draw.finding()
    found: Resource = {"code": draw.coded(concept, side)}
    kind = draw.choice(("boolean", "answer", "text", "finding", "side", "none", "degree", "score"))
    if kind == "boolean":
        return found | {"valueBoolean": draw.is_so(0.7)}
    if kind == "answer":
        return found | {"valueCodeableConcept": draw.answer()}
    if kind == "text":
        return found | {"valueString": draw.choice((*SAID[side], "severe", "no", "negative"))}
    if kind == "finding":
        asked = {"coding": [{"system": LOINC, "code": "8699-3"}, {"system": LOCAL, "code": "exam"}]}
        return {"code": asked, "valueCodeableConcept": found["code"]}
    if kind == "side" and side is not None:
        return found | {"valueCodeableConcept": {"coding": [{"system": SNOMED, "code": QUALIFIER[side]}]}}
    if kind == "score":
        return found | {"valueQuantity": quantity(draw.choice((0, 2, 5, 8)), "{score}")}
    if kind == "degree":
        return found | {"valueCodeableConcept": draw.degree()}
    return found


def observation(draw: Draw) -> Resource:
    """An Observation about a finding, or a panel of several."""
    dated = (
        {"effectiveDateTime": draw.day()}
        if draw.is_so(0.9)
        else {"issued": f"{draw.day()[:MONTH_LENGTH]}-11T12:00:00Z"}
    )
    found: Resource = {
        "resourceType": "Observation",
        "status": draw.choice(("final", "final", "amended", "preliminary")),
    }
    found |= dated | draw.noted(draw.side(), many=False)
    if draw.is_so(0.75):
        return found | _observed(draw)
    panel = {"coding": [{"system": LOCAL, "code": "panel"}]}
    return found | {"code": panel, "component": [_observed(draw) for _ in range(draw.randint(1, 3))]}


def questionnaire(draw: Draw) -> Resource:
    """An answer to a coded question of a contained form."""
    side = draw.side()
    codings = draw.coded(draw.finding(), side)["coding"]
    asked = {"linkId": "1", "type": "choice", "code": codings}
    form = {"resourceType": "Questionnaire", "id": "q", "status": "active", "item": [asked]}
    chosen = draw.answer().get("coding") or [{"system": LOCAL, "code": "1", "display": "severe"}]
    answers: tuple[Resource, ...] = (
        {"valueBoolean": draw.is_so(0.7)},
        {"valueCoding": chosen[0]},
        {"valueInteger": draw.choice((0, 2, 8))},
        {"valueQuantity": quantity(draw.choice((0, 5, 8)), "{score}")},
        {"valueString": draw.choice((*SAID[side], "severe", "no"))},
    )
    found = {"resourceType": "QuestionnaireResponse", "status": "completed", "contained": [form], "questionnaire": "#q"}
    item = {"linkId": "1", "answer": [draw.choice(answers)]} | ({"text": "Links?"} if side == "left" else {})
    return found | {"authored": draw.day(), "item": [item]}


def care(draw: Draw) -> Resource:
    """A treatment, order, report, imaging study, drug or vaccination."""
    side = draw.side()
    workup, treated = draw.workup(), draw.choice(concepts("treatment", "alternative-explanation"))
    code, on, noted = draw.coded(workup, side), draw.day(), draw.noted(side, many=True)
    kinds: tuple[Callable[[], Resource], ...] = (
        lambda: {"resourceType": "Procedure", "code": code, "performedDateTime": on, **noted},
        lambda: {"resourceType": "Procedure", "code": draw.coded(treated, side), "performedDateTime": on, **noted},
        lambda: {"resourceType": "ServiceRequest", "code": code, "authoredOn": on, "intent": "order", **noted},
        lambda: {"resourceType": "ServiceRequest", "code": code, "occurrenceDateTime": on, "intent": "order", **noted},
        lambda: _report(draw, code, on),
        lambda: _images(draw, code, on, side),
        lambda: _drug(draw, on),
        lambda: {"resourceType": "Immunization", "occurrenceDateTime": on, "vaccineCode": {"text": "influenza"}},
    )
    found = draw.choice(kinds)()
    status = {"ServiceRequest": "active", "DiagnosticReport": "final", "ImagingStudy": "available"}
    return {"status": status.get(found["resourceType"], "completed"), **found}


def _report(draw: Draw, code: Resource, on: str) -> Resource:
    found: Resource = {"resourceType": "DiagnosticReport", "code": code, "effectiveDateTime": on}
    if draw.is_so(0.3):
        found["conclusionCode"] = [draw.coded(draw.finding(), draw.side())]
    if draw.is_so(0.4):
        inside = {"resourceType": "Observation", "id": "o", "status": "final", "effectiveDateTime": on}
        found |= {"contained": [inside | _observed(draw)], "result": [{"reference": "#o"}]}
    return found


def _images(draw: Draw, code: Resource, on: str, side: str | None) -> Resource:
    series: Resource = {"uid": "2.16.124", "modality": {"code": "MG"}}
    if side is not None and draw.is_so(0.5):
        series |= {"laterality": {"system": SNOMED, "code": QUALIFIER[side]}}
    return {"resourceType": "ImagingStudy", "procedureCode": [code], "started": on, "series": [series]}


def _drug(draw: Draw, on: str) -> Resource:
    drug = {"coding": [draw.shown(each) for each in draw.choice(drugs())[:2]]}
    return {"resourceType": "MedicationRequest", "intent": "order", "medicationCodeableConcept": drug, "authoredOn": on}


def visit(draw: Draw) -> Resource:
    """An Encounter for a finding."""
    on, reason = draw.day(), draw.coded(draw.finding(), draw.side())
    found = {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"system": f"{TERMINOLOGY}v3-ActCode", "code": "AMB"},
    }
    return found | {"reasonCode": [reason], "period": {"start": on, "end": on}}


def explanation(draw: Draw) -> Resource:
    """A Condition that explains, denies, or is history."""
    roles = draw.choices(("alternative-explanation", "exclusion", "history"), (8, 2, 1))[0]
    return condition(draw, draw.choice(concepts(roles)))


def _history(draw: Draw) -> list[Resource]:
    """A breast cancer and its operation on one day."""
    ago = draw.choice((2600, 2600, 2600, 400))
    cancer = condition(draw, draw.choices(("bc_invasive", "bc_personal_history", "bc_in_situ"), (8, 1, 1))[0], ago)
    side = draw.side()
    code = draw.coded(draw.choice(("tx_lumpectomy", "tx_mastectomy")), side)
    operation = {"resourceType": "Procedure", "status": "completed", "code": code, "performedDateTime": draw.day(ago)}
    return [cancer | {"clinicalStatus": _status("clinical", "remission")}, operation | draw.noted(side, many=True)]


def _one(kind: Callable[[Draw], Resource]) -> Callable[[Draw], list[Resource]]:
    return lambda draw: [kind(draw)]


KINDS: tuple[tuple[Callable[[Draw], list[Resource]], int], ...] = (
    (_one(condition), 8),
    (_one(observation), 6),
    (_one(questionnaire), 2),
    (_one(care), 5),
    (_one(visit), 1),
    (_one(explanation), 3),
    (laboratory, 4),
    (weights, 1),
    (vitals, 1),
)


def chart_of(seed: int) -> list[Resource]:
    """The chart of a seed, its Patient first."""
    draw = Draw(seed)
    makers, often = zip(*KINDS, strict=True)
    found = _history(draw)
    for make in draw.choices(makers, often, k=draw.randint(3, 10)):
        found += make(draw)
    born = f"{draw.choice((1950, 1966, 1990))}-01-01"
    patient = {"resourceType": "Patient", "id": PATIENT, "birthDate": born, "gender": "female"}
    owner = {"reference": f"Patient/{PATIENT}"}
    return [patient, *({"id": f"r{n}", _owner(each): owner, **each} for n, each in enumerate(found))]


def _owner(resource: Resource) -> str:
    return "patient" if resource["resourceType"] == "Immunization" else "subject"
