// Addresses, keys, theme and print.

let turn = 0;
const show = async () => {
  const mine = ++turn;
  let parts = [''];
  try {
    parts = location.hash.slice(1).split('/').map(decodeURIComponent);
  } catch {
    /* a broken link leads to the start */
  }
  const scenario = run.scenarios.find((it) => it.slug === parts[0]);
  const [, attempt] = /^attempt-(\d+)$/.exec(parts[1] ?? '') ?? [];
  const part = parts[attempt ? 2 : 1];
  const title = scenario ? await scenarioPage(scenario, Number(attempt ?? 0), part) : overview();
  if (mine !== turn) return;
  document.getElementById('where').textContent = scenario ? clean(title) : '';
  document.title = `${clean(scenario ? title : headline())} · pixelproof`;
  const aim = scenario && part && document.getElementById(part.startsWith('step-') ? 'steps' : part);
  const finding = aim?.classList.contains('finding');
  aim?.classList.toggle('aim', finding);
  if (aim) aim.scrollIntoView({ block: 'start', behavior: 'instant' });
  else scrollTo({ top: 0, behavior: 'instant' });
  (finding ? aim : main.querySelector('h1')).focus({ preventScroll: true });
  document.documentElement.dataset.ready = scenario ? scenario.slug : 'overview';
};
const themes = ['', 'light', 'dark'];
const store = (theme) => {
  try {
    localStorage.setItem('pixelproof-theme', theme);
  } catch {
    /* not kept, then */
  }
};
const setTheme = (theme) => {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  document.getElementById('theme').textContent = `Theme: ${theme || 'system'}`;
};
const nextTheme = () => {
  const theme = themes[(themes.indexOf(document.documentElement.dataset.theme ?? '') + 1) % themes.length];
  setTheme(theme);
  store(theme);
};
let kept = '';
try {
  kept = localStorage.getItem('pixelproof-theme') ?? '';
} catch {
  /* nothing is kept */
}
setTheme(themes.includes(kept) ? kept : '');
const help = document.getElementById('help');
document.getElementById('theme').addEventListener('click', nextTheme);
document.getElementById('keys').addEventListener('click', () => help.showModal());
document.getElementById('close').addEventListener('click', () => help.close());
const moveOn = (by) => {
  const rows = [...main.querySelectorAll('.rows a')];
  if (rows.length) {
    const at = rows.indexOf(document.activeElement);
    rows[Math.min(Math.max(at + by, 0), rows.length - 1)].focus();
    return;
  }
  const current = ordered.findIndex((it) => it.slug === document.documentElement.dataset.ready);
  if (ordered[current + by]) location.hash = address(ordered[current + by]);
};
addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
  if (event.key === 'Escape') {
    if (event.target.id === 'search') event.target.blur();
    else if (location.hash.length > 1) location.hash = '';
    return;
  }
  if (event.target.matches('input')) return;
  const act = {
    '/': () => document.getElementById('search')?.focus(),
    '?': () => help.showModal(),
    t: nextTheme,
    j: () => moveOn(1),
    k: () => moveOn(-1),
  }[event.key];
  if (act) {
    event.preventDefault();
    act();
  }
});
addEventListener('beforeprint', () => {
  for (const part of [...main.querySelectorAll('.finding details')].slice(0, 200)) {
    part.open = true;
    part.fill?.();
  }
});
addEventListener('hashchange', show);
show();
