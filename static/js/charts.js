// <figure data-chart>: lines over steps, from data-url or a JSON script inside. Format (docs/ui.md):
// {x, y, series: [{name, points: [[x, y], …], low: […], high: […], look: 2}], cursor, done}. Live charts ask for
// what came after the cursor; a point that comes again replaces the older one.
import uPlot from "../vendor/uPlot.esm.js";
import { axes, dashes, looks, resolve } from "./chart-look.js";
import { legend } from "./chart-legend.js";
import { table } from "./chart-table.js";

// uPlot stretches a level line at 0 to 0–100; a line at 0 or at 1 belongs on a scale of its own size.
function range(u, low, high) {
  if (low === null) return [0, 1];
  if (low === high) { low = Math.min(0, low); high = Math.max(low + 1, high); }
  return uPlot.rangeNum(low, high, 0.1, true);
}

// A point alone stands in the middle of three steps, not of a hundred.
const across = (u, first, last) => u.data[0].length === 1 ? [u.data[0][0] - 1, u.data[0][0] + 1] : [first, last];

export async function draw(figure) {
  const place = figure.querySelector("[data-chart-plot]");
  const wait = place.querySelector(".wait");
  const inline = figure.querySelector('script[type="application/json"]');
  const series = new Map();
  const hidden = new Set();
  const given = new Map(); // looks of lines that are to be known again on other charts
  const look = (name, i) => looks(given.get(name) ?? i);
  let plot = null, cursor = null, done = false, meta = {};

  function take(data) {
    meta = { x: data.x ?? meta.x ?? "", y: data.y ?? meta.y ?? "" };
    cursor = data.cursor ?? cursor;
    done = data.done ?? !data.cursor;
    for (const one of data.series ?? []) {
      if (one.look != null) given.set(one.name, one.look);
      const known = series.get(one.name) ?? series.set(one.name, new Map()).get(one.name);
      one.points.forEach(([x, y], i) => known.set(x, [y, one.low?.[i] ?? null, one.high?.[i] ?? null]));
    }
  }

  function aligned() {
    const xs = [...new Set([...series.values()].flatMap((points) => [...points.keys()]))].sort((a, b) => a - b);
    const columns = [xs];
    for (const points of series.values()) for (const part of [0, 1, 2]) columns.push(xs.map((x) => points.get(x)?.[part] ?? null));
    return columns;
  }

  function options() {
    const names = [...series.keys()];
    const bands = names.map((name, i) => ({ series: [i * 3 + 3, i * 3 + 2], fill: resolve(figure, look(name, i).colour, 0.14) }));
    return {
      width: place.clientWidth, height: place.clientHeight, bands, legend: { show: false },
      cursor: { y: false, points: { size: 7 }, sync: figure.dataset.sync ? { key: figure.dataset.sync } : undefined },
      scales: { x: { time: false, range: across }, y: figure.dataset.log !== undefined ? { distr: 3 } : { range } },
      axes: axes(figure, meta),
      series: [{}, ...names.flatMap((name, i) => {
        const edge = { show: !hidden.has(name), stroke: "transparent", points: { show: false }, width: 0, spanGaps: true };
        return [{ label: name, show: !hidden.has(name), stroke: resolve(figure, look(name, i).colour), width: 2, dash: dashes[look(name, i).dash], spanGaps: true,
                  points: { show: series.get(name).size < 24, size: 5, fill: resolve(figure, "--sheet") } }, edge, { ...edge }];
      })],
      hooks: { setCursor: [(u) => read(u.cursor.idx)] },
    };
  }

  const marks = legend(figure, hidden, look, () => render(true));
  function read(at) {
    const columns = plot?.data;
    [...series.values()].forEach((points, i) => {
      const column = columns?.[i * 3 + 1] ?? [];
      marks.value(i, at == null ? column.findLast((y) => y !== null) : column[at]);
    });
  }

  function render(whole) {
    if (![...series.values()].some((points) => points.size)) {
      if (wait) wait.textContent = figure.dataset.wait;
      return;
    }
    const data = aligned();
    if (plot && !whole && plot.series.length === data.length) plot.setData(data);
    else {
      plot?.destroy();
      place.replaceChildren();
      plot = new uPlot(options(), data, place);
    }
    marks.names([...series.keys()]);
    read(null);
    table(figure, meta, series);
  }

  async function load() {
    const url = new URL(figure.dataset.url, location.href);
    if (cursor !== null) url.searchParams.set("after", cursor);
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const before = series.size;
    take(await answer.json());
    render(series.size !== before);
  }

  async function follow(pause) {
    if (!figure.isConnected) return;
    try {
      if (!document.hidden) await load();
      pause = Number(figure.dataset.live || 3) * 1000;
    } catch {
      if (!plot && wait) wait.textContent = figure.dataset.lost;
      pause = Math.min(pause * 2, 60000);
    }
    if (figure.dataset.live && !done) setTimeout(follow, pause, pause);
  }

  new ResizeObserver(() => { if (plot && place.clientWidth) plot.setSize({ width: place.clientWidth, height: place.clientHeight }); }).observe(place);
  document.addEventListener("studio:theme", () => requestAnimationFrame(() => plot && render(true)));
  matchMedia("print").addEventListener("change", () => plot && render(true)); // ink for paper, and back
  if (inline) { take(JSON.parse(inline.textContent)); render(true); }
  if (figure.dataset.url) await follow(1000);
}
