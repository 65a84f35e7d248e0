// The day that the service is asked about: a date, steps of a week, a slider, and the days that a chart names.

import { button, byId, dayText, daysBetween, daysLater, element, isDay } from "./dom.js";
import { state } from "./state.js";

const PATIENCE_MS = 150; // a slider that moves asks once, where it comes to rest

// Call `changed` whenever another day is chosen.
export function watchDay(changed) {
  let waiting;
  const moved = (day, wait = 0) => {
    if (!isDay(day) || day < "1900-01-01" || day > "2199-12-31" || day === state.asOf) return;
    state.asOf = day;
    showDay();
    clearTimeout(waiting);
    waiting = setTimeout(changed, wait);
  };
  byId("as-of").addEventListener("change", (event) => moved(event.target.value));
  byId("slide").addEventListener("input", (event) =>
    moved(daysLater(state.today, Number(event.target.value)), PATIENCE_MS),
  );
  byId("to-today").addEventListener("click", () => moved(state.today));
  for (const step of document.querySelectorAll("[data-step]"))
    step.addEventListener("click", () => moved(daysLater(state.asOf, Number(step.dataset.step))));
  byId("moments").addEventListener("click", (event) => moved(event.target.closest("button")?.dataset.day ?? ""));
}

export function showDay() {
  const slide = byId("slide");
  byId("as-of").value = state.asOf;
  slide.value = daysBetween(state.today, state.asOf);
  slide.setAttribute("aria-valuetext", dayText(state.asOf));
  byId("to-today").disabled = state.asOf === state.today;
  for (const moment of byId("moments").querySelectorAll("button"))
    moment.setAttribute("aria-pressed", String(moment.dataset.day === state.asOf));
}

export function showMoments(moments) {
  byId("moments").hidden = moments.length === 0;
  byId("moments").replaceChildren(
    ...moments.map(({ asOf, label }) =>
      element("li", {}, button([element("b", {}, label), ` ${dayText(asOf)}`], null, { data: { day: asOf } })),
    ),
  );
  showDay();
}
