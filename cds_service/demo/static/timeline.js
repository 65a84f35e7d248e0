// The chart's records by day, newest first, in groups of a year. Measurements of one day are one line.

import { element, dayText } from "./dom.js";
import { dayOf, isOf, list, periodText, reasonText, shortWords, valueText, words } from "./fhir.js";
import { newestFirst, section } from "./parts.js";

const LINES = {
  CarePlan: (r) => ["Care plan", r.title ?? list(r.category).map(words).join(", ")],
  Condition: (r) => ["Problem", words(r.code)],
  DiagnosticReport: (r) => ["Report", [words(r.code), r.conclusion].filter(Boolean).join(": ")],
  Encounter: (r) => [
    "Visit",
    [list(r.type).map(words).join(", ") || "Visit", reasonText(r)].filter(Boolean).join(": "),
  ],
  ImagingStudy: (r) => ["Imaging", r.description ?? list(r.procedureCode).map(words).join(", ")],
  Immunization: (r) => ["Vaccine", words(r.vaccineCode)],
  MedicationRequest: (r) => ["Medication", words(r.medicationCodeableConcept)],
  Procedure: (r) => [
    "Procedure",
    [words(r.code), r.performedPeriod ? `(${periodText(r.performedPeriod)})` : ""].join(" ").trim(),
  ],
  QuestionnaireResponse: () => ["Questionnaire", "Answered"],
  ServiceRequest: (r) => ["Order", words(r.code)],
};

const GROUPS = [
  ["vital-signs", "Vital signs"],
  ["laboratory", "Laboratory"],
];

function measured(observations) {
  const days = new Map();
  for (const each of observations) {
    const [, kind] = GROUPS.find(([category]) => isOf(each, category)) ?? [null, "Finding"];
    const key = `${dayOf(each)} ${kind}`;
    const text = `${shortWords(each.code)} ${valueText(each)}`;
    const line = days.get(key);
    if (line) line.text += `; ${text}`;
    else days.set(key, { day: dayOf(each), kind, text });
  }
  return [...days.values()];
}

export function timelineSection(resources) {
  const single = resources
    .filter((each) => LINES[each.resourceType])
    .map((each) => {
      const [kind, text] = LINES[each.resourceType](each);
      return { day: dayOf(each), kind, text };
    });
  const observations = newestFirst(resources.filter((each) => each.resourceType === "Observation"));
  const lines = [...single, ...measured(observations)].sort((a, b) => b.day.localeCompare(a.day));
  const groups = [...grouped(lines)].flatMap(([year, each]) => [
    element("h4", {}, year),
    element("ol", { className: "timeline" }, each.map(item)),
  ]);
  return section("Timeline", groups, "Nothing on record.");
}

const yearOf = (line) => line.day.slice(0, 4) || "Without a date";

function grouped(lines) {
  const years = new Map();
  for (const line of lines) years.set(yearOf(line), [...(years.get(yearOf(line)) ?? []), line]);
  return years;
}

function item({ day, kind, text }) {
  return element(
    "li",
    {},
    element("span", { className: "when" }, dayText(day)),
    element("span", { className: "kind" }, kind),
    element("span", { className: "what" }, text || "not named"),
  );
}
