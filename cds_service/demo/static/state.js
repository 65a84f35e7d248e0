// What is open. It lives as long as the page does, and nowhere else.

export const state = {
  today: "", // the demo's own day: the charts are made for it
  asOf: "", // the day that the service is asked about
  language: "en", // the one that the cards are asked for in
  chart: null, // the open chart: see charts.js
  drafts: new Map(), // key of a chart -> accepted orders, which no server has
};

const keyOf = (chart) => `${chart.kind} ${chart.fhirServer ?? ""} ${chart.id}`;

export const draftsOf = (chart) => state.drafts.get(keyOf(chart)) ?? [];

export function addDrafts(chart, resources) {
  const named = (resource) => resource.code?.text ?? JSON.stringify(resource.code);
  const added = new Set(resources.map(named));
  state.drafts.set(keyOf(chart), [...draftsOf(chart).filter((draft) => !added.has(named(draft))), ...resources]);
}

// What a call wishes of the demo: one line for each wish, read by cds_service/hooks/demo_options.py.
export const wishes = () => ({
  asOf: state.asOf,
  language: state.language,
});
