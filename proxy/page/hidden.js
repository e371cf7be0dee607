// What doesn't show, or acts on its surroundings, is made visible: control characters, bidi overrides, zero width,
// line separators, bytes that are no UTF-8, and piles of combining marks.

// Emoji are glued by U+200D and U+FE0F, which stay there.
const HIDDEN = new RegExp([
    "(?<=\\p{Extended_Pictographic}\\ufe0f?|\\p{Emoji_Modifier})\\u200d(?=\\p{Extended_Pictographic})",
    "(?<=\\p{Extended_Pictographic})\\ufe0f",
    "([\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}\\u2800]|(?! )\\p{Zs}|(?<=\\p{M}{4})\\p{M})",
].join("|"), "gu");
const MAYBE = /[^\x20-\x7e]/;
const SHORT = {"\0": "\\0", "\n": "\\n", "\r": "\\r", "\t": "\\t"};
const NAMES = {
    0x00a0: "no-break space", 0x00ad: "soft hyphen", 0x200b: "zero width space", 0x200c: "zero width non-joiner",
    0x200d: "zero width joiner", 0x200e: "left-to-right mark", 0x200f: "right-to-left mark", 0x2028: "line separator",
    0x2029: "paragraph separator", 0x202a: "left-to-right embedding", 0x202b: "right-to-left embedding",
    0x202c: "pop directional formatting", 0x202d: "left-to-right override", 0x202e: "right-to-left override",
    0x2060: "word joiner", 0x2066: "left-to-right isolate", 0x2067: "right-to-left isolate",
    0x2068: "first strong isolate", 0x2069: "pop directional isolate", 0xfeff: "byte order mark",
};

const hex = (number, digits) => number.toString(16).toUpperCase().padStart(digits, "0");

function escapeOf(one) {
    const code = one.codePointAt(0);
    if (code >= 0xdc80 && code <= 0xdcff) {
        return `\\x${hex(code - 0xdc00, 2)}`;
    }
    return SHORT[one] ?? (code < 0x100 ? `\\x${hex(code, 2)}` : code < 0x10000 ? `\\u${hex(code, 4)}`
        : `\\u{${hex(code, 5)}}`);
}

function nameOf(one) {
    const code = one.codePointAt(0);
    if (code >= 0xdc80 && code <= 0xdcff) {
        return "a byte that is no UTF-8";
    }
    return `U+${hex(code, 4)}${NAMES[code] ? ` ${NAMES[code]}` : ""}`;
}

/** Pieces in order: a text, or {mark, name} for what doesn't show. `keep`: characters that act as they should. */
export function pieces(text, keep = "") {
    if (!MAYBE.test(text)) {
        return text === "" ? [] : [text];
    }
    const found = [];
    let from = 0;
    for (const match of text.matchAll(HIDDEN)) {
        if (match[1] === undefined || keep.includes(match[1])) {
            continue;
        }
        if (match.index > from) {
            found.push(text.slice(from, match.index));
        }
        found.push({mark: escapeOf(match[1]), name: nameOf(match[1])});
        from = match.index + match[1].length;
    }
    if (from < text.length) {
        found.push(text.slice(from));
    }
    return found;
}

/** The same as one text. */
export const escaped = (text, keep = "") => pieces(text, keep).map((one) => one.mark ?? one).join("");

/** Whether a person sees all of it. */
export const showsAll = (text) => pieces(text).every((one) => typeof one === "string");
