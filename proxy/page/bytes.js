// Bytes as texts that lose nothing: UTF-8, and each byte B that isn't is the lone surrogate U+DC00 + B,
// which no UTF-8 can hold. So keys, headers and values are one type here, and bytesOf gives them back.

const utf8 = new TextEncoder();
const strict = new TextDecoder("utf-8", {fatal: true, ignoreBOM: true});
const ODD = /[\udc80-\udcff]/u;

/** Standard or url alphabet, with or without padding. */
export function fromBase64(text) {
    const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = new Uint8Array(plain.length);
    for (let at = 0; at < plain.length; ++at) {
        bytes[at] = plain.charCodeAt(at);
    }
    return bytes;
}

/** The url alphabet, without padding. */
export function toBase64(bytes) {
    let plain = "";
    for (let at = 0; at < bytes.length; at += 0x2000) {
        plain += String.fromCharCode(...bytes.subarray(at, at + 0x2000));
    }
    return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** How many bytes a well-formed UTF-8 sequence has that begins here; 0: none does. */
function sequenceAt(bytes, at) {
    const first = bytes[at];
    const length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    // Overlong, surrogates, beyond U+10FFFF: what the second byte may be.
    const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
    const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
    for (let next = 1; next < length; ++next) {
        const byte = bytes[at + next];
        if (!(byte >= (next === 1 ? low : 0x80) && byte <= (next === 1 ? high : 0xbf))) {
            return 0;
        }
    }
    return length;
}

export function textOf(bytes) {
    try {
        return strict.decode(bytes);
    } catch {
        return mixedTextOf(bytes);
    }
}

function mixedTextOf(bytes) {
    const units = new Uint16Array(bytes.length);
    let end = 0;
    for (let at = 0; at < bytes.length;) {
        const length = sequenceAt(bytes, at);
        if (length === 0) {
            units[end++] = 0xdc00 + bytes[at++];
            continue;
        }
        let code = length === 1 ? bytes[at] : bytes[at] & (0x7f >> length);
        for (let next = 1; next < length; ++next) {
            code = code << 6 | bytes[at + next] & 0x3f;
        }
        if (code > 0xffff) {
            units[end++] = 0xd7c0 + (code >> 10);
            code = 0xdc00 + (code & 0x3ff);
        }
        units[end++] = code;
        at += length;
    }
    let text = "";
    for (let at = 0; at < end; at += 0x2000) {
        text += String.fromCharCode(...units.subarray(at, Math.min(at + 0x2000, end)));
    }
    return text;
}

/** Whether it is UTF-8 as it stands. */
export const isText = (text) => text.isWellFormed?.() ?? !ODD.test(text);

export function bytesOf(text) {
    if (isText(text)) {
        return utf8.encode(text);
    }
    const bytes = new Uint8Array(3 * text.length);
    let end = 0;
    for (const part of text.split(/([\udc80-\udcff])/u)) {
        if (part.length === 1 && ODD.test(part)) {
            bytes[end++] = part.charCodeAt(0) - 0xdc00;
        } else {
            end += utf8.encodeInto(part, bytes.subarray(end)).written;
        }
    }
    return bytes.slice(0, end);
}

/** A field of the API beside the one that says how it is encoded: a text as above, or null. */
export function read(fields, name) {
    const value = fields[name];
    return fields[`${name}_encoding`] === "base64" ? textOf(fromBase64(value)) : value;
}

const PLAIN = /^[A-Za-z0-9_.~-]$/;

export function percentEncode(text) {
    let coded = "";
    for (const byte of bytesOf(text)) {
        const one = String.fromCharCode(byte);
        coded += PLAIN.test(one) ? one : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    }
    return coded;
}

/** Never throws: what is no escape stands for itself. */
export function percentDecode(coded) {
    const bytes = utf8.encode(coded);
    const plain = [];
    for (let at = 0; at < bytes.length; ++at) {
        const digits = String.fromCharCode(bytes[at + 1], bytes[at + 2]);
        if (bytes[at] === 0x25 && /^[0-9A-Fa-f]{2}$/.test(digits)) {
            plain.push(parseInt(digits, 16));
            at += 2;
        } else {
            plain.push(bytes[at]);
        }
    }
    return textOf(Uint8Array.from(plain));
}
