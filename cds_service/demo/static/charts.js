// Charts to open: of the demo's FHIR endpoint, of a Bundle that stays in the page, of a FHIR server that the service reads.
// A chart is {id, kind, patient, resources, fhirServer, prefetch, portrait}; `resources` is null where the page can't read them.

import { discovered } from "./service.js";
import { resourcesIn, subjectOf } from "./fhir.js";

const DEMO_FHIR = `${location.origin}/demo/fhir`;
const TOKEN = "{{context.patientId}}";

// As an EHR does it: each template filled in and asked for; what failed goes in as the server's OperationOutcome.
async function fetched(templates, base, patientId) {
  const asked = Object.entries(templates).map(async ([key, template]) => {
    const answer = await fetch(`${base}/${template.replaceAll(TOKEN, patientId)}`, {
      headers: { Accept: "application/fhir+json" },
    });
    return [key, await answer.json()];
  });
  return Object.fromEntries(await Promise.all(asked));
}

function fromResources(templates, patient, resources) {
  const filled = Object.entries(templates).map(([key, template]) => {
    const [type] = template.split(/[/?]/, 1);
    if (!template.includes("?")) return [key, patient];
    const entry = resources.filter((each) => each.resourceType === type).map((resource) => ({ resource }));
    return [
      key,
      { resourceType: "Bundle", type: "searchset", total: entry.length, ...(entry.length > 0 ? { entry } : {}) },
    ];
  });
  return Object.fromEntries(filled);
}

export async function demoChart(portrait) {
  const { templates } = await discovered();
  const prefetch = await fetched(templates, DEMO_FHIR, portrait.id);
  const resources = Object.values(prefetch).flatMap(resourcesIn);
  return {
    id: portrait.id,
    kind: "demo",
    patient: prefetch.patient,
    resources,
    fhirServer: DEMO_FHIR,
    prefetch,
    portrait,
  };
}

export async function ownChart(patient, everything) {
  const { templates } = await discovered();
  const alone = everything.filter((each) => each.resourceType === "Patient").length === 1;
  const resources = everything.filter(
    (each) => each === patient || subjectOf(each, alone ? patient.id : "") === patient.id,
  );
  return { id: patient.id, kind: "bundle", patient, resources, prefetch: fromResources(templates, patient, resources) };
}

// The page's own policy lets it read this host only: of other servers it shows the cards, and says why not the chart.
export async function serverChart(base, patientId) {
  const fhirServer = base.replace(/\/+$/, "");
  if (!fhirServer.startsWith(`${location.origin}/`))
    return { id: patientId, kind: "server", patient: null, resources: null, fhirServer };
  const { templates } = await discovered();
  const read = await fetched(templates, fhirServer, patientId);
  const patient = read.patient?.resourceType === "Patient" ? read.patient : null;
  return { id: patientId, kind: "server", patient, resources: Object.values(read).flatMap(resourcesIn), fhirServer };
}
