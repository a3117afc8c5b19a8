"""How the HTML report looks: one style sheet, light, dark and on paper, and nothing from elsewhere.

The page's Content-Security-Policy allows this sheet by its hash and nothing else (CSP level 3,
section 6.7.3.3), so no text of the accused could bring a style or a script, were it ever let through.
For that reason no element has a `style` attribute: lengths of bars are SVG attributes.
"""

from __future__ import annotations

import base64
import hashlib

__all__ = ["POLICY", "STYLE"]

STYLE = """
:root {
  color-scheme: light dark;
  --ground: #f6f7f9; --paper: #ffffff; --ink: #1b1f24; --soft: #59636e; --line: #d9dee4; --well: #f3f5f7;
  --block: #b3261e; --review: #8a5a00; --undecided: #6639ba; --clear: #1a7f37; --note: #59636e;
  --tint-block: #fdecea; --tint-review: #fff4d6; --tint-undecided: #f2ecfd; --tint-clear: #e6f6ea;
  --tint-note: #eef0f3; --bytes: #8c98a6; --seen: #31648f; --mark: #ffe3e0; --mark-ink: #8c1d18;
  --h1: #f6e3b8; --h2: #f3c672; --h3: #ec9648; --h4: #dc5f3a; --h5: #b3261e;
  --sans: system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, "Liberation Sans", sans-serif;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0f1216; --paper: #171b21; --ink: #e7eaee; --soft: #9aa5b1; --line: #2c333c; --well: #10141a;
    --block: #ff8a80; --review: #e8b64c; --undecided: #c0a2ff; --clear: #5dd179; --note: #9aa5b1;
    --tint-block: #3a1a1a; --tint-review: #33290f; --tint-undecided: #2a2140; --tint-clear: #12301b;
    --tint-note: #232a33; --bytes: #66727f; --seen: #6fb0e6; --mark: #4a1f1d; --mark-ink: #ffb4ab;
    --h1: #3d3420; --h2: #6b5320; --h3: #9a5d22; --h4: #c4552f; --h5: #ef6a5f;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.55 var(--sans);
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere;
}
main, .foot { max-width: 66rem; margin: 0 auto; padding: 0 1.25rem; }
h1, h2, h3, h4, h5, p, ul, ol, dl, dd, figure { margin: 0; padding: 0; }
h1, h2, h3, h4, h5 { line-height: 1.25; font-weight: 650; }
h2 { font-size: 1.2rem; margin: 2.75rem 0 .35rem; letter-spacing: -.01em; }
h2 + .panel, h2 + .file { margin-top: .8rem; }
h2 + .lead { margin-bottom: 1rem; }
.lead, .soft { color: var(--soft); }
.lead { font-size: .94rem; max-width: 48rem; }
ul, ol { list-style: none; }
code, pre, .mono { font-family: var(--mono); font-size: .86em; }
q-text, .q { unicode-bidi: isolate; }
a { color: inherit; text-decoration-color: var(--line); text-underline-offset: .2em; }
a:hover { text-decoration-color: currentColor; }
:focus-visible { outline: 2px solid var(--undecided); outline-offset: 2px; }
mark { background: var(--mark); color: var(--mark-ink); border-radius: 3px; padding: 0 .15em; }
summary { cursor: pointer; }

.block { --tone: var(--block); --tint: var(--tint-block); }
.review { --tone: var(--review); --tint: var(--tint-review); }
.undecided { --tone: var(--undecided); --tint: var(--tint-undecided); }
.clear { --tone: var(--clear); --tint: var(--tint-clear); }
.note { --tone: var(--note); --tint: var(--tint-note); }

.masthead {
  padding: 1.4rem 0 .9rem; display: flex; justify-content: space-between; gap: 1rem; flex-wrap: wrap;
}
.masthead { font-size: .84rem; color: var(--soft); }
.masthead strong { color: var(--ink); letter-spacing: .01em; }

.verdict {
  background: var(--paper); border: 1px solid var(--line); border-top: 5px solid var(--tone);
  border-radius: 10px; padding: 1.6rem 1.75rem 1.5rem;
}
.verdict-line {
  display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: .5rem 2rem; align-items: start;
}
.word {
  display: inline-block; background: var(--tone); color: var(--paper); font-size: .82rem; font-weight: 750;
  letter-spacing: .12em; padding: .18rem .7rem; border-radius: 5px; margin-bottom: .35rem;
}
.verdict h1 {
  font-size: clamp(1.45rem, 1.1rem + 1.6vw, 2.1rem); letter-spacing: -.02em; margin-top: .15rem;
}
.verdict h1 .arrow { color: var(--soft); font-weight: 400; padding: 0 .1em; }
.verdict .summary { font-size: 1.08rem; margin-top: .6rem; max-width: 46rem; }
.score { text-align: right; line-height: 1; }
.score b { font-size: 2.9rem; font-weight: 700; letter-spacing: -.03em; color: var(--tone); }
.score span { display: block; color: var(--soft); font-size: .8rem; margin-top: .35rem; }
.meter {
  display: block; width: 100%; height: 8px; margin-top: 1.25rem; border-radius: 4px;
  background: var(--tint-note);
}
.meter rect { fill: var(--tone); }

.reasons { margin-top: 1.15rem; }
.reasons li { display: grid; grid-template-columns: 6.4rem minmax(0, 1fr); gap: .6rem; padding: .22rem 0; }
.reasons .pill { justify-self: start; align-self: start; }
.reasons b { font-weight: 600; margin-right: .5em; }
.releases {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(16rem, 1fr)); gap: 0 2rem;
  margin-top: 1.1rem;
}
.release { border-top: 1px solid var(--line); padding: .7rem 0 .6rem; font-size: .9rem; }
.release b { display: block; }
.release .mono { color: var(--soft); display: block; }
.release .digest { font-size: .72rem; }
.tag {
  color: var(--soft); font-size: .72rem; font-weight: 700; letter-spacing: .1em;
  text-transform: uppercase;
}

.counts { display: flex; flex-wrap: wrap; gap: .5rem; margin: 1rem 0 0; }
.pill {
  display: inline-block; background: var(--tint); color: var(--tone); border-radius: 999px;
  padding: .16rem .65rem; font-size: .78rem; font-weight: 700; letter-spacing: .04em; white-space: nowrap;
}

.file {
  background: var(--paper); border: 1px solid var(--line); border-radius: 10px; margin-top: 1rem;
  overflow: hidden;
}
.file > .path {
  display: flex; justify-content: space-between; gap: 1rem; align-items: baseline; background: var(--well);
  padding: .65rem 1.25rem; font: 600 .9rem/1.4 var(--mono); border-bottom: 1px solid var(--line);
}
.points { color: var(--soft); font: 600 .82rem/1.4 var(--sans); white-space: nowrap; }
.finding { border-left: 4px solid var(--tone); }
.finding + .finding { border-top: 1px solid var(--line); }
.finding > summary {
  display: grid; grid-template-columns: 5.2rem minmax(0, 1fr) auto; gap: .2rem .9rem; align-items: baseline;
  padding: .8rem 1.25rem .8rem 1rem; list-style: none;
}
.finding > summary::-webkit-details-marker { display: none; }
.finding > summary:hover { background: var(--well); }
.finding > summary .pill { justify-self: start; }
.finding .title { font-size: 1rem; }
.finding .place { grid-column: 2 / -1; color: var(--soft); font-size: .86rem; }
.inside { padding: 0 1.25rem 1.1rem 1rem; }
.inside > * + * { margin-top: .85rem; }

.code {
  background: var(--well); border: 1px solid var(--line); border-radius: 7px;
  font: .82rem/1.6 var(--mono); padding: .5rem 0;
}
.code { overflow-x: auto; max-height: 34rem; overflow-y: auto; }
.code > div { display: grid; grid-template-columns: auto minmax(0, 1fr); }
.code i {
  font-style: normal; color: var(--soft); text-align: right; min-width: 3.4rem; padding: 0 .8rem 0 .6rem;
  user-select: none;
}
.code code {
  font: inherit; white-space: pre-wrap; unicode-bidi: isolate-override; direction: ltr;
  padding-right: .8rem;
}
.code.hex code { white-space: pre; }
.code.hex > div {
  width: max-content; min-width: 100%; grid-template-columns: auto auto; justify-content: start;
}
.code.literal > div { grid-template-columns: minmax(0, 1fr); padding-left: .8rem; }
.code .more {
  color: var(--soft); font-family: var(--sans); padding: .15rem .8rem 0 4.2rem; display: block;
}

.says {
  display: grid; grid-template-columns: 9.5rem minmax(0, 1fr); gap: .4rem 1rem; font-size: .93rem; }
.says dt { color: var(--soft); }
.says dd { max-width: 44rem; }
.attack {
  font-family: var(--mono); font-size: .84em; background: var(--tint-note); border-radius: 4px;
  padding: .1em .4em; margin-right: .35em;
}

.panel {
  background: var(--paper); border: 1px solid var(--line); border-radius: 10px; padding: 1rem 1.25rem;
}
.tree { font: .84rem/1.5 var(--mono); }
.tree ul { padding-left: 1.15rem; border-left: 1px solid var(--line); margin-left: .3rem; }
.tree summary { list-style: none; padding: .1rem 0; }
.tree summary::-webkit-details-marker { display: none; }
.tree summary .name::before { content: "\\25B8"; display: inline-block; width: 1.1em; color: var(--soft); }
.tree details[open] > summary .name::before { content: "\\25BE"; }
.row {
  display: grid; grid-template-columns: minmax(0, 1fr) 11.5rem 7.5rem; gap: 0 1rem; align-items: center;
  padding: .1rem 0;
}
.row .size { color: var(--soft); text-align: right; font-family: var(--sans); font-size: .8rem; }
.row .heat {
  display: flex; align-items: center; gap: .5rem; font-family: var(--sans); font-size: .78rem;
  color: var(--soft);
}
.heat svg { width: 4.5rem; height: 9px; flex: none; border-radius: 2px; background: var(--tint-note); }
.tree li > .row .name { padding-left: 1.1em; text-indent: -1.1em; }
.tree .sign { display: inline-block; width: 1.1em; text-indent: 0; font-weight: 700; color: var(--soft); }
.added .sign { color: var(--clear); }
.removed .sign { color: var(--block); }
.removed .name { text-decoration: line-through; text-decoration-color: var(--line); }
.h1 { fill: var(--h1); }
.h2 { fill: var(--h2); }
.h3 { fill: var(--h3); }
.h4 { fill: var(--h4); }
.h5 { fill: var(--h5); }
.hot { font-weight: 700; }
.legend {
  display: flex; flex-wrap: wrap; gap: .3rem 1.3rem; font-size: .82rem; color: var(--soft);
  margin-bottom: .8rem;
}
.legend svg { width: 5rem; height: 9px; vertical-align: 0; border-radius: 2px; }

.strips {
  display: grid; grid-template-columns: repeat(auto-fill, minmax(min(28rem, 100%), 1fr)); gap: 1rem;
}
.strip figcaption { font-size: .86rem; margin-bottom: .6rem; }
.strip figcaption .soft { display: block; margin-top: .15rem; }
.strip div {
  display: grid; grid-template-columns: 2.4rem minmax(0, 1fr); align-items: center; gap: .5rem;
  font-size: .78rem; color: var(--soft);
}
.strip div + div { margin-top: .35rem; }
.strip svg {
  width: 100%; height: 2.4rem; background: var(--well); border: 1px solid var(--line);
  border-radius: 4px; display: block;
}
.strip rect { fill: var(--bytes); }
.strip rect.full { fill: var(--h4); }

.cover {
  display: block; width: 100%; height: 14px; border-radius: 7px; background: var(--tint-note);
  overflow: hidden;
}
.cover .unchanged { fill: var(--bytes); opacity: .45; }
.cover .examined { fill: var(--seen); }
.cover .missing { fill: var(--undecided); }
.key { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; margin-top: .7rem; font-size: .9rem; }
.key svg { display: inline-block; width: .7rem; height: .7rem; border-radius: 2px; margin-right: .3rem; }
.list { margin-top: .9rem; font-size: .93rem; }
.list li { padding: .45rem 0; border-top: 1px solid var(--line); }
.list li:first-child { border-top: 0; }
.list .reason { color: var(--soft); }
.panel > .list:first-child { margin-top: -.45rem; margin-bottom: -.45rem; }
.warn {
  border-left: 4px solid var(--tone); background: var(--tint); padding: .7rem 1rem; border-radius: 6px;
  margin-top: .9rem;
}
.limits { border-left: 4px solid var(--line); }
.foot { color: var(--soft); font-size: .82rem; padding-top: 2rem; padding-bottom: 3rem; }

.updates { width: 100%; border-collapse: collapse; font-size: .94rem; }
.updates th {
  text-align: left; color: var(--soft); font-size: .74rem; letter-spacing: .08em;
  text-transform: uppercase;
}
.updates th, .updates td {
  padding: .6rem .8rem .6rem 0; border-top: 1px solid var(--line); vertical-align: top;
}
.updates tr:first-child th { border-top: 0; }
.updates th { white-space: nowrap; }
.updates td:nth-child(3) { text-align: right; font-weight: 650; }
.update { margin-top: 1.25rem; }
.update > summary {
  background: var(--paper); border: 1px solid var(--line); border-left: 5px solid var(--tone);
  border-radius: 8px;
  padding: .85rem 1.1rem; display: flex; flex-wrap: wrap; gap: .3rem .9rem; align-items: baseline;
  list-style: none;
}
.update > summary::-webkit-details-marker { display: none; }
.update > summary b { font-size: 1.08rem; }
.update-body { padding: .25rem 0 1.5rem; }
h3.section + .panel, h3.section + .lead, h3.section + .lead + .panel { margin-top: .5rem; }
.artifact {
  margin-top: 1.6rem; padding-bottom: .3rem; border-bottom: 2px solid var(--line); font-weight: 650;
}
.update-body h3.section { font-size: 1.05rem; margin: 1.6rem 0 .5rem; }

@media (max-width: 40rem) {
  body { font-size: 15px; }
  main, .foot { padding: 0 .8rem; }
  .verdict { padding: 1.1rem 1.1rem 1.2rem; }
  .score b { font-size: 2.1rem; }
  .finding > summary { grid-template-columns: minmax(0, 1fr) auto; }
  .finding > summary .title, .finding .place { grid-column: 1 / -1; }
  .finding > summary .pill { grid-row: 1; } .finding > summary .points { grid-row: 1; grid-column: 2; }
  .says { grid-template-columns: 1fr; gap: 0; } .says dd { margin-bottom: .5rem; }
  .row { grid-template-columns: minmax(0, 1fr) auto; } .row .size { display: none; }
  .tree ul { padding-left: .6rem; }
  .heat svg { width: 2.5rem; }
  .code i { min-width: 2.6rem; padding-left: .3rem; }
  .updates thead { display: none; }
  .updates tr {
    display: grid; grid-template-columns: minmax(0, 1fr) auto; border-top: 1px solid var(--line);
    padding: .5rem 0;
  }
  .updates td { border: 0; padding: .1rem 0; } .updates td:nth-child(4) { grid-column: 1 / -1; }
  .updates td:nth-child(1) { grid-column: 1 / -1; }
}
@media print {
  :root {
    color-scheme: light; --ground: #fff; --paper: #fff; --ink: #000; --soft: #444; --line: #bbb;
    --well: #f5f5f5;
    --block: #b3261e; --review: #8a5a00; --undecided: #6639ba; --clear: #1a7f37; --note: #444;
    --bytes: #777; --seen: #31648f;
    --tint-block: #fdecea; --tint-review: #fff4d6; --tint-undecided: #f2ecfd; --tint-clear: #e6f6ea;
    --tint-note: #eee;
    --mark: #ffe3e0; --mark-ink: #8c1d18; --h1: #f6e3b8; --h2: #f3c672; --h3: #ec9648; --h4: #dc5f3a;
    --h5: #b3261e;
  }
  @page { margin: 16mm 14mm; }
  body { font-size: 10.5pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  main, .foot { max-width: none; padding: 0; }
  details::details-content { content-visibility: visible; display: block; height: auto; opacity: 1; }
  .code { max-height: none; overflow: visible; } .code.hex code { white-space: pre-wrap; }
  .verdict, .strip, .code > div, .says > *, .list li, .row { break-inside: avoid; }
  h2, h3, h4, h5, .finding > summary { break-after: avoid; }
}
"""

_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'"
)
"""Nothing may be loaded, run or sent; the one style sheet is allowed by its hash."""
