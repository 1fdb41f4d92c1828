// ---- panel: the runs of one cell and their curves

const MEASURES = PANELS.flatMap((panel) => panel.lines.map(([measure]) => measure));

class CellPanel {
  constructor(host, move, close) {
    this.host = host;
    this.closed = [...host.childNodes];
    this.move = move;
    this.close = close;
    this.curves = null; // Promise of a function from the number of a run to its curves
    this.width = 0;
    new ResizeObserver(() => {
      if (this.cell && Math.abs(this.inner() - this.width) > 2) this.drawCharts();
    }).observe(host);
  }

  inner() {
    const look = getComputedStyle(this.host);
    return this.host.clientWidth - parseFloat(look.paddingLeft) - parseFloat(look.paddingRight);
  }

  clear() {
    this.cell = null;
    this.host.replaceChildren(...this.closed);
  }

  async show(x, y) {
    this.cell = [x, y];
    this.runs = null;
    const phase = data.phases[data.phase[y][x]];
    this.body = make("div");
    this.host.replaceChildren(this.heading(x, y, phase), this.facts(x, y), this.body);
    if (!data.measured[y][x]) {
      this.body.append(make("p", {}, data.forecast[y][x]
        ? "A run of this cell was stopped, since its phase was forecast; it has no curves here."
        : "This cell was not run. Refinement inferred its phase from the cells around it, so it has no "
        + "runs and no curves."));
      return;
    }
    this.body.append(this.table(x, y), make("div", { class: "charts" }));
    await this.load(x, y);
  }

  heading(x, y, phase) {
    const title = make("h2", { id: "cell-title", tabindex: "-1" },
      make("span", { class: `swatch phase-${phase.name}${phase.hatch ? " hatched" : ""}`, "aria-hidden": "true" }),
      data.measured[y][x] ? phase.name : `${phase.name} (${data.forecast[y][x] ? "forecast" : "inferred"})`);
    const moves = make("div", { class: "moves" });
    for (const [label, sign, dx, dy] of [["Cell to the left", "←", -1, 0], ["Cell below", "↓", 0, -1],
      ["Cell above", "↑", 0, 1], ["Cell to the right", "→", 1, 0]]) {
      const button = make("button", { type: "button", "aria-label": label }, sign);
      button.disabled = x + dx < 0 || x + dx >= nx || y + dy < 0 || y + dy >= ny;
      button.addEventListener("click", () => this.move(dx, dy, label));
      moves.append(button);
    }
    const close = make("button", { type: "button" }, "Close");
    close.addEventListener("click", this.close);
    moves.append(close);
    return make("div", { class: "head" }, title, moves);
  }

  facts(x, y) {
    const facts = make("p", { class: "facts" });
    for (const [which, index] of [["x", x], ["y", y]]) {
      facts.append(`${data.axes[which].label} `, make("b", {}, data.axes[which].labels[index]),
        which === "x" ? "; " : "");
    }
    return facts;
  }

  table(x, y) {
    const body = make("tbody");
    this.rows = data.seeds.map((seed, s) => {
      const record = data.runs[y][x][s] ?? -1;
      const of = (field) => (record < 0 ? undefined : data.records[field][record]);
      const phase = data.phases[data.by_seed.phase[y][x][s]].name;
      const said = (part) => passage(data.by_seed[`${part}_step`][y][x][s], of("steps_trained"),
        phase, record < 0 ? null : data.after[part][record]);
      const message = of("message");
      const button = make("button", { type: "button", "aria-pressed": "false" }, String(seed));
      button.addEventListener("click", () => this.choose(s));
      const lost = of("validation_sustained_lost_step") ?? null;
      const named = lost === null ? phase : `${phase}, lost at step ${whole.format(lost)}`;
      const cells = [button, message ? `${named}: ${message}` : named, said("train"),
        said("validation")];
      const row = make("tr", {}, ...cells.map((cell) => make("td", {}, cell)));
      body.append(row);
      return { row, button, record, id: of("id") };
    });
    const held = sustained ? " held from" : "";
    const head = make("tr", {}, ...["seed", "phase", `train${held}`, `validation${held}`].map((name) =>
      make("th", { scope: "col" }, name)));
    return make("div", { class: "runs scroll" }, make("table", {}, make("thead", {}, head), body));
  }

  async load(x, y) {
    const known = this.rows.filter((row) => row.record >= 0);
    const charts = this.body.querySelector(".charts");
    if (!data.curves || !known.length) {
      charts.append(make("p", { class: "hint" }, data.records.id.length && !data.curves
        ? "This map has too many runs for their curves to fit into one page; the store has them."
        : "No curves were recorded for this cell."));
      return;
    }
    this.curves ??= unpackCurves(data.curves);
    const curvesOf = await this.curves.catch(() => null);
    if (String(this.cell) !== String([x, y])) return; // moved on meanwhile
    if (!curvesOf) {
      charts.append(make("p", { class: "hint" }, "This browser cannot unpack the curves; a newer one can."));
      return;
    }
    this.runs = this.rows.map((row, s) => row.record < 0 ? null : {
      curves: curvesOf(row.record),
      steps: { train_accuracy: data.by_seed.train_step[y][x][s],
        validation_accuracy: data.by_seed.validation_step[y][x][s],
        rqi: data.records.rqi_step[row.record] },
    }).map((run) => (run && run.curves.step.length ? run : null));
    const first = this.runs.findIndex(Boolean);
    if (first < 0) charts.append(make("p", { class: "hint" }, "No curves were recorded for this cell."));
    else this.choose(first);
  }

  choose(seed) {
    if (!this.runs?.[seed]) return;
    this.chosen = seed;
    this.rows.forEach(({ row, button }, s) => {
      row.classList.toggle("chosen", s === seed);
      button.setAttribute("aria-pressed", String(s === seed));
    });
    this.drawCharts();
  }

  drawCharts() {
    if (!this.runs) return;
    const host = this.body.querySelector(".charts");
    const drawn = this.runs.filter(Boolean);
    const run = this.runs[this.chosen];
    const last = Math.max(1, ...drawn.map(({ curves }) => curves.step.at(-1)));
    this.width = this.inner();
    this.charts = PANELS.map((panel) => drawChart(panel, drawn, drawn.indexOf(run), this.width, last));
    const slider = make("input", { type: "range", min: 0, max: run.curves.step.length - 1, step: 1,
      "aria-label": "Step to read" });
    slider.value = run.curves.step.length - 1;
    slider.addEventListener("input", () => this.read(Number(slider.value)));
    this.readout = make("p", { class: "readout" });
    this.slider = slider;
    const axis = make("span", { class: "hint" }, "step");
    host.replaceChildren(...this.charts.map(({ chart }) => chart),
      make("div", { class: "reader" }, axis, slider), this.readout, this.told());
    for (const { chart, stepAt } of this.charts) {
      chart.addEventListener("pointermove", (event) => this.read(nearest(run.curves.step, stepAt(event.clientX))));
    }
    this.read(run.curves.step.length - 1);
  }

  told() {
    const { id, record } = this.rows[this.chosen];
    const of = (field) => data.records[field][record];
    const held = (name) => of(`${name}_sustained_step`) ?? null;
    // A map by sustained times has them in the table above.
    const heldFrom = of("followed") && !sustained
      ? `held from: train ${passage(held("train"), of("steps_trained"))}, validation ${passage(held("validation"), of("steps_trained"))}; `
      : "";
    return make("p", { class: "hint" }, `Run ${id}: ${heldFrom}${whole.format(of("steps_trained"))} steps trained.`);
  }

  read(at) {
    const { curves } = this.runs[this.chosen];
    this.charts.forEach(({ point }) => point(curves.step[at]));
    this.slider.value = at;
    const said = MEASURES.filter((m) => Number.isFinite(curves[m][at]))
      .map((m) => `${m === "rqi" ? "RQI" : m.replaceAll("_", " ")} ${short(curves[m][at])}`);
    const text = `step ${whole.format(curves.step[at])}: ${said.join(", ")}`;
    this.readout.textContent = text;
    this.slider.setAttribute("aria-valuetext", text);
  }
}
