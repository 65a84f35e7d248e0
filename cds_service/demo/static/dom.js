// Elements of the page. All text goes in as text; HTML comes from the service's own Markdown renderer only.

export const byId = (id) => document.getElementById(id);

export function element(tag, properties = {}, ...children) {
  const { aria = {}, data = {}, ...rest } = properties;
  const node = Object.assign(document.createElement(tag), rest);
  for (const [name, value] of Object.entries(aria)) node.setAttribute(name === "role" ? "role" : `aria-${name}`, value);
  Object.assign(node.dataset, data);
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

export const button = (text, onclick, properties = {}) =>
  element("button", { type: "button", className: "plain", onclick, ...properties }, text);

export function table(caption, columns, rows) {
  const heads = columns.map((name) => element("th", { scope: "col" }, name));
  const body = rows.map(([first, ...cells]) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, first),
      cells.map((cell) => element("td", {}, cell)),
    ),
  );
  return element(
    "table",
    {},
    element("caption", { className: "hidden" }, caption),
    element("thead", {}, element("tr", {}, heads)),
    element("tbody", {}, body),
  );
}

// A link to elsewhere: a new tab that can't reach back. What is no web address stays text.
export function linked(label, url) {
  if (!/^https?:\/\//i.test(url ?? "")) return label;
  return element(
    "a",
    { href: url, target: "_blank", rel: "noopener noreferrer" },
    label,
    element("span", { className: "hidden" }, " (opens in a new tab)"),
  );
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

// A FHIR date or date and time as people write its day; what is no date is shown as it stands.
export function dayText(text) {
  if (typeof text !== "string" || text === "") return "no date";
  const [year, month, day] = text.slice(0, 10).split("-");
  if (!/^\d{4}$/.test(year)) return text;
  if (!month) return year;
  const name = MONTHS[Number(month) - 1];
  if (!day) return name ? `${name} ${year}` : text;
  return isDay(text.slice(0, 10)) ? `${Number(day)} ${name} ${year}` : `${text} (no such day)`;
}

export function isDay(text) {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

export const daysLater = (day, days) =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

export const daysBetween = (first, last) =>
  Math.round((Date.parse(`${last}T00:00:00Z`) - Date.parse(`${first}T00:00:00Z`)) / 86_400_000);
