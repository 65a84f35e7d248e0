// What becomes of a card: orders are accepted, or the card is overridden with a reason. Each outcome is reported once.

import { button, byId, element } from "./dom.js";
import { report } from "./feedback.js";
import { showChart } from "./chart.js";
import { addDrafts, state } from "./state.js";

const now = () => new Date().toISOString();

export function outcomeBlock(card, chart) {
  const block = element("div", { className: "outcome" });
  const suggestions = card.suggestions ?? [];
  const override = overrideForm(card, (text) => {
    block.replaceChildren(element("p", { className: "done", tabIndex: -1 }, text));
    block.firstChild.focus();
  });
  if (suggestions.length > 0) block.append(suggestionForm(card, suggestions, chart, () => override.remove()));
  block.append(override);
  return block;
}

const choiceOf = (card) => (card.selectionBehavior === "at-most-one" ? "radio" : "checkbox");

function suggestionForm(card, suggestions, chart, onAccepted) {
  const group = `orders-${card.uuid}`;
  const open = new Map();
  const rows = suggestions.map((suggestion, number) => {
    const box = element("input", {
      type: choiceOf(card),
      name: group,
      id: `${group}-${number}`,
      checked: suggestion.isRecommended === true,
    });
    const described = (suggestion.actions ?? [])
      .map((action) => action.description)
      .filter((text) => text && text !== suggestion.label);
    const row = element(
      "li",
      {},
      box,
      element(
        "label",
        { htmlFor: box.id },
        suggestion.label,
        suggestion.isRecommended ? element("span", { className: "recommended" }, "recommended") : null,
        described.map((text) => element("span", { className: "quiet" }, text)),
      ),
    );
    open.set(suggestion, { box, row });
    return row;
  });
  const add = button("", () => accept(), { className: "primary" });
  const chosen = () => [...open].filter(([, { box }]) => box.checked).map(([suggestion]) => suggestion);
  const relabel = () => {
    const count = chosen().length;
    add.textContent =
      count === 0 ? "Choose an order to add" : `Add ${count} ${count === 1 ? "order" : "orders"} as draft`;
    add.disabled = count === 0;
  };

  async function accept() {
    const taken = chosen();
    addDrafts(
      chart,
      taken.flatMap((each) =>
        (each.actions ?? []).filter((action) => action.type === "create").map((action) => action.resource),
      ),
    );
    for (const each of taken) {
      open
        .get(each)
        .row.replaceChildren(element("span", { className: "added" }, `✓ Added to draft orders: ${each.label}`));
      open.delete(each);
    }
    if (choiceOf(card) === "radio") for (const { row } of open.values()) row.remove();
    if (open.size === 0 || choiceOf(card) === "radio") add.remove();
    else relabel();
    onAccepted();
    legend.focus();
    if (state.chart === chart) showChart(chart);
    byId("status").textContent = `${taken.length} draft ${taken.length === 1 ? "order" : "orders"} added to the chart.`;
    await report({
      card: card.uuid,
      outcome: "accepted",
      acceptedSuggestions: taken.map((each) => ({ id: each.uuid })),
      outcomeTimestamp: now(),
    });
  }

  const legend = element("legend", { tabIndex: -1 }, "Suggested orders");
  const fieldset = element("fieldset", {}, legend, element("ul", {}, rows), add);
  fieldset.addEventListener("change", relabel);
  relabel();
  return fieldset;
}

function overrideForm(card, onDone) {
  const reasons = card.overrideReasons ?? [];
  const select = element(
    "select",
    { id: `reason-${card.uuid}` },
    element("option", { value: "" }, "Choose a reason …"),
    reasons.map((reason, number) => element("option", { value: String(number) }, reason.display ?? reason.code)),
  );
  const comment = element("textarea", { id: `comment-${card.uuid}`, rows: 2, maxLength: 1000 });
  const fault = element("p", { className: "fault", aria: { role: "alert" } });
  const form = element(
    "form",
    {},
    reasons.length > 0 ? [element("label", { htmlFor: select.id }, "Reason"), select] : [],
    element("label", { htmlFor: comment.id }, "Comment (optional)"),
    comment,
    fault,
    element("button", { type: "submit", className: "primary" }, "Override this card"),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const reason = reasons[Number(select.value)];
    if (reasons.length > 0 && select.value === "") {
      fault.textContent = "Choose a reason.";
      select.focus();
      return;
    }
    const userComment = comment.value.trim();
    const why = {
      ...(reason ? { reason: { code: reason.code, system: reason.system } } : {}),
      ...(userComment ? { userComment } : {}),
    };
    const done = `Overridden: ${reason?.display ?? (userComment || "no reason given")}.`;
    onDone(done);
    byId("status").textContent = done;
    const item = { card: card.uuid, outcome: "overridden", outcomeTimestamp: now() };
    await report(Object.keys(why).length > 0 ? { ...item, overrideReason: why } : item);
  });
  return element("details", { className: "override" }, element("summary", {}, "Override …"), form);
}
