"use strict";

const heart = document.getElementById("heart");
const state = document.getElementById("state");
const rows = document.getElementById("ticks");
let newest = "";

function show(ticks) {
  const last = ticks.at(-1);
  if (!last) return;
  const name = `${last.time} ${last.tag}`;
  if (name === newest) return;
  newest = name;
  heart.classList.remove("beats");
  void heart.offsetWidth;  // restarts the animation
  heart.classList.add("beats");
  state.textContent = `The last tick was "${last.tag}".`;
  rows.replaceChildren(...ticks.toReversed().map(({ time, tag }) => {
    const row = document.createElement("tr");
    row.append(...[new Date(time * 1000).toLocaleTimeString(), tag].map((text) => {
      const cell = document.createElement("td");
      cell.textContent = text;
      return cell;
    }));
    return row;
  }));
}

async function ask() {
  try {
    const answer = await fetch("api/ticks");
    if (!answer.ok) throw new Error(`the application answers ${answer.status}`);
    show((await answer.json()).ticks);
  } catch (error) {
    state.textContent = `No news: ${error.message}.`;
  }
}

ask();
setInterval(ask, 1000);
