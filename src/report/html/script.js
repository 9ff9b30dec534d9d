
(() => {
  'use strict';
  const items = [...document.querySelectorAll('.item')];
  const first = items.length > 1 ? items[0].closest('main > section') : null;
  if (!first) return;

  // Search and one list for each fact that differs between the rows.
  const ranks = ['unknown', 'negligible', 'low', 'medium', 'high', 'critical'];
  const facts = [
    ['image', 'Image'], ['list', 'Shown'], ['gate', 'Gate'], ['severity', 'Severity'], ['status', 'Status'], ['origin', 'Origin'],
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

  // The value that a row is filtered by. Images are told apart by their headings.
  const several = document.querySelectorAll('main > section > .scan').length > 1;
  const value = (item, name) => {
    if (name !== 'image') return item.dataset[name];
    return several ? item.closest('.scan')?.querySelector('h3').textContent : undefined;
  };
  const title = (name, value) => {
    if (name === 'gate') return value === 'no' ? 'does not count' : value;
    return name === 'image' ? value : value.replace('_', ' ');
  };
  const choices = [];
  for (const [name, label] of facts) {
    const values = [...new Set(items.map((item) => value(item, name)).filter(Boolean))];
    if (![0, 1].includes(values.length)) {
      const select = make('select', make('label', form, label));
      make('option', select, 'all').value = '';
      if (name === 'severity') values.sort((a, b) => ranks.indexOf(b) - ranks.indexOf(a));
      values.forEach((value, at) => {
        const isRange = [0, values.length - 1].includes(at) ? false : name === 'severity';
        make('option', select, isRange ? title(name, value) + ' or above' : title(name, value)).value = value;
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
  const headings = [...document.querySelectorAll('main > section > h2 > .count')].map((heading) => {
    const members = [...heading.closest('section').querySelectorAll('.item')];
    return [heading, heading.textContent, members];
  }).filter(([, , members]) => members.length);
  // The text of a row without the words that every row has.
  const searched = '.id, .why > div > p:first-child, .tags > .muted, .tags > .value, dd';
  const own = (item) => {
    const parts = item.matches('.image') ? [item] : [...item.querySelectorAll(searched)];
    return parts.map((part) => part.textContent).join(' ');
  };
  let texts;
  const read = () => {
    texts ??= new Map(items.map((item) => {
      const title = item.closest('.package')?.firstElementChild.textContent ?? '';
      return [item, (title + ' ' + own(item)).toLowerCase()];
    }));
    return texts;
  };
  const lowest = ranks.find((rank) => items.some((item) => item.dataset.severity === rank));
  const matches = (item, name, wanted) => {
    if (wanted === '') return true;
    const found = value(item, name);
    if (name !== 'severity') return found === wanted;
    // The last choice is the lowest severity alone, since the list of all has everything else.
    if (wanted === lowest) return found === wanted;
    return Math.max(ranks.indexOf(found), ranks.indexOf(wanted)) === ranks.indexOf(found);
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
    for (const [heading, all, members] of headings) {
      const visible = members.filter((item) => !item.hidden).length;
      heading.textContent = visible === members.length ? all : visible + ' of ' + all;
    }
    count.textContent = shown ? shown + ' of ' + items.length + ' shown' : 'Nothing matches: 0 of ' + items.length + ' shown';
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
