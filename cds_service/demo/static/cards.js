// Cards as the standard's fields say: indicator, summary, Markdown detail, suggestions, override reasons, links, source.

import { byId, element, linked } from "./dom.js";
import { outcomeBlock } from "./outcome.js";
import { postJson } from "./service.js";

const LEVELS = { critical: "Critical", warning: "Warning", info: "Info" };
const MARKS = { critical: "▲", warning: "◆", info: "●" };
const ORDER = Object.keys(LEVELS);

export const levelOf = (card) => (Object.hasOwn(LEVELS, card.indicator) ? card.indicator : "info");

export const levelText = (level) => LEVELS[level];

const byLevel = (a, b) => ORDER.indexOf(levelOf(a)) - ORDER.indexOf(levelOf(b));

// The detail is GitHub-Flavored Markdown; the service's own renderer makes it safe HTML. Without it the text is shown as it is.
async function detailOf(card) {
  if (!card.detail) return null;
  try {
    const { ok, body } = await postJson("/demo/markdown", { markdown: card.detail });
    if (!ok) throw new Error("not rendered");
    const parsed = new DOMParser().parseFromString(body.html, "text/html");
    return element("div", { className: "detail" }, [...parsed.body.childNodes]);
  } catch {
    return element("p", { className: "detail as-text" }, card.detail);
  }
}

function linkOf(link) {
  if (link.type !== "smart") return element("li", {}, linked(link.label, link.url));
  return element(
    "li",
    {},
    element("button", { type: "button", className: "plain", disabled: true }, link.label),
    element("span", { className: "quiet" }, " opens by SMART launch, which this demo EHR does not do"),
  );
}

function sourceOf(source) {
  const topic = source?.topic?.display ?? source?.topic?.code;
  return element(
    "footer",
    {},
    element("span", {}, "Source: ", linked(source?.label ?? "not given", source?.url)),
    topic ? element("span", { className: "topic" }, "Topic: ", topic) : null,
  );
}

async function article(card, chart, number) {
  const level = levelOf(card);
  const id = `card-${number}`;
  const links = card.links?.length > 0 ? element("ul", { className: "links" }, card.links.map(linkOf)) : null;
  return element(
    "article",
    { className: `card ${level}`, aria: { labelledby: id }, data: { topic: card.source?.topic?.code ?? "" } },
    element(
      "p",
      { className: "level" },
      element("span", { aria: { hidden: "true" } }, `${MARKS[level]} `),
      LEVELS[level],
    ),
    element("h3", { id }, card.summary),
    await detailOf(card),
    links,
    outcomeBlock(card, chart),
    sourceOf(card.source),
  );
}

export async function showCards(cards, chart, milliseconds, isCurrent) {
  const sorted = [...cards].sort(byLevel);
  const articles = await Promise.all(sorted.map((card, number) => article(card, chart, number)));
  if (!isCurrent()) return;
  const none = element(
    "p",
    { className: "none" },
    "No card. The service read the chart and has nothing to say for this day.",
  );
  byId("cards").replaceChildren(...(articles.length > 0 ? articles : [none]));
  const count = { 0: "No card", 1: "1 card" }[cards.length] ?? `${cards.length} cards`;
  const highest = sorted.length > 0 ? `, ${LEVELS[levelOf(sorted[0])].toLowerCase()}` : "";
  byId("status").textContent = `${count}${highest} · answered in ${milliseconds} ms`;
}

export function showFailure(title, text) {
  byId("status").textContent = title;
  byId("cards").replaceChildren(element("p", { className: "failed" }, text));
}
