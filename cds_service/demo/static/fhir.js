// FHIR R4 resources as a chart shows them: words, days and numbers of one resource. Records may be wrong in any way.

import { dayText } from "./dom.js";

const DAYS = {
  CarePlan: ["period"],
  Condition: ["recordedDate", "onsetDateTime", "onsetPeriod"],
  DiagnosticReport: ["effectiveDateTime", "effectivePeriod", "issued"],
  Encounter: ["period"],
  ImagingStudy: ["started"],
  Immunization: ["occurrenceDateTime"],
  MedicationRequest: ["authoredOn"],
  Observation: ["effectiveDateTime", "effectivePeriod", "effectiveInstant", "issued"],
  Procedure: ["performedDateTime", "performedPeriod"],
  QuestionnaireResponse: ["authored"],
  ServiceRequest: ["authoredOn"],
};

export const list = (value) => (Array.isArray(value) ? value : []);

// The resources of what a query answered: one resource, or the matches of a searchset.
export function resourcesIn(answer) {
  if (answer?.resourceType !== "Bundle")
    return answer?.resourceType && answer.resourceType !== "OperationOutcome" ? [answer] : [];
  return list(answer.entry)
    .map((entry) => entry?.resource)
    .filter((resource) => resource?.resourceType && resource.resourceType !== "OperationOutcome");
}

export function subjectOf(resource, otherwise = "") {
  const reference = resource.subject?.reference ?? resource.patient?.reference;
  return typeof reference === "string" ? reference.split("/").at(-1) : otherwise;
}

// The day of a record as it stands there, in whatever precision; empty where there is none.
export function dayOf(resource) {
  for (const name of DAYS[resource.resourceType] ?? []) {
    const value = resource[name];
    const day = typeof value === "object" && value !== null ? (value.start ?? value.end) : value;
    if (typeof day === "string" && day) return day.slice(0, 10);
  }
  return "";
}

export function words(concept) {
  const coding = list(concept?.coding);
  return String(concept?.text ?? coding.find((each) => each?.display)?.display ?? coding[0]?.code ?? "not named");
}

// LOINC's long names end with unit and method: the chart shows what was measured.
export const shortWords = (concept) => words(concept).split(" [")[0];

export const codesOf = (concept) =>
  list(concept?.coding)
    .map((each) => each?.code)
    .filter(Boolean);

export const statusOf = (concept) => list(concept?.coding)[0]?.code ?? words(concept);

export function nameOf(patient) {
  const names = list(patient?.name);
  const name = names.find((each) => each?.use === "official") ?? names[0];
  return name ? (name.text ?? [...list(name.given), name.family].filter(Boolean).join(" ")) : "Name not on record";
}

export function recordNumber(patient) {
  const identifiers = list(patient?.identifier);
  const numbered =
    identifiers.find((each) => list(each?.type?.coding).some((coding) => coding?.code === "MR")) ?? identifiers[0];
  return numbered?.value ?? "none";
}

// Full years between two days; null where the first is not known to the day.
export function age(birthDate, day) {
  if (!/^\d{4}-\d\d-\d\d$/.test(birthDate ?? "")) return null;
  const years = Number(day.slice(0, 4)) - Number(birthDate.slice(0, 4));
  return day.slice(5) < birthDate.slice(5) ? years - 1 : years;
}

const UNITS = { Cel: "°C", "{score}": "points" };

const unitOf = ({ unit, code }) => UNITS[unit] ?? unit ?? UNITS[code] ?? code ?? "(no unit)";

const quantity = (value) => `${value.comparator ?? ""}${value.value ?? "?"} ${unitOf(value)}`;

export function valueText(resource) {
  if (resource.valueQuantity) return quantity(resource.valueQuantity);
  if (resource.valueCodeableConcept) return words(resource.valueCodeableConcept);
  const parts = list(resource.component)
    .filter((part) => part?.valueQuantity)
    .map((part) => part.valueQuantity);
  if (parts.length > 0) return `${parts.map((part) => part.value).join("/")} ${parts[0].unit ?? ""}`.trim();
  const plain = resource.valueString ?? resource.valueInteger ?? resource.valueBoolean ?? resource.valueDateTime;
  return plain === undefined ? "no value" : String(plain);
}

export const isOf = (resource, category) => list(resource.category).some((each) => codesOf(each).includes(category));

// The end of a visit's line: why it was.
export const reasonText = (resource) => list(resource.reasonCode).map(words).join(", ");

export const periodText = (period) =>
  period?.end ? `${dayText(period.start)} to ${dayText(period.end)}` : dayText(period?.start);
