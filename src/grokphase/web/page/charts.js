// ---- charts: small SVGs of the curves of a cell's runs, sharing one axis of steps

const PANELS = [
  { title: "loss", log: true, lines: [["train_loss", "train", "train"],
    ["validation_loss", "validation", "validation"], ["restricted_loss", "restricted", "restricted"],
    ["excluded_loss", "excluded", "excluded"]] },
  { title: "accuracy, RQI", log: false, lines: [["train_accuracy", "train", "train"],
    ["validation_accuracy", "validation", "validation"], ["rqi", "RQI", "rqi"],
    ["new_validation_accuracy", "new validation", "new"]] },
  { title: "weight norm", log: true, lines: [["weight_norm", "all", "all"],
    ["decoder_norm", "decoder", "decoder"], ["embedding_norm", "embedding", "embedding"]] },
];
const HEIGHT = 150;
const EDGE = { left: 44, right: 12, top: 24, bottom: 20 };
const FIRST = 0.4; // decades between step 0, the initial network, and step 1

const decades = (step) => (step < 1 ? 0 : FIRST + Math.log10(step));
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const power = (n) => (n < 3 ? String(10 ** n) : `10${[...String(n)].map((d) => SUPERSCRIPTS[d]).join("")}`);

function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

// runs: [{curves, steps: {measure: step marked on it}, at: {measure: its own steps}}], `at` where a
// measure has steps of its own; chosen: index of the run drawn on top.
function drawChart(panel, runs, chosen, width, last) {
  const lines = panel.lines.filter(([m]) => runs.some((run) => run.curves[m].some(Number.isFinite)));
  const values = lines.flatMap(([m]) => runs.flatMap((run) => Array.from(run.curves[m])));
  const scale = panel.log ? logScale(values) : { low: 0, high: 1, ticks: [0, 0.5, 1], log: false };
  const sx = (step) => EDGE.left + ((width - EDGE.left - EDGE.right) * decades(step)) / decades(last);
  const floor = HEIGHT - EDGE.bottom;
  const share = (v) => (scale.log
    ? Math.log(v / scale.low) / Math.log(scale.high / scale.low)
    : (v - scale.low) / (scale.high - scale.low));
  const sy = (v) => floor - (floor - EDGE.top) * share(v);
  const chart = svg("svg", { class: "chart", viewBox: `0 0 ${width} ${HEIGHT}`, role: "img",
    "aria-label": `${panel.title} against steps: ${lines.map((line) => line[1]).join(", ")}` });
  drawFrame(chart, panel, lines, scale, sx, sy, width, last);
  if (!panel.log) drawThresholds(chart, lines, sy, width);
  const order = runs.map((_, i) => i).filter((i) => i !== chosen).concat(chosen);
  for (const i of order) {
    for (const [measure, , look] of lines) {
      const steps = runs[i].at?.[measure] ?? runs[i].curves.step;
      const d = path(steps, runs[i].curves[measure], sx, sy, scale.log);
      chart.append(svg("path", { d, class: `line ${look}${i === chosen ? "" : " other"}` }));
    }
  }
  if (!panel.log) drawPassed(chart, runs[chosen], lines, sx, sy);
  const cursor = svg("line", { class: "cursor", y1: EDGE.top, y2: floor, x1: -9, x2: -9 });
  chart.append(cursor);
  const point = (step) => {
    cursor.setAttribute("x1", sx(step));
    cursor.setAttribute("x2", sx(step));
  };
  const stepAt = (clientX) => {
    const frame = chart.getBoundingClientRect();
    const at = ((clientX - frame.left) / frame.width) * width;
    const d = ((at - EDGE.left) / (width - EDGE.left - EDGE.right)) * decades(last);
    return d < FIRST / 2 ? 0 : 10 ** (d - FIRST);
  };
  return { chart, point, stepAt };
}

function drawFrame(chart, panel, lines, scale, sx, sy, width, last) {
  const floor = HEIGHT - EDGE.bottom;
  for (const tick of scale.ticks) {
    chart.append(svg("line", { class: "rule", x1: EDGE.left, x2: width - EDGE.right, y1: sy(tick), y2: sy(tick) }));
    chart.append(svg("text", { x: EDGE.left - 6, y: sy(tick) + 4, "text-anchor": "end" }, short(tick)));
  }
  const exponents = [];
  for (let n = 0; 10 ** n <= last; n++) exponents.push(n);
  for (const [at, label] of [[0, "0"], ...exponents.map((n) => [10 ** n, power(n)])]) {
    chart.append(svg("line", { class: "rule", x1: sx(at), x2: sx(at), y1: floor, y2: floor + 4 }));
    chart.append(svg("text", { x: sx(at), y: floor + 16, "text-anchor": "middle" }, label));
  }
  const title = lines.some(([m]) => m === "rqi") ? panel.title : panel.title.replace(", RQI", "");
  chart.append(svg("text", { class: "title", x: 0, y: 12 }, title));
  const letters = lines.reduce((sum, [, label]) => sum + label.length, 0);
  const tight = letters * 6.2 + lines.length * 38 + title.length * 7 > width; // the key would meet it
  const [stroke, gap, letter] = tight ? [8, 11, 5.6] : [20, 18, 6.2];
  let at = width - EDGE.right;
  for (const [, label, look] of [...lines].reverse()) {
    at -= label.length * letter;
    chart.append(svg("text", { x: at, y: 12 }, label));
    chart.append(svg("path", { class: `line key ${look}`, d: `M${at - stroke - 5} 8h${stroke}` }));
    at -= stroke + gap;
  }
}

function drawThresholds(chart, lines, sy, width) {
  const levels = lines.map(([measure]) => data.thresholds[measure]).filter((v) => v !== undefined);
  for (const level of new Set(levels)) {
    chart.append(svg("line", { class: "threshold", x1: EDGE.left, x2: width - EDGE.right,
      y1: sy(level), y2: sy(level) }));
  }
}

function drawPassed(chart, run, lines, sx, sy) {
  for (const [measure, label, look] of lines) {
    const step = run.steps[measure];
    const level = data.thresholds[measure];
    if (step === null || step === undefined || level === undefined) continue;
    chart.append(svg("circle", { class: `passed ${look}`, cx: sx(step), cy: sy(level), r: 4 },
      svg("title", {}, `${label} ${sustained && measure !== "rqi" ? "held from" : "passed at"} `
        + `step ${whole.format(step)} (threshold ${level})`)));
  }
}

function path(steps, values, sx, sy, positive) {
  let d = "";
  let down = false;
  for (let i = 0; i < steps.length; i++) {
    const known = Number.isFinite(values[i]) && (!positive || values[i] > 0);
    if (known) d += `${down ? "L" : "M"}${sx(steps[i]).toFixed(1)} ${sy(values[i]).toFixed(1)}`;
    down = known;
  }
  return d;
}

// At most five ticks, at powers of ten, or at 1, 2 and 5 times them where those are too few.
function logScale(values) {
  const known = values.filter((v) => v > 0);
  const smallest = known.reduce((a, b) => Math.min(a, b), Infinity);
  const largest = known.reduce((a, b) => Math.max(a, b), 0);
  if (!known.length) return { low: 0.1, high: 1, ticks: [], log: true };
  const [low, high] = largest > smallest * 1.05 ? [smallest / 1.06, largest * 1.06] : [smallest / 1.3, largest * 1.3];
  const between = (steps) => {
    const found = [];
    for (let n = Math.floor(Math.log10(low)); n <= Math.log10(high); n++) {
      for (const s of steps) if (s * 10 ** n >= low && s * 10 ** n <= high) found.push(Number(`${s}e${n}`));
    }
    return found;
  };
  let ticks = between([1]);
  if (ticks.length < 2) ticks = between([1, 2, 5]);
  if (ticks.length < 2) ticks = [smallest, largest];
  const every = Math.ceil(ticks.length / 5);
  return { low, high, ticks: ticks.filter((_, i) => i % every === 0), log: true };
}

function nearest(steps, step) {
  let best = 0;
  for (let i = 1; i < steps.length; i++) {
    if (Math.abs(decades(steps[i]) - decades(step)) <= Math.abs(decades(steps[best]) - decades(step))) best = i;
  }
  return best;
}
