// The demo EHR: a list of patients, the chart that is opened, and the service's cards about it.

import { levelOf, levelText, showCards, showFailure } from "./cards.js";
import { showBanner, showChart } from "./chart.js";
import { demoChart } from "./charts.js";
import { showMoments, watchDay } from "./day.js";
import { byId, element } from "./dom.js";
import { age, dayOf, nameOf } from "./fhir.js";
import { show as showFeedback } from "./feedback.js";
import { watchOwn } from "./own.js";
import { call, getJson, reasonOf, request } from "./service.js";
import { state } from "./state.js";
import { loadTitles, showTrace } from "./trace.js";

let current = new AbortController();

// Ask the service about the open chart and show what it says; an older question is given up.
async function ask() {
  current.abort();
  current = new AbortController();
  const { signal } = current;
  const { chart } = state;
  const body = request(chart);
  byId("status").textContent = "The service is reading the chart …";
  byId("cards").setAttribute("aria-busy", "true");
  try {
    const answer = await call(body, signal);
    if (answer.ok) await showCards(answer.body.cards ?? [], chart, answer.milliseconds, () => !signal.aborted);
    else showFailure(`The service refused the call (${answer.status}).`, reasonOf(answer.body));
    if (signal.aborted) return;
    showTrace(body, answer.body);
    if (answer.ok && chart.portrait) mark(chart.portrait, answer.body.cards ?? []);
  } catch (error) {
    if (!signal.aborted) showFailure("The service did not answer.", String(error));
  } finally {
    if (!signal.aborted) byId("cards").setAttribute("aria-busy", "false");
  }
}

async function open(chart) {
  state.chart = chart;
  state.asOf = state.today;
  document.body.dataset.view = "chart";
  byId("empty").hidden = true;
  byId("open").hidden = false;
  byId("cards").replaceChildren();
  showMoments(chart.portrait?.moments ?? newest(chart));
  showBanner(chart);
  showChart(chart);
  showSandbox(chart);
  for (const part of [byId("cds"), byId("chart")]) part.scrollTop = 0;
  byId("name").focus({ preventScroll: true });
  scrollTo(0, 0);
  if (chart.kind !== "demo") {
    select(null);
    history.pushState(null, "", location.pathname);
  }
  await ask();
}

// A chart of long ago says nothing today: its newest record is a day worth looking at.
function newest(chart) {
  const days = (chart.resources ?? [])
    .map(dayOf)
    .filter((day) => day.length === 10)
    .sort();
  return days.length > 0 ? [{ asOf: days.at(-1), label: "Newest record" }] : [];
}

function showSandbox({ portrait }) {
  const link =
    portrait &&
    element("a", { href: portrait.sandbox, rel: "noreferrer" }, "Open this chart in the public CDS Hooks sandbox");
  byId("sandbox").replaceChildren(
    ...(link ? [link, ". Chrome from version 142 asks there for access to the local network: allow it."] : []),
  );
}

function mark(portrait, cards) {
  const level = ["critical", "warning", "info"].find((each) => cards.some((card) => levelOf(card) === each));
  const shown = byId(`patient-${portrait.id}`).querySelector(".mark");
  shown.className = `mark ${level ?? "silent"}`;
  shown.textContent = level ? levelText(level) : "No card";
}

function select(portrait) {
  for (const each of byId("patients").querySelectorAll("button")) each.removeAttribute("aria-current");
  if (portrait) byId(`patient-${portrait.id}`).setAttribute("aria-current", "true");
}

function patientButton(portrait) {
  const about = `${age(portrait.birthDate, state.today)} years, ${portrait.gender}`;
  return element(
    "button",
    {
      type: "button",
      id: `patient-${portrait.id}`,
      onclick: () => {
        location.hash = portrait.id;
      },
    },
    element("b", {}, portrait.name),
    element("span", { className: "quiet" }, about),
    element("span", { className: "mark" }),
    element("span", { className: "about" }, portrait.about),
  );
}

async function route(patients) {
  const { hash } = location;
  const portrait = patients.find((each) => `#${each.id}` === hash);
  if (hash === "") document.body.dataset.view = "list";
  if (!portrait) return;
  select(portrait);
  try {
    const chart = await demoChart(portrait);
    if (location.hash === hash) await open(chart); // another one may have been chosen since
  } catch (error) {
    showFailure("The chart could not be read.", String(error));
  }
}

function showList() {
  document.body.dataset.view = "list";
  history.pushState(null, "", location.pathname);
  byId("list-title").focus();
}

function watch(patients) {
  addEventListener("hashchange", () => route(patients));
  byId("back").addEventListener("click", showList);
  for (const each of document.querySelectorAll("[data-jump]"))
    each.addEventListener("click", () => {
      byId(each.dataset.jump).scrollIntoView();
      byId(each.dataset.jump).focus({ preventScroll: true });
    });
  watchDay(() => {
    showBanner(state.chart);
    showChart(state.chart);
    ask();
  });
  byId("language").addEventListener("change", (event) => {
    state.language = event.target.value;
    byId("cards").lang = state.language;
    showBanner(state.chart);
    ask();
  });
  watchOwn(open);
  byId("feedback").addEventListener("toggle", showFeedback, { once: true });
}

async function start() {
  const [{ today, patients }] = await Promise.all([getJson("/demo/patients"), loadTitles()]);
  Object.assign(state, { today, asOf: today });
  byId("patients").replaceChildren(...patients.map((portrait) => element("li", {}, patientButton(portrait))));
  watch(patients);
  const wide = matchMedia("(min-width: 60rem)").matches;
  if (!location.hash && wide) history.replaceState(null, "", `#${patients[0].id}`);
  await route(patients);
}

start().catch((error) => {
  byId("empty").textContent = `The list of patients could not be read. ${error}`;
});
