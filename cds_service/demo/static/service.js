// The service as an EHR uses it: discovery, a call when a chart is opened, feedback on what became of a card.

import { wishes } from "./state.js";

const HOOK = "patient-view";
const BASE = "/cds-services";
const WISHES = "org.recurrence-cds.demo";

let found;

// The first service for patient-view: its path and its prefetch templates.
export function discovered() {
  found ??= getJson(BASE).then(({ services }) => {
    const service = services.find((each) => each.hook === HOOK);
    return { path: `${BASE}/${service.id}`, templates: service.prefetch ?? {} };
  });
  return found;
}

export async function getJson(path, options = {}) {
  const answer = await fetch(path, { headers: { Accept: "application/json" }, ...options });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return answer.json();
}

export async function postJson(path, body, signal) {
  const started = performance.now();
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    signal,
  });
  const read = await answer.json();
  return { status: answer.status, ok: answer.ok, body: read, milliseconds: Math.round(performance.now() - started) };
}

export function request(chart) {
  return {
    hook: HOOK,
    hookInstance: crypto.randomUUID(),
    ...(chart.fhirServer ? { fhirServer: chart.fhirServer } : {}),
    context: { userId: "Practitioner/demo-clinician", patientId: chart.id },
    ...(chart.prefetch ? { prefetch: chart.prefetch } : {}),
    extension: { [WISHES]: wishes() },
  };
}

export async function call(body, signal) {
  const { path } = await discovered();
  return postJson(path, body, signal);
}

export async function sendFeedback(item) {
  const { path } = await discovered();
  return postJson(`${path}/feedback`, { feedback: [item] });
}

// What the service says of a call that it refused.
export function reasonOf(outcome) {
  const issue = outcome.issue?.[0] ?? {};
  return issue.details?.text ?? issue.diagnostics ?? "The answer says no more.";
}
