// The chart's numbers as a table, for those who cannot or would rather not read lines. Made when opened.
const MOST = 500;

export function table(figure, meta, series) {
  const details = figure.querySelector("[data-chart-table]");
  if (!details) return;
  const place = details.querySelector(".table-wrap");
  const fill = () => { if (details.open) place.replaceChildren(made(meta, series)); };
  details.ontoggle = fill;
  fill();
}

function made(meta, series) {
  const whole = document.createElement("table");
  whole.className = "table";
  const head = whole.createTHead().insertRow();
  for (const name of [meta.x || "x", ...series.keys()]) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.className = "num";
    cell.textContent = name;
    head.append(cell);
  }
  const xs = [...new Set([...series.values()].flatMap((points) => [...points.keys()]))].sort((a, b) => a - b);
  const body = whole.createTBody();
  for (const x of xs.slice(-MOST)) {
    const row = body.insertRow();
    for (const value of [x, ...[...series.values()].map((points) => points.get(x)?.[0])]) {
      const cell = row.insertCell();
      cell.className = "num";
      cell.textContent = value == null ? "" : String(Number(value.toPrecision(5)));
    }
  }
  return whole;
}
