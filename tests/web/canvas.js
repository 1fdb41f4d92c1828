// The map of a page drawn on a canvas that only notes where words go. Reads the scripts of the page
// and one line of JSON, {"data": ..., "width": ..., "coloring": ...}; prints the height of the canvas, the
// boxes, the colours of what is filled, and what is said of the first cell and of the scale.

const { readFileSync } = require("node:fs");

const { data: given, width, scripts, coloring } = JSON.parse(readFileSync(0, "utf8"));
const words = [];
const fills = [];
let turned = null; // where the origin is while text goes upwards

const pen = new Proxy({
  textAlign: "left",
  textBaseline: "top",
  // About as wide as the letters of a system font are on average.
  measureText: (text) => ({ width: text.length * parseFloat(/([\d.]+)px/.exec(pen.font)[1]) * 0.56 }),
  translate: (x, y) => { turned = [x, y]; },
  restore: () => { turned = null; },
  fillRect: () => { fills.push(pen.fillStyle); },
  fillText(text, x, y, most = Infinity) {
    const long = Math.min(pen.measureText(text).width, most);
    const tall = parseFloat(/([\d.]+)px/.exec(pen.font)[1]);
    const along = { left: 0, center: long / 2, right: long }[pen.textAlign];
    const down = { top: 0, middle: tall / 2 }[pen.textBaseline];
    const box = turned
      ? [turned[0] + y - down, turned[1] - x - long + along, tall, long]
      : [x - along, y - down, long, tall];
    words.push({ text, box, squeezed: long < pen.measureText(text).width });
  },
}, { get: (target, name) => (name in target ? target[name] : () => {}) });

const canvas = { getContext: () => pen, style: {} };
globalThis.document = { getElementById: () => ({ textContent: JSON.stringify(given) }) };
globalThis.matchMedia = () => ({ matches: false, addEventListener() {} });
globalThis.ResizeObserver = class { observe() {} };
globalThis.devicePixelRatio = 1;
globalThis.getComputedStyle = () => ({ getPropertyValue: () => "#000000" });
const drawn = `${scripts}
  const view = new MapView(host);
  view.coloring = coloring;
  view.draw();
  const colour = data.colours.find(({ name }) => name === coloring);
  return {
    said: [...cellWords(0, 0), ...colourWords(coloring, 0, 0)],
    scale: colour ? [figure(colour.low), scaleWords(colour)] : [],
  };`;
const told = new Function("host", "coloring", drawn)({
  clientWidth: width, querySelector: () => canvas,
}, coloring);
process.stdout.write(JSON.stringify({ height: parseFloat(canvas.style.height), words, fills, ...told }));
