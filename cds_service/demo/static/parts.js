// What the parts of a chart are made of: a titled section, a line with its state and day, the order of time.

import { element } from "./dom.js";
import { dayOf } from "./fhir.js";

// One part of the chart; what is not there is said.
export function section(title, children, none = "") {
  const id = `section-${title.toLowerCase().replaceAll(" ", "-")}`;
  const content = children.length > 0 ? children : [element("p", { className: "quiet" }, none)];
  return element("section", { className: "part", aria: { labelledby: id } }, element("h3", { id }, title), ...content);
}

export const newestFirst = (resources) => [...resources].sort((a, b) => dayOf(b).localeCompare(dayOf(a)));

export function row(text, tag, note) {
  return element(
    "li",
    {},
    element("span", { className: "what" }, text),
    tag ? element("span", { className: `tag ${tag.kind ?? ""}` }, tag.text) : null,
    element("span", { className: "when" }, note),
  );
}

export const rows = (lines) => (lines.length > 0 ? [element("ul", { className: "rows" }, lines)] : []);
