// Draws a plot over each table from the table itself, so that the two can never differ. Without it the page is whole.

const COLOURS = ["#1f4e79", "#c2571a", "#8a94a3"], INK = "#1b2430", GRID = "#d5dbe3", ROW_HEIGHT = 26;
const TEXT = { color: INK, fontFamily: "system-ui, sans-serif" };

// A figure that a row does not show leaves a gap: nothing is drawn in its place.
function column(table, rows, figure) {
  return {
    name: table.querySelector(`th[data-figure="${figure}"]`).textContent,
    values: rows.map((row) => row.querySelector(`data[data-figure="${figure}"]`)?.value ?? null),
  };
}

// A bar without one of its parts would look like a shorter one: its row is left empty and says so.
function whole(names, columns, notDrawn) {
  const lacks = names.map((_, index) => columns.some(({ values }) => values[index] === null));
  return {
    names: names.map((name, index) => (lacks[index] ? notDrawn.replace("{name}", name) : name)),
    columns: columns.map(({ name, values }) => ({ name, values: values.map((value, index) => (lacks[index] ? null : value)) })),
  };
}

function series(kind) {
  return ({ name, values }, index) => ({
    name,
    type: kind === "line" ? "line" : "bar",
    data: values,
    itemStyle: { color: COLOURS[index] },
    ...(kind === "line" && { lineStyle: { color: COLOURS[index], type: index ? "dashed" : "solid" }, symbolSize: 5 }),
    ...(kind === "bars" && { stack: "all", barMaxWidth: 18 }),
  });
}

function option({ kind, names, columns }) {
  const value = { type: "value", min: 0, axisLabel: { color: INK }, splitLine: { lineStyle: { color: GRID } } };
  const category = { type: "category", data: names, axisLabel: { color: INK, hideOverlap: true }, axisTick: { show: false } };
  const flat = kind === "bars";
  return {
    animation: false,
    aria: { enabled: false },
    textStyle: TEXT,
    legend: { top: 0, textStyle: TEXT, show: columns.length > 1 },
    grid: { left: 8, right: 18, top: 34, bottom: 8, containLabel: true },
    tooltip: { trigger: "axis", renderMode: "richText" },
    xAxis: flat ? value : category,
    yAxis: flat ? { ...category, inverse: true } : value,
    series: columns.map(series(kind)),
  };
}

function draw(figure) {
  const table = figure.querySelector("table"), kind = figure.dataset.plot;
  const rows = [...table.tBodies[0].rows].filter((row) => !row.classList.contains("total"));
  const columns = figure.dataset.figures.split(" ").map((name) => column(table, rows, name));
  const names = rows.map((row) => row.cells[0].textContent);
  const place = document.createElement("div");
  place.className = "plot";
  place.setAttribute("role", "img");
  place.setAttribute("aria-label", `${figure.closest("section").querySelector("h2").textContent}: ${columns.map(({ name }) => name).join(", ")}`);
  figure.prepend(place);
  if (kind === "bars") {
    place.style.height = `${70 + rows.length * ROW_HEIGHT}px`;
  }
  const chart = window.echarts.init(place, null, { renderer: "svg" });
  chart.setOption(option({ kind, ...(kind === "bars" ? whole(names, columns, figure.dataset.notDrawn) : { names, columns }) }));
  return chart;
}

if (window.echarts) {
  const charts = [...document.querySelectorAll("figure[data-plot]")].map(draw);
  window.addEventListener("resize", () => charts.forEach((chart) => chart.resize()));
}
