"""Purpose: for each limit of a rule.toml that no vignette defends a chart at the limit and one just past it.

It must not judge anything: what comes out stands beside each value.
Its tests are in test_limits.py.
"""

from datetime import date
from typing import NamedTuple

from tests.evaluating import made
from tests.vignettes import Vignette

DAY = date(2026, 6, 15)


class Edge(NamedTuple):
    """A chart in which one value stands at a limit and then just past it, with the cards of both."""

    limit: str
    tokens: str
    at: tuple[object, str]
    past: tuple[object, str]

    def chart(self, value: object) -> Vignette:
        """The chart with that value."""
        return made(*self.tokens.replace("VALUE", str(value)).split(" + "), as_of=DAY)


WEIGHED = "lnc:29463-7@2026-01-10{val=%s;unit=kg} + lnc:29463-7@2026-06-10{val=%s;unit=kg}"
TALL, SHORT = "lnc:8302-2@2020-01-01{val=200;unit=cm} + ", "lnc:8302-2@2020-01-01{val=150;unit=cm} + "
SLIP_HIGH = (
    "lnc:29463-7@2026-01-10{val=VALUE;unit=kg} + lnc:29463-7@2026-02-10/2026-03-10{val=60;unit=kg}"
    " + lnc:29463-7@2026-06-10{val=58;unit=kg}"
)
SLIP_LOW = "lnc:29463-7@2026-01-10/2026-02-10{val=100;unit=kg} + lnc:29463-7@2026-06-10{val=VALUE;unit=kg}"
SLIP_WINDOW = (
    "lnc:29463-7@VALUE{val=220;unit=kg} + lnc:29463-7@2025-08-14{val=80;unit=kg}"
    " + lnc:29463-7@2026-06-10{val=70;unit=kg}"
)
SPIKE = (
    "lnc:29463-7@2026-01-10{val=100;unit=kg} + lnc:29463-7@2026-03-10{val=%s;unit=kg}"
    " + lnc:29463-7@2026-06-10{val=%s;unit=kg}"
)
AST = "lnc:1920-8@2026-06-10{val=VALUE;unit=U/L;high=100}"
ALP_WITH = "lnc:6768-6@2026-06-10{val=%s;unit=U/L;high=%s} + lnc:2324-2@2026-06-10{val=%s;unit=U/L%s}"
BILIRUBIN = "lnc:1975-2@2026-06-10{val=VALUE;unit=mg/dL;high=1.2}"
PAIN = "sct:301717006@2026-06-10 + "
CALCIUM = "lnc:17861-6@2026-06-10{val=10;unit=mg/dL;high=10.4} + lnc:1751-7@2026-06-10{val=VALUE;unit=g/dL}"
BONE_KNOWN, LUNG_KNOWN = "icd:C79.51@2024-01-01 + ", "icd:C78.00@2024-01-01 + "

EDGES = (
    Edge(
        "evidence.persistent_appetite_loss_days",
        "icd:R63.0@2018-01-01/2018-01-VALUE/2026-06-10",
        (15, ""),
        (14, "liver:info"),
    ),
    Edge(
        "evidence.score_max",
        "sct:25064002@2026-06-10{res=Observation;val=VALUE}",
        (10, "brain:warning"),
        (10.1, "brain:info"),
    ),
    Edge(
        "evidence.score_severe",
        "sct:25064002@2026-06-10{res=Observation;val=VALUE}",
        (7, "brain:warning"),
        (6.9, "brain:info"),
    ),
    Edge("evidence.score_mild", "sct:25064002@2026-06-10{res=Observation;val=VALUE}", (3, ""), (3.05, "brain:info")),
    Edge("weight.weight_min", WEIGHED % (27, "VALUE"), (25, "liver:warning"), (24.9, "")),
    Edge("weight.weight_max", WEIGHED % ("VALUE", 320), (350, "liver:warning"), (351, "")),
    Edge("weight.bmi_min", TALL + WEIGHED % (43, "VALUE"), (40, "liver:warning"), (39.9, "")),
    Edge("weight.bmi_max", SHORT + WEIGHED % ("VALUE", 185), (202.5, "liver:warning"), (202.6, "")),
    Edge("weight.slip_window_days", SLIP_WINDOW, ("2025-05-06", ""), ("2025-05-05", "liver:warning")),
    Edge("weight.slip_high_from", SLIP_HIGH, (123, ""), (122.9, "liver:warning")),
    Edge("weight.slip_high_to", SLIP_HIGH, (141, ""), (141.1, "liver:warning")),
    Edge("weight.slip_low_from", SLIP_LOW, (42, ""), (41.9, "liver:warning")),
    Edge("weight.slip_low_to", SLIP_LOW, (49, ""), (49.1, "liver:warning")),
    Edge("weight.spike_from", SPIKE % ("VALUE", 100), (120, "liver:warning"), (120.1, "")),
    Edge("weight.spike_agree", SPIKE % (130, "VALUE"), (105, ""), (105.1, "liver:warning")),
    Edge("labs.gilbert_bilirubin", "icd:E80.4@2001-01-01 + " + BILIRUBIN, (3.6, ""), (3.61, "liver:info")),
    Edge(
        "labs.inr_failure",
        "icd:R17@2026-06-10 + lnc:6301-6@2026-06-10{val=VALUE}",
        (1.5, "liver:critical"),
        (1.49, "liver:warning"),
    ),
    Edge(
        "labs.bilirubin_failure",
        BILIRUBIN + " + lnc:6301-6@2026-06-10{val=2}",
        (3.6, "liver:info"),
        (3.61, "liver:critical"),
    ),
    Edge("labs.upper_lab_ast", "lnc:1920-8@2026-06-10{val=VALUE;unit=U/L}", (120, ""), (121, "liver:info")),
    Edge("labs.upper_lab_alp", "lnc:6768-6@2026-06-10{val=VALUE;unit=U/L}", (300, ""), (301, "liver:info")),
    Edge("labs.upper_lab_ggt", ALP_WITH % (200, 120, "VALUE", ""), (40, "bone:info"), (40.5, "liver:info")),
    Edge(
        "labs.upper_lab_bilirubin_total", "lnc:1975-2@2026-06-10{val=VALUE;unit=mg/dL}", (1.8, ""), (1.81, "liver:info")
    ),
    Edge("labs.upper_lab_calcium", "lnc:17861-6@2026-06-10{val=VALUE;unit=mg/dL}", (10.4, ""), (10.5, "bone:info")),
    Edge(
        "labs.upper_lab_calcium_corrected",
        "lnc:46099-8@2026-06-10{val=VALUE;unit=mg/dL}",
        (10.4, ""),
        (10.5, "bone:info"),
    ),
    Edge(
        "labs.mild_lab_alt",
        PAIN + "lnc:1742-6@2026-06-10{val=VALUE;unit=U/L;high=100}",
        (100, "liver:info"),
        (101, "liver:warning"),
    ),
    Edge(
        "labs.spo2_least",
        "icd:R06.02@2026-06-10 + lnc:59408-5@2026-06-14{val=VALUE;unit=%}",
        (1, "lung:warning"),
        ("1.01", "lung:critical"),
    ),
    Edge("labs.mild_lab_ast", PAIN + AST, (100, "liver:info"), (101, "liver:warning")),
    Edge("labs.moderate_lab_ast", AST, (300, ""), (301, "liver:info")),
    Edge("labs.severe_lab_ast", AST, (500, "liver:info"), (501, "liver:warning")),
    Edge(
        "labs.mild_lab_alp",
        PAIN + "lnc:6768-6@2026-06-10{val=VALUE;unit=U/L;high=100}",
        (100, "liver:info"),
        (101, "liver:warning"),
    ),
    Edge("labs.mild_lab_ggt", ALP_WITH % (200, 100, "VALUE", ";high=100"), (100, "bone:info"), (101, "liver:info")),
    Edge("labs.mild_lab_bilirubin_total", PAIN + BILIRUBIN, (1.2, "liver:info"), (1.21, "liver:warning")),
    Edge("labs.severe_lab_bilirubin_total", BILIRUBIN, (3.6, "liver:info"), (3.61, "liver:warning")),
    Edge(
        "local.recent_surgery_days",
        BONE_KNOWN + "sct:392021009@VALUE{res=Procedure} + sct:89164003@2026-06-10",
        ("2026-04-16", "local:info"),
        ("2026-04-15", "local:warning"),
    ),
    Edge("bone.albumin_normal", CALCIUM, (3.5, ""), (3.49, "bone:info")),
    Edge("bone.albumin_factor", CALCIUM, (3.5, ""), (3.49, "bone:info")),
    Edge("bone.alp", ALP_WITH % ("VALUE", 100, 20, ";high=40"), (150, ""), (151, "bone:info")),
    Edge(
        "bone.lab_neutrophils",
        "lnc:718-7@2026-06-10{val=9;unit=g/dL} + lnc:751-8@2026-06-10{val=VALUE;unit=10*9/L}",
        (1.5, ""),
        (1.49, "bone:warning"),
    ),
    Edge(
        "bone.cytotoxic_days",
        LUNG_KNOWN + "rx:56946@VALUE{st=completed} + icd:D61.818@2026-06-10",
        ("2026-05-04", "bone:info"),
        ("2026-05-03", "bone:warning"),
    ),
    Edge(
        "lung.resp_rate",
        "icd:R06.02@2026-06-10 + lnc:9279-1@2026-06-14{val=VALUE;unit=/min}",
        (30, "lung:critical"),
        (29.9, "lung:warning"),
    ),
    Edge(
        "lung.radiation_from_days",
        BONE_KNOWN + "icd:R06.02@2026-06-10 + sct:1287742003@VALUE{res=Procedure}",
        ("2026-05-16", "lung:info"),
        ("2026-05-17", "lung:warning"),
    ),
)

DEFENDED = {
    "evidence.recent_days": "N383 E132",
    "evidence.recent_active_days": "B116 B115",
    "evidence.future_days": "E125 E124",
    "evidence.local_after_days": "N116 N115",
    "evidence.episode_gap_days": "E144 E145",
    "evidence.persistent_days": "K150 H132",
    "evidence.persistent_headache_days": "B102 B101",
    "evidence.persistent_cough_days": "N128 N129",
    "evidence.persistent_bone_days": "S104 S105",
    "evidence.fresh_days": "B124 B123",
    "evidence.negation_reach": "E159 E158",
    "evidence.pregnancy_days": "N437 N436",
    "evidence.year_days": "L118 L117",
    "evidence.ultrasound_first_age": "L105 V012",
    "gate.hospice_days": "G112 G111",
    "gate.copied_days": "G120 G119",
    "gate.treatment_days": "G141 G140",
    "gate.order_active_days": "G139 G138",
    "gate.new_days": "G120 G154",
    "weight.adult_age": "W115 W114",
    "weight.sudden_from": "W121 N263",
    "weight.sudden_days": "N264 W121",
    "weight.current_days": "N257 N256",
    "weight.baseline_from_days": "N252 N253",
    "weight.baseline_to_days": "N447 N446",
    "weight.loss_percent": "N434 W102",
    "weight.intended_before_days": "N276 N275",
    "weight.unmeasured_days": "H115 H114",
    "weight.bariatric_months": "H113 H112",
    "weight.diet_bmi": "W132 W133",
    "weight.days_per_year": "W115 W114",
    "weight.percent": "W102 N434",
    "labs.value_days": "K124 K123",
    "labs.repeat_from_days": "K116 K117",
    "labs.repeat_to_days": "K119 K118",
    "labs.vital_days": "U107 U106",
    "labs.alp_with_ggt": "K107 K108",
    "labs.upper_lab_alt": "K130 K131",
    "labs.moderate_lab_alt": "K102 K101",
    "labs.severe_lab_alt": "K104 K103",
    "labs.moderate_lab_alp": "K106 K105",
    "labs.severe_lab_alp": "K110 K109",
    "labs.moderate_lab_bilirubin_total": "K132 K112",
    "local.postoperative_days": "L114 L113",
    "local.radiation_skin_days": "L120 L119",
    "regional.vaccination_days": "R108 R107",
    "regional.swelling_new_days": "R114 R113",
    "regional.swelling_late_days": "N202 N201",
    "brain.known_headache_days": "B148 B149",
    "brain.posttraumatic_days": "B154 B153",
    "brain.bells_palsy_days": "B138 B137",
    "brain.old_deficit_days": "B142 B143",
    "bone.strain_days": "S110 S109",
    "bone.red_flag_days": "S137 S138",
    "bone.albumin_days": "S128 S129",
    "bone.calcium_marked": "S121 S122",
    "bone.calcium_critical": "S123 N394",
    "bone.lab_hemoglobin": "N413 N410",
    "bone.lab_platelets": "S144 S143",
    "bone.counts_days": "S147 S146",
    "lung.spo2": "U103 U102",
    "lung.spo2_copd": "U105 U104",
    "lung.heart_rate": "N020 N019",
    "lung.systolic": "U145 U144",
    "lung.massive_ml": "U140 U139",
    "lung.drug_days": "U114 U113",
    "lung.infection_days": "U131 U130",
    "lung.radiation_to_days": "U134 U133",
}
"""Which vignettes stand on the two sides of a limit (one may stand on both)."""

NOT_SEEN = {
    "evidence.episode_window_days": "what EV-3 lets count lasts, or not, within less than a year",
    "evidence.vital_reach_days": "the reader's: a later test holds it against the rules' own windows",
    "evidence.lab_reach_days": "as vital_reach_days",
    "evidence.weight_reach_days": "as vital_reach_days",
    "weight.marked_percent": "the word on the card: tests/cards",
    "labs.moderate_lab_ggt": "GGT alone is never more than mild",
    "labs.severe_lab_ggt": "as moderate_lab_ggt",
    "local.none": "no number, but the lack of one",
}
"""Limits that no assessment can show, with the reason."""
