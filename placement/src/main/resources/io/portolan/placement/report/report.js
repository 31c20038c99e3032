'use strict';
(() => {
  const data = JSON.parse(document.getElementById('placement-data').textContent);
  const range = document.getElementById('count');
  const map = document.getElementById('map');
  if (!range || !map) {
    return;
  }
  const says = document.getElementById('count-says');

  const time = millis => millis.toFixed(0) + ' ms';

  function draw(regions, text) {
    const chosen = regions.map(name => data.regions.indexOf(name));
    for (const region of map.querySelectorAll('[data-region]')) {
      region.setAttribute('class', regions.includes(region.dataset.region) ? 'on' : 'off');
    }
    for (const place of map.querySelectorAll('[data-place]')) {
      const row = data.rtt[place.dataset.place];
      const allowed = chosen.filter(region => row[region] >= 0);
      if (allowed.length === 0) {
        continue;
      }
      const best = allowed.reduce((a, b) => (row[b] < row[a] ? b : a));
      const slower = data.classes.filter(limit => row[best] > limit).length;
      place.setAttribute('class', 'c' + slower);
      place.querySelector('title').textContent = `${place.dataset.place}: ${time(row[best])} to ${data.regions[best]}`;
    }
    says.textContent = text;
  }

  function choose() {
    const plan = data.plans[range.valueAsNumber];
    draw(plan.regions, plan.says);
  }

  function advised() {
    const index = data.plans.findIndex(plan => plan.regions.length === data.advised.length);
    range.value = Math.max(0, index);
    draw(data.advised, `advised: ${data.advised.join(', ')}`);
  }

  range.addEventListener('input', choose);
  document.getElementById('advised').addEventListener('click', advised);
  range.closest('.range').hidden = false;
  advised();
})();
