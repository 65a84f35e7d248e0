"""The hook patient-view, for the patient of an opened chart.

Tests: tests/hooks/test_patient_view.py, tests/service/test_vignettes.py.
"""

from cds_service.fhir.chart.sources import TEMPLATES
from cds_service.hooks.pipeline import answers
from cds_service.hooks.service import HookService

HOOK = "patient-view"
SERVICE = HookService(
    id="breast-cancer-recurrence",
    hook=HOOK,
    title="Breast cancer recurrence work-up",
    description=(
        "Suggests a work-up when symptoms after breast cancer may mean recurrence: breast and chest wall, "
        "lymph nodes, brain, bone, liver, lung. Drafted from public sources, not signed off by a clinician."
    ),
    usage_requirements=(
        "Needs Patient and Condition, by prefetch or from the FHIR server; says on a card what else it missed. "
        "No card does not mean that no call failed."
    ),
    prefetch=TEMPLATES,
    call=answers(HOOK),
)
