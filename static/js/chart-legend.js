// The legend: a drawn sample of each line, its name, the value under the cursor; a press hides the line.
import { dashes } from "./chart-look.js";

const SVG = "http://www.w3.org/2000/svg";

function sample(look) {
  const svg = document.createElementNS(SVG, "svg"), line = document.createElementNS(SVG, "line");
  svg.setAttribute("viewBox", "0 0 24 8");
  svg.setAttribute("aria-hidden", "true");
  for (const [name, value] of Object.entries({ x1: 0, x2: 24, y1: 4, y2: 4, "stroke-dasharray": dashes[look.dash].join(" ") })) line.setAttribute(name, value);
  line.style.stroke = `var(${look.colour})`;
  svg.append(line);
  return svg;
}

const shown = (value) => value == null ? "" : Math.abs(value) >= 1e5 || (value !== 0 && Math.abs(value) < 0.001)
  ? value.toExponential(2) : String(Number(value.toPrecision(4)));

export function legend(figure, hidden, look, changed) {
  const place = figure.querySelector("[data-chart-legend]");
  let values = [], known = "";

  return {
    names(names) {
      if (names.join("\n") === known) return;
      known = names.join("\n");
      values = names.map(() => document.createElement("b"));
      place.replaceChildren(...names.map((name, i) => {
        const button = document.createElement("button");
        button.type = "button";
        button.setAttribute("aria-pressed", String(!hidden.has(name)));
        button.append(sample(look(name, i)), name, values[i]);
        button.addEventListener("click", () => {
          hidden.has(name) ? hidden.delete(name) : hidden.add(name);
          button.setAttribute("aria-pressed", String(!hidden.has(name)));
          changed();
        });
        return button;
      }));
    },
    value(index, value) { if (values[index]) values[index].textContent = shown(value); },
  };
}
