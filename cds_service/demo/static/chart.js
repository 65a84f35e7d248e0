// The chart: banner, problems, medications, orders, and the records in order of time. As of a day: later records are not shown.

import { byId, dayText, element } from "./dom.js";
import { age, codesOf, dayOf, list, nameOf, recordNumber, statusOf, words } from "./fhir.js";
import { laboratorySection, vitalSection, weightSection } from "./measurements.js";
import { newestFirst, row, rows, section } from "./parts.js";
import { draftsOf, state } from "./state.js";
import { timelineSection } from "./timeline.js";

const SEXES = { female: "Female", male: "Male", other: "Other", unknown: "Unknown" };

export function showBanner(chart) {
  const { patient } = chart;
  const years = age(patient?.birthDate, state.asOf);
  const facts = [
    ["Sex", SEXES[patient?.gender] ?? "Not on record"],
    ["Born", patient?.birthDate ? dayText(patient.birthDate) : "Not on record"],
    ["Age", years === null ? "Not known" : years < 0 ? "Not yet born" : `${years} years`],
    ["MRN", patient ? recordNumber(patient) : chart.id],
  ];
  if (patient?.deceasedDateTime || patient?.deceasedBoolean === true)
    facts.push(["Died", patient.deceasedDateTime ? dayText(patient.deceasedDateTime) : "Yes"]);
  const evidence = `/demo/evidence?patient=${encodeURIComponent(chart.id)}&asOf=${state.asOf}&language=${state.language}`;
  byId("banner").replaceChildren(
    element("h2", { id: "name", tabIndex: -1 }, patient ? nameOf(patient) : `Patient ${chart.id}`),
    element(
      "dl",
      {},
      facts.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))),
    ),
    chart.kind === "demo" ? element("a", { href: evidence, className: "evidence" }, "Evidence view") : null,
  );
}

export function showChart(chart) {
  if (chart.resources === null) return byId("sections").replaceChildren(ordersSection(chart, []), unread(chart));
  const seen = chart.resources.filter((each) => dayOf(each) <= state.asOf);
  const later = chart.resources.length - seen.length;
  const of = (type) => seen.filter((each) => each.resourceType === type);
  byId("sections").replaceChildren(
    ...(later > 0
      ? [
          element(
            "p",
            { className: "later" },
            `${later} later ${later === 1 ? "record is" : "records are"} not shown: the chart is as of ${dayText(state.asOf)}.`,
          ),
        ]
      : []),
    element("div", { className: "stack" }, problemSection(of("Condition")), vitalSection(of("Observation"))),
    element(
      "div",
      { className: "stack" },
      ordersSection(chart, of("ServiceRequest")),
      medicationSection(of("MedicationRequest")),
      weightSection(of("Observation")),
    ),
    laboratorySection(of("Observation")),
    timelineSection(seen),
  );
}

function unread(chart) {
  return section("Chart", [
    element("p", {}, `This page reads no other host (its security policy): the chart at ${chart.fhirServer} is not shown.`),
    element("p", {}, "The service reads it itself: the cards are about it."),
  ]);
}

function problemSection(conditions) {
  const current = new Set(["active", "recurrence", "relapse"]);
  const ordered = newestFirst(conditions).sort(
    (a, b) => current.has(statusOf(b.clinicalStatus)) - current.has(statusOf(a.clinicalStatus)),
  );
  const lines = ordered.map((each) => {
    const code = codesOf(each.code)[0];
    const status = each.clinicalStatus ? statusOf(each.clinicalStatus) : "status not given";
    return row(
      [words(each.code), code ? element("span", { className: "code" }, code) : null].filter(Boolean),
      { text: status, kind: current.has(status) ? "current" : "" },
      dayText(dayOf(each)),
    );
  });
  return section("Problems", rows(lines), "No problems on record.");
}

function medicationSection(medications) {
  const lines = newestFirst(medications).map((each) => {
    const dose = String(list(each.dosageInstruction)[0]?.text ?? "");
    const name = each.medicationCodeableConcept ? words(each.medicationCodeableConcept) : "Medication not named";
    return row(
      dose ? `${name}: ${dose.charAt(0).toLowerCase()}${dose.slice(1)}` : name,
      { text: each.status ?? "status not given", kind: each.status === "active" ? "current" : "" },
      dayText(dayOf(each)),
    );
  });
  return section("Medications", rows(lines), "No medications on record.");
}

function ordersSection(chart, requests) {
  const drafts = draftsOf(chart).map((each) =>
    row(words(each.code), { text: "Draft, not signed", kind: "draft" }, `${each.priority ?? "routine"} priority`),
  );
  const placed = newestFirst(requests).map((each) =>
    row(words(each.code), { text: each.status ?? "status not given" }, dayText(dayOf(each))),
  );
  const part = section(
    "Orders",
    rows([...drafts, ...placed]),
    "No orders. What you accept from a card appears here as a draft.",
  );
  part.id = "orders";
  return part;
}
