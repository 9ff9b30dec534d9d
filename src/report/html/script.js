
(() => {
  'use strict';
  const items = [...document.querySelectorAll('.item')];
  const first = items.length > 1 ? items[0].closest('main > section') : null;
  if (!first) return;

  // Search and one list for each fact that differs between the rows.
  const ranks = ['unknown', 'negligible', 'low', 'medium', 'high', 'critical'];
  const facts = [
    ['list', 'Shown'], ['gate', 'Gate'], ['severity', 'Severity'], ['status', 'Status'], ['origin', 'Origin'],
    ['fix', 'Fix'], ['verdict', 'Verdict'],
  ];
  const make = (name, parent, text) => {
    const element = document.createElement(name);
    if (text) element.textContent = text;
    return parent.appendChild(element);
  };
  const form = document.createElement('form');
  form.className = 'filters';
  form.setAttribute('role', 'search');
  form.setAttribute('aria-label', 'Filter');
  const search = make('input', make('label', form, 'Search'));
  search.type = 'search';
  search.autocomplete = 'off';
  search.spellcheck = false;

  const choices = [];
  for (const [name, title] of facts) {
    const values = [...new Set(items.map((item) => item.dataset[name]).filter(Boolean))];
    if (![0, 1].includes(values.length)) {
      const select = make('select', make('label', form, title));
      make('option', select, 'all').value = '';
      if (name === 'severity') values.sort((a, b) => ranks.indexOf(b) - ranks.indexOf(a));
      values.forEach((value, at) => {
        const isRange = at === 0 ? false : name === 'severity';
        const text = value.replace('_', ' ');
        make('option', select, isRange ? text + ' or above' : text).value = value;
      });
      choices.push([name, select]);
    }
  }
  const reset = make('button', form, 'Show all');
  reset.type = 'reset';
  const unfold = make('button', form, 'Open details');
  unfold.type = 'button';
  const count = make('output', form);
  first.before(form);

  const groups = [...document.querySelectorAll('.package, .scan')].map((group) => {
    return [group, [...group.querySelectorAll('.item')]];
  }).filter(([, members]) => members.length);
  let texts;
  const read = () => {
    texts ??= new Map(items.map((item) => {
      const title = item.closest('.package')?.firstElementChild.textContent ?? '';
      return [item, (title + ' ' + item.textContent).toLowerCase()];
    }));
    return texts;
  };
  const matches = (item, name, wanted) => {
    const value = item.dataset[name];
    if (wanted === '') return true;
    if (name !== 'severity') return value === wanted;
    return Math.max(ranks.indexOf(value), ranks.indexOf(wanted)) === ranks.indexOf(value);
  };
  const apply = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const known = words.length ? read() : null;
    let shown = 0;
    for (const item of items) {
      const isChosen = choices.every(([name, select]) => matches(item, name, select.value));
      const isShown = isChosen ? words.every((word) => known.get(item).includes(word)) : false;
      if (item.hidden === isShown) item.hidden = !isShown;
      shown += isShown;
    }
    for (const [group, members] of groups) {
      group.hidden = members.every((item) => item.hidden);
    }
    count.textContent = shown + ' of ' + items.length + ' shown';
  };
  form.addEventListener('input', apply);
  form.addEventListener('reset', () => setTimeout(apply));
  form.addEventListener('submit', (event) => event.preventDefault());

  const folded = () => [...document.querySelectorAll('main details')];
  const isHidden = (details) => details.closest('[hidden]') !== null;
  unfold.addEventListener('click', () => {
    const shown = folded().filter((details) => !isHidden(details));
    const open = shown.some((details) => !details.open);
    for (const details of shown) details.open = open;
    unfold.textContent = open ? 'Close details' : 'Open details';
  });

  // A printed page has everything that is shown.
  let opened = [];
  addEventListener('beforeprint', () => {
    opened = folded().filter((details) => !details.open);
    for (const details of opened) details.open = true;
  });
  addEventListener('afterprint', () => {
    for (const details of opened) details.open = false;
  });
  apply();
})();
