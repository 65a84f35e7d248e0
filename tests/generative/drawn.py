"""Seeded concepts, codings, sides, days and answers for charts.

Equal seeds must give equal draws, and no draw must know a rule.
Its tests are those that use it.
"""

import csv
from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from importlib.resources import files
from random import Random

from rules.codes import catalogue
from rules.facts import Code, System
from rules.sides import side_of_code
from rules.systems import SYSTEMS
from tests.builders import DAY, SNOMED, Resource

LOCAL = "urn:example:local"
Coding = dict[str, str]
RECENT = (0, 1, 3, 7, 14, 29, 31, 59, 61, 89, 91, 120, 181, 364, 366, 800)
MONTH_LENGTH = len("2026-06")
MAMMA = {"system": SNOMED, "code": "76752008"}
SAID: Mapping[str | None, tuple[str, ...]] = {
    None: ("breast", "axilla", "chest wall"),
    "left": ("left breast", "Left", "axilla, left", "linke Mamma", "links", "left-sided", "linksseitig", "not right"),
    "right": (
        "right breast",
        "Right",
        "axilla, right",
        "rechte Mamma",
        "rechts",
        "right-sided",
        "rechtsseitig",
        "not left",
    ),
    "both": ("both breasts", "bilateral", "left and right", "beidseits", "left more than right"),
}
BREAST = {"left": "80248007", "right": "73056007", "both": "63762007"}
QUALIFIER = {"left": "7771000", "right": "24028007", "both": "51440002"}
LETTER = {"left": "L", "right": "R", "both": "B"}
KBV = "https://fhir.kbv.de/CodeSystem/KBV_CS_SFHIR_ICD_SEITENLOKALISATION"
LATERALITY = "http://hl7.org/fhir/StructureDefinition/BodyStructure-locationQualifier"
WORDS = {
    "value_present": ("yes", "present", "positive", "ja"),
    "value_absent": ("no", "absent", "not present", "nein"),
    "value_unknown": ("unknown", "not assessed"),
}
NOTES = ("severe", "mild", "getting worse", "at night", "since the fall", "right upper quadrant", "blood from the left")


@cache
def laterality() -> tuple[tuple[str, str, str], ...]:
    """System, code and display of the table of sides."""
    text = (files("rules") / "laterality.csv").read_text(encoding="utf-8-sig")
    rows = csv.DictReader(text.splitlines())
    return tuple((SYSTEMS.get(row["system"], row["system"]), row["code"], row["display"]) for row in rows)


@cache
def codes() -> Mapping[str, tuple[Coding, ...]]:
    """Codings by concept, with those of each side below."""
    found = defaultdict(list)
    for row in catalogue().rows:
        if row.code.system is not System.ICD10CM or "-" not in row.code.value:
            found[row.concept].append({"system": row.code.system.value, "code": row.code.value, "display": row.display})
    for system, code, display in laterality():
        if system == System.ICD10CM:
            for concept in catalogue().concepts(Code(System.ICD10CM, code)):
                found[concept].append({"system": system, "code": code, "display": display})
    return {concept: tuple(codings) for concept, codings in found.items()}


@cache
def drugs() -> tuple[tuple[Coding, ...], ...]:
    """The codings of each concept that is a drug."""
    found = (tuple(each for each in codings if each["system"] == System.RXNORM) for codings in codes().values())
    return tuple(codings for codings in found if codings)


@cache
def concepts(*roles: str, site: str | None = None) -> tuple[str, ...]:
    """Concepts of these roles, qualifiers of a value left out."""
    rows = (row for row in catalogue().rows if row.role in roles and row.folder != "evidence")
    own = {row.concept for row in rows if site in (None, row.site)}
    return tuple(sorted(own & codes().keys()))


class Draw(Random):
    """A seeded source of chance with a chart's few findings."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        own = self.choices(concepts("symptom", "finding", site="local"), k=self.randint(0, 1))
        self.themes = (*self.choices(concepts("symptom", "finding"), k=self.randint(1, 3)), *own)

    def is_so(self, chance: float) -> bool:
        """True with this chance."""
        return self.random() < chance

    def finding(self) -> str:
        """Concept of a finding, mostly of the chart's few."""
        return self.choice(self.themes if self.is_so(0.6) else concepts("symptom", "finding"))

    def workup(self) -> str:
        """A work-up key, every other one of the breast."""
        return self.choice(concepts("workup", site="local" if self.is_so(0.5) else None))

    def side(self) -> str | None:
        """A side, both or none."""
        return self.choice((None, None, "left", "right", "both"))

    def day(self, ago: int | None = None) -> str:
        """A day before the evaluation, sometimes its month only."""
        written = (DAY - timedelta(days=self.choice(RECENT) if ago is None else ago)).isoformat()
        return written[:MONTH_LENGTH] if self.is_so(0.04) else written

    def shown(self, coding: Coding) -> Coding:
        """A coding with its display or without."""
        return dict(coding) if self.is_so(0.5) else {"system": coding["system"], "code": coding["code"]}

    def coded(self, concept: str, side: str | None) -> Resource:
        """A CodeableConcept with codings mostly of one side."""
        known = codes()[concept]
        fits = [each for each in known if side_of_code(each["system"], each["code"]) in (None, side)]
        chosen = self.choices(fits if fits and self.is_so(0.9) else known, k=self.randint(1, 2))
        codings = [self.shown(each) for each in chosen]
        if self.is_so(0.3):
            codings.append({"system": LOCAL, "code": concept, "display": self.choice(SAID[side])})
        if self.is_so(0.08):
            codings.append(self.shown(self.choice(codes()[self.finding()])))
        self.shuffle(codings)
        return {"coding": codings} | ({"text": self.choice(SAID[side])} if self.is_so(0.3) else {})

    def place(self, side: str | None) -> Resource:
        """A body site that says the side somehow."""
        if side is None:
            return {"text": self.choice(SAID[None])}
        qualifier = {"system": SNOMED, "code": QUALIFIER[side]}
        extension = [{"url": LATERALITY, "valueCodeableConcept": {"coding": [qualifier]}}]
        forms: tuple[Resource, ...] = (
            {"coding": [{"system": SNOMED, "code": BREAST[side]}]},
            {"coding": [MAMMA, qualifier]},
            {"coding": [{"system": KBV, "code": LETTER[side]}, {"system": LOCAL, "code": "B"}], "text": "Mamma"},
            {"text": self.choice(SAID[side])},
            {"coding": [MAMMA], "extension": extension},
        )
        return self.choice(forms)

    def noted(self, side: str | None, *, many: bool) -> Resource:
        """Body site and note, each only now and then."""
        place = self.place(side) if self.is_so(0.5) else None
        site: Resource = {} if place is None else {"bodySite": [place] if many else place}
        return site | ({"note": [{"text": self.choice(NOTES)}]} if self.is_so(0.15) else {})

    def degree(self) -> Resource:
        """A coded severity."""
        return self.coded(self.choice(("severity_mild", "severity_severe")), None)

    def answer(self) -> Resource:
        """The coded value of an answer, listed, local or both."""
        meant = self.choices(tuple(WORDS), (5, 4, 1))[0]
        codings = [self.shown(each) for each in self.choices(codes()[meant], k=self.randint(0, 2))]
        words = self.sample(WORDS[meant], 2)
        codings += [{"system": f"{LOCAL}:{word}", "code": "1", "display": word} for word in words[: self.randint(0, 2)]]
        return {"coding": codings} if codings else {"text": words[0]}
