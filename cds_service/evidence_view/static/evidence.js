// Draws a plot over each table from the table itself, so that the two can never differ. Without it the page is whole.

const COLOURS = { line: "#1f4e79", out: "#a3121f", limit: "#8a4b00", band: "rgba(31, 78, 121, 0.08)", ink: "#1b2430", grid: "#d5dbe3" };
const PAPER = { width: 660, height: 180 }, SCREEN = { width: "auto", height: "auto" }, LEAST_SPAN = 0.1, DAY_MS = 86_400_000, MONTH_MS = 28 * DAY_MS;

function points(table, selector) {
  return [...table.tBodies[0].rows].map((row) => {
    const data = row.querySelector(selector);
    return data && { day: row.querySelector("time").dateTime, value: Number(data.value), text: data.textContent, out: row.classList.contains("out") };
  }).filter(Boolean);
}

// A number as the page's language writes it.
function inWords(number) {
  return number.toLocaleString(document.documentElement.lang);
}

// Whole steps around the values and their limits, so that none lies on an edge and a small change does not look large.
function heights(values, line) {
  const all = line ? [...values, Number(line)] : values, low = Math.min(...all), high = Math.max(...all);
  const span = high - low, room = Math.max(span * 0.1, (high * LEAST_SPAN - span) / 2) || 1, step = 10 ** Math.floor(Math.log10(high - low + 2 * room)) / 2;
  const whole = (number, round) => Number((round(number / step) * step).toPrecision(6));
  return { min: Math.max(0, whole(low - room, Math.floor)), max: whole(high + room, Math.ceil) };
}

// A plot of a single day would have no width.
function days(values, first) {
  const oldest = Date.parse([first, values[0].day].filter(Boolean).sort()[0]), newest = Date.parse(values.at(-1).day);
  const room = Math.max(0, 2 * MONTH_MS - (newest - oldest)) / 2;
  return { min: oldest - room - DAY_MS, max: newest + room + DAY_MS };
}

function marks({ dataset }) {
  const label = { color: COLOURS.limit, formatter: dataset.lineLabel, position: "insideStartTop" };
  return {
    ...(dataset.line && { markLine: { silent: true, symbol: "none", animation: false, label, lineStyle: { color: COLOURS.limit, type: "dashed" }, data: [{ yAxis: Number(dataset.line) }] } }),
    ...(dataset.first && { markArea: { silent: true, animation: false, itemStyle: { color: COLOURS.band }, label: { color: COLOURS.ink, position: "insideTop" }, data: [[{ name: dataset.bandLabel, xAxis: dataset.first }, { xAxis: dataset.last }]] } }),
  };
}

function option(figure) {
  const { dataset } = figure, table = figure.querySelector("table");
  const values = points(table, "data.value"), limits = dataset.line ? [] : points(table, "data.limit");
  const across = days(values, dataset.first);
  if (limits.length) {
    limits.push({ ...limits.at(-1), day: across.max });
  }
  return {
    animation: false,
    aria: { enabled: false },
    textStyle: { color: COLOURS.ink, fontFamily: "system-ui, sans-serif" },
    grid: { left: 52, right: 18, top: 34, bottom: 30 },
    tooltip: { trigger: "item", renderMode: "richText", formatter: ({ seriesName, data }) => `${seriesName}\n${data.value[0]}: ${data.text} ${dataset.unit}` },
    xAxis: { type: "time", ...across, minInterval: MONTH_MS, axisLabel: { color: COLOURS.ink, hideOverlap: true, formatter: "{yyyy}-{MM}" }, splitLine: { show: false } },
    yAxis: { type: "value", name: dataset.unit, nameTextStyle: { color: COLOURS.ink }, ...heights([...values, ...limits].map(({ value }) => value), dataset.line), axisLabel: { color: COLOURS.ink, showMinLabel: false, showMaxLabel: false, formatter: inWords }, splitLine: { lineStyle: { color: COLOURS.grid } } },
    series: [
      {
        name: figure.querySelector("h3").textContent, type: "line", symbolSize: 9, lineStyle: { color: COLOURS.line }, ...marks(figure),
        data: values.map(({ day, value, text, out }) => ({ value: [day, value], text, symbol: out ? "diamond" : "circle", symbolSize: out ? 12 : 8, itemStyle: { color: out ? COLOURS.out : COLOURS.line } })),
      },
      ...(limits.length ? [{
        name: dataset.limitLabel, type: "line", step: "end", symbol: "none", lineStyle: { color: COLOURS.limit, type: "dashed" },
        endLabel: { show: false }, data: limits.map(({ day, value }) => [day, value]),
        markPoint: { silent: true, symbol: "circle", symbolSize: 0.1, data: [{ coord: [limits[0].day, limits[0].value] }], label: { formatter: dataset.limitLabel, color: COLOURS.limit, position: "right", distance: 2, offset: [0, -9] } },
      }] : []),
    ],
  };
}

function draw(figure) {
  const place = document.createElement("div");
  place.className = "plot";
  place.setAttribute("role", "img");
  place.setAttribute("aria-label", figure.querySelector("caption").textContent);
  figure.querySelector("details").before(place);
  const chart = window.echarts.init(place, null, { renderer: "svg" });
  chart.setOption(option(figure));
  return chart;
}

if ("dropQuery" in document.body.dataset) {
  history.replaceState(null, "", location.pathname);
}

const print = document.querySelector("#print");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}

if (window.echarts) {
  const charts = [...document.querySelectorAll("figure[data-plot]")].map(draw);
  const resize = (size) => charts.forEach((chart) => chart.resize(size));
  window.addEventListener("resize", () => resize(SCREEN));
  window.addEventListener("beforeprint", () => resize(PAPER));
  window.addEventListener("afterprint", () => resize(SCREEN));
}
