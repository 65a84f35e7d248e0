"""`recurrence-cds evaluate`: files of every kind, cards for reading and as JSON, and why."""

import gzip
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cds_service.cli.main import app
from cds_service.clock import SystemClock
from cds_service.fhir.chart import files
from tests.builders import Chart, a_patient, condition, observation, searchset

CHART = a_patient().with_history().with_lump()


def run(*arguments: str, text: bytes = b"", **environment: str) -> tuple[int, str, str]:
    """Exit code, output and errors of the command."""
    found = CliRunner(env=environment).invoke(app, ["evaluate", *arguments, "--as-of", "2026-06-15"], input=text)
    return found.exit_code, found.stdout, found.stderr


def topics(output: str) -> list[list[str]]:
    """The topics of each line of JSON."""
    return [[card["source"]["topic"]["code"] for card in json.loads(line)["cards"]] for line in output.splitlines()]


def _bundle(kind: str, chart: Chart = CHART) -> dict[str, Any]:
    return searchset(list(chart.resources)) | {"type": kind}


def _transaction() -> dict[str, Any]:
    url = "urn:uuid:6f4a7c7e-0000-4000-8000-000000000001"
    resources = json.loads(json.dumps(CHART.resources).replace("Patient/p1", url))
    entries = [{"fullUrl": f"urn:uuid:{number}", "resource": resource} for number, resource in enumerate(resources)]
    entries[0]["fullUrl"] = url
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(_bundle("searchset")),
        json.dumps(_bundle("collection"), indent=1),
        json.dumps(_transaction()),
        json.dumps(CHART.resources),
        "\n".join(json.dumps(resource) for resource in CHART.resources) + "\n",
        "\ufeff" + json.dumps(_bundle("collection")),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_a_chart_is_read_from_a_file_of_every_kind(text: str, packed: bool, tmp_path: Path) -> None:  # noqa: FBT001
    """Bundles of any type, an array, NDJSON, each gzip or not."""
    file = tmp_path / "chart"
    file.write_bytes(gzip.compress(text.encode(), mtime=0) if packed else text.encode())

    code, output, _ = run(str(file), "--json")

    assert code == 0
    assert topics(output) == [["local"]]


def test_standard_input_is_read() -> None:
    """As the last command of a pipe."""
    code, output, _ = run("-", "--json", text=json.dumps(_bundle("collection")).encode())

    assert (code, topics(output)) == (0, [["local"]])


def test_one_resource_is_a_chart() -> None:
    """Without a cancer there is no card, and the state says so."""
    code, output, _ = run("-", text=json.dumps(CHART.resources[0]).encode())

    assert code == 0
    assert "No card (state: none)." in output


def test_several_patients_are_evaluated_one_by_one() -> None:
    """What belongs to nobody goes with each, what belongs to a group with none."""
    text = json.dumps(CHART.resources).replace("p1", "p2")
    medication = {"resourceType": "Medication", "id": "m"}
    group = observation("25064002", subject={"reference": "Group/g"}) | {"id": "g"}
    both = [*CHART.resources, *json.loads(text), medication, group, {"resourceType": "Patient"}]

    code, output, _ = run("-", "--json", text="\n".join(map(json.dumps, both)).encode())

    assert code == 0
    assert [json.loads(line)["patient"] for line in output.splitlines()] == ["p1", "p2"]
    assert topics(output) == [["local"], ["local"]]


def test_a_card_is_printed_as_a_clinician_reads_it() -> None:
    """Level, summary, detail, orders."""
    code, output, _ = run("-", text=json.dumps(_bundle("collection")).encode())

    assert code == 0
    assert "WARNING" in output
    assert "New lump in the left breast after breast cancer 2019" in re.sub(r"[│\s]+", " ", output)
    assert "Diagnostic mammography (recommended)" in output


@pytest.mark.parametrize(
    "chart, lines",
    [
        (CHART, ["LOC-1 1.0.1  fired: breast_lump warning", "BRAIN-1 1.0.0  not-fired: nothing-found"]),
        (
            a_patient().with_history().with_(condition("R51.9"), condition("G43.109", "2004-01-01")),
            ["BRAIN-1 1.0.0  fired: headache info, lowered to no card by migraine"],
        ),
        (
            a_patient().with_history().with_(condition("R56.9", "2026-05-01")),
            ["BRAIN-5 1.0.0  fired: seizure critical, not fresh enough for critical"],
        ),
        (
            a_patient().with_history().with_(condition("R51.9", "2024-13-01")),
            ["BRAIN-1 1.0.0  cannot-tell: a record: date not readable"],
        ),
        (a_patient().with_lump(), ["GATE-1 1.0.1  not-fired: not-in-scope"]),
        (
            a_patient().with_(condition("D05.12", "2021-06-01"), condition("R06.02")),
            ["LUNG-1 1.0.0  fired: dyspnea warning, lowered to no card by in situ carcinoma only"],
        ),
    ],
)
def test_every_rule_is_explained(chart: Chart, lines: list[str]) -> None:
    """Fired, not fired, cannot tell, and why."""
    code, output, _ = run("-", "--explain", text=json.dumps(_bundle("collection", chart)).encode())

    assert code == 0
    for line in lines:
        assert line in output


def test_the_explanation_is_json_too_and_agrees_with_the_trace() -> None:
    """One list, the same answers."""
    _, output, _ = run("-", "--explain", "--json", text=json.dumps(_bundle("collection")).encode())

    answer = json.loads(output)
    sites = answer["extension"]["org.recurrence-cds.assessment"]["sites"]
    assert {(rule["id"], rule["outcome"]) for rule in answer["rules"]} == {
        (rule["id"], rule["outcome"]) for site in sites for rule in site["rules"]
    }


def test_what_can_not_be_assessed_is_printed_where_there_is_no_card() -> None:
    """Silence with its reason."""
    weight = observation("29463-7", valueQuantity={"value": 70})
    chart = a_patient().with_history().with_(weight)

    _, output, _ = run("-", text=json.dumps(_bundle("collection", chart)).encode())

    assert "Not assessable: body_weight (no-unit)" in output


@pytest.mark.parametrize(
    "text, problem",
    [
        (b"", "There is no FHIR resource in the file"),
        (b"not json", "neither FHIR JSON nor NDJSON of it (not-json)"),
        (b'{"a": 1}', "neither FHIR JSON nor NDJSON of it (not-fhir)"),
        (b'{"resourceType": "Organization", "id": "o"}', "No resource in the file names a patient"),
        (b"\x1f\x8bcut off", "begins like gzip but can't be unpacked"),
        (gzip.compress(b"{}" * 100, mtime=0)[:-9], "begins like gzip but can't be unpacked"),
        (gzip.compress(b"{}", mtime=0)[:10] + b"\xff" * 20, "begins like gzip but can't be unpacked"),
        (b'{"resourceType": "Patient", "id": "m\xfcller"}', "The file is not UTF-8 text"),
        ('{"resourceType": "Patient"}'.encode("utf-16"), "The file is not UTF-8 text"),
        (b"[1, 2]", "neither FHIR JSON nor NDJSON of it (not-fhir)"),
        (b'{"resourceType": "Patient", "id": "p1"}\n{"cut', "neither FHIR JSON nor NDJSON of it (not-json)"),
        (b"[" * 100_000, "neither FHIR JSON nor NDJSON of it"),
        (b'{"resourceType": "OperationOutcome"}', "neither FHIR JSON nor NDJSON of it (operation-outcome)"),
        (b'{"resourceType": "Bundle"}', "There is no FHIR resource in the file"),
    ],
)
def test_a_file_that_is_no_chart_is_refused_in_words(text: bytes, problem: str) -> None:
    """Exit 1, and what would do."""
    code, _, errors = run("-", text=text)

    assert code == 1
    assert problem in " ".join(errors.split())


def test_a_file_that_unpacks_to_more_than_anybody_reads_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file can be a large one."""
    monkeypatch.setattr(files, "LONGEST", 1000)

    code, _, errors = run("-", text=gzip.compress(b" " * 1001, mtime=0))

    assert code == 1
    assert "unpacks to more than 1000 bytes" in " ".join(errors.split())


def test_a_folder_without_fhir_is_said(tmp_path: Path) -> None:
    """With the endings that are read."""
    code, _, errors = run(str(tmp_path))

    assert code == 1
    assert "holds no file that ends with .json, .ndjson" in " ".join(errors.split())


def test_files_and_folders_make_one_chart(tmp_path: Path) -> None:
    """The Patient in one file, the Conditions in a folder, one of them packed."""
    patient, *others = CHART.resources
    (tmp_path / "Patient.json").write_text(json.dumps(patient))
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "Condition.ndjson").write_text(json.dumps(others[0]))
    (folder / "more.json.gz").write_bytes(gzip.compress(json.dumps(others[1:]).encode(), mtime=0))
    (folder / "notes.txt").write_text("no FHIR")

    code, output, _ = run(str(tmp_path / "Patient.json"), str(folder), "--json")

    assert (code, topics(output)) == (0, [["local"]])


def test_without_a_patient_nothing_is_said_unless_told_otherwise() -> None:
    """As the service would answer."""
    text = json.dumps(CHART.resources[1:]).encode()

    code, output, errors = run("-", "--json", text=text)

    assert (code, output) == (1, "")
    assert "Patient p1: The files hold no Patient resource" in " ".join(errors.split())
    assert topics(run("-", "--json", "--without-patient", text=text)[1]) == [["local"]]


def _missing(output: str) -> list[tuple[str, str]]:
    said = json.loads(output.splitlines()[0])["extension"]["org.recurrence-cds.assessment"].get("notAssessable", [])
    return [(item["source"], item["reason"]) for item in said]


def test_a_transaction_without_ids_is_linked_by_its_full_urls() -> None:
    """Ids come from the fullUrls."""
    bundle = _transaction()
    for entry in bundle["entry"]:
        entry["resource"].pop("id", None)
        entry["request"] = {"method": "POST", "url": entry["resource"]["resourceType"]}

    code, output, _ = run("-", "--json", text=json.dumps(bundle).encode())

    assert (code, topics(output)) == (0, [["local"]])


def test_a_batch_response_of_bundles_is_unfolded_and_its_refusals_are_said() -> None:
    """Nothing behind a 403 is taken for absent."""
    entries = [{"resource": searchset([each]), "response": {"status": "200 OK"}} for each in CHART.resources]
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "forbidden"}]}
    refused = {"response": {"status": "403 Forbidden", "outcome": outcome}}
    bundle = {"resourceType": "Bundle", "type": "batch-response", "entry": entries}

    whole = run("-", "--json", text=json.dumps(bundle).encode())[1]
    less = run("-", "--json", text=json.dumps(bundle | {"entry": [*entries, refused]}).encode())[1]

    assert (topics(whole), _missing(whole)) == ([["local"]], [])
    assert (topics(less), _missing(less)) == ([["local"]], [("record", "suppressed")])


def test_a_removed_resource_of_a_history_is_gone() -> None:
    """Unless a later version brought it back."""
    lump = CHART.resources[-1]
    removed = {"request": {"method": "DELETE", "url": f"Condition/{lump['id']}"}}
    others = [{"resource": each} for each in CHART.resources[:-1]]

    def found(*entries: dict[str, Any]) -> list[list[str]]:
        bundle = {"resourceType": "Bundle", "type": "history", "entry": [*others, *entries]}
        return topics(run("-", "--json", text=json.dumps(bundle).encode())[1])

    assert found({"resource": lump}) == [["local"]]
    assert found(removed, {"resource": lump}) == [[]]
    assert found({"resource": lump}, removed, {"resource": lump}) == [["local"]]


@pytest.mark.parametrize(
    "subject", [{"reference": "Patient/p2"}, {"reference": "Group/g"}, {"reference": "urn:uuid:x"}, {"reference": "#n"}]
)
def test_a_record_of_nobody_in_the_file_is_named(subject: dict[str, str]) -> None:
    """No record is dropped in silence."""
    lump = CHART.resources[-1] | {"id": "other", "subject": subject}

    _, output, _ = run("-", "--json", text=json.dumps([*CHART.resources[:-1], lump]).encode())

    assert topics(output) == [[]]
    assert _missing(output) == [("Condition/other", "other-patient")]


def test_a_file_with_a_further_page_is_not_whole() -> None:
    """Whatever was not saved is unknown."""
    more = [
        {"relation": "next", "url": "https://x/next"},
        {"relation": "self", "url": "https://x/Condition?patient=p1"},
    ]
    page = searchset(list(CHART.resources), link=more) | {"type": "searchset"}

    assert _missing(run("-", "--json", text=json.dumps(page).encode())[1]) == [("Condition", "next-page")]


def test_a_patient_who_can_not_be_evaluated_is_said_and_the_others_are_shown() -> None:
    """The command fails in the end, so that a script sees it."""
    lines = [json.dumps(resource) for resource in CHART.resources]
    doubled = [line.replace('"id": "p1"', '"id": "p1", "active": true, "active": false') for line in lines]
    text = "\n".join(line.replace("p1", "p0") for line in doubled) + "\n" + "\n".join(lines)

    code, output, errors = run("-", "--json", text=text.encode())

    assert code == 1
    assert "Patient p0: The chart (Patient) can't be read" in " ".join(errors.split())
    assert [json.loads(line)["patient"] for line in output.splitlines()] == ["p1"]
    assert topics(output) == [["local"]]


def test_a_broken_record_that_names_its_patient_is_that_patients() -> None:
    """And no other's, however it is broken; one that names nobody is said for each."""
    other = json.loads(json.dumps(CHART.resources).replace("p1", "p2"))
    broken = {"resourceType": "Condition", "id": 5, "code": "odd", "subject": {"reference": "Patient/p2"}}
    nobodys = {"resourceType": "Observation", "code": 5}

    _, output, _ = run("-", "--json", text=json.dumps([*CHART.resources, *other, broken]).encode())
    _, twice, _ = run("-", "--json", text=json.dumps([*CHART.resources, *other, nobodys]).encode())

    assert topics(output) == [["local"], ["local", "incomplete"]]
    assert topics(twice) == [["local", "incomplete"], ["local", "incomplete"]]


def test_several_patients_are_counted_for_whoever_watches() -> None:
    """A progress bar on a terminal, on standard error; the cards are the same."""
    text = "\n".join(json.dumps({"resourceType": "Patient", "id": f"p{n}"}) for n in range(3)).encode()

    _, quiet, nothing = run("-", "--json", text=text)
    _, shown, progress = run("-", "--json", text=text, FORCE_COLOR="1")

    assert nothing == ""
    assert "Patients" in progress
    assert shown == quiet


def test_the_medication_of_a_transaction_is_found_by_its_full_url() -> None:
    """The treatment decides the state."""
    rxnorm = {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "56946"}]}
    medication = {"resourceType": "Medication", "id": "6f4a7c7e-0000-4000-8000-000000000002", "code": rxnorm}
    request = {
        "resourceType": "MedicationRequest",
        "status": "active",
        "authoredOn": "2026-06-01",
        "medicationReference": {"reference": f"urn:uuid:{medication['id']}"},
    }

    _, output, _ = run("-", "--json", text=json.dumps([*CHART.with_(request).resources, medication]).encode())

    assert json.loads(output)["extension"]["org.recurrence-cds.assessment"]["state"] == "active-primary-treatment"


def test_without_a_day_today_is_meant() -> None:
    """The day of the clock stands in the trace."""
    found = CliRunner().invoke(app, ["evaluate", "-", "--json"], input=json.dumps(CHART.resources).encode())

    assert found.exit_code == 0
    as_of = json.loads(found.stdout)["extension"]["org.recurrence-cds.assessment"]["asOf"]
    assert as_of == SystemClock().today().isoformat()


def test_a_day_that_is_none_is_refused() -> None:
    """With the form that is wanted."""
    found = CliRunner().invoke(app, ["evaluate", "-", "--as-of", "2026-13-01"], input=b"{}")

    assert found.exit_code == 2


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Not a traceback."""
    code, _, errors = run(str(tmp_path / "none.json"))

    assert code == 1
    assert "can't be read: No such file or directory" in " ".join(errors.split())


def test_two_patients_of_two_servers_are_two_even_with_one_id() -> None:
    """A file may hold both; a version in a reference changes nobody's name."""
    chart = json.dumps(CHART.resources[1:])
    here, there = (
        chart.replace("Patient/p1", "Patient/p1/_history/2"),
        chart.replace("Patient/p1", "https://b/Patient/p1"),
    )

    text = "\n".join(map(json.dumps, json.loads(here) + json.loads(there))).encode()
    code, output, _ = run("-", "--json", "--without-patient", text=text)

    assert (code, topics(output)) == (0, [["local"], ["local"]])


def test_help_is_there() -> None:
    """In a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "cds_service", "evaluate", "--help"], capture_output=True, text=True, check=True
    )

    assert "--explain" in done.stdout
