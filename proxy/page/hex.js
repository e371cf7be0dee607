// Bytes as lines: where, sixteen of them, and what of them is ASCII.

export const WIDTH = 16;

function hexLine(bytes, at) {
    const here = bytes.subarray(at, at + WIDTH);
    let codes = "";
    let signs = "";
    here.forEach((byte, index) => {
        codes += `${index === WIDTH / 2 ? " " : ""}${byte.toString(16).padStart(2, "0")} `;
        signs += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·";
    });
    return `${at.toString(16).padStart(8, "0")}  ${codes.padEnd(3 * WIDTH + 1)} ${signs}`;
}

export function hexLines(bytes, from = 0, to = bytes.length) {
    const lines = [];
    for (let at = from; at < Math.min(to, bytes.length); at += WIDTH) {
        lines.push(hexLine(bytes, at));
    }
    return lines;
}
