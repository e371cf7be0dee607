// What is said to those who don't look, and what is shown for a moment to those who do.

const GAP_MS = 3000;
const SHOWN_MS = 2600;

const spoken = document.getElementById("spoken");
const toast = document.getElementById("toast");
let waiting = null;
let busy = false;
let timer = 0;

/** Politely, and the last one only if they come faster than anybody listens. */
export function say(text) {
    if (busy) {
        waiting = text;
        return;
    }
    spoken.textContent = text;
    busy = true;
    setTimeout(() => {
        busy = false;
        const next = waiting;
        waiting = null;
        if (next !== null) {
            say(next);
        }
    }, GAP_MS);
}

export function show(text) {
    toast.textContent = text;
    toast.classList.add("on");
    clearTimeout(timer);
    timer = setTimeout(() => toast.classList.remove("on"), SHOWN_MS);
    say(text);
}
