"""Purpose: the cases of rules/*/cases.yaml as patients: read, made into FHIR resources, handed out as prefetch.

It must not evaluate anything: what a case expects stands in its YAML, never here.
Its tests are in tests/test_vignettes.py.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tests.vignette_fhir import KINDS, Resource, facts_of, resource_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

RULES = Path(__file__).parents[1] / "rules"
COLUMNS = ("history", "symptoms", "labs_vitals", "exclusions")


@dataclass(frozen=True, slots=True)
class Vignette:
    """A patient in words, the date of the call, and what has to come out.

    `sites` holds the level of each expected card; `workup` the orders of all cards together. `outcome` (of a site)
    and `cannot_tell` (rule ids) are stated only where a case is about them.
    """

    id: str
    title: str
    as_of: date
    age: int | None
    sex: str
    facts: Mapping[str, tuple[str, ...]]
    state: str
    sites: Mapping[str, str]
    workup: tuple[str, ...]
    outcome: Mapping[str, str] = field(default_factory=dict)
    cannot_tell: tuple[str, ...] = ()


def all_vignettes() -> tuple[Vignette, ...]:
    """Every case of every rule folder, in the order of the folders; an id used twice is an error."""
    found = tuple(case for path in sorted(RULES.glob("*/cases.yaml")) for case in load_vignettes(path))
    ids = [case.id for case in found]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise ValueError(f"case ids used more than once: {', '.join(twice)}")
    return found


def load_vignettes(path: Path) -> tuple[Vignette, ...]:
    """The cases of one file, then one case for each code that its `every_code` entries name."""
    sheet = yaml.safe_load(path.read_text(encoding="utf-8"))
    concepts = _codes_by_concept(path.with_name("codes.csv"))
    entries = [*sheet["cases"], *_one_case_per_code(sheet.get("every_code", ()), concepts)]
    return tuple(_vignette(entry, sheet) for entry in entries)


def resources(vignette: Vignette) -> list[Resource]:
    """The Patient first, then every other resource of the case, with ids and with the patient as subject."""
    pid = vignette.id.lower()
    patient: Resource = {
        "resourceType": "Patient",
        "id": pid,
        "active": True,
        "gender": vignette.sex,
        "name": [{"family": "Case", "given": [vignette.id]}],
    }
    if vignette.age is not None:
        patient["birthDate"] = f"{vignette.as_of.year - vignette.age}-01-01"
    chart = [patient]
    for fact in (fact for column in COLUMNS for token in vignette.facts[column] for fact in facts_of(token, column)):
        if fact.kind == "pat":
            patient |= {"deceasedDateTime": fact.when} if fact.when else {"deceasedBoolean": True}
            continue
        chart.append(resource_of(fact) | {"id": f"{pid}-{len(chart)}"})
        chart[-1][_subject_element(chart[-1])] = {"reference": f"Patient/{pid}"}
    return chart


def bundle_of(entries: Iterable[Resource], type: str = "searchset") -> Resource:  # noqa: A002 (FHIR's own name)
    """A Bundle of the resources; a searchset also says how many they are."""
    searched = type == "searchset"
    mode: Resource = {"search": {"mode": "match"}} if searched else {}
    entry = [{"resource": resource, **mode} for resource in entries]
    total: Resource = {"total": len(entry)} if searched else {}
    return {"resourceType": "Bundle", "type": type, **total, **({"entry": entry} if entry else {})}


def prefetch(vignette: Vignette, templates: Mapping[str, str]) -> dict[str, Resource]:
    """What a client sends for the templates: the Patient for a read, a searchset (empty when none) for a search."""
    patient, *rest = resources(vignette)
    answers: dict[str, Resource] = {}
    for key, template in templates.items():
        wanted = re.match("[A-Za-z]+", template)
        name = wanted[0] if wanted else ""
        if template.startswith("Patient/"):
            answers[key] = patient
            continue
        answers[key] = bundle_of(item for item in (patient, *rest) if item["resourceType"] == name)
    return answers


def _vignette(entry: Mapping[str, Any], sheet: Mapping[str, Any]) -> Vignette:
    """The case of one YAML entry, completed from the patient it names and from the file's `usually`."""
    person = {**sheet["usually"], **sheet.get("patients", {}).get(entry.get("patient"), {})}
    read = {**person, **entry}
    facts = {column: tuple(entry.get(column, ())) for column in COLUMNS}
    facts["history"] = (*person.get("history", ()), *facts["history"])
    expect = entry["expect"]
    return Vignette(
        id=entry["id"],
        title=entry["title"],
        as_of=read["as_of"],
        age=None if read["age"] == "unknown" else read["age"],
        sex=read["sex"],
        facts=facts,
        state=expect["state"],
        sites=expect["sites"],
        workup=tuple(expect["workup"]),
        outcome=expect.get("outcome", {}),
        cannot_tell=tuple(expect.get("cannot_tell", ())),
    )


def _one_case_per_code(entries: Iterable[Mapping[str, Any]], concepts: Mapping[str, list[str]]) -> Iterator[Resource]:
    """A case for every code of the entry's concepts (less `except`, or `only` some), the code in place of CODE."""
    for entry in entries:
        left_out = {str(code) for code in entry.get("except", ())}
        kept = {str(code) for code in entry.get("only", ())}
        for code in (code for concept in entry["concepts"] for code in concepts[concept]):
            bare = code.partition(":")[2]
            if bare in left_out or (kept and bare not in kept):
                continue
            told = {column: [token.replace("CODE", code) for token in entry.get(column, ())] for column in COLUMNS}
            yield {**entry, **told, "id": f"{entry['id']}-{bare}", "title": f"{entry['title']} ({code})"}


def _codes_by_concept(path: Path) -> dict[str, list[str]]:
    """The codes of a rule folder as tokens write them, by concept."""
    found: dict[str, list[str]] = {}
    with path.open(newline="", encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            found.setdefault(row["concept"], []).append(f"{KINDS[row['system']]}:{row['code']}")
    return found


def _subject_element(resource: Resource) -> str:
    """The element in which this kind of resource names its patient."""
    return "patient" if resource["resourceType"] in {"FamilyMemberHistory", "Immunization"} else "subject"
