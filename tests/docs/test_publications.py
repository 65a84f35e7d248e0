"""The generated documents are those that the files under rules/ make, and say all that decides."""

import re
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

from cards.concepts import concept_name
from cards.provenance import attributes
from cards.words import english
from cds_service.fhir.chart.sources import SOURCES
from cds_service.publication import numbers as module
from cds_service.publication.documents import publications, stale
from cds_service.publication.pages import intended_use_md, readme_with_table, rules_md
from cds_service.publication.text import Block, blocks, markdown, markdown_blocks
from rules.codes import catalogue
from rules.explain.sources import sources
from rules.registry import RULES
from rules.sheet import Former, Limit, sheet
from rules.sites import FOLDERS

ROOT = Path(__file__).parents[2]
NEW_CODE = "999000111"
PROBE = f"""
import json
from datetime import date
from cds_service.publication.artefacts.library import artefact
from cds_service.fhir.chart.local_chart import chart_of
from cds_service.fhir.reading.facts import read_facts
from cds_service.publication.pages import rules_md
from rules.assess import assess
chart = [
    {{"resourceType": "Patient", "id": "p"}},
    {{"resourceType": "Condition", "id": "c", "subject": {{"reference": "Patient/p"}}, "onsetDateTime": "2019-03-10",
      "code": {{"coding": [{{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "C50.412"}}]}}}},
    {{"resourceType": "Condition", "id": "s", "subject": {{"reference": "Patient/p"}}, "recordedDate": "2026-06-02",
      "code": {{"coding": [{{"system": "http://snomed.info/sct", "code": "{NEW_CODE}"}}]}}}},
]
day = date(2026, 6, 15)
raw = [json.dumps(each).encode() for each in chart]
found = assess(read_facts(chart_of(raw, "p", day).pool), day)
concepts = [line for line in rules_md().splitlines() if line.startswith("| `headache` ")]
listed = "{NEW_CODE}" in (artefact("ValueSet", "headache") or b"").decode()
fired = [card.judged[0].trigger.rule for card in found.cards]
print(json.dumps([concepts[0].split("[")[1].split("]")[0], listed, fired]))
"""


def test_the_committed_documents_are_what_the_rules_make() -> None:
    """Whoever changes a rule changes them in the same commit."""
    made = publications()
    differing = [
        f"docs/{name}"
        for name, content in made.items()
        if not (ROOT / "docs" / name).is_file() or (ROOT / "docs" / name).read_bytes() != content
    ]
    differing += [str(path.relative_to(ROOT)) for path in stale(ROOT / "docs")]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    differing += ["README.md"] if readme_with_table(readme) != readme else []

    assert differing == [], "say `make docs`, and read the difference"


def test_everything_that_decides_stands_in_the_document_of_the_rules() -> None:
    """Ids, dates, triggers, alternatives, work-up, numbers, code sets, sources: a clinician has no other document."""
    text = rules_md()

    for folder in FOLDERS:
        assert sheet(folder).title
        assert f"## {markdown(sheet(folder).title)}\n" in text
        for info in (info for versions in sheet(folder).versions.values() for info in versions):
            assert f"### {info.id} {markdown(info.title)}" in text
            assert f"review by {info.review_by}" in text
            assert all(markdown(concept_name(name)) in text for name in (*info.triggers, *info.alternatives))
        assert all(f"### {statement.id} " in text for statement in sheet(folder).statements)
        assert all(f"(`{name}`)" in text for name in sheet(folder).limits)
        assert all(f"`{code}`" in text for codes in sheet(folder).code_sets.values() for code in codes.written)
        workup = [key for name, keys in sheet(folder).workup.items() if name != "secondary" for key in keys]
        assert all(markdown(english().order(key)) in text for key in workup)
    assert all(f"- **{name}** {markdown(found[0].title)}" in text for name, found in sources().items())
    assert {row.concept for row in catalogue().rows} <= set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))


def test_both_documents_say_who_has_not_signed_off() -> None:
    """And that tests without symptoms are not recommended."""
    for text in (rules_md(), intended_use_md()):
        assert "No practising clinician has signed off the clinical content" in text
        assert "Tumour markers are never ordered" in text


def test_every_source_that_is_read_is_named_as_an_input() -> None:
    """With what it is read for."""
    assert set(attributes()["inputs"]) == {source.resource_type for source in SOURCES}


def test_a_lists_lines_and_paragraphs_keep_apart() -> None:
    """Markdown would else take a paragraph after a list for a part of its last item."""
    found = blocks("First.\n- one\n- two\nLast.")

    assert [block.listed for block in found] == [False, True, False]
    assert found[1] == Block(("one", "two"), listed=True)
    assert markdown_blocks(found) == "First.\n\n- one\n- two\n\nLast."


def test_text_is_shown_by_markdown_as_it_is_written() -> None:
    """A star, a bar or an underscore is no format."""
    assert markdown("10*9/L | a_b\n[c] <d>") == r"10\*9/L \| a\_b \[c\] \<d>"


def test_a_number_tells_what_it_was_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """With its last day, so that an answer of the past can be followed."""
    limit = Limit(Decimal(1), "d", "OP", "how long", (Former(Decimal(2), date(2027, 1, 31)),))
    limits = {"some_days": limit}
    monkeypatch.setattr(module, "sheet", lambda folder: type(folder, (), {"limits": limits}))

    (found,) = module.numbers("brain")

    assert (found.what, found.value, found.basis) == ("how long", "1 day", "operational choice")
    assert found.earlier == ("2 days until 2027-01-31",)


def test_a_code_that_one_line_adds_is_in_the_document_the_value_set_and_the_assessment(tmp_path: Path) -> None:
    """No Python is needed for it."""
    copytree(ROOT / "rules", tmp_path / "rules", ignore=ignore_patterns("__pycache__"))
    codes = tmp_path / "rules" / "brain" / "codes.csv"
    line = f"headache,symptom,brain,snomed,{NEW_CODE},Made-up headache,n,,\n"
    codes.write_text(codes.read_text(encoding="utf-8") + line, encoding="utf-8")
    before = len(catalogue().codes_of("headache"))

    probe = subprocess.run(  # noqa: S603 - our own interpreter and code
        [sys.executable, "-c", PROBE], check=True, capture_output=True, text=True, cwd=tmp_path
    )

    assert probe.stdout.strip() == f'["{before + 1}", true, ["BRAIN-1"]]'
    assert any(rule.id == "BRAIN-1" for rule in RULES)
