// The shortest way from one list of lines to another (Myers, O(ND)).

const STEPS_MAX = 1000;

/** [sign, line] with " ", "-" or "+"; null if more lines differ than are looked for. */
export function diff(before, after, stepsMax = STEPS_MAX) {
    let head = 0;
    while (head < before.length && head < after.length && before[head] === after[head]) {
        ++head;
    }
    let tail = 0;
    while (tail < before.length - head && tail < after.length - head && before.at(-1 - tail) === after.at(-1 - tail)) {
        ++tail;
    }
    const middle = walk(before.slice(head, before.length - tail), after.slice(head, after.length - tail), stepsMax);
    return middle && [
        ...before.slice(0, head).map((line) => [" ", line]),
        ...middle,
        ...before.slice(before.length - tail).map((line) => [" ", line]),
    ];
}

function walk(before, after, stepsMax) {
    // ends.get(k): how far of `before` the furthest way on diagonal k (before - after) comes.
    let ends = new Map([[1, 0]]);
    const trace = [];
    for (let steps = 0; steps <= Math.min(stepsMax, before.length + after.length); ++steps) {
        const next = new Map();
        for (let k = -steps; k <= steps; k += 2) {
            const added = k === -steps || (k !== steps && ends.get(k - 1) < ends.get(k + 1));
            let x = added ? ends.get(k + 1) : ends.get(k - 1) + 1;
            while (x < before.length && x - k < after.length && before[x] === after[x - k]) {
                ++x;
            }
            next.set(k, x);
            if (x >= before.length && x - k >= after.length) {
                return back([...trace, ends], before, after);
            }
        }
        trace.push(ends);
        ends = next;
    }
    return null;
}

function back(trace, before, after) {
    const found = [];
    let x = before.length;
    let y = after.length;
    for (let steps = trace.length - 1; steps >= 0; --steps) {
        const ends = trace[steps];
        const k = x - y;
        const added = k === -steps || (k !== steps && ends.get(k - 1) < ends.get(k + 1));
        const fromK = added ? k + 1 : k - 1;
        const fromX = steps === 0 ? 0 : ends.get(fromK);
        const fromY = steps === 0 ? 0 : fromX - fromK;
        while (x > fromX && y > fromY) {
            found.push([" ", before[--x]]);
            --y;
        }
        if (steps > 0) {
            found.push(added ? ["+", after[--y]] : ["-", before[--x]]);
        }
    }
    return found.reverse();
}

/** Runs of what is equal cut to a few lines around what isn't: [sign, line], or ["…", how many]. */
export function folded(lines, around = 3) {
    const kept = new Set();
    lines.forEach(([sign], index) => {
        for (let at = index - around; sign !== " " && at <= index + around; ++at) {
            kept.add(at);
        }
    });
    const found = [];
    lines.forEach((line, index) => {
        if (kept.has(index)) {
            found.push(line);
        } else if (found.at(-1)?.[0] === "…") {
            ++found.at(-1)[1];
        } else {
            found.push(["…", 1]);
        }
    });
    return found;
}
