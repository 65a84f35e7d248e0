"""Purpose: the cases of rules/*/cases.yaml as patients: read, made into FHIR resources, handed out as prefetch.

It must not evaluate anything: what a case expects stands in its YAML, never here.
Its tests are in tests/test_vignettes.py.
"""

from __future__ import annotations

import csv
import re
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
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

    `sites` holds the level of each expected card; `workup` the orders of all cards together. `outcome` (of a site),
    `cannot_tell` (rule ids), `says` (words on a card) and `reads` (concepts) stand only where a case is about them.
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
    says: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    folder: str = ""


def all_vignettes() -> tuple[Vignette, ...]:
    """Every case of every rule folder, in the order of the folders; an id used twice is an error."""
    found = tuple(case for path in sorted(RULES.glob("*/cases.yaml")) for case in load_vignettes(path))
    ids = [case.id for case in found]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise ValueError(f"case ids used more than once: {', '.join(twice)}")
    return found


def load_vignettes(path: Path) -> tuple[Vignette, ...]:
    """The cases of one file, then those of its `every_code` and `every_word` entries: one for each code or word."""
    sheet = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)  # the safe one, in C
    per_code = _one_case_per_code(sheet.get("every_code", ()))
    per_word = _one_case_per_word(sheet.get("every_word", ()), _word_lists(path.parent.name))
    entries = [*sheet["cases"], *per_code, *per_word]
    return tuple(_vignette(entry, sheet, path.parent.name) for entry in entries)


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


def _vignette(entry: Mapping[str, Any], sheet: Mapping[str, Any], folder: str) -> Vignette:
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
        says=tuple(expect.get("says", ())),
        reads=tuple(expect.get("reads", ())),
        folder=folder,
    )


def _one_case_per_code(entries: Iterable[Mapping[str, Any]]) -> Iterator[Resource]:
    """A case for every code of the entry's concepts, the code in place of CODE, its concept in place of CONCEPT."""
    for entry in entries:
        for concept in entry["concepts"]:
            codes = _codes_by_concept()[concept]
            shared = Counter(code.partition(":")[2] for code in codes)
            for code in codes:
                bare = code.partition(":")[2]
                if _is_wanted(bare, entry):
                    suffix = bare if shared[bare] == 1 else code.replace(":", "-")
                    yield _filled(entry, suffix, {"CODE": code, "CONCEPT": concept})


def _one_case_per_word(entries: Iterable[Mapping[str, Any]], lists: Mapping[str, list[str]]) -> Iterator[Resource]:
    """A case for every word of the entry's word list, the word in place of WORD."""
    for entry in entries:
        for word in lists[entry["words"]]:
            if _is_wanted(word, entry):
                yield _filled(entry, re.sub("[^0-9A-Za-z]+", "-", word).strip("-"), {"WORD": word})


def _is_wanted(name: str, entry: Mapping[str, Any]) -> bool:
    """Whether an entry wants a case for a code or word: it is not in `except`, and in `only` when there is one."""
    left_out, kept = ({str(each) for each in entry.get(key, ())} for key in ("except", "only"))
    return name not in left_out and (not kept or name in kept)


def _filled(entry: Mapping[str, Any], suffix: str, filling: Mapping[str, str]) -> Resource:
    """The entry as one case: its facts and the concepts it reads with the blanks filled in."""

    def filled(text: str) -> str:
        for blank, written in filling.items():
            text = text.replace(blank, written)
        return text

    told = {column: [filled(token) for token in entry.get(column, ())] for column in COLUMNS}
    expect = {**entry["expect"], "reads": [filled(concept) for concept in entry["expect"].get("reads", ())]}
    title = f"{entry['title']} ({next(iter(filling.values()))})"
    return {**entry, **told, "expect": expect, "id": f"{entry['id']}-{suffix}", "title": title}


@cache
def _codes_by_concept() -> Mapping[str, list[str]]:
    """The codes of every rule folder as tokens write them, by concept."""
    found: dict[str, list[str]] = {}
    for path in sorted(RULES.glob("*/codes.csv")):
        with path.open(newline="", encoding="utf-8") as rows:
            for row in csv.DictReader(rows):
                found.setdefault(row["concept"], []).append(f"{KINDS[row['system']]}:{row['code']}")
    return found


@cache
def _word_lists(folder: str) -> Mapping[str, list[str]]:
    """The word lists of a folder's rule.toml by name, and those of rules/evidence."""
    found: dict[str, list[str]] = {}
    for name in ("evidence", folder):
        path = RULES / name / "rule.toml"
        if path.exists():
            found |= tomllib.loads(path.read_text(encoding="utf-8")).get("words", {})
    return found


def _subject_element(resource: Resource) -> str:
    """The element in which this kind of resource names its patient."""
    return "patient" if resource["resourceType"] in {"FamilyMemberHistory", "Immunization"} else "subject"
