// What a finding looks like, and how two values differ.

const changed = (a, b) => {
  const [left, right] = [[...a], [...b]];
  let start = 0;
  while (start < left.length && start < right.length && left[start] === right[start]) start++;
  let end = 0;
  while (end < left.length - start && end < right.length - start && left.at(-1 - end) === right.at(-1 - end))
    end++;
  const cut = (it) => [
    it.slice(0, start).join(''),
    h('mark', {}, it.slice(start, it.length - end).join('')),
    it.slice(it.length - end).join(''),
  ];
  // Where nothing is shared, everything would be marked.
  return start + end ? [cut(left), cut(right)] : [[a], [b]];
};
const differenceTable = ({ params }) =>
  params.length > 0 &&
  h(
    'table.diff',
    {},
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        ['Parameter', 'Expected', 'Actual'].map((text) => h('th', { scope: 'col' }, text)),
      ),
    ),
    h(
      'tbody',
      {},
      params.map(({ name, expected, found }) => {
        const [was, is] =
          expected != null && found != null
            ? changed(plain(expected), plain(found))
            : [expected == null ? null : [plain(expected)], found == null ? null : [plain(found)]];
        return h(
          'tr',
          {},
          h('th', { scope: 'row' }, name),
          h(`td${was ? '.was' : '.none'}`, { 'data-of': 'expected' }, was ?? 'not there'),
          h(`td${is ? '.is' : '.none'}`, { 'data-of': 'actual' }, is ?? 'not there'),
        );
      }),
    ),
  );
const findingCard = (finding, scenario, data) => {
  const step = data?.steps[finding.step];
  const difference = finding.difference;
  return h(
    `article.card.finding.${finding.severity}`,
    { id: finding.id ?? null, tabindex: finding.id ? -1 : null },
    h(
      'header',
      {},
      badge(finding.severity),
      h('code', {}, finding.code),
      finding.place && h('span.muted', {}, `${finding.place.file}:${finding.place.line}`),
      scenario &&
        h('a', { href: address(scenario, finding.id), 'aria-label': `Link to ${finding.code}` }, 'link'),
    ),
    h('p.said', {}, prose(finding.message)),
    step &&
      h(
        'p.muted',
        {},
        'in ',
        h(
          'a',
          { href: address(scenario, `step-${finding.step + 1}`) },
          `step ${finding.step + 1}, ${step.label}`,
        ),
      ),
    difference &&
      h('p.muted', {}, h('span.vendor', {}, difference.vendor), ` ${difference.event} ${difference.account}`),
    difference && differenceTable(difference),
    finding.details.length > 0 &&
      h(
        'ul.details',
        {},
        finding.details.map((line) => h('li', {}, prose(line))),
      ),
    finding.hits.length > 0 &&
      data &&
      h(
        'div',
        {},
        h('p', {}, '\u00a0'),
        finding.hits.slice(0, 20).map((index) => data.hits[index] && hitFold(data, data.hits[index])),
      ),
    (finding.trails ?? []).map(trailPicture),
    finding.suppressed && h('p.help', {}, `suppressed because: ${finding.suppressed}`),
    finding.help && h('p.help', {}, prose(finding.help)),
  );
};
// The way of an event from the step to the vendor, and where it ended.
const trailPicture = (trail) => {
  const states = { ok: 'passed', broken: 'failed', unknown: 'unknown', not_reached: 'skipped' };
  const stage = (it) =>
    h(
      `li.${states[it.state]}`,
      { title: it.evidence },
      sign(states[it.state]),
      h('b', {}, it.name.replace('_', ' ')),
      it.state === 'broken' && h('span', {}, ' lost here'),
    );
  return h(
    'figure.way',
    {},
    h(
      'figcaption',
      {},
      h('b', {}, trail.hit == null ? 'Where it was lost: ' : 'Where it came from: '),
      prose(trail.summary),
    ),
    h('ol.trail', { tabindex: 0, 'aria-label': 'Stages' }, trail.stages.map(stage)),
    fold('fold', [h('span.muted', {}, 'Evidence of each stage')], () =>
      h(
        'table.params',
        {},
        h(
          'tbody',
          {},
          trail.stages.map((it) =>
            h(
              'tr',
              {},
              h('td', {}, it.name.replace('_', ' ')),
              h('td', {}, it.evidence, it.place && ` at ${it.place.url}:${it.place.line}:${it.place.column}`),
              h('td', {}, it.state.replace('_', ' ')),
            ),
          ),
        ),
      ),
    ),
  );
};
