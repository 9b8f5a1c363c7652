// The style sheet of the HTML report; colours of the drawings come from here too, so that dark mode reaches them.
export const STYLE = `
:root { color-scheme: light dark; --ink: #1c2430; --paper: #ffffff; --line: #d5dbe3; --soft: #5d6a7a;
  --base: #2166c2; --head: #c75000; --limit: #a0185a; --pass: #1a7f45; --bad: #b3261e; --open: #8a6100; --invalid: #5a5f69; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9f0; --paper: #14181e; --line: #333c48; --soft: #9aa7b7;
  --base: #6cabff; --head: #ff9d57; --limit: #ff7ab6; --pass: #2c8f57; --bad: #c8453c; --open: #96700f; --invalid: #626a76; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
header { padding: 1.2rem 1.5rem; background: var(--invalid); color: #fff; }
header.pass { background: var(--pass); }
header.regression, header.objective-missed { background: var(--bad); }
header.inconclusive { background: var(--open); }
header h1 { margin: 0 auto; font-size: 1.7rem; letter-spacing: .02em; }
header p { margin: .2rem auto 0; }
header > *, main { max-width: 960px; margin-left: auto; margin-right: auto; }
main { padding: .5rem 0 3rem; }
@media (max-width: 1010px) { main { padding: .5rem 1.5rem 3rem; } }
h2 { margin: 2rem 0 .6rem; font-size: 1.15rem; }
ul { margin: .4rem 0; padding-left: 1.2rem; }
.wide, figure { overflow-x: auto; margin: 0; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .93rem; }
th, td { padding: .35rem .7rem .35rem 0; text-align: left; border-bottom: 1px solid var(--line); white-space: nowrap; }
td:last-child { white-space: normal; }
th, .aside td, .help { color: var(--soft); }
.bad td { color: var(--bad); font-weight: 600; }
@media (prefers-color-scheme: dark) { .bad td { color: #ff8a80; } }
.legend { font-size: .93rem; margin: .3rem 0; }
.legend span::before { content: ''; display: inline-block; width: 1.6em; height: .25em; margin-right: .4em; vertical-align: middle; background: currentColor; }
.legend span { margin-right: 1em; }
.legend .base { color: var(--base); }
.legend .head { color: var(--head); }
.help { font-size: .87rem; }
figure svg { max-width: 100%; height: auto; display: block; }
code { background: color-mix(in srgb, var(--line) 45%, transparent); padding: .1rem .35rem; border-radius: 4px; }
`;
