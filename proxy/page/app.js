// Binds the page together: which topic, which view, and the keys.

import {ask, paths} from "/page/api.js";
import {setBootstrap} from "/page/commands.js";
import {ConflictsView} from "/page/conflicts_view.js";
import {el, hide, word} from "/page/dom.js";
import {escaped} from "/page/hidden.js";
import {EventsView} from "/page/events_view.js";
import {watch} from "/page/instance.js";
import {helpDialog, listen} from "/page/keyboard.js";
import {PartitionsView} from "/page/partitions_view.js";
import {problemBox} from "/page/problem.js";
import {current, follow, format, go, VIEWS} from "/page/route.js";

const NAMES = {events: "Events", conflicts: "Conflicts", partitions: "Partitions"};

const main = document.getElementById("main");
const chooser = document.getElementById("topic");
const links = document.getElementById("views");
const health = document.getElementById("health");
const help = helpDialog();
const views = {events: new EventsView(), conflicts: new ConflictsView(), partitions: new PartitionsView()};
/** A link may name a topic that isn't there. */
const noTopic = {
    root: el("div", {class: "blank start"}),
    show(route) {
        this.root.replaceChildren(el("h1", {tabindex: "-1"}, topics.length === 0 ? "No topics" : "No such topic"),
            topics.length === 0 ? el("p", {}, "bkes guards none, or none that you may see.")
                : el("p", {}, "bkes doesn't guard ", word(route.topic), ", or you may not see it. There is: ",
                    topics.map(({topic}, index) => [index > 0 && ", ", el("a", {href: format({topic})}, topic)])));
    },
    hide() {},
};

let topics = null;
let shown = null;

function showTopics() {
    chooser.replaceChildren(...topics.map(({topic}) => el("option", {value: topic}, topic)));
    hide(chooser.parentElement, topics.length === 0);
    chooser.disabled = topics.length < 2;
}

function show(route) {
    if (topics === null) {
        return;
    }
    if (route.topic === "" && topics.length > 0) {
        go({...route, topic: topics[0].topic}, {replace: true});
        return;
    }
    chooser.value = route.topic;
    links.replaceChildren(...VIEWS.map((view) => el("a", {
        href: format(view === route.view && view === "events" ? {...route, key: null, at: null} : {view, topic: route.topic}),
        "aria-current": view === route.view && "page",
    }, NAMES[view])));
    document.title = [route.view === "events" ? route.key === null ? NAMES.events : escaped(route.key.slice(0, 100))
        : NAMES[route.view], "bkes"].join(" · ");
    const view = topics.some(({topic}) => topic === route.topic) ? views[route.view] : noTopic;
    if (shown !== view) {
        shown?.hide();
        const isFirst = shown === null;
        shown = view;
        main.replaceChildren(view.root);
        view.show(route);
        if (!isFirst) {
            view.root.querySelector("h1")?.focus({preventScroll: true});
        }
    } else {
        view.show(route);
    }
}

async function start() {
    if (main.querySelector(".problem") === null) {
        main.replaceChildren(el("div", {class: "blank start"}, el("p", {class: "loading"}, "Asking bkes…")));
    }
    try {
        const told = await ask(paths.topics, {patient: true});
        setBootstrap(told.bootstrap_servers);
        topics = told.topics;
    } catch (problem) {
        main.replaceChildren(el("div", {class: "blank start"}, problemBox(problem, start)));
        return;
    }
    showTopics();
    show(current());
}

function showHealth({status, problem}) {
    const [look, text] = problem ? ["bad", "No answer"] : status.ready ? ["live", "Ready"]
        : status.phase === "serving" ? ["wait", "Not ready"] : ["wait", status.phase];
    const title = problem ? "bkes doesn't answer" : `bkes ${status.version}, instance ${status.instance}`;
    if (health.dataset.says !== text) {
        health.dataset.says = text;
        health.replaceChildren(el("span", {class: `state state-${look}`}), el("span", {class: "health-text"}, text));
    }
    health.title = title;
    health.href = format({...current(), view: "partitions"});
}

const {events, conflicts} = views;
const inEvents = () => shown === events;

function step(steps) {
    if (shown === conflicts) {
        return conflicts.move(steps);
    }
    if (!inEvents()) {
        return false;
    }
    const inKeys = events.keys.hasFocus || events.timeline === null;
    return (inKeys ? events.keys : events.timeline).move(steps);
}

/** Arrows scroll, unless a row has the focus; from the search they go into what was found. */
function arrow(steps, target) {
    if (events.keys.isTyping) {
        return steps > 0 && events.keys.move(steps);
    }
    return target.closest("[data-row]") !== null && step(steps);
}

function back() {
    if (!inEvents()) {
        return false;
    }
    const {keys, timeline} = events;
    if (keys.isTyping) {
        if (keys.isClear) {
            document.activeElement.blur();
        } else {
            keys.clear();
        }
    } else if (timeline?.row?.isOpen) {
        timeline.row.head.focus();
        timeline.row.close();
    } else if (timeline !== null && !keys.hasFocus) {
        if (keys.isHidden) {
            go({...current(), key: null, at: null});
        } else {
            keys.focus(current().key);
        }
    } else if (current().key !== null) {
        go({...current(), key: null, at: null});
    }
    return true;
}

const view = (name) => () => go({...current(), view: name, key: null, at: null, prefix: ""});
const withRow = (act) => () => (events.timeline?.row && inEvents() ? act(events.timeline.row) : false);

listen({
    "/": () => {
        if (inEvents() && !events.keys.isHidden) {
            events.keys.search();
        } else {
            go({...current(), view: "events", key: null, at: null});
            setTimeout(() => events.keys.search());  // once it is shown
        }
    },
    j: () => step(1),
    k: () => step(-1),
    ArrowDown: (target) => arrow(1, target),
    ArrowUp: (target) => arrow(-1, target),
    Escape: back,
    d: withRow((row) => row.showChanges()),
    c: withRow((row) => row.copyCommand()),
    g: () => (inEvents() && events.timeline ? events.timeline.askForOrder() : false),
    r: () => {
        const route = current();
        return inEvents() && events.timeline ? go({...route, at: null, order: route.order === "asc" ? "desc" : "asc"}) : false;
    },
    p: () => (inEvents() && events.timeline ? events.timeline.togglePause() : false),
    1: view("events"),
    2: view("conflicts"),
    3: view("partitions"),
    "?": () => help.showModal(),
});

document.body.append(help);
document.getElementById("skip").addEventListener("click", (click) => {
    click.preventDefault();  // what is behind # is the route
    main.focus();
});
document.getElementById("help").addEventListener("click", () => help.showModal());
chooser.addEventListener("change", () => go({view: current().view, topic: chooser.value}));
watch(showHealth);
follow(show);
start();
