// What stands behind an answer: each site's outcome, each rule as fired, not fired or cannot tell, what was not checked; the JSON.

import { byId, dayText, element } from "./dom.js";
import { getJson } from "./service.js";

const TRACE = "org.recurrence-cds.assessment";
const SITES = {
  local: "Breast and chest wall",
  "regional-node": "Lymph nodes",
  regionalnode: "Lymph nodes",
  brain: "Brain",
  bone: "Bone and marrow",
  liver: "Liver",
  lung: "Lung",
};
const OUTCOMES = {
  card: "Card",
  "nothing-found": "Nothing found",
  explained: "Explained by something on record",
  "before-cancer": "Before the cancer",
  "too-old": "Too long ago",
  negated: "Denied",
  "already-done": "Work-up already done",
  "not-in-scope": "Not in scope",
  "cannot-tell": "Cannot tell",
};
const RULES = [
  ["fired", "Fired"],
  ["cannot-tell", "Cannot tell"],
  ["not-fired", "Not fired"],
];

let titles = {};

// The trace has ids; what a rule is about is asked for once.
export async function loadTitles() {
  titles = await getJson("/demo/rules");
}

const titled = (rule) => (titles[rule.id] ? `${rule.id} ${titles[rule.id]}` : rule.id);

export function showTrace(request, answer) {
  const trace = answer.extension?.[TRACE];
  byId("trace")
    .querySelector("div")
    .replaceChildren(...(trace ? parts(trace) : [element("p", { className: "quiet" }, "The answer has no trace.")]));
  byId("request").textContent = JSON.stringify(request, null, 2);
  byId("response").textContent = JSON.stringify(answer, null, 2);
}

function parts(trace) {
  const missing = trace.notAssessable ?? [];
  return [
    element(
      "p",
      {},
      `As of ${dayText(trace.asOf)} · ruleset ${trace.ruleset}${trace.state ? ` · history: ${trace.state}` : ""}`,
    ),
    ...trace.sites.map(site),
    element("h4", {}, "Not assessable"),
    missing.length > 0
      ? element(
          "ul",
          {},
          missing.map(({ source, reason }) => element("li", {}, `${source}: ${reason}`)),
        )
      : element("p", { className: "quiet" }, "Everything that was asked for could be read."),
    trace.flagged ? element("p", {}, `Counted although strict validation fails: ${trace.flagged.join(", ")}`) : null,
  ].filter(Boolean);
}

function site(each) {
  const groups = RULES.map(([outcome, name]) => [
    outcome,
    name,
    (each.rules ?? []).filter((rule) => rule.outcome === outcome),
  ]);
  return element(
    "div",
    { className: "site", data: { outcome: each.outcome } },
    element(
      "h4",
      {},
      SITES[each.site] ?? each.site,
      element("span", { className: "tag" }, OUTCOMES[each.outcome] ?? each.outcome),
    ),
    element(
      "dl",
      {},
      groups
        .filter(([, , rules]) => rules.length > 0)
        .map(([outcome, name, rules]) =>
          element(
            "div",
            { className: outcome },
            element("dt", {}, name),
            element("dd", {}, rules.map(titled).join("; ")),
          ),
        ),
    ),
  );
}
