// ---- map: a canvas, because it may hold 10^5 cells; its words live in #live and #tip

const nx = data.axes.x.values.length;
const ny = data.axes.y.values.length;
const AGREEMENT = ["#7a0177", "#dd3497", "#fa9fb5", "#fde0dd"];
const NAME = "600 12px system-ui, sans-serif"; // of an axis
const MARGIN = 8; // above the map
const BAR_SHARE = 0.34; // of a cell's height, for the shares of its seeds

class MapView {
  constructor(host) {
    this.host = host;
    this.canvas = host.querySelector("canvas");
    this.pen = this.canvas.getContext("2d");
    this.coloring = "phase";
    this.letters = matchMedia("(prefers-contrast: more), (forced-colors: active)").matches;
    this.focus = null; // [x, y] under the keyboard or the pointer
    this.open = null; // [x, y] whose runs are shown
    new ResizeObserver(() => this.draw()).observe(host);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  // Sizes in CSS pixels; cells begin and end on whole pixels, so no seams show.
  layout() {
    const pen = this.pen;
    pen.font = "11px system-ui, sans-serif";
    const widest = Math.max(...data.axes.y.labels.map((label) => pen.measureText(label).width));
    const width = this.host.clientWidth;
    const left = Math.ceil(widest) + 30;
    const wide = (width - left - 10) / nx;
    const high = Math.min(Math.max(wide * 0.95, Math.min(24, 480 / ny)), 480 / Math.min(ny, 9), 54);
    // A map too low for the name of its y axis beside it has the name above it.
    pen.font = NAME;
    this.above = pen.measureText(data.axes.y.label).width > ny * high + 2 * MARGIN;
    const top = MARGIN + (this.above ? 16 : 0);
    this.columns = Array.from({ length: nx + 1 }, (_, i) => Math.round(left + i * wide));
    this.rows = Array.from({ length: ny + 1 }, (_, j) => Math.round(top + (ny - j) * high));
    return [width, Math.round(top + ny * high) + 46];
  }

  draw() {
    const [width, height] = this.layout();
    const ratio = devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.canvas.style.height = `${height}px`;
    this.pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    const look = getComputedStyle(document.documentElement);
    this.look = (name) => look.getPropertyValue(`--${name}`).trim();
    for (let y = 0; y < ny; y++) for (let x = 0; x < nx; x++) this.drawCell(x, y);
    this.drawBorders();
    if (this.coloring === "phase") this.drawSpreads();
    this.drawAxes(width);
    for (const [cell, color, dash] of [[this.open, "ink", []], [this.focus, "ring", []]]) {
      if (cell) this.drawRing(cell, this.look(color), dash);
    }
  }

  box(x, y) {
    const left = this.columns[x];
    const top = this.rows[y + 1];
    return [left, top, this.columns[x + 1] - left, this.rows[y] - top];
  }

  drawCell(x, y) {
    const pen = this.pen;
    const [left, top, full, tall] = this.box(x, y);
    const gap = full > 12 && tall > 9 ? 1 : 0;
    const [wide, high] = [full - gap, tall - gap];
    const measured = data.measured[y][x];
    const lettered = this.coloring === "phase" && this.letters && wide > 9 && high > 9;
    if (this.coloring === "phase") {
      const phase = data.phases[data.phase[y][x]];
      pen.globalAlpha = measured ? 1 : 0.45;
      pen.fillStyle = phase.colour;
      pen.fillRect(left, top, wide, high);
      if (phase.hatch) this.hatch(left, top, wide, high, phase.ink === "#ffffff" ? "#fff" : "#777");
      pen.globalAlpha = 1;
      if (data.seeds.length > 1) this.drawShares(x, y, left, top, wide, high);
      if (lettered) this.drawLetter(phase, measured, left, top, wide, high);
    } else if (measured) this.drawValue(x, y, left, top, wide, high);
    if (!measured && !lettered) this.drawDot(left + wide / 2, top + high / 2, wide, data.forecast[y][x]);
  }

  drawValue(x, y, left, top, wide, high) {
    const colour = data.colours.find(({ name }) => name === this.coloring);
    const value = colour ? colour.values[y][x] : agreement(x, y);
    if (value === null) {
      this.pen.fillStyle = this.look("line");
      this.pen.fillRect(left, top, wide, high);
      this.hatch(left, top, wide, high, this.look("muted"));
      return;
    }
    this.pen.fillStyle = colour ? ramp(VIRIDIS, shareOf(colour, value)) : ramp(AGREEMENT, value);
    this.pen.fillRect(left, top, wide, high);
  }

  drawShares(x, y, left, top, wide, high) {
    const found = shares(x, y);
    if (found.length < 2) return;
    const bar = Math.max(2, Math.round(high * BAR_SHARE));
    let at = 0;
    this.pen.fillStyle = this.look("surface");
    this.pen.fillRect(left, top + high - bar - 1, wide, bar + 1);
    this.pen.globalAlpha = data.measured[y][x] ? 1 : 0.45;
    for (const [phase, count] of found) {
      const from = Math.round((wide * at) / data.seeds.length);
      at += count;
      const to = Math.round((wide * at) / data.seeds.length);
      this.pen.fillStyle = data.phases[phase].colour;
      this.pen.fillRect(left + from, top + high - bar, to - from, bar);
    }
    this.pen.globalAlpha = 1;
  }

  drawLetter(phase, measured, left, top, wide, high) {
    const pen = this.pen;
    pen.font = `600 ${Math.min(13, high * 0.7)}px system-ui, sans-serif`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillStyle = measured ? phase.ink : this.look("ink");
    const letter = measured ? phase.letter : phase.letter.toLowerCase();
    pen.fillText(letter, left + wide / 2, top + high / 2 + 0.5);
  }

  drawDot(x, y, wide, ring) {
    this.pen.fillStyle = this.pen.strokeStyle = this.look("ink");
    this.pen.beginPath();
    this.pen.arc(x, y, Math.max(0.6, Math.min(2, wide / 10)) * (ring ? 2 : 1), 0, 2 * Math.PI);
    if (ring) this.pen.stroke();
    else this.pen.fill();
  }

  hatch(left, top, wide, high, color) {
    const pen = this.pen;
    pen.save();
    pen.beginPath();
    pen.rect(left, top, wide, high);
    pen.clip();
    pen.strokeStyle = color;
    pen.lineWidth = 1;
    pen.beginPath();
    // Phase of the lines from the origin of the canvas: they run on from cell to cell.
    for (let at = left - high - ((left + top) % 5); at < left + wide + high; at += 5) {
      pen.moveTo(at, top + high);
      pen.lineTo(at + high, top);
    }
    pen.stroke();
    pen.restore();
  }

  drawBorders() {
    const pen = this.pen;
    pen.strokeStyle = this.look("rim");
    pen.lineWidth = 1.5;
    pen.lineCap = "square";
    pen.beginPath();
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++) {
        const [left, top, wide, high] = this.box(x, y).map((v, i) => (i < 2 ? v - 0.5 : v));
        if (x > 0 && data.phase[y][x] !== data.phase[y][x - 1]) {
          pen.moveTo(left, top);
          pen.lineTo(left, top + high);
        }
        if (y > 0 && data.phase[y][x] !== data.phase[y - 1][x]) {
          pen.moveTo(left, top + high);
          pen.lineTo(left + wide, top + high);
        }
      }
    }
    pen.stroke();
  }

  // A whisker across each border that moves from seed to seed: the interval for its median. Dark on
  // a wider white line, since it lies on the colours of both sides.
  drawSpreads() {
    const pen = this.pen;
    const at = (cells) => {
      const edge = Math.min(Math.floor(cells + 0.5), nx - 1);
      return this.columns[edge] + (this.columns[edge + 1] - this.columns[edge]) * (cells + 0.5 - edge);
    };
    pen.lineCap = "butt";
    for (const [row, low, high] of data.spreads) {
      const y = Math.round((this.rows[row] + this.rows[row + 1]) / 2) - 0.5;
      const [left, right] = [at(low) + 1, at(high) - 2];
      pen.beginPath();
      pen.moveTo(left, y);
      pen.lineTo(right, y);
      for (const end of [left, right]) {
        pen.moveTo(end, y - 3);
        pen.lineTo(end, y + 3);
      }
      for (const [color, thickness] of [["#ffffff", 3.5], ["#000000", 1.25]]) {
        pen.strokeStyle = color;
        pen.lineWidth = thickness;
        pen.stroke();
      }
    }
  }

  drawAxes(width) {
    const pen = this.pen;
    const [left, right] = [this.columns[0], this.columns[nx]];
    const [bottom, top] = [this.rows[0], this.rows[ny]];
    pen.fillStyle = this.look("muted");
    pen.font = "11px system-ui, sans-serif";
    pen.textBaseline = "middle";
    pen.textAlign = "right";
    for (const j of ticks(data.axes.y.labels.map(() => 14), (bottom - top) / ny)) {
      pen.fillText(data.axes.y.labels[j], left - 6, (this.rows[j] + this.rows[j + 1]) / 2);
    }
    pen.textBaseline = "top";
    pen.textAlign = "center";
    const widths = data.axes.x.labels.map((label) => pen.measureText(label).width + 10);
    const { words } = data.axes.x; // each is named, in narrow letters if need be
    const room = (right - left) / nx;
    for (const i of words ? widths.keys() : decadeTicks(data.axes.x.labels, widths, room)) {
      const half = widths[i] / 2 - 5;
      const at = Math.min((this.columns[i] + this.columns[i + 1]) / 2, width - half - 1);
      pen.fillText(data.axes.x.labels[i], at, bottom + 6, words ? room - 4 : undefined);
    }
    pen.fillStyle = this.look("ink");
    pen.font = NAME;
    pen.fillText(data.axes.x.label, (left + right) / 2, bottom + 25);
    if (this.above) {
      pen.textAlign = "left";
      pen.fillText(data.axes.y.label, 3, 3, width - 6);
      return;
    }
    pen.save();
    pen.translate(3, (top + bottom) / 2);
    pen.rotate(-Math.PI / 2);
    pen.fillText(data.axes.y.label, 0, 0);
    pen.restore();
  }

  drawRing([x, y], color) {
    const [left, top, wide, high] = this.box(x, y);
    const pen = this.pen;
    pen.lineWidth = 5;
    pen.strokeStyle = this.look("surface");
    pen.strokeRect(left - 1, top - 1, wide + 1, high + 1);
    pen.lineWidth = 2.5;
    pen.strokeStyle = color;
    pen.strokeRect(left - 1, top - 1, wide + 1, high + 1);
  }

  at(clientX, clientY) {
    const frame = this.canvas.getBoundingClientRect();
    const x = this.columns.findIndex((edge) => edge > clientX - frame.left) - 1;
    const y = this.rows.findIndex((edge) => edge <= clientY - frame.top) - 1;
    return x >= 0 && y >= 0 && clientY - frame.top >= this.rows[ny] ? [x, y] : null;
  }
}

// Where a value lies between the ends of its scale, from 0 to 1.
function shareOf({ scale, low, high }, value) {
  if (high === low) return 0;
  return scale === "log" ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
}

// Powers of ten alone where the axis has some and they fit, else as `ticks`.
function decadeTicks(labels, sizes, room) {
  const tens = labels.map((_, i) => i).filter((i) => /^(1e-?\d+|0\.0*1|10*)$/.test(labels[i]));
  const gap = Math.min(...tens.slice(1).map((at, i) => at - tens[i]));
  const few = Math.max(...sizes) > room; // else every label fits
  return few && tens.length > 2 && gap * room > Math.max(...sizes) ? tens : ticks(sizes, room);
}

// Every n-th label, with n the least that keeps neighbours apart.
function ticks(sizes, room) {
  const every = Math.max(1, Math.ceil(Math.max(...sizes) / room));
  return sizes.map((_, i) => i).filter((i) => i % every === 0);
}
