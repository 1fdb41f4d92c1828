// ---- words: a cell and its runs as a reader would say them

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const sustained = data.by === "sustained"; // else the steps of the map are first passages
const counted = (n, noun) => `${whole.format(n)} ${noun}${n === 1 ? "" : "s"}`;

// A step in words; `after` is the last evaluation before it, where it is known to an interval only.
function passage(step, trained, phase, after) {
  if (step !== null && step !== undefined) {
    const known = after !== null && after !== undefined;
    const from = !known ? "" : after < 0 ? " or before" : ` (after ${whole.format(after)})`;
    return `step ${whole.format(step)}${from}`;
  }
  if (phase === "diverged") return "not reached before the loss diverged";
  if (phase === "failed") return "not reached before the run failed";
  return trained ? `not reached in ${whole.format(trained)} steps` : "not reached";
}

function cellWords(x, y) {
  const phase = data.phases[data.phase[y][x]];
  const lines = [place("x", x), place("y", y)];
  if (data.forecast[y][x]) return [`${phase.name} (forecast, run in part)`, ...lines];
  if (!data.measured[y][x]) return [`${phase.name} (inferred, not run)`, ...lines];
  const median = data.seeds.length > 1 ? ", median" : "";
  for (const name of ["train", "validation"]) {
    const said = passage(data[`${name}_step`][y][x], data.budget, phase.name);
    lines.push(`${name} accuracy${sustained ? " held from" : ""}${median}: ${said}`);
  }
  lines.push(data.seeds.length > 1 ? `seeds: ${seedWords(x, y)}` : `seed: ${data.seeds[0]}`);
  return [phase.name, ...lines];
}

function place(which, index) {
  return `${data.axes[which].label}: ${data.axes[which].labels[index]}`;
}

// [[phase, number of runs], ...] in the order of the legend.
function shares(x, y) {
  const counts = data.phases.map(() => 0);
  for (const phase of data.by_seed.phase[y][x]) counts[phase] += 1;
  return counts.map((count, phase) => [phase, count]).filter(([, count]) => count);
}

// Each phase with the seeds that came to it, or with how many did where they are too many to read.
function seedWords(x, y) {
  const found = data.by_seed.phase[y][x];
  return shares(x, y).map(([phase, n]) => {
    const seeds = data.seeds.filter((_, s) => found[s] === phase).join(", ");
    return `${n} ${data.phases[phase].name}${data.seeds.length > 12 ? "" : ` (${seeds})`}`;
  }).join("; ");
}

function agreement(x, y) {
  const found = data.by_seed.phase[y][x];
  return found.filter((phase) => phase === data.phase[y][x]).length / found.length;
}

// A number as short as three digits allow.
function short(value) {
  if (!Number.isFinite(value)) return "–";
  if (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e5)) {
    return value.toExponential(1).replace("e+", "e");
  }
  return String(Number(value.toPrecision(3)));
}

// A number as a reader would write it: steps whole, others as short as may be.
function figure(value) {
  return Number.isInteger(value) && Math.abs(value) < 1e9 ? whole.format(value) : short(value);
}

// What the scale of a colour says at its upper end.
function scaleWords({ scale, high, missing, values }) {
  const without = values.some((row, y) => row.some((value, x) => value === null && data.measured[y][x]));
  return `${figure(high)}${scale === "log" ? ", logarithmic" : ""}${without ? `; hatched: ${missing}` : ""}`;
}

// The value by which a cell is coloured, where the rest of its words does not give it.
function colourWords(coloring, x, y) {
  const colour = data.colours.find(({ name }) => name === coloring);
  if (!colour || !data.measured[y][x] || /^(train|validation)_step$/.test(coloring)) return [];
  const value = colour.values[y][x];
  return [`${colour.title}: ${value === null ? colour.missing : figure(value)}`];
}

// An element with text, never markup: nothing that was given can become HTML.
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}
