// Numbers, sizes and times as people read them.

const grouped = new Intl.NumberFormat("en");

export const number = (value) => grouped.format(value);
export const counted = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;

export function size(bytes) {
    if (bytes < 1024) {
        return `${bytes} B`;
    }
    const unit = bytes < 1024 * 1024 ? "KiB" : "MiB";
    const amount = bytes / (unit === "KiB" ? 1024 : 1024 * 1024);
    return `${amount < 10 ? amount.toFixed(1) : Math.round(amount)} ${unit}`;
}

const UNITS = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];

/** "3 min", "1 h 12 min"; below a second "120 ms". */
export function duration(ms) {
    if (ms < 1000) {
        return `${Math.round(ms)} ms`;
    }
    let left = Math.round(ms / 1000);
    const parts = [];
    for (const [seconds, unit] of UNITS) {
        if (left >= seconds && parts.length < 2) {
            parts.push(`${number(Math.floor(left / seconds))} ${unit}`);
            left %= seconds;
        } else if (parts.length === 1) {
            break;
        }
    }
    return parts.join(" ");
}

export function ago(ms, now = Date.now()) {
    const past = now - ms;
    return past < 5000 ? "just now" : `${duration(past).split(" ").slice(0, 2).join(" ")} ago`;
}

const two = (value) => String(value).padStart(2, "0");

/** Local time: {day, time, part} with the milliseconds as `part`. Null: there is none. */
export function clock(ms) {
    const at = new Date(ms);
    if (ms < 0 || Number.isNaN(at.getTime())) {
        return null;
    }
    return {
        day: `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`,
        time: `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`,
        part: `.${String(at.getMilliseconds()).padStart(3, "0")}`,
    };
}
