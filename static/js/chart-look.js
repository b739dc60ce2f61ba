// Colours by Okabe–Ito and dashes with them, so that no line is told by its colour alone.
export const dashes = [[], [7, 4], [2, 3], [10, 3, 2, 3], [14, 4], [4, 2], [1, 4], [8, 2, 2, 2, 2, 2]];

export const looks = (index) => ({ colour: `--chart-${(index % 8) + 1}`, dash: index % 8 });

// A token as the canvas needs it: light-dark() is settled by asking an element for its colour.
export function resolve(element, token, alpha = 1) {
  const probe = document.createElement("span");
  probe.style.color = alpha === 1 ? `var(${token})` : `color-mix(in oklab, var(${token}) ${alpha * 100}%, transparent)`;
  probe.hidden = true;
  element.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

const WHOLE = Array.from({ length: 10 }, (_, power) => [1, 2, 5].map((one) => one * 10 ** power)).flat(); // there is no step 4.2

export function axes(element, meta) {
  const ink = resolve(element, "--text-faint"), rule = resolve(element, "--rule");
  const font = `12px ${getComputedStyle(element).fontFamily}`;
  const both = { stroke: ink, font, labelFont: font, ticks: { stroke: rule, size: 4, width: 1 }, grid: { stroke: rule, width: 1 }, labelSize: 18, gap: 6 };
  const large = new Intl.NumberFormat(document.documentElement.lang, { notation: "compact", maximumSignificantDigits: 4 });
  const place = (number) => Math.floor(Math.log10(Math.abs(number)) + 1e-9);
  const short = (number, step) => Math.abs(number) >= 10000 ? large.format(number)
    : number !== 0 && Math.abs(number) < 0.001 ? number.toExponential(Math.max(0, place(number) - step)).replace(".0e", "e")
    : String(Number(number.toFixed(Math.min(8, Math.max(0, 1 - step)))));
  // as many digits as tell one tick from the next
  const values = (_, ticks) => {
    const known = ticks.filter((one) => one !== null);
    const step = known.length > 1 ? place(known[1] - known[0]) : -3;
    return ticks.map((one) => one === null ? "" : short(one, step));
  };
  return [
    { ...both, incrs: WHOLE, grid: { show: false }, label: meta.x || undefined, size: 30, values },
    { ...both, label: meta.y || undefined, size: 46, values },
  ];
}
