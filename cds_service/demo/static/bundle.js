// A chart that somebody brings as JSON: its patients and resources, or a sentence that says what to do.

import { list } from "./fhir.js";

export const MAX_BYTES = 25 * 1024 * 1024; // the service takes 32 MiB in all

export class NoChart extends Error {}

export async function readFile(file) {
  if (file.size > MAX_BYTES)
    throw new NoChart(
      `This file has ${Math.ceil(file.size / 1024 / 1024)} MiB; up to 25 MiB can be opened here. Choose a Bundle of one patient.`,
    );
  return readChart(await file.text());
}

export function readChart(text) {
  const { urls } = parsed(text, null);
  const { resources } = parsed(text, urls);
  const patients = resources.filter((each) => each.resourceType === "Patient" && typeof each.id === "string");
  if (patients.length === 0)
    throw new NoChart(
      "There is no Patient with an id in this file, so nobody knows whose chart it is. Choose a Bundle with its Patient.",
    );
  return { patients, resources };
}

// Twice: references to an entry's fullUrl (urn:uuid:…) become Type/id, which is known only when all is read.
function parsed(text, urls) {
  let content;
  try {
    content = JSON.parse(text, (key, value) =>
      key === "reference" && typeof value === "string" ? (urls?.get(value) ?? value) : value,
    );
  } catch {
    throw new NoChart("This file is not JSON. Choose a FHIR R4 Bundle saved as .json.");
  }
  const found = new Map();
  const resources = entriesOf(content).map(({ fullUrl, resource }) => {
    const named =
      typeof resource.id === "string"
        ? resource
        : { ...resource, id: String(fullUrl ?? "").replace(/^urn:uuid:/, "") || undefined };
    if (typeof fullUrl === "string" && named.id) found.set(fullUrl, `${named.resourceType}/${named.id}`);
    return named;
  });
  if (resources.length === 0)
    throw new NoChart(
      "This JSON is no FHIR Bundle with resources. Choose a Bundle, for example of a patient's $everything.",
    );
  return { resources, urls: found };
}

// Entries of a Bundle, also of Bundles within it; a resource by itself is one entry.
function entriesOf(content) {
  if (typeof content?.resourceType !== "string") return [];
  if (content.resourceType !== "Bundle") return [{ resource: content }];
  return list(content.entry).flatMap((entry) =>
    entry?.resource?.resourceType === "Bundle"
      ? entriesOf(entry.resource)
      : entriesOf(entry?.resource).map(({ resource }) => ({ fullUrl: entry.fullUrl, resource })),
  );
}
