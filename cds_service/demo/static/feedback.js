// Feedback on cards: what this EHR sent with the answer's status, and what the service says has arrived.

import { byId, dayText, element } from "./dom.js";
import { getJson, sendFeedback } from "./service.js";

const KEPT = 20;
const sent = [];

// Send one outcome of one card, and show that it arrived.
export async function report(item) {
  const entry = { item, status: "on its way" };
  sent.unshift(entry);
  sent.length = Math.min(sent.length, KEPT);
  byId("feedback").open = true;
  await show();
  try {
    const { ok, status, body } = await sendFeedback(item);
    entry.status = ok ? `answered ${status}` : `refused ${status}: ${body.issue?.[0]?.details?.text ?? ""}`;
  } catch (error) {
    entry.status = `not sent: ${error.message}`;
  }
  await show();
}

function lines(title, rows, none) {
  const shown =
    rows.length > 0 ? element("ol", { className: "log" }, rows) : element("p", { className: "quiet" }, none);
  return [element("h4", {}, title), shown];
}

function said(item) {
  const count = item.acceptedSuggestions?.length;
  if (item.outcome === "accepted") return `accepted: ${count} ${count === 1 ? "suggestion" : "suggestions"}`;
  return item.overrideReason?.reason ? `overridden: ${item.overrideReason.reason.code}` : "overridden";
}

const clock = (moment) => `${dayText(moment)}, ${moment.slice(11, 19)} UTC`;

async function received() {
  try {
    return await getJson("/demo/feedback");
  } catch {
    return [];
  }
}

export async function show() {
  const arrived = await received();
  byId("feedback")
    .querySelector("div")
    .replaceChildren(
      ...lines("Sent by this page", sent.map(sentLine), "Nothing yet: accept an order, or override a card."),
      ...lines("Received by the service, newest first", arrived.map(receivedLine), "Nothing yet."),
    );
}

function sentLine({ item, status }) {
  const body = JSON.stringify({ feedback: [item] }, null, 2);
  const json = element("pre", { tabIndex: 0, aria: { label: "Feedback as JSON", role: "region" } }, body);
  return element("li", {}, element("b", {}, said(item)), ` · ${status}`, json);
}

function receivedLine(item) {
  const comment = item.overrideReason?.userComment;
  return element(
    "li",
    {},
    element("b", {}, said(item)),
    ` · card ${item.card.slice(0, 8)} · ${clock(item.received)}`,
    comment ? element("q", {}, comment) : null,
  );
}
