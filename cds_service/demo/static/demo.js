// The demo page: opens a chart like an electronic record would, and shows the cards that come back.
// Everything from a card is put in as text, never as HTML.

const SERVICE = "/cds-services/breast-cancer-recurrence";
const TRACE = "org.recurrence-cds.assessment";
const LEVELS = { critical: "Critical", warning: "Warning", info: "Info" };

const byId = (id) => document.getElementById(id);
let current = new AbortController();

function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children.filter((child) => child !== null));
  return node;
}

function listed(title, items) {
  if (items.length === 0) return [];
  return [element("h4", { textContent: title }), element("ul", {}, ...items.map((text) => element("li", { textContent: text })))];
}

// The detail's Markdown in its plain form: lists, bold and escaped signs become nodes, all else stays text.
function inline(text) {
  return text.split(/\*\*(.+?)\*\*/).map((part, index) => {
    const plain = part.replace(/\\([!-/:-@[-`{-~])/g, "$1");
    return index % 2 === 1 ? element("strong", { textContent: plain }) : plain;
  });
}

function detailBlock(block) {
  const lines = block.split("\n").filter((line) => line.trim() !== "");
  const isItem = (line) => /^[-*] /.test(line);
  const nodes = [];
  for (const line of lines) {
    if (!isItem(line)) nodes.push(element("p", {}, ...inline(line.trim())));
    else {
      if (nodes.at(-1)?.tagName !== "UL") nodes.push(element("ul"));
      nodes.at(-1).append(element("li", {}, ...inline(line.slice(2))));
    }
  }
  return element("div", { className: "block" }, ...nodes);
}

function suggestionText(suggestion) {
  const described = (suggestion.actions ?? []).map((action) => action.description).filter((text) => text && text !== suggestion.label);
  const recommended = suggestion.isRecommended ? " (recommended)" : "";
  return [suggestion.label + recommended, ...described].join(": ");
}

function linked(label, url) {
  const safe = /^https?:\/\//.test(url ?? "");
  return safe ? element("a", { textContent: label, href: url, rel: "noreferrer" }) : label;
}

function cardArticle(card) {
  const level = Object.hasOwn(LEVELS, card.indicator) ? card.indicator : "info";
  return element(
    "article",
    { className: level },
    element("span", { className: "badge", textContent: LEVELS[level] }),
    element("h3", { textContent: card.summary }),
    element("div", { className: "detail" }, ...(card.detail ?? "").split(/\n\s*\n/).map(detailBlock)),
    ...listed("Suggested orders", (card.suggestions ?? []).map(suggestionText)),
    ...listed("Reasons to override", (card.overrideReasons ?? []).map((reason) => reason.display)),
    ...(card.links ?? []).map((link) => element("p", {}, linked(link.label, link.url))),
    element("footer", {}, "Source: ", linked(card.source?.label ?? "not given", card.source?.url)),
  );
}

function lookedAt(answer) {
  const trace = answer.extension?.[TRACE] ?? {};
  const sites = (trace.sites ?? []).map((site) => `${site.site}: ${site.outcome}`);
  const missing = (trace.notAssessable ?? []).map(({ source, reason }) => `could not be read or checked: ${source} (${reason})`);
  return [...sites, ...missing];
}

function showTrace(request, answer) {
  const looked = lookedAt(answer);
  byId("looked-at").hidden = looked.length === 0;
  byId("looked-at").querySelector("ul").replaceChildren(...looked.map((text) => element("li", { textContent: text })));
  byId("request").textContent = JSON.stringify(request, null, 2);
  byId("response").textContent = JSON.stringify(answer, null, 2);
  byId("trace").hidden = false;
}

function showCards(cards, milliseconds) {
  const words = { 0: "No card", 1: "1 card" }[cards.length] ?? `${cards.length} cards`;
  byId("status").textContent = `${words}, answered in ${milliseconds} ms`;
  byId("cards").replaceChildren(
    ...(cards.length > 0
      ? cards.map(cardArticle)
      : [element("p", { className: "none", textContent: "The service read the chart and has nothing to say." })]),
  );
}

function showFailure(title, text) {
  byId("status").textContent = title;
  byId("cards").replaceChildren(element("p", { className: "failed", textContent: text }));
}

function outcomeText(answer) {
  const issue = answer.issue?.[0] ?? {};
  return issue.details?.text ?? issue.diagnostics ?? "The answer says no more.";
}

async function call(request, signal) {
  const answer = await fetch(SERVICE, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(request),
    signal,
  });
  return { ok: answer.ok, status: answer.status, body: await answer.json() };
}

function chartRequest(patient) {
  return {
    hook: "patient-view",
    hookInstance: crypto.randomUUID(),
    fhirServer: `${location.origin}/demo/fhir`,
    context: { userId: "Practitioner/demo-clinician", patientId: patient.id },
  };
}

function markChosen(patient, button) {
  for (const other of byId("patients").querySelectorAll("button")) other.removeAttribute("aria-current");
  button.setAttribute("aria-current", "true");
  byId("result-title").textContent = patient.name;
  byId("about").textContent = `${patient.gender}, born ${patient.birthDate}. ${patient.about}`;
  byId("sandbox").href = patient.sandbox;
  byId("status").textContent = "The service is reading the chart …";
  byId("cards").replaceChildren();
  byId("trace").hidden = true;
  byId("result-title").focus({ preventScroll: true });
}

function scrollToResult() {
  const oneColumn = matchMedia("(max-width: 51.99rem)").matches;
  byId("result-title").scrollIntoView({ block: oneColumn ? "start" : "nearest" });
}

async function openChart(patient, button) {
  current.abort();
  current = new AbortController();
  const { signal } = current;
  markChosen(patient, button);
  history.replaceState(null, "", `#${patient.id}`);
  const request = chartRequest(patient);
  const started = performance.now();
  try {
    const answer = await call(request, signal);
    if (answer.ok) showCards(answer.body.cards ?? [], Math.round(performance.now() - started));
    else showFailure(`The service refused the call (${answer.status}).`, outcomeText(answer.body));
    showTrace(request, answer.body);
    scrollToResult();
  } catch (error) {
    if (!signal.aborted) showFailure("The service did not answer.", String(error));
  }
}

function patientButton(patient) {
  const button = element("button", { type: "button" }, element("b", { textContent: patient.name }), element("span", { textContent: patient.about }));
  button.addEventListener("click", () => openChart(patient, button));
  return button;
}

async function start() {
  const patients = await (await fetch("/demo/patients")).json();
  const buttons = patients.map(patientButton);
  byId("patients").replaceChildren(...buttons.map((button) => element("li", {}, button)));
  const asked = patients.findIndex((patient) => `#${patient.id}` === location.hash);
  if (asked >= 0) openChart(patients[asked], buttons[asked]);
}

start().catch((error) => showFailure("The list of patients could not be read.", String(error)));
