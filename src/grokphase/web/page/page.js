// ---- page: pointer, keyboard and address bar joined to the map and the panel

const host = document.getElementById("map");
const live = document.getElementById("live");
const tip = document.getElementById("tip");
const view = new MapView(host);
const panel = new CellPanel(document.getElementById("cell"), moveOpen, closeCell);

function say(cell) {
  live.textContent = [...cellWords(...cell), ...colourWords(view.coloring, ...cell)].join("; ");
}

function showTip([x, y]) {
  const [first, ...rest] = [...cellWords(x, y), ...colourWords(view.coloring, x, y)];
  tip.replaceChildren(make("b", {}, first), ...rest.map((line) => make("span", {}, line)));
  tip.hidden = false;
  const frame = view.canvas.getBoundingClientRect();
  const [left, top, wide, high] = view.box(x, y);
  const { offsetWidth, offsetHeight } = tip;
  const right = frame.left + left + wide + 10;
  const at = right + offsetWidth < innerWidth ? right : frame.left + left - offsetWidth - 10;
  const down = frame.top + top + high + 8;
  tip.style.left = `${Math.max(6, Math.min(at, innerWidth - offsetWidth - 6))}px`;
  tip.style.top = `${down + offsetHeight < innerHeight ? down : Math.max(6, frame.top + top - offsetHeight - 8)}px`;
}

function setFocus(cell, { tipped = true } = {}) {
  if (String(cell) === String(view.focus)) return;
  view.focus = cell;
  view.draw();
  if (cell && tipped) showTip(cell);
  else tip.hidden = true;
}

function openCell(cell, { follow = false } = {}) {
  view.open = cell;
  view.draw();
  setAddress(`#cell=${cell.join(",")}`);
  panel.show(...cell);
  if (!follow) return;
  document.getElementById("cell-title").focus({ preventScroll: true });
  tip.hidden = true;
  const top = panel.host.getBoundingClientRect().top;
  if (top < 0 || top > innerHeight * 0.6) panel.host.scrollIntoView({ block: "start" });
}

function closeCell() {
  const cell = view.open;
  if (!cell) return;
  view.open = null;
  setAddress(location.pathname + location.search);
  panel.clear();
  setFocus(cell); // before the focus, whose listener says where it is
  host.focus({ preventScroll: true });
  view.draw();
  host.scrollIntoView({ block: "nearest" });
}

function moveOpen(dx, dy, label) {
  openCell([view.open[0] + dx, view.open[1] + dy]);
  say(view.open);
  const button = panel.host.querySelector(`[aria-label="${label}"]:enabled`);
  (button ?? document.getElementById("cell-title")).focus({ preventScroll: true }); // at an edge
}

function onKey(event) {
  const [x, y] = view.focus ?? view.open ?? [0, 0];
  const moves = {
    ArrowLeft: [x - 1, y], ArrowRight: [x + 1, y], ArrowUp: [x, y + 1], ArrowDown: [x, y - 1],
    Home: [0, y], End: [nx - 1, y], PageUp: [x, ny - 1], PageDown: [x, 0],
  };
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key in moves) {
    const [column, row] = moves[event.key];
    setFocus([Math.min(Math.max(column, 0), nx - 1), Math.min(Math.max(row, 0), ny - 1)]);
    say(view.focus);
  } else if (event.key === "Enter" || event.key === " ") {
    openCell([x, y], { follow: true });
  } else return;
  event.preventDefault();
}

host.addEventListener("keydown", onKey);
host.addEventListener("focus", () => {
  if (!host.matches(":focus-visible")) return;
  setFocus(view.focus ?? view.open ?? [0, 0]);
  say(view.focus);
});
host.addEventListener("blur", () => setFocus(null));
host.addEventListener("pointermove", (event) => {
  if (event.pointerType !== "touch") setFocus(view.at(event.clientX, event.clientY));
});
host.addEventListener("pointerleave", () => setFocus(null));
host.addEventListener("click", (event) => {
  const cell = view.at(event.clientX, event.clientY);
  if (cell) openCell(cell, { follow: event.detail > 0 && matchMedia("(max-width: 64rem)").matches });
});
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !tip.hidden) tip.hidden = true;
  if (event.key === "Escape") closeCell();
});
addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });

// ---- controls

const coloring = document.getElementById("coloring");
const scale = document.getElementById("scale");
coloring.append(new Option("phase", "phase"));
for (const { name, title } of data.colours) coloring.append(new Option(title, name));
if (data.seeds.length > 1) coloring.append(new Option("agreement of seeds", "agreement"));
coloring.addEventListener("change", () => {
  view.coloring = coloring.value;
  view.draw();
  scale.hidden = coloring.value === "phase";
  const colour = data.colours.find(({ name }) => name === coloring.value);
  scale.children[0].textContent = colour ? figure(colour.low) : "0";
  scale.children[1].classList.toggle("share", !colour);
  scale.children[2].textContent = colour ? scaleWords(colour) : "1: share of seeds in the cell's phase";
});
const letters = document.getElementById("letters");
letters.checked = view.letters;
letters.addEventListener("change", () => {
  view.letters = letters.checked;
  view.draw();
});

function csv() {
  const quoted = (value) => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  const lines = [[data.axes.x.name, data.axes.y.name, "seed", "run", "phase", "train_step",
    "validation_step", "measured", "forecast"]];
  for (let y = 0; y < ny; y++) {
    for (let x = 0; x < nx; x++) {
      data.seeds.forEach((seed, s) => {
        const record = data.runs[y][x][s] ?? -1;
        lines.push([data.axes.x.values[x], data.axes.y.values[y], seed, data.records.id[record],
          data.phases[data.by_seed.phase[y][x][s]].name, data.by_seed.train_step[y][x][s],
          data.by_seed.validation_step[y][x][s], data.measured[y][x], data.forecast[y][x]]);
      });
    }
  }
  return lines.map((line) => line.map((value) => quoted(String(value ?? ""))).join(",")).join("\n");
}

document.getElementById("download").addEventListener("click", () => {
  const url = URL.createObjectURL(new Blob([`${csv()}\n`], { type: "text/csv" }));
  make("a", { href: url, download: "phase-map.csv" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
});

document.getElementById("table").addEventListener("toggle", (event) => {
  const place = event.currentTarget.querySelector("div");
  if (place.childElementCount) return;
  const table = make("table", { class: "grid" }, make("caption", { class: "unseen" },
    "Phases as letters, lower case where inferred or forecast; columns by x, rows by y, the largest y first"));
  table.append(make("tr", {}, make("td"), ...data.axes.x.labels.map((label) =>
    make("th", { scope: "col" }, label))));
  for (let y = ny - 1; y >= 0; y--) {
    const cells = data.phase[y].map((phase, x) => {
      const { letter } = data.phases[phase];
      return make("td", {}, data.measured[y][x] ? letter : letter.toLowerCase());
    });
    table.append(make("tr", {}, make("th", { scope: "row" }, data.axes.y.labels[y]), ...cells));
  }
  place.append(table);
});

// ---- start: the cell in the address, else the run that grokked last of all, so the page opens
// with curves to look at

function firstCell() {
  const asked = /^#cell=(\d+),(\d+)$/.exec(location.hash);
  if (asked && asked[1] < nx && asked[2] < ny) return [Number(asked[1]), Number(asked[2])];
  let best = null;
  for (let y = 0; y < ny; y++) {
    for (let x = 0; x < nx; x++) {
      const grokked = data.phases[data.phase[y][x]].name === "grokking" && data.measured[y][x];
      const step = data.validation_step[y][x];
      if (grokked && step !== null && step > (best?.step ?? 0)) best = { step, cell: [x, y] };
    }
  }
  return best?.cell ?? null;
}

view.draw();
const first = firstCell();
if (first) openCell(first);
