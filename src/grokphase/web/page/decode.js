// ---- data: what the page was given, and the curves unpacked from it

const data = JSON.parse(document.getElementById("data").textContent);
const MISSING = 65535;

// The reverse of web/packing.py: base64, zlib.
async function inflated(text) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).arrayBuffer();
}

// Curves are running sums of differences.
async function unpackCurves(packed) {
  const view = new DataView(await inflated(packed.data));
  const total = packed.points.reduce((sum, n) => sum + n, 0);
  const step = new Float64Array(total);
  for (let i = 0, at = 0; i < total; i++) step[i] = at = (at + view.getUint32(4 * i, true)) >>> 0;
  const columns = packed.measures.map((_, m) => {
    const codes = new Uint16Array(total);
    const start = 4 * total + 2 * total * m;
    for (let i = 0, at = 0; i < total; i++) {
      codes[i] = at = (at + view.getUint16(start + 2 * i, true)) & 0xffff;
    }
    return codes;
  });
  const starts = [0];
  for (const n of packed.points) starts.push(starts.at(-1) + n);
  return (run) => curvesOf(packed, step, columns, starts[run], starts[run + 1]);
}

function curvesOf(packed, step, columns, start, end) {
  const curves = { step: step.subarray(start, end) };
  packed.measures.forEach((measure, m) => {
    const codes = columns[m].subarray(start, end);
    const [low, high] = packed.ranges[m];
    const logarithmic = packed.scales[m] === "log";
    curves[measure] = Float64Array.from(codes, (code) => {
      if (code === MISSING) return NaN;
      const share = code / (MISSING - 1);
      if (share === 1) return high; // exactly: all right is 1
      return logarithmic ? low * (high / low) ** share : low + (high - low) * share;
    });
  });
  return curves;
}

// What is looked at stands in the address, to be shared; a page inside a notebook has no address.
function setAddress(address) {
  try {
    history.replaceState(null, "", address);
  } catch (refusal) {
    if (refusal.name !== "SecurityError") throw refusal;
  }
}
