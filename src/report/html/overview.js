// The first view: every scenario, by verdict and search, and what fired.

const matches = (scenario) => {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  return (
    (!filter.verdict || scenario.verdict === filter.verdict) &&
    words.every((word) => scenario.words.includes(word))
  );
};
const headline = () => {
  const number = (verdict) => run.scenarios.filter((scenario) => scenario.verdict === verdict).length;
  const total = count(run.scenarios.length, 'scenario');
  if (!run.scenarios.length) return 'Nothing was played';
  const parts = VERDICTS.filter((verdict) => verdict !== 'passed' && number(verdict)).map(
    (verdict) => `${number(verdict)} ${verdict}`,
  );
  return parts.length ? `${parts.join(', ')} of ${total}` : `${total}, all passed`;
};
const overview = () => {
  const counts = VERDICTS.map((verdict) => [
    verdict,
    run.scenarios.filter((it) => it.verdict === verdict).length,
  ]).filter(([, it]) => it);
  const bar = h(
    'div.share',
    { role: 'img', 'aria-label': headline() },
    counts.map(([verdict, number]) => {
      const piece = h(`i.${verdict}`);
      piece.style.flexGrow = number;
      return piece;
    }),
  );
  const list = h('ol.rows');
  const draw = () => {
    const found = ordered.filter(matches);
    list.replaceChildren(
      ...found.map((scenario) =>
        h(
          'li',
          {},
          h(
            'a',
            { href: address(scenario) },
            sign(scenario.verdict),
            h('span.name', {}, scenario.name, h('small', {}, scenario.file)),
            h(
              'span.size',
              {},
              `${count(scenario.steps, 'step')} · ${count(scenario.hits, 'hit')} · ${duration(scenario.duration_ms)}`,
            ),
            scenario.why &&
              h(
                `span.why.${scenario.verdict}`,
                {},
                prose(scenario.why),
                scenario.errors > 1 && h('span.muted', {}, ` and ${scenario.errors - 1} more`),
              ),
          ),
        ),
      ),
    );
    if (!found.length) list.append(h('li.empty', {}, 'No scenario matches.'));
    said.textContent = count(found.length, 'scenario');
  };
  const said = h('p.muted', { role: 'status' });
  const search = h('input', {
    type: 'search',
    id: 'search',
    placeholder: 'Search names, files, events, findings',
    'aria-label': 'Search',
    value: filter.text,
    input: () => {
      filter.text = search.value;
      draw();
    },
  });
  const chips = h(
    'div.chips',
    { role: 'group', 'aria-label': 'Verdict' },
    [['', run.scenarios.length], ...counts].map(([verdict, number]) =>
      h(
        'button',
        {
          type: 'button',
          'aria-pressed': String(filter.verdict === verdict),
          click: ({ currentTarget }) => {
            filter.verdict = verdict;
            for (const chip of chips.children)
              chip.setAttribute('aria-pressed', String(chip === currentTarget));
            draw();
          },
        },
        verdict || 'all',
        h('b', {}, number),
      ),
    ),
  );
  draw();
  main.replaceChildren(
    ...[
      h('h1', { tabindex: -1 }, headline()),
      h(
        'div.facts',
        {},
        h('span', {}, moment(run.started)),
        h('span', {}, duration(run.duration_ms)),
        run.browser && h('span', {}, run.browser.replace('/', ' ')),
        h('span', {}, `pixelproof ${run.version}`),
      ),
      !run.complete &&
        h(
          'p.notice.warning',
          {},
          h('b', {}, 'Incomplete. '),
          'The run was interrupted: what is here is what was known by then.',
        ),
      bar,
      ...run.findings.map((finding) => findingCard(finding, null, null)),
      ...(run.scenarios.length ? [h('div.tools', {}, search, chips), list, said] : []),
      fired(),
    ].filter(Boolean),
  );
  return 'All scenarios';
};
const fired = () => {
  const vendors = new Map();
  for (const scenario of run.scenarios) {
    for (const [vendor, event, number] of scenario.events) {
      const events = vendors.get(vendor) ?? vendors.set(vendor, new Map()).get(vendor);
      events.set(event, (events.get(event) ?? 0) + number);
    }
  }
  if (!vendors.size) return '';
  const row = ([vendor, events]) =>
    h(
      'tr',
      {},
      h('td.vendor', {}, vendor),
      h(
        'td',
        {},
        [...events]
          .sort((a, b) => b[1] - a[1])
          .slice(0, 40)
          .map(([event, number], at) => [at ? ', ' : '', event, h('span.muted', {}, ` ×${number}`)]),
      ),
    );
  return h(
    'section',
    {},
    h('h2', {}, 'What fired', h('small', {}, count(vendors.size, 'vendor'))),
    h(
      'div.card',
      {},
      h(
        'table',
        {},
        h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Vendor'), h('th', { scope: 'col' }, 'Events'))),
        h('tbody', {}, [...vendors].sort().map(row)),
      ),
    ),
  );
};
