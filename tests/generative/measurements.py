"""Measurements of generated charts, and the spellings of their units.

A spelling must be the same unit as the one it replaces, never a multiple.
Its tests are those that use it.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cache
from random import Random

from tests.builders import DAY, LOINC, Resource

UCUM = "http://unitsofmeasure.org"
AGO = (0, 2, 6, 8, 15, 30, 60, 89, 91, 150, 260, 275, 400)
LABS: tuple[tuple[str, str, tuple[float, ...], float], ...] = (
    ("1742-6", "U/L", (20, 60, 150, 400), 40),
    ("1920-8", "U/L", (20, 60, 150, 400), 40),
    ("6768-6", "U/L", (80, 190, 320, 700), 120),
    ("2324-2", "U/L", (20, 60, 300), 40),
    ("1742-6", "ukat/L", (0.5, 2, 8), 0.7),
    ("1975-2", "mg/dL", (0.8, 1.5, 2.5, 5), 1.2),
    ("14631-6", "umol/L", (10, 25, 45, 90), 20.5),
    ("17861-6", "mg/dL", (9.5, 10.8, 12.5, 14), 10.4),
    ("2000-8", "mmol/L", (2.3, 2.65, 3.2), 2.6),
    ("1751-7", "g/dL", (2.5, 3, 4.2), 5),
    ("718-7", "g/dL", (7, 9.5, 13), 16),
    ("59260-0", "mmol/L", (4, 6, 8), 10),
    ("777-3", "10*9/L", (40, 90, 200), 400),
    ("751-8", "10*9/L", (0.5, 1.2, 4), 7),
    ("34714-6", "{INR}", (1, 1.6), 1.2),
    ("6875-9", "U/mL", (20, 60), 30),
)
"""Code, unit, values and upper limit of laboratory tests."""
VITALS: tuple[tuple[str, str, tuple[float, ...]], ...] = (
    ("59408-5", "%", (85, 91, 97)),
    ("8867-4", "/min", (70, 125)),
    ("9279-1", "/min", (14, 26)),
    ("8480-6", "mm[Hg]", (85, 130)),
)
SPELLINGS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "U/L": (("U/L", "[iU]/L"), ("U/L", "U/l", "IU/L", "IU/l", "iU/L", "[iU]/L", "mU/mL", "[U/L]", "units/L")),
    "ukat/L": (("ukat/L",), ("ukat/L", "\N{MICRO SIGN}kat/L", "\N{GREEK SMALL LETTER MU}kat/l")),
    "mg/dL": (("mg/dL",), ("mg/dL", "mg/dl", "MG/DL", "mg / dl", "mg/100 mL")),
    "umol/L": (("umol/L",), ("umol/l", "\N{MICRO SIGN}mol/L", "\N{GREEK SMALL LETTER MU}mol/l")),
    "mmol/L": (("mmol/L",), ("mmol/L", "mmol/l", "MMOL/L")),
    "g/dL": (("g/dL",), ("g/dL", "g/dl", "G/DL", "g/100 mL", "gm/dL")),
    "10*9/L": (
        ("10*9/L", "10*3/uL"),
        (
            *("10*9/L", "10^9/L", "10^9/l", "x10^9/L", "x10E9/L", "10E9/L", "10**9/L", "\N{MULTIPLICATION SIGN}10^9/L"),
            *("G/L", "G/l", "Gpt/L", "/nL", "/nl", "K/uL", "K/\N{MICRO SIGN}L", "K/\N{GREEK SMALL LETTER MU}l"),
            *("10*3/uL", "10^3/\N{MICRO SIGN}L", "x10^3/uL", "Tsd/\N{MICRO SIGN}l", "thou/uL"),
            *("10\N{SUPERSCRIPT NINE}/L", "x10(9)/L", "K/mcL", "thousand/uL"),
        ),
    ),
    "{INR}": (("{INR}", "1"), ("INR", "inr", "{INR}")),
    "U/mL": (("U/mL", "[iU]/mL"), ("U/mL", "U/ml", "IU/mL", "u/ml")),
    "{score}": (("{score}",), ("{score}", "score", "Score")),
    "kg": (("kg",), ("kg", "KG", "Kg")),
    "cm": (("cm",), ("cm", "CM")),
    "%": (("%",), ("%",)),
    "/min": (("/min",), ("/min", "bpm", "1/min")),
    "mm[Hg]": (("mm[Hg]",), ("mm[Hg]", "mmHg", "mm Hg")),
}
"""UCUM codes and texts of each unit."""


@cache
def spellings(unit: str) -> tuple[Resource, ...]:
    """Each spelling of a unit as code, text or both."""
    codes, texts = SPELLINGS[unit]
    both = [{"system": UCUM, "code": code, "unit": text} for code in codes for text in texts]
    alone = [{"unit": text} for text in texts]
    return (*both, *alone, *({"system": UCUM, "code": code} for code in codes), *({"code": code} for code in codes))


def quantity(value: float, unit: str) -> Resource:
    """A Quantity in its canonical unit."""
    return {"value": value, "unit": unit, "system": UCUM, "code": unit}


def _measured(code: str, ago: int, value: Resource) -> Resource:
    concept = {"coding": [{"system": LOINC, "code": code}, {"system": "urn:example:local", "code": "m"}]}
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": concept,
        "effectiveDateTime": (DAY - timedelta(days=ago)).isoformat(),
        "valueQuantity": value,
    }


def _tested(draw: Random) -> Iterator[Resource]:
    for code, unit, values, high in draw.sample(LABS, draw.randint(1, 3)):
        found = _measured(code, draw.choice(AGO), quantity(draw.choice(values), unit))
        if draw.random() < 0.6:
            found["referenceRange"] = [{"high": quantity(high, unit)}]
        if draw.random() < 0.2:
            flag = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "code": "H"}
            found["interpretation"] = [{"coding": [flag, {"system": "urn:example:local", "code": "+"}]}]
        yield found


def laboratory(draw: Random) -> list[Resource]:
    """Tests by themselves, or as components of one panel."""
    found = list(_tested(draw))
    if draw.random() < 0.8:
        return found
    names = ("code", "valueQuantity", "referenceRange", "interpretation")
    parts = [{name: each[name] for name in names if name in each} for each in found]
    panel = {"coding": [{"system": LOINC, "code": "24323-8"}]}
    return [
        {
            **{name: found[0][name] for name in ("resourceType", "status", "effectiveDateTime")},
            "code": panel,
            "component": parts,
        }
    ]


def weights(draw: Random) -> list[Resource]:
    """Two to five weights, and mostly a height."""
    days = draw.sample((0, 20, 60, 95, 130, 200, 330, 380, 500, 850, 860, 870, 1200), draw.randint(2, 5))
    found = [_measured("29463-7", ago, quantity(draw.choice((60, 66, 70, 74, 160)), "kg")) for ago in days]
    tall = [
        _measured("8302-2", draw.choice((9, 700, 3000)), quantity(cm, "cm")) for cm in draw.choices((168, 150, 17), k=2)
    ]
    return found + tall[: draw.randint(0, 2)]


def vitals(draw: Random) -> list[Resource]:
    """A vital sign of the last days."""
    code, unit, values = draw.choice(VITALS)
    return [_measured(code, draw.choice((0, 3, 7, 8, 9)), quantity(draw.choice(values), unit))]
