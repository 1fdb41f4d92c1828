// ---- run: one slider over the steps whose weights were kept, and views that follow it

const SPECTRA = { embedding: "embedding: norm of each frequency",
  neurons: "neurons: share of their variance", logits: "logits: amplitude of cos w(a + b − c)" };
const BARS = { height: 92, left: 40, right: 4, top: 18, bottom: 16 };
const FIELD = 360; // side of the plane of an embedding, in its own units
const section = (id) => document.getElementById(id);

// What follows the slider: functions of the place of a step among `data.steps`.
const following = [];
let at = data.steps.length - 1;

function go(place) {
  at = Math.min(Math.max(place, 0), data.steps.length - 1);
  if (at < 0) return;
  const step = whole.format(data.steps[at]);
  const said = Object.entries(data.read).filter(([, values]) => values[at] !== null)
    .map(([name, values]) => `${name === "rqi" ? "RQI" : name.replaceAll("_", " ")} ${short(values[at])}`);
  slider.value = at;
  slider.setAttribute("aria-valuetext", `step ${step}: ${said.join(", ")}`);
  section("at").textContent = `step ${step}`;
  section("readout").textContent = said.join(", ");
  for (const follow of following) follow(at);
}

// ---- curves

function drawCurves(curves) {
  const host = section("curves").querySelector(".charts");
  const own = Object.fromEntries(Object.keys(data.losses).map((name) => [name, data.steps]));
  const run = { curves: { ...curves, ...data.losses }, at: own, steps: data.passed };
  const last = Math.max(1, curves.step.at(-1));
  const known = PANELS.filter((panel) => panel.lines.some(([m]) => run.curves[m].some(Number.isFinite)));
  let points = [];
  following.push((place) => points.forEach((point) => point(data.steps[place])));
  const draw = () => {
    const width = host.clientWidth;
    const columns = getComputedStyle(host).gridTemplateColumns.split(" ").length;
    const charts = known.map((panel) => drawChart(panel, [run], 0, (width - 16 * (columns - 1)) / columns, last));
    host.replaceChildren(...charts.map(({ chart }) => chart));
    points = charts.map(({ point }) => point);
    for (const { chart, stepAt } of charts) {
      chart.addEventListener("click", (event) => go(nearest(data.steps, stepAt(event.clientX))));
    }
    if (at >= 0) points.forEach((point) => point(data.steps[at]));
  };
  section("curves").hidden = !known.length;
  let before = 0;
  new ResizeObserver(() => {
    if (Math.abs(host.clientWidth - before) < 2) return;
    before = host.clientWidth;
    draw();
  }).observe(host);
}

// ---- embedding

const hue = (place, count) => `hsl(${Math.round((360 * place) / count)} 62% 50%)`;

function drawEmbedding(view) {
  const host = section("embedding");
  const choice = section("plane");
  for (const [i, { name }] of data.planes.entries()) choice.append(new Option(name, i));
  const p = data.symbols;
  const field = svg("svg", { class: "field", viewBox: `0 0 ${FIELD} ${FIELD}`, role: "img" });
  const ring = svg("path", { class: "ring" });
  const symbols = Array.from({ length: p }, (_, k) => svg("g", {}, svg("circle", { r: p > 130 ? 3 : 8.5 }),
    ...(p > 130 ? [] : [svg("text", { y: 3.2, "text-anchor": "middle" }, String(k))])));
  field.append(ring, ...symbols);
  host.querySelector(".drawn").append(field);
  const where = (plane, place, k) => {
    const from = 2 * (plane.first + (place * p + k) * 2);
    return [0, 2].map((i) => FIELD / 2 + ((i ? -1 : 1) * view.getInt16(from + i, true) * (FIELD / 2 - 12)) / 32767);
  };
  const follow = (place) => {
    const plane = data.planes[choice.value];
    const points = symbols.map((_, k) => where(plane, place, k));
    symbols.forEach((symbol, k) => symbol.setAttribute("transform", `translate(${points[k].map((x) => x.toFixed(1))})`));
    ring.setAttribute("d", plane.order.length
      ? `M${plane.order.map((k) => points[k].map((x) => x.toFixed(1)).join(" ")).join("L")}Z` : "");
    const share = plane.shares[place];
    host.querySelector(".hint").textContent = `${share === null ? "" : `${percent(share)} of the embedding's variance `
      + "lies in this plane. "}${plane.words}`;
    field.setAttribute("aria-label", `${p} symbols in the plane of ${plane.name} at step ${whole.format(data.steps[place])}`);
  };
  const paint = () => {
    const { order } = data.planes[choice.value];
    const placed = order.length ? order : symbols.map((_, k) => k);
    placed.forEach((k, place) => symbols[k].firstChild.setAttribute("fill", order.length
      ? hue(place, p) : ramp(VIRIDIS, place / Math.max(1, p - 1))));
    follow(at);
  };
  choice.addEventListener("change", paint);
  following.push(follow);
  paint();
  host.hidden = false;
}

const percent = (share) => `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`;

// ---- spectra

function drawSpectra() {
  const host = section("spectra");
  const keys = new Set(data.keys);
  for (const [name, rows] of Object.entries(data.spectra)) {
    const count = rows[0].length - 1; // without the constant
    const width = 420;
    const known = rows.flatMap((row) => row.slice(1)).filter((value) => value !== null);
    const high = Math.max(...known, 1e-30);
    const least = Math.min(...known);
    const low = least < -0.01 * high ? least : 0;
    const floor = BARS.height - BARS.bottom;
    const sx = (k) => BARS.left + ((width - BARS.left - BARS.right) * (k - 0.5)) / count;
    const sy = (v) => floor - ((floor - BARS.top) * (v - low)) / (high - low);
    const wide = ((width - BARS.left - BARS.right) / count) * 0.84;
    const chart = svg("svg", { class: "chart", viewBox: `0 0 ${width} ${BARS.height}`, role: "img",
      "aria-label": `${SPECTRA[name]}, frequencies 1 to ${count}` });
    chart.append(svg("text", { class: "title", x: 0, y: 11 }, SPECTRA[name]));
    for (const tick of [low, high]) {
      chart.append(svg("line", { class: "rule", x1: BARS.left, x2: width - BARS.right, y1: sy(tick), y2: sy(tick) }),
        svg("text", { x: BARS.left - 5, y: sy(tick) + 4, "text-anchor": "end" }, short(tick)));
    }
    const bars = Array.from({ length: count }, (_, i) => svg("rect", { x: sx(i + 1) - wide / 2, width: wide,
      class: keys.has(i + 1) ? "bar-key" : "bar-other" }));
    chart.append(...bars);
    let last = -99;
    for (const k of data.keys.length ? data.keys : [1, count]) {
      if (sx(k) - last < 16) continue;
      chart.append(svg("text", { x: sx(k), y: BARS.height - 4, "text-anchor": "middle" }, String(k)));
      last = sx(k);
    }
    following.push((place) => bars.forEach((bar, i) => {
      const value = rows[place][i + 1] ?? 0;
      bar.setAttribute("y", sy(Math.max(value, 0)));
      bar.setAttribute("height", Math.abs(sy(value) - sy(0)));
    }));
    host.querySelector(".drawn").append(chart);
  }
  host.querySelector(".hint").textContent = data.spectra_words;
  host.hidden = false;
}

// ---- neurons and attention over (a, b)

function drawnMap(view, map, name) {
  const p = data.symbols;
  const canvas = make("canvas", { width: p, height: p, role: "img" });
  const pen = canvas.getContext("2d");
  const image = pen.createImageData(p, p);
  const under = make("figcaption");
  const colours = Array.from({ length: 256 }, (_, code) => ramp(VIRIDIS, code / 255).match(/\d+/g).map(Number));
  const draw = (place) => {
    const from = map.first + place * p * p;
    const order = section("ordered").checked && map.order.length ? map.order : Array.from({ length: p }, (_, k) => k);
    for (let i = 0; i < p; i++) {
      for (let j = 0; j < p; j++) { // a upwards, b to the right
        const code = view.getUint8(from + order[p - 1 - i] * p + order[j]);
        image.data.set([...colours[code], 255], 4 * (i * p + j));
      }
    }
    pen.putImageData(image, 0, 0);
    const share = map.shares[place];
    const said = map.frequency === null ? "" : `; k = ${map.frequency}${share === null ? "" : `: ${percent(share)}`}`;
    under.textContent = `${name}${said}`;
    canvas.setAttribute("aria-label", `${name} over (a, b) at step ${whole.format(data.steps[place])}, from `
      + `${short(map.low)} to ${short(map.high)}${said}`);
    canvas.title = `${short(map.low)} (dark) to ${short(map.high)} (bright)`;
  };
  following.push(draw);
  return make("figure", {}, canvas, under);
}

function drawNeurons(view) {
  const host = section("neurons");
  host.querySelector(".maps").append(...data.neurons.map((map) => drawnMap(view, map, `neuron ${map.number}`)));
  section("angles").hidden = !data.neurons.some((map) => map.order.length);
  section("ordered").addEventListener("change", () => go(at));
  const hint = host.querySelector(".hint");
  following.push((place) => {
    hint.textContent = data.neurons_words.replace("{tuned}", data.tuned === null ? "" : whole.format(data.tuned[place]));
  });
  host.hidden = false;
}

function drawAttention(view) {
  const host = section("attention");
  const { rows, positions, names, words } = data.attention;
  const cells = names.map(() => positions.map(() => make("td")));
  const table = make("table", { class: "heat" }, make("caption", { class: "unseen" }, words),
    make("tr", {}, make("th", { scope: "col" }, "head"), ...positions.map((word) => make("th", { scope: "col" }, word))),
    ...names.map((name, i) => make("tr", {}, make("th", { scope: "row" }, name), ...cells[i])));
  host.querySelector(".drawn").append(table);
  following.push((place) => cells.forEach((line, i) => line.forEach((cell, j) => {
    const share = rows[place][i][j];
    const bar = svg("svg", { viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" },
      svg("rect", { width: 100 * share, height: 8, class: "bar-key" }));
    cell.replaceChildren(share.toFixed(2), bar);
  })));
  host.querySelector(".maps").append(...data.heads.map((map) => drawnMap(view, map, `head ${map.number + 1}`)));
  host.querySelector(".hint").textContent = words;
  host.hidden = false;
}

// ---- start

const slider = section("step");
const play = section("play");
let timer = null;

function stop() {
  clearInterval(timer);
  timer = null;
  play.textContent = "Play";
  play.setAttribute("aria-pressed", "false");
}

play.addEventListener("click", () => {
  if (timer !== null) return stop();
  if (at === data.steps.length - 1) go(0);
  play.textContent = "Stop";
  play.setAttribute("aria-pressed", "true");
  timer = setInterval(() => (at < data.steps.length - 1 ? go(at + 1) : stop()), 350);
});
slider.addEventListener("input", () => {
  stop();
  go(Number(slider.value));
});
slider.addEventListener("change", () => setAddress(`#step=${data.steps[at]}`));

async function start() {
  const asked = /^#step=(\d+)$/.exec(location.hash);
  if (asked && data.steps.length) at = nearest(data.steps, Number(asked[1]));
  slider.max = Math.max(0, data.steps.length - 1);
  section("stepper").hidden = data.steps.length < 2;
  section("losses-hint").textContent = data.losses_words;
  try {
    if (data.curves) drawCurves((await unpackCurves(data.curves))(0));
    const view = new DataView(await inflated(data.packed));
    if (data.planes.length) drawEmbedding(view);
    if (Object.keys(data.spectra).length) drawSpectra();
    if (data.neurons.length) drawNeurons(view);
    if (data.attention) drawAttention(view);
    go(at);
  } catch (refusal) {
    section("readout").textContent = "This browser cannot unpack the views; a newer one can.";
    throw refusal;
  }
}

start();
