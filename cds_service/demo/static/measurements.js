// Vital signs, the weights in a row, and laboratory values against the range that stands on each report.

import { dayText, element, table } from "./dom.js";
import { codesOf, dayOf, isOf, list, shortWords, valueText } from "./fhir.js";
import { newestFirst, section } from "./parts.js";

const WEIGHT = "29463-7";
const FLAGS = { H: "High", HH: "Critically high", L: "Low", LL: "Critically low", N: "In range", A: "Abnormal" };
const SHOWN_WEIGHTS = 6;

const isWeight = (each) => codesOf(each.code).includes(WEIGHT);

// The newest of each kind, with the one before it.
function newestOfEach(observations) {
  const kinds = new Map();
  for (const each of newestFirst(observations)) {
    const kind = shortWords(each.code);
    kinds.set(kind, [...(kinds.get(kind) ?? []), each]);
  }
  return [...kinds];
}

const newestCell = (each) => [
  element("b", {}, valueText(each)),
  element("span", { className: "when" }, dayText(dayOf(each))),
];

const beforeCell = (each) =>
  each ? [valueText(each), element("span", { className: "when" }, dayText(dayOf(each)))] : "–";

export function vitalSection(observations) {
  const vitals = observations.filter((each) => isOf(each, "vital-signs") && !isWeight(each));
  const lines = newestOfEach(vitals).map(([kind, [newest, before]]) => [kind, newestCell(newest), beforeCell(before)]);
  const shown = lines.length > 0 ? [table("Newest vital signs", ["Vital sign", "Newest", "Before"], lines)] : [];
  return section("Vital signs", shown, "No vital signs on record.");
}

export function weightSection(observations) {
  const newest = newestFirst(observations.filter(isWeight)).slice(0, SHOWN_WEIGHTS + 1);
  const lines = newest
    .slice(0, SHOWN_WEIGHTS)
    .map((each, index) => [dayText(dayOf(each)), element("b", {}, valueText(each)), change(each, newest[index + 1])]);
  const shown = lines.length > 0 ? [table("Weights, newest first", ["Day", "Weight", "Change"], lines)] : [];
  return section("Weight", shown, "No weights on record.");
}

function change(later, earlier) {
  const [now, before] = [later, earlier].map((each) => each?.valueQuantity);
  if (!before) return "–";
  if (!now?.unit || now.unit !== before.unit || !(before.value > 0) || typeof now.value !== "number") return "units differ or are missing";
  const difference = now.value - before.value;
  const sign = difference > 0 ? "+" : difference < 0 ? "−" : "";
  return `${sign}${Math.abs(difference).toFixed(1)} ${now.unit} (${sign}${Math.abs((100 * difference) / before.value).toFixed(1)} %)`;
}

export function laboratorySection(observations) {
  const values = observations.filter(
    (each) => isOf(each, "laboratory") || (each.referenceRange && !isOf(each, "vital-signs")),
  );
  const lines = newestOfEach(values).map(([kind, [newest, before]]) => [
    kind,
    newestCell(newest),
    flag(newest),
    rangeText(newest),
    beforeCell(before),
  ]);
  const shown = table("Newest laboratory values", ["Test", "Newest", "Flag", "Range", "Before"], lines);
  const scrolled = element(
    "div",
    { className: "wide", tabIndex: 0, aria: { role: "region", label: "Laboratory values" } },
    shown,
  );
  return section("Laboratory", lines.length > 0 ? [scrolled] : [], "No laboratory values on record.");
}

const limits = (each) => {
  const range = list(each.referenceRange)[0];
  return { low: range?.low?.value, high: range?.high?.value, text: range?.text };
};

function rangeText(each) {
  const { low, high, text } = limits(each);
  if (low !== undefined && high !== undefined) return `${low}–${high}`;
  if (high !== undefined) return `up to ${high}`;
  return low !== undefined ? `from ${low}` : (text ?? "not given");
}

// In words, as the laboratory flagged it, else by the report's own range.
function flag(each) {
  const given = list(each.interpretation)
    .flatMap(codesOf)
    .find((code) => FLAGS[code]);
  const { low, high } = limits(each);
  const value = each.valueQuantity?.value;
  let text = FLAGS[given];
  if (!text && typeof value === "number") {
    if (high !== undefined && value > high) text = "High";
    else if (low !== undefined && value < low) text = "Low";
    else if (low !== undefined || high !== undefined) text = "In range";
  }
  const off = text && text !== "In range";
  return element(
    "span",
    { className: off ? "flag off" : "flag" },
    text === "High" ? "↑ High" : text === "Low" ? "↓ Low" : (text ?? "No range"),
  );
}
